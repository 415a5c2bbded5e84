#!/usr/bin/env python3
"""`wharf serve` runs what is declared when its schedule says so, and goes on after any end of its own:
exactly once. Content is compared row by row with readers that are not ours."""

import contextlib
import datetime
import json
import signal
import socket
import sqlite3
import subprocess
import time
import unittest
import zoneinfo

from harness import WHARF, jsonl, jsonl_rows, members_of, scripted, sqlite, sqlite_rows
from serving import HOURLY, ApiCase, ServeCase


class Schedules(ServeCase):
    def test_what_has_never_run_runs_at_once_and_then_waits_for_its_interval(self):
        source, wanted = self.people()
        self.declare("a.yaml", source, jsonl(self.world.path("out")))
        self.start()
        self.succeeded()
        self.assertEqual(self.jobs(), [("succeeded", "scheduled")])
        self.same_rows(jsonl_rows(self.world.path("out") / "people.jsonl"), wanted)
        created = self.world.store("select created from job")[0][0]
        self.wait(lambda: self.column("next_run"), "a next run")
        self.assertEqual(self.column("next_run"), created + 3_600_000)
        self.assertEqual(self.stop(), 0)
        self.start()
        self.wait(lambda: self.column("next_run") == created + 3_600_000, "the same next run")
        time.sleep(0.5)
        self.assertEqual(len(self.jobs()), 1)
        self.nothing_left()

    def test_a_cron_does_not_fire_because_it_is_new_and_stands_in_its_zone(self):
        source, _ = self.people()
        self.declare("a.yaml", source, jsonl(self.world.path("out")),
                     schedule={"type": "cron", "expression": "0 30 4 * * ?", "timezone": "Asia/Kolkata"})
        self.start()
        self.wait(lambda: self.column("next_run"), "a next run")
        zone = zoneinfo.ZoneInfo("Asia/Kolkata")
        now = datetime.datetime.now(zone)
        wanted = now.replace(hour=4, minute=30, second=0, microsecond=0)
        if wanted <= now:
            wanted += datetime.timedelta(days=1)
        self.assertEqual(self.column("next_run"), int(wanted.timestamp() * 1000))
        self.assertEqual(self.jobs(), [])

    def test_an_inactive_connection_and_a_manual_one_do_not_run(self):
        source, wanted = self.people()
        self.declare("a.yaml", source, jsonl(self.world.path("a")), name="a", status="inactive")
        self.declare("b.yaml", source, jsonl(self.world.path("b")), name="b", schedule={"type": "manual"})
        self.declare("c.yaml", source, jsonl(self.world.path("c")), name="c")
        self.start()
        self.succeeded()
        self.assertEqual(self.jobs("a") + self.jobs("b"), [])
        self.assertEqual([self.column("next_run", name) for name in "ab"], [None, None])

    def test_many_connections_run_beside_each_other_and_one_that_fails_is_tried_again(self):
        source, wanted = self.people()
        for number in range(8):
            self.declare(f"{number}.yaml", source, sqlite(self.world.path(f"{number}.db")), name=f"n{number}")
        self.declare("x.yaml", scripted({"streams": {"s": 10}, "steps": [{"after": 0, "do": "exit", "code": 1}]}),
                     jsonl(self.world.path("out")), name="x")
        self.start()
        for number in range(8):
            self.succeeded(name=f"n{number}")
            self.same_rows(sqlite_rows(self.world.path(f"{number}.db"), "people"), wanted)
        self.wait(lambda: self.jobs("x") == [("incomplete", "scheduled")], "a failed attempt")
        next_try, ended = self.world.store("select next_try, attempt.ended from job join attempt on job_id = job.id "
                                           "join connection on connection.id = connection_id "
                                           "where connection.name = 'x'")[0]
        self.assertAlmostEqual(next_try - ended, 10_000, delta=1000)
        self.assertIsNone(self.column("next_run", "x"))


