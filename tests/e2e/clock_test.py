#!/usr/bin/env python3
"""A daemon whose wall clock is set by an hour, forward and back, while it works: F-78.10. libfaketime tells it
another time than everybody else; its monotonic clock goes on as it does when an operator or NTP sets the time."""

import glob
import os
import sqlite3
import time
import unittest

from harness import scripted, sqlite, sqlite_rows
from operating import MANUAL, OperatedCase

HOUR = 3600
LIBRARY = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
OFTEN = {"type": "cron", "expression": "0 */10 * * * ?", "timezone": "UTC"}


@unittest.skipUnless(LIBRARY or os.environ.get("CI"), "libfaketime is not there")
class Clock(OperatedCase):
    def setUp(self):
        super().setUp()
        self.offset = 0
        self.file = self.world.write("offset", "+0")
        self.environment = {"LD_PRELOAD": LIBRARY[0], "FAKETIME_TIMESTAMP_FILE": str(self.file),
                            "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    def set_clock(self, offset):
        self.offset = offset
        half = self.world.write("offset.new", f"{offset:+d}")
        half.rename(self.file)  # never half of it

    def now(self):
        return time.time() + self.offset

    def connect(self, connections):
        """connections: name → (source, destination, schedule)."""
        for name, (source, destination, schedule) in connections.items():
            self.declare(name + ".yaml", source, destination, name=name, schedule=schedule,
                         streams=[{"name": "s", "sync_mode": "incremental_append"}])
        self.start()
        for name in connections:
            self.deployed(name)

    def out(self, name):
        return sqlite(self.world.path(name + ".db"))

    def small(self, name):
        return scripted({"streams": {"s": 10}}), self.out(name)

    def next_run(self, name):
        return (self.column("next_run", name) or 0) / 1000

    def made(self, name):
        return [created / 1000 for created, in self.world.store(
            "select job.created from job join connection on connection.id = connection_id "
            "where connection.name = ? order by job.id", name)]

    def test_an_hour_forward_runs_what_was_missed_once_and_an_hour_back_runs_nothing_twice(self):
        while time.time() % 600 > 570:  # no firing of its own shall come between
            time.sleep(1)
        self.connect({"often": (*self.small("often"), OFTEN),
                      "hourly": (*self.small("hourly"), {"type": "basic", "every": "30 minutes"}),
                      "long": (self.slow(6000), self.out("long"), MANUAL)})
        self.succeeded(name="hourly")
        self.assertEqual(self.jobs("often"), [])
        self.wharf("sync", "long")
        self.wait(lambda: self.world.store("select 1 from checkpoint join connection on id = connection_id "
                                           "where name = 'long'"), "its first checkpoint")

        self.set_clock(HOUR)
        self.succeeded(name="often")
        self.succeeded(2, name="hourly")
        forward = {"often": 600, "hourly": 1800}
        for name, interval in forward.items():
            self.wait(lambda: self.now() < self.next_run(name) <= self.now() + interval, f"the next run of {name}")
            self.assertAlmostEqual(self.made(name)[-1], self.now(), delta=20)
        runs = {name: self.next_run(name) for name in forward}

        self.set_clock(0)
        self.assertEqual(self.jobs("long"), [("running", "manual")])
        self.wharf("sync", "often", "--wait", "--quiet")  # what a hand asks for does not wait for the clock
        self.assertAlmostEqual(self.made("often")[-1], self.now(), delta=20)
        self.succeeded(name="long")
        self.same_rows(sqlite_rows(self.world.path("long.db"), "s"),
                       [{"id": i, "text": f"s {i} é"} for i in range(6000)])
        self.assertEqual(self.world.store("select number, attempt.status from attempt join job on job.id = job_id "
                                          "join connection on connection.id = connection_id where name = 'long'"),
                         [(0, "succeeded")])
        self.assertEqual([len(self.jobs(name)) for name in ("often", "hourly")], [2, 2])
        self.assertEqual(self.next_run("hourly"), runs["hourly"])
        for name in forward:  # not twice at one time of the clock, and not never
            self.assertLessEqual(self.now(), self.next_run(name))
            self.assertLessEqual(self.next_run(name), self.now() + HOUR + forward[name])
        self.assertEqual(self.stop(), 0)

    def test_an_hour_back_keeps_nobody_waiting_who_had_his_turn_before(self):
        """Two wait in the queue behind one that runs, one for its next try."""
        self.settings = {"max_sync_workers": 1}
        self.connect({"fails": (scripted({"streams": {"s": 10}, "steps": [{"after": 0, "do": "exit", "code": 1}]}),
                                self.out("fails"), MANUAL),
                      "long": (self.slow(2000), self.out("long"), MANUAL),
                      "second": (*self.small("second"), MANUAL), "third": (*self.small("third"), MANUAL)})
        self.wharf("sync", "fails")
        self.wait(lambda: self.jobs("fails") == [("incomplete", "manual")], "its first failure")
        for name in ("long", "second", "third"):
            self.wharf("sync", name)
        self.wait(lambda: self.jobs("long") == [("running", "manual")], "the long one")
        self.set_clock(-HOUR)
        for name in ("long", "second", "third"):
            self.succeeded(name=name)
        self.wait(lambda: self.world.store("select count(*) from attempt join job on job.id = job_id join connection "
                                           "on connection.id = connection_id where name = 'fails'")[0][0] >= 2,
                  "its next try", 20)
        self.assertEqual(self.stop(), 0)

    def test_a_daemon_that_starts_with_its_clock_an_hour_back_goes_on(self):
        self.connect({"hourly": (*self.small("hourly"), {"type": "basic", "every": "1 hour"}),
                      "asked": (*self.small("asked"), MANUAL)})
        self.succeeded(name="hourly")
        self.stop()
        self.set_clock(-HOUR)
        self.start()
        self.wharf("sync", "asked", "--wait", "--quiet")
        self.assertEqual(len(self.jobs("hourly")), 1)
        self.assertLessEqual(self.next_run("hourly"), self.now() + 2 * HOUR)
        with sqlite3.connect(self.world.data / "wharf.db") as store:
            self.assertEqual(store.execute("pragma integrity_check").fetchall(), [("ok",)])


if __name__ == "__main__":
    unittest.main(verbosity=2)
