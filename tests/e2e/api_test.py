#!/usr/bin/env python3
"""The configuration side of the public API of a running daemon: sources, destinations, connections,
definitions and workspaces, asked by plain HTTP; and that no secret given to it is ever seen again."""

import http.client
import json
import os
import pathlib
import re
import subprocess
import unittest
import unittest.mock
import urllib.parse

import contract
from harness import SOURCE, WHARF, jsonl_rows, sqlite_rows
from serving import ServeCase

PUBLIC = "/api/public/v1"
MASK = "**********"
FAKER, JSONL = "dfd88b22-b603-4c3d-aad7-3701784586b1", "a625d593-bba5-4a1c-a53d-2d246268a816"
NOBODY = "00000000-0000-0000-0000-000000000001"
SDK0 = "speakeasy-sdk/python 0.53.0 2.536.0 1.0.0 airbyte-api"
SDK1 = "speakeasy-sdk/python 1.0.1 2.911.0 1.0.0 airbyte-api"
SDK11 = "speakeasy-sdk/python 1.1.0rc1 2.911.0 1.0.0 airbyte-api"
ENUMS = {"status": {"active", "inactive", "deprecated", "pending", "running", "incomplete", "failed", "succeeded",
                    "cancelled"},
         "scheduleType": {"manual", "cron", "basic"}, "namespaceDefinition": {"source", "destination", "custom_format"},
         "nonBreakingSchemaUpdatesBehavior": {"ignore"}, "jobType": {"sync", "reset", "refresh", "clear"},
         "connectorDefinitionType": {"source", "destination"}}


def members(value, path=""):
    """Every member of a document, with its name."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield name, each, f"{path}/{name}"
            yield from members(each, f"{path}/{name}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield None, each, f"{path}/{number}"
            yield from members(each, f"{path}/{number}")


class ApiCase(ServeCase):
    def setUp(self):
        super().setUp()
        self.answers = []  # every one, for the search for secrets

    def up(self):
        before = self.said().count("listening") if self.log.exists() else 0
        self.start()
        self.wait(lambda: self.said().count("listening") > before, "the daemon")
        self.port = int(re.findall(r"listening host=\S+ port=(\d+)", self.said())[-1])
        said = subprocess.run([WHARF, "credentials", "--json", "--data-dir", str(self.world.data)],
                              stdout=subprocess.PIPE, timeout=30, check=True).stdout
        self.token = None
        self.token = self.ask("POST", "/applications/token", json.loads(said))["access_token"]
        self.workspace = self.ask("GET", "/workspaces")["data"][0]["workspaceId"]

    def raw(self, method, path, body=None, agent=None, base=PUBLIC, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if agent:
            headers["User-Agent"] = agent
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        connection.request(method, base + path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        self.answers.append(text)
        contract.hold(self.port, method, base + path, answer.status, answer.headers["Content-Type"], text,
                      body)
        return answer, text

    def ask(self, method, path, body=None, code=200, **more):
        """Asks, and holds the answer to what every client relies on, whatever the API's document says."""
        answer, text = self.raw(method, path, body, **more)
        self.assertEqual(answer.status, code, f"{method} {path} {body}: {text}\n{self.said()[-2000:]}")
        if code == 204:
            self.assertEqual(text, "")
            return None
        self.assertEqual(answer.headers.get_content_type(), "application/json")
        said = json.loads(text)
        for name, value, path in members(said):
            self.assertIsNotNone(value, path)
            if code == 200 and name in ENUMS and isinstance(value, str):
                self.assertIn(value, ENUMS[name], path)
        return said

    def refused(self, method, path, body, code, words=""):
        said = self.ask(method, path, body, code)
        self.assertIn(words, said.get("detail") or said.get("message"), said)
        return said

    def source(self, code=200, name="people", **configuration):
        body = {"name": name, "workspaceId": self.workspace, "definitionId": FAKER,
                "configuration": {"count": 20, "seed": 7, **configuration}}
        return self.ask("POST", "/sources", body, code)

    def destination(self, name="files", path=None, sqlite=False):
        if sqlite:
            return self.ask("POST", "/destinations", {
                "name": name, "workspaceId": self.workspace,
                "configuration": {"destinationType": "sqlite", "destination_path": str(self.world.path("out.db"))}})
        return self.ask("POST", "/destinations", {
            "name": name, "workspaceId": self.workspace,
            "configuration": {"destinationType": "local-json",
                              "destination_path": str(path or self.world.path("out"))}})

    def connected(self, streams=None, sqlite=False, **more):
        self.from_, self.to = self.source()["sourceId"], self.destination(sqlite=sqlite)["destinationId"]
        body = {"sourceId": self.from_, "destinationId": self.to, **more}
        if streams is not None:
            body["configurations"] = {"streams": streams}
        return self.ask("POST", "/connections", body)

    def synced(self, connection, status="succeeded"):
        job = self.ask("POST", "/jobs", {"connectionId": connection, "jobType": "sync"})
        return self.ended(job["jobId"], status)

    def ended(self, job, status="succeeded"):
        done = ("succeeded", "failed", "cancelled")
        self.wait(lambda: self.ask("GET", f"/jobs/{job}")["status"] in done, f"the end of job {job}", 60)
        said = self.ask("GET", f"/jobs/{job}")
        self.assertEqual(said["status"], status, self.said()[-3000:])
        return said

    def declare_scripted(self):
        """A file that declares the scripted source, so that its definition is there."""
        self.declare("d.yaml", {"connector": {"command": SOURCE}, "configuration": {"streams": {"s": 1}}},
                     {"connector": "destination-jsonl",
                      "configuration": {"destination_path": str(self.world.path("declared"))}},
                     name="d", schedule={"type": "manual"})

    def scripted_definition(self):
        self.wait(lambda: self.column("id", "d"), "the declared connection")
        listed = self.ask("GET", f"/workspaces/{self.workspace}/definitions/sources")["data"]
        return next(each["id"] for each in listed if each["name"] == "d-from")

    def scripted_source(self, configuration):
        return self.ask("POST", "/sources", {"name": "slow", "workspaceId": self.workspace,
                                             "definitionId": self.scripted_definition(),
                                             "configuration": configuration})["sourceId"]

    def scripted_connection(self, configuration, streams):
        source = self.scripted_source(configuration)
        body = {"sourceId": source, "destinationId": self.destination()["destinationId"],
                "configurations": {"streams": streams}}
        return self.ask("POST", "/connections", body)["connectionId"], source


