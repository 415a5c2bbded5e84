#!/usr/bin/env python3
"""What the daemon does beside the syncs: logs compressed and bounded, old jobs removed, backups made, a full
disk waited for, connections given up that only fail."""

import gzip
import os
import signal
import sqlite3
import subprocess
import time
import unittest

from harness import faker, jsonl, jsonl_rows, scripted, sqlite, sqlite_rows
from operating import MANUAL, OperatedCase

OFTEN = {"every": "200 ms"}


class Logs(OperatedCase):
    settings = {"chores": OFTEN, "logs": {"per_job": "128 KiB"}}

    def sync(self, steps=(), **more):
        self.declare("a.yaml", scripted({"streams": {"s": 300}, "steps": list(steps)}),
                     sqlite(self.world.path("out.db")), schedule=MANUAL, **more)
        self.start()
        self.deployed()
        self.wharf("sync", "c", "--wait")

    def files(self, job=1):
        directory = self.world.data / "logs" / str(job)
        return sorted(path.name for path in directory.iterdir()) if directory.exists() else []

    def test_a_log_is_compressed_when_its_attempt_has_ended_and_reads_as_before(self):
        self.sync()
        self.assertEqual(self.files(), ["0.log"])
        before = self.wharf("logs", "c").out
        self.wait(lambda: self.files() == ["0.log.gz"], "the compressed log")
        self.assertEqual(self.wharf("logs", "c").out, before)
        self.assertEqual(self.wharf("logs", "-f", "c").out, before)
        text = gzip.open(self.world.data / "logs/1/0.log.gz", "rt").read()
        self.assertTrue(text.endswith("attempt succeeded\n"), text[-200:])
        self.assertEqual((self.world.data / "logs/1/0.log.gz").stat().st_mode & 0o777, 0o600)

    def test_a_runaway_connector_fills_its_own_quota_and_both_ends_of_its_log_are_readable(self):
        lines = "\n".join(f"chatter number {number} of one who does not know when to stop" for number in range(20_000))
        self.sync([{"after": 1, "do": "stderr", "text": lines}])
        taken = sum(path.stat().st_size for path in (self.world.data / "logs/1").iterdir())
        self.assertLessEqual(taken, 128 << 10)
        self.assertGreater(taken, 32 << 10)
        said = self.wharf("logs", "c").out
        for wanted in ("road: ", "chatter number 0 ", "are left out here", "chatter number 19999 ",
                       "attempt succeeded"):
            self.assertIn(wanted, said)
        self.assertNotIn("chatter number 10000 ", said)
        self.wait(lambda: self.files() and all(name.endswith(".gz") for name in self.files()), "compressed pieces")
        self.assertEqual(self.wharf("logs", "c").out, said)


class Quota(OperatedCase):
    settings = {"chores": OFTEN, "logs": {"total": "12 KiB"}}

    def test_the_oldest_logs_go_when_all_take_too_much(self):
        source, _ = self.people()
        self.declare("a.yaml", source, jsonl(self.world.path("a")), schedule=MANUAL)
        self.start()
        self.deployed()
        for number in range(20):
            self.wharf("sync", "c", "--wait")
        logs = self.world.data / "logs"

        def taken():
            return sum(path.stat().st_size for path in logs.rglob("*.log*"))
        self.wait(lambda: taken() <= 12 << 10, "room")
        left = {int(path.name) for path in logs.iterdir()}
        self.assertIn(20, left)
        self.assertEqual(left, set(range(min(left), 21)))
        self.assertGreater(len(left), 1)


class Retention(OperatedCase):
    settings = {"chores": OFTEN, "retention": {"jobs": "1 second"}}

    def test_old_jobs_go_with_their_logs_and_the_newest_of_each_connection_stays(self):
        source, wanted = self.people()
        self.declare("a.yaml", source, jsonl(self.world.path("a")), name="a", schedule=MANUAL)
        self.declare("b.yaml", source, jsonl(self.world.path("b")), name="b", schedule=MANUAL)
        self.start()
        self.deployed("a")
        self.deployed("b")
        for name in "aabab":
            self.wharf("sync", name, "--wait", "--quiet")
        self.wait(lambda: self.world.store("select id from job order by id") == [(4,), (5,)], "the end of old jobs")
        self.assertEqual({job for job, in self.world.store("select job_id from attempt")}, {4, 5})
        self.wait(lambda: {path.name for path in (self.world.data / "logs").iterdir()} == {"4", "5"},
                  "the end of old logs")
        self.wharf("sync", "a", "--wait")
        self.assertEqual(max(self.world.store("select id from job")), (6,))
        self.assertIn("what is too old is gone", self.said())


