#!/usr/bin/env python3
"""kill -9 of wharf, of the source and of the destination: at random moments, and inside each named
window, which the system calls tell without a hook in the product (windows.py). Afterwards the next
runs must end with the destination equal to the source, row by row, times the jobs that the store says
succeeded.

    kill_test.py [--rounds N | --each-mode] [--seed S] [--window W] [--only WORD] [--keep]

A round is one scenario (source, road, destination, sync mode), one kill in a named window, and up to
four more wherever they fall; the seed gives them all. Windows are dealt in turn, and scenarios so that
few rounds hold many of their pairs. A round whose window is not hit fails.
"""

import argparse
import collections
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
import tracer
from harness import MODES, World, jsonl, members_of, sqlite, wait_for
from kill_sources import ROADS, SOURCES, make_source
from windows import COMMITTED, CONFIRMED, HALF, OPENING, RANDOM, RENAME, SENT, SPAWNING, VICTIMS, Sync

WINDOWS = (SENT, COMMITTED, CONFIRMED, RENAME, HALF, SPAWNING, RANDOM)
AFTERWARDS = (*WINDOWS, OPENING, OPENING)  # where further kills fall
TRIES = 8  # at a window


class Round:
    def __init__(self, number, scenario, chance, hits):
        self.number, self.chance, self.hits = number, chance, hits
        self.kind, self.road, self.to, self.sync_mode, self.window = scenario
        self.world = World()
        self.told = []  # for whoever reads a failure
        self.out = self.world.path("out.db" if self.to == "sqlite" else "out")
        self.mode = "stdio" if self.road == "stdio" else None
        self.source = make_source(self.kind, self.road, self.world, chance, self.sync_mode)
        self.world.one(self.source.endpoint, (sqlite if self.to == "sqlite" else jsonl)(self.out),
                       [{"name": name, "sync_mode": self.sync_mode} for name in self.source.wanted])

    def __str__(self):
        return (f"round {self.number}: {self.kind} by {self.road} into {self.to}, {self.sync_mode}, "
                f"{self.window}")

    def play(self):
        can_repeat = self.source.grow or "full_refresh" in self.sync_mode
        self.is_later_job = bool(can_repeat) and self.chance.random() < 0.4
        if self.window == RANDOM and self.is_by_time():
            assert any(self.kill_the_job_at_random() for _ in range(TRIES)), "nobody was there to be killed"
        else:
            self.kill_for_sure()
        for _ in range(self.chance.choice((0, 0, 1, 2, 4))):
            self.kill_somewhere()
        self.finish()
        self.verify()
        if self.chance.random() < 0.3:  # the job after
            self.finish()
            self.verify()

    def lead_up(self):
        """To the moment before the job that is to be killed; the windows' moments, counted in one run."""
        for path in (self.world.data, self.out):
            shutil.rmtree(path, ignore_errors=True)
        for path in self.world.dir.glob("out.db*"):
            path.unlink()
        self.world.path("pruned.json").unlink(missing_ok=True)
        if self.is_later_job:
            self.finish()
            if self.source.grow:
                self.source.grow()

    # ---- the kills

    def kill_for_sure(self):
        self.lead_up()
        count = self.sync_watched().counts[self.window]
        for _ in range(TRIES):
            self.lead_up()
            sync = self.sync_watched(self.window, self.moment(count))
            if sync.killed and self.counts_as_hit(sync):
                return
            if not sync.killed:
                count = sync.counts[self.window]
        raise AssertionError(f"no kill '{self.window}' in {TRIES} tries")

    def moment(self, count):
        """The first, the last or any."""
        return self.chance.choice((1, max(1, count), self.chance.randint(1, max(1, count))))

    def kill_somewhere(self):
        window = self.chance.choice(AFTERWARDS if tracer.IS_POSSIBLE else (RANDOM,))
        if window == RANDOM and self.is_by_time():
            self.kill_at_random()
        else:
            sync = self.sync_watched(window, self.chance.choice((1, 2, 3, 5, 8, 13, 40, 100)))
            if sync.killed:
                self.counts_as_hit(sync)

    def is_by_time(self):
        """Whether a random moment is one of time, rather than any call."""
        is_long = self.kind == "large file" and self.to == "sqlite"  # it has a hundred thousand calls
        return is_long or not tracer.IS_POSSIBLE or self.chance.random() < 0.5

    def sync_watched(self, window=None, n=0):
        victim = window and self.chance.choice(VICTIMS[window])
        sync = Sync(self.world, self.out, window, n, victim)
        code = sync.run(self.mode)
        said = f"exit {code}"
        if window:
            said = f"{victim} at moment {n} '{window}': " + (f"killed at {sync.where}" if sync.killed else
                                                             "not reached") + ", " + said
        self.told.append(said)
        if not window:
            assert code == 0, sync.family.err
        return sync

    def counts_as_hit(self, sync):
        """In the windows behind a commit the position must know what the checkpoints do not."""
        if sync.window in (COMMITTED, CONFIRMED) and not sync.is_ahead():
            self.told.append("  too late: the checkpoints know all")
            return False
        self.hits[sync.window, sync.killed] += 1
        return True

    def kill_the_job_at_random(self):
        """Of a job that has all before it: a kill that came too late leaves an incremental one nothing."""
        self.lead_up()
        return self.kill_at_random()

    def kill_at_random(self):
        """After a random time from the moment the victim runs."""
        victim = self.chance.choice(("wharf", "source", "destination"))
        child = self.world.start(mode=self.mode)
        began = time.monotonic()
        delay = self.chance.choice((0.0, 0.05, 0.3, 1.2)) * self.chance.random()
        side = "source" if victim == "wharf" else victim
        if victim != "wharf" or self.chance.random() < 0.7:
            wait_for(lambda: child.poll() is not None or self.running(side), 60, 0.005)
        time.sleep(delay)
        died = child.poll() is None
        if victim == "wharf":
            child.kill()
        else:
            died = died and any(self.end_group(group) for group in self.running(victim))
        self.await_end(child)
        if died:
            self.hits[RANDOM, victim] += 1
        self.told.append(f"kill of {victim} {time.monotonic() - began:.2f} s after the start, "
                         f"{'hit' if died else 'too late'}: exit {child.returncode}")
        if self.chance.random() < 0.5:  # else the next run comes upon what is still dying
            self.no_orphans()
        return died

    def await_end(self, child):
        try:
            child.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            trees = subprocess.run(["ps", "-ef", "--forest"], capture_output=True, text=True).stdout
            child.kill()
            raise AssertionError(f"wharf hangs\n{trees}") from None

    def end_group(self, group):
        try:
            os.killpg(group, signal.SIGKILL)
            return True
        except ProcessLookupError:
            return False

    def running(self, side):
        try:
            return [g for (g,) in self.world.store(
                "select process_group from workload where side = ? and status = 'running'", side)]
        except sqlite3.Error:
            return []

    def no_orphans(self):
        """Whoever died, within a moment no connector is left."""
        try:
            groups = [g for (g,) in self.world.store("select process_group from workload")]
        except sqlite3.Error:
            groups = []
        gone = wait_for(lambda: not any(members_of(g) for g in groups), 20)
        assert gone, f"orphans: {[members_of(g) for g in groups]}"

    # ---- what must be true afterwards

    def finish(self):
        for attempt in range(4):
            run = self.world.sync(mode=self.mode)
            self.told.append(f"run to the end {attempt}: exit {run.code}")
            if run.code == 0:
                return
            self.told.append(run.failure())
        raise AssertionError("it does not succeed any more")

    def verify(self):
        jobs = self.world.jobs_succeeded()
        times = jobs if self.sync_mode == "full_refresh_append" else 1
        for name, wanted in self.source.wanted.items():
            got = self.arrived(name)
            wanted = collections.Counter({row: count * times for row, count in wanted.items()})
            if got != wanted:
                lost, extra = wanted - got, got - wanted
                raise AssertionError(
                    f"stream {name}, {jobs} jobs succeeded: {sum(lost.values())} rows lost {list(lost.items())[:3]}, "
                    f"{sum(extra.values())} too many {list(extra.items())[:3]}")
        self.told.append(f"{jobs} jobs succeeded")
        left = self.world.leftovers()
        assert not left, f"left behind: {left}"
        with sqlite3.connect(self.world.data / "wharf.db", timeout=30) as store:
            assert store.execute("pragma integrity_check").fetchone()[0] == "ok"
            active = store.execute("select count(*) from job where status in ('running', 'pending')").fetchone()[0]
            assert active == 0, f"{active} jobs are still active"
        assert not self.stagings(), f"left behind: {self.stagings()}"

    def stagings(self):
        if self.to == "jsonl":
            return [path.name for path in (self.out / ".wharf").glob("*.staging")]
        with sqlite3.connect(self.out, timeout=30) as db:
            return [name for name, in db.execute("select name from sqlite_schema where type = 'table' and "
                                                 "(name glob '_wharf_staging*' or name glob '_wharf_replaced*')")]

    def arrived(self, name):
        first, second = self.source.columns
        if self.to == "sqlite":
            with sqlite3.connect(self.out, timeout=30) as db:
                assert db.execute("pragma integrity_check").fetchone()[0] == "ok"
                rows = db.execute(f'select "{first}", "{second}" from "{name}"').fetchall()
            assert len(rows) >= 0
        else:
            data = (self.out / f"{name}.jsonl").read_bytes()
            assert data.endswith(b"\n") or not data, "half a line at the end"
            rows = ((row[first], row[second]) for row in map(json.loads, data.splitlines()))
        if second == "created_at":
            return collections.Counter((a, b[:19]) for a, b in rows)
        return collections.Counter(rows)


