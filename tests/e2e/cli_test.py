#!/usr/bin/env python3
"""The command line over a running daemon: every verb, for people and as JSON, its exit codes and what it
says when something is not as it should be."""

import json
import os
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import unittest

from harness import WHARF, end, jsonl, jsonl_rows, scripted, sqlite, sqlite_rows
from operating import MANUAL, OperatedCase

INCREMENTAL = [{"name": "s", "sync_mode": "incremental_append"}]


class Lists(OperatedCase):
    def test_status_shows_the_daemon_its_connections_and_what_runs(self):
        self.declare("a.yaml", self.slow(), sqlite(self.world.path("out.db")), name="orders", streams=INCREMENTAL,
                     schedule={"type": "basic", "every": "6 hours"})
        source, _ = self.people()
        self.declare("b.yaml", source, jsonl(self.world.path("o")), name="people", schedule=MANUAL)
        self.start()
        self.deployed("people")
        self.wait(lambda: self.world.store("select 1 from checkpoint"), "a checkpoint")
        now = self.asked("status")
        self.assertEqual((now["pid"], now["dataDirectory"], now["jobs"]["running"], now["connections"]["all"]),
                         (self.daemon.pid, str(self.world.data), 1, 2))
        running, = now["running"]
        stream, = running["streams"]
        self.assertEqual((running["connection"], stream["name"]), ("orders", "s"))
        self.assertGreater(stream["recordsCommitted"], 0)
        text = self.wharf("status").out
        self.assertIn(f"(pid {self.daemon.pid})", text)
        self.assertRegex(text, r"(?m)^orders +running +every 6 hours +running \d+ s ago")
        self.assertRegex(text, r"(?m)^people +active +manual +never$")
        self.assertRegex(text, r"(?m)^orders: job 1 runs\n  s +[\d,]+ rows")

    def test_what_there_is_is_listed_without_its_configuration(self):
        source, _ = self.people()
        self.declare("a.yaml", source, jsonl(self.world.path("out")), name="a", schedule=MANUAL)
        self.start()
        self.deployed("a")
        one, = self.asked("connections")["connections"]
        self.assertEqual((one["name"], one["source"]["name"], one["destination"]["name"], one["schedule"]["type"]),
                         ("a", "a-from", "a-to", "manual"))
        self.assertNotIn("lastJob", one)
        one, = self.asked("sources")["sources"]
        self.assertEqual((one["name"], one["connector"], one["connections"]), ("a-from", "source-file", 1))
        one, = self.asked("destinations")["destinations"]
        self.assertEqual((one["name"], one["connections"]), ("a-to", 1))
        self.assertNotIn("people.csv", self.wharf("sources", "--json").out + self.wharf("sources").out)
        self.assertRegex(self.wharf("destinations").out, r"(?m)^a-to +destination-jsonl +1 +file ")

    def test_jobs_are_listed_and_one_is_shown_with_its_tries_and_its_history(self):
        source, _ = self.people()
        self.declare("a.yaml", source, jsonl(self.world.path("a")), name="good", schedule=MANUAL)
        self.declare("b.yaml", self.misconfigured(), jsonl(self.world.path("b")), name="bad", schedule=MANUAL)
        self.start()
        self.deployed("good")
        self.deployed("bad")
        self.wharf("sync", "good", "--wait")
        self.wharf("sync", "bad", "--wait", code=1)
        listed = self.asked("jobs")["jobs"]
        self.assertEqual([(job["connection"], job["status"]) for job in listed],
                         [("bad", "failed"), ("good", "succeeded")])
        self.assertEqual([job["jobId"] for job in self.asked("jobs", "good")["jobs"]], [1])
        self.assertEqual([job["jobId"] for job in self.asked("jobs", "--status", "failed")["jobs"]], [2])
        self.assertEqual(len(self.asked("jobs", "--limit", "1")["jobs"]), 1)
        job = self.asked("jobs", "1")
        self.assertEqual([change["status"] for change in job["history"]], ["pending", "running", "succeeded"])
        self.assertEqual([(one["status"], one["streams"][0]["recordsCommitted"]) for one in job["tries"]],
                         [("succeeded", 50)])
        self.assertRegex(self.wharf("jobs").out, r"(?m)^1 +good +succeeded +manual ")
        text = self.wharf("jobs", "2").out
        self.assertIn("job 2 of 'bad': failed", text)
        self.assertIn("attempt 0: failed", text)
        self.wharf("jobs", "99", code=2)
        self.wharf("jobs", "nobody", code=2)


