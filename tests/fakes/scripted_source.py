#!/usr/bin/env python3
"""A source that does what its configuration says: an honest small program that speaks the Airbyte
protocol by stdio, or by sockets in JSONL.

    streams     {name: rows}: what it has; row i of a stream is {"id": i, "text": …}
    state       STREAM (default), GLOBAL, LEGACY, or NONE: it never says one
    complete    the streams that it calls complete at its end (all); null: it knows no stream statuses
    every       rows of a stream between two states (100)
    pause       seconds to sleep after each state (0)
    key         whether the streams have a primary key (true)
    steps       what else to do after so many states, in order: {"after": n, "do": word, …} with
                exit (code), silent (seconds; once: a file that is made then, and keeps it from being so again),
                say (message, as it is), garbage (text; times: said so often in one line), long_line (bytes), unknown_stream, half_line,
                broken_record, stderr (text), error (message), rotate (secret), unsorted_extra;
                `{password}` in a text is the one it was given; rotate
                turns a secret around and says so (CONTROL)
    password    secret in its spec, as is credentials.value; a `discover` with the password "wrong-password"
                fails and says it
    asked       a file that `check` and `discover` add a line to when they begin, and one when they end
    gate        {verb: a file that this verb waits for before it answers}: check, discover
    check       how `check` answers, if not well: {"message": …}, which may have a `{password}`; with
                "crash": true it says nothing and exits with 7; "rotate" (secret) as above, before it
    tell        a file that each `read` and `discover` writes its whole configuration to
    ignore_term whether SIGTERM is not heeded
    pruned      a file: what a state given to `read` covers is deleted there, as a queue would; to be
                started from less is an error, so that a gap shows
    namespaces  in each of which its catalog has every stream (none)
    fields      how many columns its streams have in the catalog that never come (0)
    values      {name: JSON text}: these fields stand in every row, letter for letter

It goes on from the state it is given, in every sync mode but full refresh.
"""

import contextlib
import json
import os
import signal
import socket
import sys
import threading
import time


def words():
    verb, rest = sys.argv[1], sys.argv[2:]
    files = dict(zip([w.lstrip("-") for w in rest[::2]], rest[1::2]))
    return verb, {key: json.load(open(path)) for key, path in files.items()}


def say(message):
    sys.stdout.write(json.dumps(message, separators=(",", ":")) + "\n")
    sys.stdout.flush()


SECRET = {"type": "string", "airbyte_secret": True}
SPEC = {"type": "object", "properties": {
    "streams": {"type": "object"}, "every": {"type": "integer", "minimum": 1}, "password": SECRET,
    "credentials": {"type": "object", "oneOf": [
        {"properties": {"kind": {"const": "token"}, "value": SECRET}, "required": ["kind", "value"]},
        {"properties": {"kind": {"const": "login"}, "user": {"type": "string"}, "value": SECRET},
         "required": ["kind", "user", "value"]}]},
    "keys": {"type": "array", "items": {"type": "object", "properties": {"key": SECRET}}}}}


def catalog(config):
    streams = []
    for name in config["streams"]:
        properties = {"id": {"type": "integer"}, "text": {"type": "string"}}
        for field in config.get("values", {}):
            properties[field] = config.get("types", {}).get(field, {"type": ["null", "number"]})
        properties.update((f"field_{number}", {"type": "string"}) for number in range(config.get("fields", 0)))
        stream = {"name": name, "json_schema": {"type": "object", "properties": properties},
                  "supported_sync_modes": ["full_refresh", "incremental"],
                  "source_defined_cursor": True, "default_cursor_field": ["id"]}
        if config.get("key", True):
            stream["source_defined_primary_key"] = [["id"]]
        streams += [{**stream, "namespace": each} for each in config.get("namespaces", [])] or [stream]
    return streams


class Plain:
    """Records and states on stdout."""

    def record(self, stream, data):
        sys.stdout.write('{"type":"RECORD","record":{"stream":%s,"emitted_at":1700000000000,"data":%s}}\n'
                         % (json.dumps(stream), data))

    def state(self, state):
        sys.stdout.flush()
        say({"type": "STATE", "state": state})

    def complete(self, stream):
        say(completed(stream))

    def finish(self):
        sys.stdout.flush()


