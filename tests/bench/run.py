#!/usr/bin/env python3
"""Speed and memory of Wharf beside floors and peers, in one run: a table, and JSON with every sample.

  tests/bench/run.py                              all of it, about three quarters of an hour on a quiet machine
  tests/bench/run.py --only pump,short            some of it
  tests/bench/run.py --rows 50000 --runs 1        does it still run?
  tests/bench/run.py --build build/release --json bench.json --dir /var/tmp

Runs alternate; figures are medians; the first command of each group runs twice a round, and how far these two
are apart is the noise. A floor does what Wharf does in its place, and syncs what it wrote. A target that is
missed is marked and changes nothing about the exit code. WHARF_REAL_FAKER names Airbyte's source-faker
(tests/real_parts.sh installs it); without it, its rows are left out.
"""
import argparse
import json
import os
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

import daemon
import docker
from measure import Samples, Table, Timed, watch_memory

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


class Bench:
    def __init__(self, options, table):
        self.options, self.table, self.runs = options, table, options.runs
        self.build = os.path.abspath(options.build)
        self.wharf = os.path.join(self.build, "wharf")
        self.work = tempfile.mkdtemp(prefix="wharf-bench-", dir=options.dir)

    def program(self, name):
        return os.path.join(self.build, "bench_" + name)

    def path(self, *parts):
        return os.path.join(self.work, *parts)

    def csv(self, rows):
        """The benchmark's rows; beyond a million they repeat themselves."""
        path = self.path(f"orders{rows}.csv")
        if os.path.exists(path):
            return path
        unit = min(rows, 1_000_000)
        first = path if unit == rows else self.csv(unit)
        if unit == rows:
            subprocess.run([sys.executable, os.path.join(HERE, "make_csv.py"), path, str(rows)], check=True)
        else:
            with open(first, "rb") as part, open(path, "wb") as out:
                out.write(part.readline())
                body = part.read()
                for _ in range(rows // unit):
                    out.write(body)
        return path

    def declare(self, name, source, destination, streams):
        path = self.path(name + ".yaml")
        with open(path, "w") as out:  # JSON is YAML
            json.dump({"sources": [{"name": "from", **source}], "destinations": [{"name": "to", **destination}],
                       "connections": [{"name": "bench", "source": "from", "destination": "to",
                                        "streams": streams}]}, out)
        return path

    def sync(self, declared, data, *more):
        return [self.wharf, "sync", "-f", declared, "--data-dir", self.path(data), "--quiet", *more]

    def fresh(self, *names):
        def remove():
            for name in names:
                path = self.path(name)
                if os.path.isdir(path):
                    shutil.rmtree(path)
                for each in (path, path + "-wal", path + "-shm"):
                    if os.path.isfile(each):
                        os.remove(each)
        return remove

    def orders(self, rows):
        return {"connector": "source-file",
                "configuration": {"path": self.csv(rows), "stream": "orders", "metadata_columns": False}}

    def jsonl(self, folder):
        return {"connector": "destination-jsonl", "configuration": {"destination_path": self.path(folder)}}

    def sqlite(self, file):
        return {"connector": "destination-sqlite", "configuration": {"destination_path": self.path(file)}}

    OVERWRITE = [{"name": "orders", "sync_mode": "full_refresh_overwrite"}]

    # ---- the pump

    def pump(self):
        """The time from the source's first byte to the destination's last, and of the whole command."""
        ends, size, stamps = self.program("ends"), self.options.pump_mb, self.path("stamps")
        source = {"connector": {"command": [ends, "source", str(size), stamps]}}
        to = {"connector": {"command": [ends, "destination", stamps]}}
        stream = {"name": "lines", "sync_mode": "full_refresh_append"}
        plain = self.declare("pump", source, to, [stream])
        exact = self.declare("pump_exact", source, to,
                             [{**stream, "selected_fields": ["id", "first_name", "amount", "text"]}])
        cat = ["sh", "-c", f"{ends} source {size} {stamps} read | cat | {ends} destination {stamps} write"]

        def clean():
            open(stamps, "w").close()

        def between_stamps(seconds, _):
            with open(stamps) as lines:
                at = dict(line.split() for line in lines)
            whole.append(seconds)
            return (int(at["end"]) - int(at["begin"])) / 1e9

        whole = []
        samples = Samples({"plain": Timed(self.sync(plain, "pump.d"), clean, between_stamps),
                           "cat": Timed(cat, clean, between_stamps),
                           "exact": Timed(self.sync(exact, "pump.e"), clean, between_stamps)}, self.runs)
        add, noise = self.table.add, samples.noise()
        add("stdio pump, plain lane", size / samples.median("plain"), "MB/s", noise=noise, samples=samples.all)
        add("  cat in its place", size / samples.median("cat"), "MB/s")
        add("  plain lane ÷ cat", samples.median("cat") / samples.median("plain"), "", (">=", 0.8), noise)
        add("  exact lane (4 of 7 fields)", size / samples.median("exact"), "MB/s")
        start_up = statistics.median(whole) - statistics.median(sum(samples.all.values(), []))
        add("  around it: start, end, spec, catalog", start_up * 1000, "ms")

    # ---- CSV → JSONL

    def csv_jsonl(self):
        rows = self.options.rows
        declared = self.declare("csv_jsonl", self.orders(rows), self.jsonl("jsonl"), self.OVERWRITE)
        foreign = self.orders(rows)
        foreign["connector"] = {"command": [self.wharf, "connector", "source-file"],
                                "ipc": {"version": "0.0.2", "serialization": ["PROTOBUF"], "medium": ["SOCKET"]}}
        protobuf = self.declare("csv_protobuf", foreign, self.jsonl("jsonl"), self.OVERWRITE)
        csv, gone = self.csv(rows), self.fresh("jsonl")
        wharf = Timed(self.sync(declared, "jsonl.d", "--mode", "socket"), gone)
        wharf.run()
        output = os.path.join(self.path("jsonl"), "orders.jsonl")
        with open(output, "rb") as lines:
            arrived = sum(1 for _ in lines)
        if arrived != rows:
            raise SystemExit(f"{arrived} rows arrived of {rows}")
        shutil.copy(output, self.path("made.jsonl"))
        part = max(1, rows // 10)
        script = ("import csv, json, os, sys\n"
                  "out = open(sys.argv[2], 'w')\n"
                  "for row in csv.DictReader(open(sys.argv[1])):\n"
                  "    json.dump(row, out); out.write('\\n')\n"
                  "out.flush(); os.fdatasync(out.fileno())\n")
        loop = Timed([self.program("csv_loop"), csv, self.path("loop.jsonl")], self.fresh("loop.jsonl"))
        samples = Samples({
            "socket": wharf,
            "protobuf": Timed(self.sync(protobuf, "protobuf.d", "--mode", "socket"), gone),
            "stdio": Timed(self.sync(declared, "jsonl.d", "--mode", "stdio"), gone),
            "loop": loop,
            "dd": Timed(["dd", "if=" + self.path("made.jsonl"), "of=" + self.path("dd"), "bs=1M",
                         "conv=fdatasync"], self.fresh("dd")),
            "python": Timed([sys.executable, "-c", script, self.csv(part), self.path("python.jsonl")],
                            self.fresh("python.jsonl")),
        }, self.runs)

        def speed(name, count=rows):
            return count / samples.median(name) / 1e6
        add, noise = self.table.add, samples.noise()
        add("CSV → JSONL by sockets, whole command", speed("socket"), "M rows/s", (">=", 1.8), noise, samples.all)
        add("    CPU of all its processes", statistics.median(wharf.cpu) / rows * 1e9, "ns/row")
        add("  as PROTOBUF, as a foreign source speaks", speed("protobuf"), "M rows/s")
        add("  by stdio", speed("stdio"), "M rows/s")
        add("  floor: one loop in one process, synced", speed("loop"), "M rows/s")
        add("    its CPU", statistics.median(loop.cpu) / rows * 1e9, "ns/row")
        add("  floor: dd of the output, synced", speed("dd"), "M rows/s")
        add("  peer: Python's csv and json, untyped, synced", speed("python", part), "M rows/s")

    def codec(self):
        tries = [json.loads(subprocess.run([self.program("codec")], stdout=subprocess.PIPE, check=True).stdout)
                 for _ in range(max(2, self.runs))]
        for leg in tries[0]:
            figures = [each[leg] for each in tries]
            spread = (max(figures) - min(figures)) / statistics.median(figures)
            unit = "bytes" if "bytes" in leg else "ns/row"
            self.table.add("codec, one core: " + leg, statistics.median(figures), unit,
                           noise=f"spread {spread:.0%}", samples=figures)

    # ---- CSV → SQLite

    def csv_sqlite(self):
        rows = self.options.rows
        declared = self.declare("csv_sqlite", self.orders(rows), self.sqlite("out.db"), self.OVERWRITE)
        gone = self.fresh("out.db", "sqlite.d")
        wharf = Timed(self.sync(declared, "sqlite.d"), gone)
        wharf.run()
        shell = self.path("load.sql")
        with open(shell, "w") as out:
            out.write(self.load_script())
        samples = Samples({
            "wharf": wharf,
            "shell": Timed(["sh", "-c", f"sqlite3 -bail {self.path('shell.db')} < {shell}"],
                           self.fresh("shell.db")),
        }, self.runs)
        with sqlite3.connect(self.path("shell.db")) as db:
            loaded = db.execute("select count(*) from orders").fetchone()[0]
        if loaded != rows:
            raise SystemExit(f"the shell loaded {loaded} rows of {rows}")
        add, noise = self.table.add, samples.noise()
        add("CSV → SQLite, whole command", rows / samples.median("wharf") / 1e6, "M rows/s", noise=noise,
            samples=samples.all)
        add("  peer: sqlite3 shell, .import", rows / samples.median("shell") / 1e6, "M rows/s")
        add("  wharf ÷ shell", samples.median("shell") / samples.median("wharf"), "", (">=", 0.7), noise)

    def load_script(self):
        """What the sqlite3 shell does in our place: the same columns, ours too, from a CSV; the same table,
        indexes and pragmas (those of destination_sqlite/sqlite_writer.cpp)."""
        full = self.path("full.csv")
        with open(full, "w") as out:
            subprocess.run(["sqlite3", "-csv", self.path("out.db"), "select * from orders"], stdout=out, check=True)
        with sqlite3.connect(self.path("out.db")) as db:
            objects = db.execute("select sql from sqlite_master where tbl_name = 'orders' and sql is not null "
                                 "order by type = 'index'").fetchall()
        return "\n".join(["pragma journal_mode = wal;", "pragma synchronous = full;", "pragma cache_size = -8000;",
                          *(sql + ";" for (sql,) in objects), ".mode csv", f".import {full} orders",
                          "pragma wal_checkpoint(truncate);", ""])

    # ---- fakers

    def faker(self):
        """One core for the source; its reader has another one."""
        users = self.options.rows
        config, catalog, socket = self.path("faker.json"), self.path("faker_catalog.json"), self.path("faker.sock")
        with open(config, "w") as out:
            json.dump({"count": users, "seed": 7, "parallelism": 1}, out)
        self.configured_catalog([self.wharf, "connector", "source-faker"], config, catalog)
        environment = {"DATA_CHANNEL_MEDIUM": "SOCKET", "DATA_CHANNEL_FORMAT": "PROTOBUF",
                       "DATA_CHANNEL_SOCKET_PATHS": socket}
        reading = []

        def listen():
            self.fresh("faker.sock")()
            reading.append(subprocess.Popen(["taskset", "-c", "1", self.program("ends"), "discard", socket]))

        def rate(seconds, _):
            if reading.pop().wait() != 0:
                raise SystemExit("the socket's reader failed")
            return users / seconds / 1e6
        read = ["taskset", "-c", "0", self.wharf, "connector", "source-faker", "read", "--config", config,
                "--catalog", catalog]
        timed = Timed(read, listen, rate, environment)
        samples = Samples({"read": timed}, self.runs)
        self.table.add("source-faker, users, one core, PROTOBUF", samples.median("read"), "M rows/s", (">=", 1),
                       samples.noise(), samples.all)
        self.table.add("  its CPU", statistics.median(timed.cpu) / users * 1e9, "ns/row")

    def configured_catalog(self, connector, config, path):
        said = subprocess.run([*connector, "discover", "--config", config], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=True).stdout
        catalog = next(json.loads(line)["catalog"] for line in said.splitlines() if b'"CATALOG"' in line)
        with open(path, "w") as out:
            json.dump({"streams": [{"stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "overwrite",
                                    "generation_id": 1, "minimum_generation_id": 1, "sync_id": 1}
                                   for stream in catalog["streams"] if stream["name"] == "users"]}, out)

    def real_faker(self):
        program, users = os.environ.get("WHARF_REAL_FAKER", ""), self.options.users
        what = f"the real source-faker, {users} users"
        if not os.access(program, os.X_OK):
            self.table.left_out(what, "WHARF_REAL_FAKER names no program")
            return
        settings = {"count": users, "seed": 7, "always_updated": False}
        config, catalog = self.path("real.json"), self.path("real_catalog.json")
        stamp, alone = self.path("real.stamp"), self.path("real.jsonl")
        with open(config, "w") as out:
            json.dump(settings, out)
        self.configured_catalog([program], config, catalog)
        stamped = 'case " $* " in *" read "*) date +%s.%N > "$STAMP";; esac; exec "$PROGRAM" "$@"'
        source = {"connector": {"command": ["/bin/sh", "-c", stamped, "sh"],
                                "env": {"STAMP": stamp, "PROGRAM": program}}, "configuration": settings}
        declared = self.declare("real", source, self.sqlite("real.db"),
                                [{"name": "users", "sync_mode": "full_refresh_overwrite"}])
        read = f"{program} read --config {config} --catalog {catalog} > {alone} && sync {alone}"
        from_read = []

        def since_read(seconds, _):
            with open(stamp) as at:
                from_read.append(time.time() - float(at.read()))
            return seconds
        samples = Samples({"wharf": Timed(self.sync(declared, "real.d"), self.fresh("real.db"), since_read),
                           "alone": Timed(["sh", "-c", read], self.fresh("real.jsonl"))}, self.runs)
        with sqlite3.connect(self.path("real.db")) as db:
            arrived = db.execute("select count(*) from users").fetchone()[0]
        if arrived != users:
            raise SystemExit(f"{arrived} users arrived of {users}")
        del from_read[:2]  # of the warm-up
        add, noise, floor = self.table.add, samples.noise(), samples.median("alone")
        add(what + " alone, to a file", floor, "s", samples=samples.all)
        add("  into SQLite, from the start of read, ÷ alone", statistics.median(from_read) / floor, "", ("<=", 1.1),
            noise, from_read)
        add("  into SQLite, the whole command, ÷ alone", samples.median("wharf") / floor, "", ("<=", 1.25), noise)

    # ---- memory

    def memory(self):
        rows, many = self.options.rows, self.options.many_rows
        to_jsonl = self.jsonl("memory")
        self.peak(f"{rows} rows, CSV → JSONL, sockets", self.orders(rows), to_jsonl)
        self.peak(f"{rows} rows, CSV → JSONL, stdio", self.orders(rows), to_jsonl, "--mode", "stdio")
        self.peak(f"{rows} rows, CSV → SQLite", self.orders(rows), self.sqlite("memory.db"))
        wide = {"connector": "source-file", "configuration": {"path": self.wide(rows // 5), "stream": "orders"}}
        self.peak(f"{rows // 5} rows of 1 KB, CSV → JSONL", wide, to_jsonl)
        users = {"connector": "source-faker", "configuration": {"count": rows, "seed": 7, "parallelism": 8}}
        self.peak(f"{rows} users, parallelism 8, → SQLite", users, self.sqlite("memory.db"), stream="users")
        self.peak(f"{many} rows, CSV → JSONL, sockets", self.orders(many), to_jsonl)
        self.peak(f"{many} rows, CSV → SQLite", self.orders(many), self.sqlite("memory.db"))
        os.remove(self.csv(many))
        self.eight_partitions(rows)

    def peak(self, what, source, destination, *more, stream="orders"):
        declared = self.declare("memory", source, destination,
                                [{"name": stream, "sync_mode": "full_refresh_overwrite"}])
        gone = self.fresh("memory", "memory.db", "memory.d")
        gone()
        megabytes, parts = watch_memory([subprocess.Popen(self.sync(declared, "memory.d", *more))])
        self.table.add("peak memory, " + what, megabytes, "MB", ("<=", 64), samples=parts)
        gone()

    def wide(self, rows):
        path = self.path("wide.csv")
        with open(path, "w") as out:
            out.write("id,name,text\n")
            for row in range(rows):
                out.write(f"{row},name {row % 97},{'lorem ipsum ' * 80}\n")
        return path

    def eight_partitions(self, users):
        """Both built-ins by hand with eight sockets, so that eight partitions are surely in flight, and what
        `wharf` itself has at most beside them in a sync."""
        config, to, catalog = self.path("eight.json"), self.path("eight_to.json"), self.path("eight_catalog.json")
        with open(config, "w") as out:
            json.dump({"count": users, "seed": 7, "parallelism": 8}, out)
        with open(to, "w") as out:
            json.dump(self.jsonl("memory")["configuration"], out)
        source = [self.wharf, "connector", "source-faker"]
        self.configured_catalog(source, config, catalog)
        sockets = ",".join(self.path(f"eight{number}.sock") for number in range(8))
        environment = {**os.environ, "DATA_CHANNEL_MEDIUM": "SOCKET", "DATA_CHANNEL_FORMAT": "BATCH",
                       "DATA_CHANNEL_SOCKET_PATHS": sockets}

        def start(*command):
            return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        both = [start(*source, "read", "--config", config, "--catalog", catalog),
                start(self.wharf, "connector", "destination-jsonl", "write", "--config", to, "--catalog", catalog)]
        megabytes, parts = watch_memory(both)
        of_wharf = max((kib for row in self.table.rows if row["what"].startswith("peak memory")
                        for name, kib in list(row["samples"].items())[:1]), default=0) * 1024 / 1e6
        self.table.add(f"peak memory, {users} users, 8 sockets, 8 partitions", megabytes + of_wharf, "MB",
                       ("<=", 64), samples={**parts, "wharf, of a sync": of_wharf * 1e6 / 1024})
        self.fresh("memory")()

    # ---- short commands

    def short(self):
        empty = self.path("empty.csv")
        open(empty, "w").close()
        source = {"connector": "source-file", "configuration": {"path": empty, "stream": "empty"}}
        declared = self.declare("short", source, self.jsonl("short"),
                                [{"name": "empty", "sync_mode": "full_refresh_overwrite"}])
        runs = self.runs if self.runs < 5 else 4 * self.runs
        samples = Samples({
            "sync": Timed(self.sync(declared, "short.d")),
            "first": Timed(self.sync(declared, "first.d"), self.fresh("first.d", "short")),
            "check": Timed([self.wharf, "check", "-f", declared, "--data-dir", self.path("short.d"), "from"]),
            "version": Timed([self.wharf, "--version"]),
        }, runs)
        add, noise = self.table.add, samples.noise()
        add("wharf check of a built-in", samples.median("check") * 1000, "ms", ("<=", 30), noise, samples.all)
        add("wharf sync of an empty file", samples.median("sync") * 1000, "ms", ("<=", 80), noise)
        add("  the same, the first in its data directory", samples.median("first") * 1000, "ms", ("<=", 80), noise)
        add("  floor: wharf --version", samples.median("version") * 1000, "ms")

    # ---- the daemon

    def serve(self):
        daemon.serve(self)

    # ---- containers

    def docker(self):
        docker.docker(self)


CASES = ("short", "pump", "csv_jsonl", "codec", "csv_sqlite", "faker", "real_faker", "memory", "serve", "docker")


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=os.path.join(ROOT, "build/release"), help="an optimized build")
    parser.add_argument("--as-built", action="store_true", help="without bringing the build up to date")
    parser.add_argument("--runs", type=int, default=5, help="rounds, after one that does not count")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--many-rows", type=int, help="of the large memory case (20 times --rows)")
    parser.add_argument("--users", type=int, default=100_000, help="of the real source-faker")
    parser.add_argument("--connections", type=int, default=10_000, help="of the daemon")
    parser.add_argument("--jobs", type=int, default=100_000, help="that it has finished")
    parser.add_argument("--pump-mb", type=int, default=1000)
    parser.add_argument("--docker-mb", type=int, default=1200, help="from a container to a container")
    parser.add_argument("--dir", default="/var/tmp", help="where files are made: a real disk, 15 GB")
    parser.add_argument("--json", help="where the figures go, with every sample")
    parser.add_argument("--prefix", default="", help="of every timed command; `chrt -f 1` where a machine is shared")
    parser.add_argument("--only", default=",".join(CASES), help="of " + ", ".join(CASES))
    options = parser.parse_args()
    options.many_rows = options.many_rows or 20 * options.rows
    unknown = set(options.only.split(",")) - set(CASES)
    if unknown:
        parser.error(f"no such case: {', '.join(sorted(unknown))}; there are {', '.join(CASES)}")
    return options


def machine():
    with open("/proc/cpuinfo") as cpus:
        model = next((line.split(":", 1)[1].strip() for line in cpus if line.startswith("model name")), "unknown")
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
    return {"cores": os.cpu_count(), "CPU": model, "memory": f"{memory:.0f} GB", "kernel": os.uname().release}


def main():
    options = parse_options()
    if not options.as_built:
        subprocess.run(["cmake", "--build", options.build, "--target", "wharf", "bench_programs"], check=True,
                       stdout=sys.stderr)
    Timed.prefix = options.prefix.split()
    table = Table()
    bench = Bench(options, table)
    version = subprocess.run([bench.wharf, "--version"], stdout=subprocess.PIPE, text=True).stdout.strip()
    about = {"wharf": version, **machine(), "rows": options.rows, "runs": options.runs,
             "load before": os.getloadavg()[0], "at": time.strftime("%F %T %Z")}
    print(", ".join(f"{key} {value}" for key, value in about.items()), flush=True)
    table.head()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    try:
        for case in options.only.split(","):
            getattr(bench, case)()
    finally:
        shutil.rmtree(bench.work, ignore_errors=True)
        if options.json:
            table.write(options.json, {**about, "load after": os.getloadavg()[0]})
    missed = table.missed()
    print(f"\nmissed: {'; '.join(missed)}" if missed else "\nall targets are met")


if __name__ == "__main__":
    main()