class Syncs(OperatedCase):
    def test_sync_asks_for_a_job_and_returns_or_waits_for_its_end(self):
        source, wanted = self.people()
        self.declare("a.yaml", source, sqlite(self.world.path("out.db")), schedule=MANUAL,
                     streams=[{"name": "people", "sync_mode": "full_refresh_overwrite"}])
        self.start()
        self.deployed()
        said = self.wharf("sync", "c")
        self.assertIn("job 1 is asked for", said.out)
        self.succeeded()
        said = self.wharf("sync", "c", "--wait")
        self.assertRegex(said.out, r"(?m)^c: done, 50 rows \(.*\) in ")
        self.assertEqual(len(self.jobs()), 2)
        job, = self.asked("sync", "c", "--wait")["jobs"]
        self.assertEqual((job["status"], job["recordsCommitted"], job["trigger"]), ("succeeded", 50, "manual"))
        self.same_rows(sqlite_rows(self.world.path("out.db"), "people"), wanted)
        self.assertEqual(self.wharf("sync", "c", "--wait", "--quiet").out, "")

    def test_waiting_shows_how_it_goes(self):
        self.declare("a.yaml", self.slow(10_000), sqlite(self.world.path("out.db")), streams=INCREMENTAL,
                     schedule=MANUAL)
        self.start()
        self.deployed()
        lines = self.wharf("sync", "c", "--wait").out.splitlines()
        self.assertEqual(lines[0], "c: running")
        self.assertRegex(lines[1], r"^c: [\d,]+ rows, [\d,]+ committed, ")
        self.assertRegex(lines[-1], r"^c: done, 10,000 rows")

    def test_a_failure_is_said_with_its_cause_and_where_the_log_is(self):
        self.declare("a.yaml", self.misconfigured(), jsonl(self.world.path("out")), schedule=MANUAL)
        self.start()
        self.deployed()
        said = self.wharf("sync", "c", "--wait", code=1)
        self.assertIn("wrong password", said.err)
        self.assertIn("wharf logs 1", said.err)
        job, = self.asked("sync", "c", "--wait", code=1)["jobs"]
        self.assertEqual(job["status"], "failed")

    def test_what_cannot_be_asked_for_is_refused_with_what_to_do(self):
        self.declare("a.yaml", self.slow(), sqlite(self.world.path("out.db")), name="orders", streams=INCREMENTAL,
                     schedule=MANUAL)
        source, _ = self.people()
        self.declare("b.yaml", source, jsonl(self.world.path("b")), name="asleep", status="inactive", schedule=MANUAL)
        self.start()
        self.deployed("orders")
        self.deployed("asleep")
        self.assertIn("did you mean 'orders'?", self.wharf("sync", "order", code=2).err)
        self.assertIn("wharf resume asleep", self.wharf("sync", "asleep", code=3).err)
        self.wharf("sync", "orders")
        self.assertIn("wharf logs -f orders", self.wharf("sync", "orders", code=3).err)
        self.wharf("resume", "asleep")
        self.wharf("sync", "asleep", "--wait")
        self.assertIn("name a connection", self.wharf("sync", code=2).err)
        self.wharf("sync", "orders", "--parallel", "2", code=2)

    def test_a_job_that_has_ended_cannot_be_cancelled_nor_one_that_never_was(self):
        source, _ = self.people()
        self.declare("a.yaml", source, jsonl(self.world.path("a")), schedule=MANUAL)
        self.start()
        self.deployed()
        self.assertIn("never had a job", self.wharf("cancel", "c", code=2).err)
        self.wharf("sync", "c", "--wait")
        self.assertIn("job 1 has succeeded already", self.wharf("cancel", "c", code=3).err)
        self.wharf("cancel", "77", code=2)

    def test_sync_f_leaves_to_a_daemon_what_is_the_daemons(self):
        source, wanted = self.people()
        self.declare("a.yaml", source, jsonl(self.world.path("a")), schedule=MANUAL)
        home = self.world.path("home")
        self.world.data = home / "wharf"   # where the command line looks by itself
        self.start()
        self.deployed()
        file = self.declarations / "a.yaml"
        environment = {"XDG_STATE_HOME": str(home), "WHARF_SOCKET": str(self.world.data / "wharf.sock")}
        said = self.wharf("sync", "-f", file, code=3, place=False, environment=environment)
        self.assertIn("connection 'c' belongs to the daemon", said.err)
        self.assertIn("`wharf sync c` asks it to run", said.err)
        self.assertIn("its own --data-dir", said.err)
        said = self.wharf("sync", "-f", file, code=3)
        self.assertIn(f"pid {self.daemon.pid}", said.err)
        self.assertIn(f"`wharf sync NAME --data-dir {self.world.data}` asks it to run", said.err)
        self.wharf("sync", "-f", file, "--data-dir", self.world.path("own"), place=False, environment=environment)
        self.same_rows(jsonl_rows(self.world.path("a") / "people.jsonl"), wanted)
        self.assertEqual(self.jobs(), [])


