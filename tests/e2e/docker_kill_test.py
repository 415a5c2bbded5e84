#!/usr/bin/env python3
"""kill -9 of wharf, of dockerd, of the source's container and of the destination, at random moments of syncs whose
source is an image (docker_case.py). Afterwards the next run must end with the destination equal, row by row, to what
undisturbed runs give: nothing lost, nothing doubled, no container and nothing in the run directory left.

    docker_kill_test.py [--rounds N] [--seed S] [--round N] [--keep]

Victims and scenarios are dealt in turn; the seed gives the moments. Dead dockerds are started again, at once or when
the sync has ended without it. A round whose victim was gone already kills again, in its next try.
"""

import argparse
import collections
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import harness
from docker_case import BUILTIN, FAKER, DockerCase, image, images
from harness import World, jsonl, sqlite, wait_for

WHARF, DOCKERD, SOURCE, DESTINATION = "wharf", "dockerd", "the source's container", "the destination"
VICTIMS = (WHARF, DOCKERD, SOURCE, DESTINATION)
# What is read, into what, in which mode. The project's own image speaks sockets, the real faker stdio.
OWN, REAL = BUILTIN.format("source-faker"), FAKER
DEDUP = "incremental_deduped_history"
SCENARIOS = ((OWN, "sqlite", "full_refresh_append"), (REAL, "sqlite", DEDUP),
             (OWN, "jsonl", "incremental_append"), (REAL, "jsonl", "full_refresh_overwrite"))
COUNTS = {OWN: 40_000, REAL: 4_000}
VOLATILE = ("updated_at",)  # the real faker's clock
TRIES = 5


def source_of(name):
    # Held back, or it were over before anybody is killed.
    own = {"ipc": harness.sockets("PROTOBUF"), "resumable_full_refresh": True, "resources": {"cpu": 0.07}}
    return {"connector": image(name, **(own if name == OWN else {})), "configuration": {
        "count": COUNTS[name], "seed": 7, "parallelism": 1, "records_per_slice": 500, "always_updated": False}}


class Engine(DockerCase):
    """The engine of the tests, for who is no test case."""

    def __init__(self):
        super().__init__("standing")
        self.setUpClass()

    def addCleanup(self, *_):
        pass


class Template:
    """An undisturbed run of an image: its rows are the measure, and its store knows the image's answers, so that the
    rounds, which begin with a copy of it, are about syncs alone."""

    def __init__(self, name, engine):
        self.world = World()
        place = self.world.path("undisturbed.db")
        declare(self.world, "undisturbed", source_of(name), "sqlite", place, "full_refresh_overwrite")
        run = self.world.sync()
        assert run.code == 0, run
        self.rows = harness.rows_of("sqlite", place, "users")
        assert len(self.rows) == COUNTS[name], f"{len(self.rows)} rows"
        self.bags = {}
        assert not engine.engine.containers(), engine.standing()

    def wanted(self, mode, times):
        """The rows that so many undisturbed runs give."""
        if mode not in self.bags:
            self.bags[mode] = bag_of(self.rows, mode)
        return collections.Counter({row: count * times for row, count in self.bags[mode].items()})


def declare(world, name, source, kind, place, mode):
    world.one(source, (sqlite if kind == "sqlite" else jsonl)(place), [{"name": "users", "sync_mode": mode}], name=name)


def bag_of(rows, mode):
    """What is compared. The real faker's people are others when it goes on from a state: then who they are, and which
    of their fields are empty."""
    def compared(key, value):
        return value is None if mode == DEDUP and key != "id" else harness.plain(value)
    return collections.Counter(tuple(sorted((key, compared(key, value)) for key, value in row.items()
                                            if key not in VOLATILE)) for row in rows or ())


