#!/usr/bin/env python3
"""Fifty connections, each asked to sync every few seconds, while their files grow, jobs are cancelled, and
kill -9 falls on the daemon and on connectors at random. In the end every destination must hold each row
once, and the store must be whole.

    soak_test.py [--seconds N] [--connections N] [--seed S] [--keep]

The seed gives everything that is decided here; when a kill falls, only the clock knows.
"""

import argparse
import collections
import http.client
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time

from harness import WHARF, World, end, faker, file_source, jsonl, members_of, scripted, sqlite, wait_for
from harness import jsonl_rows, sqlite_rows

JOBS = "/api/public/v1/jobs"
ENDS = ("succeeded", "failed", "cancelled")


class Feed:
    """A connection, its source, and the rows that must be at its destination."""

    def __init__(self, number, world, chance):
        self.name = f"c{number}"
        self.lock = threading.Lock()
        self.kind = ("file", "file", "commanded", "scripted", "faker")[number % 5]
        self.stream = {"scripted": "s", "faker": "users"}.get(self.kind, self.name)
        self.to = "sqlite" if number % 2 else "jsonl"
        self.out = world.path(f"out{number}.db" if self.to == "sqlite" else f"out{number}")
        self.mode = "full_refresh_overwrite" if self.kind == "faker" else "incremental_append"
        self.rows = 0
        self.file = world.path(self.name + ".csv")
        if self.kind in ("file", "commanded"):
            self.file.write_text("id,text\n")
            self.grow(chance)
            self.source = file_source(self.file)
            if self.kind == "commanded":
                self.source["connector"] = {"command": [WHARF, "connector", "source-file"]}
        elif self.kind == "scripted":
            self.rows = 2000
            self.source = scripted({"streams": {"s": self.rows}, "every": 100, "pause": 0.05})
        else:
            self.rows = 3000
            self.source = faker(self.rows)
        self.declared = {
            "sources": [{"name": self.name, **self.source}],
            "destinations": [{"name": self.name, **(sqlite if self.to == "sqlite" else jsonl)(self.out)}],
            "connections": [{"name": self.name, "source": self.name, "destination": self.name,
                             "schedule": {"type": "manual"},
                             "streams": [{"name": self.stream, "sync_mode": self.mode}]}]}

    def grow(self, chance):
        """Some rows more; always whole lines."""
        if self.kind not in ("file", "commanded"):
            return
        with self.lock:
            first, self.rows = self.rows, self.rows + chance.choice((1, 50, 2000))
            text = "".join(f"{i},row {i} of {self.name}\n" for i in range(first, self.rows))
            with open(self.file, "a") as file:
                file.write(text)

    def wanted(self):
        if self.kind == "faker":
            return collections.Counter(range(1, self.rows + 1))
        text = "s {} é" if self.kind == "scripted" else "row {} of " + self.name
        return collections.Counter((i, text.format(i)) for i in range(self.rows))

    def arrived(self):
        if self.to == "sqlite":
            rows = sqlite_rows(self.out, self.stream) or []
        else:
            rows = jsonl_rows(self.out / f"{self.stream}.jsonl")
        if self.kind == "faker":
            return collections.Counter(row["id"] for row in rows)
        return collections.Counter((row["id"], row["text"]) for row in rows)


