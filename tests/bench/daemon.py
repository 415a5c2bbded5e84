"""The daemon: how soon it answers, what it costs while nothing happens, how late it is."""

import calendar
import json
import os
import signal
import socket
import sqlite3
import statistics
import subprocess
import time


class Daemon:
    """A `wharf serve` of a bench, and what /proc says of it."""

    def __init__(self, bench, name):
        self.bench, self.data = bench, bench.path(name + ".d")
        self.declarations = bench.path(name + ".conf.d")
        os.makedirs(self.declarations, exist_ok=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.process = None

    def start(self):
        """Seconds to the first answer."""
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [self.bench.wharf, "serve", "--declarations", self.declarations, "--data-dir", self.data,
             "--listen", f"127.0.0.1:{self.port}"], stderr=subprocess.DEVNULL)
        while not self.answers():
            if self.process.poll() is not None:
                raise SystemExit("wharf serve has ended")
            time.sleep(0.0005)
        return time.perf_counter() - began

    def answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port)) as door:
                door.sendall(b"GET /api/public/v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                return door.recv(64).startswith(b"HTTP/1.1 200")
        except OSError:
            return False

    def megabytes(self, key):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(key + ":")) * 1024 / 1e6

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def store(self, query):
        with sqlite3.connect(os.path.join(self.data, "wharf.db"), timeout=30) as store:
            return store.execute(query).fetchall()


def idle(bench):
    daemon = Daemon(bench, "idle")
    daemon.start()  # makes the store
    daemon.stop()
    starts = []
    for _ in range(max(5, bench.runs)):
        starts.append(daemon.start())
        daemon.stop()
    add = bench.table.add
    spread = f"spread {(max(starts) - min(starts)) / statistics.median(starts):.0%}"
    add("wharf serve, empty: start to first answer", statistics.median(starts) * 1000, "ms", ("<=", 50), spread, starts)
    daemon.start()
    time.sleep(2)
    before = daemon.cpu()
    time.sleep(10)
    add("  resident while idle", daemon.megabytes("VmRSS"), "MB", ("<=", 16))
    add("    anonymous", daemon.megabytes("RssAnon"), "MB", ("<=", 6))
    add("  CPU while idle", (daemon.cpu() - before) / 10 * 100, "%", ("<=", 0.5))
    daemon.stop()


def lateness(bench, connections=1000):
    """All due in the same second, and what the store says of when their jobs were made."""
    daemon = Daemon(bench, "late")
    csv = bench.path("late.csv")
    with open(csv, "w") as out:
        out.write("id\n1\n")
    daemon.start()
    document = {"sources": [], "destinations": [], "connections": []}
    for number in range(connections):
        document["sources"].append({"name": f"s{number}", "connector": "source-file",
                                    "configuration": {"path": csv, "stream": f"s{number}"}})
        document["destinations"].append({"name": f"d{number}", **bench.jsonl("late")})
        document["connections"].append({"name": f"c{number}", "source": f"s{number}", "destination": f"d{number}",
                                        "schedule": {"type": "cron", "expression": "0 0 0 1 1 ? 2100"}})

    def declare():
        with open(os.path.join(daemon.declarations, "all.yaml"), "w") as out:
            json.dump(document, out)
        daemon.process.send_signal(signal.SIGHUP)

    def due(count, query):
        while daemon.store(query)[0][0] < count:
            time.sleep(0.2)
    began = time.perf_counter()
    declare()
    due(connections, "select count(*) from connection where next_run is not null")
    add = bench.table.add
    add(f"wharf serve, {connections} connections: all deployed", time.perf_counter() - began, "s")
    moment = time.gmtime(int(time.time()) + 20)
    for connection in document["connections"]:
        connection["schedule"] = {"type": "cron", "timezone": "UTC",
                                  "expression": time.strftime("%-S %-M %-H %-d %-m ? %Y", moment)}
    declare()
    due(connections, "select count(*) from job")
    fired = sorted(created - calendar.timegm(moment) * 1000 for created, in daemon.store("select created from job"))
    add("  due at once, job made: p99", fired[int(len(fired) * 0.99)], "ms", ("<=", 50), samples=fired[::50])
    daemon.stop()
