#!/usr/bin/env python3
"""`wharf sync -f` moves what is there, in every sync mode, over every road: compared row by row with
readers that are not ours."""

import csv
import decimal
import io
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from harness import (MODES, SOCKETS_JSONL, WHARF, Case, as_command, bag, end, faker, file_source, jsonl,
                     jsonl_rows, parse, rows_of, scripted, sqlite, sqlite_rows, wait_for)

ROADS = ("batch", "protobuf", "jsonl", "stdio")


def table(count, first=0, seed=1, name="row"):
    """Rows of a file with everything that is hard to quote."""
    chance = random.Random(seed + first)
    words = ["plain", "with, comma", 'with "quotes"', "two\nlines", "", "Zürich 🚢", " spaces ", "tab\there"]
    for i in range(first, first + count):
        yield {"id": i, "name": f"{name} {i}", "note": chance.choice(words),
               "amount": decimal.Decimal(chance.randrange(-10**6, 10**6)) / 100,
               "active": chance.random() < 0.5, "day": f"20{i % 90 + 10}-0{i % 9 + 1}-1{i % 10}"}


def csv_text(rows, delimiter=",", line_end="\r\n", header=True):
    out = io.StringIO(newline="")
    rows = list(rows)
    writer = csv.writer(out, delimiter=delimiter, lineterminator=line_end)
    if header:
        writer.writerow(rows[0].keys())
    for row in rows:
        writer.writerow([str(v).lower() if isinstance(v, bool) else v for v in row.values()])
    return out.getvalue()


def jsonl_text(rows):
    return "".join(json.dumps(row, default=lambda d: float(d), ensure_ascii=False) + "\n" for row in rows)


TEXTS = {"csv": csv_text, "tsv": lambda rows: csv_text(rows, "\t", "\n"), "jsonl": jsonl_text}


def arrived(kind, rows):
    """What a destination is to hold for `rows`: an empty CSV cell is a null."""
    return [{k: None if v == "" and kind != "jsonl" else v for k, v in row.items()} for row in rows]


class SyncCase(Case):
    def road(self, road, source, destination):
        """The two ends and the mode that make records take this road."""
        if road in ("protobuf", "jsonl"):
            return as_command(source, "source", road.upper(), resumable_full_refresh=True), destination, None
        return source, destination, "stdio" if road == "stdio" else None

    def destination(self, kind):
        place = self.world.path("out.db" if kind == "sqlite" else "out")
        return (sqlite if kind == "sqlite" else jsonl)(place), place

    def each_road(self, kinds=("jsonl", "sqlite"), roads=ROADS):
        for kind in kinds:
            for road in roads:
                self.fresh(kind, road)
                yield kind, road

    def took_road(self, run, road):
        said = run.connection()["road"].lower()
        self.assertIn("stdio" if road == "stdio" else "socket", said)
        if road != "stdio":
            self.assertIn(road, said)