class Declarations(ServeCase):
    def test_a_new_file_counts_from_the_signal_and_a_wrong_one_changes_nothing(self):
        source, wanted = self.people()
        self.declare("a.yaml", source, jsonl(self.world.path("a")), name="a")
        self.start()
        self.succeeded(name="a")
        self.declare("b.yaml", source, jsonl(self.world.path("b")), name="b", schedule={"type": "hourly"})
        self.declare("c.yaml", source, jsonl(self.world.path("c")), name="c")
        self.daemon.send_signal(signal.SIGHUP)
        self.wait(lambda: "the former ones stay in force" in self.said(), "the word about the wrong file")
        self.assertIn("b.yaml", self.said())
        self.assertIsNone(self.column("id", "c"))
        self.declare("b.yaml", source, jsonl(self.world.path("b")), name="b")
        self.daemon.send_signal(signal.SIGHUP)
        self.succeeded(name="b")
        self.succeeded(name="c")
        self.assertEqual(len(self.jobs("a")), 1)

    def test_a_start_with_a_wrong_file_goes_on_with_what_was_in_force_and_says_so(self):
        source, _ = self.people()
        self.declare("a.yaml", source, jsonl(self.world.path("a")), name="a", schedule={"type": "basic", "every": "1 hour"})
        self.start()
        self.succeeded(name="a")
        self.assertEqual(self.stop(), 0)
        self.declare("a.yaml", source, jsonl(self.world.path("a")), name="a", schedule={"type": "manual"})
        self.declare("b.yaml", source, jsonl(self.world.path("b")), name="b",
                     streams=[{"name": "people", "sync_mode": "full_refresh_magic"}])
        with contextlib.closing(sqlite3.connect(self.world.data / "wharf.db")) as store, store:
            store.execute("update job set created = created - 7200000")  # it is overdue
        self.start()
        self.succeeded(2, name="a")  # its former schedule
        self.assertIn("the former ones stay in force", self.said())
        self.assertRegex(self.said(), r"b\.yaml:1: .*full_refresh_magic")
        place = ["--data-dir", str(self.world.data)]
        run = lambda *words: subprocess.run([WHARF, *words, *place], capture_output=True, text=True, timeout=30)
        self.assertIn("full_refresh_magic", run("doctor").stdout)
        mine = self.world.write("mine.yaml", (self.declarations / "a.yaml").read_text())
        refused = run("apply", str(mine))
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("mend them first", refused.stderr)
        self.declare("b.yaml", source, jsonl(self.world.path("b")), name="b")
        self.daemon.send_signal(signal.SIGHUP)
        self.succeeded(name="b")
        self.wait(lambda: self.column("next_run", "a") is None, "the schedule of the file")
        self.assertIn("is declared in", run("apply", str(mine)).stderr)

    def test_what_is_declared_no_longer_is_inactive_and_keeps_its_states(self):
        source, _ = self.people()
        self.declare("a.yaml", source, jsonl(self.world.path("a")), streams=[{"name": "people",
                                                                            "sync_mode": "incremental_append"}])
        self.start()
        self.succeeded()
        (self.declarations / "a.yaml").unlink()
        self.daemon.send_signal(signal.SIGHUP)
        self.wait(lambda: self.column("status") == "inactive", "the end of the connection")
        self.wait(lambda: self.column("next_run") is None, "no next run")
        self.assertEqual(self.world.store("select count(*) from checkpoint"), [(1,)])
        self.assertIn("declared no longer", self.said())

    def test_an_edited_schedule_counts_at_once_and_asks_no_source(self):
        source, _ = self.people()
        self.declare("a.yaml", source, jsonl(self.world.path("a")))
        self.start()
        self.succeeded()
        created = self.world.store("select created from job")[0][0]
        self.world.path("people.csv").unlink()
        self.declare("a.yaml", source, jsonl(self.world.path("a")), schedule={"type": "basic", "every": "2 hours"})
        self.daemon.send_signal(signal.SIGHUP)
        self.wait(lambda: self.column("next_run") == created + 7_200_000, "the other next run")

    def test_what_is_declared_anew_under_a_running_sync_counts_when_that_has_ended(self):
        source = scripted({"streams": {"s": 1000}, "every": 100, "pause": 0.1})
        out = self.world.path("out.db")
        self.declare("a.yaml", source, sqlite(out), streams=[{"name": "s", "sync_mode": "incremental_append"}])
        self.start()
        self.wait(lambda: self.world.store("select 1 from checkpoint"), "a checkpoint")
        self.declare("a.yaml", source, sqlite(out), schedule={"type": "manual"},
                     streams=[{"name": "s", "sync_mode": "full_refresh_append"}])
        self.daemon.send_signal(signal.SIGHUP)
        self.wait(lambda: "a sync of it is running" in self.said(), "the word about the running sync")
        self.succeeded()
        self.wait(lambda: "full_refresh" in self.column("catalog"), "the other mode", 10)
        self.same_rows(sqlite_rows(out, "s"), [{"id": i, "text": f"s {i} é"} for i in range(1000)])
        # The scheduler hears of it after the commit.
        self.wait(lambda: self.column("next_run") is None, "a schedule that is manual")

    def test_one_file_may_name_what_another_declares_and_a_name_that_stands_twice_is_refused(self):
        source, wanted = self.people()
        (self.declarations / "ends.yaml").write_text(json.dumps(
            {"sources": [{"name": "f", **source}], "destinations": [{"name": "t", **jsonl(self.world.path("o"))}]}))
        (self.declarations / "connections.yml").write_text(json.dumps(
            {"connections": [{"name": "c", "source": "f", "destination": "t", "schedule": HOURLY}]}))
        self.start()
        self.succeeded()
        self.stop()
        (self.declarations / "more.yaml").write_text(json.dumps({"sources": [{"name": "f", **source}]}))
        refused = subprocess.run([*self.command(), "--check-config"], stderr=subprocess.PIPE, timeout=30)
        self.assertEqual(refused.returncode, 2)
        self.assertIn(b"more.yaml:1: source 'f' stands twice, first in", refused.stderr)


