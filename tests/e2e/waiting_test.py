#!/usr/bin/env python3
"""Jobs that wait for their first or their next attempt, or run, and what is done to their connection
meanwhile: it is made inactive, renamed, led elsewhere, deleted, cleared, asked again."""

import json
import signal
import sqlite3
import unittest

import api_test
from harness import jsonl, jsonl_rows, scripted

INCREMENTAL = [{"name": "s", "syncMode": "incremental_append"}]
FAILS = {"streams": {"s": 10}, "steps": [{"after": 0, "do": "exit", "code": 1}]}
# Two attempts: the first ends after 20 of 30 states, the second goes on from there.
BREAKS_OFF = {"streams": {"s": 300}, "every": 10, "pause": 0.05, "steps": [{"after": 20, "do": "exit", "code": 1}]}


class WaitingCase(api_test.ApiCase):
    settings = {}

    def command(self):
        return [*super().command(), "--config", str(self.world.write("wharf.yaml", json.dumps(self.settings)))]

    def up(self):
        self.declare_scripted()
        super().up()

    def connect(self, configuration, streams=INCREMENTAL):
        """A connection of the API's own; where its rows are."""
        self.connection, self.source_id = self.scripted_connection(configuration, streams)
        return self.world.path("out")

    def patch(self, **change):
        return self.ask("PATCH", f"/connections/{self.connection}", change)

    def begin(self, kind="sync"):
        return self.ask("POST", "/jobs", {"connectionId": self.connection, "jobType": kind})["jobId"]

    def status(self, job):
        return self.ask("GET", f"/jobs/{job}")["status"]

    def come_to(self, job, status):
        self.wait(lambda: self.status(job) == status, f"{status} of job {job}")

    def backing_off(self):
        self.connect(FAILS)
        job = self.begin()
        self.come_to(job, "incomplete")
        return job

    def hasten(self):
        """Whoever backs off is tried again now."""
        with sqlite3.connect(self.world.data / "wharf.db", timeout=30) as store:
            store.execute("update job set next_try = 0 where status = 'incomplete'")

    def attempts(self, job):
        return self.world.store("select status, failures from attempt where job_id = ? order by number", job)

    def last_cause(self, job):
        return self.world.store("select cause from job_change where job_id = ? order by id desc limit 1", job)[0][0]

    def next_run(self):
        due = self.world.store("select at from due where connection_id = ?", self.connection)
        return due[0][0] if due else None

    def called_off(self, job, attempts):
        """It has ended as cancelled with an attempt that did nothing, because its connection is inactive."""
        self.come_to(job, "cancelled")
        self.assertEqual(self.last_cause(job), "its connection is inactive")
        tried = self.attempts(job)
        self.assertEqual(len(tried), attempts)
        self.assertEqual(tried[-1][0], "failed")
        reason, = json.loads(tried[-1][1])["failures"]
        self.assertEqual((reason["failureType"], reason["internalMessage"]),
                         ("manual_cancellation", "its connection is inactive"))
        self.assertEqual(self.world.store("select count(*) from workload where job_id = ? and attempt = ?", job,
                                          attempts - 1), [(0,)], "something was started")


