"""The named windows in which a crash must lose and repeat nothing, and who stands in which of them:
a sync is watched through its system calls (tracer.py), and its n-th moment in a window is where
somebody is killed."""

import collections
import contextlib
import json
import os
import re
import shutil
import signal
import sqlite3
import sys
import tempfile

from harness import WHARF
from tracer import SPAWNS, Family

SENT = "rows sent, not committed"
COMMITTED = "committed, not confirmed"
CONFIRMED = "confirmed, not checkpointed"
RENAME = "in a rename"
SPAWNING = "while spawning"
HALF = "one stream complete, one not"
OPENING = "in the next run's recovery"
RANDOM = "random moment"  # of time; here: at any call
VICTIMS = {SENT: ("destination", "destination", "wharf", "source"), COMMITTED: ("destination", "wharf"),
           CONFIRMED: ("wharf",), RENAME: ("destination", "destination", "wharf"),
           SPAWNING: ("wharf", "caller"), HALF: ("source",),
           OPENING: ("destination", "destination", "wharf"), RANDOM: ("caller",)}
STATE = re.compile(rb'"type":\s*"STATE"')


class WalReader:
    """Follows the writes to an SQLite log: the kernel sees a frame's header, then its page. Behind
    the last frame it may come once more, to fill a sector, and headers anew, whose sums had changed."""

    def __init__(self):
        self.ends = False  # the newest header is of a transaction's last frame
        self.is_whole = False  # and its page is there: committed, unless headers still follow

    def take(self, data):
        """The tables of the schema page that this write may be."""
        if len(data) in (24, 32):  # of a frame, of the log
            self.ends = len(data) == 24 and data[4:8] != bytes(4)
            self.is_whole &= self.ends
            return {}
        self.is_whole |= self.ends
        return tables_of_page(data)


def varint(data, at):
    value = 0
    for _ in range(9):
        value, at = value << 7 | data[at] & 0x7F, at + 1
        if data[at - 1] < 0x80:
            break
    return value, at


def tables_of_page(page):
    """{table: root page}, if it is a leaf of sqlite_schema; what was freed in it is not read."""
    if b"CREATE TABLE" not in page:
        return {}
    head = 100 if page.startswith(b"SQLite format 3\0") else 0
    tables = {}
    if page[head] != 13:
        return tables
    for cell in range(int.from_bytes(page[head + 3:head + 5], "big")):
        at = int.from_bytes(page[head + 8 + 2 * cell:head + 10 + 2 * cell], "big")
        with contextlib.suppress(IndexError, ValueError):
            row = record_of(page, at)
            if row[0] == b"table":
                tables[row[1].decode()] = int.from_bytes(row[3], "big")
    return tables


def record_of(page, at):
    """The first four columns of a cell of a table's leaf."""
    _, at = varint(page, at)  # length
    _, at = varint(page, at)  # row id
    size, first = varint(page, at)
    body, columns = at + size, []
    while len(columns) < 4:
        kind, first = varint(page, first)
        length = (kind - 12) // 2 if kind >= 12 else (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)[kind]
        columns.append(page[body:body + length] if kind != 9 else b"\1")
        body += length
    return columns


@contextlib.contextmanager
def as_it_lies(path):
    """A copy of a database and its log, so that looking at it is no recovery."""
    with tempfile.TemporaryDirectory() as place:
        copy = os.path.join(place, "copy.db")
        for suffix in ("", "-wal", "-journal"):
            if os.path.exists(f"{path}{suffix}"):
                shutil.copyfile(f"{path}{suffix}", copy + suffix)
        with contextlib.closing(sqlite3.connect(copy)) as database:
            yield database


def staging_roots(path):
    """Root pages of the tables that a swap would give to its target."""
    with as_it_lies(path) as database:
        return {root for root, in database.execute(
            "select rootpage from sqlite_schema where type = 'table' and name glob '_wharf_staging_*'")}


