#!/usr/bin/env python3
"""The workload API as a launcher in another process uses it: with a token of its own, from the poll of the
queue to the end of each workload. Here the launcher really runs the connectors."""

import json
import signal
import sqlite3
import subprocess
import tempfile
import unittest

from harness import WHARF, faker, scripted, sqlite
from serving import ApiCase

API = "/api/v1/workload"


class Workloads(ApiCase):
    def setUp(self):
        super().setUp()
        self.up({"type": "manual"})
        said = subprocess.run([WHARF, "credentials", "--launcher", "--json", "--data-dir", str(self.world.data)],
                              stdout=subprocess.PIPE, timeout=30, check=True).stdout
        code, answer = self.curl("/api/v1/applications/token", body=json.loads(said))
        self.assertEqual(code, 200, answer)
        self.launcher = answer["access_token"]

    def ask(self, method, path, body=None, code=None):
        said = self.curl(API + path, "-X", method, token=self.launcher, body=body)
        if code:
            self.assertEqual(said[0], code, said)
        return said[1]

    def create(self, id, type="sync", code=204, **more):
        self.ask("POST", "/create", {"workloadId": id, "workloadInput": "{}", "type": type, **more}, code)

    def tell(self, word, id, code=204, **more):
        return self.ask("PUT", "/" + word, {"workloadId": id, **more}, code)

    def status(self, id):
        return self.ask("GET", "/" + id, code=200)["status"]

    def claim(self, id, dataplane="there"):
        return self.ask("PUT", "/claim", {"workloadId": id, "dataplaneId": dataplane}, 200)["claimed"]

    def poll(self, quantity=10, **more):
        polled = self.ask("POST", "/queue/poll", {"quantity": quantity, **more}, 200)["workloads"]
        return [each["id"] for each in polled]


class Tokens(Workloads):
    def test_a_launchers_token_opens_the_queue_and_nothing_else_and_others_do_not_open_it(self):
        for path in ("/api/public/v1/connections", "/api/public/v1/jobs", "/api/wharf/v1/status"):
            self.assertEqual(self.curl(path, token=self.launcher)[0], 403, path)
        self.assertEqual(self.curl(API + "/queue/stats")[0], 401)
        self.assertEqual(self.ask("GET", "/queue/stats", code=200), {"stats": []})
        self.assertEqual((self.world.data / "launcher.json").stat().st_mode & 0o777, 0o600)

    def test_a_launcher_whose_credentials_were_replaced_is_shut_out(self):
        (self.world.data / "launcher.json").unlink()
        self.stop()
        self.start()
        self.wait(lambda: self.said().count("listening") == 2, "the second start")
        self.assertEqual(self.curl(API + "/queue/stats", token=self.launcher)[0], 401)


class Questions(Workloads):
    def test_a_launcher_elsewhere_answers_check_discover_and_spec_whole(self):
        configuration = faker(100)["configuration"]
        for type in ("spec", "check", "discover"):
            self.create(f"a_1_0_{type}", type, dataplaneGroup="elsewhere",
                        workloadInput=json.dumps({"connector": "source-faker"}))
        self.assertEqual(self.poll(), [])  # another group's
        for _ in range(3):
            id, = self.poll(1, dataplaneGroup="elsewhere")
            self.assertTrue(self.claim(id))
            workload = self.ask("GET", "/" + id, code=200)
            self.assertEqual((workload["status"], workload["dataplaneId"]), ("claimed", "there"))
            self.tell("launched", id)
            self.tell("running", id)
            self.tell("heartbeat", id)
            self.tell("success", id, output=self.run_connector(workload, configuration))
        self.assertEqual(self.poll(dataplaneGroup="elsewhere"), [])
        outputs = {type: self.ask("GET", f"/a_1_0_{type}", code=200) for type in ("spec", "check", "discover")}
        self.assertEqual({each["status"] for each in outputs.values()}, {"success"})
        self.assertEqual(outputs["check"]["output"]["connectionStatus"], {"status": "SUCCEEDED"})
        self.assertIn("count", outputs["spec"]["output"]["spec"]["connectionSpecification"]["properties"])
        self.assertEqual({stream["name"] for stream in outputs["discover"]["output"]["catalog"]["streams"]},
                         {"users", "products", "purchases"})

    def run_connector(self, workload, configuration):
        connector = json.loads(workload["inputPayload"])["connector"]
        argv = [WHARF, "connector", connector, workload["type"]]
        with tempfile.NamedTemporaryFile("w") as file:
            json.dump(configuration, file)
            file.flush()
            if workload["type"] != "spec":
                argv += ["--config", file.name]
            lines = subprocess.run(argv, stdout=subprocess.PIPE, check=True, timeout=60).stdout.splitlines()
        answers = [json.loads(line) for line in lines]
        return next(each for each in answers if each["type"] in ("SPEC", "CONNECTION_STATUS", "CATALOG"))