class Inactive(WaitingCase):
    def test_between_attempts_the_next_one_ends_as_cancelled_whoever_made_it_inactive(self):
        for name in ("declared", "undeclared"):
            self.declare(f"{name}.yaml", scripted(FAILS), jsonl(self.world.path(name)), name=name,
                         schedule={"type": "manual"})
        self.up()
        jobs = {"api": self.backing_off()}
        by_api = self.connection
        for name in ("declared", "undeclared"):
            self.wait(lambda name=name: self.column("id", name), name)
            self.connection = self.column("id", name)
            jobs[name] = self.begin()
            self.come_to(jobs[name], "incomplete")
        self.connection = by_api
        self.patch(status="inactive", name="at rest")
        self.declare("declared.yaml", scripted(FAILS), jsonl(self.world.path("declared")), name="declared",
                     schedule={"type": "manual"}, status="inactive")
        (self.declarations / "undeclared.yaml").unlink()
        self.daemon.send_signal(signal.SIGHUP)
        for name in ("declared", "undeclared"):
            self.wait(lambda name=name: self.column("status", name) == "inactive", name)
        for job in jobs.values():
            self.assertEqual(self.status(job), "incomplete")  # nothing before its time
        self.hasten()
        for job in jobs.values():
            self.called_off(job, attempts=2)
        # Made active again, it may be asked again.
        self.patch(status="active")
        self.come_to(self.begin(), "incomplete")

    def test_before_the_first_attempt_that_one_ends_as_cancelled_and_a_deleted_connection_s_job_at_once(self):
        self.settings = {"disk": {"minimum_free": "1000 TB"}}  # nothing begins
        self.up()
        self.connect({"streams": {"s": 10}})
        deleted = self.begin()
        self.assertEqual(self.status(deleted), "pending")
        self.ask("DELETE", f"/connections/{self.connection}", code=204)
        self.assertEqual(self.status(deleted), "cancelled")
        self.assertEqual(self.attempts(deleted), [])
        self.connect({"streams": {"s": 10}})
        job = self.begin()
        self.patch(status="inactive")
        self.assertEqual(self.status(job), "pending")
        self.stop()
        self.settings = {}
        super().up()
        self.called_off(job, attempts=1)
        self.assertFalse(self.world.path("out").exists())

    def test_a_running_sync_goes_on_to_its_end_and_is_the_last(self):
        self.up()
        rows = self.connect({"streams": {"s": 180}, "every": 15, "pause": 0.1})
        self.patch(schedule={"scheduleType": "cron", "cronExpression": "0 0 3 * * ?"})
        self.wait(self.next_run, "a next run")
        job = self.begin()
        self.wait(lambda: self.world.store("select 1 from checkpoint"), "a checkpoint")
        self.patch(status="inactive")
        self.assertEqual(self.status(job), "running")
        self.come_to(job, "succeeded")
        self.assertEqual([status for status, _ in self.attempts(job)], ["succeeded"])
        self.same_rows(jsonl_rows(rows / "s.jsonl"), [{"id": i, "text": f"s {i} é"} for i in range(180)])
        self.wait(lambda: self.next_run() is None, "no next run")

    def test_a_clear_runs_on_an_inactive_connection(self):
        self.up()
        rows = self.connect({"streams": {"s": 10}})
        self.come_to(self.begin(), "succeeded")
        self.patch(status="inactive")
        self.come_to(self.begin("clear"), "succeeded")
        self.assertEqual(jsonl_rows(rows / "s.jsonl"), [])


class Changed(WaitingCase):
    def test_another_place_ends_a_job_that_waits_and_what_moves_nothing_does_not(self):
        self.up()
        job = self.backing_off()
        self.patch(name="other", schedule={"scheduleType": "cron", "cronExpression": "0 0 3 * * ?"})
        self.assertEqual(self.status(job), "incomplete")
        self.patch(prefix="p_")
        self.assertEqual((self.status(job), self.last_cause(job)), ("cancelled", "its connection has been changed"))
        job = self.begin()
        self.come_to(job, "incomplete")
        self.patch(namespaceDefinition="custom_format", namespaceFormat="n")
        self.assertEqual(self.status(job), "cancelled")

    def test_a_running_job_keeps_where_it_writes_over_all_its_attempts_and_counts_them_together(self):
        self.up()
        rows = self.connect(BREAKS_OFF)
        job = self.begin()
        self.wait(lambda: self.world.store("select 1 from checkpoint"), "a checkpoint")
        self.patch(prefix="p_", schedule={"scheduleType": "cron", "cronExpression": "0 0 3 * * ?"})
        self.assertIn(self.status(job), ("running", "incomplete"))
        said = self.ended(job)
        self.assertEqual([status for status, _ in self.attempts(job)], ["failed", "succeeded"])
        self.same_rows(jsonl_rows(rows / "s.jsonl"), [{"id": i, "text": f"s {i} é"} for i in range(300)])
        self.assertFalse((rows / "p_s.jsonl").exists())
        committed = [count for count, in self.world.store(
            "select records_committed from attempt_stats where job_id = ? order by attempt", job)]
        self.assertEqual((committed, said["rowsSynced"]), ([200, 100], 300))
        self.wait(self.next_run, "a next run")
        self.assertEqual(self.next_run() % 86_400_000, 3 * 3_600_000)
        self.synced(self.connection)
        self.assertTrue((rows / "p_s.jsonl").exists())


