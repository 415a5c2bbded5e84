#!/usr/bin/env python3
"""Declarations over a running daemon: validate, diff, apply and export; who may change what; plans that no
longer hold; a system that moves to an empty machine."""

import json
import pathlib
import subprocess
import time
import unittest
import uuid

from harness import WHARF, jsonl, jsonl_rows, scripted, scripted_destination, sqlite, sqlite_rows
from operating import MANUAL, OperatedCase
from serving import HOURLY, ApiCase

SPACE = uuid.UUID("7a1de3f4-5c3e-5b0c-9a55-3c1f6d0a77c2")
OVERWRITE = "full_refresh_overwrite"
INCREMENTAL = [{"name": "s", "sync_mode": "incremental_append"}]


def id_of(kind, name):
    return str(uuid.uuid5(SPACE, f"{kind}/{name}"))


class ApplyCase(OperatedCase, ApiCase):
    def setUp(self):
        super().setUp()
        self.mine = self.world.path("mine")
        self.mine.mkdir()

    def item(self, source, destination, name="c", **more):
        return {"sources": [{"name": f"{name}-from", **source}], "destinations": [{"name": f"{name}-to", **destination}],
                "connections": [{"name": name, "source": f"{name}-from", "destination": f"{name}-to",
                                 "schedule": MANUAL, **more}]}

    def written(self, document, file="a.yaml"):
        path = self.mine / file
        path.write_text(document if isinstance(document, str) else json.dumps(document, indent=1))
        return path

    def shop(self, name="c", file="a.yaml", **more):
        """A file that declares a connection from people.csv to JSONL."""
        source, _ = self.people()
        return self.written(self.item(source, jsonl(self.world.path(f"out-{name}")), name=name, **more), file)

    def changes(self, answer):
        return [(change["action"], change["kind"], change["name"]) for change in answer["changes"]]

    def names(self, kind="connections"):
        return [each["name"] for each in self.asked(kind)[kind]]

    def exported(self, *words):
        return self.asked("export", *words)

    def move(self):
        """The next daemon starts on an empty machine."""
        self.stop()
        self.world.data = self.world.path("elsewhere")
        self.declarations = self.world.path("elsewhere.d")
        self.declarations.mkdir()
        self.start()

    def made_by_rest(self, token, name="c", values=None):
        code, said = self.curl("/api/public/v1/workspaces", token=token)
        workspace = said["data"][0]["workspaceId"]
        source, _ = self.people()
        code, said = self.curl("/api/public/v1/sources", token=token, body={
            "name": f"{name}-from", "workspaceId": workspace,
            "configuration": {"sourceType": "file", **source["configuration"], **(values or {})}})
        self.assertEqual(code, 200, said)
        ids = {"sourceId": said["sourceId"]}
        code, said = self.curl("/api/public/v1/destinations", token=token, body={
            "name": f"{name}-to", "workspaceId": workspace,
            "configuration": {"destinationType": "local-json", **jsonl(self.world.path(f"out-{name}"))["configuration"]}})
        self.assertEqual(code, 200, said)
        ids["destinationId"] = said["destinationId"]
        code, said = self.curl("/api/public/v1/connections", token=token, body={**ids, "name": name})
        self.assertEqual(code, 200, said)
        return {**ids, "connectionId": said["connectionId"]}

    def everything_stored(self):
        """Every text that the store, the log and the logs of jobs hold."""
        text = self.said()
        for path in self.world.data.rglob("*"):
            if path.is_file() and path.name != "secret.key":
                text += path.read_bytes().decode(errors="replace")
        return text


