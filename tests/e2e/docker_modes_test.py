"""The project's own image on either side and on both, by sockets and by stdio, in every mode both sides declare: what
arrives is compared row by row with what built-ins make of the same declaration. And Airbyte's own source-file, from PyPI
and unmodified (WHARF_REAL_FILE), as an image that reads a directory of the host."""

import os
import pathlib
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))
import harness
from docker_test import BUILTIN, DockerCase, engine_api, image, images
from sync_test import arrived, csv_text, table

OWN = ("source-faker", "source-file", "destination-jsonl", "destination-sqlite")
MODES = {"jsonl": harness.MODES[:3], "sqlite": harness.MODES}
STREAMS = {"faker": "users", "file": "rows"}
PEOPLE = 150


class Mounted(DockerCase):
    """With a directory of the host as /local in every container."""

    @classmethod
    def setUpClass(cls):
        assert engine_api.HOST, "WHARF_TEST_DOCKER names no engine: tests/docker/engine.sh starts one"
        cls.engine = engine_api.Engine()

    def setUp(self):
        super().setUp()
        self.local = self.place("local")
        os.environ.update(WHARF_DOCKER_HOST=engine_api.HOST, WHARF_LOCAL_MOUNT=str(self.local))

    def place(self, name):
        """A directory whose rows any uid may write."""
        made = self.world.path(name)
        made.mkdir()
        made.chmod(0o777)
        return made

    def write(self, place, rows):
        (place / "rows.csv").write_text(csv_text(table(rows)), newline="")


class Modes(Mounted):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for connector in OWN:
            images.make(BUILTIN.format(connector), *images.wharf(harness.WHARF, connector), engine=cls.engine)

    def end(self, connector, configuration, contained, **resources):
        if not contained:
            return {"connector": connector, "configuration": configuration}
        ipc = harness.sockets("PROTOBUF")
        own = {"position": True} if connector.startswith("destination") else {}
        return {"connector": image(BUILTIN.format(connector), ipc=ipc, **own, **resources), "configuration": configuration}

    def declare(self, place, contained=(), streams=STREAMS):
        """Each source into each destination in each mode of both; `contained`: which sides are containers."""
        def seen(side, name):
            return f"/local/{name}" if side in contained else str(place / name)
        faker = {"count": PEOPLE, "seed": 7, "always_updated": False}
        file = {"path": seen("source", "rows.csv"), "primary_key": "id", "metadata_columns": False}
        sources = {"faker": self.end("source-faker", faker, "source" in contained),
                   "file": self.end("source-file", file, "source" in contained)}
        destinations, connections = {}, {}
        for source, stream in streams.items():
            for kind, modes in MODES.items():
                for mode in modes:
                    name = f"{source}-{kind}-{mode}"
                    path = {"destination_path": seen("destination", name)}
                    destinations[name] = self.end(f"destination-{kind}", path, "destination" in contained)
                    connections[name] = {"source": source, "destination": name,
                                         "streams": [{"name": stream, "sync_mode": mode}]}
        self.world.declare(sources, destinations, connections)
        return connections

    def rows(self, place, name):
        source, kind, _ = name.split("-")
        return harness.rows_of(kind, place / name, STREAMS[source])

    def test_in_every_mode_rows_arrive_as_with_built_ins(self):
        wanted = {}
        plain = self.place("plain")
        for rows in (200, 300):
            self.write(plain, rows)
            connections = self.declare(plain)
            self.synced()
            wanted[rows] = {name: self.rows(plain, name) for name in connections}
        files = {"file": STREAMS["file"]}
        for contained, streams, rounds in ((("source", "destination"), STREAMS, (200, 300)),
                                           (("source",), files, (200,)), (("destination",), files, (200,))):
            for medium in ("socket", "stdio"):
                self.fresh(*contained, medium)
                for rows in rounds:
                    self.write(self.local, rows)
                    connections = self.declare(self.local, contained, streams)
                    run = self.synced(mode=medium)
                    for name in connections:
                        with self.subTest(name=name, contained=contained, medium=medium, rows=rows):
                            self.assertIn(medium, run.connection(name)["road"].lower())
                            self.same_rows(self.rows(self.local, name), wanted[rows][name])
                self.no_container()

    def test_there_are_twice_as_many_sockets_as_the_smaller_side_has_cpus(self):
        to = {"destination_path": "/local/out"}
        for cpus, sockets in (((2, 2), 4), ((2, 1.5), 2), ((0.5, 2), 2)):
            self.fresh(*cpus)
            source, destination = ({"resources": {"cpu": cpu}} for cpu in cpus)
            self.world.one(self.end("source-faker", {"count": PEOPLE, "seed": 7}, True, **source),
                           self.end("destination-jsonl", to, True, **destination),
                           [{"name": "users", "sync_mode": "full_refresh_overwrite"}])
            run = self.synced()
            self.assertIn(f"socket, PROTOBUF, {sockets} sockets", self.world.log(run))
            self.check_users(harness.jsonl_rows(self.local / "out/users.jsonl"), PEOPLE)
            self.no_container()


class RealFile(Mounted):
    IMAGE = "wharf-test/airbyte-source-file:e2e"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.engine.has_image(cls.IMAGE):
            program = os.environ.get("WHARF_REAL_FILE")
            assert program, "WHARF_REAL_FILE names no source-file: source tests/real_parts.sh"
            images.make(cls.IMAGE, *images.faker(pathlib.Path(program).parent.parent, "source_file"), engine=cls.engine)

    def test_its_rows_arrive_as_they_stand_in_the_file(self):
        self.write(self.local, 300)
        file = {"dataset_name": "rows", "format": "csv", "url": "/local/rows.csv", "provider": {"storage": "local"}}
        place = self.world.path("out.db")
        self.world.one({"connector": image(self.IMAGE), "configuration": file}, harness.sqlite(place),
                       [{"name": "rows", "sync_mode": "full_refresh_overwrite"}])
        self.synced()
        self.same_rows(harness.sqlite_rows(place, "rows"), arrived("csv", table(300)))
        self.no_container()


if __name__ == "__main__":
    sys.exit(unittest.main())
