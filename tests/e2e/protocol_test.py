#!/usr/bin/env python3
"""What becomes of the things that connectors say: what reaches the other side, what is kept, what is shown, and
what ends an attempt."""

import json
import signal
import time
import unittest

from harness import SOCKETS_JSONL, Case, jsonl, jsonl_rows, scripted, scripted_destination, sqlite, sqlite_rows
from jobs_test import JobCase
from operating import MANUAL, OperatedCase

APPEND = [{"name": "t", "sync_mode": "incremental_append"}]


def trace(kind, **body):
    return {"type": "TRACE", "trace": {"type": kind, "emitted_at": 1700000000000.0, **body}}


def status(stream, word, **more):
    return trace("STREAM_STATUS", stream_status={"stream_descriptor": {"name": stream}, "status": word, **more})


def complete_words(lines):
    """The streams that were said to be complete, in order."""
    said = [line["trace"]["stream_status"] for line in lines if line["type"] == "TRACE"]
    return [(one["stream_descriptor"]["name"], one["status"]) for one in said]


# Everything that is neither record nor state.
CHATTER = [{"type": "LOG", "log": {"level": "INFO", "message": "half way"}},
           trace("ESTIMATE", estimate={"name": "t", "type": "STREAM", "row_estimate": 300}),
           trace("ANALYTICS", analytics={"type": "db-sources", "value": "1"}),
           trace("ERROR", error={"message": "only a word", "failure_type": "transient_error"}),
           status("t", "STARTED"),
           {"type": "CONTROL", "control": {"type": "CONNECTOR_CONFIG", "emitted_at": 1700000000000.0,
                                           "connectorConfig": {"config": {"streams": {"t": 300}}}}},
           {"type": "SPEC", "spec": {"connectionSpecification": {}}},
           {"type": "CONNECTION_STATUS", "connectionStatus": {"status": "SUCCEEDED"}},
           {"type": "CATALOG", "catalog": {"streams": []}},
           {"type": "MOON", "moon": {}}]


