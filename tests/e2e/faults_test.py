#!/usr/bin/env python3
"""What can go wrong around a sync: a clear error each time, and nothing lost, nothing doubled."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from harness import (NOBODY, ROOT, SOCKETS_JSONL, WHARF, Case, end, faker, file_source, jsonl, jsonl_rows,
                     members_of, rows_of, scripted, scripted_destination, sqlite, sqlite_rows, wait_for)


def rows(count, stream="t"):
    return [{"id": i, "text": f"{stream} {i} é"} for i in range(count)]


class FaultCase(Case):
    def out(self, kind="jsonl"):
        place = self.world.path("out.db" if kind == "sqlite" else "out")
        return (sqlite if kind == "sqlite" else jsonl)(place), place

    def failed(self, *words, said=(), code=1, **how):
        """A sync that fails, says all of these, and leaves nothing behind."""
        run = self.world.sync(*words, **how)
        self.assertEqual(run.code, code, run)
        for word in said:
            self.assertIn(word, run.failure(), run)
        if (self.world.data / "wharf.db").exists():
            self.nothing_left()
        return run

    def each(self, kinds=("jsonl", "sqlite"), roads=("stdio", "socket")):
        for kind in kinds:
            for road in roads:
                self.fresh(kind, road)
                yield kind, ({"ipc": SOCKETS_JSONL} if road == "socket" else {})


class Files(FaultCase):
    def test_a_missing_file_is_named(self):
        self.world.one(file_source("/nowhere/at-all.csv"), self.out()[0])
        run = self.world.sync()
        self.assertIn(run.code, (1, 2), run)
        self.assertIn("/nowhere/at-all.csv", run.failure())

    def test_a_file_that_goes_between_two_runs_is_named_and_the_output_stays(self):
        path = self.world.write("t.csv", "a\n1\n")
        for kind in ("jsonl", "sqlite"):
            to, place = self.out(kind)
            self.world.write("t.csv", "a\n1\n")
            self.world.one(file_source(path), to, [{"name": "t", "sync_mode": "full_refresh_overwrite"}])
            self.synced()
            path.unlink()
            run = self.world.sync()
            self.assertNotEqual(run.code, 0)
            self.assertIn("t.csv", run.failure())
            self.same_rows(rows_of(kind, place, "t"), [{"a": 1}])

    @unittest.skipUnless(ROOT, "needs another user")
    def test_a_file_that_may_not_be_read_is_named(self):
        path = self.world.write("t.csv", "a\n1\n")
        path.chmod(0o000)
        self.as_nobody()
        self.world.one(file_source(path), self.out()[0])
        run = self.world.sync(prefix=NOBODY)
        self.assertIn(run.code, (1, 2), run)
        self.assertIn("t.csv", run.failure())
        self.assertIn("ermission", run.failure())

    def as_nobody(self):
        self.world.dir.chmod(0o777)
        for place in (self.world.data, self.world.path("home")):
            place.mkdir(mode=0o700)
            os.chown(place, 65534, 65534)

    @unittest.skipUnless(ROOT, "needs another user")
    def test_a_destination_that_may_not_be_written_is_named(self):
        path = self.world.write("t.csv", "a\n1\n")
        for kind in ("jsonl", "sqlite"):
            with self.subTest(destination=kind):
                self.tearDown()
                self.setUp()
                path = self.world.write("t.csv", "a\n1\n")
                path.chmod(0o644)
                self.as_nobody()
                shut = self.world.path("shut")
                shut.mkdir(mode=0o755)
                place = shut / ("out.db" if kind == "sqlite" else "out")
                self.world.one(file_source(path), (sqlite if kind == "sqlite" else jsonl)(place))
                run = self.world.sync(prefix=NOBODY)
                self.assertNotEqual(run.code, 0, run)
                self.assertIn(str(shut), run.failure())
                self.assertRegex(run.failure(), "ermission|unable to open")

    @unittest.skipUnless(ROOT, "needs another user")
    def test_a_data_directory_that_may_not_be_written_is_an_environment_fault(self):
        self.world.write("t.csv", "a\n1\n")
        self.world.dir.chmod(0o755)
        self.world.one(file_source(self.world.path("t.csv")), self.out()[0])
        run = self.world.sync(prefix=NOBODY)
        self.assertEqual(run.code, 3, run)
        self.assertIn(str(self.world.data), run.failure())

    def test_an_empty_file_is_no_error(self):
        for kind in ("jsonl", "sqlite"):
            for name, text in (("nothing.csv", ""), ("header.csv", "a,b\n"), ("nothing.jsonl", "")):
                with self.subTest(destination=kind, file=name, text=text):
                    self.tearDown()
                    self.setUp()
                    path = self.world.write(name, text)
                    to, place = self.out(kind)
                    self.world.one(file_source(path, stream="t"), to,
                                   [{"name": "t", "sync_mode": "full_refresh_overwrite"}])
                    run = self.world.sync()
                    self.assertEqual(run.code, 0, run)
                    self.assertFalse(rows_of(kind, place, "t"))

    def test_an_overwrite_without_rows_leaves_the_output_empty(self):
        """F-08"""
        for kind in ("jsonl", "sqlite"):
            path = self.world.write("t.csv", "a\n1\n")
            to, place = self.out(kind)
            self.world.one(file_source(path), to, [{"name": "t", "sync_mode": "full_refresh_overwrite"}])
            self.synced()
            path.write_text("a\n")
            self.synced()
            self.assertEqual(rows_of(kind, place, "t"), [])

    def test_a_directory_or_pattern_without_files_is_named(self):
        self.world.path("empty").mkdir()
        for path in ("empty", "empty/*.csv"):
            self.world.one(file_source(self.world.path(path), stream="t", format="csv"), self.out()[0])
            run = self.world.sync()
            self.assertIn(run.code, (1, 2), run)
            self.assertIn("empty", run.failure())


class FullDisk(FaultCase):
    @contextlib.contextmanager
    def small_disk(self, size):
        place = self.world.path("small")
        place.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", place],
                          capture_output=True).returncode != 0:
            self.skipTest("mounting is not allowed here")
        try:
            yield place
        finally:
            subprocess.run(["umount", "-l", place], check=True)

    @unittest.skipUnless(ROOT, "mounts")
    def test_a_full_disk_fails_by_name_and_the_sync_goes_on_when_there_is_room(self):
        for kind in ("jsonl", "sqlite"):
            for sync_mode in ("full_refresh_append", "incremental_append", "full_refresh_overwrite"):
                with self.subTest(destination=kind, sync_mode=sync_mode):
                    self.tearDown()
                    self.setUp()
                    with self.small_disk("3m") as small:
                        place = small / ("out.db" if kind == "sqlite" else "out")
                        to = (sqlite if kind == "sqlite" else jsonl)(place)
                        self.world.one(scripted({"streams": {"t": 40_000}, "every": 1000}), to,
                                       [{"name": "t", "sync_mode": sync_mode}])
                        run = self.failed()
                        self.assertTrue("space" in run.failure() or "full" in run.failure(), run)
                        subprocess.run(["mount", "-o", "remount,size=40m", small], check=True)
                        self.synced()
                        self.same_rows(rows_of(kind, place, "t"), rows(40_000))


class Sources(FaultCase):
    def test_a_source_that_exits_after_three_states_keeps_what_they_cover(self):
        for kind, more in self.each():
            to, place = self.out(kind)
            streams = [{"name": "t", "sync_mode": "incremental_append"}]
            config = {"streams": {"t": 1000}, "steps": [
                {"after": 3, "do": "stderr", "text": "the well is dry"},
                {"after": 3, "do": "error", "message": "no more water"}, {"after": 3, "do": "exit"}]}
            self.world.one(scripted(config, **more), to, streams)
            run = self.failed(said=["no more water"])
            self.assertIn("the well is dry", "".join(run.connection()["stderr"]))
            self.assertTrue(os.path.exists(run.connection()["log"]))
            self.same_rows(rows_of(kind, place, "t"), rows(300))
            self.assertEqual(run.connection()["total"]["recordsCommitted"], 300)
            # The same job goes on: its catalog is frozen, its source's configuration is not asked again.
            self.same_job(config, to, streams, more)
            self.synced()
            self.same_rows(rows_of(kind, place, "t"), rows(1000))

    def same_job(self, config, to, streams, more):
        config["steps"] = []
        self.world.one(scripted(config, **more), to, streams)

    def test_garbage_is_logged_and_stops_nothing(self):
        for kind, more in self.each(kinds=("jsonl",)):
            to, place = self.out(kind)
            self.world.one(scripted({"streams": {"t": 300}, "steps": [
                {"after": 0, "do": "garbage"}, {"after": 1, "do": "garbage", "text": "{not json"},
                {"after": 2, "do": "garbage", "text": "[1,2]"}]}, **more), to)
            run = self.synced()
            self.same_rows(rows_of(kind, place, "t"), rows(300))
            self.assertIn("this is no message", self.world.log(run))

    def test_a_record_that_does_not_parse_fails_by_name(self):
        """F-79"""
        for kind, more in self.each(roads=("stdio",)):
            to, place = self.out(kind)
            self.world.one(scripted({"streams": {"t": 300}, "steps": [{"after": 2, "do": "broken_record"}]}, **more),
                           to, [{"name": "t", "sync_mode": "incremental_append"}])
            self.failed(said=["does not parse"])
            self.assertLessEqual(len(rows_of(kind, place, "t")), 200)

    def test_half_a_line_at_the_end_fails_by_name(self):
        """F-79"""
        for kind, more in self.each(roads=("stdio",)):
            to, place = self.out(kind)
            self.world.one(scripted({"streams": {"t": 300}, "steps": [{"after": 2, "do": "half_line"}]}, **more),
                           to, [{"name": "t", "sync_mode": "incremental_append"}])
            self.failed(said=["in the middle of a line"])
            self.same_rows(rows_of(kind, place, "t"), rows(200))

    def test_a_line_over_the_limit_fails_by_name(self):
        """F-09"""
        for kind, more in self.each(kinds=("jsonl",)):
            to, place = self.out(kind)
            self.world.one(scripted({"streams": {"t": 300}, "steps": [
                {"after": 2, "do": "long_line", "bytes": (64 << 20) + 4096}]}, **more), to,
                [{"name": "t", "sync_mode": "incremental_append"}])
            self.failed(said=["limit", "t"])
            self.same_rows(rows_of(kind, place, "t") or [], rows(200))

    def test_a_long_line_below_the_limit_arrives(self):
        for kind, more in self.each(kinds=("jsonl",)):
            to, place = self.out(kind)
            self.world.one(scripted({"streams": {"t": 1}, "values": {"big": json.dumps("x" * (20 << 20))},
                                     "types": {"big": {"type": "string"}}}, **more), to)
            self.synced()
            self.assertEqual(len(rows_of(kind, place, "t")[0]["big"]), 20 << 20)

    def test_a_record_of_an_unknown_stream_fails_by_name(self):
        for kind, more in self.each():
            to, place = self.out(kind)
            self.world.one(scripted({"streams": {"t": 300}, "steps": [{"after": 2, "do": "unknown_stream"}]}, **more),
                           to, [{"name": "t", "sync_mode": "incremental_append"}])
            self.failed(said=["nobody's"])
            self.same_rows(rows_of(kind, place, "t"), rows(200))

    def test_a_silent_source_is_stopped_by_ctrl_c_and_its_state_stays(self):
        for kind, more in self.each():
            to, place = self.out(kind)
            config = {"streams": {"t": 300}, "steps": [{"after": 2, "do": "silent"}]}
            streams = [{"name": "t", "sync_mode": "incremental_append"}]
            self.world.one(scripted(config, **more), to, streams)
            child = self.world.start()
            self.assertTrue(wait_for(lambda: len(self.quietly(kind, place)) == 200), self.quietly(kind, place))
            child.send_signal(signal.SIGINT)
            out, err = child.communicate(timeout=60)
            self.assertEqual(child.returncode, 1, out + err)
            self.assertIn(b"cancelled", out)
            self.nothing_left()
            self.same_rows(rows_of(kind, place, "t"), rows(200))
            config["steps"] = []
            self.world.one(scripted(config, **more), to, streams)
            self.synced()
            self.same_rows(rows_of(kind, place, "t"), rows(300))

    def quietly(self, kind, place):
        try:
            return rows_of(kind, place, "t") or []
        except (AssertionError, sqlite3.Error):
            return []

    def test_a_source_that_ignores_sigterm_is_gone_when_the_grace_is_over(self):
        """F-54"""
        to, place = self.out()
        self.world.one(scripted({"streams": {"t": 300}, "ignore_term": True, "steps": [{"after": 2, "do": "silent"}]}),
                       to, [{"name": "t", "sync_mode": "incremental_append"}])
        child = self.world.start()
        self.assertTrue(wait_for(lambda: len(self.quietly("jsonl", place)) == 200))
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=90)
        self.assertEqual(child.returncode, 1, out + err)
        self.nothing_left()
        self.same_rows(rows_of("jsonl", place, "t"), rows(200))

    def test_a_second_signal_ends_at_once_and_takes_the_connectors_along(self):
        to, place = self.out()
        self.world.one(scripted({"streams": {"t": 300}, "ignore_term": True, "steps": [{"after": 2, "do": "silent"}]}),
                       to, [{"name": "t", "sync_mode": "incremental_append"}])
        child = self.world.start()
        self.assertTrue(wait_for(lambda: len(self.quietly("jsonl", place)) == 200))
        child.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        child.send_signal(signal.SIGTERM)
        child.communicate(timeout=20)
        self.assertEqual(child.returncode, 128 + signal.SIGTERM)
        groups = [g for (g,) in self.world.store("select process_group from workload")]
        self.assertTrue(wait_for(lambda: not any(members_of(g) for g in groups), 10), groups)


class Destinations(FaultCase):
    def test_a_destination_that_dies_is_named_and_gets_again_what_it_had_not_confirmed(self):
        place = self.world.path("out")
        streams = [{"name": "t", "sync_mode": "incremental_append"}]
        source = {"streams": {"t": 5000}}
        self.world.one(scripted(source), scripted_destination({"path": str(place), "steps": [
            {"after": 3, "do": "stderr", "text": "no more shelves"},
            {"after": 3, "records": 50, "do": "exit", "code": 7}]}), streams)
        run = self.failed(said=["destination", "7"])
        self.assertIn("no more shelves", "".join(run.connection()["stderr"]))
        self.assertEqual([row["id"] for row in jsonl_rows(place / "t.jsonl")], list(range(350)))
        self.world.one(scripted(source), scripted_destination({"path": str(place)}), streams)
        self.synced()
        self.assertEqual([row["id"] for row in jsonl_rows(place / "t.jsonl")], [*range(350), *range(300, 5000)])

    def test_a_killed_wharf_goes_on_from_what_its_foreign_destination_confirmed_last(self):
        place = self.world.path("out")
        streams = [{"name": "t", "sync_mode": "incremental_append"}]
        self.world.one(scripted({"streams": {"t": 2000}, "pause": 0.2}), scripted_destination({"path": str(place)}),
                       streams)
        child = self.world.start()
        self.assertTrue(wait_for(lambda: self.world.store("select 1 from checkpoint")))
        end(child)
        groups = [group for (group,) in self.world.store("select process_group from workload")]
        self.assertTrue(wait_for(lambda: not any(members_of(group) for group in groups), 10), groups)
        (body,), = self.world.store("select body from checkpoint")
        confirmed, before = json.loads(body)["offset"], len(jsonl_rows(place / "t.jsonl"))
        self.assertGreaterEqual(before, confirmed)
        self.assertGreater(confirmed, 0)
        self.assertLess(confirmed, 2000)
        self.world.one(scripted({"streams": {"t": 2000}}), scripted_destination({"path": str(place)}), streams)
        self.synced()
        # What was confirmed does not come again, and nothing is left out.
        self.assertEqual([row["id"] for row in jsonl_rows(place / "t.jsonl")],
                         [*range(before), *range(confirmed, 2000)])

    def test_a_destination_that_ends_early_without_an_error_is_no_success(self):
        place = self.world.path("out")
        self.world.one(scripted({"streams": {"t": 50_000}}), scripted_destination(
            {"path": str(place), "steps": [{"after": 3, "do": "exit", "code": 0}]}),
            [{"name": "t", "sync_mode": "incremental_append"}])
        self.failed(said=["destination"])

    def test_a_killed_end_is_named(self):
        """F-34"""
        for kind, more in self.each():
            for side in ("source", "destination"):
                self.tearDown()
                self.setUp()
                to, place = self.out(kind)
                config = {"streams": {"t": 400}, "steps": [{"after": 2, "do": "silent"}]}
                streams = [{"name": "t", "sync_mode": "incremental_append"}]
                self.world.one(scripted(config, **more), to, streams)
                child = self.world.start()
                running = "select process_group from workload where side = ? and status = 'running'"
                self.assertTrue(wait_for(lambda: (self.world.data / "wharf.db").exists() and
                                         self.world.store(running, "source")))
                group = self.world.store(running, side)[0][0]
                began = time.monotonic()
                os.killpg(group, signal.SIGKILL)
                out, err = child.communicate(timeout=90)
                self.assertEqual(child.returncode, 1, out + err)
                self.assertIn(side.encode(), out)
                self.assertLess(time.monotonic() - began, 30)
                self.nothing_left()
                config["steps"] = []
                self.world.one(scripted(config, **more), to, streams)
                self.synced()
                self.same_rows(rows_of(kind, place, "t"), rows(400))


class OtherHands(FaultCase):
    STREAMS = [{"name": "t", "sync_mode": "incremental_append"}]

    def written(self, kind="jsonl"):
        to, place = self.out(kind)
        self.path = self.world.write("t.csv", "a\n1\n2\n")
        self.world.one(file_source(self.path), to, self.STREAMS)
        self.synced()
        with open(self.path, "a") as file:
            file.write("3\n")
        return place / "t.jsonl" if kind == "jsonl" else place

    def test_an_output_file_that_was_lengthened_is_refused_and_not_cut(self):
        """F-80"""
        out = self.written()
        with open(out, "a") as file:
            file.write('{"mine":1}\n')
        before = out.read_bytes()
        self.failed(said=["t.jsonl"])
        self.assertEqual(out.read_bytes(), before)

    def test_an_output_file_that_was_shortened_is_refused_and_not_cut(self):
        """F-80"""
        out = self.written()
        os.truncate(out, out.stat().st_size // 2)
        before = out.read_bytes()
        self.failed(said=["t.jsonl"])
        self.assertEqual(out.read_bytes(), before)

    def test_an_output_file_with_another_inode_is_refused(self):
        """F-80"""
        out = self.written()
        shutil.copy(out, f"{out}.copy")
        os.rename(f"{out}.copy", out)
        before = out.read_bytes()
        self.failed(said=["t.jsonl"])
        self.assertEqual(out.read_bytes(), before)

    def test_an_output_that_is_gone_starts_over_and_that_is_said(self):
        """F-80"""
        for kind in ("jsonl", "sqlite"):
            with self.subTest(destination=kind):
                self.tearDown()
                self.setUp()
                out = self.written(kind)
                for each in out.parent.glob(out.name + "*"):
                    each.unlink()
                run = self.synced()
                self.same_rows(rows_of(kind, out if kind == "sqlite" else out.parent, "t"),
                               [{"a": 1}, {"a": 2}, {"a": 3}])
                self.assertTrue(any("t" in n for n in run.connection()["notices"]), run)

    def test_a_lost_data_directory_doubles_nothing(self):
        """F-83"""
        for kind in ("jsonl", "sqlite"):
            for sync_mode in ("incremental_append", "full_refresh_overwrite", "full_refresh_append"):
                with self.subTest(destination=kind, sync_mode=sync_mode):
                    self.tearDown()
                    self.setUp()
                    self.STREAMS = [{"name": "t", "sync_mode": sync_mode}]
                    out = self.written(kind)
                    self.synced()
                    shutil.rmtree(self.world.data)
                    with open(self.path, "a") as file:
                        file.write("4\n")
                    self.synced()
                    wanted = [{"a": i} for i in (1, 2, 3, 4)]
                    if sync_mode == "full_refresh_append":
                        wanted += [{"a": i} for i in (1, 2, 1, 2, 3)]
                    self.same_rows(rows_of(kind, out if kind == "sqlite" else out.parent, "t"), wanted)
                    self.synced()

    def test_a_lost_data_directory_in_mid_job_doubles_nothing(self):
        """F-83"""
        for kind, more in self.each(roads=("stdio", "socket")):
            for sync_mode in ("incremental_append", "full_refresh_overwrite"):
                self.tearDown()
                self.setUp()
                to, place = self.out(kind)
                streams = [{"name": "t", "sync_mode": sync_mode}]
                config = {"streams": {"t": 1000}, "steps": [{"after": 3, "do": "exit"}]}
                self.world.one(scripted(config, **more), to, streams)
                self.failed()
                shutil.rmtree(self.world.data)
                config["steps"] = []
                self.world.one(scripted(config, **more), to, streams)
                self.synced()
                self.same_rows(rows_of(kind, place, "t"), rows(1000))

    def test_another_connection_may_not_have_the_same_output(self):
        """F-11"""
        for kind in ("jsonl", "sqlite"):
            with self.subTest(destination=kind):
                self.tearDown()
                self.setUp()
                out = self.written(kind)
                to, place = self.out(kind)
                before = rows_of(kind, place, "t")
                self.world.one(file_source(self.path), to, self.STREAMS, name="another")
                run = self.failed()
                self.assertIn("t", run.failure())
                self.same_rows(rows_of(kind, place, "t"), before)

    def test_a_foreign_lock_on_the_database_for_a_moment_is_waited_for(self):
        out = self.written("sqlite")
        with contextlib.closing(sqlite3.connect(out, isolation_level=None)) as db:
            db.execute("begin immediate")
            child = self.world.start()
            time.sleep(2)
            self.assertIsNone(child.poll())
            db.execute("rollback")
        said, err = child.communicate(timeout=60)
        self.assertEqual(child.returncode, 0, said + err)
        self.assertEqual(len(sqlite_rows(out, "t")), 3)


class Stops(FaultCase):
    def test_sigint_in_mid_sync_then_run_again_is_exactly_once(self):
        for kind in ("jsonl", "sqlite"):
            for mode in ("socket", "stdio"):
                for sync_mode in ("incremental_append", "full_refresh_overwrite", "full_refresh_append"):
                    with self.subTest(destination=kind, mode=mode, sync_mode=sync_mode):
                        self.tearDown()
                        self.setUp()
                        to, place = self.out(kind)
                        self.world.one(faker(150_000), to, [{"name": "users", "sync_mode": sync_mode}])
                        child = self.world.start(mode=mode)
                        wait_for(lambda: (self.world.data / "wharf.db").exists() and self.world.store(
                            "select 1 from workload where side = 'source' and status = 'running'"))
                        time.sleep(0.4)
                        child.send_signal(signal.SIGINT)
                        out, err = child.communicate(timeout=90)
                        self.assertIn(child.returncode, (0, 1), out + err)
                        self.nothing_left()
                        if child.returncode == 1:
                            self.synced(mode=mode)
                        ids = [row["id"] for row in rows_of(kind, place, "users")]
                        self.assertEqual(len(ids), 150_000)
                        self.assertEqual(len(set(ids)), 150_000)

    def killed_in_mid_job(self, kind, count):
        """Where the rows go, and how many they will be: more, until the kill is in time."""
        self.fresh(kind, count)
        to, place = self.out(kind)
        self.world.one(faker(count), to, [{"name": "users", "sync_mode": "full_refresh_append"}])
        child = self.world.start()
        self.assertTrue(wait_for(lambda: self.world.store("select 1 from checkpoint")))
        child.kill()
        child.communicate()
        if self.world.store("select status from job") == [("running",)]:
            return place, count
        return self.killed_in_mid_job(kind, 2 * count)

    def test_an_upgraded_wharf_goes_on_with_the_job_it_finds(self):
        for kind in ("jsonl", "sqlite"):
            place, count = self.killed_in_mid_job(kind, 300_000)
            upgraded = shutil.copy(WHARF, self.world.path("wharf-of-tomorrow"))
            done = subprocess.run([upgraded, *self.world.command()[1:]], capture_output=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertEqual(self.world.store("select status from job"), [("succeeded",)])
            if kind == "jsonl":
                with open(place / "users.jsonl", "rb") as lines:
                    ids = [json.loads(line)["id"] for line in lines]
            else:
                with contextlib.closing(sqlite3.connect(place)) as db:
                    ids = [id for (id,) in db.execute("select id from users")]
            self.assertEqual((len(ids), len(set(ids))), (count, count))

    def test_retries_within_one_call_go_on_from_where_the_destination_is(self):
        for kind, more in self.each():
            to, place = self.out(kind)
            config = {"streams": {"t": 1000}, "steps": [{"after": 4, "do": "exit"}]}
            self.world.one(scripted(config, **more), to, [{"name": "t", "sync_mode": "incremental_append"}])
            run = self.synced("--retries", "3")
            self.assertEqual(run.connection()["attempts"], 3)
            self.same_rows(rows_of(kind, place, "t"), rows(1000))


class Memory(FaultCase):
    """Whatever goes through: what a process needs does not depend on how much there is."""

    def peaks(self, source, mode=None):
        """The most that each process of a sync ever held, in MB."""
        self.world.one(source, self.out()[0])
        child = self.world.start(mode=mode)
        most = {}
        while child.poll() is None:
            for pid in (child.pid, *self.below(child.pid)):
                with contextlib.suppress(OSError, StopIteration, IndexError):
                    words = pathlib.Path(f"/proc/{pid}/cmdline").read_text().split("\0")
                    status = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
                    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
                    if words[0] == WHARF:
                        role = "wharf" if words[1] == "sync" else words[2]
                        most[role] = max(most.get(role, 0), peak)
            time.sleep(0.02)
        said, err = child.communicate()
        self.assertEqual(child.returncode, 0, said + err)
        return most

    def below(self, pid):
        """The descendants of a process."""
        found, at = [], [pid]
        while at:
            one = at.pop()
            with contextlib.suppress(OSError):
                for children in pathlib.Path(f"/proc/{one}/task").glob("*/children"):
                    at += children.read_text().split()
            found.append(one)
        return found[1:]

    def flat(self, few, many, **how):
        before = self.peaks(few, **how)
        self.fresh(how)
        after = self.peaks(many, **how)
        self.assertIn("wharf", after)
        self.assertEqual(before.keys(), after.keys())
        for role, peak in after.items():
            self.assertLess(peak - before[role], 8, (role, before, after))

    def test_ten_times_the_rows_take_no_more_memory(self):
        for mode in ("stdio", "socket"):
            self.fresh(mode)
            self.flat(faker(20_000), faker(200_000), mode=mode)

    def test_nor_do_four_times_the_states(self):
        """Those of about a second are in memory: a destination confirms no more often."""
        def source(states):
            return scripted({"streams": {"t": states}, "every": 1})
        self.flat(source(4_000), source(16_000))


if __name__ == "__main__":
    unittest.main()