class Soak:
    def __init__(self, options):
        self.options, self.world, self.tally = options, World(), collections.Counter()
        self.feeds = [Feed(number, self.world, random.Random(options.seed * 1000 + number))
                      for number in range(options.connections)]
        self.log = self.world.path("serve.log")
        self.log.touch()
        (self.world.dir / "conf.d").mkdir()
        for feed in self.feeds:
            (self.world.dir / "conf.d" / f"{feed.name}.yaml").write_text(json.dumps(feed.declared))
        self.port = self.token = self.daemon = None
        self.over = threading.Event()
        self.failures = []

    # ---- the daemon

    def start(self):
        before = self.log.read_text().count(" listening ")
        with open(self.log, "ab") as log:
            self.daemon = subprocess.Popen(
                [WHARF, "serve", "--declarations", str(self.world.dir / "conf.d"), "--data-dir",
                 str(self.world.data), "--listen", "127.0.0.1:0"], stderr=log)
        if not wait_for(lambda: self.log.read_text().count(" listening ") > before, 90):
            raise AssertionError("the daemon does not come up\n" + self.log.read_text()[-3000:])
        self.port = int(re.findall(r"listening host=\S+ port=(\d+)", self.log.read_text())[-1])

    def ask(self, method, path, body=None):
        """The code and body of an answer; none while there is no daemon."""
        for _ in range(2):
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=100)
                connection.request(method, path, json.dumps(body) if body is not None else None,
                                   {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
                answer = connection.getresponse()
                text = answer.read()
                connection.close()
            except (OSError, http.client.HTTPException):
                return None, None
            if answer.status != 401:
                return answer.status, json.loads(text)
            self.log_in()
        return None, None

    def log_in(self):
        said = json.loads((self.world.data / "credentials.json").read_text())
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("POST", "/api/public/v1/applications/token", json.dumps(said),
                           {"Content-Type": "application/json"})
        self.token = json.loads(connection.getresponse().read())["access_token"]

    # ---- what happens meanwhile, a thread each

    def guarded(self, work, seed):
        def run():
            chance = random.Random(f"{self.options.seed} {seed}")
            try:
                while not self.over.is_set():
                    work(chance)
            except Exception as wrong:  # told at the end, with the seed
                self.failures.append(f"{seed}: {wrong!r}")
                self.over.set()
        return threading.Thread(target=run)

    def sync_and_cancel(self, chance):
        feed = chance.choice(self.feeds)
        code, job = self.ask("POST", JOBS, {"connectionId": self.ids[feed.name], "jobType": "sync"})
        assert code in (None, 200, 409), (code, job)
        self.tally[f"sync answered {code}"] += 1
        if code == 200 and chance.random() < 0.05:
            time.sleep(chance.random())
            code, job = self.ask("DELETE", f"{JOBS}/{job['jobId']}")
            assert code in (None, 200, 409), (code, job)
            self.tally[f"cancel answered {code}"] += 1
        time.sleep(chance.random() * 8 / len(self.feeds))

    def grow(self, chance):
        chance.choice(self.feeds).grow(chance)
        time.sleep(0.05)

    def kill(self, chance):
        time.sleep(chance.uniform(0.2, 2))
        if chance.random() < 0.3:
            self.daemon.kill()
            self.daemon.wait()
            self.tally["daemon killed"] += 1
            self.start()
            return
        groups = self.world.store("select process_group from workload where status = 'running'")
        members = members_of(chance.choice(groups)[0]) if groups else []
        if members:
            self.tally["connector killed"] += 1
            try:
                os.kill(chance.choice(members), signal.SIGKILL)
            except ProcessLookupError:
                pass

    # ---- the story

    def run(self):
        self.start()
        assert wait_for(lambda: self.world.store("select count(*) from connection") == [(len(self.feeds),)], 120), \
            "the connections are not deployed"
        self.log_in()
        self.ids = dict(self.world.store("select name, id from connection"))
        works = [self.guarded(self.sync_and_cancel, f"asker {number}") for number in range(4)]
        works += [self.guarded(self.grow, "feeder"), self.guarded(self.kill, "killer")]
        for work in works:
            work.start()
        self.over.wait(self.options.seconds)
        self.over.set()
        for work in works:
            work.join()
        assert not self.failures, "\n".join(self.failures)
        self.end_all()
        for feed in self.feeds:
            self.last_sync(feed)
        self.compare()

    def status(self, job):
        return self.ask("GET", f"{JOBS}/{job}")[1]["status"]

    def end_all(self):
        """What runs comes to its end; what waits for its next attempt is cancelled: its next sync goes on."""
        for job, in self.world.store("select id from job where status in ('pending', 'incomplete')"):
            self.ask("DELETE", f"{JOBS}/{job}")
        active = "select id, status from job where status in ('pending', 'running', 'incomplete')"

        def ended():
            for job, status in self.world.store(active):
                if status == "incomplete":
                    self.ask("DELETE", f"{JOBS}/{job}")
            return not self.world.store(active)
        assert wait_for(ended, 120, 0.2), self.world.store(active)

    def last_sync(self, feed):
        code, job = self.ask("POST", JOBS, {"connectionId": self.ids[feed.name], "jobType": "sync"})
        assert code == 200, (feed.name, code, job)
        assert wait_for(lambda: self.status(job["jobId"]) in ENDS, 120), f"{feed.name} does not end"
        assert self.status(job["jobId"]) == "succeeded", (feed.name, self.world.store(
            "select failures from attempt where job_id = ?", job["jobId"]))

    def compare(self):
        code = end(self.daemon, signal.SIGTERM)
        assert code == 0, f"the daemon ended with {code}"
        assert self.world.leftovers() == [], self.world.leftovers()
        with sqlite3.connect(self.world.data / "wharf.db") as store:
            assert store.execute("pragma integrity_check").fetchall() == [("ok",)]
            assert store.execute("pragma foreign_key_check").fetchall() == []
        for feed in self.feeds:
            wanted, arrived = feed.wanted(), feed.arrived()
            lost, more = wanted - arrived, arrived - wanted
            assert not lost and not more, (
                f"{feed.name} ({feed.kind} to {feed.to}): {sum(lost.values())} rows are lost, first "
                f"{sorted(lost)[:3]}; {sum(more.values())} are too many, first {sorted(more)[:3]}")
            self.tally["rows compared"] += sum(arrived.values())
        for status, count in self.world.store("select status, count(*) from job group by 1"):
            self.tally[f"jobs {status}"] = count
        # A soak in which nothing happened proves nothing.
        for what in ("daemon killed", "connector killed", "jobs succeeded"):
            assert self.tally[what] > 0, f"{what}: never; {dict(self.tally)}"


def main():
    parse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument("--seconds", type=float, default=120)
    parse.add_argument("--connections", type=int, default=50)
    parse.add_argument("--seed", type=int, default=None)
    parse.add_argument("--keep", action="store_true", help="leave the directory behind")
    options = parse.parse_args()
    if options.seed is None:
        options.seed = int(os.environ.get("WHARF_SEED") or random.randrange(1 << 31))
    print(f"seed {options.seed}", flush=True)
    soak = Soak(options)
    try:
        soak.run()
    except BaseException:
        print(f"FAILED; again with --seed {options.seed}\n{soak.log.read_text()[-2000:]}", flush=True)
        raise
    finally:
        if soak.daemon and soak.daemon.poll() is None:
            soak.daemon.kill()
        print("\n".join(f"{what}: {count}" for what, count in sorted(soak.tally.items())))
        if options.keep:
            print("left at", soak.world.dir)
        else:
            soak.world.remove()


if __name__ == "__main__":
    sys.exit(main())