class Conversations(ApiCase):
    def test_a_source_a_destination_and_a_connection_are_made_and_a_sync_moves_every_row(self):
        self.up()
        made = self.source()
        self.assertEqual((made["name"], made["sourceType"], made["definitionId"], made["workspaceId"],
                          made["configuration"]), ("people", "faker", FAKER, self.workspace, {"count": 20, "seed": 7}))
        self.assertIsInstance(made["createdAt"], int)
        self.assertEqual(self.ask("GET", f"/sources/{made['sourceId']}/"), made)
        to = self.destination()
        self.assertEqual((to["destinationType"], to["definitionId"], to["configuration"]),
                         ("local-json", JSONL, {"destination_path": str(self.world.path("out"))}))
        streams = self.ask("GET", f"/streams?sourceId={made['sourceId']}&destinationId={to['destinationId']}")
        users = next(each for each in streams if each["streamName"] == "users")
        self.assertEqual(users["sourceDefinedPrimaryKey"], [["id"]])
        self.assertIn("incremental_append", users["syncModes"])
        self.assertIn(["address", "city"], users["propertyFields"])
        self.assertNotIn("syncModes", self.ask("GET", f"/streams?sourceId={made['sourceId']}&ignoreCache=true")[0])
        connection = self.ask("POST", "/connections", {
            "sourceId": made["sourceId"], "destinationId": to["destinationId"],
            "configurations": {"streams": [{"name": "users", "syncMode": "full_refresh_overwrite"}]}})
        self.assertEqual((connection["name"], connection["status"], connection["schedule"], connection["prefix"],
                          connection["namespaceDefinition"], connection["tags"], connection["workspaceId"]),
                         ("people <> files", "active", {"scheduleType": "manual"}, "", "destination", [],
                          self.workspace))
        self.assertEqual(self.ask("GET", f"/connections/{connection['connectionId']}"), connection)
        self.assertEqual(self.ask("GET", "/connections")["data"], [connection])
        said = self.synced(connection["connectionId"])
        self.assertEqual(said["rowsSynced"], 20)
        rows = jsonl_rows(self.world.path("out") / "users.jsonl")
        self.assertEqual(sorted(row["id"] for row in rows), list(range(1, 21)))
        # The same rows as the connector writes them when nobody stands between.
        config = self.world.write("config.json", json.dumps(made["configuration"]))
        told = subprocess.run([WHARF, "connector", "source-faker", "discover", "--config", config],
                              stdout=subprocess.PIPE, check=True, timeout=60).stdout.decode()
        found = next(line["catalog"] for line in map(json.loads, told.splitlines()) if line["type"] == "CATALOG")
        catalog = self.world.write("catalog.json", json.dumps({"streams": [
            {"stream": each, "sync_mode": "full_refresh", "destination_sync_mode": "overwrite"}
            for each in found["streams"] if each["name"] == "users"]}))
        told = subprocess.run([WHARF, "connector", "source-faker", "read", "--config", config, "--catalog", catalog],
                              stdout=subprocess.PIPE, check=True, timeout=60).stdout.decode()
        wanted = [line["record"]["data"] for line in map(json.loads, told.splitlines()) if line["type"] == "RECORD"]
        steady = ("updated_at", "created_at")
        self.same_rows([{k: v for k, v in row.items() if k not in steady} for row in rows],
                       [{k: v for k, v in row.items() if k not in steady} for row in wanted])

    def test_nothing_chosen_is_every_stream_read_whole(self):
        self.up()
        connection = self.connected()
        self.assertEqual({(each["name"], each["syncMode"]) for each in connection["configurations"]["streams"]},
                         {(name, "full_refresh_overwrite") for name in ("users", "products", "purchases")})

    def test_a_connection_made_with_a_schedule_runs_by_itself_and_a_change_counts_at_once(self):
        self.up()
        connection = self.connected([{"name": "users"}], schedule={"scheduleType": "cron",
                                                                   "cronExpression": "0 0 3 * * ? UTC"})
        id = connection["connectionId"]
        self.assertEqual(connection["schedule"], {"scheduleType": "cron", "cronExpression": "0 0 3 * * ? UTC"})
        next_run = lambda: (self.world.store("select at from due where connection_id = ?", id) or [[None]])[0][0]
        self.wait(next_run, "a next run")
        self.assertEqual(next_run() % 86_400_000, 3 * 3_600_000)
        changed = self.ask("PATCH", f"/connections/{id}", {"schedule": {"scheduleType": "cron",
                                                                        "cronExpression": "0 30 4 * * ?"}})
        self.assertEqual(changed["schedule"]["cronExpression"], "0 30 4 * * ? UTC")
        self.wait(lambda: next_run() and next_run() % 86_400_000 == 4.5 * 3_600_000, "the other next run")
        self.assertEqual(self.ask("PATCH", f"/connections/{id}", {"status": "INACTIVE"})["status"], "inactive")
        self.wait(lambda: next_run() is None, "no next run")
        self.refused("POST", "/jobs", {"connectionId": id, "jobType": "sync"}, 409, "not active")
        soon = {"status": "active", "schedule": {"scheduleType": "cron", "cronExpression": "0 * * * * ?"}}
        self.ask("PATCH", f"/connections/{id}", soon)
        self.wait(lambda: self.ask("GET", f"/jobs?connectionId={id}")["data"], "a job by the schedule", 90)

    def test_a_patch_changes_what_it_names_and_replaces_the_whole_selection(self):
        self.up()
        id = self.connected([{"name": "users"}, {"name": "products"}], sqlite=True)["connectionId"]
        changed = self.ask("PATCH", f"/connections/{id}", {"name": "other", "prefix": "p_", "namespaceFormat": "x",
                                                           "namespaceDefinition": "custom_format"})
        self.assertEqual((changed["name"], changed["prefix"], changed["namespaceDefinition"],
                          changed["namespaceFormat"], len(changed["configurations"]["streams"])),
                         ("other", "p_", "custom_format", "x", 2))
        selected = [{"fieldPath": [name]} for name in ("id", "name", "updated_at")]
        stream = {"name": "users", "syncMode": "incremental_deduped_history", "selectedFields": selected}
        changed = self.ask("PATCH", f"/connections/{id}", {"configurations": {"streams": [stream]}})
        self.assertEqual(changed["configurations"]["streams"],
                         [{**stream, "cursorField": ["updated_at"], "primaryKey": [["id"]], "mappers": []}])
        self.assertEqual(changed["name"], "other")
        self.synced(id)
        rows = sqlite_rows(self.world.path("out.db"), "x_p_users")
        self.assertEqual((len(rows), sorted(rows[0])), (20, ["id", "name", "updated_at"]))
        self.assertIsNone(sqlite_rows(self.world.path("out.db"), "x_p_products"))
        # What it says of itself can be sent back.
        again = self.ask("PATCH", f"/connections/{id}", {k: changed[k] for k in
                                                         ("name", "status", "schedule", "configurations", "prefix",
                                                          "namespaceDefinition", "namespaceFormat", "tags",
                                                          "nonBreakingSchemaUpdatesBehavior")})
        self.assertEqual(again, changed)

    def test_a_running_sync_keeps_its_streams_and_ends_with_its_connection(self):
        self.declare_scripted()
        self.up()
        slow = {"streams": {"s": 300, "t": 1}, "every": 10, "pause": 0.1}
        connection, source = self.scripted_connection(slow, [{"name": "s", "syncMode": "full_refresh_overwrite"}])
        job = self.ask("POST", "/jobs", {"connectionId": connection, "jobType": "sync"})["jobId"]
        self.wait(lambda: self.ask("GET", f"/jobs/{job}")["status"] == "running", "a running job")
        self.ask("PATCH", f"/connections/{connection}", {"configurations": {"streams": [{"name": "t"}]}})
        changed_mode = {"configurations": {"streams": [{"name": "t", "syncMode": "incremental_append"}]}}
        self.refused("PATCH", f"/connections/{connection}", changed_mode, 409, "running")
        self.ended(job)
        self.assertEqual(len(jsonl_rows(self.world.path("out") / "s.jsonl")), 300)
        self.assertFalse((self.world.path("out") / "t.jsonl").exists())
        self.ask("PATCH", f"/connections/{connection}", {"configurations": {"streams": [{"name": "s"}]}})
        running = self.ask("POST", "/jobs", {"connectionId": connection, "jobType": "sync"})["jobId"]
        self.wait(lambda: self.ask("GET", f"/jobs/{running}")["status"] == "running", "the second job")
        self.ask("DELETE", f"/sources/{source}", code=204)
        self.assertEqual(self.ask("GET", f"/jobs/{running}")["status"], "cancelled")
        self.wait(lambda: self.world.store("select status from job where id = ?", running) == [("cancelled",)], "its end")
        self.nothing_left()
        self.ask("GET", f"/connections/{connection}", code=404)
        self.assertEqual(self.ask("GET", f"/jobs/{job}")["status"], "succeeded")
        self.assertEqual([each["name"] for each in self.ask("GET", "/connections")["data"]], ["d"])

    def test_what_is_deleted_is_gone_from_lists_and_its_connections_with_it(self):
        self.up()
        connection = self.connected([{"name": "users"}])["connectionId"]
        self.ask("DELETE", f"/destinations/{self.to}", code=204)
        self.ask("GET", f"/destinations/{self.to}", code=404)
        self.ask("DELETE", f"/destinations/{self.to}", code=404)
        self.ask("GET", f"/connections/{connection}", code=404)
        self.ask("PATCH", f"/connections/{connection}", {"name": "x"}, 404)
        self.ask("POST", "/jobs", {"connectionId": connection, "jobType": "sync"}, 404)
        self.assertEqual(self.ask("GET", "/destinations")["data"], [])
        deleted, = self.ask("GET", "/destinations?includeDeleted=true")["data"]
        self.assertEqual(deleted["destinationId"], self.to)
        listed = lambda query: [(each["connectionId"], each["status"])
                                for each in self.ask("GET", f"/connections{query}")["data"]]
        self.assertEqual((listed(""), listed("?includeDeleted=true")), ([], [(connection, "deprecated")]))
        self.ask("GET", f"/sources/{self.from_}")
        self.ask("DELETE", f"/sources/{self.from_}", code=204)
        self.assertEqual(self.stop(), 0)
        self.up()
        self.assertEqual(self.ask("GET", "/sources")["data"] + self.ask("GET", "/connections")["data"], [])


