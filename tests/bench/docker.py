"""Containers: their records past dockerd beside what its own streams move, what a question costs, and the real
faker's image. An engine is started for it (tests/docker/engine.sh); Docker's command line is the peer."""

import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.parse

from measure import Samples, Timed

TOOLS = pathlib.Path(__file__).resolve().parent.parent / "docker"
sys.path.insert(0, str(TOOLS))
import engine_api  # noqa: E402
import images  # noqa: E402

APPEND = {"sync_mode": "full_refresh_append"}
LOGGED = 4  # a peer whose records dockerd logs moves this part of them: its rate is what counts
# A program whose output goes to a file: no shell, and no engine on the way.
INTO_FILE = ("import os, sys; os.dup2(os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1); "
             "os.execv(sys.argv[2], sys.argv[2:])")


class Host:
    """An engine of the bench's own, its images, and its command line."""

    def __init__(self, bench):
        self.bench = bench
        self.place = bench.path("e" + bench.work[-6:])  # short, for it holds sockets; its name is a cgroup's, too
        self.cli = shutil.which("docker", path="/usr/bin:" + os.environ["PATH"])

    def __enter__(self):
        self._engine("start")
        with open(os.path.join(self.place, "environment")) as lines:
            said = dict(line.strip().split("=", 1) for line in lines)
        host = said["WHARF_TEST_DOCKER"]
        self.engine = engine_api.Engine(host)
        os.environ.update(said, WHARF_DOCKER_HOST=host, DOCKER_HOST=host)
        return self

    def __exit__(self, *_):
        self._engine("stop")

    def _engine(self, verb):
        subprocess.run([TOOLS / "engine.sh", verb, self.place], check=True)

    def image(self, name, root, entrypoint):
        images.make(f"wharf-bench/{name}:1", root, entrypoint, engine=self.engine)
        return {"connector": {"image": f"wharf-bench/{name}:1"}}

    def ends(self, name, *arguments):
        root = images.Root()
        root.directory("airbyte", 0o777)
        root.add(self.bench.program("ends"), "/bench_ends")
        return self.image(name, root.finish(), ["/bench_ends", *arguments])

    def run(self, name, *options):
        """A container of this image; what follows are its arguments."""
        return [self.cli, "run", "--rm", *options, f"wharf-bench/{name}:1"]

    def starts(self, part, since):
        """How many containers with this in their names have started since."""
        filters = urllib.parse.quote(json.dumps({"type": ["container"], "event": ["start"]}))
        said = self.engine.ask("GET", f"/events?since={since:.9f}&until={time.time():.9f}&filters={filters}")
        return sum(part in json.loads(line)["Actor"]["Attributes"]["name"] for line in said.splitlines())


def docker(bench):
    host = Host(bench)
    if not host.cli:
        bench.table.left_out("containers", "there is no docker")
        return
    with host:
        records(bench, host)
        checked(bench, host, "an image of one small program", "source", {}, "contained", 4)
        real_faker(bench, host)


# ---- records


def megabytes_per_second(said, size):
    at = dict(re.findall(r"\b(begin|last) (\d{12,})\b", said))
    return size / ((int(at["last"]) - int(at["begin"])) / 1e9)


