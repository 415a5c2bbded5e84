#!/usr/bin/env python3
"""Speed and memory of Wharf beside floors and peers, in one run: runs alternate, medians are printed.

  tests/bench/run.py [--wharf build/release/wharf] [--runs 5] [--rows 1000000] [--json out.json] [--only csv_jsonl,…]

Every floor does what Wharf does in its place and syncs what it wrote. An A/A pair shows the noise.
"""
import argparse
import json
import os
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def declaration(folder, name, source, destination, stream, mode="full_refresh_overwrite"):
    path = os.path.join(folder, name + ".yaml")
    with open(path, "w") as out:
        json.dump({"sources": [dict(source, name="from")], "destinations": [dict(destination, name="to")],
                   "connections": [{"name": "bench", "source": "from", "destination": "to",
                                    "streams": [{"name": stream, "sync_mode": mode}]}]}, out)
    return path


class Bench:
    def __init__(self, options):
        self.options = options
        self.wharf = os.path.abspath(options.wharf)
        self.work = tempfile.mkdtemp(prefix="wharf-bench-", dir=options.dir)
        self.results = {}
        self.csv = os.path.join(self.work, "orders.csv")
        subprocess.run([sys.executable, os.path.join(HERE, "make_csv.py"), self.csv, str(options.rows)], check=True)

    def path(self, *parts):
        return os.path.join(self.work, *parts)

    # ---- measuring

    def time(self, command, before=None, env=None):
        if before:
            before()
        begin = time.monotonic()
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
        seconds = time.monotonic() - begin
        if done.returncode != 0:
            raise SystemExit(f"{command} failed ({done.returncode}): {done.stderr.decode()[-2000:]}")
        return seconds

    def alternate(self, cases):
        """cases: name → (command, before). One warm-up each, then in turn; gives name → seconds."""
        seconds = {name: [] for name in cases}
        for run in range(self.options.runs + 1):
            for name, (command, before) in cases.items():
                took = self.time(command, before)
                if run > 0:
                    seconds[name].append(took)
        return {name: statistics.median(took) for name, took in seconds.items()}

    def report(self, what, figures, asked=""):
        self.results[what] = figures
        text = ", ".join(f"{key} {value:.3f}" if isinstance(value, float) else f"{key} {value}"
                         for key, value in figures.items())
        print(f"{what:28} {text}   {asked}", flush=True)

    def sync(self, declared, data, *more):
        return [self.wharf, "sync", "-f", declared, "--data-dir", self.path(data), "--quiet", *more]

    def fresh(self, *names):
        def remove():
            for name in names:
                path = self.path(name)
                if os.path.isdir(path):
                    shutil.rmtree(path)
                elif os.path.exists(path):
                    os.remove(path)
        return remove

    # ---- the cases

    def csv_jsonl(self):
        source = {"connector": "source-file", "configuration": {"path": self.csv}}
        to = {"connector": "destination-jsonl", "configuration": {"destination_path": self.path("jsonl")}}
        declared = declaration(self.work, "csv_jsonl", source, to, "orders")
        rows = self.options.rows
        floor = self.path("floor")
        if not os.path.exists(floor):
            subprocess.run(["g++", "-O2", "-std=c++20", os.path.join(HERE, "csv_loop.cpp"), "-o", floor], check=True)
        cases = {
            "socket": (self.sync(declared, "d1"), self.fresh("jsonl", "d1")),
            "socket again": (self.sync(declared, "d1"), self.fresh("jsonl", "d1")),
            "stdio": (self.sync(declared, "d2", "--mode", "stdio"), self.fresh("jsonl", "d2")),
            "one loop": ([floor, self.csv, self.path("loop.jsonl")], self.fresh("loop.jsonl")),
        }
        took = self.alternate(cases)
        self.report("CSV to JSONL, M rows/s", {name: rows / seconds / 1e6 for name, seconds in took.items()},
                    "asked: socket ≥ 1.8")

    def csv_sqlite(self):
        source = {"connector": "source-file", "configuration": {"path": self.csv, "metadata_columns": False}}
        to = {"connector": "destination-sqlite", "configuration": {"destination_path": self.path("out.db")}}
        declared = declaration(self.work, "csv_sqlite", source, to, "orders")
        # The floor: the shell loads the same columns, ours included, from a CSV that holds them.
        self.time(self.sync(declared, "d3"), self.fresh("out.db", "out.db-wal", "out.db-shm", "d3"))
        full = self.path("full.csv")
        with open(full, "w") as out:
            subprocess.run(["sqlite3", "-csv", self.path("out.db"), "select * from orders"], stdout=out, check=True)
        with sqlite3.connect(self.path("out.db")) as db:
            table = db.execute("select sql from sqlite_master where name = 'orders'").fetchone()[0]
        script = self.path("load.sql")
        with open(script, "w") as out:
            out.write(f"pragma journal_mode=wal;\npragma synchronous=full;\n{table};\n.mode csv\n"
                      f".import {full} orders\npragma wal_checkpoint(truncate);\n")
        shell = ["sh", "-c", f"sqlite3 {self.path('shell.db')} < {script}"]
        gone = self.fresh("out.db", "out.db-wal", "out.db-shm", "d3")
        took = self.alternate({
            "wharf": (self.sync(declared, "d3"), gone),
            "sqlite3 shell": (shell, self.fresh("shell.db", "shell.db-wal", "shell.db-shm")),
        })
        figures = {name: self.options.rows / seconds / 1e6 for name, seconds in took.items()}
        figures["ratio"] = took["sqlite3 shell"] / took["wharf"]
        self.report("CSV to SQLite, M rows/s", figures, "asked: ratio ≥ 0.7")

    def small(self):
        empty = self.path("empty.csv")
        open(empty, "w").close()
        source = {"connector": "source-file", "configuration": {"path": empty}}
        to = {"connector": "destination-jsonl", "configuration": {"destination_path": self.path("small")}}
        declared = declaration(self.work, "small", source, to, "empty")
        took = self.alternate({
            "sync of an empty file": (self.sync(declared, "d4"), None),
            "check": ([self.wharf, "check", "-f", declared, "--data-dir", self.path("d4"), "from"], None),
        })
        self.report("short commands, ms", {name: seconds * 1000 for name, seconds in took.items()},
                    "asked: ≤ 80, ≤ 30")

    def pump(self):
        """Source program → wharf → destination program, and cat in its place."""
        size = self.options.pump_mb << 20
        fakes = os.path.join(HERE, "pump_programs.py")
        lines = self.path("lines")
        subprocess.run([sys.executable, fakes, "make", lines, str(size)], check=True)
        source = {"connector": {"command": [fakes, "source", lines]}}
        to = {"connector": {"command": [fakes, "destination"]}}
        declared = declaration(self.work, "pump", source, to, "lines", "full_refresh_append")
        cat = ["sh", "-c", f"cat {lines} | cat | {fakes} drain"]
        took = self.alternate({"wharf": (self.sync(declared, "d5"), self.fresh("d5")), "cat": (cat, None),
                               "cat again": (cat, None)})
        figures = {name: size / seconds / 1e6 for name, seconds in took.items()}
        figures["ratio"] = took["cat"] / took["wharf"]
        self.report("stdio pump, MB/s", figures, "asked: ratio ≥ 0.8")

    def memory(self):
        source = {"connector": "source-file", "configuration": {"path": self.csv}}
        to = {"connector": "destination-jsonl", "configuration": {"destination_path": self.path("mem")}}
        declared = declaration(self.work, "memory", source, to, "orders")
        self.fresh("mem", "d6")()
        child = subprocess.Popen(self.sync(declared, "d6"))
        peaks = {}
        while child.poll() is None:
            self.look_at_memory(child.pid, peaks)
            time.sleep(0.005)
        total = sum(peaks.values())
        self.report("peak memory, MB", {"rows": self.options.rows, "sum of VmHWM": total / 1024,
                                        **{f"pid {index}": kb / 1024 for index, kb in enumerate(peaks.values())}},
                    "asked: ≤ 64")

    def look_at_memory(self, root, peaks):
        parents, peak = {}, {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/status") as status:
                    fields = dict(line.split(":", 1) for line in status if ":" in line)
            except (OSError, ValueError):
                continue
            parents[int(pid)] = int(fields["PPid"])
            if "VmHWM" in fields and fields["Name"].strip().startswith("wharf"):
                peak[int(pid)] = int(fields["VmHWM"].split()[0])
        for pid, kb in peak.items():
            ancestor = pid
            while ancestor not in (0, 1, root):
                ancestor = parents.get(ancestor, 0)
            if ancestor == root:
                peaks[pid] = max(peaks.get(pid, 0), kb)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wharf", default=os.path.join(ROOT, "build/release/wharf"))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--pump-mb", type=int, default=1000)
    parser.add_argument("--dir", default="/tmp", help="where files are made: a real disk")
    parser.add_argument("--json")
    parser.add_argument("--only", default="csv_jsonl,csv_sqlite,pump,small,memory")
    options = parser.parse_args()
    bench = Bench(options)
    print(f"cores {os.cpu_count()}, rows {options.rows}, runs {options.runs}, medians", flush=True)
    try:
        for case in options.only.split(","):
            getattr(bench, case)()
    finally:
        shutil.rmtree(bench.work, ignore_errors=True)
    if options.json:
        with open(options.json, "w") as out:
            json.dump(bench.results, out, indent=2)


if __name__ == "__main__":
    main()
