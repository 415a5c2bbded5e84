#!/usr/bin/env python3
"""What `wharf serve` says to those who watch it: /metrics, held to Prometheus' own tool, /healthz, /readyz."""

import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import time
import unittest

from harness import WHARF, jsonl, scripted, sqlite
from serving import ApiCase

PROMTOOL = os.environ.get("WHARF_PROMTOOL", "")
SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\]|\\.)*",?)*)\})? (\S+)\n')
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')


def unescaped(text):
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], text)


class MetricsCase(ApiCase):
    def scrape(self, **more):
        """Each sample: (name, labels) → value; no two are the same."""
        code, text = self.curl("/metrics", **more)
        self.assertEqual(code, 200, text)
        text += "\n"
        self.assertTrue(PROMTOOL and os.access(PROMTOOL, os.X_OK),
                        "WHARF_PROMTOOL names no program: source tests/real_parts.sh")
        checked = subprocess.run([PROMTOOL, "check", "metrics"], input=text, text=True, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, timeout=30)
        self.assertEqual((checked.returncode, checked.stdout), (0, ""), text)
        samples = {}
        for line in text.splitlines(keepends=True):
            if line.startswith("#") or line == "\n":
                continue
            name, labels, value = SAMPLE.fullmatch(line).groups()
            key = (name, frozenset((label, unescaped(said)) for label, said in LABEL.findall(labels or "")))
            self.assertNotIn(key, samples)
            samples[key] = float(value)
        return samples

    def value(self, samples, name, **labels):
        return samples.get((name, frozenset(labels.items())))

    def values(self, samples, name):
        return {tuple(sorted(labels)): value for (found, labels), value in samples.items() if found == name}


