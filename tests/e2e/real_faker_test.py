"""Airbyte's own source-faker, from PyPI and unmodified, into our destinations. WHARF_REAL_FAKER names its
program; tests/real_parts.sh installs it. Its states claim that it resumes, and it does not (F-84)."""

import json
import os
import random
import signal
import subprocess
import sys
import time
import unittest

import harness

FAKER = os.environ.get("WHARF_REAL_FAKER", "")
COUNT = 400


def faker(**more):
    return {"connector": {"command": [FAKER]},
            "configuration": {"count": COUNT, "seed": 7, "records_per_slice": 50, **more}}


def read_alone(folder, stream):
    """What the connector says when nobody stands between: its rows by id."""
    config = folder / "config.json"
    config.write_text(json.dumps(faker()["configuration"]))
    discovered = subprocess.run([FAKER, "discover", "--config", str(config)], capture_output=True, check=True)
    catalogs = [json.loads(line) for line in discovered.stdout.splitlines() if b'"CATALOG"' in line]
    streams = [s for s in catalogs[0]["catalog"]["streams"] if s["name"] == stream]
    catalog = folder / "catalog.json"
    catalog.write_text(json.dumps({"streams": [
        {"stream": s, "sync_mode": "full_refresh", "destination_sync_mode": "overwrite"} for s in streams]}))
    read = subprocess.run([FAKER, "read", "--config", str(config), "--catalog", str(catalog)],
                          capture_output=True, check=True)
    rows = (json.loads(line) for line in read.stdout.splitlines() if line.startswith(b'{"type":"RECORD"'))
    return {row["record"]["data"]["id"]: row["record"]["data"] for row in rows}


class RealFaker(unittest.TestCase):
    def setUp(self):
        self.assertTrue(FAKER and os.access(FAKER, os.X_OK),
                        "WHARF_REAL_FAKER names no program: source tests/real_parts.sh")
        self.world = harness.World()
        self.addCleanup(self.world.remove)

    def check_users(self, rows):
        """Each once, with a value in every field. The values are other ones in each run of it."""
        self.assertEqual(sorted(row["id"] for row in rows), list(range(1, COUNT + 1)))
        for row in rows:
            address = row["address"] if isinstance(row["address"], dict) else json.loads(row["address"])
            self.assertTrue(address["city"] and row["name"] and row["email"] and row["age"] > 0, row)

    def check_products(self, rows, expected):
        """A fixed list: compared field by field."""
        plain = [{k: row[k] for k in ("id", "make", "model", "year", "price")} for row in rows]
        want = [{k: row[k] for k in ("id", "make", "model", "year", "price")} for row in expected.values()]
        by_id = lambda row: row["id"]
        self.assertEqual(json.loads(json.dumps(sorted(plain, key=by_id), default=float)),
                         sorted(want, key=by_id))

    def sync_until_done(self):
        for _ in range(5):
            run = self.world.sync()
            if run.code == 0:
                return run
        self.fail(f"does not come to an end: {run}")

    def kill_in_mid_run(self, seed):
        child = self.world.start()
        time.sleep(random.Random(seed).uniform(1.0, 4.0))
        child.send_signal(signal.SIGKILL)
        child.communicate()

    def test_overwrite_into_sqlite_and_jsonl(self):
        """Overwrites are complete and without a doubled row, killed and retried too (F-84)."""
        products = read_alone(self.world.dir, "products")
        for kind, to in (("sqlite", harness.sqlite(self.world.path("out.db"))),
                         ("jsonl", harness.jsonl(self.world.path("out")))):
            with self.subTest(kind):
                self.world.one(faker(always_updated=False), to,
                               [{"name": name, "sync_mode": "full_refresh_overwrite"}
                                for name in ("users", "products")], name=kind)
                place = self.world.path("out.db" if kind == "sqlite" else "out")
                for kill in (False, True):
                    if kill:
                        self.kill_in_mid_run(seed=kind)
                    self.sync_until_done()
                    self.check_users(harness.rows_of(kind, place, "users"))
                    self.check_products(harness.rows_of(kind, place, "products"), products)

    def test_dedup_with_always_updated(self):
        """Every run reads everything anew; one row per key stays."""
        self.world.one(faker(always_updated=True), harness.sqlite(self.world.path("out.db")),
                       [{"name": "users", "sync_mode": "incremental_deduped_history"}])
        for seed in (3, 4):
            self.kill_in_mid_run(seed=seed)
            self.sync_until_done()
            self.check_users(harness.sqlite_rows(self.world.path("out.db"), "users"))


if __name__ == "__main__":
    sys.exit(unittest.main())