def scenarios(window):
    return [(source, road, to, mode, window)
            for source in SOURCES for road in ROADS[source] for to in ("jsonl", "sqlite")
            for mode in (MODES if to == "sqlite" else MODES[:3])
            if (window != RENAME or "overwrite" in mode) and (window != HALF or source == "faker" and road != "stdio") and
            (window == RANDOM or to == "jsonl" or source != "large file")]


def in_order(rounds, windows, word, chance):
    """Windows in turn, each with the scenario that brings most pairs not had yet."""
    order, had = [], collections.Counter()
    choices = {w: [s for s in scenarios(w) if word in " ".join(s)] for w in windows}
    windows = [w for w in windows if choices[w]]
    for number in range(rounds if windows else 0):
        choice = choices[windows[number % len(windows)]]
        chosen = min(chance.sample(choice, len(choice)), key=lambda s: sum(had[pair] for pair in pairs_of(s)))
        had.update(pairs_of(chosen))
        order.append(chosen)
    return order


def pairs_of(scenario):
    """Doubled use of one value weighs as well."""
    return [(i, j, scenario[i], scenario[j]) for i in range(5) for j in range(i + 1)]


def each_mode(windows, word, chance):
    """A scenario of each sync mode, each in another window."""
    left, order = chance.sample(windows, len(windows)), []
    for mode in MODES:
        choice = {w: [s for s in scenarios(w) if s[3] == mode and s[0] != "large file" and word in " ".join(s)]
                  for w in left or windows}
        window = next((w for w, found in choice.items() if found), None)
        if not window:
            continue
        order.append(chance.choice(choice[window]))
        left = [w for w in left if w != window]
    return order


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
        if keep:
            print(f"    kept {one.world.dir}", flush=True)
        else:
            one.world.remove()
        return False


