#!/usr/bin/env python3
"""Jobs that somebody cancels or clears, at rest and in mid-sync, and a daemon that dies while it does so.
Asked by curl; what is left is compared row by row with readers that are not ours."""

import json
import signal
import threading
import time
import unittest

from harness import jsonl, jsonl_rows, scripted, scripted_destination, sqlite, sqlite_rows
from serving import ApiCase

JOBS = "/api/public/v1/jobs"
MANUAL = {"type": "manual"}
INCREMENTAL = [{"name": "s", "sync_mode": "incremental_append"}]


class JobCase(ApiCase):
    def connect(self, source, destination, streams=INCREMENTAL, **more):
        self.declare("a.yaml", source, destination, schedule=MANUAL, **({"streams": streams} if streams else {}), **more)
        self.up()

    def up(self, connections=1):
        self.start()
        self.wait(lambda: self.world.store("select count(*) from connection") == [(connections,)], "the connections")
        self.wait(lambda: "listening" in self.said(), "the API")
        self.bearer = self.token()

    def ask(self, kind="sync", name="c"):
        code, job = self.curl(JOBS, token=self.bearer, body={"connectionId": self.column("id", name), "jobType": kind})
        self.assertEqual(code, 200, job)
        return job

    def look(self, job):
        code, said = self.curl(f"{JOBS}/{job['jobId']}", token=self.bearer)
        self.assertEqual(code, 200, said)
        return said

    def cancel(self, job):
        return self.curl(f"{JOBS}/{job['jobId']}", "-X", "DELETE", token=self.bearer)

    def torn_down(self):
        self.wait(lambda: "running" not in [status for status, _ in self.jobs()], "the end of what was cancelled")

    def come_to(self, job, status):
        self.wait(lambda: self.look(job)["status"] == status, f"{status} of job {job['jobId']}")

    def synced(self, name="c"):
        job = self.ask("sync", name)
        self.come_to(job, "succeeded")
        return job

    def checkpoints(self):
        return self.world.store("select stream, body from checkpoint order by stream")

    def in_mid_sync(self, rows=100_000):
        """A sync that would take minutes, after its first checkpoint."""
        self.connect(scripted({"streams": {"s": rows}, "every": 100, "pause": 0.05, "tell": str(self.world.path("told"))}),
                     sqlite(self.world.path("out.db")))
        job = self.ask()
        self.wait(self.checkpoints, "a checkpoint")
        return job

    def arrived(self):
        return sqlite_rows(self.world.path("out.db"), "s")


class Cancels(JobCase):
    def test_a_running_sync_ends_at_once_and_what_it_confirmed_stays(self):
        job = self.in_mid_sync()
        began = time.monotonic()
        code, said = self.cancel(job)
        self.assertEqual((code, said["status"], said["jobId"]), (200, "cancelled", job["jobId"]))
        self.torn_down()
        self.assertLess(time.monotonic() - began, 10)
        self.nothing_left()
        (status, failures), = self.world.store("select status, failures from attempt")
        self.assertEqual(status, "failed")
        reason = json.loads(failures)["failures"][0]
        self.assertEqual((reason["failureType"], reason["externalMessage"]),
                         ("manual_cancellation", "This attempt was cancelled"))
        rows = self.arrived()
        self.assertGreater(len(rows), 0)
        self.same_rows(rows, [{"id": i, "text": f"s {i} é"} for i in range(len(rows))])
        (_, body), = self.checkpoints()
        self.assertIn(str(len(rows)), body)  # where the next sync goes on
        self.assertEqual(self.cancel(job)[0], 409)
        self.assertEqual([status for status, _ in self.jobs()], ["cancelled"])

    def test_the_next_sync_goes_on_where_the_cancelled_one_was(self):
        job = self.in_mid_sync(4000)
        self.assertEqual(self.cancel(job)[1]["status"], "cancelled")
        self.torn_down()
        before = len(self.arrived())
        self.assertLess(before, 4000)
        self.synced()
        self.same_rows(self.arrived(), [{"id": i, "text": f"s {i} é"} for i in range(4000)])

    def test_a_job_that_waits_for_its_next_attempt_is_cancelled_and_is_not_tried_again(self):
        self.connect(scripted({"streams": {"s": 10}, "steps": [{"after": 0, "do": "exit", "code": 1}]}),
                     jsonl(self.world.path("out")))
        job = self.ask()
        self.come_to(job, "incomplete")
        self.assertEqual(self.cancel(job)[1]["status"], "cancelled")
        self.assertEqual(self.world.store("select count(*) from attempt"), [(1,)])
        self.come_to(self.ask(), "incomplete")  # the connection may be asked again

    def test_what_has_ended_or_never_was_cannot_be_cancelled(self):
        source, _ = self.people()
        self.connect(source, jsonl(self.world.path("out")), streams=None)
        job = self.synced()
        code, said = self.cancel(job)
        self.assertEqual((code, said["title"]), (409, "state-conflict"))
        self.assertIn("is not running", said["data"]["message"])
        self.assertEqual(self.cancel({"jobId": 999})[0], 404)

    def in_mid_cancel(self):
        """A sync that is to be cancelled, by who waits for it: its source ignores SIGTERM for a while."""
        self.connect(scripted({"streams": {"s": 100_000}, "every": 100, "pause": 0.05, "ignore_term": True}),
                     sqlite(self.world.path("out.db")))
        job = self.ask()
        self.wait(self.checkpoints, "a checkpoint")
        asking = threading.Thread(target=lambda: self.curl_may_break(f"{JOBS}/{job['jobId']}", "-X", "DELETE",
                                                                     token=self.bearer))
        asking.start()
        self.wait(lambda: self.world.store("select cancel_asked from job") != [(None,)], "the wish in the store")
        return job, asking

    def test_a_wish_to_cancel_outlives_a_daemon_that_is_killed_before_it_is_done(self):
        job, asking = self.in_mid_cancel()
        self.stop(signal.SIGKILL)
        asking.join()
        self.start()
        self.wait(lambda: self.said().count("listening") == 2, "the second start")
        self.come_to(job, "cancelled")
        self.assertEqual(self.world.store("select count(*) from attempt"), [(1,)])
        self.nothing_left()

    def test_a_daemon_that_is_told_to_stop_does_not_wait_for_those_who_wait_for_a_cancel(self):
        _, asking = self.in_mid_cancel()
        began = time.monotonic()
        self.assertEqual(self.stop(), 0)
        self.assertLess(time.monotonic() - began, 30)
        asking.join()
        self.assertEqual([status for status, _ in self.jobs()], ["cancelled"])


