"""A `wharf serve` that is measured: its start, what it is asked, what /proc says of it."""

import atexit
import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import time

from measure import Timed

PUBLIC = "/api/public/v1"


class Served:
    def __init__(self, bench, name):
        self.wharf, self.data, self.declarations = bench.wharf, bench.path(name + ".d"), bench.path(name + ".conf.d")
        os.makedirs(self.declarations, exist_ok=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.process, self.token = None, None
        atexit.register(self.kill)

    def start(self):
        """Seconds from the start of the process to its first answer from the store."""
        asked = self.request("/workspaces" if self.token else "/health")
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [*Timed.prefix, self.wharf, "serve", "--declarations", self.declarations, "--data-dir", self.data,
             "--listen", f"127.0.0.1:{self.port}"], stderr=subprocess.DEVNULL)
        while not self.answers(asked):
            if self.process.poll() is not None:
                raise SystemExit("wharf serve has ended")
            time.sleep(0.0005)
        seconds = time.perf_counter() - began
        if not self.token:
            with open(os.path.join(self.data, "credentials.json")) as credentials:
                self.token = self.ask("POST", "/applications/token", json.load(credentials))["access_token"]
        return seconds

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def request(self, path, close=True):
        """The bytes of a GET."""
        lines = [f"GET {PUBLIC}{path} HTTP/1.1", "Host: localhost"]
        if self.token:
            lines.append(f"Authorization: Bearer {self.token}")
        if close:
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", ""]).encode()

    def answers(self, request):
        try:
            with socket.create_connection(("127.0.0.1", self.port)) as door:
                door.sendall(request)
                return door.recv(64).startswith(b"HTTP/1.1 200")
        except OSError:
            return False

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, PUBLIC + path, None if body is None else json.dumps(body),
                           {"Authorization": f"Bearer {self.token}"} if self.token else {})
        answer = connection.getresponse()
        said = answer.read().decode()
        connection.close()
        if answer.status != 200:
            raise SystemExit(f"{method} {path}: {answer.status} {said}")
        return json.loads(said)

    # ---- /proc

    def megabytes(self, key):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(key + ":")) * 1024 / 1e6

    def cpu(self):
        """Seconds so far, its threads' to the nanosecond."""
        total = 0
        for thread in os.listdir(f"/proc/{self.process.pid}/task"):
            with open(f"/proc/{self.process.pid}/task/{thread}/schedstat") as stat:
                total += int(stat.read().split()[0])
        return total / 1e9

    # ---- its store, by a reader of our own

    def open_store(self):
        return sqlite3.connect(os.path.join(self.data, "wharf.db"), timeout=30)

    def store(self, query, *values):
        store = self.open_store()
        try:
            with store:
                return store.execute(query, values).fetchall()
        finally:
            store.close()
