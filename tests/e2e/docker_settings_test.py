"""What is said of containers: resources by definition, connector and connection, logins and the pull itself, the host's
directory, the network; the project's own images, loaded as an operator loads them, at Docker and at Podman. Needs the
engines of tests/docker/engine.sh."""

import base64
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import api_test
import harness
from apply_test import id_of

sys.path.insert(0, str(harness.TESTS / "docker"))
import engine_api  # noqa: E402

OWN = "wharf/{}:e2e"
CONNECTORS = ("source-faker", "destination-jsonl", "destination-sqlite")
OVERWRITE = [{"name": "users", "sync_mode": "full_refresh_overwrite"}]
MI = 1 << 20


def own(name, prefix="", **more):
    more["position" if name.startswith("destination") else "resumable_full_refresh"] = True
    return {"image": prefix + OWN.format(name), "ipc": harness.sockets("PROTOBUF"), **more}


def people(count, connector=None, **more):
    return {"connector": connector or own("source-faker"), "configuration": harness.faker(count)["configuration"], **more}


class OwnImages(harness.Case):
    """The project's images by packaging/image.sh; a host directory that containers may write."""

    hosts = (engine_api.HOST,)

    @classmethod
    def setUpClass(cls):
        assert engine_api.HOST, "WHARF_TEST_DOCKER names no engine: tests/docker/engine.sh starts one"
        cls.engine = engine_api.Engine()
        with tempfile.NamedTemporaryFile(suffix=".tar") as archive:
            said = subprocess.run([harness.TESTS.parent / "packaging/image.sh", harness.WHARF, archive.name, "--tag", "e2e",
                                   *CONNECTORS], stdout=subprocess.PIPE, check=True, text=True).stdout
            assert f'image: "{OWN.format(CONNECTORS[0])}"' in said, said
            for host in cls.hosts:
                engine_api.Engine(host).load(archive.name)

    def setUp(self):
        super().setUp()
        self.local = self.world.path("local")
        self.local.mkdir()
        # Wide open: the connector is user 1000, and whoever tests is not.
        os.chmod(self.world.dir, 0o755)
        os.chmod(self.local, 0o777)
        self.set(WHARF_DOCKER_HOST=engine_api.HOST, WHARF_LOCAL_MOUNT=str(self.local))

    def set(self, **variables):
        before = {name: os.environ.get(name) for name in variables}

        def back():
            for name, value in before.items():
                os.environ.pop(name, None) if value is None else os.environ.update({name: value})
        os.environ.update(variables)
        self.addCleanup(back)

    def running(self, name, engine=None):
        return [each["Id"] for each in (engine or self.engine).containers()
                if each["State"] == "running" and name in each["Names"][0]]

    def seen(self, name):
        """A running container as the engine has it."""
        self.assertTrue(harness.wait_for(lambda: self.running(name), 60), f"{name} does not run")
        return self.engine.inspect(self.running(name)[0])

    def no_container(self, engine=None):
        left = (engine or self.engine).containers
        self.assertTrue(harness.wait_for(lambda: not left(), 20), left())
        self.nothing_left()

    def check_users(self, rows, count):
        self.assertEqual(sorted(row["id"] for row in rows or []), list(range(1, count + 1)))


