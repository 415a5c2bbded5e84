#!/usr/bin/env python3
"""A destination that does what its configuration says: it appends every record of its stdin to
`<path>/<stream>.jsonl` and confirms a state when everything before it is there. It keeps no position.

    path          the directory
    keep_catalog  whether the catalog it is given is kept, as `<path>/catalog.json`
    ignore_term   whether SIGTERM is not heeded
    steps         {"after": n, "do": word, …} after so many states, in order: exit (code), silent,
                  stderr (text), error (message), garbage (text)
"""

import json
import os
import shutil
import signal
import sys
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


def write(config):
    files, states, steps = {}, 0, list(config.get("steps", []))

    def act():
        while steps and steps[0].get("after", 0) <= states:
            do(steps.pop(0))

    act()
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "RECORD":
            record = message["record"]
            if record["stream"] not in files:
                os.makedirs(config["path"], exist_ok=True)
                files[record["stream"]] = open(f"{config['path']}/{record['stream']}.jsonl", "a")
            files[record["stream"]].write(json.dumps(record["data"]) + "\n")
        elif message["type"] == "STATE":
            for file in files.values():
                file.flush()
                os.fsync(file.fileno())
            say(message)
            states += 1
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