class Files(SyncCase):
    def test_files_of_every_form_arrive_row_by_row(self):
        for form in TEXTS:
            for kind, road in self.each_road():
                rows = list(table(700))
                path = self.world.write(f"t.{form}", TEXTS[form](rows))
                to, place = self.destination(kind)
                source, to, mode = self.road(road, file_source(path, primary_key="id"), to)
                self.world.one(source, to, [{"name": "t", "sync_mode": "full_refresh_overwrite"}])
                run = self.synced(mode=mode)
                self.took_road(run, road)
                self.same_rows(rows_of(kind, place, "t"), arrived(form, rows))
                report = run.connection()
                self.assertEqual(report["status"], "succeeded")
                self.assertEqual(report["total"]["recordsCommitted"], len(rows))
                self.assertEqual(report["total"]["recordsEmitted"], len(rows))
                self.nothing_left()

    def test_the_metadata_columns_say_where_a_row_comes_from(self):
        for kind, road in self.each_road(roads=("batch", "stdio")):
            path = self.world.write("t.csv", "a\n1\n")
            to, place = self.destination(kind)
            self.world.one({"connector": "source-file", "configuration": {"path": str(path)}}, to)
            self.synced(mode="stdio" if road == "stdio" else None)
            row = rows_of(kind, place, "t", meta=True)[0]
            self.assertEqual(row["_ab_source_file_url"], str(path))
            self.assertEqual(len(row["_airbyte_raw_id"]), 36)
            self.assertIn("changes", json.loads(row["_airbyte_meta"]) if kind == "sqlite" else row["_airbyte_meta"])

    def modes_of(self, kind):
        return MODES if kind == "sqlite" else MODES[:3]

    def test_every_mode_over_every_road_twice_and_with_a_grown_file(self):
        first, grown = list(table(300)), list(table(150, first=300))
        for kind, road in self.each_road():
            for sync_mode in self.modes_of(kind):
                self.fresh(kind, road, sync_mode)
                path = self.world.write("t.csv", csv_text(first))
                to, place = self.destination(kind)
                source, to, mode = self.road(road, file_source(path, primary_key="id"), to)
                self.world.one(source, to, [{"name": "t", "sync_mode": sync_mode}])
                wanted = arrived("csv", first)
                with self.subTest(sync_mode=sync_mode, run="first"):
                    self.synced(mode=mode)
                    self.same_rows(rows_of(kind, place, "t"), wanted)
                with self.subTest(sync_mode=sync_mode, run="second, nothing new"):
                    run = self.synced(mode=mode)
                    wanted *= 2 if sync_mode == "full_refresh_append" else 1
                    self.same_rows(rows_of(kind, place, "t"), wanted)
                    if sync_mode.startswith("incremental"):
                        self.assertEqual(run.connection()["total"]["recordsCommitted"], 0)
                with self.subTest(sync_mode=sync_mode, run="grown"):
                    with open(path, "a", newline="") as file:
                        file.write(csv_text(grown, header=False))
                    run = self.synced(mode=mode)
                    wanted += arrived("csv", grown if sync_mode != "full_refresh_append" else first + grown)
                    self.same_rows(rows_of(kind, place, "t"), wanted)
                    if sync_mode.startswith("incremental"):
                        self.assertEqual(run.connection()["total"]["recordsCommitted"], len(grown))
                with self.subTest(sync_mode=sync_mode, run="replaced"):
                    other = list(table(80, name="other"))
                    path.unlink()
                    self.world.write("t.csv", csv_text(other))
                    self.synced(mode=mode)
                    new = arrived("csv", other)
                    if "deduped" in sync_mode and sync_mode.startswith("incremental"):
                        wanted = new + [row for row in wanted if row["id"] >= 80]
                    else:
                        wanted = wanted + new if "append" in sync_mode else new
                    self.same_rows(rows_of(kind, place, "t"), wanted)
                self.nothing_left()

    def test_a_last_line_without_a_line_end_waits_in_incremental_reads(self):
        """F-85"""
        for kind, road in self.each_road(kinds=("jsonl",)):
            path = self.world.write("t.csv", "a,b\n1,x\n2,y")
            to, place = self.destination(kind)
            source, to, mode = self.road(road, file_source(path), to)
            self.world.one(source, to, [{"name": "t", "sync_mode": "incremental_append"}])
            self.synced(mode=mode)
            self.same_rows(rows_of(kind, place, "t"), [{"a": 1, "b": "x"}])
            with open(path, "a") as file:
                file.write("y\n")
            self.synced(mode=mode)
            self.same_rows(rows_of(kind, place, "t"), [{"a": 1, "b": "x"}, {"a": 2, "b": "yy"}])

    def test_a_new_file_of_the_pattern_is_read_and_the_others_are_not_again(self):
        self.world.write("in/one.csv", "a\n1\n2\n")
        self.world.one(file_source(self.world.path("in/*.csv"), stream="t"), jsonl(self.world.path("out")),
                       [{"name": "t", "sync_mode": "incremental_append"}])
        self.synced()
        self.world.write("in/two.csv", "a\n3\n")
        self.synced()
        self.same_rows(jsonl_rows(self.world.path("out/t.jsonl")), [{"a": 1}, {"a": 2}, {"a": 3}])


