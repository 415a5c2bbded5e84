#!/usr/bin/env python3
"""Connectors that hang: the daemon ends their attempts after the time that the settings give, blames the side
that hung, keeps what is confirmed, and goes on."""

import json
import time
import unittest

from harness import SOCKETS_JSONL, jsonl_rows, scripted, scripted_destination, sqlite, sqlite_rows
from operating import MANUAL, OperatedCase

ROWS = [{"id": i} for i in range(300)]


class Hung(OperatedCase):
    settings = {"limits": {"source_idle": "1 s", "destination_idle": "1 s"}}

    def up(self, source, destination, mode="auto", sync_mode="incremental_append"):
        self.declare("c.yaml", source, destination, schedule=MANUAL, mode=mode,
                     streams=[{"name": "t", "sync_mode": sync_mode}])
        self.start()
        self.deployed()
        self.wharf("sync", "c")

    def first_failure(self):
        self.wait(lambda: self.world.store("select 1 from attempt where status = 'failed'"), "the end of the attempt")
        (failures,), = self.world.store("select failures from attempt where status = 'failed' order by number limit 1")
        return json.loads(failures)["failures"][0]

    def silent_source(self, **more):
        """Silent once, after 200 of 300 rows; the file says that it was."""
        return scripted({"streams": {"t": 300}, "steps": [
            {"after": 2, "do": "silent", "once": str(self.world.path("was-silent"))}]}, **more)

    def hangs_and_goes_on(self, **more):
        self.up(self.silent_source(**more), sqlite(self.world.path("out.db")))
        failure = self.first_failure()
        self.assertEqual((failure["failureOrigin"], failure["failureType"]), ("source", "heartbeat_timeout"))
        self.assertIn("limits.source_idle", failure["externalMessage"])
        # It made progress: the next attempt follows at once, from where the rows end.
        self.wait(lambda: self.jobs() == [("succeeded", "manual")], "the end of the job")
        rows = sqlite_rows(self.world.path("out.db"), "t")
        self.assertEqual(sorted(row["id"] for row in rows), [row["id"] for row in ROWS])
        self.nothing_left()

    def test_a_silent_source_is_ended_and_tried_again_by_stdio(self):
        self.hangs_and_goes_on()

    def test_a_silent_source_is_ended_and_tried_again_by_sockets(self):
        self.hangs_and_goes_on(ipc=SOCKETS_JSONL)

    def closes_its_output(self, **more):
        self.up(scripted({"streams": {"t": 300}, "steps": [
            {"after": 2, "do": "close", "once": str(self.world.path("was-closed"))}]}, **more),
            sqlite(self.world.path("out.db")))
        failure = self.first_failure()
        self.assertEqual(failure["failureOrigin"], "source")
        self.wait(lambda: self.jobs() == [("succeeded", "manual")], "the end of the job")
        rows = sqlite_rows(self.world.path("out.db"), "t")
        self.assertEqual(sorted(row["id"] for row in rows), [row["id"] for row in ROWS])
        self.nothing_left()

    def test_f_78_a_source_that_closes_its_output_and_stays_is_ended_and_tried_again_by_stdio(self):
        self.closes_its_output()

    def test_f_78_a_source_that_closes_its_output_and_stays_is_ended_and_tried_again_by_sockets(self):
        self.closes_its_output(ipc=SOCKETS_JSONL)

    def test_a_slow_source_is_not_silent(self):
        self.up(scripted({"streams": {"t": 8}, "every": 1, "pause": 0.4}), sqlite(self.world.path("out.db")))
        self.wait(lambda: self.jobs() == [("succeeded", "manual")], "the end of the job")
        self.assertEqual(self.world.store("select count(*) from attempt"), [(1,)])

    def test_a_destination_that_takes_nothing_is_to_blame_and_not_its_source(self):
        # More than FIFOs and buffers hold, so that the source is held up.
        source = scripted({"streams": {"t": 60000}, "every": 100,
                           "values": {"big": json.dumps("x" * 100)}, "types": {"big": {"type": "string"}}})
        self.up(source, scripted_destination({"path": str(self.world.path("out")),
                                              "steps": [{"after": 1, "do": "silent"}]}), sync_mode="full_refresh_append")
        failure = self.first_failure()
        self.assertEqual((failure["failureOrigin"], failure["failureType"]), ("destination", "destination_timeout"))
        self.assertIn("limits.destination_idle", failure["externalMessage"])

    def test_a_destination_that_does_not_end_after_a_source_that_has_is_ended(self):
        self.up(scripted({"streams": {"t": 100}}), scripted_destination({
            "path": str(self.world.path("out")), "steps": [{"after": 1, "do": "silent"}]}),
            sync_mode="full_refresh_append")
        failure = self.first_failure()
        self.assertEqual((failure["failureOrigin"], failure["failureType"]), ("destination", "destination_timeout"))
        self.assertEqual(len(jsonl_rows(self.world.path("out") / "t.jsonl")), 100)


class Long(OperatedCase):
    settings = {"limits": {"attempt": "1 s"}}

    def test_an_attempt_that_takes_longer_than_it_may_is_ended_however_lively_it_is(self):
        self.declare("c.yaml", self.slow(rows=10_000), sqlite(self.world.path("out.db")), schedule=MANUAL,
                     streams=[{"name": "s", "sync_mode": "incremental_append"}])
        self.start()
        self.deployed()
        began = time.monotonic()
        self.wharf("sync", "c")
        self.wait(lambda: self.world.store("select 1 from attempt where status = 'failed'"), "the end of the attempt")
        self.assertGreaterEqual(time.monotonic() - began, 1)
        (failures,), = self.world.store("select failures from attempt where status = 'failed' order by number limit 1")
        self.assertIn("limits.attempt", json.loads(failures)["failures"][0]["externalMessage"])
        self.wait(lambda: self.world.store("select count(*) from attempt")[0][0] >= 2, "the next attempt")


if __name__ == "__main__":
    unittest.main()