class Secrets(ApiCase):
    """Values given by REST are sealed in the store, masked in every answer and log, and in clear only in
    the connector's file."""

    PASSWORDS = ["hunter-two-\"#:\n-pass", "token-value-zzz", "array-key-yyy"]

    def configuration(self, **more):
        return {"streams": {"s": 5}, "tell": str(self.world.path("told")), "password": self.PASSWORDS[0],
                "credentials": {"kind": "token", "value": self.PASSWORDS[1]},
                "keys": [{"key": self.PASSWORDS[2]}], **more}

    def forms_of(self, secret):
        lines = {line.encode() for line in secret.split("\n") if len(line) >= 8}
        return lines | {secret.encode(), json.dumps(secret)[1:-1].encode(), urllib.parse.quote(secret).encode()}

    def nowhere(self, secrets):
        """In no file of the data directory, no answer, no process's environment or command line."""
        places = {str(path): path.read_bytes() for path in self.world.data.rglob("*") if path.is_file()}
        self.assertIn(str(self.world.data / "wharf.db-wal"), places)
        places["log"] = self.log.read_bytes()
        places["answers"] = "\n".join(self.answers).encode()
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            for file in ("cmdline", "environ"):
                try:
                    places[str(process / file)] = (process / file).read_bytes()
                except OSError:
                    continue  # it has ended, or is somebody else's
        for secret in secrets:
            for form in self.forms_of(secret):
                self.assertEqual([place for place, bytes in places.items() if form in bytes], [], secret)

    def test_a_secret_is_seen_nowhere_but_by_its_connector(self):
        self.declare_scripted()
        self.up()
        says = {"after": 0, "do": "stderr", "text": "I have {password}"}
        config = self.configuration(pause=0.2, every=1, steps=[says])
        connection, source = self.scripted_connection(config, [{"name": "s"}])
        shown = self.ask("GET", f"/sources/{source}")["configuration"]
        self.assertEqual((shown["password"], shown["credentials"], shown["keys"], shown["streams"]),
                         (MASK, {"kind": "token", "value": MASK}, [{"key": MASK}], {"s": 5}))
        named = self.ask("GET", f"/sources/{source}?includeSecretCoordinates=true")["configuration"]
        self.assertTrue(named["password"]["_secret"].startswith(source + "/"))
        job = self.ask("POST", "/jobs", {"connectionId": connection, "jobType": "sync"})["jobId"]
        self.wait(lambda: self.ask("GET", f"/jobs/{job}")["status"] == "running", "a running job")
        self.nowhere(self.PASSWORDS)
        self.ended(job)
        told = json.loads(self.world.path("told").read_text())
        self.assertEqual([told["password"], told["credentials"]["value"], told["keys"][0]["key"]], self.PASSWORDS)
        self.nowhere(self.PASSWORDS)
        log = "".join(path.read_text() for path in self.world.data.rglob("*") if "logs" in str(path) and path.is_file())
        self.assertIn("I have", log)
        self.stop()
        key = (self.world.data / "secret.key").read_bytes().strip()
        store = b"".join(path.read_bytes() for path in self.world.data.glob("wharf.db*"))
        self.assertNotIn(key, store)
        self.assertNotIn(bytes.fromhex(key.decode()), store)

    def test_the_mask_keeps_a_secret_and_what_is_replaced_or_deleted_leaves_the_store(self):
        self.declare_scripted()
        self.up()
        connection, source = self.scripted_connection(self.configuration(), [{"name": "s"}])
        coordinates = lambda: {row[0] for row in self.world.store("select coordinate from secret")}
        before = coordinates()
        self.assertEqual(len(before), 3)
        shown = self.ask("GET", f"/sources/{source}")
        put = {"name": "renamed", "configuration": {**shown["configuration"], "sourceType": "slow"}}
        self.assertEqual(self.ask("PUT", f"/sources/{source}", put),
                         {**shown, "name": "renamed"})
        self.assertEqual(coordinates(), before)
        self.ask("PATCH", f"/sources/{source}", {"configuration": {"password": "a-third-secret", "every": 2}})
        after = coordinates()
        self.assertEqual((len(after), len(after & before)), (3, 2))
        self.synced(connection)
        told = json.loads(self.world.path("told").read_text())
        self.assertEqual((told["password"], told["every"], told["credentials"]["value"]),
                         ("a-third-secret", 2, self.PASSWORDS[1]))
        login = {**shown["configuration"], "credentials": {"kind": "login", "user": "u", "value": MASK}}
        self.refused("PUT", f"/sources/{source}", {"name": "x", "configuration": login}, 422, "/credentials/value")
        stolen = {"streams": {"s": 1}, "password": {"_secret": sorted(after)[0]}}
        self.refused("POST", "/sources", {"name": "thief", "workspaceId": self.workspace, "configuration": stolen,
                                          "definitionId": self.scripted_definition()}, 422, "/password")
        bare = {"name": "x", "configuration": {"streams": {"s": 1}, "password": MASK}}
        self.ask("PUT", f"/sources/{source}", bare)
        self.assertEqual(len(coordinates()), 1)
        self.nowhere([*self.PASSWORDS, "a-third-secret"])
        self.ask("DELETE", f"/sources/{source}", code=204)
        self.assertEqual(coordinates(), set())

    def test_a_request_does_not_make_the_daemon_read_its_host(self):
        self.declare_scripted()
        self.up()
        config = {"streams": {"s": 1}, "tell": str(self.world.path("told")), "password": "${env:HOME}",
                  "note": "${file:/etc/hostname}"}
        connection, source = self.scripted_connection(config, [{"name": "s"}])
        self.assertEqual(self.ask("GET", f"/sources/{source}")["configuration"]["password"], MASK)
        self.synced(connection)
        told = json.loads(self.world.path("told").read_text())
        self.assertEqual((told["password"], told["note"]), ("${env:HOME}", "${file:/etc/hostname}"))

    def test_a_connector_that_repeats_a_secret_does_not_make_it_an_answer(self):
        self.declare_scripted()
        self.up()
        definition = self.scripted_definition()
        source = self.ask("POST", "/sources", {"name": "w", "workspaceId": self.workspace, "definitionId": definition,
                                               "configuration": {"streams": {"s": 1}, "password": "wrong-password"}})
        said = self.refused("GET", f"/streams?sourceId={source['sourceId']}", None, 500, "no entry with")
        self.assertIn(MASK, said["detail"])
        body = {"sourceId": source["sourceId"], "destinationId": self.destination()["destinationId"]}
        self.assertEqual(self.refused("POST", "/connections", body, 500, "no entry")["title"], "unexpected-problem")
        self.nowhere(["wrong-password"])

    def test_a_connector_that_fails_with_its_secret_in_the_words_leaves_it_in_no_row_and_no_log(self):
        self.declare_scripted()
        self.up()
        steps = [{"after": 1, "do": "garbage", "text": "no entry with {password}"},
                 {"after": 1, "do": "error", "message": "no entry with {password}", "failure_type": "config_error"},
                 {"after": 1, "do": "exit", "code": 1}]
        config = self.configuration(steps=steps, every=1, password="plain-secret-of-words")
        connection, _ = self.scripted_connection(config, [{"name": "s"}])
        self.synced(connection, "failed")
        self.assertIn("no entry with", self.world.store("select failures from attempt")[0][0])
        self.nowhere(["plain-secret-of-words"])

    def test_a_token_that_the_connector_rotates_is_sealed_and_used_from_then_on(self):
        self.declare_scripted()
        self.up()
        steps = [{"after": 0, "do": "stderr", "text": "now {password}"},
                 {"after": 1, "do": "rotate", "secret": "password"}]
        config = self.configuration(steps=steps, every=1, password="secret-that-rotates")
        rotated = config["password"][::-1]
        connection, source = self.scripted_connection(config, [{"name": "s"}])
        self.synced(connection)
        self.synced(connection)
        self.assertEqual(json.loads(self.world.path("told").read_text())["password"], rotated)
        self.nowhere([*self.PASSWORDS[1:], rotated, config["password"]])
        self.ask("PATCH", f"/sources/{source}", {"configuration": {"steps": []}})
        self.synced(connection)
        rotated = config["password"]  # twice
        self.assertEqual(json.loads(self.world.path("told").read_text())["password"], rotated)
        self.ask("PATCH", f"/sources/{source}", {"configuration": {"every": 3}})
        self.synced(connection)
        told = json.loads(self.world.path("told").read_text())
        self.assertEqual((told["password"], told["every"]), (rotated, 3))
        self.nowhere([*self.PASSWORDS[1:], rotated, rotated[::-1]])

    def test_a_configuration_that_a_connector_makes_too_long_is_not_kept_and_the_sync_goes_on(self):
        self.declare_scripted()
        self.up()
        config = self.configuration(steps=[{"after": 1, "do": "rotate", "secret": "password"}], every=1,
                                    padding="x" * (1 << 20))
        connection, _ = self.scripted_connection(config, [{"name": "s"}])
        for _ in range(2):
            job = self.synced(connection)["jobId"]
            self.assertEqual(json.loads(self.world.path("told").read_text())["password"], config["password"])
        said = subprocess.run([WHARF, "logs", str(job), "--data-dir", str(self.world.data)], capture_output=True,
                              text=True, timeout=30)
        self.assertRegex(said.stdout, r"the source has given itself a configuration of \d+ bytes, more than 1048576")
        self.assertEqual(self.world.store("select count(*) from source where overlay is not null"), [(0,)])

    def test_another_key_ends_the_start_and_says_which(self):
        self.declare_scripted()
        self.up()
        self.scripted_connection(self.configuration(), [{"name": "s"}])
        self.assertEqual(self.stop(), 0)
        key = self.world.data / "secret.key"
        kept = key.read_text()
        for text, mode, words in (("ab" * 32, 0o600, "encrypted with the key"), (kept, 0o640, "chmod 600"),
                                  ("no key", 0o600, "holds no key"), (None, 0, "is gone")):
            key.unlink()
            if text is not None:
                key.write_text(text)
                key.chmod(mode)
            refused = subprocess.run(self.command(), stderr=subprocess.PIPE, timeout=30)
            self.assertEqual(refused.returncode, 3, words)
            self.assertIn(words, refused.stderr.decode())
            self.assertNotIn(kept[:32], refused.stderr.decode())
            key.touch(0o600)
        key.write_text(kept)
        key.chmod(0o600)
        self.up()

    def test_the_key_is_rotated_and_killed_at_any_step_nothing_is_lost(self):
        told, key, store = self.world.path("told"), self.world.data / "secret.key", self.world.data / "wharf.db"
        rotate = [WHARF, "secrets", "rotate-key", "--json", "--data-dir", str(self.world.data)]
        run = lambda *words: subprocess.run([*rotate, *words], capture_output=True, text=True, timeout=30)

        def works():
            self.up()
            told.unlink(missing_ok=True)
            self.ask("POST", "/jobs", {"connectionId": connection, "jobType": "sync"})
            # A job of an older store gets a number beyond those that its destination knows.
            self.wait(lambda: self.world.store("select status from job order by id desc limit 1") == [("succeeded",)],
                      "the end of the sync")
            self.assertEqual(json.loads(told.read_text())["password"], self.PASSWORDS[0])
            self.assertEqual(self.stop(), 0)

        self.assertEqual(run().returncode, 2)  # there is no store yet
        self.declare_scripted()
        self.up()
        connection, _ = self.scripted_connection(self.configuration(), [{"name": "s"}])
        refused = run()
        self.assertEqual(refused.returncode, 3)
        self.assertIn("stop it first", refused.stderr)
        self.assertEqual(self.stop(), 0)
        first = key.read_text().split()
        backup = self.world.path("backup.db")
        backup.write_bytes(store.read_bytes())
        for number, step in enumerate(("key_added", "secrets_renewed"), 1):
            held = self.world.path(f"at-{step}")
            rotation = subprocess.Popen(rotate, env={**os.environ, "WHARF_HOLD_AT": f"{step}={held}"})
            self.wait(held.exists, step)
            rotation.kill()
            rotation.wait()
            self.assertEqual(key.read_text().split()[number:], first)
            works()
        self.assertEqual(self.said().count("secrets were sealed anew"), 1, self.said())
        done = json.loads(run().stdout)
        self.assertEqual((len(done["former"]), done["unopened"], done["file"]), (3, 0, str(key)))
        self.assertGreater(done["sealed"], 0)
        self.assertEqual(self.world.store("select distinct key_id from secret"), [(done["key"],)])
        for path in (store, *self.world.data.glob("wharf.db-*")):  # nor in pages that are free
            for former in done["former"]:
                self.assertNotIn(former.encode(), path.read_bytes())
        works()
        store.write_bytes(backup.read_bytes())  # what was copied before opens still
        works()
        self.assertEqual(json.loads(run("--forget-former").stdout)["former"], [])
        self.assertEqual(len(key.read_text().split()), 1)
        self.assertNotIn(key.read_text().strip(), self.said())
        works()

    def test_the_key_may_be_a_credential_of_systemd_or_a_file_that_the_settings_name(self):
        credentials, settings = self.world.path("credentials"), self.world.path("wharf.yaml")
        credentials.mkdir()
        self.world.write("credentials/wharf.key", "5e" * 32).chmod(0o400)
        self.declare_scripted()
        with unittest.mock.patch.dict(os.environ, CREDENTIALS_DIRECTORY=str(credentials)):
            self.up()
            connection, _ = self.scripted_connection(self.configuration(), [{"name": "s"}])
            self.assertEqual(self.stop(), 0)
        self.assertFalse((self.world.data / "secret.key").exists())
        refused = subprocess.run(self.command(), stderr=subprocess.PIPE, timeout=30)
        self.assertIn(b"is gone", refused.stderr)
        named = self.world.write("named.key", "5e" * 32 + "\n")
        named.chmod(0o600)
        settings.write_text("secret_key_file: named.key\n")
        plain = self.command
        self.command = lambda: [*plain()[:2], "--config", str(settings), *plain()[2:]]
        self.up()
        self.synced(connection)
        self.assertEqual(json.loads(self.world.path("told").read_text())["password"], self.PASSWORDS[0])

    def test_what_a_file_declares_is_masked_shown_and_not_changed(self):
        config = {"streams": {"s": 1}, "password": "declared-literal", "credentials": {"kind": "token",
                                                                                      "value": "${env:HOME}"}}
        self.declare("d.yaml", {"connector": {"command": SOURCE}, "configuration": config},
                     {"connector": "destination-jsonl",
                      "configuration": {"destination_path": str(self.world.path("out"))}}, name="d",
                     schedule={"type": "manual"})
        self.up()
        self.wait(lambda: self.column("id", "d"), "the declared connection")
        source, = self.ask("GET", "/sources")["data"]
        destination, = self.ask("GET", "/destinations")["data"]
        connection, = self.ask("GET", "/connections")["data"]
        self.assertEqual((source["configuration"]["password"], source["configuration"]["credentials"]["value"]),
                         (MASK, "${env:HOME}"))
        for path in (f"/sources/{source['sourceId']}", f"/destinations/{destination['destinationId']}",
                     f"/connections/{connection['connectionId']}"):
            body = {"name": "x", "configuration": {}} if "conn" not in path else {"name": "x"}
            self.refused("PATCH", path, body, 409, "managed by a file")
            self.refused("DELETE", path, None, 409, "managed by a file")
            if "conn" not in path:
                self.refused("PUT", path, body, 409, "managed by a file")
        self.synced(connection["connectionId"])
        self.nowhere(["declared-literal"])