class Validate(ApplyCase):
    def validate(self, *paths, code):
        return self.wharf("validate", *paths, place=False, code=code)

    def test_every_problem_is_said_with_its_file_and_line_and_no_daemon_is_needed(self):
        path = self.written("""sources:
- name: a
  connector: source-file
  configuration: {path: x.csv, quote_char: 7}
- name: b
  connector: {image: "airbyte/Source-pg:1"}
destinations:
- name: to
  connector: destination-jsonl
  configuration:
    destination_path: out
connections:
- name: c
  source: aa
  destination: to
  scedule: {type: manual}
  streams: [{name: s, sync_mode: full_refresh_overwrit}]
- name: d
  source: a
  destination: to
  schedule: {type: cron, expression: "x"}
""")
        said = self.validate(path, code=2).err
        for line, words in ((4, "quote_char"), (6, "small letters"), (13, "did you mean 'a'?"),
                            (16, "did you mean 'schedule'?"), (17, "did you mean 'full_refresh_overwrite'?"), (21, "")):
            self.assertRegex(said, f"(?m)^{path}:{line}: .*{words.replace('?', '[?]')}")
        problems = json.loads(self.wharf("validate", path, "--json", place=False, code=2).out)["problems"]
        self.assertEqual(sorted(problem["line"] for problem in problems), [4, 6, 13, 16, 17, 21])
        self.assertFalse(self.world.data.exists())

    def test_what_is_well_is_well_and_a_directory_is_one_declaration(self):
        source, _ = self.people()
        whole = self.item(source, jsonl("out"))
        self.written({"sources": whole["sources"]}, "a.yaml")
        self.written({"connections": whole["connections"], "destinations": whole["destinations"]}, "b.yml")
        said = json.loads(self.wharf("validate", self.mine, "--json", place=False).out)
        self.assertEqual((said["valid"], said["files"], said["connections"], said["problems"]), (True, 2, 1, []))
        self.assertIn("not declared", self.validate(self.mine / "b.yml", code=2).err)
        self.assertIn("cannot be read", self.validate(self.mine / "none.yaml", code=2).err)

    def test_a_value_that_is_a_reference_is_believed(self):
        path = self.written(self.item({"connector": "source-faker", "configuration": {
            "count": "${env:COUNT}", "seed": 1}}, jsonl("out")))
        self.validate(path, code=0)