class Metrics(MetricsCase):
    def test_a_sync_is_counted_with_its_rows_bytes_and_times(self):
        rows = len(self.up())
        self.succeeded()
        self.wait(lambda: "job_is=succeeded" in self.said(), "the end")
        samples = self.scrape()
        value = lambda name, **labels: self.value(samples, name, **labels)
        self.assertEqual(value("wharf_syncs_total", connection="c", status="succeeded", trigger="scheduled"), 1)
        self.assertEqual(value("wharf_attempts_total", connection="c", result="succeeded", failure_origin="",
                               failure_type=""), 1)
        self.assertEqual(value("wharf_jobs_created_total", type="sync", trigger="scheduled"), 1)
        stream = {"connection": "c", "namespace": "", "stream": "people"}
        committed = self.world.store("select records_committed, bytes_committed from attempt_stats")[0]
        self.assertEqual(committed[0], rows)
        self.assertEqual((value("wharf_records_committed_total", **stream),
                          value("wharf_bytes_committed_total", **stream),
                          value("wharf_records_rejected_total", **stream)), (*committed, 0))
        created, ended = self.world.store("select created, ended from job")[0]
        self.assertGreaterEqual(value("wharf_state_acked_total", connection="c"), 1)
        self.assertEqual(value("wharf_sync_duration_seconds_count", connection="c"), 1)
        self.assertAlmostEqual(value("wharf_sync_duration_seconds_sum", connection="c"), (ended - created) / 1000, 1)
        self.assertEqual(value("wharf_connection_last_success_timestamp_seconds", connection="c"), ended / 1000)
        self.wait(lambda: self.column("next_run"), "a next run")
        samples = self.scrape()
        self.assertEqual(value("wharf_connection_next_run_timestamp_seconds", connection="c"),
                         self.column("next_run") / 1000)
        self.assertEqual(value("wharf_connection_enabled", connection="c"), 1)
        self.assertEqual(value("wharf_connection_consecutive_failures", connection="c"), 0)
        for gauge in ("wharf_jobs_pending", "wharf_jobs_running", "wharf_oldest_pending_job_age_seconds",
                      "wharf_oldest_running_job_age_seconds"):
            for kind in ("sync", "clear", "check", "discover", "spec"):
                self.assertEqual(value(gauge, type=kind), 0, gauge)
        for priority in ("high", "default"):
            self.assertEqual(value("wharf_workload_queue_size", priority=priority), 0)
        for family, least in (("wharf_state_flush_seconds", {"connection": "c"}),
                              ("wharf_workload_stage_duration_seconds", {"stage": "queue"}),
                              ("wharf_workload_stage_duration_seconds", {"stage": "launch"}),
                              ("wharf_workload_stage_duration_seconds", {"stage": "run"})):
            self.assertGreaterEqual(value(family + "_count", **least), 1, family)
            self.assertTrue(0 <= value(family + "_sum", **least) < 30, family)
        self.assertEqual(value("wharf_workload_stage_duration_seconds_count", stage="run"), 1)
        self.assertEqual(value("wharf_state_flush_errors_total", connection="c"), 0)
        exits = self.values(samples, "wharf_connector_exit_total")
        self.assertEqual(({dict(labels)["code"] for labels in exits}, set(exits.values()), len(exits)), ({"0"}, {1}, 2))
        updated = self.world.store("select updated from checkpoint")
        self.assertEqual(self.values(samples, "wharf_stream_checkpoint_timestamp_seconds"),
                         {tuple(sorted(stream.items())): updated[0][0] / 1000} if updated else {})
        self.assertEqual(value("wharf_store_up"), 1)
        self.assertGreaterEqual(value("wharf_db_size_bytes"), (self.world.data / "wharf.db").stat().st_size)
        free = os.statvfs(self.world.data)
        self.assertAlmostEqual(value("wharf_data_dir_free_bytes") / (free.f_bavail * free.f_frsize), 1, 1)
        status = pathlib.Path(f"/proc/{self.daemon.pid}/status").read_text()
        resident = int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024
        self.assertAlmostEqual(value("process_resident_memory_bytes") / resident, 1, delta=0.3)

    def test_what_runs_counts_already_and_what_waits_is_seen(self):
        self.declare("a.yaml", scripted({"streams": {"s": 3000}, "every": 100, "pause": 0.05}),
                     sqlite(self.world.path("out.db")), streams=[{"name": "s", "sync_mode": "incremental_append"}])
        self.declare("b.yaml", scripted({"streams": {"s": 10}, "steps": [{"after": 0, "do": "exit", "code": 1}]}),
                     jsonl(self.world.path("out")), name='odd "name"\\')
        self.start()

        def committed():
            return self.value(self.scrape(), "wharf_records_committed_total", connection="c", namespace="", stream="s")
        self.wait(lambda: "listening" in self.said(), "the start")
        self.wait(committed, "rows of a running sync")
        self.wait(lambda: self.jobs('odd "name"\\') == [("incomplete", "scheduled")], "a failed attempt")
        samples = self.scrape()
        self.assertEqual(self.value(samples, "wharf_jobs_running", type="sync"), 1)
        self.assertEqual(self.value(samples, "wharf_jobs_pending", type="sync"), 1)
        self.assertGreater(self.value(samples, "wharf_oldest_pending_job_age_seconds", type="sync"), 0)
        self.assertEqual(self.value(samples, "wharf_attempts_total", connection='odd "name"\\', result="failed",
                                    failure_origin="source", failure_type="system_error"), 1)
        seen = [committed()]
        while self.jobs() == [("running", "scheduled")]:
            seen.append(committed())
        self.succeeded()
        self.wait(lambda: committed() == 3000, "all rows")
        self.assertEqual(seen, sorted(seen))
        self.stop()
        self.start()
        self.wait(lambda: self.said().count("listening") == 2, "the second start")
        samples = self.scrape()
        # The other one may be at its next attempt by now.
        self.assertNotIn("c", [dict(labels)["connection"]
                               for labels in self.values(samples, "wharf_records_committed_total")])
        self.assertEqual(self.values(samples, "wharf_jobs_created_total"), {})
        self.assertIsNotNone(self.value(samples, "wharf_connection_last_success_timestamp_seconds", connection="c"))

    def test_how_late_the_scheduler_was_is_observed_when_something_fell_due(self):
        self.up({"type": "basic", "every": "1 minute"})
        self.succeeded()
        self.stop()
        with sqlite3.connect(self.world.data / "wharf.db") as store:
            store.execute("update job set created = ?", (int(time.time() * 1000) - 57_000,))
        self.start()
        self.wait(lambda: self.said().count("listening") == 2, "the second start")
        self.assertEqual(self.value(self.scrape(), "wharf_schedule_lateness_seconds_count"), 0)
        self.succeeded(2)
        samples = self.scrape()
        self.assertEqual(self.value(samples, "wharf_schedule_lateness_seconds_count"), 1)
        self.assertLess(self.value(samples, "wharf_schedule_lateness_seconds_sum"), 2)

    def test_chores_are_counted_and_those_that_fail_are_too(self):
        self.world.data.mkdir(mode=0o700)
        (self.world.data / "backups").write_text("a file in the place of the directory")
        settings = self.world.write("wharf.yaml", "chores: {every: 200 ms}\nbackup: {every: 1 hour}\n")
        self.command = lambda: [WHARF, "serve", "--config", str(settings), "--data-dir", str(self.world.data),
                                "--declarations", str(self.declarations), "--listen", "127.0.0.1:0"]
        began = time.time()
        self.up({"type": "manual"})
        count = lambda task, result: self.value(self.scrape(), "wharf_cron_runs_total", task=task, result=result)
        last = lambda task, result: self.value(self.scrape(), "wharf_cron_last_run_timestamp_seconds", task=task,
                                               result=result)
        self.wait(lambda: (count("backup", "failed") or 0) > 1 and (count("disk", "succeeded") or 0) > 1, "both")
        self.assertEqual((count("backup", "succeeded"), count("disk", "failed")), (0, 0))
        self.assertEqual((last("backup", "succeeded"), last("disk", "failed")), (0, 0))
        for task, result in (("backup", "failed"), ("disk", "succeeded")):
            self.assertTrue(began - 1 <= last(task, result) <= time.time(), task)
        tasks = {dict(labels)["task"] for labels in self.values(self.scrape(), "wharf_cron_runs_total")}
        self.assertLessEqual({"disk", "compress", "monitor", "prune", "logs", "tidy", "backup"}, tasks)

    def test_requests_are_counted_by_route_and_never_by_path(self):
        self.up({"type": "manual"})
        token = self.token()
        for path in ("/api/public/v1/jobs/1", "/v1/jobs/2", "/api/public/v1/jobs/3"):
            self.assertEqual(self.curl(path, token=token)[0], 404)
        for number in range(3):
            self.assertEqual(self.curl(f"/nothing/{number}")[0], 401)
        samples = self.scrape()
        route = {"route": "/api/public/v1/jobs/{jobId}", "method": "GET"}
        self.assertEqual(self.value(samples, "wharf_api_requests_total", **route, status="404"), 3)
        self.assertEqual(self.value(samples, "wharf_api_requests_total", route="none", method="GET", status="401"), 3)
        self.assertEqual(self.value(samples, "wharf_api_request_seconds_count", **route), 3)
        self.assertEqual(self.value(samples, "wharf_api_request_seconds_bucket", **route, le="10"), 3)

    def test_it_is_open_while_only_this_machine_asks_and_to_tokens_otherwise(self):
        self.up({"type": "manual"})
        for settings, code in (("metrics: loopback", 200), ("hosts: [wharf.example]", 401), ("metrics: token", 401),
                               ("{metrics: open, hosts: [wharf.example]}", 200)):
            self.stop()
            file = self.world.write("wharf.yaml", settings + "\n")
            self.command = lambda: [WHARF, "serve", "--config", str(file), "--data-dir", str(self.world.data),
                                    "--declarations", str(self.declarations), "--listen", "127.0.0.1:0"]
            before = self.said().count("listening")
            self.start()
            self.wait(lambda: self.said().count("listening") == before + 1, "the next start")
            self.assertEqual(self.curl("/metrics")[0], code, settings)
            self.scrape(token=self.token())