class Refusals(ApiCase):
    def test_a_source_that_cannot_be_is_refused_as_the_clients_know_it(self):
        self.up()
        good = {"name": "n", "workspaceId": self.workspace, "configuration": {"sourceType": "faker"}}
        for change, code, words in (
                ({"name": None}, 400, "'name'"), ({"name": ""}, 400, "'name'"), ({"name": 7}, 400, "'name'"),
                ({"workspaceId": None}, 400, "'workspaceId'"), ({"workspaceId": NOBODY}, 404, NOBODY),
                ({"configuration": None}, 400, "'configuration'"), ({"configuration": []}, 400, "'configuration'"),
                ({"configuration": {}}, 422, "configuration.sourceType"),
                ({"configuration": {"sourceType": "teapot"}}, 400, "teapot"),
                ({"definitionId": NOBODY}, 404, NOBODY), ({"definitionId": JSONL}, 404, JSONL),
                ({"configuration": {"sourceType": "faker", "count": "many"}}, 422, "/count"),
                ({"configuration": {"sourceType": "faker", "count": "many", "seed": "x"}}, 422, "/seed")):
            self.refused("POST", "/sources", {**good, **change}, code, words)
        self.assertEqual(self.refused("POST", "/sources", {**good, "configuration": {"sourceType": "teapot"}}, 400)
                         ["data"], {"value": "teapot"})
        self.assertEqual(self.ask("GET", "/sources")["data"], [])
        for method, path in (("GET", "/sources/"), ("PUT", "/sources/"), ("PATCH", "/sources/"),
                             ("DELETE", "/sources/"), ("GET", "/destinations/"), ("GET", "/connections/"),
                             ("PATCH", "/connections/"), ("DELETE", "/connections/"), ("GET", "/workspaces/"),
                             ("DELETE", "/workspaces/"), ("GET", "/streams?sourceId=")):
            body = {"name": "n", "configuration": {}} if method in ("PUT", "PATCH") else None
            self.assertEqual(self.ask(method, path + NOBODY, body, 404)["data"]["resourceId"], NOBODY)
        self.refused("POST", "/sources", "{", 422)
        self.refused("GET", "/sources?limit=0", None, 400, "limit")
        self.refused("GET", "/sources?limit=101", None, 400, "limit")
        self.refused("GET", "/streams", None, 400, "sourceId")
        self.token, kept = None, self.token
        for method, path in (("GET", "/sources"), ("POST", "/connections"), ("DELETE", f"/sources/{NOBODY}")):
            self.ask(method, path, {} if method == "POST" else None, 401)
        self.token = kept

    def test_a_connection_that_cannot_be_is_refused_with_a_sentence(self):
        self.up()
        self.connected([{"name": "users"}], sqlite=True)
        good = {"sourceId": self.from_, "destinationId": self.to}
        fields = lambda *names: [{"fieldPath": list(names)}]
        dedup = "incremental_deduped_history"
        for stream, words in (
                ({"name": "nobody"}, "no stream 'nobody'"), ({"syncMode": "append"}, "'name'"),
                ([{"name": "users"}, {"name": "users"}], "twice"),
                ({"name": "users", "namespace": "x"}, "no stream"),
                ({"name": "users", "syncMode": "dance"}, "dance"),
                ({"name": "users", "syncMode": "full_refresh_update"}, "full_refresh_update"),
                ({"name": "users", "syncMode": "incremental_append", "cursorField": ["age"]}, "cursor"),
                ({"name": "users", "syncMode": dedup, "primaryKey": [["age"]]}, "primary_key"),
                ({"name": "users", "selectedFields": [{"fieldPath": ["address", "city"]}]}, "exactly one"),
                ({"name": "users", "selectedFields": fields("nothing")}, "nothing"),
                ({"name": "users", "selectedFields": fields("id") * 2}, "twice"),
                ({"name": "users", "syncMode": dedup, "selectedFields": fields("id")}, "cursor 'updated_at'"),
                ({"name": "users", "syncMode": dedup, "selectedFields": fields("updated_at")}, "key 'id'"),
                ({"name": "users", "mappers": [{"type": "hashing", "mapperConfiguration": {}}]}, "mappers"),
                ({"name": "users", "includeFiles": True}, "includeFiles"),
                ({"name": "*"}, "'*'")):
            streams = stream if isinstance(stream, list) else [stream]
            body = {**good, "configurations": {"streams": streams}}
            self.assertEqual(self.refused("POST", "/connections", body, 400, words)["title"], "bad-request")
        cron = lambda text: {"schedule": {"scheduleType": "cron", "cronExpression": text}}
        for change, code, words in (
                ({"sourceId": NOBODY}, 404, NOBODY), ({"destinationId": NOBODY}, 404, NOBODY),
                ({"sourceId": None}, 400, "'sourceId'"), (cron("0 0 30 2 * ?"), 400, ""),
                (cron("nonsense"), 400, ""), (cron("* * * * * ?"), 400, ""),
                ({"schedule": {"scheduleType": "cron"}}, 400, ""), ({"schedule": {"scheduleType": "basic"}}, 400, ""),
                ({"schedule": {"scheduleType": "weekly"}}, 400, ""), ({"status": "locked"}, 400, "status"),
                ({"namespaceDefinition": "moon"}, 400, "namespaceDefinition"), ({"tags": [{"name": "x"}]}, 400, "tags"),
                ({"nonBreakingSchemaUpdatesBehavior": "propagate_fully"}, 400, "nonBreaking")):
            self.refused("POST", "/connections", {**good, **change}, code, words)
        self.assertEqual(len(self.ask("GET", "/connections")["data"]), 1)

    def test_two_streams_that_would_meet_in_one_place_are_refused(self):
        self.declare_scripted()
        self.up()
        body = {"sourceId": self.scripted_source({"streams": {"s": 1}, "namespaces": ["here", "there"]}),
                "destinationId": self.destination()["destinationId"]}
        one_place = {"namespaceDefinition": "custom_format", "namespaceFormat": "same"}
        words = "The streams 'here.s' and 'there.s' would both become 'same.s' in the destination"
        self.refused("POST", "/connections", {**body, **one_place}, 400, words)
        made = self.ask("POST", "/connections", {**body, "namespaceDefinition": "source"})
        self.assertEqual([each["namespace"] for each in made["configurations"]["streams"]], ["here", "there"])
        self.refused("PATCH", f"/connections/{made['connectionId']}", one_place, 400, words)
        apart = {**one_place, "namespaceFormat": "from_${SOURCE_NAMESPACE}"}
        self.ask("PATCH", f"/connections/{made['connectionId']}", apart)

    def test_a_stream_that_stands_in_several_namespaces_is_chosen_with_one(self):
        self.declare_scripted()
        self.up()
        body = {"sourceId": self.scripted_source({"streams": {"s": 1}, "namespaces": ["here", "there"]}),
                "destinationId": self.destination()["destinationId"], "namespaceDefinition": "source"}
        chosen = lambda **stream: {**body, "configurations": {"streams": [stream]}}
        self.refused("POST", "/connections", chosen(name="s"), 400, "'s' stands in several namespaces")
        made = self.ask("POST", "/connections", chosen(name="s", namespace="there"))
        self.assertEqual([each["namespace"] for each in made["configurations"]["streams"]], ["there"])

    def test_more_fields_than_a_connection_may_have_are_refused(self):
        self.declare_scripted()
        self.up()
        body = {"sourceId": self.scripted_source({"streams": {"s": 1}, "fields": 19_999}),
                "destinationId": self.destination()["destinationId"]}
        self.refused("POST", "/connections", body, 400,
                     "20001 fields are selected; a connection has 20000 at most.")
        stream = {"name": "s", "selectedFields": [{"fieldPath": [name]} for name in ("id", "text")]}
        made = self.ask("POST", "/connections", {**body, "configurations": {"streams": [stream]}})
        self.refused("PATCH", f"/connections/{made['connectionId']}",
                     {"configurations": {"streams": [{"name": "s"}]}}, 400, "20001 fields are selected")

    def test_a_reader_changes_nothing(self):
        self.up()
        self.connected([{"name": "users"}])
        # No route makes readers yet: a token of theirs is put where tokens are kept.
        import hashlib
        import sqlite3
        self.stop()
        with sqlite3.connect(self.world.data / "wharf.db") as store:
            store.execute("insert into token (hash, subject, role) values (?, 'client:' || "
                          "(select id from client where role = 'admin'), 'reader')",
                          (hashlib.sha256(b"reader-token-of-a-test").hexdigest(),))
        self.up()
        self.token = "reader-token-of-a-test"
        listed = {path: self.ask("GET", path) for path in ("/sources", "/destinations", "/connections")}
        connection = listed["/connections"]["data"][0]["connectionId"]
        for method, path in (("POST", "/sources"), ("PUT", f"/sources/{self.from_}"), ("PATCH", f"/sources/{self.from_}"),
                             ("DELETE", f"/sources/{self.from_}"), ("POST", "/connections"),
                             ("PATCH", f"/connections/{connection}"), ("DELETE", f"/connections/{connection}"),
                             ("POST", "/workspaces"), ("POST", "/jobs"), ("GET", "/applications")):
            self.ask(method, path, None if method in ("GET", "DELETE") else {}, 403)
        self.assertEqual({path: self.ask("GET", path) for path in listed}, listed)