class Logs(OperatedCase):
    environment = {"THE_PASSWORD": "hunter2-and-more"}

    def talker(self, rows=2000, pause=0.1):
        return scripted({"streams": {"s": rows}, "every": 100, "pause": pause, "password": "${env:THE_PASSWORD}",
                         "steps": [{"after": 1, "do": "stderr", "text": "it is hunter2-and-more, \x1b[31mred"},
                                   {"after": 2, "do": "garbage", "text": "not a message"}]})

    def up(self, **how):
        self.declare("a.yaml", self.talker(**how), sqlite(self.world.path("out.db")), streams=INCREMENTAL,
                     schedule=MANUAL)
        self.start()
        self.deployed()

    def test_a_log_is_shown_whole_in_part_and_as_json(self):
        self.up(rows=500, pause=0)
        self.assertIn("never had a job", self.wharf("logs", "c", code=2).err)
        self.wharf("sync", "c", "--wait")
        entries = [json.loads(line) for line in self.wharf("logs", "c", "--json").out.splitlines()]
        self.assertEqual(set(entries[0]), {"timestamp", "level", "logSource", "message"})
        self.assertEqual(entries[-1]["message"], "attempt succeeded")
        self.assertEqual(self.wharf("logs", "1").out, self.wharf("logs", "c").out)
        last = self.wharf("logs", "c", "-n", "2").out.splitlines()
        self.assertEqual(len(last), 2)
        self.assertTrue(last[1].endswith("attempt succeeded"))
        said = self.wharf("logs", "c", "--source", "source").out
        self.assertIn("not a message", said)
        self.assertNotIn("platform", said)
        heard = {entry["message"]: (entry["level"], entry["logSource"]) for entry in entries}
        self.assertEqual(heard["not a message"], ("INFO", "source"))
        red, = (said for message, said in heard.items() if message.startswith("it is **********,"))
        self.assertEqual(red, ("ERROR", "source-stderr"))
        self.assertNotIn("INFO", self.wharf("logs", "c", "--level", "warn").out)
        self.wharf("logs", "c", "--attempt", "3", code=2)
        self.wharf("logs", "99", code=2)

    def test_secrets_are_masked_by_their_value_and_escapes_do_not_reach_the_terminal(self):
        self.up(rows=300, pause=0)
        self.wharf("sync", "c", "--wait")
        text = self.wharf("logs", "c").out
        self.assertIn("it is **********, [31mred", text)
        self.assertNotIn("\x1b", text)
        for place in pathlib.Path(self.world.data).rglob("*"):
            if place.is_file() and "log" in str(place.relative_to(self.world.data)):
                self.assertNotIn(b"hunter2", place.read_bytes(), place)

    def test_following_shows_what_comes_until_the_job_has_ended(self):
        self.up(rows=2000)
        self.wharf("sync", "c")
        following = subprocess.Popen([WHARF, "logs", "-f", "c", "--data-dir", str(self.world.data)],
                                     stdout=subprocess.PIPE, text=True)
        self.addCleanup(end, following)
        first = following.stdout.readline()
        self.assertRegex(first, r"^20\d\d-\d\d-\d\dT[\d:.]+Z platform +INFO +(check of|road:) ")
        self.assertEqual(self.jobs(), [("running", "manual")])
        rest = following.stdout.read()
        self.assertEqual(following.wait(timeout=30), 0)
        self.assertEqual(self.jobs(), [("succeeded", "manual")])
        self.assertTrue(rest.rstrip().endswith("attempt succeeded"), rest)
        self.assertEqual((first + rest), self.wharf("logs", "c").out)

    def test_followers_that_never_read_hold_up_neither_the_daemon_nor_the_sync(self):
        self.up(rows=2000)
        self.wharf("sync", "c")
        self.wait(lambda: self.world.store("select 1 from attempt"), "an attempt")
        silent = []
        for _ in range(24):
            one = socket.socket(socket.AF_UNIX)
            self.addCleanup(one.close)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            one.connect(str(self.world.data / "wharf.sock"))
            one.sendall(b"GET /api/wharf/v1/jobs/1/log?follow=true HTTP/1.1\r\nHost: localhost\r\n\r\n")
            silent.append(one)
        self.assertLess(self.wharf("status").seconds, 5)
        self.succeeded()
        self.assertLess(self.wharf("logs", "c").seconds, 5)
        self.same_rows(sqlite_rows(self.world.path("out.db"), "s"),
                       [{"id": i, "text": f"s {i} é"} for i in range(2000)])
        self.assertEqual(self.stop(), 0)


