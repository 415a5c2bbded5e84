"""The Engine API over its Unix socket, as far as tests look at an engine with other eyes than ours."""

import base64
import http.client
import json
import os
import socket
import urllib.parse

HOST = os.environ.get("WHARF_TEST_DOCKER", "")  # unix:///…


class _Local(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("engine", timeout=120)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self.path)


class Engine:
    def __init__(self, host=HOST):
        self.host = host

    def ask(self, method, target, body=None, kind="application/json", headers=None):
        connection = _Local(self.host.removeprefix("unix://"))
        try:
            headers = {**(headers or {}), **({"Content-Type": kind} if body is not None else {})}
            if isinstance(body, (dict, list)):
                body = json.dumps(body)
            try:
                connection.request(method, target, body, headers)
            except ConnectionError:
                pass  # refused before all was sent: the answer says why
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {target}: {answer.status} {text.decode(errors='replace')}")
        return text

    def get(self, target):
        return json.loads(self.ask("GET", target))

    def containers(self, label="wharf.run"):
        filters = urllib.parse.quote(json.dumps({"label": [label]}))
        return self.get(f"/containers/json?all=1&filters={filters}")

    def inspect(self, container):
        return self.get(f"/containers/{container}/json")

    def has_image(self, name):
        try:
            self.get(f"/images/{urllib.parse.quote(name, safe='')}/json")
            return True
        except RuntimeError:
            return False

    def derive(self, base, repository, tag, changes):
        """An image of the same layers with another configuration."""
        made = json.loads(self.ask("POST", "/containers/create", {"Image": base}))["Id"]
        query = urllib.parse.urlencode([("container", made), ("repo", repository), ("tag", tag),
                                        *(("changes", change) for change in changes)])
        self.ask("POST", f"/commit?{query}", {})
        self.ask("DELETE", f"/containers/{made}?force=1")

    def load(self, archive):
        """What `docker load` takes: a path."""
        with open(archive, "rb") as tar:
            said = self.ask("POST", "/images/load", tar, "application/x-tar").decode()
        if '"error"' in said:
            raise RuntimeError(said)

    def tag(self, name, repository, tag):
        query = urllib.parse.urlencode({"repo": repository, "tag": tag})
        self.ask("POST", f"/images/{urllib.parse.quote(name, safe='')}/tag?{query}")

    def untag(self, name):
        self.ask("DELETE", f"/images/{urllib.parse.quote(name, safe='')}?noprune=1")

    def push(self, repository, tag, login):
        """`login` is USER:PASSWORD."""
        user, password = login.split(":")
        auth = base64.urlsafe_b64encode(json.dumps({"username": user, "password": password}).encode()).decode()
        said = self.ask("POST", f"/images/{repository}/push?tag={tag}", headers={"X-Registry-Auth": auth}).decode()
        if '"error"' in said:
            raise RuntimeError(said)

    def import_image(self, tar, repository, tag, changes):
        """An image of one layer, as `docker import` makes it: `tar` is a file."""
        query = urllib.parse.urlencode([("fromSrc", "-"), ("repo", f"{repository}:{tag}"),
                                        *(("changes", change) for change in changes)])
        said = self.ask("POST", f"/images/create?{query}", tar, "application/x-tar").decode()
        if '"error"' in said:
            raise RuntimeError(said)

    def load_image(self, tar):
        said = self.ask("POST", "/images/load?quiet=1", tar, "application/x-tar").decode()
        if '"error"' in said:
            raise RuntimeError(said)
