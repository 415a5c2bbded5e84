"""Connectors that are images, run by a real engine. WHARF_TEST_ENGINE names its socket (unix://…), WHARF_FAKER_IMAGE
an image with Airbyte's own source-faker in it, from PyPI and unmodified; tests/docker makes both. The engine is looked
at through its own API, by none of our code."""

import json
import os
import pathlib
import random
import signal
import sys
import time
import unittest

import harness

sys.path.insert(0, str(harness.TESTS / "docker"))
import engine_api  # noqa: E402
import images  # noqa: E402

FAKER = os.environ.get("WHARF_FAKER_IMAGE", "")
COUNT = 400
BUILTIN = "wharf-test/{}:e2e"


def image(name, **more):
    return {"image": name, **more}


def faker(count=COUNT, connector=None, **more):
    return {"connector": connector or image(FAKER),
            "configuration": {"count": count, "seed": 7, "records_per_slice": 50, **more}}


class DockerCase(harness.Case):
    @classmethod
    def setUpClass(cls):
        assert engine_api.HOST, "WHARF_TEST_ENGINE names no engine: tests/docker/engine.sh starts one"
        cls.engine = engine_api.Engine()
        assert cls.engine.has_image(FAKER), f"WHARF_FAKER_IMAGE: the engine has no image '{FAKER}'"
        os.environ["WHARF_DOCKER_HOST"] = engine_api.HOST

    def no_container(self):
        """None of ours is left, and soon."""
        gone = harness.wait_for(lambda: not self.engine.containers(), 20)
        self.assertTrue(gone, self.engine.containers())
        self.nothing_left()

    def check_users(self, rows, count=COUNT):
        self.assertIsNotNone(rows)
        self.assertEqual(sorted(row["id"] for row in rows), list(range(1, count + 1)))
        self.assertTrue(all(row["name"] and row["email"] for row in rows))

    def running(self, *names):
        """The containers that run now, by what they do."""
        return [each for each in self.engine.containers()
                if each["State"] == "running" and all(name in each["Names"][0] for name in names)]


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