class Apply(ApplyCase):
    def test_diff_shows_what_apply_does_and_applying_twice_is_applying_once(self):
        path = self.shop(streams=[{"name": "people", "sync_mode": OVERWRITE}])
        self.start()
        shown = self.asked("diff", path, code=1)
        self.assertEqual(self.changes(shown), [("create", "source", "c-from"), ("create", "destination", "c-to"),
                                               ("create", "connection", "c")])
        self.assertEqual(self.names(), [])
        done = self.asked("apply", path)
        self.assertEqual((done["applied"], done["changes"]), (True, shown["changes"]))
        self.assertEqual(self.world.store("select id, managed_by, declared_in from connection"),
                         [(id_of("connection", "c"), "apply", str(path))])
        self.assertEqual(self.world.store("select id from source"), [(id_of("source", "c-from"),)])
        before = self.world.store("select * from connection, source, destination")
        self.assertIn("Nothing to do: 3 stand as they are declared", self.wharf("diff", path).out)
        again = self.asked("apply", path)
        self.assertEqual((again["applied"], again["changes"], again["unchanged"]), (False, [], 3))
        self.assertEqual(self.world.store("select * from connection, source, destination"), before)
        self.wharf("sync", "c", "--wait")
        self.same_rows(jsonl_rows(self.world.path("out-c") / "people.jsonl"), self.people()[1])

    def test_a_change_is_shown_field_by_field(self):
        self.start()
        self.wharf("apply", self.shop(streams=[{"name": "people", "sync_mode": OVERWRITE}]))
        path = self.shop(streams=[{"name": "people", "sync_mode": "full_refresh_append", "selected_fields": ["id"]}],
                         schedule=HOURLY, prefix="x_", status="inactive")
        change, = self.asked("diff", path, code=1)["changes"]
        self.assertEqual({field["field"]: (field.get("from"), field.get("to")) for field in change["fields"]}, {
            "status": ("active", "inactive"), "schedule.type": ("manual", "basic"), "schedule.every": (None, "1 hours"),
            "prefix": (None, "x_"), "streams[people].sync_mode": (OVERWRITE, "full_refresh_append"),
            "streams[people].selected_fields": (None, ["id"]),
            "streams[people].columns": (["id", "name"], ["id"])})
        text = self.wharf("diff", path, code=1).out
        self.assertIn("~ connection 'c'\n", text)
        self.assertIn('    schedule.every: (none) -> "1 hours"\n', text)
        self.assertIn("To do: 0 to create, 1 to change, 0 to delete, 2 as they were.", text)
        self.assertIn("Done: 0 created, 1 changed, 0 deleted, 2 as they were.", self.wharf("apply", path).out)
        self.assertEqual(self.asked("connections", "--json")["connections"][0]["status"], "inactive")
        self.wharf("diff", path)

    def test_a_wrong_file_changes_nothing_and_names_its_line(self):
        self.start()
        good, _ = self.people()
        document = self.item(good, jsonl(self.world.path("out")), name="good")
        bad = self.item(good, jsonl(self.world.path("out2")), name="bad", streams=["peple"])
        for key in document:
            document[key] += bad[key]
        path = self.written(document)
        line = 1 + path.read_text().splitlines().index('    "peple"')
        for verb in ("diff", "apply"):
            said = self.wharf(verb, path, code=2).err
            self.assertIn(f"{path}:{line}: ", said)
            self.assertIn("the source has no stream 'peple' (did you mean 'people'?)", said)
        path.write_text("sources: [}")
        self.assertIn(f"{path}:1: no YAML", self.wharf("apply", path, code=2).err)
        document["sources"][0]["configuration"] = {"path": 7}
        document["sources"][1]["configuration"] = {"path": [8]}
        said = self.wharf("apply", self.written(document), code=2).err
        self.assertIn("configuration of 'good-from', /path", said)
        self.assertIn("configuration of 'bad-from', /path", said)
        self.assertEqual((self.names(), self.names("sources"), self.names("destinations")), ([], [], []))

    def test_what_is_declared_no_longer_stays_until_it_is_pruned(self):
        self.start()
        self.shop("one", "one.yaml")
        two = self.shop("two", "two.yaml")
        other = self.world.write("others/three.yaml", self.shop("three", "three.yaml").read_text())
        (self.mine / "three.yaml").unlink()
        self.wharf("apply", other)
        self.wharf("apply", self.mine)
        self.assertEqual(self.names(), ["one", "three", "two"])
        two.unlink()
        said = self.asked("apply", self.mine)
        self.assertEqual((said["changes"], [left["name"] for left in said["left"]]),
                         ([], ["two", "two-from", "two-to"]))
        self.assertIn("--prune deletes it", self.wharf("apply", self.mine).out)
        self.assertEqual(self.changes(self.asked("diff", self.mine, "--prune", code=1)),
                         [("delete", "connection", "two"), ("delete", "source", "two-from"),
                          ("delete", "destination", "two-to")])
        self.assertEqual(self.names(), ["one", "three", "two"])
        self.wharf("apply", self.mine, "--prune")
        self.assertEqual((self.names(), self.names("sources")), (["one", "three"], ["one-from", "three-from"]))
        self.wharf("diff", self.mine, "--prune")
        self.shop("two", "two.yaml")
        self.wharf("apply", self.mine)
        self.assertEqual(self.names(), ["one", "three", "two"])

    def test_a_plan_is_refused_once_files_or_system_have_changed(self):
        self.start()
        plan = self.world.path("plan.json")
        path = self.shop()
        self.wharf("diff", path, "--out", plan, code=1)
        self.shop(prefix="x_")
        said = self.wharf("apply", "--plan", plan, code=3).err
        self.assertIn(f"the plan no longer holds: {path} was changed since", said)
        self.assertEqual(self.names(), [])
        self.wharf("diff", self.mine, "--out", plan, code=1)
        added = self.shop("d", "b.yaml")
        self.assertIn(f"{added} is new since", self.wharf("apply", "--plan", plan, code=3).err)
        added.unlink()
        self.assertEqual(len(self.asked("apply", "--plan", plan)["changes"]), 3)
        said = self.wharf("apply", "--plan", plan, code=3).err
        for who in ("source 'c-from'", "destination 'c-to'", "connection 'c'"):
            self.assertIn(f"{who} was changed since", said)
        self.shop(prefix="y_")
        self.wharf("diff", path, "--out", plan, code=1)
        theirs = self.world.write("theirs.yaml", path.read_text().replace("y_", "z_"))
        self.wharf("apply", theirs)
        said = self.wharf("apply", "--plan", plan, code=3).err
        self.assertIn("connection 'c' was changed since", said)
        self.assertNotIn("c-from", said)
        self.assertEqual(self.column("prefix"), "z_")
        path.unlink()
        self.assertIn(f"{path} is gone since", self.wharf("apply", "--plan", plan, code=3).err)
        self.assertIn("is no plan", self.wharf("apply", "--plan", theirs, code=2).err)
        self.wharf("apply", code=2)

    def test_a_daemon_that_ends_does_not_wait_for_connectors_that_are_asked(self):
        hang = self.world.write("hang.sh", "#!/bin/sh\nexec sleep 100\n")
        hang.chmod(0o755)
        path = self.written(self.item({"connector": {"command": [str(hang)]}}, jsonl(self.world.path("out"))))
        self.start()
        asking = subprocess.Popen([WHARF, "apply", path, "--data-dir", self.world.data], stderr=subprocess.PIPE,
                                  text=True)
        self.wait(self.children, "the question")
        began = time.monotonic()
        self.assertEqual(self.stop(), 0)
        self.assertLess(time.monotonic() - began, 20)
        said = asking.communicate(timeout=30)[1]
        self.assertEqual(asking.returncode, 3, said)
        self.assertEqual(self.world.store("select count(*) from source"), [(0,)])

    def children(self):
        """Of any of its threads."""
        tasks = pathlib.Path(f"/proc/{self.daemon.pid}/task").iterdir()
        return [child for task in tasks for child in (task / "children").read_text().split()]

    def test_a_running_sync_of_another_declaration_is_not_disturbed(self):
        self.start()
        document = self.item(self.slow(), sqlite(self.world.path("out.db")), streams=INCREMENTAL)
        self.wharf("apply", self.written(document))
        self.wharf("sync", "c")
        self.wait(lambda: self.world.store("select 1 from checkpoint"), "a checkpoint")
        document["connections"][0]["prefix"] = "x_"
        path = self.written(document)
        self.assertIn("a sync of it is running", self.wharf("diff", path, code=1).out)
        self.assertIn("connection 'c': a sync of it is running", self.wharf("apply", path, code=3).err)
        self.assertEqual(self.column("prefix"), "")
        self.wharf("cancel", "c")
        self.wait(lambda: self.jobs()[0][0] == "cancelled", "the end")
        self.wharf("apply", path)
        self.assertEqual(self.column("prefix"), "x_")


