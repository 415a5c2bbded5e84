#!/usr/bin/env python3
"""Two connectors that cost next to nothing, for measuring the pump between them: the source hands the
kernel a file of RECORD lines, the destination discards what it reads."""
import json
import os
import sys

STREAM = "lines"


def make(path, size):
    filler = "x" * 300
    with open(path, "w") as out:
        written, number = 0, 0
        while written < size:
            number += 1
            line = (f'{{"type":"RECORD","record":{{"stream":"{STREAM}","data":{{"id":{number:09d}1,'
                    f'"text":"{filler}"}},"emitted_at":1700000000000}}}}\n')
            written += out.write(line)


def say(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def source(arguments):
    lines, verb = arguments[0], arguments[1]
    if verb == "spec":
        say({"type": "SPEC", "spec": {"connectionSpecification": {"type": "object"}}})
    elif verb == "discover":
        schema = {"type": "object", "properties": {"id": {"type": "integer"}, "text": {"type": "string"}}}
        say({"type": "CATALOG", "catalog": {"streams": [
            {"name": STREAM, "json_schema": schema, "supported_sync_modes": ["full_refresh"]}]}})
    elif verb == "read":
        os.execvp("cat", ["cat", lines])


def drain():
    while os.read(0, 1 << 20):
        pass


def destination(arguments):
    if arguments[0] == "spec":
        say({"type": "SPEC", "spec": {"connectionSpecification": {"type": "object"},
                                      "supported_destination_sync_modes": ["append", "overwrite"]}})
    elif arguments[0] == "write":
        drain()


if __name__ == "__main__":
    role, rest = sys.argv[1], sys.argv[2:]
    if role == "make":
        make(rest[0], int(rest[1]))
    elif role == "drain":
        drain()
    else:
        {"source": source, "destination": destination}[role](rest)