class Syncs(Workloads):
    def test_a_sync_goes_its_way_and_a_launcher_that_comes_late_is_told_to_stop(self):
        self.create("c_1_0_sync", mutexKey="c", labels=[{"key": "job_id", "value": "1"}])
        for word in ("launched", "running", "heartbeat"):
            self.tell(word, "c_1_0_sync", 410)
        self.assertTrue(self.claim("c_1_0_sync"))
        self.assertFalse(self.claim("c_1_0_sync", "another"))
        self.tell("heartbeat", "c_1_0_sync", 410)
        for word, status in (("launched", "launched"), ("running", "running"), ("launched", "running"),
                             ("heartbeat", "running")):
            self.tell(word, "c_1_0_sync")
            self.assertEqual(self.status("c_1_0_sync"), status)
        active, = self.ask("POST", "/list_active", {"dataplane": ["there"]}, 200)["workloads"]
        self.assertEqual((active["id"], active["status"], set(active)),
                         ("c_1_0_sync", "running", {"id", "autoId", "status", "deadline"}))
        self.create("c_2_0_sync", mutexKey="c")  # the next job of the same connection
        self.assertIn("is failure", self.tell("heartbeat", "c_1_0_sync", 410)["message"])
        self.tell("success", "c_1_0_sync", 410)
        gone = self.ask("GET", "/c_1_0_sync", code=200)
        self.assertEqual((gone["status"], gone["terminationSource"], gone["terminationReason"]),
                         ("failure", "workload-api", "Superseded by c_2_0_sync"))
        self.assertTrue(self.claim("c_2_0_sync"))
        self.tell("cancel", "c_2_0_sync", source="somebody", reason="not wanted")
        self.tell("cancel", "c_2_0_sync", source="somebody", reason="not wanted")
        self.tell("failure", "c_2_0_sync", 410)

    def test_the_same_wish_twice_is_one_and_another_under_its_id_is_refused(self):
        self.create("w")
        self.create("w", code=200)
        self.create("w", code=409, mutexKey="x")
        self.assertEqual(self.poll(), ["w"])
        self.assertEqual(self.poll(), [])  # out of the queue for five minutes
        stats = self.ask("GET", "/queue/stats", code=200)["stats"]
        self.assertEqual(stats, [{"dataplaneGroup": "", "priority": "high", "enqueuedCount": 1}])
        self.assertEqual(self.ask("POST", "/queue/depth", {}, 200), {"count": 0})

    def test_a_deadline_that_passed_is_a_failure_for_whoever_looks(self):
        self.create("w", deadline="2026-01-01T00:00:00Z")
        found = self.ask("GET", "/w", code=200)
        self.assertEqual((found["status"], found["terminationReason"]), ("failure", "no data-plane available"))
        self.assertFalse(self.claim("w"))

    def test_what_was_late_while_nobody_looked_has_failed_before_anything_starts(self):
        self.create("late", dataplaneGroup="elsewhere")
        self.create("waits", dataplaneGroup="elsewhere")
        self.assertTrue(self.claim("late"))
        self.stop(signal.SIGKILL)
        with sqlite3.connect(self.world.data / "wharf.db") as store:
            store.execute("update queued_workload set deadline = 1 where id = 'late'")
        self.start()
        self.wait(lambda: self.said().count("listening") == 2, "the second start")
        self.assertEqual(self.world.store(  # of the store: the API looks for those that are late itself
            "select id, status, termination_source from queued_workload order by id"),
            [("late", "failure", "workload-monitor-start"), ("waits", "pending", None)])

    def test_the_monitor_goes_round_by_itself(self):
        self.stop()
        settings = self.world.write("wharf.yaml", "chores: {every: 200 ms}\n")
        self.command = lambda: [WHARF, "serve", "--config", str(settings), "--data-dir", str(self.world.data),
                                "--declarations", str(self.declarations), "--listen", "127.0.0.1:0"]
        self.start()
        self.wait(lambda: self.said().count("listening") == 2, "the second start")
        self.create("late", dataplaneGroup="elsewhere")
        with sqlite3.connect(self.world.data / "wharf.db") as store:
            store.execute("update queued_workload set deadline = 1")
        self.wait(lambda: self.world.store("select termination_source from queued_workload") ==
                  [("workload-monitor-claim",)], "the monitor")

    def test_what_is_in_the_queue_outlives_kill_9(self):
        self.create("a")
        self.create("b", priority="default")
        self.assertTrue(self.claim("a"))
        self.stop(signal.SIGKILL)
        self.start()
        self.wait(lambda: self.said().count("listening") == 2, "the second start")
        self.assertEqual(self.status("a"), "claimed")
        self.tell("running", "a")
        self.assertEqual(self.poll(priority="high") + self.poll(priority="default"), ["b"])

    def test_what_cannot_be_is_named(self):
        for method, path, body, code in (
                ("GET", "/nobody", None, 404), ("PUT", "/heartbeat", {"workloadId": "nobody"}, 404),
                ("PUT", "/cancel", {"workloadId": "nobody"}, 400), ("POST", "/create", {"workloadId": "x"}, 400),
                ("POST", "/create", {"workloadId": "x", "workloadInput": "{}", "type": "dance"}, 400),
                ("POST", "/create", {"workloadId": "x", "workloadInput": "{}", "deadline": "soon"}, 400),
                ("POST", "/queue/poll", {}, 400), ("POST", "/queue/poll", {"quantity": 0}, 400),
                ("POST", "/list", {"status": ["dancing"]}, 400), ("POST", "/expired_deadline_list", {}, 400),
                ("PUT", "/claim", "{", 422), ("DELETE", "/create", None, 405)):
            with self.subTest(f"{method} {path} {body}"):
                self.assertTrue(self.ask(method, path, body, code)["message"])