class States(OperatedCase):
    def up(self, rows=500, **more):
        self.declare("a.yaml", scripted({"streams": {"s": rows, "t": rows}, "every": 100, **more}),
                     sqlite(self.world.path("out.db")), schedule=MANUAL,
                     streams=[{"name": name, "sync_mode": "incremental_append"} for name in "st"])
        self.start()
        self.deployed()

    def names(self, **how):
        return [one["stream"]["stream_descriptor"]["name"]
                for one in json.loads(self.wharf("state", "get", "c", **how).out)]

    def test_states_are_shown_cleared_and_set_through_the_daemon_and_without_it(self):
        self.up()
        self.assertEqual(self.wharf("state", "get", "c").out, "[]\n")
        self.wharf("sync", "c", "--wait")
        before = self.wharf("state", "get", "c").out
        self.assertEqual(self.names(), ["s", "t"])
        self.wharf("state", "clear", "c", "--stream", "s")
        self.assertEqual(self.names(), ["t"])
        self.wharf("state", "clear", "c", "--stream", "u", code=2)
        self.wharf("state", "clear", "c")
        self.assertEqual(self.wharf("state", "get", "c").out, "[]\n")
        self.wharf("state", "set", "c", input=before)
        self.assertEqual(self.wharf("state", "get", "c").out, before)
        self.assertIn("this is no state", self.wharf("state", "set", "c", input="{", code=2).err.lower())
        self.assertIn("no connection 'd'", self.wharf("state", "get", "d", code=2).err)
        self.stop()
        self.assertEqual(self.wharf("state", "get", "c").out, before)
        self.wharf("state", "clear", "c", "--stream", "s")
        self.assertEqual(self.names(), ["t"])

    def test_a_running_sync_keeps_its_states(self):
        self.up(rows=3000, pause=0.1)
        self.wharf("sync", "c")
        self.wait(lambda: self.world.store("select 1 from checkpoint"), "a checkpoint")
        self.assertIn("job 1 of connection 'c' is running", self.wharf("state", "clear", "c", code=3).err)
        self.assertNotEqual(self.wharf("state", "get", "c").out, "[]\n")


