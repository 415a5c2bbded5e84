#!/usr/bin/env python3
"""A destination that does what its configuration says: it appends every record of its stdin to
`<path>/<stream>.jsonl` and confirms a state when everything before it is there. It keeps no position.
Over sockets it takes everything there is, and then confirms every state.

    path          the directory
    keep_input    whether every line of its stdin is kept, as it is, in `<path>/stdin`
    keep_catalog  whether the catalog it is given is kept, as `<path>/catalog.json`
    ignore_term   whether SIGTERM is not heeded
    steps         {"after": n, "do": word, …} after so many states (and so many "records" more), in order:
                  exit (code), silent, stderr (text), error (message), garbage (text)
"""

import json
import os
import shutil
import signal
import socket
import sys
import threading
import time


def say(message):
    sys.stdout.write(json.dumps(message, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def do(step):
    if step["do"] == "exit":
        sys.exit(step.get("code", 1))
    elif step["do"] == "silent":
        time.sleep(step.get("seconds", 3600))
    elif step["do"] == "stderr":
        print(step["text"], file=sys.stderr, flush=True)
    elif step["do"] == "garbage":
        print(step["text"], flush=True)
    elif step["do"] == "error":
        say({"type": "TRACE", "trace": {"type": "ERROR", "emitted_at": 1700000000000.0, "error": {
            "message": step["message"], "failure_type": "system_error"}}})


def lines(config):
    """What comes, by stdin or by sockets."""
    if os.environ.get("DATA_CHANNEL_MEDIUM") == "SOCKET":
        yield from all_of_sockets(os.environ["DATA_CHANNEL_SOCKET_PATHS"].split(","))
        return
    kept = None
    if config.get("keep_input"):
        os.makedirs(config["path"], exist_ok=True)
        kept = open(config["path"] + "/stdin", "a")
    for line in sys.stdin:
        if kept:
            kept.write(line)
            kept.flush()
        yield line


def all_of_sockets(paths):
    """Records first, then states in their order: what covers what is not looked at."""
    came = [[] for _ in paths]

    def take(path, messages):
        one = socket.socket(socket.AF_UNIX)
        while True:
            try:
                one.connect(path)
                break
            except (FileNotFoundError, ConnectionRefusedError):
                time.sleep(0.01)
        messages += [json.loads(line) for line in one.makefile() if line.strip()]
    readers = [threading.Thread(target=take, args=each) for each in zip(paths, came)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    messages = [message for each in came for message in each]
    states = [message for message in messages if message["type"] == "STATE"]
    states.sort(key=lambda message: message["state"]["id"])
    for message in [each for each in messages if each["type"] == "RECORD"] + states:
        yield json.dumps(message)


def write(config):
    files, states, since, steps = {}, 0, 0, list(config.get("steps", []))

    def act():
        while steps and (steps[0].get("after", 0), steps[0].get("records", 0)) <= (states, since):
            do(steps.pop(0))

    act()
    for line in lines(config):
        message = json.loads(line)
        if message["type"] == "RECORD":
            record = message["record"]
            if record["stream"] not in files:
                os.makedirs(config["path"], exist_ok=True)
                files[record["stream"]] = open(f"{config['path']}/{record['stream']}.jsonl", "a")
            files[record["stream"]].write(json.dumps(record["data"]) + "\n")
            since += 1
            act()
        elif message["type"] == "STATE":
            for file in files.values():
                file.flush()
                os.fsync(file.fileno())
            say(message)
            states, since = states + 1, 0
            act()
    for file in files.values():
        file.close()


def main():
    verb, rest = sys.argv[1], sys.argv[2:]
    files = dict(zip([w.lstrip("-") for w in rest[::2]], rest[1::2]))
    config = json.load(open(files["config"])) if "config" in files else {}
    if config.get("ignore_term"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if verb == "spec":
        say({"type": "SPEC", "spec": {"connectionSpecification": {"type": "object"},
             "supported_destination_sync_modes": ["append", "overwrite"]}})
    elif verb == "check":
        say({"type": "CONNECTION_STATUS", "connectionStatus": {"status": "SUCCEEDED"}})
    elif verb == "write":
        if config.get("keep_catalog"):
            os.makedirs(config["path"], exist_ok=True)
            shutil.copy(files["catalog"], config["path"] + "/catalog.json")
        write(config)


if __name__ == "__main__":
    main()