class Containers(OwnImages):
    hosts = (engine_api.HOST, os.environ.get("WHARF_TEST_PODMAN", engine_api.HOST))

    def limits(self, said):
        host = said["HostConfig"]
        return host["Memory"] // MI, host["NanoCpus"] / 1e9, host["MemoryReservation"] // MI, host["CpuShares"]

    def test_what_a_connection_says_goes_before_its_connectors_and_that_before_their_images(self):
        cpus = self.engine.get("/info")["NCPU"]
        self.assertGreaterEqual(cpus, 2)
        source = people(3_000_000, own("source-faker", resources={"cpu": 1, "memory": "500 MiB"}),
                        resources={"memory": "400 MiB", "memory_request": "50 MiB", "sync": {"cpu_request": "250m"}})
        to = {"connector": own("destination-jsonl", resources={"cpu": 2, "memory": "450 MiB"}),
              "configuration": {"destination_path": "/local/out"}, "resources": {"check": {"memory": "100 MiB"}}}
        self.world.one(source, to, OVERWRITE, resources={"source": {"cpu": "2500m", "memory": "300Mi"}})
        child = self.world.start()
        self.addCleanup(harness.end, child)
        self.assertEqual(self.limits(self.seen("-read-")), (300, min(2.5, cpus), 50, 256))
        self.assertEqual(self.limits(self.seen("-write-")), (450, 2.0, 0, 0))
        self.assertEqual(harness.end(child, signal.SIGTERM), 1)
        self.no_container()
        log, = self.world.dir.glob("data/logs/**/*.log")
        self.assertIn("socket, PROTOBUF, 4 sockets", log.read_text())

    def test_from_a_container_to_a_container_into_a_directory_of_the_host(self):
        for kind, place, path in (("jsonl", "/local/out", self.local / "out"), ("sqlite", "/local/db/o.db", None)):
            for mode in ("auto", "stdio"):
                self.fresh(kind, mode)
                to = {"connector": own(f"destination-{kind}"), "configuration": {"destination_path": place}}
                self.world.one(people(3000), to, [{"name": "users", "sync_mode": "incremental_append"}], mode=mode)
                run = self.synced()
                self.assertIn("stdio" if mode == "stdio" else "2 sockets", self.world.log(run))
                self.synced()
                self.check_users(harness.rows_of(kind, self.local / ("out" if kind == "jsonl" else "db/o.db"), "users"), 3000)
                self.no_container()

    def test_nothing_but_local_is_written_in_a_container(self):
        to = {"connector": own("destination-sqlite"), "configuration": {"destination_path": "/tmp/gone.db"}}
        self.world.one(people(10), to, OVERWRITE)
        run = self.world.sync()
        self.assertNotEqual(run.code, 0)
        self.assertIn("/tmp/gone.db", run.failure())
        self.assertIn("/local", run.failure())

    def test_a_directory_that_is_missing_or_holds_our_own_is_no_local(self):
        self.world.one(people(10), harness.jsonl(self.world.path("out")), OVERWRITE)
        for place, words in ((self.world.path("nowhere"), "is not there"), (self.world.dir, "Wharf's own")):
            self.set(WHARF_LOCAL_MOUNT=str(place))
            run = self.world.sync()
            self.assertNotEqual(run.code, 0)
            self.assertIn(words, run.failure())
            self.assertIn("connectors.local_mount", run.failure())
            self.assertFalse(self.world.path("nowhere").exists())

    def test_they_are_in_a_network_of_their_own_or_it_is_said_what_helps(self):
        self.set(WHARF_DOCKER_NETWORK="wharf")
        self.world.one(people(500_000), harness.jsonl(self.world.path("out")), OVERWRITE)
        child = self.world.start()
        self.addCleanup(harness.end, child)
        harness.wait_for(lambda: self.running("-read-") or child.poll() is not None, 60)
        if child.poll() is None:
            said = self.engine.inspect(self.running("-read-")[0])
            self.assertEqual(list(said["NetworkSettings"]["Networks"]), ["wharf"])
            network = self.engine.get("/networks/wharf")
            self.assertEqual(network["Options"]["com.docker.network.bridge.enable_icc"], "false")
            harness.end(child, signal.SIGTERM)
            self.no_container()
        else:  # a machine that cannot
            out, err = child.communicate()
            self.assertIn(b"docker.network", out + err)
        self.set(WHARF_DOCKER_NETWORK="host")
        self.world.one(people(100), harness.jsonl(self.world.path("out")), OVERWRITE)
        self.synced()
        self.check_users(harness.jsonl_rows(self.world.path("out/users.jsonl")), 100)

    def test_podman_runs_them_as_docker_does(self):
        podman = engine_api.Engine(os.environ["WHARF_TEST_PODMAN"])
        self.set(WHARF_DOCKER_HOST=podman.host)
        for mode in ("auto", "stdio"):
            to = {"connector": own("destination-sqlite", "localhost/"),
                  "configuration": {"destination_path": f"/local/{mode}.db"}}
            source = people(3000, own("source-faker", "localhost/", resources={"cpu": 1, "memory": "512 MiB"}))
            self.world.one(source, to, OVERWRITE, mode=mode)
            run = self.synced()
            self.assertIn("stdio" if mode == "stdio" else "2 sockets", self.world.log(run))
            self.check_users(harness.sqlite_rows(self.local / f"{mode}.db", "users"), 3000)
            self.no_container(podman)


