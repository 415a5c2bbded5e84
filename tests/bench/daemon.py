"""The daemon: how soon it answers, what it costs while nothing happens, how late it is, how fast it lists; with
nothing in its store, with ten thousand connections, and with a hundred thousand finished jobs besides."""

import json
import math
import os
import random
import shutil
import statistics
import time

import stores
from open_loop import load
from served import Served

SETTLE = 75       # seconds: after a minute the daemon does all of its chores once
WATCH = 20       # seconds of idleness
DUE = 1000        # connections in one second
ASKED = 30        # jobs, one after the other
LISTINGS = 1500   # half a minute of them


def percentile(samples, share):
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


def spread(samples):
    return f"spread {(max(samples) - min(samples)) / statistics.median(samples):.0%}"


def add_percentiles(bench, what, samples, unit, asked, noise=""):
    """The p99 beside what is asked of it, the p50 below."""
    bench.table.add(f"{what}: p99", percentile(samples, 0.99), unit, asked, noise or f"n {len(samples)}", samples)
    bench.table.add("  p50", percentile(samples, 0.5), unit)


def sync_to_disk(bench, times=500):
    """What all durable figures stand on: 4 KiB at the end of a file, made to last."""
    samples = []
    with open(bench.path("sync"), "wb", buffering=0) as out:
        for _ in range(times):
            out.write(os.urandom(4096))
            began = time.perf_counter()
            os.fdatasync(out.fileno())
            samples.append((time.perf_counter() - began) * 1000)
    add_percentiles(bench, "one sync to this disk, 4 KiB", samples, "ms", None)