class BackingOff(WaitingCase):
    def test_it_is_running_for_who_asks_for_a_sync_and_gives_way_to_a_clear(self):
        self.up()
        job = self.backing_off()
        said = self.refused("POST", "/jobs", {"connectionId": self.connection, "jobType": "sync"}, 409)
        self.assertEqual(said["title"], "try-again-later")
        self.assertEqual(self.status(job), "incomplete")
        clear = self.begin("clear")
        self.assertEqual(self.status(job), "cancelled")
        self.come_to(clear, "succeeded")
        self.assertEqual(len(self.attempts(job)), 1)

    def test_it_ends_with_its_connection(self):
        self.up()
        job = self.backing_off()
        self.ask("DELETE", f"/connections/{self.connection}", code=204)
        self.assertEqual(self.status(job), "cancelled")
        self.hasten()
        self.assertEqual(len(self.attempts(job)), 1)
        self.ask("GET", f"/connections/{self.connection}", code=404)


class Checks(WaitingCase):
    """Before attempts: asked are those whose question stands in the queue, for no answer is remembered."""

    def alter(self, statement, *values):
        with sqlite3.connect(self.world.data / "wharf.db", timeout=30) as store:
            store.execute(statement, values)

    def begin(self, kind="sync"):
        self.alter("delete from answer where question = 'check'")
        return super().begin(kind)

    def checked(self, job, attempt=0):
        names = dict(self.world.store("select id, 'source' from source union all select id, 'destination' from "
                                      "destination"))
        asked = self.world.store("select id from queued_workload where id like ? escape '!' order by created, id",
                                 f"%!_{job}!_{attempt}!_check")
        return [names[id.split("_")[0]] for id, in asked]

    def test_an_attempt_after_a_failure_is_checked_and_a_clear_asks_the_destination_alone(self):
        self.up()
        job = self.backing_off()
        self.assertEqual(self.checked(job), ["source", "destination"])
        self.alter("delete from answer where question = 'check'")
        self.hasten()
        self.wait(lambda: len(self.attempts(job)) == 2 and self.status(job) == "incomplete", "the second attempt")
        self.assertEqual(self.checked(job, 1), ["source", "destination"])
        clear = self.begin("clear")
        self.come_to(clear, "succeeded")
        self.assertEqual(self.checked(clear), ["destination"])

    def test_a_clear_says_nothing_of_whether_syncs_work(self):
        self.up()
        self.connect({"streams": {"s": 10}})
        first = self.begin()
        self.come_to(first, "succeeded")
        self.assertEqual(self.checked(first), ["source", "destination"])
        clear = self.begin("clear")
        self.come_to(clear, "succeeded")
        self.assertEqual(self.checked(clear), [])
        self.alter("update job set status = 'cancelled' where id = ?", clear)
        second = self.begin()
        self.come_to(second, "succeeded")
        self.assertEqual(self.checked(second), [])
        self.alter("update job set status = 'failed' where id = ?", second)
        self.come_to(self.begin("clear"), "succeeded")
        third = self.begin()
        self.come_to(third, "succeeded")
        self.assertEqual(self.checked(third), ["source", "destination"])


if __name__ == "__main__":
    unittest.main()