class Owners(ApplyCase):
    def test_what_the_daemons_own_files_declare_is_theirs(self):
        source, _ = self.people()
        self.declare("own.yaml", source, jsonl(self.world.path("out")), schedule=MANUAL)
        self.start()
        self.deployed()
        path = self.shop()
        line = 1 + path.read_text().splitlines().index(' "connections": [') + 1
        for verb in ("diff", "apply"):
            said = self.wharf(verb, path, code=2).err
            self.assertIn(f"{path}:{line}: connection 'c' is declared in {self.declarations / 'own.yaml'}, one of the "
                          "daemon's own files: it is changed there", said)
            self.assertIn("source 'c-from' is declared in", said)
        self.assertEqual(self.column("managed_by"), "file")
        (self.declarations / "own.yaml").unlink()
        self.daemon.send_signal(1)
        self.wait(lambda: self.column("status") == "inactive", "its retirement")
        change, = [each for each in self.asked("apply", path)["changes"] if each["kind"] == "connection"]
        self.assertIn({"field": "managed_by", "from": "file", "to": "apply"}, change["fields"])
        self.assertEqual(self.column("status"), "active")
        self.daemon.send_signal(1)
        self.wait(lambda: self.said().count("declarations read again") == 2, "the reload")
        self.assertEqual((self.column("status"), self.column("managed_by")), ("active", "apply"))

    def test_the_daemons_own_files_take_over_what_apply_made(self):
        self.start()
        path = self.shop()
        self.wharf("apply", path)
        source, _ = self.people()
        self.declare("own.yaml", source, jsonl(self.world.path("out-c")), schedule=MANUAL)
        self.daemon.send_signal(1)
        self.wait(lambda: self.column("managed_by") == "file", "the other owner")
        self.assertEqual(self.world.store("select id, managed_by from source"), [(id_of("source", "c-from"), "file")])
        self.assertEqual(self.column("id"), id_of("connection", "c"))
        self.assertIn("one of the daemon's own files", self.wharf("diff", path, code=2).err)

    def test_what_apply_made_the_rest_door_does_not_change(self):
        self.start()
        self.wharf("apply", self.shop())
        token = self.token()
        for path, body in ((f"connections/{id_of('connection', 'c')}", {"name": "d"}),
                           (f"sources/{id_of('source', 'c-from')}", {"name": "d"})):
            code, said = self.curl(f"/api/public/v1/{path}", "-X", "PATCH", token=token, body=body)
            self.assertEqual(code, 409, said)
            self.assertIn("managed_by: apply", json.dumps(said))
        self.assertEqual(self.names(), ["c"])

    def test_what_was_made_by_rest_is_taken_over_only_if_that_is_asked_for(self):
        self.start()
        ids = self.made_by_rest(self.token())
        path = self.shop(namespace={"definition": "destination"})
        said = self.wharf("apply", path, code=2).err
        for who in ("source 'c-from'", "destination 'c-to'", "connection 'c'"):
            self.assertIn(f"{who} was made by REST; --adopt takes it over", said)
        self.wharf("apply", path, "--adopt")
        self.assertEqual(self.world.store("select id, managed_by from connection"), [(ids["connectionId"], "apply")])
        self.assertEqual(self.world.store("select id, managed_by from source"), [(ids["sourceId"], "apply")])
        self.wharf("diff", path)

    def test_a_connection_that_is_renamed_keeps_its_id_and_its_states_and_takes_both_along(self):
        self.start()
        document = self.item(scripted({"streams": {"s": 250}}), sqlite(self.world.path("out.db")), streams=INCREMENTAL)
        self.wharf("apply", self.written(document))
        self.wharf("sync", "c", "--wait")
        state = self.asked("state", "get", "c")
        document["connections"][0].update(name="d", previous_name="c")
        change, = self.asked("apply", self.written(document), "--prune")["changes"]
        self.assertEqual(change["fields"][:2], [{"field": "name", "from": "c", "to": "d"},
                                                {"field": "id", "to": id_of("connection", "c")}])
        self.assertEqual((self.names(), self.asked("state", "get", "d")), (["d"], state))
        export = self.written(self.wharf("export", "--with-state").out)
        self.move()
        self.wharf("apply", export)
        self.assertEqual((self.column("id", "d"), self.asked("state", "get", "d")), (id_of("connection", "c"), state))
        job, = self.asked("sync", "d", "--wait")["jobs"]
        self.assertEqual((job["status"], job["recordsCommitted"]), ("succeeded", 0))
        self.assertEqual(len(sqlite_rows(self.world.path("out.db"), "s")), 250)
        document["connections"][0]["id"] = str(uuid.uuid4())
        self.assertIn("stands here already, with the id", self.wharf("apply", self.written(document), code=2).err)

    def test_over_the_network_nobody_names_programs_or_files_of_the_host(self):
        self.start()
        token = self.token()
        harmless = self.shop()

        def apply(path):
            return self.curl("/api/wharf/v1/apply", token=token,
                             body={"files": [{"path": str(path), "text": path.read_text()}]})
        self.assertEqual(apply(harmless)[0], 200)
        document = json.loads(harmless.read_text())
        document["sources"][0]["configuration"]["path"] = "${file:/etc/hostname}"
        code, said = apply(self.written(document))
        self.assertEqual(code, 422, said)
        code, said = apply(self.written(self.item(self.slow(), jsonl("out"), name="d")))
        self.assertEqual(code, 422, said)
        self.assertIn("through the daemon's own socket only", json.dumps(said))
        self.assertEqual(self.names(), ["c"])
        for path in ("apply", "diff"):
            self.assertEqual(self.curl(f"/api/wharf/v1/{path}", body={})[0], 401)