class Health(MetricsCase):
    def test_it_is_ready_while_all_is_well_and_says_what_is_not(self):
        self.up({"type": "manual"})
        well = {"boot": "ok", "store": "ok", "engine": "ok", "scheduler": "ok", "declarations": "ok", "containers": "ok",
                "syncs": "ok"}
        self.wait(lambda: self.curl("/readyz")[0] == 200, "readiness")
        self.assertEqual(self.curl("/readyz"), (200, {"ready": True, "checks": well}))
        with sqlite3.connect(self.world.data / "wharf.db", isolation_level=None) as store:
            store.execute("begin immediate")  # nobody else can write
            self.assertEqual(self.curl("/readyz"), (503, {"ready": False, "checks": {**well, "store": "failing"}}))
            self.assertEqual(self.curl("/healthz"), (200, "ok"))
            self.assertEqual(self.curl("/api/public/v1/health"), (200, "Successful operation"))
            store.execute("rollback")
        self.wait(lambda: self.curl("/readyz")[0] == 200, "readiness")

    def test_declarations_that_are_wrong_when_they_are_read_again_are_seen_until_they_are_mended(self):
        self.up({"type": "manual"})
        right = (self.declarations / "a.yaml").read_text()
        place = ["--data-dir", str(self.world.data)]
        said = lambda *words: subprocess.run([WHARF, *words, *place], capture_output=True, text=True, timeout=30).stdout
        self.wait(lambda: self.curl("/readyz")[0] == 200, "readiness")
        in_force = lambda: self.value(self.scrape(), "wharf_declarations_in_force")
        self.assertEqual(in_force(), 1)
        (self.declarations / "a.yaml").write_text("sauces: []\n")
        self.daemon.send_signal(signal.SIGHUP)
        self.wait(lambda: in_force() == 0, "the word about the wrong file")
        code, ready = self.curl("/readyz")
        self.assertEqual((code, ready["ready"], ready["checks"]["declarations"]), (200, True, "stale"))
        for words in (("status",), ("doctor",), ("status", "--json")):
            self.assertIn("a.yaml", said(*words), words)
            self.assertIn("sauces", said(*words), words)
        (self.declarations / "a.yaml").write_text(right)
        self.daemon.send_signal(signal.SIGHUP)
        self.wait(lambda: in_force() == 1, "the mended file")
        self.assertEqual(self.curl("/readyz")[1]["checks"]["declarations"], "ok")
        self.assertNotIn("sauces", said("status") + said("doctor"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
