"""Connectors that are images, run by a real engine (docker_case.py): the real one in every mode, what its container is
allowed, failures, crashes, and the daemon's doors."""

import json
import os
import random
import signal
import sys
import time
import unittest

import api_test
import harness
from docker_case import BUILTIN, COUNT, FAKER, DockerCase, engine_api, faker, image, images


class Images(DockerCase):
    def test_the_real_faker_in_every_mode_into_both_destinations(self):
        for kind, modes in (("jsonl", harness.MODES[:3]), ("sqlite", harness.MODES)):
            for mode in modes:
                self.fresh(kind, mode)
                place = self.world.path("out.db" if kind == "sqlite" else "out")
                to = harness.sqlite(place) if kind == "sqlite" else harness.jsonl(place)
                self.world.one(faker(always_updated=False), to, [{"name": "users", "sync_mode": mode}])
                run = self.synced()
                self.check_users(harness.rows_of(kind, place, "users"))
                self.assertIn("stdio", self.world.log(run))
                self.no_container()

    def test_it_is_asked_as_any_connector(self):
        self.world.one(faker(), harness.jsonl(self.world.path("out")))
        self.synced()
        schema = self.world.store("select name, stream from (select 'x' as name, count(*) as stream from seen_image)")
        self.assertEqual(schema, [("x", 1)])
        answers = self.world.store("select question from answer order by question")
        self.assertIn(("spec",), answers)
        self.assertIn(("discover",), answers)

    def test_a_wrong_configuration_is_the_connectors_own_word(self):
        self.world.one(faker(count=-1), harness.jsonl(self.world.path("out")))
        run = self.world.sync()
        self.assertNotEqual(run.code, 0)
        self.assertIn("count", run.failure())
        self.no_container()

    def test_what_a_container_is_allowed(self):
        self.world.one(faker(200_000, image(FAKER, resources={"cpu": 0.5, "memory": "512 MiB"})),
                       harness.jsonl(self.world.path("out")), [{"name": "users", "sync_mode": "full_refresh_overwrite"}])
        child = self.world.start()
        self.addCleanup(harness.end, child)
        self.assertTrue(harness.wait_for(lambda: self.running("-read-")), "no source runs")
        said = self.engine.inspect(self.running("-read-")[0]["Id"])
        host, config = said["HostConfig"], said["Config"]
        self.assertEqual((host["Memory"], host["MemorySwap"], host["NanoCpus"], host["PidsLimit"]),
                         (512 << 20, 512 << 20, 500_000_000, 512))
        self.assertEqual((host["CapDrop"], host["SecurityOpt"], host["Privileged"], host["LogConfig"]["Type"]),
                         (["ALL"], ["no-new-privileges"], False, "none"))
        self.assertEqual((config["Tty"], config["OpenStdin"], config["AttachStdout"]), (False, False, False))
        labels = config["Labels"]
        self.assertEqual((labels["airbyte"], labels["job_type"], labels["actor_type"], labels["attempt_id"]),
                         ("job-pod", "sync", "source", "0"))
        self.assertLessEqual(len(said["Name"]), 64)
        self.assertFalse(any(word.startswith(("PATH=/root", "HOME=/root", "WHARF_DOCKER")) for word in config["Env"]))
        self.assertNotIn('"seed"', json.dumps(said), "a configuration is seen at the engine")
        harness.end(child, signal.SIGTERM)
        self.no_container()