def print_table(hits, seconds):
    print(f"\nhits per window ({seconds:.0f} s):")
    for window in (*WINDOWS, OPENING):
        by_victim = {v: n for (w, v), n in sorted(hits.items()) if w == window}
        print(f"  {window:<28} {sum(by_victim.values()):>5}   " +
              ", ".join(f"{v} {n}" for v, n in by_victim.items()))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--window", default="", help="only windows whose name has this word")
    parser.add_argument("--only", default="", help="scenarios whose name has this word")
    parser.add_argument("--round", type=int, help="only the round of this number")
    parser.add_argument("--keep", action="store_true", help="leave the directory of a failed round")
    parser.add_argument("--each-mode", action="store_true",
                        help="one round of each sync mode, for sanitized builds")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    windows = [w for w in WINDOWS if options.window in w and (w == RANDOM or tracer.IS_POSSIBLE)]
    order = each_mode(windows, options.only, chance) if options.each_mode else \
        in_order(options.rounds, windows, options.only, chance)
    if not order:
        sys.exit("no such window or scenario")
    print(f"seed {options.seed}, {len(order)} rounds" +
          ("" if tracer.IS_POSSIBLE else ", random moments only: calls are traced on x86_64"), flush=True)
    hits, failed, began = collections.Counter(), 0, time.monotonic()
    for number, scenario in enumerate(order):
        if options.round in (None, number):
            one = Round(number, scenario, random.Random(f"{options.seed}/{number}"), hits)
            failed += not play(one, options.keep)
    print_table(hits, time.monotonic() - began)
    missed = [w for w in {s[-1] for s in order} if options.round is None and not any(h[0] == w for h in hits)]
    if missed:
        print(f"never hit: {', '.join(missed)}")
    if failed:
        print(f"{failed} of {len(order)} rounds failed; again with --seed {options.seed}")
    return 1 if failed or missed else 0


if __name__ == "__main__":
    sys.exit(main())
