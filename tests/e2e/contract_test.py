#!/usr/bin/env python3
"""The API's document and the API, each held to the other: the document by validators that are not ours, the API by
asking every operation for what it should do and for what it should refuse; and the scripts that people copy."""

import base64
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import threading
import time
import unittest

import contract
from api_test import JSONL, NOBODY, PUBLIC, ApiCase
from harness import TESTS, WHARF, jsonl_rows

from openapi_spec_validator import OpenAPIV31SpecValidator  # of the parts that contract.py has found

WORKLOAD, OURS = "/api/v1/workload", "/api/wharf/v1"
README = pathlib.Path(TESTS).parent / "README.md"
PATIENCE = 5  # seconds: then Airbyte's SDK gives up


class ContractCase(ApiCase):
    def up(self):
        super().up()
        self.contract = contract.contract(self.port)
        said = subprocess.run([WHARF, "credentials", "--launcher", "--json", "--data-dir", str(self.world.data)],
                              stdout=subprocess.PIPE, timeout=30, check=True).stdout
        self.admin = self.token
        self.launcher = self.ask("POST", "/applications/token", json.loads(said))["access_token"]

    def at_root(self, method, path, body=None, code=200, **more):
        """Asks at a path from the root, with the token that fits."""
        self.token = self.launcher if path.startswith(WORKLOAD) else self.admin
        try:
            answer, text = self.raw(method, path, body, base="", **more)
        finally:
            self.token = self.admin
        self.assertIn(answer.status, code if isinstance(code, tuple) else (code,), f"{method} {path} {body}: {text}")
        kind = answer.headers.get_content_type()
        return json.loads(text) if kind == "application/json" and text else text

    def filled(self, path, value=NOBODY):
        """A path of the document with this in the place of each parameter."""
        return re.sub(r"\{\w+\}", lambda found: "99" if found[0] == "{jobId}" else value, path)


class Document(ContractCase):
    def setUp(self):
        super().setUp()
        self.up()

    def test_the_document_is_one_and_needs_no_token(self):
        self.token = self.admin = None
        document = self.at_root("GET", "/openapi.json")
        for path in (PUBLIC, "/v1", OURS):
            self.assertEqual(self.at_root("GET", path + "/openapi.json"), document)
        errors = [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()]
        self.assertEqual(errors, [])
        for path in (PUBLIC, PUBLIC + "/"):
            self.assertEqual(self.raw("GET", path, base="")[0].headers["Location"], "/openapi.json")
        version = subprocess.run([WHARF, "--version"], stdout=subprocess.PIPE, check=True).stdout.decode().split()
        self.assertIn(document["info"]["version"], version)

    def test_what_the_document_gives_for_an_example_is_one(self):
        schemas = self.contract.document["components"]["schemas"]
        examples = [(name, each) for name, schema in schemas.items() for each in schema.get("examples", [])]
        self.assertGreater(len(examples), 10)
        for name, example in examples:
            self.assertIsNone(self.contract.schema_fault(name, example), name)

    def test_the_document_would_notice(self):
        faulty = self.contract.schema_fault
        job = self.contract.document["components"]["schemas"]["Job"]["examples"][1]
        for change in ({"status": "queued"}, {"status": "dancing"}, {"jobId": "7"}, {"startTime": 1787270400},
                       {"startTime": "yesterday"}, {"duration": "90 s"}, {"lastUpdatedAt": None}, {"unheard": 1},
                       {"status": "running"}):
            self.assertTrue(faulty("Job", {**job, **change}), change)
        for name in job:
            self.assertTrue(faulty("Job", {key: value for key, value in job.items() if key != name}), name)
        connection, = self.contract.document["components"]["schemas"]["Connection"]["examples"]
        for change in ({"status": "locked"}, {"createdAt": "2026"}, {"schedule": {"scheduleType": "cron"}},
                       {"connectionId": "c"}, {"tags": None}):
            self.assertTrue(faulty("Connection", {**connection, **change}), change)
        for answer in (("POST", f"{PUBLIC}/jobs", 201, "application/json", json.dumps(job)),
                       ("DELETE", f"{PUBLIC}/sources/{NOBODY}", 200, "application/json", "{}"),
                       ("GET", f"{PUBLIC}/jobs/7", 200, "application/problem+json", json.dumps(job)),
                       ("GET", f"{PUBLIC}/jobs/7", 409, "application/json", '{"message": "x"}'),
                       ("GET", f"{PUBLIC}/nothing", 200, "application/json", "{}")):
            with self.assertRaises(AssertionError, msg=answer):
                self.contract.hold(*answer)

    def test_the_choices_and_codes_are_those_that_every_client_knows(self):
        for method, path, operation in self.contract.operations():
            codes = set(operation["responses"]) - {"default"}
            good = {code for code in codes if code[0] in "23"}
            self.assertLessEqual(good, {"200", "204", "302"}, path)
            if path.startswith(PUBLIC) and method == "DELETE" and "501" not in codes:
                self.assertEqual(good, {"200"} if "/jobs/" in path or "/definitions/" in path else {"204"}, path)
        choices = lambda schema, name: set(self.contract.document["components"]["schemas"][schema]["properties"][name]["enum"])
        self.assertEqual(choices("Job", "status"), {"pending", "running", "incomplete", "failed", "succeeded", "cancelled"})
        self.assertEqual(choices("Job", "jobType"), {"sync", "reset"})
        self.assertEqual(choices("Connection", "status"), {"active", "inactive", "deprecated"})
        self.assertEqual(choices("Connection", "namespaceDefinition"), {"source", "destination", "custom_format"})