class Failures(DockerCase):
    def failing(self, source, *words):
        self.world.one(source, harness.jsonl(self.world.path("out")),
                       [{"name": "users", "sync_mode": "full_refresh_overwrite"}])
        run = self.world.sync()
        self.assertNotEqual(run.code, 0, run)
        for word in words:
            self.assertIn(word, run.failure())
        self.no_container()
        return run

    def test_an_image_that_is_nowhere_is_named_with_the_engines_reason(self):
        self.failing(faker(connector=image("localhost:1/no/such:1")), "localhost:1/no/such:1", "connect")

    def test_an_image_without_a_program_is_named(self):
        name = BUILTIN.format("nothing")
        root = images.Root()
        self.engine.import_image(root.finish(), *name.rsplit(":", 1), [])
        self.failing(faker(connector=image(name)), name, "AIRBYTE_ENTRYPOINT")

    def test_a_program_that_is_not_in_the_image_is_named(self):
        name = BUILTIN.format("missing")
        root = images.Root()
        images.make(name, root.finish(), ["/no/such/program"], engine=self.engine)
        self.failing(faker(connector=image(name)), name, "/no/such/program")

    def test_one_that_takes_too_much_memory_fails_by_that_name(self):
        name = BUILTIN.format("greedy")
        greedy = json.dumps(["/usr/local/bin/python3", "-c", "x = b'x' * (1 << 30)"])
        self.engine.derive(FAKER, *name.rsplit(":", 1), [f"ENTRYPOINT {greedy}"])
        self.failing(faker(connector=image(name, resources={"memory": "64 MiB"})), "out of memory")

    def test_without_an_engine_images_fail_and_nothing_else(self):
        os.environ["WHARF_DOCKER_HOST"] = "unix:///nonexistent/docker.sock"
        try:
            self.failing(faker(), "/nonexistent/docker.sock")
        finally:
            os.environ["WHARF_DOCKER_HOST"] = engine_api.HOST


class Crashes(DockerCase):
    def test_kill_9_of_wharf_in_mid_sync_leaves_no_container_and_loses_nothing(self):
        place = self.world.path("out.db")
        self.world.one(faker(2000), harness.sqlite(place),
                       [{"name": "users", "sync_mode": "full_refresh_overwrite"}])
        for round in range(3):
            child = self.world.start()
            self.assertTrue(harness.wait_for(lambda: self.running("-read-"), 60), "no source runs")
            time.sleep(random.Random(round).uniform(0, 1.5))
            harness.end(child)
            # Nobody starts it again, and its containers end all the same.
            self.assertTrue(harness.wait_for(lambda: not self.running(), 10), self.engine.containers())
        for _ in range(3):
            run = self.world.sync()
            if run.code == 0:
                break
        self.assertEqual(run.code, 0, run)
        self.check_users(harness.sqlite_rows(place, "users"), 2000)
        self.no_container()

    def test_a_killed_container_is_a_failed_attempt_and_the_next_one_is_complete(self):
        place = self.world.path("out.db")
        self.world.one(faker(20_000), harness.sqlite(place),
                       [{"name": "users", "sync_mode": "full_refresh_overwrite"}])
        child = self.world.start()
        self.assertTrue(harness.wait_for(lambda: self.running("-read-")), "no source runs")
        self.engine.ask("POST", f"/containers/{self.running('-read-')[0]['Id']}/kill")
        child.communicate(timeout=120)
        self.assertNotEqual(child.returncode, 0)
        self.no_container()
        self.synced()
        self.check_users(harness.sqlite_rows(place, "users"), 20_000)