class Sync:
    """One `wharf sync`, watched. `window` and `n` say when `victim` dies; without them nobody does."""

    def __init__(self, world, out, window=None, n=0, victim=None):
        self.world, self.out = world, str(out)
        self.window, self.n, self.victim = window, n, victim
        self.counts = collections.Counter()
        self.killed = None  # who died, when he did
        self.where = ""  # at which call
        self.roles = {}
        self.sqlite = self.out.endswith(".db")
        self.wal, self.store_wal = WalReader(), WalReader()
        self.stagings = staging_roots(out) if self.sqlite else set()
        self.is_open = False  # the destination, and has said its position
        # Of it: rows since its last commit; a commit since its last word; a swap under way.
        self.has_rows = self.has_committed = self.swaps = False
        self.has_confirmed = False  # and the store does not know it
        self.completed = 0  # streams, as the source says
        self.committed_with_state = 0  # what is committed after the last state is never confirmed

    def run(self, mode):
        self.family = Family(self.world.command(mode=mode), self.watch)
        self.family.run()
        self.counts[COMMITTED] = self.committed_with_state
        return self.family.code

    def watch(self, call):
        if self.killed:
            return False
        role = self.role(call.process)
        for window in (self.window_of(call, role), RANDOM):
            self.counts[window] += 1
            if window == self.window and self.counts[window] == self.n:
                self.kill(call, role)
        return role == "destination" and self.is_confirming(call)

    def kill(self, call, role):
        pids = [call.process.pid] if self.victim == "caller" else self.roles.get(self.victim, [])
        self.where = f"{role}: {call.name} {os.path.basename(call.path)}" + (", done" if call.returned else "")
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                self.killed = role if self.victim == "caller" else self.victim

    def role(self, process):
        role = getattr(process, "role", None)
        if role is None:
            role = process.role = self.find_role(process)
            self.roles.setdefault(role, []).append(process.pid)
        return role

    def find_role(self, process):
        if process.pid == self.family.root:
            return "wharf"
        if os.path.basename(process.program) == "wharf-shim":
            return "shim"
        if process.program not in (os.path.realpath(WHARF), os.path.realpath(sys.executable)):
            return "another"
        verbs = {"read": "source", "write": "destination", "sync": "wharf's child"}
        return next((verbs[word] for word in process.words if word in verbs), "another")

    # ---- which window a caller stands in

    def window_of(self, call, role):
        if role == "destination":
            return self.window_of_destination(call)
        if role == "source" and call.name == "write" and call.arguments[0] == 1:
            window = HALF if self.completed == 1 else None
            self.completed += call.data.count(b'"COMPLETE"')
            return window
        if role == "wharf" and call.path.endswith("wharf.db-wal"):
            return self.window_of_store(call)
        return SPAWNING if self.is_spawning(call, role) else None

    def is_spawning(self, call, role):
        if call.name in SPAWNS:
            return role in ("wharf", "shim") and not call.starts_thread
        if call.name == "execve":
            return role in ("wharf's child", "shim")
        return role == "wharf" and "/runs/" in call.path and call.path.endswith(".json")

    def is_confirming(self, call):
        return call.name == "write" and call.arguments[0] == 1 and bool(STATE.search(call.data))

    def window_of_destination(self, call):
        if self.is_confirming(call):
            if not call.returned:
                return COMMITTED if self.has_committed else None
            self.has_committed, self.has_confirmed = False, True
            self.committed_with_state = self.counts[COMMITTED]
            return CONFIRMED
        self.is_open |= call.name == "write" and call.arguments[0] == 1
        if not call.path.startswith(self.out):
            return None
        if not self.is_open:
            return OPENING
        return self.window_in_database(call) if self.sqlite else self.window_in_files(call)

    def window_in_database(self, call):
        if call.path != self.out + "-wal":
            return None
        if call.name != "pwrite64":
            return self.window_of_sync()
        was_whole = self.wal.is_whole
        tables = self.wal.take(call.data)
        self.swaps |= any(root in self.stagings and not name.startswith("_wharf_staging_")
                          for name, root in tables.items())
        self.stagings |= {root for name, root in tables.items() if name.startswith("_wharf_staging_")}
        self.has_committed = False
        if self.wal.is_whole and was_whole:
            return None
        return RENAME if self.swaps else SENT

    def window_of_sync(self):
        self.has_committed = self.wal.ends
        if not self.has_committed:
            return None
        window = RENAME if self.swaps else COMMITTED
        self.swaps = False
        return window

    def window_in_files(self, call):
        if call.path.endswith(".jsonl") and call.name == "rename":
            self.swaps = True
            return RENAME
        if call.path == self.out and call.name == "fsync" and self.swaps:
            self.swaps = False
            return RENAME
        if call.path.endswith((".jsonl", ".staging")) and call.name == "pwrite64":
            self.has_rows = True
        if call.path.endswith(".position") and call.name == "rename" and self.has_rows:
            self.has_rows, self.has_committed = False, True
            return SENT
        return SENT if self.has_rows else COMMITTED if self.has_committed else None

    def window_of_store(self, call):
        if call.name != "pwrite64":
            return None
        window = CONFIRMED if self.has_confirmed else None
        self.store_wal.take(call.data)
        if self.store_wal.is_whole:  # most likely the checkpoint
            self.has_confirmed = False
        return window

    # ---- what stands after it

    def is_ahead(self):
        """Whether the destination's position knows more than the checkpoints."""
        if not os.path.exists(self.out) or not (self.world.data / "wharf.db").exists():
            return False
        with as_it_lies(self.world.data / "wharf.db") as store:
            rows = store.execute("select stream, body, job_id from checkpoint").fetchall()
        known = {stream: json.loads(body) for stream, body, _ in rows}
        job, states = self.position()
        return any(known.get(stream) != state for stream, state in states.items()) or \
            (job or 0) > max((job for _, _, job in rows), default=0)

    def position(self):
        return self.position_in_database() if self.sqlite else self.position_of_files()

    def position_in_database(self):
        with as_it_lies(self.out) as database:
            rows = database.execute("select name, state, job from _wharf_position").fetchall()
        states, job = {}, None
        for name, state, of_job in rows:
            job = of_job if name == "" else job
            if state:
                states.update({name: json.loads(state)} if name else by_stream(json.loads(state)))
        return job, states

    def position_of_files(self):
        states, job = {}, None
        inner = os.path.join(self.out, ".wharf")
        for name in os.listdir(inner) if os.path.isdir(inner) else []:
            if not name.endswith(".position"):
                continue
            with open(os.path.join(inner, name)) as file:
                said = json.loads(file.read().split("\n")[1])
            job = said["job"]
            states.update({s["name"]: s["state"] for s in said["streams"] if s["state"]})
            states.update(by_stream(said["global"]) if said["global"] else {})
        return job, states


def by_stream(state):
    """A GLOBAL state as checkpoints hold it: the shared part as that of stream ''."""
    parts = {"": state["global"].get("shared_state")}
    for one in state["global"]["stream_states"]:
        parts[one["stream_descriptor"]["name"]] = one.get("stream_state")
    return parts