class Sockets:
    """Records and states on the sockets, in turn; states on stdout too. A partition ends with its state."""

    def __init__(self, paths):
        listeners = []
        for path in paths:
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(path)
            listener.listen(1)
            listeners.append(listener)
        self.peers = [listener.accept()[0].makefile("w") for listener in listeners]
        self.ids, self.rows, self.serial, self.turn = {}, {}, 0, 0
        self.partitions = {}

    def peer(self):
        self.turn = (self.turn + 1) % len(self.peers)
        return self.peers[self.turn]

    def partition(self, stream):
        if stream not in self.partitions:
            self.serial += 1
            self.partitions[stream] = f"p{self.serial}"
        return self.partitions[stream]

    def record(self, stream, data):
        scope = stream if not self.shared else ""
        self.rows[scope] = self.rows.get(scope, 0) + 1
        # One partition stays on one socket.
        peer = self.peers[int(self.partition(scope)[1:]) % len(self.peers)]
        peer.write('{"type":"RECORD","record":{"stream":%s,"partition_id":"%s","emitted_at":1700000000000,'
                   '"data":%s}}\n' % (json.dumps(stream), self.partition(scope), data))

    shared = False

    def state(self, state):
        scope = "" if state["type"] != "STREAM" else state["stream"]["stream_descriptor"]["name"]
        self.ids[scope] = self.ids.get(scope, 0) + 1
        state = {**state, "id": self.ids[scope], "partition_id": self.partition(scope),
                 "sourceStats": {"recordCount": float(self.rows.pop(scope, 0))}}
        self.partitions.pop(scope)
        say({"type": "STATE", "state": state})
        self.peer().write(json.dumps({"type": "STATE", "state": state}) + "\n")
        for peer in self.peers:
            peer.flush()

    def complete(self, stream):
        say(completed(stream))
        self.peer().write(json.dumps(completed(stream)) + "\n")

    def finish(self):
        for peer in self.peers:
            peer.close()


def completed(stream):
    return {"type": "TRACE", "trace": {"type": "STREAM_STATUS", "emitted_at": 1700000000000.0,
            "stream_status": {"stream_descriptor": {"name": stream}, "status": "COMPLETE"}}}


class Read:
    def __init__(self, config, chosen, state):
        self.config, self.type = config, config.get("state", "STREAM")
        self.names = [c["stream"]["name"] for c in chosen["streams"]]
        incremental = {c["stream"]["name"]: c["sync_mode"] == "incremental" for c in chosen["streams"]}
        self.at = {name: 0 for name in self.names}
        for name, offset in offsets(state).items():
            if incremental.get(name):
                self.at[name] = offset
        self.prune({name: at for name, at in self.at.items() if incremental[name]})
        paths = os.environ.get("DATA_CHANNEL_SOCKET_PATHS")
        by_socket = os.environ.get("DATA_CHANNEL_MEDIUM") == "SOCKET"
        self.road = Sockets(paths.split(",")) if by_socket else Plain()
        self.road.shared = self.type != "STREAM"
        self.states = 0
        self.steps = list(config.get("steps", []))

    def prune(self, given):
        path = self.config.get("pruned")
        if not path:
            return
        kept = json.load(open(path)) if os.path.exists(path) else {}
        for name, at in given.items():
            if at < kept.get(name, 0):
                sys.exit(f"{name} is wanted from {at}, but what it is before {kept[name]} is pruned")
            kept[name] = at
        with open(path + ".new", "w") as new:
            json.dump(kept, new)
        os.replace(path + ".new", path)

    def run(self):
        every = self.config.get("every", 100)
        self.act()
        while any(self.at[name] < self.config["streams"][name] for name in self.names):
            for name in self.names:
                first, last = self.at[name], min(self.at[name] + every, self.config["streams"][name])
                for row in range(first, last):
                    self.road.record(name, self.row(name, row))
                if first < last:
                    self.at[name] = last
                    if self.type == "STREAM":
                        self.checkpoint(name)
            if self.type in ("GLOBAL", "LEGACY"):
                self.checkpoint(None)
        for name in self.config.get("complete", self.names) or []:
            self.road.complete(name)
        self.road.finish()

    def row(self, name, row):
        extra = "".join(',"%s":%s' % each for each in self.config.get("values", {}).items())
        return '{"id":%d,"text":"%s %d é"%s}' % (row, name, row, extra)

    def checkpoint(self, name):
        def one(each):
            return {"stream_descriptor": {"name": each}, "stream_state": {"offset": self.at[each]}}
        if self.type == "STREAM":
            state = {"type": "STREAM", "stream": one(name)}
        elif self.type == "GLOBAL":
            state = {"type": "GLOBAL", "global": {"shared_state": {"lsn": sum(self.at.values())},
                     "stream_states": [one(each) for each in self.names]}}
        else:
            state = {"type": "LEGACY", "data": {"offsets": self.at}}
        self.road.state(state)
        self.states += 1
        time.sleep(self.config.get("pause", 0))
        self.act()

    def act(self):
        while self.steps and self.steps[0].get("after", 0) <= self.states:
            self.do(self.steps.pop(0))

    def do(self, step):
        what = step["do"]
        sys.stdout.flush()
        if what == "exit":
            sys.exit(step.get("code", 1))
        elif what == "silent":
            once = step.get("once")
            if once and os.path.exists(once):
                return
            if once:
                open(once, "w").close()
            time.sleep(step.get("seconds", 3600))
        elif what == "close":  # its output ends, and it does not
            once = step["once"]
            if os.path.exists(once):
                return
            open(once, "w").close()
            os.close(1)
            time.sleep(3600)
        elif what == "garbage":
            text = step.get("text", "Traceback: this is no message {\"type\": 7}")
            print(self.filled(text) * step.get("times", 1), flush=True)
        elif what == "say":
            say(step["message"])
        elif what == "long_line":
            self.road.record(self.names[0], '{"id":1,"text":"%s"}' % ("x" * step["bytes"]))
            self.road.finish()
        elif what == "unknown_stream":
            self.road.record("nobody's", '{"id":1}')
        elif what == "half_line":
            sys.stdout.write('{"type":"RECORD","record":{"stream":"%s","data":{"id":' % self.names[0])
            sys.stdout.flush()
            sys.exit(step.get("code", 0))
        elif what == "broken_record":
            print('{"type":"RECORD","record":{"stream":"%s","data":{"id":1,}}}' % self.names[0], flush=True)
        elif what == "stderr":
            print(self.filled(step["text"]), file=sys.stderr, flush=True)
        elif what == "error":
            say({"type": "TRACE", "trace": {"type": "ERROR", "emitted_at": 1700000000000.0, "error": {
                "message": self.filled(step["message"]), "internal_message": "inside",
                "stack_trace": "at line 7", "failure_type": step.get("failure_type", "system_error")}}})
        elif what == "rotate":
            self.config = {**self.config, step["secret"]: self.config[step["secret"]][::-1]}
            say({"type": "CONTROL", "control": {"type": "CONNECTOR_CONFIG", "emitted_at": 1700000000000.0,
                                                "connectorConfig": {"config": self.config}}})

    def filled(self, text):
        return text.replace("{password}", self.config.get("password", ""))