class Scale:
    """A daemon whose store holds so much; the figures of it."""

    def __init__(self, bench, name, connections=0, jobs=0):
        self.bench, self.name, self.connections, self.jobs = bench, name, connections, jobs
        self.served = Served(bench, name.replace(" ", "-"))
        self.stamps, self.out = (bench.path(name.replace(" ", "-") + end) for end in (".stamps", ".out"))

    def make(self):
        """The store, by the daemon; what there are many of is copied by SQL from what the daemon has made."""
        self._declare()
        self.served.start()
        while not self.served.store("select 1 from connection where name = 'first'"):
            time.sleep(0.1)
        if self.connections:
            stores.seed(self.served, self.out + "/seed")
        self.served.stop()
        if self.connections:
            stores.grow(self.served.data, self.out, self.connections, self.jobs)

    def _declare(self):
        """A connection from a file to a program that notes when its first record has come."""
        csv = self.bench.path("people.csv")
        with open(csv, "w") as out:
            out.writelines(["id,name\n", *(f"{n},n{n}\n" for n in range(1000))])
        document = {
            "sources": [{"name": "people", "connector": "source-file", "configuration": {"path": csv,
                                                                                         "stream": "people"}}],
            "destinations": [{"name": "watch", "connector": {"command": [self.bench.program("ends"), "arrival",
                                                                         self.stamps]}}],
            "connections": [{"name": "first", "source": "people", "destination": "watch", "streams": [
                {"name": "people", "sync_mode": "full_refresh_append"}]}]}
        with open(os.path.join(self.served.declarations, "first.yaml"), "w") as out:
            json.dump(document, out)

    def add(self, what, *figure):
        self.bench.table.add(f"{self.name}: {what}", *figure)

    def starts(self, most):
        samples = []
        for _ in range(max(5, self.bench.runs)):
            samples.append(self.served.start() * 1000)
            self.served.stop()
        self.add("start to first answer", statistics.median(samples), "ms", ("<=", most), spread(samples), samples)

    def idle(self, resident, anonymous=None):
        self.served.start()
        time.sleep(5)
        early = self.served.megabytes("VmRSS"), self.served.megabytes("RssAnon")
        time.sleep(max(0, SETTLE - 5))
        before, began = self.served.cpu(), time.perf_counter()
        time.sleep(WATCH)
        cpu = (self.served.cpu() - before) / (time.perf_counter() - began)
        self.add("resident, idle, chores done", self.served.megabytes("VmRSS"), "MB", ("<=", resident))
        self.bench.table.add("  anonymous", self.served.megabytes("RssAnon"), "MB", anonymous and ("<=", anonymous))
        self.bench.table.add("  5 s after the start", early[0], "MB", ("<=", resident))
        self.bench.table.add("    anonymous", early[1], "MB", anonymous and ("<=", anonymous))
        self.bench.table.add("  CPU", cpu * 100, "%", ("<=", 0.5))
        self.served.stop()

    def asked(self):
        """A job is asked for by REST: until its first record has come to its destination."""
        self.served.start()
        connection = self.served.store("select id from connection where name = 'first'")[0][0]
        samples = []
        for _ in range(ASKED):
            open(self.stamps, "w").close()
            began = time.monotonic_ns()
            job = self.served.ask("POST", "/jobs", {"connectionId": connection, "jobType": "sync"})["jobId"]
            while self.served.ask("GET", f"/jobs/{job}")["status"] in ("pending", "running", "incomplete"):
                time.sleep(0.05)
            with open(self.stamps) as stamps:
                samples.append((int(stamps.read().split()[1]) - began) / 1e6)
        self.served.stop()
        add_percentiles(self.bench, f"{self.name}: job asked for → first record", samples, "ms", ("<=", 100))

    def listing(self):
        self.served.start()
        chance = random.Random(7)
        pages = [chance.randrange(self.connections // 100) * 100 for _ in range(LISTINGS)]
        requests = [self.served.request(f"/connections?limit=100&offset={offset}", close=False) for offset in pages]
        load(self.served.port, requests[:100])
        answers = load(self.served.port, requests)
        bodies = {offset: json.loads(body) for offset, (_, _, body) in zip(pages, answers)}
        whole = sum(len(body["data"]) == 100 for body in bodies.values())
        if whole != len(bodies):
            raise SystemExit(f"only {whole} of {len(bodies)} pages are whole")
        own = percentile([late for _, late, _ in answers], 0.99) * 1000
        kilobytes = statistics.mean(len(body) for _, _, body in answers) / 1000
        add_percentiles(self.bench, f"{self.name}: 100 connections listed", [s * 1000 for s, _, _ in answers], "ms",
                        ("<=", 10), f"{kilobytes:.0f} kB each; client late {own:.1f}")
        self.served.stop()

    def lateness(self):
        """From the second in which they are due to the commit of their jobs, as another reader of the store sees it."""
        samples = []
        for _ in range(self.bench.runs):
            samples += self._one_firing()
        add_percentiles(self.bench, f"{self.name}: {DUE} due at once, committed", samples, "ms", ("<=", 50))

    def _one_firing(self):
        store = self.served.open_store()
        with store:  # what the last round has left
            store.execute("pragma foreign_keys = on")
            newest = store.execute("select max(id) from job where trigger = 'manual'").fetchone()[0]
            store.execute("delete from job where id > ?", (newest,))
        moment = math.ceil(time.time()) + 10
        stores.make_due(store, DUE, moment)
        self.served.start()
        time.sleep(max(0, moment - time.time() - 0.5))
        samples, seen = [], store.execute("pragma data_version").fetchone()
        while len(samples) < DUE:
            if time.time() > moment + 60:
                raise SystemExit(f"only {len(samples)} of {DUE} are made")
            if (version := store.execute("pragma data_version").fetchone()) == seen:
                time.sleep(0.0005)
                continue
            now, seen = time.time(), version
            made, = store.execute("select count(*) from job where id > ?", (newest,)).fetchone()
            samples += [(now - moment) * 1000] * (made - len(samples))
        store.close()
        self.served.stop()
        return samples

    def gone(self):
        for each in (self.served.data, self.out):
            shutil.rmtree(each, ignore_errors=True)


def serve(bench):
    sync_to_disk(bench)
    connections, jobs = bench.options.connections, bench.options.jobs
    scales = [("empty", 0, 0, 50, 16, 6), (f"{connections} connections", connections, 1, 300, 64, None),
              (f"and {jobs} jobs", connections, jobs, 300, 64, None)]
    for name, connections, jobs, start, resident, anonymous in scales:
        scale = Scale(bench, name, connections, jobs)
        scale.make()
        scale.starts(start)
        scale.idle(resident, anonymous)
        scale.asked()
        if connections:
            scale.listing()
            scale.lateness()
        scale.gone()