class Backups(OperatedCase):
    settings = {"chores": OFTEN, "backup": {"every": "1 s", "keep": 2}}

    def test_backups_come_by_themselves_a_few_are_kept_and_each_is_whole(self):
        source, _ = self.people()
        self.declare("a.yaml", source, jsonl(self.world.path("a")), schedule=MANUAL)
        self.start()
        self.deployed()
        self.wharf("sync", "c", "--wait")
        backups = self.world.data / "backups"
        before = self.said().count("backup written")
        self.wait(lambda: self.said().count("backup written") >= max(4, before + 3), "backups of what is there now")
        self.stop()
        names = sorted(path.name for path in backups.iterdir())
        self.assertEqual(len(names), 2, names)
        for name in names:
            self.assertRegex(name, r"^wharf-\d{8}T\d{6}Z\.db$")
            with sqlite3.connect(backups / name) as store:
                self.assertEqual(store.execute("pragma integrity_check").fetchone(), ("ok",))
                self.assertEqual(store.execute("select status from job").fetchall(), [("succeeded",)])
        self.assertEqual(backups.stat().st_mode & 0o777, 0o700)


    def test_a_damaged_store_is_not_copied_and_the_doctor_says_why(self):
        self.start()
        backups = self.world.data / "backups"
        self.wait(lambda: self.said().count("backup written") >= 2, "two backups")
        self.stop()
        before = sorted(backups.iterdir())
        self.lose_from_index("event_at", "insert into event (kind, detail, at) values ('given_up', 'x', 1)")
        self.start()
        self.wait(lambda: "is damaged" in self.said(), "the word about the store")
        self.assertEqual(sorted(backups.iterdir()), before)
        said = self.wharf("doctor", code=1).out
        self.assertRegex(said, r"(?m)^PROBLEM  chore 'backup': it failed at .*missing from index.*wharf restore FILE")

    def lose_from_index(self, index, change):
        """The index is out of sight while something is changed."""
        with sqlite3.connect(self.world.data / "wharf.db", isolation_level=None) as store:
            store.executescript(f"""create table hidden as select * from sqlite_master where name = '{index}';
                pragma writable_schema = on; delete from sqlite_master where name = '{index}';
                pragma writable_schema = reset""")
            store.execute(change)
            store.executescript("""pragma writable_schema = on; insert into sqlite_master select * from hidden;
                pragma writable_schema = reset; drop table hidden""")


