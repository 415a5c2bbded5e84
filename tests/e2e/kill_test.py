#!/usr/bin/env python3
"""kill -9 of wharf, of the source and of the destination: at random moments, and inside each named
window, which strace hits without a hook in the product. Afterwards the next runs must end with the
destination equal to the source, row by row, times the jobs that the store says succeeded.

    kill_test.py [--rounds N | --each-mode] [--seed S] [--only WORD] [--keep]

A round is one scenario (road, ends, sync mode) and one to three kills in it; the seed gives them all.
"""

import argparse
import collections
import json
import os
import pathlib
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
from harness import (MODES, SOCKETS_JSONL, WHARF, World, as_command, faker, file_source, jsonl, jsonl_rows,
                     members_of, parse, scripted, sqlite, sqlite_rows, wait_for)

RANDOM = "random moment"
SENT = "rows sent, not committed"
COMMITTED = "committed, not confirmed"
CONFIRMED = "confirmed, not checkpointed"
RENAME = "in a rename"
SPAWNING = "while spawning"
WINDOWS = (SENT, COMMITTED, CONFIRMED, RENAME, SPAWNING, RANDOM)
HAS_STRACE = shutil.which("strace") is not None


class Source:
    """What is read, and the rows that must arrive: a multiset per stream of the columns compared."""

    def __init__(self, endpoint, wanted, columns, resumable):
        self.endpoint, self.wanted, self.columns, self.resumable = endpoint, wanted, columns, resumable


def file_of_rows(world, chance):
    count = chance.choice([20_000, 150_000, 400_000])
    with open(world.path("t.csv"), "w") as file:
        file.write("id,text\n")
        file.writelines(f"{i},text of row {i}\n" for i in range(count))
    wanted = {"t": collections.Counter((i, f"text of row {i}") for i in range(count))}
    return Source(file_source(world.path("t.csv"), primary_key="id"), wanted, ("id", "text"), True)


FAKED = {}


def faked(count):
    """The rows of source-faker, as its own `read` prints them, read by Python; kept for later rounds."""
    if count in FAKED:
        return FAKED[count]
    world = World()
    config = world.write("config.json", json.dumps(faker(count)["configuration"]))
    said = subprocess.run([WHARF, "connector", "source-faker", "discover", "--config", config],
                          capture_output=True, check=True).stdout.splitlines()
    streams = next(m["catalog"]["streams"] for m in map(json.loads, said) if m["type"] == "CATALOG")
    catalog = world.write("catalog.json", json.dumps({"streams": [
        {"stream": s, "sync_mode": "full_refresh", "destination_sync_mode": "append"}
        for s in streams if s["name"] != "products"]}))
    wanted = {"users": collections.Counter(), "purchases": collections.Counter()}
    read = subprocess.Popen([WHARF, "connector", "source-faker", "read", "--config", config, "--catalog", catalog],
                            stdout=subprocess.PIPE)
    for line in read.stdout:
        if b'"RECORD"' in line:
            record = parse(line)["record"]
            wanted[record["stream"]][record["data"]["id"], record["data"]["created_at"][:19]] += 1
    assert read.wait() == 0
    world.remove()
    FAKED[count] = wanted
    return wanted


def made_up(world, chance):
    count = chance.choice([5_000, 40_000])
    endpoint = faker(count, parallelism=8, records_per_slice=chance.choice([100, 1000]))
    return Source(endpoint, faked(count), ("id", "created_at"), True)


def foreign(state):
    def make(world, chance):
        streams = {"a": chance.randrange(500, 4000), "b": chance.randrange(100, 2000)}
        config = {"streams": streams, "state": state, "every": 100, "pause": chance.choice([0, 0.02, 0.1])}
        wanted = {name: collections.Counter((i, f"{name} {i} é") for i in range(count))
                  for name, count in streams.items()}
        return Source(scripted(config), wanted, ("id", "text"), False)
    return make


SOURCES = {"file": file_of_rows, "faker": made_up, "STREAM": foreign("STREAM"), "GLOBAL": foreign("GLOBAL")}
ROADS = {"file": ("protobuf", "jsonl", "stdio"), "faker": ("protobuf", "jsonl", "stdio"),
         "STREAM": ("jsonl", "stdio"), "GLOBAL": ("jsonl", "stdio")}


