"""A daemon under test: what it is told, what it says, what its store and its API say of it."""

import json
import re
import signal
import subprocess

import contract
from harness import WHARF, Case, end, file_source, sqlite, wait_for

HOURLY = {"type": "basic", "every": "1 hour"}


class ServeCase(Case):
    def setUp(self):
        super().setUp()
        self.daemon = None
        self.log = self.world.path("serve.log")
        self.declarations = self.world.path("conf.d")
        self.declarations.mkdir()

    def tearDown(self):
        if self.daemon:
            end(self.daemon)
        super().tearDown()

    def declare(self, file, source, destination, name="c", schedule=HOURLY, **more):
        document = {"sources": [{"name": f"{name}-from", **source}],
                    "destinations": [{"name": f"{name}-to", **destination}],
                    "connections": [{"name": name, "source": f"{name}-from", "destination": f"{name}-to",
                                     "schedule": schedule, **more}]}
        (self.declarations / file).write_text(json.dumps(document))

    def command(self):
        return [WHARF, "serve", "--declarations", str(self.declarations), "--data-dir", str(self.world.data),
                "--listen", "127.0.0.1:0"]

    def start(self):
        with open(self.log, "ab") as log:
            self.daemon = subprocess.Popen(self.command(), stderr=log)

    def said(self):
        return self.log.read_text()

    def wait(self, condition, what, seconds=90):
        self.assertTrue(wait_for(condition, seconds), f"{what} did not come\n{self.said()}")

    def jobs(self, name="c"):
        return self.world.store("select job.status, trigger from job join connection on connection.id = connection_id "
                                "where connection.name = ? order by job.id", name)

    def succeeded(self, count=1, name="c"):
        self.wait(lambda: [status for status, _ in self.jobs(name)] == ["succeeded"] * count,
                  f"{count} succeeded job(s) of {name}")

    def column(self, column, name="c"):
        """Of a connection's row; when it runs next stands beside it."""
        if column == "next_run":
            column = "(select at from due where connection_id = connection.id)"
        rows = self.world.store(f"select {column} from connection where name = ?", name)
        return rows[0][0] if rows else None

    def stop(self, number=signal.SIGTERM):
        code = end(self.daemon, number)
        self.daemon = None
        return code

    def people(self, rows=50):
        text = "id,name\n" + "".join(f"{i},n{i}\n" for i in range(rows))
        return file_source(self.world.write("people.csv", text)), [{"id": i, "name": f"n{i}"} for i in range(rows)]


class ApiCase(ServeCase):
    """Asked by curl, as people's scripts do it. Every answer is held to the API's document."""

    def curl(self, path, *words, token=None, body=None):
        ports = re.findall(r"listening host=\S+ port=(\d+)", self.said())
        argv = ["curl", "-s", "-w", "\n%{http_code} %{method} %{content_type}", f"http://127.0.0.1:{ports[-1]}{path}", *words]
        if token:
            argv += ["-H", f"Authorization: Bearer {token}"]
        if body is not None:
            body = body if isinstance(body, str) else json.dumps(body)
            argv += ["-d", body]
        text, _, end = subprocess.run(argv, stdout=subprocess.PIPE, timeout=100, check=True,
                                      text=True).stdout.rpartition("\n")
        code, method, kind = end.split(" ", 2)
        contract.hold(int(ports[-1]), method, path, int(code), kind, text, body)
        return int(code), json.loads(text) if text[:1] in ("{", "[") else text

    def curl_may_break(self, *words, **more):
        """For those who ask a daemon that dies meanwhile."""
        try:
            self.curl(*words, **more)
        except (subprocess.SubprocessError, ValueError, OSError):
            pass

    def credentials(self):
        said = subprocess.run([WHARF, "credentials", "--json", "--data-dir", str(self.world.data)],
                              stdout=subprocess.PIPE, timeout=30, check=True).stdout
        return json.loads(said)

    def token(self):
        code, said = self.curl("/api/public/v1/applications/token", body=self.credentials())
        self.assertEqual((code, said["token_type"]), (200, "Bearer"))
        self.assertGreater(said["expires_in"], 160)
        return said["access_token"]

    def up(self, schedule=HOURLY):
        source, wanted = self.people()
        self.declare("a.yaml", source, sqlite(self.world.path("out.db")), schedule=schedule,
                     streams=[{"name": "people", "sync_mode": "full_refresh_overwrite"}])
        self.start()
        self.wait(lambda: self.column("id"), "the connection")
        return wanted