class Faker(SyncCase):
    STREAMS = ("users", "products", "purchases")

    def oracle(self, count):
        """What the source itself prints, read by Python."""
        config = self.world.write("faker.json", json.dumps(faker(count)["configuration"]))
        catalog = subprocess.run([WHARF, "connector", "source-faker", "discover", "--config", config],
                                 capture_output=True, check=True).stdout
        streams = [json.loads(line)["catalog"]["streams"] for line in catalog.splitlines()
                   if json.loads(line)["type"] == "CATALOG"][0]
        chosen = self.world.write("catalog.json", json.dumps({"streams": [
            {"stream": s, "sync_mode": "full_refresh", "destination_sync_mode": "append"} for s in streams]}))
        lines = subprocess.run([WHARF, "connector", "source-faker", "read", "--config", config,
                                "--catalog", chosen], capture_output=True, check=True).stdout
        rows = {name: [] for name in self.STREAMS}
        for line in lines.splitlines():
            message = parse(line)
            if message["type"] == "RECORD":
                rows[message["record"]["stream"]].append(message["record"]["data"])
        return rows

    def test_made_up_rows_arrive_whole_with_several_partitions(self):
        for kind, road in self.each_road():
            wanted = self.oracle(2500)
            to, place = self.destination(kind)
            source, to, mode = self.road(road, faker(2500, parallelism=8, records_per_slice=100), to)
            self.world.one(source, to, [{"name": n, "sync_mode": "full_refresh_overwrite"} for n in self.STREAMS])
            run = self.synced(mode=mode)
            self.took_road(run, road)
            for name in self.STREAMS:
                self.same_rows(rows_of(kind, place, name), wanted[name])
            self.nothing_left()

    def test_a_second_incremental_run_brings_nothing(self):
        for kind, road in self.each_road():
            to, place = self.destination(kind)
            source, to, mode = self.road(road, faker(1000), to)
            best = "incremental_deduped_history" if kind == "sqlite" else "incremental_append"
            self.world.one(source, to, [{"name": n, "sync_mode": best} for n in self.STREAMS])
            for _ in range(2):
                run = self.synced(mode=mode)
                self.assertEqual(len(rows_of(kind, place, "users")), 1000)
            self.assertEqual(run.connection()["total"]["recordsCommitted"], 0)

    def test_a_stream_that_is_left_out_and_taken_again_goes_on_from_its_state(self):
        """F-24"""
        for kind in ("jsonl", "sqlite"):
            self.fresh(kind)
            to, place = self.destination(kind)

            def synced_with(*names, fields=None):
                streams = [{"name": name, "sync_mode": "incremental_append"} for name in names]
                if fields:
                    streams[0]["selected_fields"] = fields
                self.world.one(faker(500, always_updated=False), to, streams)
                self.synced()

            synced_with("users", "products", "purchases")
            counts = {name: len(rows_of(kind, place, name)) for name in self.STREAMS}
            synced_with("users")
            synced_with("users", "products", "purchases")
            synced_with("users", "products", fields=["id", "name", "updated_at"])
            for name in self.STREAMS:
                ids = [row["id"] for row in rows_of(kind, place, name)]
                self.assertEqual((len(ids), len(set(ids))), (counts[name], counts[name]), name)

    def test_always_updated_rows_are_deduplicated_to_their_latest(self):
        for kind, road in self.each_road(kinds=("sqlite",)):
            to, place = self.destination(kind)
            source, to, mode = self.road(road, faker(500, always_updated=True), to)
            self.world.one(source, to, [{"name": "users", "sync_mode": "incremental_deduped_history"}])
            self.synced(mode=mode)
            before = {row["id"]: row["updated_at"] for row in sqlite_rows(place, "users")}
            time.sleep(1.1)  # faker's clock, like the real one's, counts seconds
            self.synced(mode=mode)
            rows = sqlite_rows(place, "users")
            self.assertEqual(len(rows), 500)
            self.assertTrue(all(row["updated_at"] > before[row["id"]] for row in rows))


