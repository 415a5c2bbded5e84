"""A daemon under test with settings of its own, and the command line that talks with it."""

import json
import os
import subprocess
import time

from harness import WHARF, Run, scripted
from serving import ServeCase

MANUAL = {"type": "manual"}


class OperatedCase(ServeCase):
    settings = {}      # of the daemon, beside the usual ones
    environment = {}   # of the daemon

    def command(self):
        path = self.world.write("wharf.yaml", json.dumps(self.settings))
        return [*super().command(), "--config", str(path)]

    def start(self):
        with open(self.log, "ab") as log:
            self.daemon = subprocess.Popen(self.command(), stderr=log, env={**os.environ, **self.environment})
        self.wait(lambda: self.said().count("listening host=") > self.starts, "the start")
        self.starts += 1

    def setUp(self):
        super().setUp()
        self.starts = 0

    def wharf(self, *words, code=0, place=True, prefix=(), environment=None, **how):
        """A verb and what it said; it ends with this code."""
        where = ["--data-dir", str(self.world.data)] if place else []
        began = time.monotonic()
        done = subprocess.run([*prefix, WHARF, *map(str, words), *where], capture_output=True, text=True, timeout=120,
                              env={**os.environ, **(environment or {})}, **how)
        run = Run(done.returncode, "", done.stderr, time.monotonic() - began)
        run.out = done.stdout
        self.assertEqual(run.code, code, f"{words}: {run}\n{self.said() if self.daemon else ''}")
        return run

    def asked(self, *words, **how):
        """The same with --json: what it printed."""
        return json.loads(self.wharf(*words, "--json", **how).out)

    def deployed(self, name="c"):
        self.wait(lambda: self.column("id", name), f"the connection {name}")

    def misconfigured(self):
        """A source whose jobs fail for good at once."""
        return scripted({"streams": {"s": 10}, "steps": [
            {"after": 0, "do": "error", "message": "wrong password", "failure_type": "config_error"},
            {"after": 0, "do": "exit", "code": 1}]})

    def slow(self, rows=3000, **more):
        return scripted({"streams": {"s": rows}, "every": 100, "pause": 0.1, **more})
