"""What the end-to-end tests share: a world of their own per test, `wharf sync` run in it, and readers
of what arrived that are not ours (json, csv and sqlite3 of Python)."""

import collections
import contextlib
import decimal
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

TESTS = pathlib.Path(__file__).resolve().parent.parent
WHARF = os.environ.get("WHARF") or str(TESTS.parent / "build/release/wharf")
SOURCE = [sys.executable, str(TESTS / "fakes/scripted_source.py")]
DESTINATION = [sys.executable, str(TESTS / "fakes/scripted_destination.py")]
MIGRATIONS = len(list((TESTS.parent / "src/database/migrations").glob("*.sql")))
META = ("_airbyte_raw_id", "_airbyte_extracted_at", "_airbyte_generation_id", "_airbyte_meta")
MODES = ("full_refresh_overwrite", "full_refresh_append", "incremental_append",
         "incremental_deduped_history", "full_refresh_overwrite_deduped")

ROOT = os.geteuid() == 0
# Whom permissions hold back: root they do not.
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


class Run:
    """One `wharf` that has ended."""

    def __init__(self, code, out, err, seconds):
        self.code, self.out, self.err, self.seconds = code, out, err, seconds
        self.report = json.loads(out) if out.startswith("{") else None

    def connection(self, name=None):
        runs = self.report["connections"]
        return runs[0] if name is None else next(r for r in runs if r["connection"] == name)

    def failure(self):
        """Everything that was said about what went wrong, as one text."""
        said = self.err
        for run in (self.report or {}).get("connections", []):
            said += "\n" + run.get("error", {}).get("message", "")
            for one in run.get("failures", []):
                said += "\n{origin}: {message} ({internal})".format(**one)
        return said

    def __str__(self):
        return f"exit {self.code} after {self.seconds:.1f} s\n--- out\n{self.out}\n--- err\n{self.err}"


class World:
    """A directory with a data directory, declarations and outputs in it."""

    def __init__(self, base=None):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="wharf-e2e-", dir=base))
        self.data = self.dir / "data"
        self.declaration = self.dir / "sync.yaml"

    def remove(self):
        shutil.rmtree(self.dir, ignore_errors=True)

    def path(self, name):
        return self.dir / name

    def write(self, name, text):
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def declare(self, sources, destinations, connections):
        """JSON is YAML: each argument maps names to what stands below them."""
        def items(named):
            return [{"name": name, **body} for name, body in named.items()]
        document = {"version": 1, "sources": items(sources), "destinations": items(destinations),
                    "connections": items(connections)}
        self.declaration.write_text(json.dumps(document, indent=1))

    def one(self, source, destination, streams=None, name="c", **more):
        """A declaration of one connection."""
        connection = {"source": "from", "destination": "to", **more}
        if streams is not None:
            connection["streams"] = streams
        self.declare({"from": source}, {"to": destination}, {name: connection})

    def command(self, *words, mode=None, json_report=True):
        argv = [WHARF, "sync", "-f", str(self.declaration), "--data-dir", str(self.data)]
        if mode:
            argv += ["--mode", mode]
        if json_report:
            argv.append("--json")
        return argv + list(words)

    def start(self, *words, mode=None, json_report=True, prefix=(), environment=None):
        return subprocess.Popen([*prefix, *self.command(*words, mode=mode, json_report=json_report)],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env={**os.environ, **(environment or {})})

    def sync(self, *words, timeout=180, **how):
        began = time.monotonic()
        child = self.start(*words, **how)
        try:
            out, err = child.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            trees = subprocess.run(["ps", "-ef", "--forest"], capture_output=True, text=True).stdout
            child.kill()
            out, err = child.communicate()
            said = Run(child.returncode, out.decode(), err.decode(), time.monotonic() - began)
            raise AssertionError(f"wharf hangs\n{said}\n{trees}") from None
        return Run(child.returncode, out.decode(), err.decode(), time.monotonic() - began)

    def store(self, query, *values):
        # Migrations are one transaction each: until the last has run a store may lack tables and columns.
        if not (self.data / "wharf.db").exists():
            return []
        with contextlib.closing(sqlite3.connect(self.data / "wharf.db", timeout=30)) as store:
            if store.execute("pragma user_version").fetchone()[0] < MIGRATIONS:
                return []
            return store.execute(query, values).fetchall()

    def log(self, run, name=None):
        return pathlib.Path(run.connection(name)["log"]).read_text()

    def jobs_succeeded(self):
        return self.store("select count(*) from job where status = 'succeeded'")[0][0]

    def leftovers(self):
        """Run directories and processes that an attempt of this store has left behind."""
        left = []
        for run_directory, group in self.store("select run_directory, process_group from workload"):
            if os.path.exists(run_directory):
                left.append(run_directory)
            if group and members_of(group):
                left.append(f"process group {group}")
        return left


def members_of(group):
    """Processes of a group; those that only wait to be collected do not count."""
    members = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        fields = text[text.rindex(")") + 2:].split()
        if int(fields[2]) == group and fields[0] != "Z":
            members.append(int(text.split()[0]))
    return members


# ---- sources and destinations, as a declaration names them