class Names(SyncCase):
    def test_namespace_and_prefix_make_the_name(self):
        path = self.world.write("t.csv", "a\n1\n")
        for kind, road in self.each_road():
            self.world.write("t.csv", "a\n1\n")
            path = self.world.path("t.csv")
            to, place = self.destination(kind)
            source, to, mode = self.road(road, file_source(path), to)
            self.world.one(source, to, namespace={"definition": "custom_format", "format": "raw"}, prefix="my_",
                           streams=[{"name": "t", "sync_mode": "incremental_append"}])
            for _ in range(2):  # the second time from its state
                self.synced(mode=mode)
                self.same_rows(rows_of(kind, place, "raw_my_t"), [{"a": 1}])

    def test_a_sync_goes_on_from_its_state_when_its_road_changes(self):
        for kind in ("jsonl", "sqlite"):
            with self.subTest(destination=kind):
                self.tearDown()
                self.setUp()
                path = self.world.write("t.csv", "a\n1\n")
                to, place = self.destination(kind)
                self.world.one(file_source(path), to, prefix="my_",
                               streams=[{"name": "t", "sync_mode": "incremental_append"}])
                for i, mode in enumerate(("socket", "stdio", "socket", "stdio"), start=2):
                    run = self.synced(mode=mode)
                    self.assertEqual(run.connection()["total"]["recordsCommitted"], 1, run)
                    with open(path, "a") as file:
                        file.write(f"{i}\n")
                self.same_rows(rows_of(kind, place, "my_t"), [{"a": i} for i in (1, 2, 3, 4)])

    def test_only_selected_fields_arrive(self):
        for kind, road in self.each_road():
            path = self.world.write("t.csv", "id,secret,name\n1,s1,a\n2,s2,b\n")
            to, place = self.destination(kind)
            source, to, mode = self.road(road, file_source(path), to)
            self.world.one(source, to, [{"name": "t", "sync_mode": "full_refresh_overwrite",
                                         "selected_fields": ["id", "name"]}])
            self.synced(mode=mode)
            self.same_rows(rows_of(kind, place, "t"), [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}])

    def test_only_selected_fields_arrive_from_a_foreign_source(self):
        for kind, road in self.each_road(roads=("stdio",)):
            to, place = self.destination(kind)
            self.world.one(scripted({"streams": {"t": 250}, "values": {"secret": '"x"'},
                                     "types": {"secret": {"type": "string"}}}), to,
                           [{"name": "t", "sync_mode": "incremental_append", "selected_fields": ["id"]}])
            self.synced()
            self.same_rows(rows_of(kind, place, "t"), [{"id": i} for i in range(250)])

    def test_two_connections_run_side_by_side(self):
        self.world.write("a.csv", "x\n1\n")
        self.world.write("b.csv", "x\n2\n")
        self.world.declare({"a": file_source(self.world.path("a.csv")), "b": file_source(self.world.path("b.csv"))},
                           {"db": sqlite(self.world.path("out.db"))},
                           {"one": {"source": "a", "destination": "db"},
                            "two": {"source": "b", "destination": "db", "prefix": "p_"}})
        run = self.synced()
        self.assertEqual([c["status"] for c in run.report["connections"]], ["succeeded"] * 2)
        self.same_rows(sqlite_rows(self.world.path("out.db"), "a"), [{"x": 1}])
        self.same_rows(sqlite_rows(self.world.path("out.db"), "p_b"), [{"x": 2}])
        run = self.synced("two")
        self.assertEqual([c["connection"] for c in run.report["connections"]], ["two"])

    def test_the_quickstart_moves_what_every_machine_has(self):
        text = (pathlib.Path(__file__).parents[2] / "conf/quickstart.yaml").read_text()
        self.world.declaration.write_text(text.replace("/tmp/wharf-quickstart", str(self.world.dir)))
        for _ in range(2):
            self.synced("--parallel", "3")
            zones = [line for line in open("/usr/share/zoneinfo/zone1970.tab") if not line.startswith("#")]
            self.assertEqual(len(sqlite_rows(self.world.path("quickstart.db"), "zones")), len(zones))
            self.assertEqual(len(sqlite_rows(self.world.path("quickstart.db"), "shop_users")), 5000)
            self.assertEqual(len(jsonl_rows(self.world.path("jsonl/users.jsonl"))), 5000)
            self.assertEqual(len(jsonl_rows(self.world.path("jsonl/purchases.jsonl"))),
                             len(sqlite_rows(self.world.path("quickstart.db"), "shop_purchases")))


NUMBERS = {"beyond": "9223372036854775809", "huge": "1e400", "small": "-2.5e-390",
           "digits": "1234567890123456789.012345678901234567891", "forty": "1" + "0" * 38 + "7"}


class Numbers(SyncCase):
    def check(self, rows, kind):
        """F-04: the value digit for digit; the text may be another."""
        for row in rows:
            for name, text in NUMBERS.items():
                value = row[name]
                self.assertIsNotNone(value, name)
                self.assertEqual(decimal.Decimal(str(value)), decimal.Decimal(text), (name, value))

    def test_numbers_of_a_file_keep_every_digit(self):
        header = ",".join(NUMBERS) + "\n"
        for form in ("csv", "jsonl"):
            for kind, road in self.each_road():
                text = header + ",".join(NUMBERS.values()) + "\n" if form == "csv" else \
                    "{" + ",".join(f'"{k}":{v}' for k, v in NUMBERS.items()) + "}\n"
                path = self.world.write(f"t.{form}", text)
                to, place = self.destination(kind)
                source, to, mode = self.road(road, file_source(path), to)
                self.world.one(source, to, [{"name": "t", "sync_mode": "full_refresh_append"}])
                self.synced(mode=mode)
                self.check(rows_of(kind, place, "t"), kind)

    def test_numbers_of_a_foreign_source_keep_every_digit(self):
        for kind, road in self.each_road(roads=("jsonl", "stdio")):
            to, place = self.destination(kind)
            more = {"ipc": SOCKETS_JSONL} if road == "jsonl" else {}
            for chosen in (None, ["id", *NUMBERS]):  # the second takes the exact lane
                self.tearDown()
                self.setUp()
                to, place = self.destination(kind)
                stream = {"name": "t", "sync_mode": "full_refresh_append"}
                if chosen:
                    stream["selected_fields"] = chosen
                self.world.one(scripted({"streams": {"t": 3}, "values": NUMBERS}, **more), to, [stream])
                run = self.synced()
                self.took_road(run, road)
                rows = rows_of(kind, place, "t")
                self.assertEqual(len(rows), 3)
                self.check(rows, kind)