class Secrets(ApplyCase):
    def with_password(self, password, **more):
        return self.written(self.item(scripted({"streams": {"s": 5}, "password": password, **more}),
                                      jsonl(self.world.path("out")), streams=INCREMENTAL))

    def test_a_secret_in_a_file_is_never_shown(self):
        self.start()
        plan = self.world.path("plan.json")
        shown = self.wharf("diff", self.with_password("hunter2-first"), "--out", plan, code=1).out
        self.assertIn('configuration.password: "***"', shown)
        shown += self.wharf("apply", "--plan", plan).out + plan.read_text()
        self.wharf("diff", self.with_password("hunter2-first"))
        path = self.with_password("hunter2-second")
        said = self.wharf("diff", path, "--out", plan, code=1).out
        self.assertIn('configuration.password: "***" -> "***" (a secret: it differs)', said)
        shown += said + self.wharf("diff", path, "--json", code=1).out + plan.read_text()
        shown += self.wharf("apply", path).out
        shown += self.wharf("export").out + self.wharf("export", "--json").out
        self.assertIn("password: ${secret:sources/c-from/password}", shown.replace('"', ""))
        said = self.wharf("apply", self.with_password("wrong-password"), code=3)
        shown += said.err + said.out
        self.assertNotIn("hunter2", shown)
        self.assertNotIn("wrong-password", shown)
        stored = self.everything_stored()
        self.assertNotIn("hunter2", stored)
        self.assertNotIn("wrong-password", stored)

    def test_a_secret_by_name_is_given_once_and_kept(self):
        self.start()
        path = self.with_password("${secret:shop-password}", tell=str(self.world.path("told.json")))
        line = 1 + [i for i, text in enumerate(path.read_text().splitlines()) if "shop-password" in text][0]
        said = self.wharf("apply", path, code=2).err
        self.assertIn(f"{path}:{line}: nothing is kept here as secret 'shop-password'", said)
        secrets = self.world.write("secrets.yaml", "shop-password: hunter2-one\n")
        secrets.chmod(0o644)
        self.assertIn("chmod", self.wharf("apply", path, "--secrets", secrets, code=3).err)
        secrets.chmod(0o600)
        self.wharf("apply", path, "--secrets", secrets)
        self.wharf("diff", path)
        self.assertEqual(self.asked("apply", path, "--secrets", secrets)["changes"], [])
        self.wharf("sync", "c", "--wait")
        told = self.world.path("told.json").read_text()
        self.assertIn("hunter2-one", told)
        secrets.write_text("shop-password: hunter2-two\n")
        change, = self.asked("apply", path, "--secrets", secrets)["changes"]
        self.assertEqual(change["fields"], [{"field": "configuration.password", "from": "***", "to": "***",
                                             "secret": True}])
        self.wharf("sync", "c", "--wait")
        self.assertIn("hunter2-two", self.world.path("told.json").read_text())
        other = self.with_password("${secret:another}", tell=str(self.world.path("told.json")))
        self.assertIn("'another'", self.wharf("apply", other, code=2).err)
        part = self.with_password("Bearer ${secret:shop-password}")
        self.assertIn("must be the whole value", self.wharf("apply", part, code=2).err)
        self.assertNotIn("hunter2", self.everything_stored())


    def test_what_rest_was_told_is_taken_over_with_its_secrets_and_its_letters(self):
        told = self.world.path("told.json")
        self.declare("own.yaml", scripted({"streams": {"s": 1}}), jsonl(self.world.path("own")), name="own",
                     schedule=MANUAL)
        self.start()
        self.deployed("own")
        token = self.token()
        workspace = self.curl("/api/public/v1/workspaces", token=token)[1]["data"][0]["workspaceId"]
        code, said = self.curl("/api/public/v1/sources", token=token, body={
            "name": "shop", "workspaceId": workspace, "definitionId": id_of("definition/source", "own-from"),
            "configuration": {"streams": {"s": 5}, "password": "hunter2-rest", "note": "${env:HOME}",
                              "tell": str(told)}})
        self.assertEqual(code, 200, said)
        exported = self.exported()
        source, = [each for each in exported["sources"] if each["name"] == "shop"]
        self.assertEqual((source["configuration"]["password"], source["configuration"]["note"]),
                         ("${secret:sources/shop/password}", "${secret:sources/shop/note}"))
        path = self.written({"sources": [source]})
        self.assertIn("'sources/shop/note'", self.wharf("apply", path, "--adopt", code=2).err)
        secrets = self.world.write("secrets.yaml", json.dumps({"sources/shop/note": "${env:HOME}"}))
        secrets.chmod(0o600)
        done = self.asked("apply", path, "--adopt", "--secrets", secrets)
        self.assertEqual([field["field"] for field in done["changes"][0]["fields"]],
                         ["configuration.note", "managed_by"])
        whole = {**self.item(source, jsonl(self.world.path("out")), streams=INCREMENTAL), "sources": [source]}
        whole["connections"][0]["source"] = "shop"
        self.wharf("apply", self.written(whole))
        self.wharf("sync", "c", "--wait")
        read = json.loads(told.read_text())
        self.assertEqual((read["password"], read["note"]), ("hunter2-rest", "${env:HOME}"))
        self.assertNotIn("hunter2", self.everything_stored())