class Clients(ApiCase):
    def test_the_type_key_is_there_for_those_who_need_it_and_for_nobody_else(self):
        self.up()
        source, destination = self.source()["sourceId"], self.destination()["destinationId"]
        for agent, in_source, in_destination in ((None, False, False), (SDK0, False, False), (SDK1, False, True),
                                                 (SDK11, True, True), ("dagster", False, False)):
            of = self.ask("GET", f"/sources/{source}", agent=agent)["configuration"]
            to = self.ask("GET", f"/destinations/{destination}", agent=agent)["configuration"]
            listed = self.ask("GET", "/destinations", agent=agent)["data"][0]["configuration"]
            self.assertEqual((of.get("sourceType"), to.get("destinationType"), listed.get("destinationType")),
                             ("faker" if in_source else None, *["local-json" if in_destination else None] * 2), agent)

    def test_definitions_have_airbytes_ids(self):
        self.up()
        listed = self.ask("GET", "/connector_definitions?type=source")["data"]
        self.assertIn((FAKER, "source"), [(each["id"], each["connectorDefinitionType"]) for each in listed])
        self.refused("GET", "/connector_definitions", None, 400, "type")
        definitions = f"/workspaces/{self.workspace}/definitions"
        one = self.ask("GET", f"{definitions}/destinations/{JSONL}")
        self.assertEqual((one["id"], one["dockerRepository"]), (JSONL, "airbyte/destination-local-json"))
        self.assertIn(one, self.ask("GET", f"{definitions}/destinations")["data"])
        self.ask("GET", f"{definitions}/sources/{JSONL}", code=404)
        self.ask("GET", f"/workspaces/{NOBODY}/definitions/sources", code=404)
        self.assertEqual(self.ask("GET", f"{definitions}/declarative_sources")["data"], [])

    def test_a_definition_by_image_is_made_changed_and_deleted_and_others_stay(self):
        self.up()
        definitions = f"/workspaces/{self.workspace}/definitions/sources"
        body = {"name": "mine", "dockerRepository": "x/y", "dockerImageTag": "1", "resumableFullRefresh": True,
                "connectorIPCOptions": {"dataChannel": {"version": "0.0.2", "supportedSerialization": ["JSONL"],
                                                        "supportedTransport": ["SOCKET", "STDIO"]}}}
        made = self.ask("POST", definitions, body)
        self.assertEqual(made, {"id": made["id"], "position": False, **body})
        self.assertEqual(self.ask("GET", f"{definitions}/{made['id']}"), made)
        self.assertIn(made, self.ask("GET", definitions)["data"])
        changed = self.ask("PUT", f"{definitions}/{made['id']}", {"name": "ours", "dockerImageTag": "2"})
        self.assertEqual(changed, {**made, "name": "ours", "dockerImageTag": "2"})
        for wrong, words in (({"dockerRepository": "X/y"}, "small letters"), ({"dockerImageTag": ".1"}, "tag"),
                             ({"name": ""}, "name"), ({"connectorIPCOptions": {"dataChannel": {}}}, "")):
            self.refused("POST", definitions, {**body, **wrong}, 400, words)
        self.refused("PUT", f"{definitions}/{FAKER}", {"name": "x", "dockerImageTag": "1"}, 409, "built in")
        self.refused("DELETE", f"{definitions}/{FAKER}", None, 409, "built in")
        self.assertEqual(self.ask("DELETE", f"{definitions}/{made['id']}"), changed)
        self.ask("GET", f"{definitions}/{made['id']}", code=404)
        self.ask("DELETE", f"{definitions}/{made['id']}", code=404)
        self.assertNotIn(made["id"], [each["id"] for each in self.ask("GET", definitions)["data"]])
        self.ask("POST", "/sources", {"name": "s", "workspaceId": self.workspace, "definitionId": made["id"],
                                      "configuration": {}}, code=404)
        self.refused("POST", f"/workspaces/{self.workspace}/definitions/declarative_sources", body, 501,
                     "cannot be run here")

    def test_a_workspace_holds_its_own_and_takes_it_along(self):
        self.up()
        made = self.ask("POST", "/workspaces", {"name": "second", "organizationId": NOBODY})
        id = made["workspaceId"]
        self.assertEqual((made["name"], made["dataResidency"], made["notifications"]), ("second", "auto", {}))
        self.assertEqual(self.ask("PATCH", f"/workspaces/{id}", {"name": "other"})["name"], "other")
        first, self.workspace = self.workspace, id
        connection = self.connected([{"name": "users"}])
        self.assertEqual(connection["workspaceId"], id)
        self.workspace = first
        here = self.source(name="here")["sourceId"]
        self.refused("POST", "/connections", {"sourceId": here, "destinationId": self.to}, 400, "different workspaces")
        ids = lambda query: {each["sourceId"] for each in self.ask("GET", f"/sources{query}")["data"]}
        self.assertEqual(ids(f"?workspaceIds={id}"), {self.from_})
        self.assertEqual(ids(f"?workspaceIds={first}"), {here})
        for both in (f"?workspaceIds={id},{first}", f"?workspaceIds={id}&workspaceIds={first}", ""):
            self.assertEqual(ids(both), {self.from_, here})
        listed = lambda of: [each["connectionId"] for each in self.ask("GET", f"/connections?workspaceIds={of}")["data"]]
        self.assertEqual((listed(id), listed(first)), ([connection["connectionId"]], []))
        self.refused("DELETE", f"/workspaces/{first}", None, 409, "default")
        self.ask("DELETE", f"/workspaces/{id}", code=204)
        self.ask("GET", f"/workspaces/{id}", code=404)
        self.ask("GET", f"/connections/{connection['connectionId']}", code=404)
        self.assertEqual(ids(""), {here})

    def test_pages_come_to_an_end_and_every_one_is_seen_once(self):
        self.up()
        made = {self.source(name=f"s{number}")["sourceId"] for number in range(5)}
        seen, path = [], "/sources?limit=2"
        while path:
            page = self.ask("GET", path)
            seen += [each["sourceId"] for each in page["data"]]
            path = page["next"].partition(PUBLIC)[2]
        self.assertEqual((len(seen), set(seen)), (5, made))

    def test_who_there_is_is_said_as_clients_look_for_it(self):
        self.up()
        self.assertEqual([each["organizationName"] for each in self.ask("GET", "/organizations")["data"]], ["Wharf"])
        self.assertEqual(self.ask("GET", "/permissions")["data"][0]["permissionType"], "instance_admin")
        applications = self.ask("GET", "/applications")["applications"]
        self.assertEqual([(each["name"], each["clientSecret"]) for each in applications],
                         [("client", MASK), ("launcher", MASK)])
        self.assertEqual(self.ask("GET", "/tags")["data"], [])
        for path in ("/applications", "/permissions", "/tags", "/sources/initiateOAuth"):
            self.ask("POST", path, {}, 501)


if __name__ == "__main__":
    unittest.main()