class Ends(ServeCase):
    ROWS = 3000

    def slow(self):
        self.declare("a.yaml", scripted({"streams": {"s": self.ROWS}, "every": 100, "pause": 0.05}),
                     sqlite(self.world.path("out.db")),
                     streams=[{"name": "s", "sync_mode": "incremental_append"}])
        self.wanted = [{"id": i, "text": f"s {i} é"} for i in range(self.ROWS)]
        self.start()
        self.wait(lambda: self.world.store("select count(*) from checkpoint") == [(1,)], "a checkpoint")

    def goes_on_exactly(self):
        """The next start goes on with the same job, at once, and ends with every row once."""
        self.start()
        # Half of the first back-off: a job that its daemon's end has stopped waits for nothing.
        self.wait(lambda: len(self.world.store("select 1 from attempt")) == 2, "the second attempt", 5)
        self.succeeded()
        self.assertEqual(self.world.store("select complete_total, partial_total from job"), [(0, 0)])
        reason, = json.loads(self.world.store("select failures from attempt where number = 0")[0][0])["failures"]
        self.assertEqual((reason["failureOrigin"], reason["failureType"]), ("airbyte_platform", "transient_error"))
        self.assertIn("Wharf ended while this attempt ran", reason["externalMessage"])
        self.same_rows(sqlite_rows(self.world.path("out.db"), "s"), self.wanted)
        self.assertEqual(self.stop(), 0)
        self.nothing_left()

    def test_sigterm_lets_both_sides_commit_and_the_job_goes_on_with_the_next_start(self):
        self.slow()
        began = time.monotonic()
        self.assertEqual(self.stop(), 0)
        self.assertLess(time.monotonic() - began, 10)
        self.nothing_left()
        self.goes_on_exactly()

    def test_kill_9_loses_and_doubles_nothing_and_leaves_nobody_behind(self):
        self.slow()
        groups = [group for group, in self.world.store("select process_group from workload where status = 'running'")]
        self.assertEqual(len(groups), 2)
        self.stop(signal.SIGKILL)
        self.goes_on_exactly()
        self.assertEqual([member for group in groups for member in members_of(group)], [])

    def test_a_second_daemon_and_a_sync_on_the_same_directory_are_refused_by_name(self):
        source, _ = self.people()
        self.declare("a.yaml", source, jsonl(self.world.path("a")))
        self.start()
        self.succeeded()
        for command in (self.command(), [WHARF, "sync", "-f", str(self.declarations / "a.yaml"),
                                         "--data-dir", str(self.world.data)]):
            refused = subprocess.run(command, stderr=subprocess.PIPE, timeout=30)
            self.assertEqual(refused.returncode, 3, refused.stderr)
            self.assertIn(str(self.daemon.pid).encode(), refused.stderr)

    def test_a_store_of_a_newer_version_is_refused_and_left_as_it_is(self):
        source, _ = self.people()
        self.declare("a.yaml", source, jsonl(self.world.path("a")))
        self.start()
        self.succeeded()
        self.stop()
        with contextlib.closing(sqlite3.connect(self.world.data / "wharf.db")) as store:
            store.execute("pragma user_version = 999")

        def stores():
            return {path.name: path.read_bytes() for path in self.world.data.glob("wharf.db*")}
        before = stores()
        self.assertEqual(set(before), {"wharf.db"})
        refused = subprocess.run(self.command(), stderr=subprocess.PIPE, timeout=30)
        self.assertEqual(refused.returncode, 3, refused.stderr)
        self.assertIn(b"made by a newer version", refused.stderr)
        self.assertEqual(stores(), before)