def file_source(path, **more):
    return {"connector": "source-file",
            "configuration": {"path": str(path), "metadata_columns": False, **more}}


def faker(count, **more):
    return {"connector": "source-faker",
            "configuration": {"count": count, "seed": 7, "always_updated": False, **more}}


def jsonl(path, **more):
    return {"connector": "destination-jsonl", "configuration": {"destination_path": str(path), **more}}


def sqlite(path):
    return {"connector": "destination-sqlite", "configuration": {"destination_path": str(path)}}


def sockets(form):
    return {"version": "0.0.2", "serialization": [form], "medium": ["SOCKET", "STDIO"]}


SOCKETS_JSONL = sockets("JSONL")


def as_command(endpoint, kind, form="JSONL", **more):
    """The same built-in as a foreign executable whose sockets carry this form."""
    connector = {"command": [WHARF, "connector", endpoint["connector"]], "ipc": sockets(form), **more}
    if kind == "destination":
        connector["position"] = True
    return {"connector": connector, "configuration": endpoint["configuration"]}


def scripted(config, **more):
    return {"connector": {"command": SOURCE, **more}, "configuration": config}


def scripted_destination(config, **more):
    return {"connector": {"command": DESTINATION, **more}, "configuration": config}


# ---- readers that are not ours

def strict_object(pairs):
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), f"a key stands twice: {keys}"
    return dict(pairs)


def parse(text):
    return json.loads(text, parse_float=decimal.Decimal, object_pairs_hook=strict_object)


def jsonl_rows(path, meta=False):
    """The rows of a JSONL file; numbers with a fraction as Decimal."""
    path = pathlib.Path(path)
    if not path.exists():
        return None
    text = path.read_bytes()
    assert text == b"" or text.endswith(b"\n"), f"{path} ends in the middle of a line"
    rows = [parse(line) for line in text.decode().splitlines()]
    if not meta:
        rows = [{k: v for k, v in row.items() if k not in META} for row in rows]
    return rows


def sqlite_rows(path, table, meta=False):
    if not pathlib.Path(path).exists():
        return None
    with sqlite3.connect(path, timeout=30) as db:
        db.row_factory = sqlite3.Row
        assert db.execute("pragma integrity_check").fetchone()[0] == "ok"
        if not db.execute("select 1 from sqlite_master where name = ?", (table,)).fetchone():
            return None
        rows = [dict(row) for row in db.execute(f'select * from "{table}"')]
    if not meta:
        rows = [{k: v for k, v in row.items() if k not in META} for row in rows]
    return rows


def rows_of(kind, place, stream, meta=False):
    if kind == "jsonl":
        return jsonl_rows(pathlib.Path(place) / f"{stream}.jsonl", meta)
    return sqlite_rows(place, stream, meta)


def plain(value):
    """A value in a form in which both destinations' spellings of it are equal."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (decimal.Decimal, float)):
        value = decimal.Decimal(str(value))
        return int(value) if value == value.to_integral_value() and abs(value) < 2**53 else value
    if isinstance(value, (dict, list)):
        return json.dumps(value, sort_keys=True, default=str)
    if isinstance(value, str) and value[:1] in "{[":
        try:
            return json.dumps(parse(value), sort_keys=True, default=str)
        except ValueError:
            return value
    return value


def bag(rows):
    """A multiset of rows: nothing is hidden by doubling."""
    return collections.Counter(tuple(sorted((k, plain(v)) for k, v in row.items())) for row in rows)


class Case(unittest.TestCase):
    maxDiff = 4000
    base = None  # where worlds are made

    def setUp(self):
        self.world = World(self.base)
        self.keep = bool(os.environ.get("WHARF_KEEP"))

    def _callTestMethod(self, method):
        self.at = ()
        try:
            super()._callTestMethod(method)
        except Exception as problem:
            if self.at:
                problem.add_note(f"at {', '.join(map(str, self.at))}")
            raise

    def fresh(self, *at):
        """A new world; `at` is said when the test fails in it."""
        self.tearDown()
        self.setUp()
        self.at = at

    def tearDown(self):
        if self.keep:
            print("kept", self.world.dir, file=sys.stderr)
        else:
            self.world.remove()

    def synced(self, *words, **how):
        run = self.world.sync(*words, **how)
        self.assertEqual(run.code, 0, run)
        return run

    def refused(self, code, *words, **how):
        run = self.world.sync(*words, **how)
        self.assertEqual(run.code, code, run)
        return run

    def same_rows(self, got, wanted):
        self.assertIsNotNone(got, "there is no output")
        got, wanted = bag(got), bag(wanted)
        lost, extra = wanted - got, got - wanted
        self.assertFalse(lost or extra,
                         f"lost {sum(lost.values())}: {list(lost.items())[:3]}\n"
                         f"too many {sum(extra.values())}: {list(extra.items())[:3]}")

    def nothing_left(self, world=None):
        self.assertEqual((world or self.world).leftovers(), [])


def wait_for(condition, seconds=90, step=0.02):
    """Waits for something another process does; False if it does not come."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(step)
    return bool(condition())


def end(child, signal_number=signal.SIGKILL):
    if child.poll() is None:
        child.send_signal(signal_number)
    return child.wait(timeout=60)