class Stdin(Case):
    """What a foreign destination reads, line by line."""

    def to(self, steps=(), **more):
        return scripted_destination({"path": str(self.world.path("out")), "keep_input": True, "steps": list(steps)},
                                    **more)

    def read(self):
        with open(self.world.path("out") / "stdin") as kept:
            return [json.loads(line) for line in kept]

    def chatter(self):
        return [{"after": 1, "do": "say", "message": each} for each in CHATTER] + [
            {"after": 1, "do": "garbage"}, {"after": 2, "do": "garbage", "text": "[1,2]"},
            {"after": 2, "do": "stderr", "text": "to stderr"}]

    def test_records_and_states_reach_it_and_nothing_else(self):
        words = [{"after": 1, "do": "stderr", "text": "full of it"}, {"after": 1, "do": "garbage", "text": "[3]"}]
        self.world.one(scripted({"streams": {"t": 250}, "steps": self.chatter()}), self.to(words), APPEND)
        run = self.synced()
        lines = self.read()
        self.assertEqual([line["type"] for line in lines],
                         ["RECORD"] * 100 + ["STATE"] + ["RECORD"] * 100 + ["STATE"] + ["RECORD"] * 50 + ["STATE"])
        rows = [line["record"] for line in lines if line["type"] == "RECORD"]
        self.assertEqual([row["data"] for row in rows], [{"id": i, "text": f"t {i} é"} for i in range(250)])
        states = [line["state"] for line in lines if line["type"] == "STATE"]
        # The source says neither: they are what a destination waits for before it confirms.
        self.assertEqual([(state["id"], state["sourceStats"]["recordCount"]) for state in states],
                         [(1, 100), (2, 100), (3, 50)])
        self.assertEqual([state["stream"]["stream_state"]["offset"] for state in states], [100, 200, 250])
        # What nobody understands is in the log, with who said it.
        log = [line.split(" ", 1)[1] for line in self.world.log(run).splitlines()]
        for line in ("source INFO half way", "source INFO [1,2]", "source-stderr ERROR to stderr",
                     "destination INFO [3]", "destination-stderr ERROR full of it"):
            self.assertIn(line, log)
        self.assertTrue(any(line.startswith("source INFO Traceback: this is no message") for line in log), log)

    def test_who_supports_refreshes_is_told_of_every_stream_that_it_is_complete_at_the_very_end(self):
        self.world.one(scripted({"streams": {"t": 150, "u": 40}, "steps": self.chatter()}),
                       self.to(supports_refreshes=True),
                       [{"name": name, "sync_mode": "full_refresh_overwrite"} for name in "tu"], prefix="p_")
        self.synced()
        lines = self.read()
        self.assertEqual(sorted(complete_words(lines)), [("p_t", "COMPLETE"), ("p_u", "COMPLETE")])
        self.assertEqual({line["type"] for line in lines[:-2]}, {"RECORD", "STATE"})

    def test_a_source_that_fails_completes_no_stream(self):
        self.world.one(scripted({"streams": {"t": 250}, "steps": [
            {"after": 1, "do": "say", "message": status("t", "COMPLETE")}, {"after": 2, "do": "exit"}]}),
            self.to(supports_refreshes=True), APPEND)
        self.refused(1)
        self.assertEqual([line["type"] for line in self.read() if line["type"] != "RECORD"], ["STATE", "STATE"])

    def test_a_full_refresh_without_states_gets_an_empty_one_and_an_incremental_stream_none(self):
        self.world.one(scripted({"streams": {"t": 70, "u": 30}, "state": "NONE"}), self.to(),
                       [{"name": "t", "sync_mode": "full_refresh_append"},
                        {"name": "u", "sync_mode": "incremental_append"}])
        run = self.synced()
        lines = self.read()
        self.assertEqual([line["type"] for line in lines], ["RECORD"] * 100 + ["STATE"])
        state = lines[-1]["state"]
        self.assertEqual((state["type"], state["id"], state["sourceStats"]["recordCount"]), ("STREAM", 1, 70))
        self.assertEqual(state["stream"], {"stream_descriptor": {"name": "t"}, "stream_state": {}})
        self.assertEqual({one["name"]: one["recordsCommitted"] for one in run.connection()["streams"]}["t"], 70)

    def test_names_are_mapped_on_the_way_and_undone_on_the_way_back(self):
        self.world.one(scripted({"streams": {"t": 250}}), self.to(), APPEND, prefix="p_",
                       namespace={"definition": "custom_format", "format": "raw"})
        first = self.synced()
        lines = self.read()
        records = {(line["record"]["namespace"], line["record"]["stream"]) for line in lines if line["type"] == "RECORD"}
        self.assertEqual(records, {("raw", "p_t")})
        states = [line["state"]["stream"]["stream_descriptor"] for line in lines if line["type"] == "STATE"]
        self.assertEqual(states, [{"namespace": "raw", "name": "p_t"}] * 3)
        (namespace, stream, body), = self.world.store("select namespace, stream, body from checkpoint")
        self.assertEqual((namespace, stream, json.loads(body)), ("", "t", {"offset": 250}))
        self.assertEqual(first.connection()["streams"][0]["recordsCommitted"], 250)
        second = self.synced()
        self.assertEqual(second.connection()["total"]["recordsEmitted"], 0)
        self.assertEqual(self.read(), lines)


class Statuses(Case):
    def states_of(self, run):
        return {one["name"]: (one["state"], one.get("incompleteCause")) for one in run.connection()["streams"]}

    def test_a_stream_outside_the_catalog_cannot_be_complete(self):
        for more in ({}, {"ipc": SOCKETS_JSONL}):
            self.fresh(more)
            self.world.one(scripted({"streams": {"t": 300}, "steps": [
                {"after": 0, "do": "say", "message": status("nobody's", "STARTED")},
                {"after": 2, "do": "say", "message": status("nobody's", "COMPLETE")}]}, **more),
                jsonl(self.world.path("out")), APPEND)
            run = self.refused(1)
            self.assertIn("source: the source calls stream 'nobody's' complete", run.failure())
            self.nothing_left()

    def test_a_stream_that_its_source_does_not_call_complete_is_incomplete_though_all_went_well(self):
        self.world.one(scripted({"streams": {"t": 120, "u": 120}, "complete": ["t"]}), jsonl(self.world.path("out")))
        self.assertEqual(self.states_of(self.synced()), {"t": ("complete", None), "u": ("incomplete", "failed")})

    def test_a_source_that_knows_no_statuses_completes_what_it_succeeds_with(self):
        self.world.one(scripted({"streams": {"t": 120, "u": 0}, "complete": None}), jsonl(self.world.path("out")))
        self.assertEqual(self.states_of(self.synced()), {"t": ("complete", None), "u": ("complete", None)})

    def test_a_stream_that_an_earlier_attempt_completed_stays_so(self):
        streams = [{"name": name, "sync_mode": "full_refresh_overwrite"} for name in "tu"]
        config = {"streams": {"t": 100, "u": 300}, "steps": [
            {"after": 2, "do": "say", "message": status("t", "COMPLETE")}, {"after": 2, "do": "silent", "seconds": 1.5},
            {"after": 3, "do": "exit"}]}
        self.world.one(scripted(config), jsonl(self.world.path("out")), streams)
        self.refused(1)
        config["steps"] = []
        self.world.one(scripted(config), jsonl(self.world.path("out")), streams)
        self.assertEqual(self.states_of(self.synced()), {"t": ("complete", None), "u": ("complete", None)})

    def test_over_sockets_a_destination_may_confirm_no_legacy_state(self):
        place = self.world.path("out")
        to = scripted_destination({"path": str(place)}, ipc=SOCKETS_JSONL)
        self.world.one(scripted({"streams": {"t": 200}, "state": "LEGACY"}, ipc=SOCKETS_JSONL), to, APPEND)
        run = self.refused(1)
        self.assertIn("destination: the destination confirms a state of type LEGACY", run.failure())
        self.assertEqual(self.world.store("select * from checkpoint"), [])
        self.nothing_left()
        # By stdio it may, and over sockets it may confirm others.
        self.fresh("STREAM")
        self.world.one(scripted({"streams": {"t": 200}}, ipc=SOCKETS_JSONL),
                       scripted_destination({"path": str(self.world.path("out"))}, ipc=SOCKETS_JSONL), APPEND)
        self.assertIn("socket", self.synced().connection()["road"])
        self.assertEqual(len(jsonl_rows(self.world.path("out") / "t.jsonl")), 200)