def scenarios():
    return [(source, road, to, mode) for source in SOURCES for road in ROADS[source] for to in ("jsonl", "sqlite")
            for mode in (MODES if to == "sqlite" else MODES[:3])]

SPAWNS = ("clone3", "vfork", "execve")
CALLS = {
    SENT: [("pwrite64", 1, 60), ("fdatasync", 1, 4)],
    COMMITTED: [("fdatasync", 1, 6), ("fsync", 1, 4)],
    CONFIRMED: [("pwrite64", 20, 120), ("fdatasync", 4, 20)],
    RENAME: [("rename", 1, 4)],
    SPAWNING: [(call, 1, 4) for call in SPAWNS],
}


class Round:
    def __init__(self, number, scenario, chance, hits):
        self.number, self.chance, self.hits = number, chance, hits
        self.kind, self.road, self.to, self.sync_mode = scenario
        self.world = World()
        self.told = []  # for whoever reads a failure
        self.out = self.world.path("out.db" if self.to == "sqlite" else "out")
        self.source = SOURCES[self.kind](self.world, chance)
        self.declare()

    def declare(self):
        endpoint = self.source.endpoint
        if self.kind in ("STREAM", "GLOBAL"):
            if "incremental" in self.sync_mode:
                endpoint["configuration"]["pruned"] = str(self.world.path("pruned.json"))
            if self.road == "jsonl":
                endpoint["connector"]["ipc"] = SOCKETS_JSONL
        elif self.road == "jsonl":
            endpoint = as_command(endpoint, "source", resumable_full_refresh=True)
        to = (sqlite if self.to == "sqlite" else jsonl)(self.out)
        streams = [{"name": name, "sync_mode": self.sync_mode} for name in self.source.wanted]
        self.world.one(endpoint, to, streams)
        self.mode = "stdio" if self.road == "stdio" else None

    def __str__(self):
        return f"round {self.number}: {self.kind} by {self.road} into {self.to}, {self.sync_mode}"

    # ---- the kills

    def kill_somewhere(self, window):
        if window == RANDOM or not HAS_STRACE:
            victim = self.chance.choice(("wharf", "source", "destination"))
            self.kill_at_random(victim)
        else:
            self.kill_in_window(window)

    def kill_at_random(self, victim):
        """After a random time from the moment the victim runs."""
        child = self.world.start(mode=self.mode)
        began = time.monotonic()
        delay = self.chance.choice((0.0, 0.05, 0.3, 1.2)) * self.chance.random()
        if victim == "wharf":
            if self.chance.random() < 0.7:
                wait_for(lambda: child.poll() is not None or self.running("source"), 60, 0.005)
            time.sleep(delay)
            died = child.poll() is None
            child.kill()
        else:
            wait_for(lambda: child.poll() is not None or self.running(victim), 60, 0.005)
            time.sleep(delay)
            died = child.poll() is None and any(self.end_group(group) for group in self.running(victim))
        out, err = child.communicate(timeout=120)
        if died:
            self.hits[RANDOM, victim] += 1
        self.told.append(f"kill of {victim} {time.monotonic() - began:.2f} s after the start, "
                         f"{'hit' if died else 'too late'}: exit {child.returncode}")
        self.no_orphans()

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

    def kill_in_window(self, window):
        call, least, most = self.chance.choice(CALLS[window])
        n = self.chance.randint(least, most)
        log = self.world.path("strace.log")
        # Whoever of the family comes to its n-th call of that kind dies on entering it.
        prefix = ["strace", "-f", "-y", "-o", str(log), "-e", "signal=none",
                  "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={n}"]
        child = self.world.start(mode=self.mode, prefix=prefix)
        out, err = child.communicate(timeout=180)
        text = log.read_text(errors="replace") if log.exists() else ""
        died = re.search(rf"^(\d+) +{call}\(.*= \?\s*$", text, re.M)  # a call that never came back
        if died:
            pid = died.group(1)
            last = re.findall(rf"^{pid} +{call}.*$", text, re.M)
            hit = self.classify(call, last[-1] if last else "")
            self.hits[hit, self.victim(text, pid)] += 1
            window = f"{window} (hit: {hit})"
        self.told.append(f"{window}: {call} no. {n}: {'hit' if died else 'not reached'}: exit {child.returncode}")
        self.no_orphans()

    def victim(self, text, pid):
        if re.search(rf"^{pid} .*{re.escape(str(self.out))}", text, re.M):
            return "destination"
        return "wharf" if re.search(rf"^{pid} .*wharf\.db", text, re.M) else "another"

    def classify(self, call, line):
        """Which window a death on entering this call lies in."""
        if call in SPAWNS:
            return SPAWNING
        if call == "rename":
            return RENAME
        if "wharf.db" in line:  # the store: in the window if the destination stands ahead of it
            return CONFIRMED if self.destination_states() != self.checkpoints() else RANDOM
        if str(self.out) not in line:
            return RANDOM
        # SQLite has written its commit before it syncs; JSONL renames its position, then syncs the directory.
        committed = call == "fdatasync" if self.to == "sqlite" else call == "fsync"
        return COMMITTED if committed else SENT

    def destination_states(self):
        if self.to == "sqlite":
            try:
                with sqlite3.connect(self.out, timeout=30) as db:
                    texts = [json.dumps(row) for row in db.execute("select * from _wharf_position")]
            except sqlite3.Error:
                texts = []
        else:
            texts = [path.read_text(errors="replace") for path in (self.out / ".wharf").glob("*.position")]
        return sorted(set(re.findall(r'offset\D+(\d+)|lsn\D+(\d+)', "".join(texts).replace("\\", ""))))

    def checkpoints(self):
        bodies = "".join(body for (body,) in self.world.store("select body from checkpoint"))
        return sorted(set(re.findall(r'offset\D+(\d+)|lsn\D+(\d+)', bodies.replace("\\", ""))))

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

    def play(self):
        windows = [w for w in WINDOWS if not (w == RENAME and self.to == "sqlite")]
        for _ in range(self.chance.randint(1, 3)):
            self.kill_somewhere(self.chance.choice(windows))
        self.finish()
        self.verify()
        if self.chance.random() < 0.3:  # the job after
            self.finish()
            self.verify()