class Foreign(SyncCase):
    def test_a_foreign_source_by_sockets_and_stdio_with_stream_and_global_states(self):
        for kind, road in self.each_road(roads=("jsonl", "stdio")):
            for state in ("STREAM", "GLOBAL", "LEGACY"):
                if (road, state) == ("jsonl", "LEGACY"):
                    continue
                with self.subTest(state=state):
                    self.fresh(kind, road)
                    to, place = self.destination(kind)
                    more = {"ipc": SOCKETS_JSONL} if road == "jsonl" else {}
                    config = {"streams": {"a": 450, "b": 320}, "state": state,
                              "pruned": str(self.world.path("pruned.json"))}
                    streams = [{"name": n, "sync_mode": "incremental_append"} for n in "ab"]
                    self.world.one(scripted(config, **more), to, streams)
                    run = self.synced()
                    self.took_road(run, road)
                    config["streams"]["a"] = 777
                    self.world.one(scripted(config, **more), to, streams)
                    run = self.synced()
                    self.assertEqual(run.connection()["total"]["recordsCommitted"], 327)
                    for name in "ab":
                        count = config["streams"][name]
                        self.same_rows(rows_of(kind, place, name),
                                       [{"id": i, "text": f"{name} {i} é"} for i in range(count)])

    def test_the_environment_of_a_command_is_built_and_not_inherited(self):
        program = self.world.write("source.py", (
            "import os, runpy, sys\n"
            "open(sys.argv[0] + '.env', 'w').write(repr(dict(os.environ)) + os.getcwd())\n"
            f"sys.path.insert(0, {str(pathlib.Path(__file__).parents[1] / 'fakes')!r})\n"
            "import scripted_source; scripted_source.main()\n"))
        work = self.world.path("work")
        work.mkdir()
        self.world.one({"connector": {"command": [sys.executable, str(program)], "env": {"MINE": "${env:WISH}"},
                                      "working_directory": str(work)},
                        "configuration": {"streams": {"t": 1}}}, jsonl(self.world.path("out")))
        self.synced(environment={"WISH": "granted", "NOT_FOR_OTHERS": "hidden-value"})
        seen = pathlib.Path(f"{program}.env").read_text()
        self.assertIn("'MINE': 'granted'", seen)
        self.assertIn(str(work), seen)
        self.assertNotIn("hidden-value", seen)