class OwnSyncs(Workloads):
    """Those that the daemon runs itself stand in the queue, too."""

    def begin(self):
        self.declare("b.yaml", scripted({"streams": {"s": 3000}, "every": 100, "pause": 0.1}),
                     sqlite(self.world.path("b.db")), name="b", schedule={"type": "manual"},
                     streams=[{"name": "s", "sync_mode": "full_refresh_append"}])
        self.daemon.send_signal(signal.SIGHUP)
        self.wait(lambda: self.column("id", "b"), "the connection")
        return self.sync("b")

    def sync(self, name):
        code, said = self.curl("/api/public/v1/jobs", token=self.token(),
                               body={"connectionId": self.column("id", name), "jobType": "sync"})
        self.assertEqual(code, 200, said)
        return said["jobId"]

    def own(self, job, attempt=0, name="b"):
        return self.ask("GET", f"/{self.column('id', name)}_{job}_{attempt}_sync")

    def runs(self, job, attempt=0):
        self.wait(lambda: self.own(job, attempt).get("status") == "running", "the running workload")
        return self.own(job, attempt)

    def test_a_sync_is_seen_in_the_queue_is_nobody_elses_and_is_cancelled_there(self):
        job = self.begin()
        workload = self.runs(job)
        self.assertEqual(workload["type"], "sync")
        self.assertEqual({each["key"]: each["value"] for each in workload["labels"]},
                         {"connection_id": self.column("id", "b"), "job_id": str(job), "attempt_id": "0"})
        self.assertEqual(self.poll(priority="default") + self.poll(priority="high"), [])
        self.assertFalse(self.claim(workload["id"]))
        self.tell("success", workload["id"], 410)
        self.tell("cancel", workload["id"], source="somebody", reason="not wanted")
        self.wait(lambda: [status for status, _ in self.jobs("b")] == ["cancelled"], "the end")
        ended = self.own(job)
        self.assertEqual((ended["status"], ended["terminationSource"], ended["terminationReason"]),
                         ("cancelled", "somebody", "not wanted"))

    def test_a_sync_that_ends_well_has_ended_well_there(self):
        job = self.sync("c")
        self.succeeded()
        self.assertEqual(self.own(job, name="c")["status"], "success")

    def test_what_ran_when_the_daemon_was_killed_has_failed_and_its_next_attempt_is_another(self):
        job = self.begin()
        self.runs(job)
        self.stop(signal.SIGKILL)
        self.start()
        self.wait(lambda: self.said().count("listening") == 2, "the second start")
        self.runs(job, 1)
        ended = self.own(job)
        self.assertEqual((ended["status"], ended["terminationSource"]), ("failure", "startup-recovery"))


if __name__ == "__main__":
    unittest.main()