def in_order(options, chance):
    """Every scenario once before any comes again; or one of each sync mode."""
    chosen = [s for s in scenarios() if options.only in " ".join(s)]
    if options.each_mode:
        return [chance.choice([s for s in chosen if s[-1] == mode]) for mode in MODES]
    order = []
    while len(order) < options.rounds:
        order += chance.sample(chosen, len(chosen))
    return order[:options.rounds]


def main():
    global HAS_STRACE
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--only", default="", help="scenarios whose name has this word")
    parser.add_argument("--keep", action="store_true", help="leave the directory of a failed round")
    parser.add_argument("--each-mode", action="store_true",
                        help="one round of each sync mode, without strace: for sanitized builds")
    options = parser.parse_args()
    HAS_STRACE = HAS_STRACE and not options.each_mode
    order = in_order(options, random.Random(options.seed))
    print(f"seed {options.seed}, {len(order)} rounds" + ("" if HAS_STRACE else ", without strace: no windows"),
          flush=True)
    hits, failed, began = collections.Counter(), 0, time.monotonic()
    for number, scenario in enumerate(order):
        one = Round(number, scenario, random.Random(f"{options.seed}/{number}"), hits)
        start = time.monotonic()
        try:
            one.play()
            print(f"{one}: exactly once, {time.monotonic() - start:.1f} s", flush=True)
            one.world.remove()
        except Exception as problem:
            failed += 1
            print(f"{one}: FAILED: {type(problem).__name__}: {problem}\n    " +
                  "\n    ".join("\n".join(one.told).splitlines()), flush=True)
            if options.keep:
                print(f"    kept {one.world.dir}", flush=True)
            else:
                one.world.remove()
    print(f"\nhits per window ({time.monotonic() - began:.0f} s):")
    for window in WINDOWS:
        by_victim = {v: n for (w, v), n in sorted(hits.items()) if w == window}
        print(f"  {window:<28} {sum(by_victim.values()):>5}   " +
              ", ".join(f"{v} {n}" for v, n in by_victim.items()))
    if not sum(hits.values()):
        print("nothing was killed: these rounds prove nothing")
        failed += 1
    if failed:
        print(f"{failed} of {len(order)} rounds failed; again with --seed {options.seed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
