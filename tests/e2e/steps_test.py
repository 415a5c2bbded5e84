#!/usr/bin/env python3
"""kill -9 of the daemon at every named boundary between two of its steps, each held open by WHARF_HOLD_AT
(src/base/step.h). The next start must go on at once with the very same job: none lost, none doubled, no
failure counted, nobody left behind, and every row there once."""

import os
import pathlib
import re
import signal
import subprocess
import time
import unittest

from harness import members_of, scripted, sqlite, sqlite_rows, wait_for
from serving import ServeCase

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ROWS = 1500
IN_AN_ATTEMPT = ("due_enqueued", "attempt_claimed", "destination_spawned", "destination_recorded",
                 "destination_started", "position_answered", "attempt_settled", "source_spawned", "source_recorded",
                 "source_started", "checkpoint_submitted", "checkpoint_saved", "sides_ended", "ends_recorded",
                 "attempt_ended")
WITH_NOTHING_RUNNING = ("connection_deployed", "attempt_finished")
IN_A_ROTATION = ("key_added", "secrets_renewed")  # api_test.py kills that
AT_THE_START = ("orphans_ended", "runs_swept", "attempts_recovered")


class Steps(ServeCase):
    def setUp(self):
        super().setUp()
        self.out = self.world.path("out.db")
        self.declare("a.yaml", scripted({"streams": {"s": ROWS}, "every": 100, "pause": 0.02}), sqlite(self.out),
                     streams=[{"name": "s", "sync_mode": "incremental_append"}])

    def held(self, step):
        """A daemon that stands at this boundary."""
        file = self.world.path(f"at-{step}")
        with open(self.log, "ab") as log:
            self.daemon = subprocess.Popen(self.command(), stderr=log,
                                           env={**os.environ, "WHARF_HOLD_AT": f"{step}={file}"})
        self.wait(file.exists, f"the step {step}")
        self.groups = [group for group, in self.world.store("select process_group from workload "
                                                            "where process_group is not null")]
        return self.world.store("select id, status from job")

    def killed_at(self, step):
        jobs = self.held(step)
        self.stop(signal.SIGKILL)
        return jobs

    def goes_on(self, jobs, attempts):
        began = time.monotonic()
        self.start()
        if attempts:
            self.assertTrue(wait_for(lambda: self.world.store("select count(*) from attempt") == [(attempts,)], 20))
            self.assertLess(time.monotonic() - began, 1)
        self.succeeded()
        self.assertEqual([id for id, in self.world.store("select id from job")], [id for id, _ in jobs] or [1])
        counters = self.world.store("select complete_total, complete_successive, partial_total from job")
        self.assertEqual(counters, [(0, 0, 0)])
        self.same_rows(sqlite_rows(self.out, "s"), [{"id": i, "text": f"s {i} é"} for i in range(ROWS)])
        self.assertEqual(self.world.store("select count(*) from workload where status <> 'ended'"), [(0,)])
        self.assertEqual([member for group in self.groups for member in members_of(group)], [])
        self.assertEqual(self.stop(), 0)
        self.nothing_left()

    def test_every_step_that_the_code_names_is_one_of_these(self):
        named = set()
        for file in (ROOT / "src").rglob("*.cpp"):
            for arguments in re.findall(r"after_step\(([^;]*?)\);", file.read_text(), re.DOTALL):
                named.update(re.findall(r'"(\w+)"', arguments))
        self.assertEqual(named, {*IN_AN_ATTEMPT, *WITH_NOTHING_RUNNING, *IN_A_ROTATION, *AT_THE_START})

    def test_killed_after_the_attempt_has_ended_nothing_is_done_again(self):
        jobs = self.killed_at("attempt_finished")
        self.assertEqual([status for _, status in jobs], ["succeeded"])
        self.goes_on(jobs, 0)
        self.assertEqual(self.world.store("select count(*) from attempt"), [(1,)])

    def test_killed_when_the_connection_has_just_been_deployed_it_runs(self):
        self.assertEqual(self.killed_at("connection_deployed"), [])
        self.goes_on([], 1)


def in_an_attempt(step):
    def test(self):
        jobs = self.killed_at(step)
        self.assertEqual([status for _, status in jobs], ["pending" if step == "due_enqueued" else "running"])
        self.goes_on(jobs, 1 if step == "due_enqueued" else 2)
    return test


def at_the_start(step):
    def test(self):
        """Killed in mid-sync, and again while the next start recovers from that."""
        jobs = self.killed_at("checkpoint_saved")
        groups = self.groups
        self.assertEqual(self.killed_at(step)[0][0], jobs[0][0])
        self.groups += groups
        self.goes_on(jobs, 2)
    return test


for word in IN_AN_ATTEMPT:
    setattr(Steps, f"test_killed_at_{word}", in_an_attempt(word))
for word in AT_THE_START:
    setattr(Steps, f"test_killed_at_{word}", at_the_start(word))


if __name__ == "__main__":
    unittest.main()