class ShownStatuses(JobCase):
    """Run states, as the API shows them while a job runs and when it has ended."""

    def stream(self):
        code, said = self.curl("/api/wharf/v1/jobs/1", token=self.bearer)
        self.assertEqual(code, 200)
        streams = said["tries"][-1]["streams"] if said["tries"] else []
        return {key: streams[0][key] for key in ("state", "quotaResetAt", "incompleteCause") if key in streams[0]} \
            if streams else {}

    def stored(self):
        return self.world.store("select run_state, quota_reset, incomplete_cause from stream_status")

    def limited(self, then):
        reason = [{"type": "RATE_LIMITED", "rate_limited": {"quota_reset": 1900000000000}}]
        self.connect(scripted({"streams": {"s": 300}, "steps": [
            {"after": 1, "do": "say", "message": status("s", "RUNNING", reasons=reason)}, *then]}),
            sqlite(self.world.path("out.db")))
        job = self.ask()
        self.wait(lambda: self.stream().get("state") == "rate_limited", "the limit")
        self.assertEqual(self.stream(), {"state": "rate_limited", "quotaResetAt": "2030-03-17T17:46:40.000Z"})
        self.wait(lambda: self.stored() == [("rate_limited", 1900000000000, None)], "the limit in the store")
        return job

    def test_a_stream_runs_from_its_first_row_on_whatever_its_source_says_of_it(self):
        self.connect(scripted({"streams": {"s": 10}, "complete": None, "steps": [
            {"after": 0, "do": "long_line", "bytes": 10}, {"after": 0, "do": "silent"}]}),
            sqlite(self.world.path("out.db")))
        job = self.ask()
        self.wait(lambda: self.stream() == {"state": "running"}, "the first row")
        self.cancel(job)
        self.come_to(job, "cancelled")

    def test_a_rate_limit_is_shown_with_its_end_and_a_cancelled_stream_with_its_cause(self):
        job = self.limited([{"after": 1, "do": "silent"}])
        self.cancel(job)
        self.come_to(job, "cancelled")
        self.assertEqual(self.stream(), {"state": "incomplete", "incompleteCause": "canceled"})
        self.assertEqual(self.stored(), [("incomplete", None, "canceled")])

    def test_a_rate_limit_ends_with_the_next_row_and_a_failed_stream_has_its_cause(self):
        self.limited([{"after": 1, "do": "silent", "seconds": 2}, {"after": 3, "do": "silent", "seconds": 0.5},
                      {"after": 3, "do": "error", "message": "no", "failure_type": "config_error"},
                      {"after": 3, "do": "exit"}])
        self.wait(lambda: self.stream() == {"state": "running"}, "the next row")
        self.come_to({"jobId": 1}, "failed")
        self.assertEqual(self.stream(), {"state": "incomplete", "incompleteCause": "failed"})


