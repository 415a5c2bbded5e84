#!/usr/bin/env python3
"""Questions to connectors (check, discover, spec) as the daemon asks them: from a durable queue, a few at
once, equal ones once, and before attempts that there are doubts about."""

import json
import os
import signal
import subprocess
import time
import unittest

from harness import SOURCE, WHARF, Case, jsonl, members_of, scripted, sqlite, wait_for
from operating import MANUAL, OperatedCase

STREAMS = [{"name": "s", "sync_mode": "full_refresh_overwrite"}]


class Questions(OperatedCase):
    settings = {"max_check_workers": 2}

    def setUp(self):
        super().setUp()
        self.asked_file = self.world.path("asked")
        self.gate = self.world.path("gate")
        self.children = []

    def tearDown(self):
        self.gate.touch()
        for child in self.children:
            child.communicate(timeout=60)
        super().tearDown()

    def source(self, **more):
        return scripted({"streams": {"s": 10}, "asked": str(self.asked_file), **more})

    def gated(self, verb="check", **more):
        return self.source(gate={verb: str(self.gate)}, **more)

    def up(self, source, name="c", **more):
        self.declare(f"{name}.yaml", source, sqlite(self.world.path(f"{name}.db")), name=name, schedule=MANUAL,
                     streams=STREAMS, **more)
        if self.daemon is None:
            self.start()
        else:
            self.daemon.send_signal(signal.SIGHUP)
        self.deployed(name)

    def lines(self, line):
        return self.asked_file.read_text().splitlines().count(line) if self.asked_file.exists() else 0

    def begun(self, count, verb="check"):
        self.wait(lambda: self.lines(f"{verb} begins") >= count, f"{count} {verb}(s)")

    def in_background(self, *words):
        child = subprocess.Popen([WHARF, *words, "--json", "--data-dir", str(self.world.data)], text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.children.append(child)
        return child

    def answer(self, child):
        out, err = child.communicate(timeout=60)
        self.children.remove(child)
        return child.returncode, json.loads(out) if out else err

    def queue(self):
        return self.world.store("select type, status, output, termination_reason from queued_workload "
                                "where dataplane_group = 'local' and type <> 'sync' order by created, id")

    def job(self, code=0):
        """A sync of c that has ended; its job as the daemon shows it."""
        self.wharf("sync", "c", "--wait", code=code)
        return self.asked("jobs", "c")["jobs"][0]

    def failures(self):
        text, = self.world.store("select failures from attempt order by job_id desc, number desc limit 1")[0]
        return json.loads(text)["failures"]


class Answers(Questions):
    def test_everything_is_checked_and_one_that_does_not_work_says_why(self):
        self.up(self.source(password="s3cret-of-c", check={"message": "no entry with {password}"}))
        said = self.wharf("check", "--json", code=1)
        self.assertEqual(sorted((each["name"], each["kind"], each["status"]) for each in json.loads(said.out)),
                         [("c-from", "source", "failed"), ("c-to", "destination", "succeeded")])
        source = next(each for each in json.loads(said.out) if each["kind"] == "source")
        self.assertEqual(source["message"], "no entry with **********")
        self.assertIn("source 'c-from': failed: no entry with **********", self.wharf("check", "c-from", code=1).out)
        self.assertEqual(self.wharf("check", "c-to").out.strip(), "destination 'c-to': works")
        self.assertNotIn("s3cret-of-c", self.said() + json.dumps(self.queue()))
        outputs = [json.loads(output) for type, status, output, _ in self.queue()]
        self.assertIn({"status": "failed", "message": "no entry with **********"},
                      [output["checkConnection"] for output in outputs])

    def test_a_name_that_is_none_is_said(self):
        self.up(self.source())
        said = self.wharf("check", "c-form", code=2)
        self.assertIn("'c-form'", said.err)

    def test_what_a_source_has_is_shown_as_a_declaration_takes_it(self):
        self.up(self.source())
        self.assertIn('- name: "s"', self.wharf("discover", "c-from").out)
        catalog = self.asked("discover", "c-from")
        self.assertEqual([(stream["name"], stream["source_defined_primary_key"]) for stream in catalog["streams"]],
                         [("s", [["id"]])])
        self.assertIn("discoverCatalogId", json.loads(self.queue()[-1][2]))

    def test_a_connector_that_does_not_answer_is_no_failed_check(self):
        self.up(self.source(check={"crash": True}))
        said = self.asked("check", "c-from", code=1)
        self.assertIn("ended with exit code 7", said[0]["message"])
        (type, status, output, reason), = self.queue()
        self.assertEqual((type, status), ("check", "failure"))
        self.assertIn("ended with exit code 7", reason)
        self.assertEqual(json.loads(output)["failureReason"]["failureOrigin"], "source")

    def test_a_configuration_that_a_check_changes_is_the_stored_one_from_then_on(self):
        told = self.world.path("told")
        self.up(self.source(password="abcdef", check={"rotate": "password"}, tell=str(told)))
        self.wharf("check", "c-from")
        output, = [json.loads(output) for _, _, output, _ in self.queue()]
        self.assertEqual((output["connectorConfigurationUpdated"], output["checkConnection"]["status"]), (True, "succeeded"))
        self.job()
        # The sync's own check turned it around once more.
        self.assertEqual(json.loads(told.read_text())["password"], "abcdef")
        self.wharf("check", "c-from")
        self.wharf("discover", "c-from")
        self.assertEqual(json.loads(told.read_text())["password"], "fedcba")
        self.assertNotIn("fedcba", (self.world.data / "wharf.db").read_bytes().decode("latin-1"))


class Queue(Questions):
    def test_equal_questions_are_asked_once_and_both_are_answered(self):
        self.up(self.gated())
        both = [self.in_background("check", "c-from") for _ in range(2)]
        self.begun(1)
        # The second has joined when its wish is behind: the queue holds one.
        waiting = self.in_background("check", "c-to")
        self.assertEqual(self.answer(waiting)[0], 0)
        self.gate.touch()
        for child in both:
            code, said = self.answer(child)
            self.assertEqual((code, said[0]["status"]), (0, "succeeded"), said)
        checks = [status for type, status, *_ in self.queue() if type == "check"]
        self.assertLessEqual(len(checks), 3)
        self.assertEqual(set(checks), {"success"})

    def test_no_more_are_asked_at_once_than_may_be(self):
        for name in "cde":
            self.up(self.gated(), name)
        children = [self.in_background("check", f"{name}-from") for name in "cde"]
        self.wait(lambda: sorted(status for _, status, *_ in self.queue()) == ["pending", "running", "running"],
                  "two that run and one that waits")
        self.begun(2)
        self.assertEqual(self.lines("check begins"), 2)
        self.gate.touch()
        self.assertEqual([self.answer(child)[0] for child in children], [0, 0, 0])
        self.assertEqual(self.lines("check ends"), 3)

    def test_what_kill_9_leaves_unanswered_is_asked_again(self):
        self.up(self.gated())
        child = self.in_background("check", "c-from")
        self.begun(1)
        self.stop(signal.SIGKILL)
        self.assertNotEqual(self.answer(child)[0], 0)
        self.assertEqual([row[:2] for row in self.queue()], [("check", "running")])
        self.start()
        self.begun(2)
        self.gate.touch()
        self.wait(lambda: [row[:2] for row in self.queue()] == [("check", "success")], "the answer")
        self.assertEqual(self.lines("check ends"), 1, "the first one outlived its daemon")

    def test_who_waits_is_told_when_the_daemon_stops(self):
        self.up(self.gated())
        child = self.in_background("check", "c-from")
        self.begun(1)
        self.assertEqual(self.stop(), 0)
        code, said = self.answer(child)
        self.assertNotEqual(code, 0)
        self.assertIn("stopping", json.dumps(said))

    def launcher_api(self):
        """What asks the workload API, as a launcher does."""
        port = self.said().rsplit("port=", 1)[1].split()[0]

        def ask(path, body=None, token=None, method="POST"):
            argv = ["curl", "-s", "-X", method, f"http://127.0.0.1:{port}/api/v1{path}"]
            if body is not None:
                argv += ["-d", json.dumps(body)]
            if token:
                argv += ["-H", f"Authorization: Bearer {token}"]
            said = subprocess.run(argv, stdout=subprocess.PIPE, check=True, timeout=30, text=True).stdout
            return json.loads(said) if said else None
        return ask, ask("/applications/token", self.asked("credentials", "--launcher"))["access_token"]

    def test_checks_of_syncs_keep_nobody_waiting_at_a_door(self):
        for name in "cd":
            self.up(self.gated(), name)
        self.up(self.source(), "e")
        for name in "cd":
            self.wharf("sync", name)
        self.begun(2)  # as many as may be at once
        self.wharf("sync", "e")
        self.wait(lambda: sorted(status for _, status, *_ in self.queue()) == ["pending", "running", "running"],
                  "a third check that waits for them")
        self.assertEqual(self.asked("check", "e-to")[0]["status"], "succeeded")
        # The very question that a sync waits for is taken along by whoever asks the same.
        self.assertEqual(self.asked("check", "e-from")[0]["status"], "succeeded")
        self.succeeded(name="e")
        self.assertEqual((self.lines("check begins"), self.lines("check ends")), (3, 1))

    def test_who_waits_is_told_at_once_when_somebody_else_ends_the_workload(self):
        self.up(self.gated())
        child = self.in_background("check", "c-from")
        self.begun(1)
        ask, token = self.launcher_api()
        (id,), = self.world.store("select id from queued_workload where type = 'check'")
        began = time.monotonic()
        ask("/workload/cancel", {"workloadId": id, "source": "me", "reason": "not wanted"}, token, "PUT")
        code, said = self.answer(child)
        self.assertLess(time.monotonic() - began, 5)
        self.assertNotEqual(code, 0)
        self.assertIn("somebody else has ended", json.dumps(said))
        self.assertEqual(self.lines("check ends"), 0)

    def test_one_that_was_wished_from_outside_is_asked_here(self):
        self.up(self.source())
        identity, = self.world.store("select id from source where name = 'c-from'")[0]
        ask, token = self.launcher_api()
        ask("/workload/create", {"workloadId": "w", "type": "check", "dataplaneGroup": "local",
                                 "workloadInput": json.dumps({"source": identity})}, token)
        self.wait(lambda: ask("/workload/w", None, token, "GET")["status"] == "success", "the answer")
        self.assertEqual(ask("/workload/w", None, token, "GET")["output"]["checkConnection"]["status"], "succeeded")
        ask("/workload/create", {"workloadId": "x", "type": "check", "dataplaneGroup": "local",
                                 "workloadInput": json.dumps({"source": "nobody"})}, token)
        self.wait(lambda: ask("/workload/x", None, token, "GET")["status"] == "failure", "the failure")
        self.assertIn("source nobody is not in the store", ask("/workload/x", None, token, "GET")["terminationReason"])


class Before(Questions):
    def test_a_first_sync_is_checked_one_after_a_success_is_not(self):
        self.up(self.source())
        self.assertEqual(self.job()["status"], "succeeded")
        self.assertEqual(self.lines("check ends"), 1)
        self.assertEqual(sorted(type for type, *_ in self.queue()), ["check", "check"])
        self.assertEqual(self.job()["status"], "succeeded")
        self.assertEqual((self.lines("check ends"), len(self.queue())), (1, 2))

    def test_a_failed_check_ends_the_job_before_anything_is_started(self):
        self.up(self.source(password="s3cret-of-c", check={"message": "no entry with {password}"}))
        job = self.job(code=1)
        self.assertEqual((job["status"], job["attempts"]), ("failed", 1))
        failure, = self.failures()
        self.assertEqual((failure["failureOrigin"], failure["failureType"]), ("source", "config_error"))
        self.assertIn("the source's check failed: no entry with **********", failure["externalMessage"])
        self.assertEqual(self.world.store("select * from workload"), [])
        self.assertFalse(self.world.path("c.db").exists())
        self.assertEqual([type for type, *_ in self.queue()], ["check"])  # the destination was not asked

    def test_a_check_that_could_not_be_asked_is_tried_again(self):
        self.up(self.source(check={"crash": True}))
        self.wharf("sync", "c")
        self.wait(lambda: self.jobs() == [("incomplete", "manual")], "the failed attempt")
        failure, = self.failures()
        self.assertEqual((failure["failureOrigin"], failure["failureType"]), ("source", "system_error"))

    def test_a_check_that_dies_of_its_configuration_is_not_tried_again(self):
        self.up(self.source(check={"trace": "config_error"}))
        job = self.job(code=1)
        self.assertEqual((job["status"], job["attempts"]), ("failed", 1))
        failure, = self.failures()
        self.assertEqual((failure["failureOrigin"], failure["failureType"]), ("source", "config_error"))
        self.assertIn("the first of two", failure["externalMessage"])
        (_, status, output, reason), = self.queue()
        self.assertEqual((status, json.loads(output)["failureReason"]["failureType"]), ("failure", "config_error"))
        self.assertIn("the first of two", reason)

    def test_a_job_that_is_cancelled_while_it_is_checked_ends(self):
        self.up(self.gated())
        self.wharf("sync", "c")
        self.begun(1)
        self.wharf("cancel", "c")
        self.wait(lambda: self.jobs() == [("cancelled", "manual")], "the end")

    def test_a_job_that_is_stopped_while_it_is_checked_was_cancelled_by_nobody(self):
        self.up(self.gated())
        self.wharf("sync", "c")
        self.begun(1)
        self.assertEqual(self.stop(), 0)
        self.assertEqual(self.jobs(), [("incomplete", "manual")])
        failure, = self.failures()
        self.assertEqual((failure["failureOrigin"], failure["failureType"]), ("airbyte_platform", "transient_error"))
        self.assertEqual(self.world.store("select complete_total, restarts_successive from job"), [(0, 1)])

    def test_a_connection_that_is_made_inactive_while_it_is_checked_does_not_run(self):
        self.up(self.gated())
        self.wharf("sync", "c")
        self.begun(1)
        self.up(self.gated(), status="inactive")
        self.wait(lambda: self.column("status") == "inactive", "the change")
        self.assertEqual(self.jobs(), [("running", "manual")])
        self.gate.touch()
        self.wait(lambda: self.jobs() == [("cancelled", "manual")], "the end")
        self.assertEqual(self.failures()[0]["internalMessage"], "its connection is inactive")
        self.assertEqual(self.world.store("select * from workload"), [])


class OfFiles(Case):
    """Without a daemon: `check -f`."""

    def check(self, configuration, code):
        asked = self.world.path("asked")
        asked.unlink(missing_ok=True)
        noted = ["/bin/sh", "-c", 'echo "$3" >> "$0"; exec "$@"', str(asked), *SOURCE]
        self.world.one({"connector": {"command": noted}, "configuration": configuration},
                       jsonl(self.world.path("out")), STREAMS)
        done = subprocess.run([WHARF, "check", "-f", str(self.world.declaration), "--data-dir",
                               str(self.world.data), "from"], stdout=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, code, done.stdout)
        return done.stdout, asked.read_text().split()

    def test_a_spec_that_a_sync_has_learned_is_not_asked_for_again_unless_it_refuses(self):
        configuration = {"streams": {"s": 1}}
        self.assertEqual(self.check(configuration, 0)[1], ["spec", "check"])
        self.synced()
        self.assertEqual(self.check(configuration, 0)[1], ["check"])
        said, asked = self.check({**configuration, "every": 0}, 1)
        self.assertIn("every", said)
        self.assertEqual(asked, ["spec"])


if __name__ == "__main__":
    unittest.main()