class Backups(OperatedCase):
    def up(self):
        self.declare("a.yaml", scripted({"streams": {"s": 500}}), sqlite(self.world.path("out.db")),
                     streams=INCREMENTAL, schedule=MANUAL)
        self.start()
        self.deployed()
        self.wharf("sync", "c", "--wait")

    def test_a_backup_restored_into_a_new_directory_runs_on_from_the_same_states(self):
        self.up()
        states = self.wharf("state", "get", "c").out
        copy = self.world.path("copy.db")
        facts = self.asked("backup", copy)
        self.assertEqual((facts["connections"], facts["jobs"], facts["checkpoints"]), (1, 1, 1))
        self.assertEqual(copy.stat().st_mode & 0o777, 0o600)
        with sqlite3.connect(copy) as store:
            self.assertEqual(store.execute("pragma integrity_check").fetchone(), ("ok",))
        self.assertEqual(self.stop(), 0)
        old, self.world.data = self.world.data, self.world.path("new")
        self.assertIn("1 connections, 1 jobs, 1 states", self.wharf("restore", copy).out)
        self.assertEqual(self.wharf("state", "get", "c").out, states)
        shutil.rmtree(old)
        self.start()
        self.deployed()
        job, = self.asked("sync", "c", "--wait")["jobs"]
        self.assertEqual((job["status"], job["jobId"], job["recordsCommitted"]), ("succeeded", 2, 0))
        self.same_rows(sqlite_rows(self.world.path("out.db"), "s"),
                       [{"id": i, "text": f"s {i} é"} for i in range(500)])

    def test_an_old_backup_put_back_doubles_no_row(self):
        self.up()
        copy = self.world.path("copy.db")
        self.wharf("backup", copy)
        self.wharf("state", "clear", "c")
        self.wharf("sync", "c", "--wait")
        self.stop()
        said = self.wharf("restore", copy)
        self.assertIn("wharf.db.replaced", said.out)
        self.start()
        self.wharf("sync", "c", "--wait")
        rows = sqlite_rows(self.world.path("out.db"), "s")
        self.assertEqual(len(rows), 1000)   # what was cleared came twice, by order; nothing came a third time
        self.assertEqual(self.wharf("logs", "c").out.count("attempt succeeded"), 1)

    def test_backups_are_written_over_nothing_and_restored_under_nobody(self):
        self.up()
        copy = self.world.path("copy.db")
        self.wharf("backup", copy)
        self.assertIn("is there already", self.wharf("backup", copy, code=2).err)
        said = self.wharf("restore", copy, code=3)
        self.assertIn(f"pid {self.daemon.pid}", said.err)
        self.assertIn("stop it first", said.err)
        self.wharf("backup", self.world.path("no/such/place.db"), code=3)
        self.stop()
        self.wharf("backup", self.world.path("alone.db"))
        broken = self.world.write("broken.db", b"SQLite format 3\0" + b"x" * 5000)
        self.wharf("restore", broken, code=2)
        self.assertIn("no such file", self.wharf("restore", self.world.path("none.db"), code=2).err)
        self.assertEqual(len(json.loads(self.wharf("state", "get", "c").out)), 1)