class Verb(SyncCase):
    def declare_text(self, text):
        self.world.declaration.write_text(text)

    GOOD = ("version: 1\nsources:\n  - name: users\n    connector: source-faker\n"
            "    configuration: {count: 10}\ndestinations:\n  - name: folder\n"
            "    connector: destination-jsonl\n    configuration: {destination_path: ./out}\n"
            "connections:\n  - name: go\n    source: users\n    destination: folder\n")

    def test_what_is_wrong_in_a_declaration_is_said_with_file_line_and_nearest_name(self):
        for wrong, line, words in (
                (("source-faker", "source-fakre"), 4, ["source-fakre", "source-faker"]),
                (("connector: destination-jsonl", "conector: destination-jsonl"), 8, ["conector", "connector"]),
                (("source: users", "source: user"), 11, ["'user'", "users"]),
                (("{count: 10}", "{count: ten}"), 5, ["count"]),
                (("destination: folder\n", "destination: folder\n    streams:\n"
                  "      - {name: usrs, sync_mode: incremental_append}\n"), 15, ["usrs", "users"]),
                (("destination: folder\n", "destination: folder\n    streams:\n"
                  "      - {name: users, sync_mode: incremental_apend}\n"), 15,
                 ["incremental_apend", "incremental_append"]),
                (("destination: folder\n", "destination: folder\n    mode: sockets\n"), 14, ["mode", "socket"]),
                (("version: 1", "version: 1\n\tx"), 2, [])):
            with self.subTest(wrong=wrong):
                self.declare_text(self.GOOD.replace(*wrong))
                run = self.refused(2)
                self.assertIn(f"sync.yaml:{line}:", run.failure(), run)
                for word in words:
                    self.assertIn(word, run.failure())
                self.assertFalse(self.world.path("out").exists())

    def test_streams_that_meet_and_too_many_fields_are_refused_as_the_api_refuses_them(self):
        to = jsonl(self.world.path("out"))
        self.world.one(scripted({"streams": {"s": 1}, "namespaces": ["here", "there"]}), to,
                       namespace={"definition": "custom_format", "format": "same"})
        said = self.refused(2).failure()
        self.assertIn("connection 'c': streams 'here.s' and 'there.s' would both become 'same.s' in the destination",
                      said)
        self.assertIn("sync.yaml:", said)
        self.world.one(scripted({"streams": {"s": 1}, "fields": 19_999}), to)
        self.assertIn("connection 'c': 20001 fields are selected; a connection has 20000 at most",
                      self.refused(2).failure())
        self.world.one(scripted({"streams": {"s": 1}, "fields": 19_999}), to,
                       streams=[{"name": "s", "selected_fields": ["id", "text"]}])
        self.synced()

    def test_a_relative_path_is_relative_to_the_file(self):
        self.declare_text(self.GOOD)
        self.synced()
        self.assertEqual(len(jsonl_rows(self.world.path("out/users.jsonl"))), 10)

    def test_an_unknown_connection_is_refused_with_the_nearest_name(self):
        self.declare_text(self.GOOD)
        run = self.refused(2, "goo")
        self.assertIn("'goo'", run.failure())
        self.assertIn("go", run.failure().split("'goo'")[1])

    def test_usage_ends_with_2_and_help_with_0(self):
        for words, code in (([], 2), (["sync"], 2), (["sync", "-f", "/nowhere.yaml"], 2), (["sync", "--help"], 0),
                            (["nosuchverb"], 2), (["sync", "-f", "x", "--mode", "pigeon"], 2)):
            with self.subTest(words=words):
                run = subprocess.run([WHARF, *words], capture_output=True, text=True)
                self.assertEqual(run.returncode, code, run)
        self.assertIn("Examples:", subprocess.run([WHARF, "sync", "--help"], capture_output=True, text=True).stdout)

    def test_a_second_sync_on_the_same_data_directory_is_refused_naming_the_first(self):
        self.world.one(scripted({"streams": {"t": 10}, "steps": [{"do": "silent"}]}), jsonl(self.world.path("out")))
        first = self.world.start()
        try:
            self.assertTrue(wait_for(lambda: (self.world.data / "wharf.db").exists()))
            run = self.refused(3)
            self.assertIn(str(first.pid), run.failure())
        finally:
            end(first, signal.SIGKILL)

    def test_quiet_prints_nothing_of_what_went_well(self):
        self.declare_text(self.GOOD)
        run = self.synced("--quiet", json_report=False)
        self.assertEqual((run.out, run.err), ("", ""))

    def test_plain_lines_say_what_was_done(self):
        self.declare_text(self.GOOD)
        run = self.synced(json_report=False)
        self.assertIn("go", run.out)
        self.assertIn("10", run.out)
        self.assertNotIn("\x1b", run.out)

    def test_a_forced_mode_that_cannot_be_is_refused_by_reason(self):
        self.world.one(scripted({"streams": {"t": 1}}), jsonl(self.world.path("out")))
        run = self.world.sync(mode="socket")
        self.assertNotEqual(run.code, 0)
        self.assertIn("socket", run.failure())

    def test_a_renamed_connection_is_a_new_one_and_that_is_said(self):
        self.declare_text(self.GOOD)
        self.synced()
        self.declare_text(self.GOOD.replace("name: go", "name: gone"))
        run = self.world.sync()
        self.assertIn("previous_name", run.out + run.err)

    def test_a_renamed_connection_that_names_its_former_name_goes_on(self):
        self.declare_text(self.GOOD)
        self.synced()
        self.declare_text(self.GOOD.replace("name: go", "name: gone\n    previous_name: go"))
        self.synced()


if __name__ == "__main__":
    unittest.main()
