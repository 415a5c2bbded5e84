"""Stores of many connections and many finished jobs.

One source, one destination and one connection are made by REST, and a job of theirs is run; what the daemon has
written of them, in all tables, is then copied by SQL, each copy under ids, names and times of its own. So a row is
what the daemon itself writes, and ten thousand connections take seconds rather than an hour."""

import json
import os
import shutil
import sqlite3
import time
import uuid

JANUARY_2100 = "0 0 0 1 1 ? 2100"
OF_CONNECTION = ("checkpoint", "stream_generation", "shown_streams")
OF_JOB = ("attempt", "attempt_stats", "stream_status", "job_change", "workload")
BATCH = 10_000


def seed(served, out):
    """Into a daemon's empty store: a connection and its finished job."""
    workspace = served.ask("GET", "/workspaces")["data"][0]["workspaceId"]
    source = served.ask("POST", "/sources", {"name": "people", "workspaceId": workspace, "configuration": {
        "sourceType": "faker", "count": 10, "seed": 7}})
    destination = served.ask("POST", "/destinations", {"name": "files", "workspaceId": workspace, "configuration": {
        "destinationType": "local-json", "destination_path": out}})
    connection = served.ask("POST", "/connections", {
        "name": "seed", "sourceId": source["sourceId"], "destinationId": destination["destinationId"],
        "schedule": {"scheduleType": "cron", "cronExpression": JANUARY_2100}})
    job = served.ask("POST", "/jobs", {"connectionId": connection["connectionId"], "jobType": "sync"})["jobId"]
    while (said := served.ask("GET", f"/jobs/{job}")["status"]) != "succeeded":
        if said in ("failed", "cancelled"):
            raise SystemExit(f"the job that is to be copied has {said}")
        time.sleep(0.1)
    log, = served.store("select log_path from attempt where job_id = ?", job)[0]
    while not os.path.exists(log + ".gz"):  # the daemon compresses it a moment later
        time.sleep(0.2)


class Rows:
    """The rows of a table that belong to the seed, and how others are made of them."""

    def __init__(self, store, table, where="true", values=()):
        self.store, self.table = store, table
        self.rows = [dict(row) for row in store.execute(f"select * from {table} where {where}", values)]

    def copy(self, changes):
        """changes: for each copy what a row of it has instead of the seed's; a function of the row."""
        columns = ", ".join(self.rows[0])
        marks = ", ".join(f":{column}" for column in self.rows[0])
        self.store.executemany(f"insert into {self.table} ({columns}) values ({marks})",
                               ({**row, **change(row)} for change in changes for row in self.rows))


def grow(data, out, connections, jobs):
    """Until there are so many, of a stopped daemon's store; the seed is one of each."""
    store = sqlite3.connect(os.path.join(data, "wharf.db"), isolation_level=None)
    store.row_factory = sqlite3.Row
    store.execute("pragma synchronous = off")
    store.execute("begin")
    ids = [store.execute("select id from connection where name = 'seed'").fetchone()[0]]
    ids += _more_connections(store, out, ids[0], connections - 1)
    _more_jobs(store, data, ids, jobs - 1)
    store.execute("commit")
    store.execute("pragma wal_checkpoint(truncate)")
    store.close()
    os.sync()


def _more_connections(store, out, seed_id, count):
    seed_row = dict(store.execute("select * from connection where id = ?", (seed_id,)).fetchone())
    ids = {table: [str(uuid.uuid5(uuid.NAMESPACE_OID, f"{table}{n}")) for n in range(count)]
           for table in ("source", "destination", "connection")}

    def own(table, n):
        time_of = {"created": seed_row["created"] + n, "updated": seed_row["updated"] + n}
        more = {"source": {},
                "destination": {"config": json.dumps({"destination_path": f"{out}/{n}"}, separators=(",", ":"))},
                "connection": {"source_id": ids["source"][n], "destination_id": ids["destination"][n]}}
        return {"id": ids[table][n], "name": f"{table} {n:05}", **time_of, **more[table]}
    for table in ids:
        of_seed = seed_id if table == "connection" else seed_row[table + "_id"]
        Rows(store, table, "id = ?", (of_seed,)).copy(lambda row, t=table, n=n: own(t, n) for n in range(count))
    for table in OF_CONNECTION:  # their last job is the seed's until they have one of their own
        Rows(store, table, "connection_id = ?", (seed_id,)).copy(
            lambda row, connection=connection: {"connection_id": connection} for connection in ids["connection"])
    return ids["connection"]


def _more_jobs(store, data, connections, count):
    """The newest job ends now, the others before it, five seconds apart, each of the next connection."""
    job = Rows(store, "job", "kind = 'sync'")
    seed_row = job.rows[0]
    seed_log = os.path.join(data, "logs", str(seed_row["id"]), "0.log.gz")
    of_job = [Rows(store, table, "job_id = ?", (seed_row["id"],)) for table in OF_JOB]
    attempt = next(rows for rows in of_job if rows.table == "attempt")
    attempt.rows[0]["log_path"] = None

    def change(number, ago):
        def of_row(row):
            moved = {key: row[key] - ago for key in ("created", "updated", "started", "ended", "at", "next_try")
                     if row.get(key) is not None}
            if "log_path" in row:
                moved["log_path"] = os.path.join(data, "logs", str(number), "0.log")
            if "catalog" in row:
                return {**moved, "id": number, "connection_id": connections[number % len(connections)]}
            if "id" in row:
                moved["id"] = str(uuid.uuid4()) if isinstance(row["id"], str) else None
            return {**moved, "job_id": number}
        return of_row
    first = seed_row["id"] + 1
    for begin in range(first, first + count, BATCH):
        numbers = range(begin, min(begin + BATCH, first + count))
        for rows in (job, *of_job):
            rows.copy(change(number, (first + count - number) * 5000) for number in numbers)
        for number in numbers:
            os.mkdir(os.path.join(data, "logs", str(number)), 0o700)
            shutil.copyfile(seed_log, os.path.join(data, "logs", str(number), "0.log.gz"))


def make_due(store, count, moment):
    """So many of the grown connections run at this second, in UTC, once."""
    at = time.gmtime(moment)
    schedule = json.dumps({"expression": time.strftime("%-S %-M %-H %-d %-m ? %Y", at), "timezone": "UTC",
                           "type": "cron"}, separators=(",", ":"))
    with store:
        chosen = ("connection 00000", f"connection {count - 1:05}")
        store.execute("update connection set schedule = ?, schedule_since = ? where name between ? and ?",
                      (schedule, int(time.time() * 1000), *chosen))
        store.execute("insert or replace into due select id, ? from connection where name between ? and ?",
                      (int(moment * 1000), *chosen))