def offsets(state):
    """Where each stream stands, from any form of --state."""
    found = {}
    for one in state if isinstance(state, list) else []:
        streams = one["global"]["stream_states"] if one.get("type") == "GLOBAL" else \
            [one["stream"]] if one.get("type") == "STREAM" else []
        for each in streams:
            found[each["stream_descriptor"]["name"]] = (each.get("stream_state") or {}).get("offset", 0)
        if one.get("type") == "LEGACY":
            found.update(one["data"].get("offsets", {}))
    if isinstance(state, dict):
        found.update(state.get("offsets", {}))
    return found


def main():
    verb, files = words()
    config = files.get("config", {})
    if config.get("ignore_term"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if verb in ("read", "discover") and "tell" in config:
        with open(config["tell"], "w") as told:
            json.dump(config, told)
    if verb == "spec":
        say({"type": "SPEC", "spec": {"connectionSpecification": SPEC}})
    elif verb == "check":
        with asking(verb, config):
            check(config)
    elif verb == "discover":
        with asking(verb, config):
            discover(config)
    elif verb == "read":
        Read(config, files["catalog"], files.get("state")).run()


@contextlib.contextmanager
def asking(verb, config):
    def note(word):
        if "asked" in config:
            with open(config["asked"], "a") as file:
                file.write(f"{verb} {word}\n")
    note("begins")
    gate = config.get("gate", {}).get(verb)
    while gate and not os.path.exists(gate):
        time.sleep(0.01)
    yield
    note("ends")


def check(config):
    verdict = config.get("check", {})
    if "rotate" in verdict:
        secret = verdict["rotate"]
        rotated = {**config, secret: config[secret][::-1]}
        say({"type": "CONTROL", "control": {"type": "CONNECTOR_CONFIG", "emitted_at": 1700000000000.0,
                                            "connectorConfig": {"config": rotated}}})
    if verdict.get("crash"):
        sys.exit(7)
    if "trace" in verdict:  # two of them: the first counts
        for failure_type, message in ((verdict["trace"], "the first of two"), ("system_error", "the second")):
            say({"type": "TRACE", "trace": {"type": "ERROR", "emitted_at": 1700000000000.0, "error": {
                "message": message, "failure_type": failure_type}}})
        sys.exit(1)
    if "message" in verdict:
        message = verdict["message"].replace("{password}", config.get("password", ""))
        say({"type": "CONNECTION_STATUS", "connectionStatus": {"status": "FAILED", "message": message}})
    else:
        say({"type": "CONNECTION_STATUS", "connectionStatus": {"status": "SUCCEEDED"}})


def discover(config):
    if config.get("password") == "wrong-password":
        say({"type": "TRACE", "trace": {"type": "ERROR", "emitted_at": 1700000000000.0, "error": {
            "message": "no entry with wrong-password", "failure_type": "config_error"}}})
        sys.exit(1)
    say({"type": "CATALOG", "catalog": {"streams": catalog(config)}})


if __name__ == "__main__":
    main()
