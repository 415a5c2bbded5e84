"""Images with Airbyte's contract, made without a registry: `images.py faker NAME:TAG VENV` has a connector from
PyPI with the Python it was installed with, `images.py wharf NAME:TAG BINARY` the project's own binary. Each has
nothing beside what its program loads: no shell, no other user than 1000."""

import io
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import engine_api

PACKAGING = pathlib.Path(__file__).resolve().parents[2] / "packaging"
SKIPPED = {"test", "tests", "idlelib", "turtledemo", "ensurepip", "tkinter", "site-packages"}
MAIN = "import sys\nsys.path.insert(0, '/airbyte/packages')\nfrom source_faker.run import run\nsys.exit(run())\n"


class Root:
    """A file system as a tar, whose files any uid may read."""

    def __init__(self):
        self.file = tempfile.TemporaryFile()
        self.tar = tarfile.open(fileobj=self.file, mode="w")
        self.there = set()
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
        for old, new in (("lib/", "usr/lib/"), ("lib64/", "usr/lib64/")):
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

    def text(self, name, text):
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(text.encode()), 0o644
        self.tar.addfile(info, io.BytesIO(text.encode()))

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


def changes(entrypoint, repository, tag, user="1000:1000"):
    own = ["ENV WHARF_LOCAL_ROOT=/local"] if entrypoint[0] == "/usr/bin/wharf" else []
    return [*own, f"ENTRYPOINT {json.dumps(entrypoint)}", f"ENV AIRBYTE_ENTRYPOINT={json.dumps(' '.join(entrypoint))}",
            "WORKDIR /airbyte", f"USER {user}", f"LABEL io.airbyte.name={repository}", f"LABEL io.airbyte.version={tag}"]


def faker(venv):
    """The connector in a virtual environment, and the Python that environment is of."""
    python = (pathlib.Path(venv) / "bin/python").resolve()
    library = next((python.parent.parent / "lib").glob("python3.*[0-9]"))
    root = Root()
    root.directory("airbyte", 0o777)
    root.add(python, "/usr/local/bin/python3")
    root.libraries(python)
    root.tree(library, f"/usr/local/lib/{library.name}", SKIPPED)
    root.tree(next((pathlib.Path(venv) / "lib").glob("python3.*")) / "site-packages", "/airbyte/packages")
    root.text("airbyte/main.py", MAIN)
    return root.finish(), ["/usr/local/bin/python3", "/airbyte/main.py"]


def wharf(binary, connector):
    """The layer of the project's own images, as packaging/image.sh makes it."""
    place = tempfile.NamedTemporaryFile()
    subprocess.run([PACKAGING / "image.sh", binary, place.name, "--root"], check=True)
    return place, ["/usr/bin/wharf", "connector", connector]


def make(name, tar, entrypoint, user="1000:1000", engine=None):
    repository, tag = name.rsplit(":", 1)
    (engine or engine_api.Engine()).import_image(tar, repository, tag, changes(entrypoint, repository, tag, user))


if __name__ == "__main__":
    what, name, path = sys.argv[1:4]
    make(name, *(faker(path) if what == "faker" else wharf(path, sys.argv[4])))