class Round:
    def __init__(self, number, scenario, victim, template, chance, engine):
        self.number, self.victim, self.template, self.chance, self.engine = number, victim, template, chance, engine
        self.name, self.kind, self.mode = scenario
        self.told = []
        self.world = World()
        self.place = self.world.path("out.db" if self.kind == "sqlite" else "out")

    def __str__(self):
        return f"round {self.number}: kill -9 of {self.victim}, {self.name.split('/')[-1]} into {self.kind}, {self.mode}"

    def lead_up(self):
        """To the moment before its first job."""
        for path in self.world.dir.glob("*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copytree(self.template.world.data, self.world.data)
        declare(self.world, "c", source_of(self.name), self.kind, self.place, self.mode)

    def play(self):
        assert any(self.kill_once(1 / 4**number) for number in range(TRIES)), "nobody was there to be killed"
        self.finish()
        self.verify()

    # ---- the kill

    def kill_once(self, haste):
        """At a random moment from that on in which both sides run, sooner where it came too late. Whether the victim was
        there."""
        self.lead_up()
        child = self.world.start()
        began = time.monotonic()
        wait_for(lambda: child.poll() is not None or self.engine.running("-read-"), 60, 0.01)
        time.sleep(haste * self.chance.choice((0.0, 0.3, 1.0)) * self.chance.random())
        hit = child.poll() is None and self.kill(child)
        self.told.append(f"kill of {self.victim} after {time.monotonic() - began:.2f} s, {'hit' if hit else 'too late'}")
        if self.victim == DOCKERD and self.chance.random() < 0.5:
            time.sleep(self.chance.random())
            self.engine.start_engine()
            self.told.append("dockerd is back at once")
        self.await_end(child)
        self.engine.start_engine()
        return hit

    def kill(self, child):
        if self.victim == WHARF:
            child.kill()
        elif self.victim == DOCKERD:
            self.engine.kill_engine()
        elif self.victim == SOURCE:
            running = self.engine.running("-read-")
            return bool(running) and self.kill_container(running[0]["Id"])
        else:
            return any(self.kill_group(group) for group, in self.world.store(
                "select process_group from workload where side = 'destination' and status = 'running'"))
        return True

    def kill_container(self, container):
        try:
            self.engine.engine.ask("POST", f"/containers/{container}/kill")
            return True
        except RuntimeError:
            return False  # it has just ended

    def kill_group(self, group):
        try:
            os.killpg(group, signal.SIGKILL)
            return True
        except ProcessLookupError:
            return False

    def await_end(self, child):
        try:
            child.communicate(timeout=90)
        except subprocess.TimeoutExpired:
            trees = subprocess.run(["ps", "-ef", "--forest"], capture_output=True, text=True).stdout
            child.kill()
            raise AssertionError(f"wharf hangs\n{trees}") from None
        self.told.append(f"  exit {child.returncode}")

    # ---- what must be true afterwards

    def finish(self):
        for _ in range(3):
            run = self.world.sync()
            self.told.append(f"run to the end: exit {run.code}")
            if run.code == 0:
                return
            self.told.append(run.failure())
        raise AssertionError("it does not succeed any more")

    def verify(self):
        jobs = self.world.store("select count(*) from job join connection on connection.id = connection_id "
                                "where connection.name = 'c' and job.status = 'succeeded'")[0][0]
        times = jobs if self.mode == "full_refresh_append" else 1
        got = bag_of(harness.rows_of(self.kind, self.place, "users"), self.mode)
        wanted = self.template.wanted(self.mode, times)
        if got != wanted:
            lost, extra = wanted - got, got - wanted
            raise AssertionError(f"{jobs} jobs succeeded: {sum(lost.values())} rows lost {list(lost)[:2]}, "
                                 f"{sum(extra.values())} too many {list(extra)[:2]}")
        assert wait_for(lambda: not self.engine.engine.containers(), 20), f"containers: {self.engine.standing()}"
        assert not self.world.leftovers(), f"left behind: {self.world.leftovers()}"
        self.told.append(f"{jobs} jobs succeeded")


def play(one, keep):
    """Whether it went as it must."""
    start = time.monotonic()
    try:
        one.play()
        print(f"{one}: exactly once, {time.monotonic() - start:.1f} s", flush=True)
        one.world.remove()
        return True
    except Exception as problem:
        print(f"{one}: FAILED: {type(problem).__name__}: {problem}\n    " +
              "\n    ".join("\n".join(one.told).splitlines()), flush=True)
        print(f"    kept {one.world.dir}", flush=True) if keep else one.world.remove()
        return False


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--round", type=int, help="only the round of this number")
    parser.add_argument("--keep", action="store_true", help="leave the directory of a failed round")
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.rounds} rounds", flush=True)
    engine, began, failed, templates = Engine(), time.monotonic(), 0, {}
    images.make(OWN, *images.wharf(harness.WHARF, "source-faker"), engine=engine.engine)
    for number in range(options.rounds):
        scenario = SCENARIOS[number % len(SCENARIOS)]
        victim = VICTIMS[(number + number // len(SCENARIOS)) % len(VICTIMS)]
        if options.round not in (None, number):
            continue
        template = templates.get(scenario[0]) or templates.setdefault(scenario[0], Template(scenario[0], engine))
        one = Round(number, scenario, victim, template, random.Random(f"{options.seed}/{number}"), engine)
        failed += not play(one, options.keep)
    for template in templates.values():
        template.world.remove()
    print(f"{time.monotonic() - began:.0f} s" +
          (f"; {failed} rounds failed; again with --seed {options.seed}" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