class Operations(ContractCase):
    def test_every_operation_answers_what_the_document_says(self):
        self.up()
        self.walk()
        for method, path, operation in self.contract.operations():
            codes = {int(code) for code in operation["responses"] if code.isdigit()}
            good = {code for code in codes if code < 400} or codes
            met = {code for one, of, code in self.contract.met if (one, of) == (method, path)}
            self.assertLessEqual(good, met, f"{method} {path} was never answered so")

    def walk(self):
        """Through all of it, as somebody would who tries everything once."""
        self.anybody_may_ask()
        connection, job = self.a_life_of_a_connection()
        self.what_is_ours(connection, job)
        self.a_life_of_a_workload()

    def anybody_may_ask(self):
        credentials = subprocess.run([WHARF, "credentials", "--json", "--data-dir", str(self.world.data)],
                                     stdout=subprocess.PIPE, check=True).stdout.decode()
        self.admin, kept = None, self.admin
        for path in (PUBLIC, "/v1", "/api/v1", ""):
            said = self.at_root("POST", path + "/applications/token", credentials)
            self.assertEqual(said["token_type"], "Bearer")
        for path in (PUBLIC + "/health", "/api/v1/health", "/healthz", "/openapi.json", PUBLIC + "/openapi.json",
                     OURS + "/openapi.json", "/metrics"):
            self.at_root("GET", path)
        self.wait(lambda: self.raw("GET", "/readyz", base="")[0].status == 200, "readiness")
        for path in (PUBLIC, "/api/public"):
            self.at_root("GET", path, code=302)
        self.token = self.admin = kept
        for path in ("/organizations", "/users", "/permissions", "/tags", "/applications"):
            self.ask("GET", path)
        for method, path in (("POST", "/applications"), ("POST", "/permissions"), ("POST", "/tags"),
                             ("POST", "/sources/initiateOAuth"), ("PUT", f"/workspaces/{NOBODY}/oauthCredentials")):
            self.ask(method, path, {}, 501)

    def a_life_of_a_connection(self):
        workspace = self.ask("POST", "/workspaces", {"name": "w"})["workspaceId"]
        self.ask("GET", f"/workspaces/{workspace}")
        self.ask("PATCH", f"/workspaces/{workspace}", {"name": "v"})
        self.ask("DELETE", f"/workspaces/{workspace}", code=204)
        definitions = f"/workspaces/{self.workspace}/definitions"
        self.ask("GET", "/connector_definitions?type=destination")
        for kind in ("sources", "destinations"):
            one = self.ask("GET", f"{definitions}/{kind}")["data"][0]["id"]
            self.ask("GET", f"{definitions}/{kind}/{one}")
            made = self.ask("POST", f"{definitions}/{kind}", {"name": "own", "dockerRepository": "x/y",
                                                              "dockerImageTag": "1", "documentationUrl": "http://d"})
            self.ask("PUT", f"{definitions}/{kind}/{made['id']}", {"name": "own", "dockerImageTag": "2"})
            self.ask("DELETE", f"{definitions}/{kind}/{made['id']}")
        self.ask("GET", f"{definitions}/declarative_sources")
        self.ask("GET", f"{definitions}/declarative_sources/{NOBODY}", code=404)
        self.ask("POST", f"{definitions}/declarative_sources", {}, 501)
        connection = self.connected([{"name": "users", "syncMode": "incremental_append"}])["connectionId"]
        for kind, id in (("source", self.from_), ("destination", self.to)):
            said = self.ask("GET", f"/{kind}s/{id}")
            self.ask("PATCH", f"/{kind}s/{id}", {"name": "patched"})
            self.ask("PUT", f"/{kind}s/{id}", {"name": "put", "configuration": said["configuration"]})
        for path in ("/workspaces", "/sources", "/destinations", "/connections", "/jobs",
                     f"/streams?sourceId={self.from_}&destinationId={self.to}", f"/connections/{connection}"):
            self.ask("GET", path)
        self.ask("PATCH", f"/connections/{connection}", {"name": "renamed"})
        job = self.synced(connection)["jobId"]
        self.ask("DELETE", f"/jobs/{job}", code=409)
        slow = self.source(name="slow", count=2_000_000)["sourceId"]
        endless = self.ask("POST", "/connections", {"sourceId": slow, "destinationId": self.to})["connectionId"]
        running = self.ask("POST", "/jobs", {"connectionId": endless, "jobType": "sync"})["jobId"]
        self.assertEqual(self.ask("DELETE", f"/jobs/{running}")["status"], "cancelled")
        self.ask("DELETE", f"/connections/{endless}", code=204)
        self.ask("DELETE", f"/sources/{slow}", code=204)
        other = self.destination(name="other", path=self.world.path("other"))["destinationId"]
        self.ask("DELETE", f"/destinations/{other}", code=204)
        return connection, job

    def what_is_ours(self, connection, job):
        for path in ("status", "connections", "sources", "destinations", "jobs", "events", "doctor",
                     f"connections/{connection}", f"jobs/{job}", f"jobs/{job}/log?format=json&tail=5", f"jobs/{job}/log"):
            self.at_root("GET", f"{OURS}/{path}")
        self.at_root("POST", f"{OURS}/connections/renamed/resume")
        wish = {"files": [{"path": "/nowhere/d.yaml", "text": json.dumps({"sources": [
            {"name": "declared", "connector": "source-faker", "configuration": {"count": 1}}]})}]}
        plan = self.at_root("POST", f"{OURS}/diff", wish)
        self.assertFalse(plan["applied"])
        self.assertTrue(self.at_root("POST", f"{OURS}/apply", {**wish, "plan": plan})["applied"])
        self.assertEqual(self.at_root("POST", f"{OURS}/diff", wish)["changes"], [])
        self.assertIn("renamed", json.dumps(self.at_root("GET", f"{OURS}/export?state=true")["declaration"]))
        for kind, name in (("sources", "put"), ("destinations", self.to)):
            self.assertEqual(self.at_root("POST", f"{OURS}/{kind}/{name}/check"), {"status": "succeeded"})
        found = self.at_root("POST", f"{OURS}/sources/put/discover?fresh=true")
        self.assertEqual({each["name"] for each in found["streams"]}, {"users", "products", "purchases"})
        state = f"{OURS}/connections/renamed/state"
        before = self.at_root("GET", state)
        self.assertEqual([each["stream"]["stream_descriptor"]["name"] for each in before], ["users"])
        self.assertEqual(self.at_root("PUT", state, before), before)
        self.assertEqual(self.at_root("DELETE", state + "?stream=users"), [])
        for legacy in ({"all": 7}, [{"type": "LEGACY", "data": {"all": 7}}]):
            self.assertEqual(self.at_root("PUT", state, legacy), {"all": 7})
        for body in ([{"type": "LEGACY", "data": [None]}], [{"type": "LEGACY"}], "7", [{"type": "MOON"}]):
            self.at_root("PUT", state, body, 400)
        self.backup()

    def backup(self):
        """It is no text: asked by curl, and looked at by SQLite's own program."""
        file = self.world.path("backup.db")
        said = subprocess.run(["curl", "-sS", "-o", str(file), "-w", "%{http_code} %{content_type}", "-H",
                               f"Authorization: Bearer {self.admin}", f"http://127.0.0.1:{self.port}{OURS}/backup"],
                              stdout=subprocess.PIPE, check=True, timeout=60).stdout.decode()
        code, kind = said.split(" ", 1)
        self.contract.hold("GET", f"{OURS}/backup", int(code), kind, "")
        whole = subprocess.run(["sqlite3", str(file), "pragma integrity_check"], stdout=subprocess.PIPE, check=True)
        self.assertEqual(whole.stdout, b"ok\n")

    def a_life_of_a_workload(self):
        tell = lambda method, path, code, **body: self.at_root(method, f"{WORKLOAD}/{path}", body, code)
        create = lambda id, code=204: tell("POST", "create", code, workloadId=id, workloadInput="{}", mutexKey=id,
                                           labels=[{"key": "job_id", "value": "1"}], priority="default")
        for id in ("a", "b", "c"):
            create(id)
        create("a", 200)
        self.assertEqual(len(tell("POST", "queue/poll", 200, quantity=5)["workloads"]), 3)
        self.assertEqual(tell("POST", "queue/depth", 200), {"count": 0})
        self.assertEqual(self.at_root("GET", f"{WORKLOAD}/queue/stats")["stats"][0]["enqueuedCount"], 3)
        for id in ("a", "b", "c"):
            self.assertEqual(tell("PUT", "claim", 200, workloadId=id, dataplaneId="here"), {"claimed": True})
            for word in ("launched", "running", "heartbeat"):
                tell("PUT", word, 204, workloadId=id)
        self.assertEqual(len(tell("POST", "list_active", 200)["workloads"]), 3)
        far = "2100-01-01T00:00:00Z"
        for path, body, found in (("list", {"status": ["running"]}, 3), ("expired_deadline_list", {"deadline": far}, 3),
                                  ("list_long_running_sync", {"createdBefore": far}, 3),
                                  ("list_long_running_non_sync", {"createdBefore": far}, 0)):
            self.assertEqual(len(tell("POST", path, 200, **body)["workloads"]), found, path)
        tell("PUT", "success", 204, workloadId="a", output={"done": True})
        tell("PUT", "failure", 204, workloadId="b", source="me", reason="no luck")
        tell("PUT", "cancel", 204, workloadId="c", source="me", reason="no wish")
        self.assertEqual(self.at_root("GET", f"{WORKLOAD}/a")["output"], {"done": True})
        tell("POST", "queue/clean", 204, limit=10)


