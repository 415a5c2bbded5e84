"""Images with Airbyte's contract, made without a registry: `images.py faker NAME:TAG VENV`, or `file`, has a connector
from PyPI with the Python it was installed with, `images.py wharf NAME:TAG BINARY` the project's own binary. Each has
nothing beside what its program loads: no shell, no other user than 1000."""

import hashlib
import io
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import engine_api

FAKES = pathlib.Path(__file__).resolve().parent.parent / "fakes"
PACKAGING = FAKES.parent.parent / "packaging"
SKIPPED = {"test", "tests", "idlelib", "turtledemo", "ensurepip", "tkinter", "site-packages"}
MAIN = "import sys\nsys.path.insert(0, '/airbyte/packages')\nfrom {}.run import run\nsys.exit(run())\n"


class Root:
    """A file system as a tar, whose files any uid may read. `bare`: with nothing but what is put into it."""

    def __init__(self, bare=False):
        self.file = tempfile.TemporaryFile()
        self.tar = tarfile.open(fileobj=self.file, mode="w")
        self.there = set()
        if bare:
            return
        for name, to in (("bin", "usr/bin"), ("lib", "usr/lib"), ("lib64", "usr/lib64")):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, to
            self.tar.addfile(link)
        for name in ("tmp", "var/run"):
            self.directory(name, 0o1777)

    def directory(self, name, mode=0o755):
        info = tarfile.TarInfo(name)
        info.type, info.mode = tarfile.DIRTYPE, mode
        self.tar.addfile(info)

    def add(self, path, name):
        name = name.lstrip("/")
        for old, new in (("bin/", "usr/bin/"), ("lib/", "usr/lib/"), ("lib64/", "usr/lib64/")):
            if name.startswith(old):
                name = new + name[len(old):]
        if name in self.there:
            return
        self.there.add(name)
        info = self.tar.gettarinfo(str(pathlib.Path(path).resolve()), name)
        info.uid = info.gid = 0
        info.mode = 0o755 if info.mode & 0o111 else 0o644
        with open(path, "rb") as content:
            self.tar.addfile(info, content)

    def text(self, name, text, mode=0o644):
        self.bytes(name, text.encode(), mode)

    def bytes(self, name, content, mode=0o644):
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(content), mode
        self.tar.addfile(info, io.BytesIO(content))

    def package(self, name):
        """The files of a Debian package as this host has it, without its papers."""
        listed = subprocess.run(["dpkg", "-L", name], stdout=subprocess.PIPE, text=True, check=True).stdout
        for path in map(pathlib.Path, listed.splitlines()):
            if path.is_file() and not str(path).startswith("/usr/share/"):
                self.add(path, str(path))

    def tree(self, path, name, skipped=()):
        for each in sorted(pathlib.Path(path).rglob("*")):
            parts = each.relative_to(path).parts
            if each.is_file() and not set(skipped) & set(parts) and ".opt-" not in each.name:
                self.add(each, f"{name}/{'/'.join(parts)}")
                if ".so" in each.name:
                    self.libraries(each)

    def libraries(self, binary):
        """What it loads, at its place; those of a Python that is not the system's where all are looked for."""
        said = subprocess.run(["ldd", str(binary)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        for line in said.splitlines():
            found = [word for word in line.split() if word.startswith("/") and pathlib.Path(word).is_file()]
            if found and "site-packages" not in found[0]:
                own = found[0].startswith(("/lib", "/usr/lib"))
                self.add(found[0], found[0] if own else f"/usr/lib/{pathlib.Path(found[0]).name}")

    def finish(self):
        self.tar.close()
        self.file.seek(0)
        return self.file


def small_program():
    """tests/fakes/small_connector.c, linked statically: the bytes of it."""
    with tempfile.TemporaryDirectory() as place:
        program = pathlib.Path(place) / "connector"
        subprocess.run(["musl-gcc", "-static", "-Os", "-o", program, FAKES / "small_connector.c"], check=True)
        return program.read_bytes()


def changes(entrypoint, repository, tag, user="1000:1000"):
    own = ["ENV WHARF_LOCAL_ROOT=/local"] if entrypoint[0] == "/usr/bin/wharf" else []
    return [*own, f"ENTRYPOINT {json.dumps(entrypoint)}", f"ENV AIRBYTE_ENTRYPOINT={json.dumps(' '.join(entrypoint))}",
            "WORKDIR /airbyte", f"USER {user}", f"LABEL io.airbyte.name={repository}", f"LABEL io.airbyte.version={tag}"]


def faker(venv, package="source_faker"):
    """The connector in a virtual environment, and the Python that environment is of, without their tests. Modules are
    there compiled, too: user 1000 could not keep what it compiles, and would do so at each start."""
    python = (pathlib.Path(venv) / "bin/python").resolve()
    library = next((python.parent.parent / "lib").glob("python3.*[0-9]"))
    root = Root()
    root.directory("airbyte", 0o777)
    root.add(python, "/usr/local/bin/python3")
    root.libraries(python)
    root.tree(library, f"/usr/local/lib/{library.name}", SKIPPED)
    root.tree(next((pathlib.Path(venv) / "lib").glob("python3.*")) / "site-packages", "/airbyte/packages", {"tests"})
    root.text("airbyte/main.py", MAIN.format(package))
    return root.finish(), ["/usr/local/bin/python3", "/airbyte/main.py"]


def wharf(binary, connector):
    """The layer of the project's own images, as packaging/image.sh makes it."""
    place = tempfile.NamedTemporaryFile()
    subprocess.run([PACKAGING / "image.sh", binary, place.name, "--root"], check=True)
    return place, ["/usr/bin/wharf", "connector", connector]


def small(program):
    """FROM scratch: `program` at /connector, and nothing else."""
    root = Root(bare=True)
    root.bytes("connector", program, 0o755)
    return root.finish()


def archive(name, tar, config, architecture):
    """What `docker load` takes: an image of one layer for the processor of that name."""
    layer = tar.read()
    digest = hashlib.sha256(layer).hexdigest()
    root = Root(bare=True)
    root.bytes("layer.tar", layer)
    root.text("config.json", json.dumps({"architecture": architecture, "os": "linux", "config": config,
                                         "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]}}))
    root.text("manifest.json", json.dumps([{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]))
    return root.finish()


def make(name, tar, entrypoint, user="1000:1000", engine=None):
    repository, tag = name.rsplit(":", 1)
    (engine or engine_api.Engine()).import_image(tar, repository, tag, changes(entrypoint, repository, tag, user))


if __name__ == "__main__":
    what, name, path = sys.argv[1:4]
    make(name, *(wharf(path, sys.argv[4]) if what == "wharf" else faker(path, f"source_{what}")))