class Control(OperatedCase):
    def test_a_new_secret_is_kept_at_once_and_outlives_the_daemon(self):
        told = self.world.path("told.json")
        self.declare("a.yaml", scripted({
            "streams": {"s": 300}, "password": "geheim-1", "tell": str(told), "steps": [
                {"after": 1, "do": "rotate", "secret": "password"}, {"after": 1, "do": "silent"}]}),
            sqlite(self.world.path("out.db")), schedule=MANUAL, streams=[{"name": "s", "sync_mode": "incremental_append"}])
        self.start()
        self.deployed()
        self.wharf("sync", "c")
        overlay = "select 1 from source where overlay is not null"
        self.wait(lambda: self.world.store(overlay), "the new configuration")
        self.assertEqual(self.jobs(), [("running", "manual")])
        self.assertEqual(json.loads(told.read_text())["password"], "geheim-1")
        self.stop(signal.SIGKILL)
        self.start()
        self.wait(lambda: json.loads(told.read_text() or "{}").get("password") == "geheim-1"[::-1], "the next attempt")
        self.assertEqual(self.world.store("select count(*) from attempt"), [(2,)])


class Lines(OperatedCase):
    def sync(self, source, **limits):
        self.settings = {"limits": limits}
        self.declare("a.yaml", source, jsonl(self.world.path("out")), schedule=MANUAL,
                     streams=[{"name": "t", "sync_mode": "full_refresh_append"}])
        self.start()
        self.deployed()
        self.wharf("sync", "c")

    def failure(self):
        failed = "select failures from attempt where status = 'failed' order by number limit 1"
        self.wait(lambda: self.world.store(failed), "the end of the attempt")
        return json.loads(self.world.store(failed)[0][0])["failures"][0]

    def test_a_line_may_be_as_long_as_the_settings_say(self):
        self.sync(scripted({"streams": {"t": 200}, "steps": [{"after": 1, "do": "long_line", "bytes": 65 << 20}]}),
                  line="66 MiB")
        self.succeeded()
        lengths = [len(row["text"]) for row in jsonl_rows(self.world.path("out") / "t.jsonl")]
        self.assertEqual((len(lengths), max(lengths)), (201, 65 << 20))

    def test_a_record_over_their_limit_fails_by_name(self):
        self.sync(scripted({"streams": {"t": 300}, "steps": [{"after": 1, "do": "long_line", "bytes": 300_000}]}),
                  line="256 KiB")
        failure = self.failure()
        self.assertEqual(failure["failureOrigin"], "source")
        self.assertRegex(failure["externalMessage"], r"of stream 't' of 300\d\d\d bytes or more; the limit is 262144")

    def test_so_does_one_of_a_file_where_it_stands(self):
        file = self.world.write("t.csv", "a,b\n1,2\n3," + "x" * 700_000 + "\n")
        self.sync({"connector": "source-file", "configuration": {"path": str(file)}}, line="256 KiB")
        failure = self.failure()
        self.assertEqual(failure["failureOrigin"], "source")
        self.assertIn("t.csv: line 3, byte 8: a record is longer than 262144 bytes", failure["externalMessage"])

    def test_so_does_a_word_over_it_where_records_cross_sockets(self):
        self.sync(scripted({"streams": {"t": 300}, "steps": [{"after": 1, "do": "garbage", "text": "x", "times": 300_000}]},
                           ipc=SOCKETS_JSONL), line="256 KiB")
        failure = self.failure()
        self.assertEqual(failure["failureOrigin"], "source")
        self.assertIn("a line of more than 262144 bytes", failure["externalMessage"])


class Silence(OperatedCase):
    def up(self, source, **limits):
        self.settings = {"limits": limits}
        self.declare("a.yaml", source, sqlite(self.world.path("out.db")), schedule=MANUAL, streams=APPEND)
        self.start()
        self.deployed()
        self.wharf("sync", "c")

    def test_a_source_is_silent_no_longer_than_its_connector_says(self):
        self.up(scripted({"streams": {"t": 300}, "steps": [
            {"after": 2, "do": "silent", "once": str(self.world.path("was-silent"))}]}, max_seconds_between_messages=1))
        self.succeeded()
        failures, = self.world.store("select failures from attempt order by number")[0]
        failure = json.loads(failures)["failures"][0]
        self.assertEqual((failure["failureOrigin"], failure["failureType"]), ("source", "heartbeat_timeout"))
        self.assertIn("max_seconds_between_messages", failure["externalMessage"])
        self.assertEqual(len(sqlite_rows(self.world.path("out.db"), "t")), 300)

    def test_and_as_long_as_it_says_whatever_the_settings_do(self):
        began = time.monotonic()
        self.up(scripted({"streams": {"t": 200}, "steps": [{"after": 1, "do": "silent", "seconds": 1.5}]},
                         max_seconds_between_messages=60), source_idle="500 ms")
        self.succeeded()
        self.assertGreater(time.monotonic() - began, 1.5)
        self.assertEqual(self.world.store("select count(*) from attempt"), [(1,)])
        self.assertIn("max_seconds_between_messages: 60", self.wharf("export").out)


if __name__ == "__main__":
    unittest.main()