def records(bench, host):
    """From the source's first record to the destination's last."""
    size = bench.options.docker_mb
    part = max(1, size // LOGGED)
    ends = bench.program("ends")
    stream = [{"name": "lines", **APPEND}]
    local = bench.declare("local", {"connector": {"command": [ends, "source", str(size), "-"]}},
                          {"connector": {"command": [ends, "destination", "-"]}}, stream)
    contained = bench.declare("contained", host.ends("source", "source", str(size), "-"),
                              host.ends("destination", "destination", "-"), stream)
    host.ends("part", "source", str(part), "-")

    def in_log(_, done):
        with open(json.loads(done.stdout)["connections"][0]["log"]) as log:
            return megabytes_per_second(log.read(), size)

    def sync(declared, data):
        return Timed([*bench.sync(declared, data)[:-1], "--json", "--mode", "stdio"], None, in_log)

    def pipe(source, moved, *driver):
        both = [" ".join(host.run(source, *driver) + ["read"]),
                " ".join(host.run("destination", "-i", *driver) + ["write"])]
        return Timed(["sh", "-c", " | ".join(both)], None,
                     lambda _, done: megabytes_per_second(done.stderr.decode(), moved))

    samples = Samples({"contained": sync(contained, "contained.d"),
                       "local": sync(local, "local.d"),
                       "none": pipe("source", size, "--log-driver", "none"),
                       "json-file": pipe("part", part)}, bench.runs)
    add, noise, ours = bench.table.add, samples.noise(), samples.median("contained")
    add(f"container → container, stdio, {size} MB", ours, "MB/s", noise=noise, samples=samples.all)
    for name, peer, asked in (("local", "the same two as local processes", 0.7),
                              ("none", "docker run | docker run, log driver none", 3),
                              ("json-file", f"docker run | docker run, {part} MB", 10)):
        add("  " + peer, samples.median(name), "MB/s")
        add("    containers under wharf ÷ that", ours / samples.median(name), "", (">=", asked), noise)


# ---- a question


def checked(bench, host, what, image, configuration, declared, times):
    """`wharf check` of a source that has been synced, so that its spec is known, beside `docker run` of its image
    with the same words. Each of them starts one container."""
    folder = bench.path("asked-" + image)
    os.makedirs(folder)
    with open(os.path.join(folder, "config.json"), "w") as out:
        json.dump(configuration, out)
    os.chmod(folder, 0o755)
    began = []

    def note():
        began.append(time.time())

    def really(seconds, _):
        since = began.pop()
        if (host.starts("-check-", since), host.starts("", since)) != (1, 1):
            raise SystemExit("a check has not started just one container")
        return seconds * 1000
    asked = Timed([bench.wharf, "check", "-f", bench.path(declared + ".yaml"), "--data-dir",
                   bench.path(declared + ".d"), "from"], note, really)
    bare = Timed([*host.run(image, "-v", f"{folder}:/asked:ro"), "check", "--config", "/asked/config.json"], None,
                 lambda seconds, _: seconds * 1000)
    samples = Samples({"wharf": asked, "bare": bare}, times * bench.runs)
    add, noise = bench.table.add, samples.noise()
    add(f"wharf check of {what}", samples.median("wharf"), "ms", noise=noise, samples=samples.all)
    add("  docker run of the same command", samples.median("bare"), "ms")
    add("  wharf − docker run", samples.median("wharf") - samples.median("bare"), "ms", ("<=", 150), noise)


# ---- the real faker


def real_faker(bench, host):
    program, users = os.environ.get("WHARF_REAL_FAKER", ""), bench.options.users
    what = f"the real source-faker's image, {users} users"
    if not os.access(program, os.X_OK):
        bench.table.left_out(what, "WHARF_REAL_FAKER names no program")
        return
    root, entrypoint = images.faker(pathlib.Path(program).parent.parent)
    settings = {"count": users, "seed": 7, "always_updated": False}
    source = {**host.image("faker", root, entrypoint), "configuration": settings}
    place = bench.path("mounted")
    os.makedirs(place)
    os.chmod(place, 0o777)
    mounted = ["-v", f"{place}:/mounted"]
    with open(os.path.join(place, "config.json"), "w") as out:
        json.dump(settings, out)
    bench.configured_catalog(host.run("faker", *mounted), "/mounted/config.json", os.path.join(place, "catalog.json"))
    into_file = host.run("faker", *mounted, "--entrypoint", entrypoint[0])
    alone = ["-c", INTO_FILE, "/mounted/alone.jsonl", *entrypoint, "read", "--config", "/mounted/config.json",
             "--catalog", "/mounted/catalog.json"]
    script = 'file=$1; shift; "$@" && sync "$file"'
    declared = bench.declare("of_faker", source, bench.sqlite("faker.db"),
                             [{"name": "users", "sync_mode": "full_refresh_overwrite"}])
    samples = Samples({
        "wharf": Timed(bench.sync(declared, "of_faker.d"), bench.fresh("faker.db")),
        "alone": Timed(["sh", "-c", script, "sh", os.path.join(place, "alone.jsonl"), *into_file, *alone],
                       bench.fresh("mounted/alone.jsonl")),
    }, bench.runs)
    with sqlite3.connect(bench.path("faker.db")) as db:
        arrived = db.execute("select count(*) from users").fetchone()[0]
    if arrived != users:
        raise SystemExit(f"{arrived} users arrived of {users}")
    add, noise = bench.table.add, samples.noise()
    add(what + " alone, to a file", samples.median("alone"), "s", samples=samples.all)
    add("  into SQLite, the whole command, ÷ alone", samples.median("wharf") / samples.median("alone"), "",
        ("<=", 1.15), noise)
    checked(bench, host, "the real source-faker", "faker", settings, "of_faker", 2)