class Export(ApplyCase):
    def test_what_is_exported_makes_the_same_system_on_an_empty_machine(self):
        source, wanted = self.people()
        self.declare("own.yaml", source, sqlite(self.world.path("own.db")), name="own", schedule={
            "type": "cron", "expression": "0 0 3 * * ?", "timezone": "Europe/Berlin", "missed": "skip"},
            streams=[{"name": "people", "sync_mode": "full_refresh_overwrite_deduped", "primary_key": [["id"]],
                      "selected_fields": ["id"]}])
        self.start()
        self.deployed("own")
        applied = self.item(scripted({"streams": {"s": 5, "t": 3}, "password": "hunter2-kept", "values": {"big": "1"}},
                                     env={"LANG": "C", "MARK": "yes: \"no\" #1"}),
                            jsonl(self.world.path("applied")), name="applied: 'one'", prefix="p_", status="inactive",
                            mode="stdio", schedule=HOURLY,
                            namespace={"definition": "custom_format", "format": "raw_${SOURCE_NAMESPACE}"},
                            streams=[{"name": "s", "sync_mode": "incremental_append"}])
        applied["sources"].append({"name": "alone", "connector": "source-faker", "configuration": {"count": 3}})
        self.wharf("apply", self.written(applied))
        token = self.token()
        self.made_by_rest(token, "rest")
        before = self.exported()
        said = self.api_view()
        moving = self.world.path("moving/")
        notes = self.wharf("export", "-o", f"{moving}/").err
        self.assertIn("1 secrets are not in it", notes)
        self.assertEqual(sorted(path.name for path in moving.iterdir()),
                         ["connections.yaml", "destinations.yaml", "sources.yaml"])
        self.assertEqual([path.stat().st_mode & 0o777 for path in moving.iterdir()], [0o600] * 3)
        whole = self.wharf("export").out
        self.assertNotIn("hunter2", whole + "".join(path.read_text() for path in moving.iterdir()))
        self.move()
        name = "sources/applied: 'one'-from/password"
        self.assertIn(f"nothing is kept here as secret '{name}'", self.wharf("apply", moving, code=2).err)
        self.assertEqual(self.names(), [])
        secrets = self.world.write("secrets.yaml", json.dumps({name: "hunter2-kept"}))
        secrets.chmod(0o600)
        self.wharf("apply", moving, "--secrets", secrets)
        self.assertEqual(self.exported(), before)
        self.assertEqual(self.api_view(), said)
        self.wharf("diff", moving)
        again = self.wharf("apply", "-", "--json", input=whole)
        self.assertEqual(json.loads(again.out)["changes"], [])
        self.wharf("sync", "own", "--wait")
        self.same_rows(sqlite_rows(self.world.path("own.db"), "people"), [{"id": row["id"]} for row in wanted])

    def api_view(self):
        """What REST says of everything, but for what is another machine's by its nature."""
        token = self.token()
        view = {}
        for kind in ("sources", "destinations", "connections"):
            code, said = self.curl(f"/api/public/v1/{kind}?limit=100", token=token)
            self.assertEqual(code, 200, said)
            view[kind] = sorted(({key: value for key, value in each.items()
                                  if key not in ("createdAt", "workspaceId", "definitionId")}
                                 for each in said["data"]), key=lambda each: each["name"])
        return view

    def test_with_its_states_the_other_machine_goes_on(self):
        for kind, destination in (("foreign", scripted_destination({"path": str(self.world.path("foreign"))})),
                                  ("ours", jsonl(self.world.path("ours")))):
            with self.subTest(kind):
                self.goes_on(kind, destination)

    def test_an_export_is_good_as_a_file_of_the_daemons_own(self):
        self.start()
        document = self.item(scripted({"streams": {"s": 250}}), scripted_destination(
            {"path": str(self.world.path("out"))}), streams=INCREMENTAL)
        self.wharf("apply", self.written(document))
        self.wharf("sync", "c", "--wait")
        state, export = self.asked("state", "get", "c"), self.wharf("export", "--with-state").out
        self.stop()
        self.world.data = self.world.path("elsewhere")
        (self.declarations / "all.yaml").write_text(export)
        self.start()
        self.deployed()
        self.assertEqual(self.asked("state", "get", "c"), state)
        self.assertEqual(self.column("managed_by"), "file")

    def goes_on(self, kind, destination):
        self.world.data = self.world.path(f"data-{kind}")
        self.start()
        document = self.item(scripted({"streams": {"s": 250}}), destination, streams=INCREMENTAL)
        self.wharf("apply", self.written(document))
        self.wharf("sync", "c", "--wait")
        state = self.asked("state", "get", "c")
        self.assertTrue(state)
        running = self.wharf("export", "--with-state").out
        self.stop()
        export = self.written(self.wharf("export", "--with-state").out, f"{kind}.yaml")
        self.assertEqual(export.read_text(), running)
        self.world.data = self.world.path(f"elsewhere-{kind}")
        self.start()
        done = self.asked("apply", export)
        self.assertEqual([change["name"] for change in done["changes"] if change.get("withState")], ["c"])
        self.assertEqual(self.asked("state", "get", "c"), state)
        text = export.read_text()
        self.assertEqual(text.count("s: 250"), 1)
        export.write_text(text.replace("s: 250", "s: 330"))
        said = self.asked("apply", export)
        self.assertIn("goes on from its own state", " ".join(said["notes"]))
        job, = self.asked("sync", "c", "--wait")["jobs"]
        self.assertEqual((job["status"], job["recordsCommitted"]), ("succeeded", 80))
        rows = jsonl_rows(self.world.path(kind) / "s.jsonl")
        self.assertEqual(sorted(row["id"] for row in rows), list(range(330)))
        self.wharf("apply", export)
        self.assertNotEqual(self.asked("state", "get", "c"), state)
        self.stop()


if __name__ == "__main__":
    unittest.main()
