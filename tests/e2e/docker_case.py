"""What the tests share whose connectors are images, run by a real engine. WHARF_TEST_DOCKER names its socket (unix://…;
tests/docker/engine.sh starts one), WHARF_REAL_FAKER Airbyte's own source-faker, from PyPI and unmodified, of which an
image is made here. The engine is looked at through its own API, by none of our code."""

import os
import pathlib
import subprocess
import sys

import harness

sys.path.insert(0, str(harness.TESTS / "docker"))
import engine_api  # noqa: E402
import images  # noqa: E402

FAKER = "wharf-test/airbyte-source-faker:e2e"
COUNT = 400
BUILTIN = "wharf-test/{}:e2e"
ENGINE = pathlib.Path(engine_api.HOST.removeprefix("unix://")).parent  # where engine.sh put it
SUDO = [] if harness.ROOT else ["sudo"]


def image(name, **more):
    return {"image": name, **more}


def faker(count=COUNT, connector=None, **more):
    return {"connector": connector or image(FAKER),
            "configuration": {"count": count, "seed": 7, "records_per_slice": 50, **more}}


class DockerCase(harness.Case):
    @classmethod
    def setUpClass(cls):
        assert engine_api.HOST, "WHARF_TEST_DOCKER names no engine: tests/docker/engine.sh starts one"
        cls.engine = engine_api.Engine()
        if not cls.engine.has_image(FAKER):
            program = os.environ.get("WHARF_REAL_FAKER")
            assert program, "WHARF_REAL_FAKER names no source-faker: source tests/real_parts.sh"
            images.make(FAKER, *images.faker(pathlib.Path(program).parent.parent), engine=cls.engine)
        os.environ["WHARF_DOCKER_HOST"] = engine_api.HOST

    def tearDown(self):
        super().tearDown()
        for each in self.engine.containers():  # a failed test is to spoil no other
            self.engine.ask("DELETE", f"/containers/{each['Id']}?force=1")

    def no_container(self):
        """None of ours is left, and soon."""
        gone = harness.wait_for(lambda: not self.engine.containers(), 20)
        self.assertTrue(gone, self.standing())
        self.nothing_left()

    def standing(self):
        """Who is there, for whoever reads a failure."""
        return [f"{each['Names'][0]}: {each['Status']}" for each in self.engine.containers()]

    def kill_engine(self):
        """dockerd alone: its containers are children of containerd's shims and go on."""
        subprocess.run([*SUDO, "kill", "-KILL", (ENGINE / "docker.pid").read_text().strip()], check=True)
        self.addCleanup(self.start_engine)

    def start_engine(self):
        if not self.engine_answers():
            subprocess.run([harness.TESTS / "docker/engine.sh", "start-docker", ENGINE], check=True)

    def engine_answers(self):
        try:
            return self.engine.ask("GET", "/_ping") == b"OK"
        except OSError:
            return False

    def check_users(self, rows, count=COUNT):
        self.assertIsNotNone(rows)
        self.assertEqual(sorted(row["id"] for row in rows), list(range(1, count + 1)))
        self.assertTrue(all(row["name"] and row["email"] for row in rows))

    def running(self, *names):
        """The containers that run now, by what they do."""
        return [each for each in self.engine.containers()
                if each["State"] == "running" and all(name in each["Names"][0] for name in names)]