class Pulls(OwnImages, api_test.ApiCase):
    def setUp(self):
        super().setUp()
        self.registry = os.environ["WHARF_TEST_LOCKED_REGISTRY"]
        self.login = os.environ["WHARF_TEST_REGISTRY_LOGIN"]

    def logins(self, mode=0o600):
        file = self.world.write("config.json", json.dumps(
            {"auths": {self.registry: {"auth": base64.b64encode(self.login.encode()).decode()}}}))
        os.chmod(file, mode)
        return str(file)

    def in_registry(self):
        repository = f"{self.registry}/own/people"
        self.engine.tag(OWN.format("source-faker"), repository, "1")
        self.engine.push(repository, "1", self.login)
        self.engine.untag(f"{repository}:1")
        return {**own("source-faker"), "image": f"{repository}:1"}

    def nowhere(self, *texts):
        password = self.login.partition(":")[2]
        for secret in (password, base64.b64encode(self.login.encode()).decode(), f'"password":"{password}"'):
            for text in texts:
                self.assertNotIn(secret, text)

    def connection(self, connector, count=50):
        """By REST: people in an image, into SQLite."""
        repository, tag = connector["image"].rsplit(":", 1)
        definition = self.ask("POST", f"/workspaces/{self.workspace}/definitions/sources", {
            "name": "own", "dockerRepository": repository, "dockerImageTag": tag, "resumableFullRefresh": True})["id"]
        self.from_ = self.ask("POST", "/sources", {
            "name": "people", "workspaceId": self.workspace, "definitionId": definition,
            "configuration": {"count": count, "seed": 7},
            "resourceAllocation": {"default": {"memory_limit": "300Mi", "cpu_limit": None}, "jobSpecific": [
                {"jobType": "sync", "resourceRequirements": {"memory_limit": "333Mi"}}]}})["sourceId"]
        return self.ask("POST", "/connections", {
            "sourceId": self.from_, "destinationId": self.destination(sqlite=True)["destinationId"],
            "configurations": {"streams": [{"name": "users", "syncMode": "full_refresh_overwrite"}]}})["connectionId"]

    def test_a_registry_that_wants_a_login_gets_the_one_of_config_json(self):
        connector = self.in_registry()
        self.world.one(people(20, connector), harness.jsonl(self.world.path("out")), OVERWRITE)
        run = self.world.sync()
        self.assertNotEqual(run.code, 0)
        self.assertIn(connector["image"], run.failure())
        self.set(WHARF_DOCKER_REGISTRY_AUTH=self.logins(0o644))
        self.assertIn("chmod", self.world.sync().failure())
        self.set(WHARF_DOCKER_REGISTRY_AUTH=self.logins())
        run = self.world.sync()
        self.assertEqual(run.code, 0, run)
        self.check_users(harness.jsonl_rows(self.world.path("out/users.jsonl")), 20)
        self.nowhere(self.world.log(run), run.out, run.err)

    def test_the_pull_of_an_attempt_stands_in_its_log_without_the_login(self):
        connector = self.in_registry()
        self.set(WHARF_DOCKER_REGISTRY_AUTH=self.logins())
        self.up()
        connection = self.connection(connector)
        self.assertIn("pulling", self.said())  # the question for its spec
        self.synced(connection)
        self.engine.untag(connector["image"])
        self.synced(connection)
        logs = [path.read_text() for path in sorted(self.world.dir.glob("data/logs/**/*.log"))]
        self.assertRegex(logs[-1], f"pulling {re.escape(connector['image'])}\n")
        self.assertRegex(logs[-1], "pulled .* in [0-9.]+ s\n")
        self.nowhere(self.said(), *logs, *self.answers, pathlib.Path(f"/proc/{self.daemon.pid}/cmdline").read_text())

    def test_what_rest_says_of_resources_is_kept_exported_and_obeyed(self):
        self.up()
        connection = self.connection(own("source-faker"), count=500_000)
        said = self.ask("GET", f"/sources/{self.from_}")
        self.assertEqual(said["resourceAllocation"]["default"], {"memory_limit": "300Mi"})
        self.refused("PATCH", f"/sources/{self.from_}",
                     {"resourceAllocation": {"default": {"memory_limit": "much"}}}, 400, "default.memory_limit")
        self.refused("PATCH", f"/sources/{self.from_}", {"resourceAllocation": {"jobSpecific": [{"jobType": "sink"}]}}, 400,
                     "jobType")
        self.ask("PATCH", f"/sources/{self.from_}", {"name": "folks"})
        job = self.ask("POST", "/jobs", {"connectionId": connection, "jobType": "sync"})["jobId"]
        self.assertEqual(self.seen("-read-")["HostConfig"]["Memory"], 333 * MI)
        self.ask("DELETE", f"/jobs/{job}")
        self.ended(job, "cancelled")
        export = lambda: json.loads(subprocess.run(  # noqa: E731
            [harness.WHARF, "export", "--json", "--data-dir", str(self.world.data)], stdout=subprocess.PIPE, check=True).stdout)
        source, = export()["sources"]
        self.assertEqual(source["resources"], {"memory": "300 MiB", "sync": {"memory": "333 MiB"}})
        self.ask("PUT", f"/sources/{self.from_}", {"name": "folks", "configuration": {"count": 5}, "resourceAllocation": {}})
        self.assertNotIn("resourceAllocation", self.ask("GET", f"/sources/{self.from_}"))
        self.assertNotIn("resources", export()["sources"][0])

    def test_a_declaration_whose_resources_change_is_deployed_without_another_job(self):
        where = {"connector": "destination-jsonl", "configuration": {"destination_path": str(self.world.path("out"))}}
        declare = lambda image, end, both: self.declare(  # noqa: E731
            "a.yaml", people(9, own("source-faker", resources={"memory": image}), resources={"memory": end}), where,
            streams=OVERWRITE, resources=both, schedule={"type": "manual"})
        declare("200 MiB", "210 MiB", {"cpu": 1})
        self.up()
        stored = lambda: self.world.store(  # noqa: E731
            "select definition.resources, source.resources, connection.resources from source, connection, definition "
            "where source.id = source_id and definition.id = definition_id and connection.id = ?", id_of("connection", "c"))
        self.wait(stored, "the connection")
        declare("100 MiB", "110 MiB", {"source": {"cpu": 2}})
        self.daemon.send_signal(signal.SIGHUP)
        wanted = [(json.dumps({"memory_limit": str(100 * MI)}, separators=(",", ":")),
                   json.dumps({"default": {"memory_limit": str(110 * MI)}}, separators=(",", ":")),
                   '{"source":{"cpu_limit":"2000m"}}')]
        self.wait(lambda: stored() == wanted, f"{wanted} instead of {stored()}", 30)

    def heard(self, silent):
        """Somebody comes to a registry that answers nobody; who has come waits for it."""
        try:
            self.kept.append(silent.accept()[0])
            return True
        except BlockingIOError:
            return False

    def test_a_cancel_and_a_stop_do_not_wait_for_a_pull(self):
        self.kept = []
        self.addCleanup(lambda: [each.close() for each in self.kept])
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen(50)
            repository = f"127.0.0.1:{silent.getsockname()[1]}/own/people"
            self.engine.tag(OWN.format("source-faker"), repository, "1")
            self.up()
            connection = self.connection({**own("source-faker"), "image": f"{repository}:1"})
            self.synced(connection)
            self.engine.untag(f"{repository}:1")
            pulls = lambda: sum(path.read_text().count("pulling ")  # noqa: E731
                                for path in self.world.dir.glob("data/logs/**/*.log"))
            job = self.ask("POST", "/jobs", {"connectionId": connection, "jobType": "sync"})["jobId"]
            self.wait(lambda: pulls() == 1, "the pull")
            began = time.monotonic()
            self.ask("DELETE", f"/jobs/{job}")
            self.ended(job, "cancelled")
            self.assertLess(time.monotonic() - began, 5)
            self.ask("POST", "/jobs", {"connectionId": connection, "jobType": "sync"})
            self.wait(lambda: pulls() == 2, "the other pull")
            self.declare("a.yaml", people(5, {**own("source-faker"), "image": f"{repository}:2"}),
                         harness.jsonl(self.world.path("out")))
            silent.settimeout(0)
            while self.heard(silent):
                pass
            self.daemon.send_signal(signal.SIGHUP)
            self.wait(lambda: self.heard(silent), "the pull of what is declared")
            began = time.monotonic()
            self.assertEqual(self.stop(), 0)
            self.assertLess(time.monotonic() - began, 5)
        self.no_container()


if __name__ == "__main__":
    sys.exit(unittest.main())