class Daemon(DockerCase, api_test.ApiCase):
    def custom(self):
        repository, tag = FAKER.rsplit(":", 1)
        made = self.ask("POST", f"/workspaces/{self.workspace}/definitions/sources",
                        {"name": "the real one", "dockerRepository": repository, "dockerImageTag": tag})
        body = {"name": "people", "workspaceId": self.workspace, "definitionId": made["id"],
                "configuration": {"count": COUNT, "seed": 7, "records_per_slice": 50, "always_updated": False}}
        return made["id"], body

    def test_a_definition_by_rest_is_checked_discovered_and_synced(self):
        self.up()
        definition, body = self.custom()
        self.ask("POST", "/sources", {**body, "configuration": {"count": "many"}}, code=422)
        source = self.ask("POST", "/sources", body)["sourceId"]
        destination = self.destination(sqlite=True)["destinationId"]
        connection = self.ask("POST", "/connections", {
            "sourceId": source, "destinationId": destination,
            "configurations": {"streams": [{"name": "users", "syncMode": "incremental_deduped_history"}]}})
        self.synced(connection["connectionId"])
        self.check_users(harness.sqlite_rows(self.world.path("out.db"), "users"))
        self.refused("DELETE", f"/workspaces/{self.workspace}/definitions/sources/{definition}", None, 409, "use")
        self.ask("DELETE", f"/sources/{source}", code=204)
        self.ask("DELETE", f"/workspaces/{self.workspace}/definitions/sources/{definition}")
        self.assertEqual(self.stop(), 0)
        self.no_container()

    def test_one_that_is_told_to_stop_in_mid_sync_goes_on_after_its_next_start(self):
        self.up()
        _, body = self.custom()
        body["configuration"]["count"] = 20_000
        source = self.ask("POST", "/sources", body)["sourceId"]
        connection = self.ask("POST", "/connections", {
            "sourceId": source, "destinationId": self.destination(sqlite=True)["destinationId"],
            "configurations": {"streams": [{"name": "users", "syncMode": "full_refresh_overwrite"}]}})["connectionId"]
        job = self.ask("POST", "/jobs", {"connectionId": connection, "jobType": "sync"})["jobId"]
        self.wait(lambda: self.running("-read-"), "the source's container")
        self.assertEqual(self.stop(), 0)
        self.no_container()
        self.up()
        self.ended(job)
        self.check_users(harness.sqlite_rows(self.world.path("out.db"), "users"), 20_000)
        self.no_container()

    def test_a_sync_is_cancelled_and_its_container_goes(self):
        self.up()
        _, body = self.custom()
        body["configuration"]["count"] = 200_000
        source = self.ask("POST", "/sources", body)["sourceId"]
        connection = self.ask("POST", "/connections", {
            "sourceId": source, "destinationId": self.destination(sqlite=True)["destinationId"],
            "configurations": {"streams": [{"name": "users", "syncMode": "full_refresh_overwrite"}]}})["connectionId"]
        job = self.ask("POST", "/jobs", {"connectionId": connection, "jobType": "sync"})["jobId"]
        self.wait(lambda: self.running("-read-"), "the source's container")
        self.ask("DELETE", f"/jobs/{job}")
        self.ended(job, "cancelled")
        self.no_container()

    def test_without_an_engine_the_daemon_lives_and_says_so(self):
        os.environ["WHARF_DOCKER_HOST"] = "unix:///nonexistent/docker.sock"
        self.addCleanup(os.environ.update, WHARF_DOCKER_HOST=engine_api.HOST)
        self.settings = {"chores": {"every": "1 s"}}
        self.up()
        _, body = self.custom()
        said = self.ask("POST", "/sources", body, code=503)
        self.assertIn("/nonexistent/docker.sock", json.dumps(said))
        ready = lambda: json.loads(self.raw("GET", "/readyz", base="")[1])
        self.wait(lambda: ready()["checks"]["containers"] == "unreachable", "the look at the engine")
        self.assertTrue(ready()["ready"])
        doctor = harness.subprocess.run([harness.WHARF, "doctor", "--data-dir", str(self.world.data)],
                                        stdout=harness.subprocess.PIPE, text=True).stdout
        self.assertIn("/nonexistent/docker.sock", doctor)

    def command(self):
        """With settings of its own, where a test has some."""
        settings = getattr(self, "settings", None)
        if not settings:
            return super().command()
        return [*super().command(), "--config", str(self.world.write("wharf.yaml", json.dumps(settings)))]


class Sockets(DockerCase):
    """The project's own binary as an image: a connector with sockets, on either side."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for connector in ("source-faker", "destination-jsonl", "destination-sqlite"):
            images.make(BUILTIN.format(connector), *images.wharf(harness.WHARF, connector), engine=cls.engine)

    def source(self, count, **more):
        return {"connector": image(BUILTIN.format("source-faker"), ipc=harness.sockets("PROTOBUF"), **more),
                "configuration": harness.faker(count)["configuration"]}

    def test_a_container_to_a_built_in(self):
        place = self.world.path("out.db")
        self.world.one(self.source(5000), harness.sqlite(place),
                       [{"name": "users", "sync_mode": "full_refresh_overwrite"}])
        run = self.synced()
        self.assertIn("socket, PROTOBUF, 2 sockets", self.world.log(run))
        self.check_users(harness.sqlite_rows(place, "users"), 5000)
        self.no_container()


if __name__ == "__main__":
    sys.exit(unittest.main())