class Clears(JobCase):
    def test_what_is_cleared_is_gone_with_its_state_and_the_next_sync_brings_it_anew(self):
        source, wanted = self.people()
        readers = {}
        for mode in ("incremental_append", "full_refresh_append", "full_refresh_overwrite"):
            for kind in ("sqlite", "jsonl"):
                name = f"{mode}-{kind}"
                place = self.world.path(name)
                readers[name] = ((lambda place=place: sqlite_rows(place, "people")) if kind == "sqlite" else
                                 (lambda place=place: jsonl_rows(place / "people.jsonl")))
                self.declare(name + ".yaml", source, (sqlite if kind == "sqlite" else jsonl)(place), name=name,
                             schedule=MANUAL, streams=[{"name": "people", "sync_mode": mode}])
        self.up(len(readers))
        for name, read in readers.items():
            with self.subTest(name):
                self.synced(name)
                self.same_rows(read(), wanted)
                job = self.ask("clear", name)
                self.assertEqual(job["jobType"], "reset")
                self.come_to(job, "succeeded")
                self.assertEqual(read(), [])
                self.assertEqual(self.checkpoints(), [])
                self.assertEqual(self.world.store("select * from clear_request"), [])
                self.synced(name)
                self.same_rows(read(), wanted)
                self.come_to(self.ask("clear", name), "succeeded")

    def test_a_clear_in_mid_sync_cancels_it_and_runs_next(self):
        sync = self.in_mid_sync()
        self.world.path("told").unlink()
        clear = self.ask("reset")
        self.assertGreater(clear["jobId"], sync["jobId"])
        self.assertEqual(self.look(sync)["status"], "cancelled")
        self.come_to(clear, "succeeded")
        self.assertEqual((self.arrived(), self.checkpoints()), ([], []))
        self.assertFalse(self.world.path("told").exists())  # no source was started for it
        listed = self.curl(JOBS + "?jobType=clear", token=self.bearer)[1]["data"]
        self.assertEqual([each["jobId"] for each in listed], [clear["jobId"]])
        listed = self.curl(JOBS + "?jobType=sync", token=self.bearer)[1]["data"]
        self.assertEqual([each["jobId"] for each in listed], [sync["jobId"]])
        self.assertEqual(len(self.curl(JOBS, token=self.bearer)[1]["data"]), 2)

    def test_a_wish_to_clear_outlives_a_daemon_that_is_killed_before_it_is_done(self):
        self.connect(scripted({"streams": {"s": 100_000}, "every": 100, "pause": 0.05, "ignore_term": True}),
                     sqlite(self.world.path("out.db")))
        sync = self.ask()
        self.wait(self.checkpoints, "a checkpoint")
        body = {"connectionId": self.column("id"), "jobType": "clear"}
        asking = threading.Thread(target=lambda: self.curl_may_break(JOBS, token=self.bearer, body=body))
        asking.start()
        self.wait(lambda: self.world.store("select 1 from clear_request"), "the wish in the store")
        self.stop(signal.SIGKILL)
        asking.join()
        self.start()
        self.wait(lambda: self.said().count("listening") == 2, "the second start")
        self.come_to(sync, "cancelled")
        self.wait(lambda: [status for status, _ in self.jobs()] == ["cancelled", "succeeded"], "the clear")
        self.assertEqual((self.arrived(), self.checkpoints()), ([], []))

    def test_a_foreign_destination_is_given_the_streams_as_overwrite_and_no_rows(self):
        kept = self.world.path("kept")
        self.connect(scripted({"streams": {"s": 100}, "every": 10}),
                     scripted_destination({"path": str(kept), "keep_catalog": True}))
        self.synced()
        given = json.loads((kept / "catalog.json").read_text())
        self.assertEqual(given["streams"][0]["destination_sync_mode"], "append")
        self.assertEqual(len(jsonl_rows(kept / "s.jsonl")), 100)
        self.assertEqual(len(self.checkpoints()), 1)
        self.come_to(self.ask("clear"), "succeeded")
        given = json.loads((kept / "catalog.json").read_text())
        self.assertEqual([(each["stream"]["name"], each["sync_mode"], each["destination_sync_mode"])
                          for each in given["streams"]], [("s", "full_refresh", "overwrite")])
        self.assertEqual(len(jsonl_rows(kept / "s.jsonl")), 100)  # this one does not overwrite
        self.assertEqual(self.checkpoints(), [])


if __name__ == "__main__":
    unittest.main()