class Refusals(ContractCase):
    """Every operation, asked for what it should not do."""

    def setUp(self):
        super().setUp()
        self.up()

    def test_nothing_but_what_is_open_answers_without_a_token_or_with_a_wrong_one(self):
        for method, path, operation in self.contract.operations():
            is_open = operation.get("security") == [] or {} in operation.get("security", [])
            for token in (None, "made-up"):
                self.token = token
                answer, _ = self.raw(method, self.filled(path), base="")
                if not is_open:
                    self.assertEqual(answer.status, 401, f"{method} {path}")
                else:
                    self.assertNotEqual(answer.status, 401, f"{method} {path}")

    def test_who_is_not_there_is_not_found(self):
        for method, path, operation in self.contract.operations():
            if "404" not in operation["responses"] or "{" not in path:
                continue
            body = {"workloadId": NOBODY, "source": "x", "reason": "x", "name": "x", "configuration": {}}
            if path.endswith("/state") and method == "PUT":
                body = [{"type": "STREAM", "stream": {"stream_descriptor": {"name": "s"}, "stream_state": {}}}]
            self.at_root(method, self.filled(path), None if method in ("GET", "DELETE") else body, 404)

    def test_a_body_that_is_no_json_too_deep_or_no_object_is_refused(self):
        deep = '{"a":' * 200 + "1" + "}" * 200
        for method, path, operation in self.contract.operations():
            if "requestBody" not in operation:
                continue
            for body in ("{", deep, "[1", "\xff\xfe".encode("latin-1"), '"text"', "[[]]"):
                # Any JSON whatever may be a state.
                self.at_root(method, self.filled(path), body, (400, 404, 422) if "/state" in path else (400, 422))

    def test_a_post_without_a_body_or_a_content_type_is_answered(self):
        for method, path, operation in self.contract.operations():
            if method != "POST":
                continue
            known = tuple(int(code) for code in operation["responses"] if code.isdigit() and code < "500")
            answer = self.raw("POST", self.filled(path), base="")
            self.at_root("POST", self.filled(path) + "/", None, (*known, 400, 501))
            self.assertLess(answer[0].status, 502, path)

    def test_a_slash_at_the_end_changes_nothing(self):
        self.connected([{"name": "users"}])
        for method, path, operation in self.contract.operations():
            if method != "GET" or path in ("/metrics", f"{OURS}/status", f"{OURS}/backup"):
                continue
            path = path.replace("{workspaceId}", self.workspace).replace("{sourceId}", self.from_)
            path = path.replace("{destinationId}", self.to).replace("{definitionId}", JSONL)
            path, query = self.filled(path), "?type=source" if "connector_def" in path else ""
            if path.endswith("/streams"):
                query = f"?sourceId={self.from_}"
            codes = (200, 302, 404)
            self.assertEqual(self.without_ids(self.at_root("GET", path + query, None, codes)),
                             self.without_ids(self.at_root("GET", path.rstrip("/") + "/" + query, None, codes)), path)

    def without_ids(self, said):
        """The id of an error is another each time, and time goes on."""
        return {k: v for k, v in said.items() if k != "errorId"} if isinstance(said, dict) else said

    def test_pages_have_their_limits_and_an_end(self):
        paged = [path for method, path, operation in self.contract.operations() if method == "GET" and
                 {"$ref": "#/components/parameters/limit"} in operation.get("parameters", [])]
        self.assertEqual(len(paged), 5)
        self.connected([{"name": "users"}])
        for number in range(2):
            self.ask("POST", "/workspaces", {"name": f"w{number}"})
            self.source(name=f"s{number}")
            self.destination(name=f"d{number}", path=self.world.path(f"d{number}"))
            body = {"sourceId": self.from_, "destinationId": self.to, "prefix": f"p{number}_",
                    "configurations": {"streams": [{"name": "users"}]}}
            connection = self.ask("POST", "/connections", body)["connectionId"]
            self.synced(connection)
            self.synced(connection)
        for path in paged:
            for query in ("limit=0", "limit=101", "limit=-1", "limit=x", "limit=", "offset=-1", "offset=x", "offset="):
                self.at_root("GET", f"{path}?{query}", None, 400)
            for query in ("limit=100", "offset=1000000"):
                self.assertEqual(self.at_root("GET", f"{path}?{query}")["next"], "")
            whole = self.at_root("GET", path)["data"]
            self.assertGreaterEqual(len(whole), 3, path)
            seen, at, pages = [], path + "?limit=2", 0
            while at and pages < 20:
                page = self.at_root("GET", at)
                seen += page["data"]
                at, pages = page["next"].partition(f":{self.port}")[2], pages + 1
            self.assertEqual((seen, pages), (whole, (len(whole) + 1) // 2), path)
            back = self.at_root("GET", path + "?limit=2&offset=2")["previous"].partition(f":{self.port}")[2]
            self.assertEqual(self.at_root("GET", back)["data"], whole[:2])

    def test_lists_come_repeated_or_joined_and_in_any_case(self):
        made = self.connected([{"name": "users"}])
        first, second = self.workspace, self.ask("POST", "/workspaces", {"name": "second"})["workspaceId"]
        self.synced(made["connectionId"])
        for path in ("/workspaces", "/sources", "/destinations", "/connections", "/jobs"):
            all_of_it = self.ask("GET", path)["data"]
            here = [each for each in all_of_it if each.get("workspaceId", first) == first]
            self.assertEqual(len(here), 1)
            for both in (f"{first},{second}", f"{first}&workspaceIds={second}", f"{second},{first.upper()}"):
                self.assertEqual(self.ask("GET", f"{path}?workspaceIds={both}")["data"], all_of_it, path)
            self.assertEqual(self.ask("GET", f"{path}?workspaceIds={first}")["data"], here, path)
            self.assertEqual(len(self.ask("GET", f"{path}?workspaceIds={second}")["data"]), len(all_of_it) - 1, path)
            self.assertEqual(self.ask("GET", f"{path}?workspaceIds={NOBODY}")["data"], [])
        self.assertEqual(self.ask("GET", f"/connections?tagIds={NOBODY}")["data"], [])
        self.ask("DELETE", f"/workspaces/{second}", code=204)
        ids = lambda query: [each["workspaceId"] for each in self.ask("GET", f"/workspaces{query}")["data"]]
        self.assertEqual((ids(""), ids("?includeDeleted=true")), ([first], [first, second]))

    def test_jobs_are_found_by_when_they_were_made_and_when_they_changed(self):
        connection = self.connected([{"name": "users"}])["connectionId"]
        jobs = []
        for _ in range(3):
            jobs.append(self.synced(connection)["jobId"])
            time.sleep(1.1)  # times are said in whole seconds
        found = lambda query: [each["jobId"] for each in self.ask("GET", f"/jobs?{query}")["data"]]
        start = [self.ask("GET", f"/jobs/{job}")["startTime"] for job in jobs]
        end = [self.ask("GET", f"/jobs/{job}")["lastUpdatedAt"] for job in jobs]
        for query, wanted in ((f"createdAtStart={start[1]}", jobs[1:]), (f"createdAtEnd={start[1]}", jobs[:1]),
                              (f"createdAtStart={start[1]}&createdAtEnd={start[2]}", jobs[1:2]),
                              (f"updatedAtStart={end[2]}", jobs[2:]), (f"updatedAtEnd={end[2]}", jobs[:2]),
                              (f"updatedAtStart={end[1]}&orderBy=updatedAt%7CDESC", jobs[:0:-1]),
                              (f"createdAtStart={start[1].replace('Z', '%2B00:00')}", jobs[1:]),
                              (f"createdAtStart={start[1].replace('Z', '.000000')}", jobs[1:]),
                              (f"createdAtStart={start[0][:-3]}00Z&createdAtEnd=2100-01-01T00:00:00%2B02:00", jobs),
                              ("createdAtStart=2100-01-01T00:00:00Z", []), ("status=SUCCEEDED", jobs),
                              ("status=queued", []), ("status=failed", []), ("orderBy=createdAt%7CDESC", jobs[::-1])):
            self.assertEqual(found(query), wanted, query)
        # Its Python may be one that knows no Z.
        told = self.ask("GET", f"/jobs/{jobs[0]}", agent="dagster")
        self.assertEqual((told["startTime"], told["lastUpdatedAt"]),
                         (start[0].replace("Z", "+00:00"), end[0].replace("Z", "+00:00")))
        page = self.ask("GET", f"/jobs?limit=1&createdAtStart={start[1]}&orderBy=createdAt%7CDESC")
        self.assertEqual(self.at_root("GET", page["next"].partition(f":{self.port}")[2])["data"][0]["jobId"], jobs[1])
        for query in ("createdAtStart=soon", "createdAtEnd=", "updatedAtStart=2026-13-01T00:00:00Z", "updatedAtEnd=7 pm",
                      "status=dancing", "orderBy=createdAt", "orderBy=name%7CASC", "jobType=dance"):
            self.ask("GET", "/jobs?" + query.replace(" ", "%20"), code=400)


class Fuzz(ContractCase):
    """Schemathesis makes requests of the document, good ones and bad ones, and looks at what comes back."""

    CONFIGURATION = """
        seed = 7
        continue-on-failure = true
        [checks.not_a_server_error]
        expected-statuses = ["2xx", "3xx", "4xx", 501]
        """
    CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "ignored_auth",
              "response_schema_conformance", "unsupported_method", "allow_header_conformance")

    def test_no_request_that_the_document_can_be_read_for_breaks_anything(self):
        self.up()
        self.connected([{"name": "users"}])
        settings = self.world.write("schemathesis.toml", self.CONFIGURATION)
        program = pathlib.Path(os.environ["WHARF_CLIENTS"]) / "bin/schemathesis"
        done = subprocess.run([program, "--config-file", settings, "run", "--phases", "examples,coverage",
                               "--checks", ",".join(self.CHECKS), "--no-color", "--request-timeout", "10",
                               "-H", f"Authorization: Bearer {self.admin}",
                               f"http://127.0.0.1:{self.port}/openapi.json"],
                              capture_output=True, text=True, timeout=200, cwd=self.world.dir)
        self.assertEqual(done.returncode, 0, done.stdout[-6000:] + done.stderr)
        self.assertGreater(int(re.search(r"(\d+) generated", done.stdout)[1]), 1000)
        self.assertNotIn("request_failed", self.said())


class SettingsCase(ContractCase):
    def up_with(self, **settings):
        file = self.world.write("wharf.yaml", json.dumps(settings))
        plain = ContractCase.command(self)
        self.command = lambda: [*plain, "--config", str(file)]
        self.up()

    def asked_with(self, authorization, **headers):
        self.token = None
        more = {"Authorization": authorization} if authorization else {}
        return self.raw("GET", "/workspaces", **more, **headers)[0].status

    def basic(self, login):
        return "Basic " + base64.b64encode(login.encode()).decode()


class Logins(SettingsCase):
    """For clients that have a password, or nothing."""

    def test_a_password_lets_in_whom_the_settings_name_beside_those_with_tokens(self):
        password = self.world.write("password", "pass:word of airbyte\n")
        password.chmod(0o640)
        self.up_with(basic={"user": "airbyte", "password_file": "password"})
        self.assertEqual(self.asked_with(self.basic("airbyte:pass:word of airbyte")), 200)
        self.assertEqual(self.asked_with("Bearer " + self.admin), 200)
        for login in ("airbyte:password", "airbyte:", "airbyte", ":pass:word of airbyte", "someone:pass:word of airbyte", ""):
            self.assertEqual(self.asked_with(self.basic(login)), 401, login)
        for header in (None, "Basic", "Basic ???", "Digest x", "Bearer pass:word of airbyte"):
            self.assertEqual(self.asked_with(header), 401, header)
        self.assertNotIn("word of airbyte", self.said() + "".join(self.answers))

    def test_a_password_that_others_can_read_or_that_is_none_ends_the_start(self):
        for text, mode, words in (("secret", 0o644, "chmod 640"), ("\n", 0o600, "holds nothing"), (None, 0, "No such file")):
            password = self.world.path("password")
            password.unlink(missing_ok=True)
            if text is not None:
                password.write_text(text)
                password.chmod(mode)
            file = self.world.write("wharf.yaml", json.dumps({"basic": {"user": "a", "password_file": "password"}}))
            done = subprocess.run([*self.command(), "--config", str(file)], stderr=subprocess.PIPE, timeout=30)
            self.assertEqual(done.returncode, 3, words)
            self.assertIn(words, done.stderr.decode())

    def test_tokens_that_never_expire_are_those_that_the_settings_name_each_with_its_role(self):
        for name in ("dash", "ci", "root"):
            self.world.write(f"{name}.token", f"{name}-token-of-the-operator\n").chmod(0o600)
        self.up_with(tokens={"dash": {"file": "dash.token"}, "ci": {"role": "operator", "file": "ci.token"},
                             "root": {"role": "admin", "file": "root.token"}})
        connection = self.connected([{"name": "users"}])["connectionId"]
        job, name = {"connectionId": connection, "jobType": "refresh"}, {"name": "n"}  # who may ask for one hears why not
        codes = lambda token: [self.raw(*asked, Authorization=f"Bearer {token}-token-of-the-operator")[0].status
                               for asked in (("GET", "/jobs"), ("POST", "/jobs", job),
                                             ("PATCH", f"/connections/{connection}", name))]
        self.token = None
        self.assertEqual([codes(token) for token in ("dash", "root", "ci", "no")],
                         [[200, 403, 403], [200, 422, 200], [200, 422, 403], [401] * 3])
        self.assertEqual(self.stop(), 0)
        del self.command
        self.up_with(tokens={"dash": {"file": "dash.token"}})
        self.token = None
        self.assertEqual([codes(token)[0] for token in ("dash", "root", "ci")], [200, 401, 401])
        self.assertNotIn("of-the-operator", self.said() + "".join(self.answers))

    def test_without_authentication_everybody_here_is_an_admin_and_no_page_of_the_internet_is(self):
        self.up_with(authentication="none")
        self.assertEqual(self.asked_with(None), 200)
        self.assertEqual(self.asked_with("Bearer made-up"), 200)
        self.assertEqual(self.asked_with(None, Host="evil.example"), 403)
        self.assertEqual(self.raw("POST", "/workspaces", {"name": "w"}, Origin="http://evil.example")[0].status, 403)
        self.assertEqual(self.raw("POST", "/workspaces", {"name": "w"})[0].status, 200)
        self.assertIn("authentication: none", self.said())


class Tolerance(ContractCase):
    def test_members_that_nobody_knows_are_let_be_and_names_need_not_be_unique(self):
        self.up()
        body = {"name": "twin", "workspaceId": self.workspace, "configuration": {"sourceType": "faker", "count": 1}}
        first = self.ask("POST", "/sources", body)
        second = self.ask("POST", "/sources", {**body, "madeUp": {"by": ["a", "later", "version"]}})
        self.assertEqual((first["name"], second["name"]), ("twin", "twin"))
        self.assertNotEqual(first["sourceId"], second["sourceId"])
        self.assertNotIn("madeUp", second)
        to = self.destination()["destinationId"]
        made = [self.ask("POST", "/connections", {"sourceId": first["sourceId"], "destinationId": to, "name": "same",
                                                  "madeUp": 7, "prefix": prefix,
                                                  "configurations": {"streams": [{"name": "users", "madeUp": None}]}})
                for prefix in ("a_", "b_")]
        self.assertEqual([each["name"] for each in made], ["same", "same"])
        self.assertEqual(self.ask("PATCH", f"/connections/{made[0]['connectionId']}", {"madeUp": 1, "name": "n"})["name"], "n")

    def test_while_another_program_has_the_store_for_two_seconds_no_client_hears_of_it(self):
        self.up()
        begun, codes = threading.Event(), []

        def hold():
            with sqlite3.connect(self.world.data / "wharf.db", isolation_level=None, timeout=20) as store:
                store.execute("begin immediate")
                begun.set()
                time.sleep(2)
                store.execute("rollback")
        holder = threading.Thread(target=hold)
        holder.start()
        begun.wait()
        at = time.monotonic()
        for n in range(3):
            codes.append(self.raw("POST", "/workspaces", {"name": f"w{n}"})[0].status)
        took = time.monotonic() - at
        holder.join()
        self.assertEqual(codes, [200] * 3)
        self.assertGreater(took, 1)  # the first has waited
        self.assertLess(took, PATIENCE)


class Guesses(SettingsCase):
    def test_who_guesses_a_secret_or_a_password_is_slowed_down_and_nobody_is_shut_out(self):
        self.world.write("password", "right-one\n").chmod(0o600)
        self.up_with(basic={"user": "prefect", "password_file": "password"})
        self.token = None
        guess = lambda: self.asked_with(self.basic("prefect:wrong-one"))
        codes = [guess() for _ in range(6)]
        self.assertEqual(codes, [401] * 5 + [429])
        answer, text = self.raw("GET", "/jobs", Authorization=self.basic("prefect:right-one"))
        self.assertEqual((answer.status, answer.headers["Retry-After"]), (429, "1"), text)
        self.wait(lambda: self.asked_with(self.basic("prefect:right-one")) == 200, "the end of the pause", 5)
        ask = lambda secret: self.raw("POST", "/applications/token", {"client_id": "made-up", "client_secret": secret})
        self.assertEqual([ask(str(n))[0].status for n in range(6)], [401] * 5 + [429])
        said = json.loads(subprocess.run([WHARF, "credentials", "--json", "--data-dir", str(self.world.data)],
                                         stdout=subprocess.PIPE, check=True).stdout)
        self.assertEqual(self.raw("POST", "/applications/token", said)[0].status, 200)


class Links(SettingsCase):
    def test_links_lead_where_the_client_came_from_and_no_proxys_word_counts(self):
        self.up()
        for name in "ab":
            self.source(name=name)
        page = lambda **headers: json.loads(self.raw("GET", "/sources?limit=1", **headers)[1])["next"]
        self.assertEqual(page(), f"http://127.0.0.1:{self.port}{PUBLIC}/sources?limit=1&offset=1")
        self.assertEqual(page(Host="localhost"), f"http://localhost{PUBLIC}/sources?limit=1&offset=1")
        self.assertEqual(page(**{"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}),
                         f"http://127.0.0.1:{self.port}{PUBLIC}/sources?limit=1&offset=1")

    def test_links_begin_with_the_public_url_if_there_is_one_and_its_host_is_ours(self):
        self.up_with(public_url="https://wharf.example/data/")
        for name in "ab":
            self.source(name=name)
        for host in ("wharf.example", "localhost"):
            answer, text = self.raw("GET", "/sources?limit=1&offset=1", Host=host)
            self.assertEqual(answer.status, 200, text)
            self.assertEqual(json.loads(text)["previous"],
                             f"https://wharf.example/data{PUBLIC}/sources?limit=1&offset=0")


class Patience(ContractCase):
    def test_no_answer_takes_longer_than_clients_wait_while_a_connector_is_slow_to_end(self):
        self.declare_scripted()
        self.up()
        slow = {"streams": {"s": 100_000}, "every": 10, "pause": 0.1, "ignore_term": True}
        connection, source = self.scripted_connection(slow, [{"name": "s", "syncMode": "incremental_append"}])
        timed = lambda *asked, **more: self.timed(lambda: self.ask(*asked, **more))
        job = timed("POST", "/jobs", {"connectionId": connection, "jobType": "sync"})["jobId"]
        self.wait(lambda: self.world.store("select 1 from checkpoint"), "a checkpoint")
        timed("POST", "/jobs", {"connectionId": connection, "jobType": "sync"}, code=409)
        self.assertEqual(timed("DELETE", f"/jobs/{job}")["status"], "cancelled")
        self.assertEqual(self.jobs_of_store(), [("running",)])  # it does not end for SIGTERM
        listed = lambda status: [each["jobId"] for each in self.ask("GET", f"/jobs?status={status}")["data"]]
        self.assertEqual((listed("cancelled"), listed("running")), ([job], []))
        self.assertEqual(timed("DELETE", f"/jobs/{job}")["status"], "cancelled")  # asking twice is asking once
        timed("GET", f"/streams?sourceId={source}")  # what the source said before
        clear = timed("POST", "/jobs", {"connectionId": connection, "jobType": "clear"})
        self.assertEqual((clear["status"], clear["jobType"]), ("pending", "reset"))
        self.assertEqual(timed("POST", "/jobs", {"connectionId": connection, "jobType": "clear"}), clear)
        self.assertEqual(timed("GET", f"/jobs/{clear['jobId']}"), clear)
        self.assertEqual(timed("DELETE", f"/jobs/{clear['jobId']}")["status"], "cancelled")
        self.assertEqual(timed("GET", f"/jobs/{clear['jobId']}")["status"], "cancelled")
        timed("DELETE", f"/jobs/{clear['jobId']}", code=409)
        clear = timed("POST", "/jobs", {"connectionId": connection, "jobType": "clear"})
        self.wait(lambda: self.ask("GET", f"/jobs/{clear['jobId']}")["status"] == "succeeded", "the clear", 60)
        self.assertEqual(self.world.store("select id, kind, status from job order by id")[-1],
                         (clear["jobId"], "clear", "succeeded"))
        job = timed("POST", "/jobs", {"connectionId": connection, "jobType": "sync"})["jobId"]
        self.wait(lambda: self.world.store("select 1 from checkpoint"), "a checkpoint")
        timed("PATCH", f"/connections/{connection}", {"name": "other"})
        timed("DELETE", f"/connections/{connection}", code=204)
        self.wait(lambda: self.ask("GET", f"/jobs/{job}")["status"] == "cancelled", "its end", 60)

    def jobs_of_store(self):
        return self.world.store("select status from job")

    def timed(self, ask):
        began = time.monotonic()
        said = ask()
        self.assertLess(time.monotonic() - began, PATIENCE)
        return said


class Echoes(ContractCase):
    def test_what_is_sent_comes_back_as_it_was_so_that_terraform_has_nothing_to_do(self):
        self.up()
        source = self.source(name="Ωmega \U0001F600 \" \\ ")
        self.assertEqual(source["name"], "Ωmega \U0001F600 \" \\ ")
        to = self.destination(path=self.world.path("out"))
        fields = lambda *names: [{"fieldPath": [name]} for name in names]
        streams = [{"name": "users", "syncMode": "incremental_append", "cursorField": ["updated_at"],
                    "primaryKey": [["id"]], "selectedFields": fields("updated_at", "name", "id", "email")},
                   {"name": "purchases", "syncMode": "full_refresh_append"},
                   {"name": "products", "syncMode": "full_refresh_overwrite", "selectedFields": fields("price", "id")}]
        sent = {"name": "n", "prefix": "", "namespaceDefinition": "custom_format", "namespaceFormat": "${SOURCE_NAMESPACE}_x",
                "schedule": {"scheduleType": "cron", "cronExpression": "0 15 3 ? * MON-FRI UTC"}, "status": "inactive",
                "nonBreakingSchemaUpdatesBehavior": "ignore", "tags": [], "configurations": {"streams": streams}}
        made = self.ask("POST", "/connections", {"sourceId": source["sourceId"], "destinationId": to["destinationId"], **sent})
        for said in (made, self.ask("GET", f"/connections/{made['connectionId']}"),
                     self.ask("PATCH", f"/connections/{made['connectionId']}", sent)):
            got = said["configurations"]["streams"]
            for want, have in zip(streams, got, strict=True):
                self.assertEqual({key: have[key] for key in want}, want)
            self.assertEqual({key: said[key] for key in sent if key != "configurations"},
                             {key: sent[key] for key in sent if key != "configurations"})


class Scripts(ContractCase):
    """As people have them in their terminals: by bash, curl and jq."""

    PLAIN = r"""
        T=$(curl -sf $B/applications/token -H 'content-type: application/json' \
             -d "{\"client_id\":\"$ID\",\"client_secret\":\"$SECRET\",\"grant-type\":\"client_credentials\"}" | jq -r .access_token)
        C=$(curl -sf $B/connections -H "Authorization: Bearer $T" | jq -r '.data[].connectionId')
        J=$(curl -sf $B/jobs -H "Authorization: Bearer $T" -H 'content-type: application/json' \
             -d "{\"connectionId\":\"$C\",\"jobType\":\"sync\"}" | jq .jobId)
        until curl -sf $B/jobs/$J -H "Authorization: Bearer $T" | jq -e '.status|IN("succeeded","failed","cancelled")'; do sleep 0.1; done
        curl -sf $B/jobs/$J -H "Authorization: Bearer $T" | jq -r .status
        """

    def run_script(self, script, base):
        said = json.loads(subprocess.run([WHARF, "credentials", "--json", "--data-dir", str(self.world.data)],
                                         stdout=subprocess.PIPE, check=True).stdout)
        begin = (f'set -euo pipefail\nwharf() {{ "{WHARF}" "$@" --data-dir "{self.world.data}"; }}\n'
                 f"B=http://localhost:{self.port}{base}\nID={said['client_id']}\nSECRET={said['client_secret']}\n")
        done = subprocess.run(["bash", "-c", begin + script], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, f"{script}\n{done.stdout}{done.stderr}")
        return done.stdout

    def test_a_script_asks_for_a_token_starts_a_sync_and_waits_for_its_end(self):
        self.up()
        self.connected([{"name": "users"}])
        for base in (PUBLIC, "/v1"):
            self.assertEqual(self.run_script(self.PLAIN, base).splitlines()[-2:], ["true", "succeeded"])
        self.assertEqual([status for status, in self.world.store("select status from job")], ["succeeded"] * 2)

    def test_the_conversation_of_the_readme_works(self):
        self.up()
        self.connected([{"name": "users"}])
        blocks = re.findall(r"```sh\n(.*?)```", README.read_text(), re.DOTALL)
        talk, = [block for block in blocks if "until curl" in block]
        first, _, rest = talk.partition("\n")
        self.assertEqual(first, f"B=http://localhost:8000{PUBLIC}")
        self.assertEqual(self.run_script(rest, PUBLIC).splitlines()[-1], "true")
        self.assertEqual(self.world.store("select status from job"), [("succeeded",)])


class Clients(ContractCase):
    """Airbyte's own SDK, of both lines that people have."""

    def converse(self, variable, token_url, makes_destinations=True):
        self.up()
        keys = subprocess.run([WHARF, "credentials", "--json", "--data-dir", str(self.world.data)],
                              stdout=subprocess.PIPE, check=True).stdout
        python = pathlib.Path(os.environ[variable]) / "bin/python"
        out = self.world.path("out")
        place = str(out) if makes_destinations else self.destination()["destinationId"]
        done = subprocess.run([python, str(TESTS / "e2e/sdk_conversation.py"),
                               f"http://localhost:{self.port}{PUBLIC}", token_url, place], input=keys,
                              capture_output=True, timeout=120)
        self.assertEqual(done.returncode, 0, f"{done.stderr.decode()}\n{self.said()[-2000:]}")
        said = json.loads(done.stdout)
        self.assertRegex(said.pop("duration"), r"^PT\d+S$")
        self.assertEqual({name: said[name] for name in ("status", "rows", "cancel_of_the_ended", "asked_again",
                                                        "cancelled", "gone")},
                         {"status": "succeeded", "rows": 20, "cancel_of_the_ended": 409, "asked_again": 409,
                          "cancelled": "cancelled", "gone": 404})
        self.assertGreaterEqual(len(jsonl_rows(out / "users.jsonl")), 20)
        return said

    def test_airbytes_sdk_goes_through_the_life_of_a_connection(self):
        # It knows no types of destinations but those it was made with, and none of ours is among them.
        said = self.converse("WHARF_CLIENTS", "/applications/token", makes_destinations=False)
        self.assertTrue(said["version"].startswith("1."), said)

    def test_so_does_its_last_0_x_which_pyairbyte_and_airflow_use(self):
        said = self.converse("WHARF_CLIENTS_OLD", PUBLIC + "/applications/token")
        self.assertTrue(said["version"].startswith("0.5"), said)


if __name__ == "__main__":
    unittest.main()