class Troubles(OperatedCase):
    def test_where_no_daemon_answers_it_is_said_what_was_tried_and_how_to_start_one(self):
        nowhere = self.world.path("nowhere.sock")
        for words in (["status"], ["connections"], ["sources"], ["destinations"], ["jobs"], ["sync", "c"],
                      ["cancel", "c"], ["logs", "c"], ["resume", "c"]):
            said = self.wharf(*words, "--socket", nowhere, code=3, place=False).err
            self.assertIn(f"{nowhere}: there is no such socket", said, words)
            self.assertIn("wharf serve", said, words)
        said = self.wharf("status", code=3, place=False, environment={"WHARF_SOCKET": str(nowhere)}).err
        self.assertIn(str(nowhere), said)
        source, _ = self.people()
        self.declare("a.yaml", source, jsonl(self.world.path("a")), schedule=MANUAL)
        self.start()
        self.deployed()  # a child that is just being spawned would hold the socket open for a moment
        self.stop(9)
        self.assertIn("nobody listens there any more", self.wharf("status", code=3).err)
        self.start()
        self.wharf("status")

    @unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
    def test_who_may_not_use_the_socket_is_told_which_group_may(self):
        self.world.dir.chmod(0o755)
        path = self.world.path("wharf.sock")
        self.settings = {"socket": str(path)}
        source, _ = self.people()
        self.declare("a.yaml", source, jsonl(self.world.path("a")), schedule=MANUAL)
        self.start()
        self.assertEqual(path.stat().st_mode & 0o777, 0o660)
        group = path.stat().st_gid
        somebody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        said = self.wharf("status", "--socket", path, code=3, place=False, prefix=somebody).err
        self.assertRegex(said, rf"{path}: permission denied; its group is '\w+': join it with `sudo usermod -aG ")
        member = ["setpriv", "--reuid", "65534", "--regid", "65534", "--groups", str(group)]
        self.wharf("status", "--socket", path, place=False, prefix=member)
        self.wharf("status")   # the data directory leads to it
        self.assertTrue((self.world.data / "wharf.sock").is_symlink())

    def test_doctor_says_what_is_wrong_and_what_to_do(self):
        source, _ = self.people()
        self.declare("a.yaml", source, jsonl(self.world.path("a")), name="good", schedule=MANUAL)
        self.declare("b.yaml", self.misconfigured(), jsonl(self.world.path("b")), name="bad", schedule=MANUAL)
        self.start()
        self.deployed("bad")
        findings = {one["subject"]: one for one in self.asked("doctor")["findings"]}
        self.assertEqual({findings[name]["verdict"] for name in ("daemon", "data directory", "disk", "store")}, {"ok"})
        self.wharf("sync", "bad", "--wait", code=1)
        said = self.wharf("doctor").out
        self.assertIn("WARNING  connection 'bad': its last job (1) failed\n         -> wharf logs bad", said)
        self.world.data.chmod(0o755)
        said = self.wharf("doctor", code=1).out
        self.assertIn("is open to others (mode 755)", said)
        self.assertIn(f"-> chmod 700 {self.world.data}", said)
        self.world.data.chmod(0o700)
        self.stop()
        said = self.wharf("doctor", code=1).out
        self.assertIn("no daemon answers", said)
        self.assertRegex(said, r"(?m)^ok +data directory: ")

    def test_every_verb_explains_itself(self):
        verbs = ["status", "connections", "sources", "destinations", "jobs", "sync", "cancel", "logs", "state", "doctor",
                 "backup", "restore", "resume", "secrets"]
        text = self.wharf("--help", place=False).out
        for verb in verbs:
            self.assertRegex(text, rf"(?m)^  {verb} ", verb)
            self.assertIn("Usage: ", self.wharf(verb, "--help", place=False).out, verb)


if __name__ == "__main__":
    unittest.main(verbosity=2)
