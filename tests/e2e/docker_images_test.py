"""What an image may be, and what becomes of both sides: the shim is process 1 of images that have no shell, no libc or
no user of their own, and of those that do not heed signals. The connector is small (tests/fakes/small_connector.c and
.sh), so that nothing but the image counts. Figures are printed: WHARF_FIGURES=FILE has them written there as well."""

import os
import re
import signal
import sys
import time
import unittest

import harness
import serving
from docker_case import BUILTIN, DockerCase, engine_api, image, images

OVERWRITE = [{"name": "t", "sync_mode": "full_refresh_overwrite"}]
KNOWN_WITHIN = 0.1  # s: how soon a side is to know of the other's death
TOLERANCE = 0.5     # s: on a machine that does other things meanwhile
GRACE = 10          # s: that a source has to end


def small(name, **configuration):
    return {"connector": image(BUILTIN.format(name)), "configuration": configuration}


class SmallCase(DockerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = images.small_program()
        cls.image_of("small", images.small(cls.program), ['ENTRYPOINT ["/connector"]', "USER 1000:1000"])

    @classmethod
    def image_of(cls, name, tar, changes):
        cls.engine.import_image(tar, *BUILTIN.format(name).rsplit(":", 1), changes)

    def into_jsonl(self, source):
        self.world.one(source, harness.jsonl(self.world.path("out")), OVERWRITE)

    def arrived(self):
        return harness.rows_of("jsonl", self.world.path("out"), "t")

    def all_of(self, uid, directory, count=100):
        self.same_rows(self.arrived(), [{"id": i, "uid": uid, "directory": directory} for i in range(1, count + 1)])


class Matrix(SmallCase):
    def moves(self, name, uid, directory):
        self.into_jsonl(small(name))
        self.synced()
        self.all_of(uid, directory)
        self.no_container()

    def shell(self, add, interpreter):
        root = images.Root()
        add(root)
        root.add(images.FAKES / "small_connector.sh", "connector.sh")
        return root.finish(), [f'ENTRYPOINT ["{interpreter}", "/connector.sh"]']

    def test_from_scratch_without_shell_or_libc_as_root(self):
        self.image_of("scratch", images.small(self.program), ['ENTRYPOINT ["/connector"]'])
        self.moves("scratch", 0, "/")

    def test_debians_libc_and_shell(self):
        def debian(root):
            for package in ("base-files", "libc6", "dash", "coreutils", "libselinux1", "libpcre2-8-0"):
                root.package(package)
            root.add("/bin/dash", "bin/sh")
        tar, changes = self.shell(debian, "/bin/sh")
        self.image_of("debian", tar, [*changes, "WORKDIR /usr"])
        self.moves("debian", 0, "/usr")

    def test_a_script_that_a_busybox_of_musl_runs(self):
        def busybox(root):
            for name in ("busybox", "sh", "id"):
                root.add("/bin/busybox", f"bin/{name}")
        tar, changes = self.shell(busybox, "/bin/busybox\", \"sh")
        self.image_of("busybox", tar, [*changes, "USER 65534"])
        self.moves("busybox", 65534, "/")

    def test_its_user_and_its_working_directory_are_the_images(self):
        self.image_of("user", images.small(self.program),
                      ['ENTRYPOINT ["../connector"]', "USER 1000:1000", "WORKDIR /work"])
        self.moves("user", 1000, "/work")

    def test_airbytes_variable_alone_says_what_is_to_be_run(self):
        self.image_of("variable", images.small(self.program),
                      ["ENV AIRBYTE_ENTRYPOINT=/connector", "USER 1000", "WORKDIR /work"])
        self.moves("variable", 1000, "/source")

    def test_one_that_does_not_heed_sigterm_is_ended_within_the_grace(self):
        self.into_jsonl(small("small", deaf=1, rows=1_000_000, pause=100))
        child = self.world.start()
        self.addCleanup(harness.end, child)
        self.assertTrue(harness.wait_for(lambda: self.running("-read-")), "no source runs")
        began = time.monotonic()
        harness.end(child, signal.SIGTERM)
        took = time.monotonic() - began
        self.assertLess(took, GRACE + 5)
        self.assertGreater(took, GRACE / 2)
        self.assertEqual(self.standing(), [])
        self.nothing_left()


class Reasons(SmallCase):
    """Each one clear reason in the job; more of them in docker_test.py."""

    def fails(self, name, *words):
        self.into_jsonl(small(name) if "/" not in name else {"connector": image(name), "configuration": {}})
        run = self.world.sync()
        self.assertNotEqual(run.code, 0, run)
        for word in words:
            self.assertIn(word, run.failure())
        self.no_container()

    def test_an_image_for_another_processor(self):
        name = BUILTIN.format("foreign")
        self.engine.load_image(images.archive(name, images.small(self.program), {"Entrypoint": ["/connector"]}, "s390x"))
        self.fails("foreign", name, "linux/s390x", "linux/amd64" if os.uname().machine == "x86_64" else "linux/")

    def test_a_program_for_another_processor(self):
        program = bytearray(self.program)
        program[18:20] = (22).to_bytes(2, "little")  # e_machine: s390
        self.image_of("alien", images.small(bytes(program)), ['ENTRYPOINT ["/connector"]'])
        self.fails("alien", BUILTIN.format("alien"), "/connector", "another architecture")

    def test_a_registry_that_wants_a_login(self):
        name = f"{os.environ['WHARF_TEST_LOCKED_REGISTRY']}/wharf/nobodys:1"
        self.fails(name, name, "no basic auth credentials")


class TwoContainers(SmallCase):
    """Both sides are containers, joined by the pump."""

    def begin(self, pause=20, **destination):
        self.world.one(small("small", rows=1_000_000, pause=pause), small("small", **destination), OVERWRITE)
        child = self.world.start()
        self.addCleanup(harness.end, child)
        self.assertTrue(harness.wait_for(lambda: self.running("-read-") and self.running("-write-")), "no two run")
        self.assertTrue(harness.wait_for(lambda: self.world.store(
            "select 1 from checkpoint")), "nothing has been confirmed")
        return child

    def log(self):
        return "".join(path.read_text() for path in self.world.data.glob("logs/**/*.log"))

    def moments(self, what):
        """When that was said, in seconds since 1970."""
        return [int(ns) / 1e9 for ns in re.findall(rf"at (\d{{19}}) {what}", self.log())]

    def known(self, victim, what, of_whole_container=True, with_engine=True):
        """The time between the death of one side and the moment in which the other side knew."""
        child = self.begin()
        process = self.engine.inspect(self.running(victim)[0]["Id"])["State"]["Pid"]
        if not of_whole_container:
            process = int(open(f"/proc/{process}/task/{process}/children").read().split()[0])
        if not with_engine:
            self.kill_engine()
        killed = time.time()
        os.kill(process, signal.SIGKILL)
        child.communicate(timeout=60)
        self.assertNotEqual(child.returncode, 0)
        if with_engine:
            self.no_container()
        said = self.moments(what)
        self.assertTrue(said, self.log())
        return said[0] - killed

    def figure(self, name, seconds):
        line = f"{name}: {seconds * 1000:.0f} ms"
        print(line, file=sys.stderr)
        if os.environ.get("WHARF_FIGURES"):
            with open(os.environ["WHARF_FIGURES"], "a") as file:
                file.write(line + "\n")
        self.assertLess(seconds, TOLERANCE)

    def test_nothing_flows_before_both_stand(self):
        self.world.one(small("small", rows=200), small("small"), OVERWRITE)
        self.synced()
        moments = [self.moments(what) for what in ("write", "read", "first input", "end of input")]
        self.assertEqual([len(each) for each in moments], [1, 1, 1, 1], self.log())
        self.assertEqual(moments, sorted(moments))
        self.no_container()

    def test_the_destination_knows_of_a_dead_source(self):
        self.figure("source's container killed, end of the destination's input", self.known("-read-", "end of input"))

    def test_the_destination_knows_of_a_dead_source_program(self):
        self.figure("source's program killed, end of the destination's input",
                    self.known("-read-", "end of input", of_whole_container=False))

    def test_the_source_knows_of_a_dead_destination(self):
        self.figure("destination's container killed, the source signalled", self.known("-write-", "SIGTERM"))

    def test_the_source_knows_of_a_dead_destination_program(self):
        self.figure("destination's program killed, the source signalled",
                    self.known("-write-", "SIGTERM", of_whole_container=False))

    def test_they_know_of_each_other_without_an_engine(self):
        for victim, what in (("-read-", "end of input"), ("-write-", "SIGTERM")):
            self.fresh(victim)
            self.figure(f"without dockerd: {victim[1:-1]}'s container killed, {what}",
                        self.known(victim, what, with_engine=False))
            self.start_engine()
        self.into_jsonl(small("small"))
        self.synced()  # which sweeps first
        self.no_container()


class EngineGone(SmallCase):
    def begin(self, rows):
        self.into_jsonl(small("small", rows=rows, pause=100))
        child = self.world.start()
        self.addCleanup(harness.end, child)
        self.assertTrue(harness.wait_for(lambda: self.running("-read-")), "no source runs")
        self.assertTrue(harness.wait_for(lambda: self.world.store("select 1 from checkpoint")), "nothing is confirmed")
        return child

    def ends(self, child):
        out, err = child.communicate(timeout=90)
        return harness.Run(child.returncode, out.decode(), err.decode(), 0)

    def test_a_sync_goes_on_without_it(self):
        child = self.begin(2000)
        self.kill_engine()
        run = self.ends(child)
        self.assertEqual(run.code, 0, run)
        self.start_engine()
        self.all_of(1000, "/", 2000)
        self.synced()
        self.no_container()

    def test_one_that_comes_back_in_mid_sync_has_killed_what_ran_and_that_is_said(self):
        child = self.begin(1_000_000)
        self.kill_engine()
        self.start_engine()
        run = self.ends(child)
        self.assertNotEqual(run.code, 0, run)
        self.assertEqual(run.failure().count("killed by signal"), 1, run)
        self.into_jsonl(small("small"))
        self.synced()
        self.all_of(1000, "/")
        self.no_container()


class Questions(SmallCase, serving.ServeCase):
    """A daemon that ends while an image does not answer."""

    def asked(self, verb):
        self.declare("a.yaml", small("small", hang=verb), harness.jsonl(self.world.path("out")), streams=OVERWRITE)
        self.start()
        self.wait(lambda: self.running(f"-{verb}-"), f"the {verb}")
        return self.running(f"-{verb}-")[0]["Id"]

    def test_a_question_ends_with_its_daemon(self):
        for verb in ("check", "discover"):
            self.fresh(verb)
            self.asked(verb)
            self.assertEqual(self.stop(), 0)
            self.assertEqual(self.standing(), [])
            self.nothing_left()

    def test_one_whose_daemon_was_killed_is_removed_by_the_next(self):
        for verb in ("check", "discover"):
            self.fresh(verb)
            asked = self.asked(verb)
            self.stop(signal.SIGKILL)
            self.assertTrue(harness.wait_for(lambda: not self.running(), 10), self.standing())
            self.start()
            self.wait(lambda: asked not in [each["Id"] for each in self.engine.containers()], "the sweep")
            self.assertEqual(self.stop(), 0)
            self.assertEqual(self.standing(), [])
            self.nothing_left()


if __name__ == "__main__":
    sys.exit(unittest.main())
