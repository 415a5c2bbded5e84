"""What the rounds of kill_test.py read, and the rows that must arrive of it."""

import collections
import json
import subprocess

from harness import SOCKETS_JSONL, WHARF, World, as_command, faker, file_source, parse, scripted


class Source:
    """An endpoint of a declaration; `wanted` is a multiset per stream of the columns compared."""

    def __init__(self, endpoint, wanted, columns=("id", "text"), grow=None):
        self.endpoint, self.wanted, self.columns, self.grow = endpoint, wanted, columns, grow


def file_of_rows(world, chance, mode, sizes=(15_000, 15_000, 60_000)):
    """Rows of an id and a text; where the newest row of an id is wanted, some come twice."""
    path = world.path("t.csv")
    path.write_text("id,text\n")
    texts = {}
    source = Source(file_source(path, primary_key="id"), {"t": collections.Counter()})

    def grow():
        with open(path, "a") as file:
            count = chance.choice((15_000, 60_000) if texts else sizes)
            for i in range(len(texts), len(texts) + count):
                texts[i] = f"text of row {i}"
                file.write(f"{i},{texts[i]}\n")
                if "dedup" in mode and i % 7 == 0:
                    texts[i // 2] = f"text of row {i // 2}, anew with {i}"
                    file.write(f"{i // 2},\"{texts[i // 2]}\"\n")
        source.wanted["t"] = collections.Counter(texts.items())

    grow()
    source.grow = grow if "incremental" in mode else None
    return source


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


def eight_partitions(world, chance, mode):
    count = chance.choice([5_000, 5_000, 25_000])
    endpoint = faker(count, parallelism=8, records_per_slice=chance.choice([100, 1000]))
    return Source(endpoint, faked(count), ("id", "created_at"))


def foreign(state):
    def make(world, chance, mode):
        streams = {"a": chance.randrange(500, 4000), "b": chance.randrange(100, 2000)}
        config = {"streams": streams, "state": state, "every": 100, "pause": chance.choice([0, 0.01, 0.03])}
        if "incremental" in mode:  # a gap shows
            config["pruned"] = str(world.path("pruned.json"))
        return Source(scripted(config), {name: collections.Counter((i, f"{name} {i} é") for i in range(count))
                                         for name, count in streams.items()})
    return make


def large_file(*place):
    return file_of_rows(*place, sizes=(80_000, 300_000))


SOURCES = {"file": file_of_rows, "large file": large_file, "faker": eight_partitions,
           "STREAM": foreign("STREAM"), "GLOBAL": foreign("GLOBAL")}
ROADS = {"file": ("batch", "protobuf", "jsonl", "stdio"), "large file": ("batch", "stdio"),
         "faker": ("batch", "protobuf", "jsonl", "stdio"), "STREAM": ("jsonl", "stdio"), "GLOBAL": ("jsonl", "stdio")}


def make_source(kind, road, world, chance, mode):
    source = SOURCES[kind](world, chance, mode)
    if road == "jsonl" and kind in ("STREAM", "GLOBAL"):
        source.endpoint["connector"]["ipc"] = SOCKETS_JSONL
    elif road in ("protobuf", "jsonl"):
        source.endpoint = as_command(source.endpoint, "source", road.upper(), resumable_full_refresh=True)
    return source