@unittest.skipUnless(os.geteuid() == 0, "only root can mount a small disk")
class Disk(OperatedCase):
    settings = {"chores": OFTEN, "disk": {"minimum_free": "16 MB"}}

    def setUp(self):
        super().setUp()
        self.world.data.mkdir(mode=0o700)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m,mode=700", "tmpfs", self.world.data], check=True)
        self.ballast = self.world.data / "ballast"

    def tearDown(self):
        if self.daemon:
            self.stop(signal.SIGKILL)
        subprocess.run(["umount", "-l", self.world.data], check=True)
        super().tearDown()

    def fill(self):
        with open(self.ballast, "wb") as ballast:
            for _ in range(38):
                ballast.write(bytes(1_000_000))

    def test_before_the_disk_is_full_syncs_wait_and_say_so_and_go_on_when_there_is_space(self):
        source, wanted = self.people()
        self.declare("a.yaml", source, sqlite(self.world.path("out.db")), schedule=MANUAL,
                     streams=[{"name": "people", "sync_mode": "full_refresh_overwrite"}])
        self.start()
        self.deployed()
        self.fill()
        self.wait(lambda: "new syncs wait" in self.said(), "the word about the disk")
        self.wharf("sync", "c")
        reason = self.asked("jobs", "1")["waitsFor"]
        self.assertRegex(reason, r"the disk of .* has [\d.]+ MB left, less than disk.minimum_free \(16.0 MB\)")
        self.assertEqual(self.asked("status")["hold"]["reason"], reason)
        self.assertIn("new syncs wait since", self.wharf("status").out)
        self.assertIn("PROBLEM  syncs: new syncs wait", self.wharf("doctor", code=1).out)
        time.sleep(1.5)   # the dispatcher looks every second
        self.assertEqual(self.jobs(), [("pending", "manual")])
        self.assertEqual(self.world.store("select 1 from attempt"), [])
        self.ballast.unlink()
        self.succeeded()
        self.assertNotIn("hold", self.asked("status"))
        self.assertIn("there is space again", self.said())
        self.same_rows(sqlite_rows(self.world.path("out.db"), "people"), wanted)

    def test_a_daemon_that_starts_on_a_full_disk_waits_before_its_first_sync(self):
        source, _ = self.people()
        self.declare("a.yaml", source, jsonl(self.world.path("out")))
        self.start()
        self.succeeded()
        self.stop()
        self.fill()
        self.declare("b.yaml", source, jsonl(self.world.path("other")), name="b")
        self.start()
        self.wait(lambda: self.jobs("b") == [("pending", "scheduled")], "the waiting job")
        time.sleep(1.5)
        self.assertEqual(self.jobs("b"), [("pending", "scheduled")])
        self.ballast.unlink()
        self.succeeded(name="b")


class Hopeless(OperatedCase):
    settings = {"auto_disable": {"failed_jobs": 3, "days": 0, "failed_jobs_warning": 2, "days_warning": 0}}

    def fail(self, times):
        for _ in range(times):
            self.wharf("sync", "c", "--wait", "--quiet", code=1)

    def test_a_connection_that_only_fails_is_given_up_says_why_and_comes_back_by_hand_or_by_declaration(self):
        self.declare("a.yaml", self.misconfigured(), jsonl(self.world.path("out")))
        self.start()
        self.wait(lambda: self.jobs() == [("failed", "scheduled")], "a failed job")
        self.fail(1)
        self.assertEqual(self.column("status"), "active")
        self.assertEqual(self.world.store("select kind from event where kind glob 'connection_*'"), [("connection_disable_warning",)])
        self.fail(1)
        self.assertEqual((self.column("status"), self.column("inactive_reason"), self.column("next_run")),
                         ("inactive", "TOO_MANY_FAILED_JOBS_WITH_NO_RECENT_SUCCESS", None))
        self.assertEqual(self.world.store("select kind, job_id from event order by id desc limit 3"),
                         [("connection_disabled", 3), ("SYNC_FAILED", 3), ("SYNC_STARTED", 3)])
        self.assertRegex(self.wharf("status").out, r"(?m)^c +given up ")
        self.assertIn("then: wharf resume c", self.wharf("doctor", code=1).out)
        self.wharf("sync", "c", code=3)
        self.assertRegex(self.said(), r"connection is given up.* connection=\S+ job=3")
        for again in ("reload", "restart"):
            if again == "reload":
                self.daemon.send_signal(signal.SIGHUP)
                self.wait(lambda: "declarations read again" in self.said(), "the reload")
            else:
                self.stop()
                self.start()
            time.sleep(0.5)
            self.assertEqual(self.column("status"), "inactive", again)
        self.wharf("resume", "c")
        self.assertEqual((self.column("status"), self.column("inactive_reason")), ("active", None))
        self.wait(lambda: self.column("next_run"), "a next run")
        self.fail(2)
        self.assertEqual(self.column("status"), "active")
        self.fail(1)
        self.assertEqual(self.column("status"), "inactive")
        self.declare("a.yaml", faker(10), jsonl(self.world.path("out")))
        self.daemon.send_signal(signal.SIGHUP)
        self.wait(lambda: self.column("status") == "active", "the connection that is declared anew")
        self.wharf("sync", "c", "--wait")
        self.assertEqual(len(jsonl_rows(self.world.path("out") / "users.jsonl")), 10)


if __name__ == "__main__":
    unittest.main(verbosity=2)