class Api(ApiCase):
    def test_a_script_gets_a_token_asks_for_a_sync_and_polls_until_it_has_succeeded(self):
        wanted = self.up({"type": "manual"})
        token = self.token()
        code, listed = self.curl("/api/public/v1/connections", token=token)
        self.assertEqual(code, 200)
        connection, = listed["data"]
        self.assertEqual((connection["name"], connection["status"], connection["schedule"]["scheduleType"],
                          connection["tags"], connection["configurations"]["streams"][0]["syncMode"]),
                         ("c", "active", "manual", [], "full_refresh_overwrite"))
        self.assertEqual(self.curl(f"/api/public/v1/connections/{connection['connectionId']}", token=token),
                         (200, connection))
        asked = {"connectionId": connection["connectionId"], "jobType": "sync"}
        code, job = self.curl("/api/public/v1/jobs", token=token, body=asked)
        self.assertEqual((code, job["status"], job["jobType"], job["connectionId"]),
                         (200, "pending", "sync", connection["connectionId"]))
        self.assertRegex(job["startTime"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        path = f"/api/public/v1/jobs/{job['jobId']}"
        self.wait(lambda: self.curl(path, token=token)[1]["status"] == "succeeded", "the end of the job")
        code, job = self.curl(path + "/", token=token)
        self.assertEqual((code, job["rowsSynced"]), (200, len(wanted)))
        self.assertRegex(job["duration"], r"^PT\d+S$")
        self.same_rows(sqlite_rows(self.world.path("out.db"), "people"), wanted)
        code, jobs = self.curl("/api/public/v1/jobs?limit=1&connectionId=" + connection["connectionId"], token=token)
        self.assertEqual((code, jobs), (200, {"data": [job], "next": "", "previous": ""}))

    def test_who_has_no_token_gets_health_and_nothing_else_and_tokens_outlive_a_restart(self):
        self.up()
        self.assertEqual(self.curl("/api/public/v1/health"), (200, "Successful operation"))
        self.assertEqual(self.curl("/api/public/v1/health", "-H", "Host: wharf.example:8000")[0], 403)
        self.assertEqual(self.curl("/api/public/v1/connections")[0], 401)
        self.assertEqual(self.curl("/api/public/v1/connections", token="x" * 43)[0], 401)
        wrong = {**self.credentials(), "client_secret": "wrong"}
        self.assertEqual(self.curl("/api/public/v1/applications/token", body=wrong)[0], 401)
        token = self.token()
        before = self.curl("/api/public/v1/workspaces", token=token)
        self.assertEqual((before[0], [each["name"] for each in before[1]["data"]]), (200, ["Default Workspace"]))
        self.succeeded()
        self.stop()
        secrets = self.credentials()
        self.start()
        self.wait(lambda: self.said().count("listening") == 2, "the second start")
        self.assertEqual(self.curl("/api/public/v1/workspaces", token=token), before)
        self.assertEqual(self.credentials(), secrets)
        self.assertNotIn(secrets["client_secret"], self.said())
        self.assertNotIn(token, self.said())
        kept = b"".join(path.read_bytes() for path in self.world.data.glob("wharf.db*"))
        self.assertNotIn(secrets["client_secret"].encode(), kept)
        self.assertNotIn(token.encode(), kept)

    def test_what_cannot_be_is_refused_as_the_clients_know_it(self):
        self.up()
        self.succeeded()
        token = self.token()
        jobs, connections = "/api/public/v1/jobs", "/api/public/v1/connections"
        id = self.curl(connections, token=token)[1]["data"][0]["connectionId"]
        nobody = "00000000-0000-0000-0000-000000000001"
        for path, body, code, title in (
                (jobs + "/999", None, 404, "resource-not-found"),
                (connections + "/" + nobody, None, 404, "resource-not-found"),
                (jobs, {"connectionId": nobody, "jobType": "sync"}, 404, "resource-not-found"),
                (jobs, {"connectionId": id, "jobType": "refresh"}, 422, "unprocessable-entity"),
                (jobs, {"connectionId": id, "jobType": "dance"}, 400, "bad-request"),
                (jobs, {"connectionId": id}, 400, "bad-request"),
                (jobs, "{", 422, None), (jobs + "?limit=1000", None, 400, None), (jobs + "/x", None, 400, None),
                (jobs + "?orderBy=size", None, 400, "bad-request")):
            said = self.curl(path, token=token, body=body)
            self.assertEqual((said[0], said[1].get("title")), (code, title), f"{path} {body}: {said}")
        (self.declarations / "a.yaml").unlink()
        self.daemon.send_signal(signal.SIGHUP)
        self.wait(lambda: self.column("status") == "inactive", "the end of the connection")
        said = self.curl(jobs, token=token, body={"connectionId": id, "jobType": "sync"})
        self.assertEqual((said[0], said[1]["title"]), (409, "state-conflict"))

    def test_a_second_wish_while_a_sync_runs_is_refused_and_names_the_connection(self):
        self.declare("a.yaml", scripted({"streams": {"s": 1000}, "every": 100, "pause": 0.1}),
                     sqlite(self.world.path("out.db")))
        self.start()
        self.wait(lambda: [status for status, _ in self.jobs()] == ["running"], "a running sync")
        id, token = self.column("id"), self.token()
        said = self.curl("/api/public/v1/jobs", token=token, body={"connectionId": id, "jobType": "sync"})
        self.assertEqual((said[0], said[1]["title"]), (409, "try-again-later"))
        self.assertIn(id, said[1]["data"]["message"])
        self.succeeded()

    def test_settings_name_everything_the_command_line_does_and_a_wrong_key_is_refused(self):
        wanted, settings = self.up(), self.world.path("wharf.yaml")
        self.succeeded()
        self.stop()
        settings.write_text("data_dir: data\ndeclarations: conf.d\nlisten: 127.0.0.1:0\nhosts: [wharf.example]\n"
                            "timezone: Asia/Kolkata\nmax_sync_workers: 1\n")
        self.declare("b.yaml", *[self.people()[0], jsonl(self.world.path("b"))], name="b",
                     schedule={"type": "cron", "expression": "30 4 * * *"})
        self.command = lambda: [WHARF, "serve", "--config", str(settings)]
        self.start()
        self.wait(lambda: self.said().count("listening") == 2 and self.column("next_run", "b"), "the second start")
        self.assertEqual(self.curl("/api/public/v1/health", "-H", "Host: wharf.example:8000")[0], 200)
        self.assertEqual(self.column("next_run", "b") // 60_000 % 60, 0)  # 4:30 in India is 23:00 UTC
        self.stop()
        settings.write_text("data_dir: data\nlisten_on: 1\nmax_sync_workers: many\ntimezone: Europe/Berlim\n")
        refused = subprocess.run(self.command(), stderr=subprocess.PIPE, timeout=30)
        self.assertEqual(refused.returncode, 2)
        for word in (b"wharf.yaml:2", b"listen_on", b"wharf.yaml:3", b"from 1 to 512", b"Europe/Berlin"):
            self.assertIn(word, refused.stderr)

    def test_credentials_are_private_and_the_file_is_the_truth(self):
        self.up()
        file = self.world.data / "credentials.json"
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        self.stop()
        file.chmod(0o640)
        refused = subprocess.run(self.command(), stderr=subprocess.PIPE, timeout=30)
        self.assertEqual(refused.returncode, 3)
        self.assertIn(b"chmod 600", refused.stderr)
        file.unlink()
        file.touch(0o600)
        file.write_text(json.dumps({"client_id": "me", "client_secret": "s" * 32}))
        self.start()
        self.wait(lambda: self.said().count("listening") == 2, "the second start")
        self.assertEqual(self.credentials()["client_id"], "me")
        self.token()

    def test_a_port_that_is_taken_ends_the_start_before_anything_runs(self):
        source, _ = self.people()
        self.declare("a.yaml", source, jsonl(self.world.path("out")))
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            refused = subprocess.run([*self.command()[:-1], address], stderr=subprocess.PIPE, timeout=30)
        self.assertEqual(refused.returncode, 3)
        self.assertIn(address.encode(), refused.stderr)
        self.assertEqual(self.jobs(), [])


if __name__ == "__main__":
    unittest.main()
