#!/usr/bin/env python3
"""A daemon that is asked for more than it does at once, that others hold on to, and whose disk fails under it."""

import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import resource
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import unittest

from harness import ROOT, WHARF, jsonl, jsonl_rows, scripted, sqlite, sqlite_rows
from operating import MANUAL, OperatedCase

PUBLIC = "/api/public/v1"
INCREMENTAL = [{"name": "s", "sync_mode": "incremental_append"}]


class FaultCase(OperatedCase):
    def port(self):
        return int(self.said().split("listening host=127.0.0.1 port=")[-1].split()[0])

    def tokened(self):
        """A token, so that many can ask at once."""
        said = json.loads((self.world.data / "credentials.json").read_text())
        self.token = None
        self.token = self.ask("POST", "/applications/token", said)[1]["access_token"]

    def ask(self, method, path, body=None, base=PUBLIC):
        door = http.client.HTTPConnection("127.0.0.1", self.port(), timeout=60)
        door.request(method, base + path, None if body is None else json.dumps(body),
                     {"Authorization": f"Bearer {self.token}"} if self.token else {})
        answer = door.getresponse()
        said = answer.read().decode()
        door.close()
        return answer.status, json.loads(said) if said[:1] in "{[" else said

    def ask_for(self, connection):
        return self.ask("POST", "/jobs", {"connectionId": connection, "jobType": "sync"})

    def megabytes(self, key):
        with open(f"/proc/{self.daemon.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(key + ":")) / 1024

    def is_whole(self):
        with sqlite3.connect(self.world.data / "wharf.db", timeout=30) as store:
            self.assertEqual(store.execute("pragma integrity_check").fetchall(), [("ok",)])
            self.assertEqual(store.execute("pragma foreign_key_check").fetchall(), [])


class Many(FaultCase):
    settings = {"max_sync_workers": 4}
    COUNT, ROWS = 200, 5

    def test_two_hundred_syncs_asked_for_at_once_run_once_each_and_a_few_at_a_time(self):
        names = [f"c{number:03}" for number in range(self.COUNT)]
        source, wanted = self.people(self.ROWS)
        (self.declarations / "all.yaml").write_text(json.dumps({
            "sources": [{"name": "from", **source}],
            "destinations": [{"name": "to", **jsonl(self.world.path("out"))}],
            "connections": [{"name": name, "source": "from", "destination": "to", "prefix": name + "_",
                             "schedule": MANUAL, "streams": [{"name": "people", "sync_mode": "full_refresh_append"}]}
                            for name in names]}))
        self.start()
        self.wait(lambda: self.world.store("select count(*) from connection") == [(self.COUNT,)], "all connections", 60)
        self.tokened()
        ids = dict(self.world.store("select id, name from connection"))
        # Each is asked for twice, so that whoever comes second while the first has not ended is refused.
        together = threading.Barrier(40)

        def ask(connection):
            together.wait(30)
            return connection, *self.ask_for(connection)
        with concurrent.futures.ThreadPoolExecutor(40) as people:
            answers = list(people.map(ask, [each for each in ids for _ in range(2)]))
        accepted = {said["jobId"]: connection for connection, code, said in answers if code == 200}
        refused = [(code, said) for _, code, said in answers if code != 200]
        self.assertEqual(dict(self.world.store("select id, connection_id from job")), accepted)
        self.assertEqual(set(accepted.values()), set(ids))
        self.assertEqual(len(accepted) + len(refused), 2 * self.COUNT)
        self.assertEqual({code for code, _ in refused}, {409}, refused[:1])

        self.wait(lambda: self.world.store("select count(*) from job where status <> 'succeeded'") == [(0,)],
                  "the end of all", 120)
        attempts = self.world.store("select created, ended from attempt order by created")
        self.assertEqual(len(attempts), len(accepted))
        # Ends come first: what ended in a millisecond has made room for what began in it.
        moments = sorted([(began, 1) for began, _ in attempts] + [(ended, -1) for _, ended in attempts])
        running, most = 0, 0
        for _, change in moments:
            running += change
            most = max(most, running)
        self.assertEqual(most, 4)
        runs = {name: sum(ids[each] == name for each in accepted.values()) for name in names}
        for name in names:
            self.same_rows(jsonl_rows(self.world.path("out") / f"{name}_people.jsonl"), wanted * runs[name])
        self.assertLess(self.megabytes("VmHWM"), 48)
        self.assertEqual(self.stop(), 0)
        self.is_whole()


class Idlers(FaultCase):
    def test_with_a_thousand_idle_connections_a_new_request_is_answered_and_syncs_run(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        source, wanted = self.people()
        self.declare("a.yaml", source, sqlite(self.world.path("out.db")), schedule=MANUAL,
                     streams=[{"name": "people", "sync_mode": "full_refresh_overwrite"}])
        self.start()
        self.deployed()
        self.tokened()
        before = self.megabytes("VmRSS")
        with contextlib.ExitStack() as held:
            for _ in range(1000):
                held.enter_context(socket.create_connection(("127.0.0.1", self.port()), timeout=20))
            began = time.monotonic()
            code, said = self.ask_for(self.column("id"))
            self.assertEqual(code, 200, said)
            self.assertLess(time.monotonic() - began, 20)
            self.succeeded()
            self.assertLess(self.megabytes("VmRSS") - before, 32)
        self.same_rows(sqlite_rows(self.world.path("out.db"), "people"), wanted)
        self.assertEqual(self.stop(), 0)


class Followers(FaultCase):
    def test_followers_of_a_long_log_that_never_read_cost_no_memory(self):
        text = "".join(f"{number:06} {'x' * 990}\n" for number in range(100))
        steps = [{"after": after, "do": "stderr", "text": text} for after in range(1, 41)]
        self.declare("a.yaml", scripted({"streams": {"s": 4000}, "every": 100, "pause": 0.05, "steps": steps}),
                     sqlite(self.world.path("out.db")), schedule=MANUAL, streams=INCREMENTAL)
        self.start()
        self.deployed()
        self.wharf("sync", "c")
        self.wait(lambda: self.world.store("select 1 from attempt where log_path is not null"), "an attempt")
        with open(f"/proc/{self.daemon.pid}/clear_refs", "w") as peak:
            peak.write("5")  # its peak counts from here
        before = self.megabytes("VmRSS")
        for _ in range(14):
            one = socket.socket(socket.AF_UNIX)
            self.addCleanup(one.close)
            one.connect(str(self.world.data / "wharf.sock"))
            one.sendall(b"GET /api/wharf/v1/jobs/1/log?follow=true HTTP/1.1\r\nHost: localhost\r\n\r\n")
        stopped = subprocess.Popen([WHARF, "logs", "-f", "c", "--data-dir", str(self.world.data)],
                                   stdout=subprocess.PIPE)
        self.addCleanup(stopped.communicate)
        self.addCleanup(stopped.kill)
        stopped.stdout.read(1)
        stopped.send_signal(signal.SIGSTOP)
        self.succeeded()
        log, = self.world.store("select log_path from attempt")[0]
        size = sum(piece.stat().st_size for piece in pathlib.Path(log).parent.iterdir())
        self.assertGreater(size, 4_000_000)  # by fifteen followers
        self.assertLess(self.megabytes("VmHWM") - before, 24)
        self.assertLess(self.wharf("status").seconds, 5)
        self.same_rows(sqlite_rows(self.world.path("out.db"), "s"),
                       [{"id": i, "text": f"s {i} é"} for i in range(4000)])
        self.assertEqual(self.stop(), 0)


class FailingDisk(FaultCase):
    """F-78.4 and a failed COMMIT: the disk takes nothing for a while. fdatasync is what makes a commit last."""

    @contextlib.contextmanager
    def failing(self):
        """Every sync of the daemon to its disk fails, by the kernel's own word."""
        strace = subprocess.Popen(["strace", "-f", "-qq", "-p", str(self.daemon.pid), "-o", "/dev/null",
                                   "-e", "trace=fdatasync,fsync", "-e", "inject=fdatasync,fsync:error=EIO"],
                                  stderr=subprocess.PIPE, text=True)
        try:
            self.wait(lambda: self.is_traced() or strace.poll() is not None, "strace")
            self.assertIsNone(strace.poll(), strace.stderr.read() if strace.poll() else "")
            yield
        finally:
            strace.send_signal(signal.SIGINT)
            strace.communicate(timeout=20)

    def is_traced(self):
        """All threads of it are."""
        for task in os.listdir(f"/proc/{self.daemon.pid}/task"):
            with open(f"/proc/{self.daemon.pid}/task/{task}/status") as status:
                if "TracerPid:\t0\n" in status.read():
                    return False
        return True

    def ready(self):
        return self.ask("GET", "/readyz", base="")

    @unittest.skipUnless(ROOT, "another process is traced")
    def test_a_commit_that_fails_is_heard_by_every_waiter_and_the_daemon_lives(self):
        small = scripted({"streams": {"s": 10}})
        self.declare("long.yaml", self.slow(4000), sqlite(self.world.path("long.db")), name="long", schedule=MANUAL,
                     streams=INCREMENTAL)
        others = [f"c{number}" for number in range(8)]
        for name in others:
            self.declare(name + ".yaml", small, sqlite(self.world.path(name + ".db")), name=name, schedule=MANUAL,
                         streams=INCREMENTAL)
        self.start()
        for name in ("long", *others):
            self.deployed(name)
        self.tokened()
        ids = {name: self.column("id", name) for name in others}
        self.wharf("sync", "long")
        self.wait(lambda: self.world.store("select 1 from checkpoint"), "a checkpoint")
        with self.failing():
            with concurrent.futures.ThreadPoolExecutor(8) as people:
                began = time.monotonic()
                answers = list(people.map(self.ask_for, ids.values()))
            self.assertLess(time.monotonic() - began, 20)
            self.assertEqual({code for code, _ in answers}, {500}, answers)
            code, said = self.ready()
            self.assertEqual((code, said["checks"]["store"]), (503, "failing"))
            self.assertEqual(self.ask("GET", "/healthz", base="")[0], 200)
            self.assertEqual(len(self.ask("GET", "/connections")[1]["data"]), 9)
            stand, = self.world.store("select body from checkpoint")
            # The long one ends meanwhile: nobody can write down that it has.
            self.wait(lambda: "dispatcher failed" in self.said(), "the end of the sync", 30)
            self.assertEqual(self.world.store("select body from checkpoint"), [stand])
            self.assertEqual(self.jobs("long"), [("running", "manual")])
        self.assertEqual(self.world.store("select count(*) from job"), [(1,)])  # what was refused is not there
        self.wait(lambda: self.ready()[0] == 200, "readiness")
        for name in others:
            code, said = self.ask_for(ids[name])
            self.assertEqual(code, 200, said)
        for name in (*others, "long"):
            self.succeeded(name=name)
        self.same_rows(sqlite_rows(self.world.path("long.db"), "s"),
                       [{"id": i, "text": f"s {i} é"} for i in range(4000)])
        self.nothing_left()
        self.assertEqual(self.stop(), 0)
        self.is_whole()

    @unittest.skipUnless(ROOT, "mounts")
    def test_a_store_on_a_disk_that_fills_in_mid_sync_keeps_what_it_acknowledged_and_goes_on(self):
        """The disk guard keeps some space; here others take that, too."""
        self.settings = {"disk": {"minimum_free": "1 MB"}}
        self.world.data.mkdir(mode=0o700)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=700", "tmpfs", self.world.data], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.world.data], check=True)
        self.declare("a.yaml", self.slow(3000), sqlite(self.world.path("out.db")), schedule=MANUAL,
                     streams=INCREMENTAL)
        self.start()
        self.deployed()
        self.tokened()
        self.wharf("sync", "c")
        self.wait(lambda: self.world.store("select 1 from checkpoint"), "a checkpoint")
        ballast = self.world.data / "ballast"
        with open(ballast, "wb", buffering=0) as out:
            for size in (65536, 1):  # to the last byte
                with contextlib.suppress(OSError):
                    while out.write(bytes(size)):
                        pass
        self.wait(lambda: self.ready()[0] == 503, "the word that the store fails", 30)
        self.assertEqual(self.ask("GET", "/healthz", base="")[0], 200)
        ballast.unlink()
        self.wait(lambda: self.ready()[0] == 200, "readiness", 30)
        self.succeeded()
        self.same_rows(sqlite_rows(self.world.path("out.db"), "s"),
                       [{"id": i, "text": f"s {i} é"} for i in range(3000)])
        self.assertEqual(self.stop(), 0)
        self.is_whole()


if __name__ == "__main__":
    unittest.main(verbosity=2)
