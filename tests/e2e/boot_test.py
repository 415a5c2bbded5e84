#!/usr/bin/env python3
"""How `wharf serve` starts and ends: what it tells systemd, what it refuses, and what it leaves as it was."""

import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
import unittest

from harness import NOBODY, ROOT, WHARF, faker, jsonl, members_of, scripted, sqlite, sqlite_rows
from serving import ServeCase


class BootCase(ServeCase):
    def refused(self, code, *said, prefix=(), **environment):
        ended = subprocess.run([*prefix, *self.command()], stderr=subprocess.PIPE, timeout=30, text=True,
                               env={**os.environ, **environment})
        self.assertEqual(ended.returncode, code, ended.stderr)
        for words in said:
            self.assertIn(words, ended.stderr)
        return ended.stderr

    def listening(self, times=1):
        self.wait(lambda: self.said().count("listening") == times, f"start {times}")

    def answers(self):
        port = self.said().rsplit("port=", 1)[1].split()[0]
        return subprocess.run(["curl", "-sf", f"http://127.0.0.1:{port}/api/public/v1/health"], text=True,
                              stdout=subprocess.PIPE, timeout=20).stdout == "Successful operation"


class Systemd(BootCase):
    """A socket of ours is what systemd's would be."""

    def setUp(self):
        super().setUp()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.socket.close)
        self.socket.settimeout(20)
        self.socket.bind(str(self.world.path("notify")))

    def start(self, **environment):
        with open(self.log, "ab") as log:
            self.daemon = subprocess.Popen(self.command(), stderr=log, env={
                **os.environ, "NOTIFY_SOCKET": str(self.world.path("notify")), **environment})

    def heard(self):
        return dict(line.split("=", 1) for line in self.socket.recv(4096).decode().splitlines())

    def hear(self, key):
        for _ in range(100):
            heard = self.heard()
            if key in heard:
                return heard
            self.assertEqual(set(heard) - {"STATUS", "WATCHDOG"}, set(), heard)
        self.fail(f"{key} was not said")

    def test_it_is_ready_when_it_answers_reloads_by_name_and_says_that_it_stops(self):
        self.start()
        self.assertEqual(self.heard(), {"STATUS": "starting"})
        ready = self.hear("READY")
        self.assertIn("listening on 127.0.0.1", ready["STATUS"])
        self.assertTrue(self.answers())
        before = time.monotonic_ns() // 1000
        self.daemon.send_signal(signal.SIGHUP)
        reloading = self.hear("RELOADING")
        self.assertTrue(before <= int(reloading["MONOTONIC_USEC"]) <= time.monotonic_ns() // 1000)
        self.assertEqual(self.hear("READY")["STATUS"], ready["STATUS"])
        self.daemon.send_signal(signal.SIGTERM)
        self.hear("STOPPING")
        self.assertEqual(self.daemon.wait(20), 0)

    def test_it_is_not_ready_before_it_has_recovered(self):
        # Another program's lock on the store holds recovery open.
        self.start()
        self.hear("READY")
        self.stop()
        self.hear("STOPPING")
        with sqlite3.connect(self.world.data / "wharf.db", isolation_level=None) as store:
            store.execute("begin immediate")
            self.start()
            self.assertEqual(self.heard(), {"STATUS": "starting"})
            self.socket.settimeout(1)
            with self.assertRaises(TimeoutError):
                self.heard()
            self.assertEqual(self.said().count("listening"), 1)
            store.execute("rollback")
        self.socket.settimeout(20)
        self.hear("READY")
        self.assertTrue(self.answers())

    def test_signs_of_life_come_twice_in_an_interval_and_only_if_they_are_asked_of_this_process(self):
        self.start(WATCHDOG_USEC="1000000")
        self.hear("READY")
        times = []
        while len(times) < 6:
            self.hear("WATCHDOG")
            times.append(time.monotonic())
        self.assertLess(max(b - a for a, b in zip(times, times[1:])), 1)
        os.kill(self.daemon.pid, signal.SIGSTOP)
        self.socket.settimeout(1.5)
        with self.assertRaises(TimeoutError):
            while True:
                self.heard()
        self.stop(signal.SIGKILL)
        self.socket.settimeout(20)
        self.start(WATCHDOG_USEC="100000", WATCHDOG_PID="1")
        self.hear("READY")
        self.socket.settimeout(0.5)
        with self.assertRaises(TimeoutError):
            self.heard()

    def test_a_drain_asks_for_the_time_that_it_may_take(self):
        settings = self.world.write("wharf.yaml", "shutdown: {drain: 10 min}\n")
        usual = self.command()
        self.command = lambda: [*usual, "--config", str(settings)]
        self.start()
        self.hear("READY")
        self.daemon.send_signal(signal.SIGTERM)
        stopping = self.hear("STOPPING")
        self.assertEqual(stopping, {"STOPPING": "1", "STATUS": "draining, for 600 s at most",
                                    "EXTEND_TIMEOUT_USEC": "750000000"})
        self.assertEqual(self.daemon.wait(20), 0)  # nothing runs: it waits for nothing

    def test_why_it_did_not_start_is_its_last_status(self):
        (self.declarations / "a.yaml").write_text("sauces: []\n")
        self.start()
        self.assertEqual(self.daemon.wait(20), 2)
        self.assertEqual(self.heard(), {"STATUS": "starting"})
        self.assertIn("sauces", self.heard()["STATUS"])


class Refusals(BootCase):
    def tree(self):
        return {str(path): path.stat().st_mtime_ns for path in self.world.dir.rglob("*")}

    def test_a_data_directory_that_others_can_enter_is_refused_and_left_alone(self):
        self.world.data.mkdir()
        for mode in (0o755, 0o770, 0o701):
            self.world.data.chmod(mode)
            before = self.tree()
            self.refused(3, f"chmod 700 {self.world.data}")
            self.assertEqual(self.tree(), before)
        self.world.data.chmod(0o750)
        self.start()
        self.listening()

    @unittest.skipUnless(ROOT, "needs another user")
    def test_a_data_directory_that_cannot_be_written_is_named_and_nothing_is_written(self):
        self.world.dir.chmod(0o755)
        self.world.data.mkdir(0o700)
        owner = int(subprocess.run([*NOBODY, "id", "-u"], stdout=subprocess.PIPE, check=True).stdout)
        os.chown(self.world.data, owner, owner)
        self.world.data.chmod(0o500)
        before = self.tree()
        said = self.refused(3, str(self.world.data), prefix=NOBODY)
        self.assertIn("Permission denied", said)
        self.assertEqual(self.tree(), before)

    @unittest.skipUnless(ROOT, "needs another user")
    def test_files_of_root_that_the_daemons_group_may_read_are_taken_and_others_refused(self):
        self.world.dir.chmod(0o755)
        owner = int(subprocess.run([*NOBODY, "id", "-u"], stdout=subprocess.PIPE, check=True).stdout)
        group = int(subprocess.run([*NOBODY, "id", "-g"], stdout=subprocess.PIPE, check=True).stdout)
        settings = self.world.write("etc/wharf.yaml", f"declarations: {self.declarations}\n")
        variables = self.world.write("etc/wharf.env", "SECRET=1\n")
        shop = self.world.write("conf.d/shop.yaml", "sources: []\n")
        for file in (settings, variables, shop):
            os.chown(file, 0, group)
            file.chmod(0o640)
        self.world.data.mkdir(0o700)
        self.world.data.chmod(0o700)
        os.chown(self.world.data, owner, group)

        def command():
            return [*NOBODY, WHARF, "serve", "--config", str(settings), "--data-dir", str(self.world.data),
                    "--listen", "127.0.0.1:0"]
        self.command = command
        for file, mode, needed in ((variables, 0o644, f"chmod 640 {variables}"),
                                   (settings, 0o642, f"chmod o-w {settings}"), (shop, 0o642, f"chmod o-w {shop}")):
            file.chmod(mode)
            self.refused(2 if file == shop else 3, needed)
            file.chmod(0o640)
        self.start()
        self.listening()

    def test_a_variable_that_cannot_be_is_named_with_what_can(self):
        said = self.refused(2, "WHARF_LISTEN must be HOST:PORT (default: 127.0.0.1:8000), not 'here'",
                            "WHARF_MAX_SYNC_WORKERS must be a number from 1 to 512 (default: 10), not 'many'",
                            "WHARF_TIMEZONE must be a time zone's name, as Europe/Berlin (default: the machine's), "
                            "not 'Europe/Berlim'",
                            "WHARF_DATA_DIR must be an absolute path (default: the setting data_dir), not 'data'",
                            WHARF_LISTEN="here", WHARF_MAX_SYNC_WORKERS="many", WHARF_TIMEZONE="Europe/Berlim",
                            WHARF_DATA_DIR="data")
        self.assertNotIn("WHARF_DECLARATIONS", said)
        self.refused(2, "WHARF_DECLARATIONS must be an absolute path (default: /etc/wharf/conf.d), not 'conf.d'",
                     WHARF_DECLARATIONS="conf.d")

    def test_the_environment_goes_before_the_file_and_the_command_line_before_both(self):
        settings = self.world.write("wharf.yaml", "listen: 127.0.0.2:0\ndata_dir: of-the-file\n")
        os.environ["WHARF_DATA_DIR"] = str(self.world.path("of-the-environment"))
        self.addCleanup(os.environ.pop, "WHARF_DATA_DIR")
        self.command = lambda: [WHARF, "serve", "--config", str(settings), "--declarations", str(self.declarations),
                                "--listen", "127.0.0.3:0"]
        self.start()
        self.listening()
        self.assertIn("host=127.0.0.3", self.said())
        self.assertTrue((self.world.path("of-the-environment") / "wharf.db").exists())
        self.assertFalse(self.world.path("of-the-file").exists())

    def test_beyond_this_machine_it_listens_only_where_somebody_says_so(self):
        def command(*words, settings="{}"):
            file = self.world.write("wharf.yaml", settings + "\n")
            self.command = lambda: [WHARF, "serve", "--config", str(file), "--data-dir", str(self.world.data),
                                    "--declarations", str(self.declarations), "--listen", "0.0.0.0:0", *words]
        command()
        self.refused(2, "0.0.0.0", "--insecure")
        command(settings="insecure: maybe")
        self.refused(2, "insecure", "must be one of: true, false")
        command("--insecure", settings="authentication: none")
        self.refused(2, "authentication: none", "0.0.0.0")
        for start, (words, settings) in enumerate(((["--insecure"], "{}"), ([], "insecure: true")), 1):
            command(*words, settings=settings)
            self.start()
            self.listening(start)
            self.assertIn("host=0.0.0.0", self.said())
            self.assertTrue(self.answers())
            self.assertEqual(self.stop(), 0)

    def test_settings_and_declarations_are_checked_without_a_start(self):
        def check():
            return subprocess.run([*self.command(), "--check-config"], capture_output=True, timeout=30, text=True)
        self.declare("a.yaml", faker(10), jsonl(self.world.path("out")))
        before = self.tree()
        self.assertEqual((check().returncode, check().stderr), (0, ""))
        self.declare("b.yaml", faker(10), jsonl(self.world.path("out")), name="b", schedule={"type": "hourly"})
        said = check()
        self.assertEqual(said.returncode, 2)
        self.assertIn("b.yaml", said.stderr)
        (self.declarations / "b.yaml").unlink()
        self.assertEqual({path: at for path, at in self.tree().items() if not path.endswith("conf.d")},
                         {path: at for path, at in before.items() if not path.endswith("conf.d")})
        settings = self.world.write("wharf.yaml", "lisen: here\n")
        self.command = lambda: [WHARF, "serve", "--config", str(settings)]
        said = check()
        self.assertEqual(said.returncode, 2)
        self.assertIn("listen", said.stderr)

    def test_a_store_is_brought_to_this_version_without_a_start(self):
        migrate = lambda: subprocess.run([*self.command(), "--migrate-only"], capture_output=True, timeout=30, text=True)
        self.assertEqual((migrate().returncode, migrate().stderr), (0, ""))
        version, = self.world.store("pragma user_version")[0]
        self.assertGreater(version, 0)
        self.assertEqual(self.world.store("select * from workspace"), [])
        self.assertFalse((self.world.data / "credentials.json").exists())
        with sqlite3.connect(self.world.data / "wharf.db") as store:
            store.execute(f"pragma user_version = {version + 1}")
        self.assertEqual(migrate().returncode, 3)
        self.assertEqual(subprocess.run([*self.command(), "--migrate-only", "--check-config"], capture_output=True,
                                        timeout=30).returncode, 2)

    def test_a_declaration_with_a_secret_in_clear_that_others_may_read_is_named_with_what_to_do(self):
        open_file = lambda mode: (self.declarations / "a.yaml").chmod(mode)
        clear = scripted({"streams": {"t": 1}, "password": "pass-word-of-a"})
        self.declare("a.yaml", clear, sqlite(self.world.path("a.db")))
        open_file(0o644)
        self.start()
        self.wait(lambda: "connection deployed" in self.said(), "the deployment")
        self.assertIn(f"chmod 600 {self.declarations}/a.yaml", self.said())
        self.assertIn("/password", self.said())
        self.assertNotIn("pass-word-of-a", self.said())
        said = len(self.said())
        self.declare("a.yaml", clear, sqlite(self.world.path("b.db")))
        open_file(0o600)
        self.daemon.send_signal(signal.SIGHUP)
        self.wait(lambda: "connection deployed" in self.said()[said:], "the second deployment")
        self.assertNotIn("chmod", self.said()[said:])

    def test_of_the_places_for_the_data_the_one_that_is_named_most_plainly_is_taken(self):
        places = {name: self.world.path(name) for name in ("option", "setting", "state", "home")}
        with_setting = self.world.write("with.yaml", f"data_dir: {places['setting']}\n")
        without = self.world.write("without.yaml", "{}\n")
        bare = {key: value for key, value in os.environ.items() if key not in ("WHARF_DATA_DIR", "XDG_STATE_HOME")}
        state = {"XDG_STATE_HOME": str(places["state"])}
        for words, settings, environment, taken in (
                (["--data-dir", str(places["option"])], with_setting, state, places["option"]),
                ([], with_setting, state, places["setting"]),
                ([], without, state, places["state"] / "wharf"),
                ([], without, {"XDG_STATE_HOME": "not/absolute"}, places["home"] / ".local/state/wharf"),
                ([], without, {}, places["home"] / ".local/state/wharf")):
            subprocess.run([WHARF, "serve", "--migrate-only", "--config", str(settings), *words], check=True, timeout=30,
                           env={**bare, "HOME": str(places["home"]), **environment})
            found = [path.parent for place in places.values() for path in place.rglob("wharf.db")]
            self.assertEqual(found, [taken])
            shutil.rmtree(taken)

    def test_the_namespace_of_the_source_is_no_variable_of_the_environment(self):
        self.declare("a.yaml", faker(10), jsonl(self.world.path("out")), schedule={"type": "manual"},
                     namespace={"definition": "custom_format", "format": "raw_${SOURCE_NAMESPACE}"})
        os.environ["SOURCE_NAMESPACE"] = "of-the-environment"
        self.addCleanup(os.environ.pop, "SOURCE_NAMESPACE")
        self.start()
        self.wait(lambda: self.column("id"), "the connection")
        self.assertEqual(self.column("namespace_format"), "raw_${SOURCE_NAMESPACE}")

    def test_a_store_that_stays_locked_is_named_with_how_long_it_was_waited_for(self):
        self.start()
        self.listening()
        self.stop()
        with sqlite3.connect(self.world.data / "wharf.db", isolation_level=None) as store:
            store.execute("begin immediate")
            self.refused(3, str(self.world.data / "wharf.db"), "database is locked", "was for 10 s")
            store.execute("rollback")


class Identity(BootCase):
    def test_it_is_the_same_after_a_second_start(self):
        def identity():
            return (self.world.store("select value from meta where key = 'deployment_id'"),
                    self.world.store("select * from workspace"), self.world.store("select id, role from client"),
                    (self.world.data / "credentials.json").read_text(), (self.world.data / "launcher.json").read_text())
        self.start()
        self.listening()
        first = identity()
        self.assertEqual([len(rows) for rows in first[:2]], [1, 1])
        self.assertEqual(sorted(role for _, role in first[2]), ["admin", "launcher"])
        self.assertIn(f"deployment={first[0][0][0]}", self.said())
        self.stop()
        self.start()
        self.listening(2)
        self.assertEqual(identity(), first)

    def test_a_workspace_that_was_deleted_does_not_come_again(self):
        self.start()
        self.listening()
        self.stop()
        with sqlite3.connect(self.world.data / "wharf.db") as store:
            store.execute("update workspace set tombstone = 1")
        self.start()
        self.listening(2)
        self.assertEqual(self.world.store("select tombstone from workspace"), [(1,)])


class Reboots(BootCase):
    def test_f_56_after_a_reboot_an_innocent_process_with_a_recorded_pid_lives_and_the_job_goes_on(self):
        self.declare("a.yaml", scripted({"streams": {"t": 300}, "every": 10, "pause": 0.05}),
                     sqlite(self.world.path("out.db")), streams=[{"name": "t", "sync_mode": "incremental_append"}])
        self.start()
        self.wait(lambda: self.world.store("select 1 from checkpoint"), "a checkpoint")
        self.stop(signal.SIGKILL)
        innocent = subprocess.Popen(["sleep", "60"], start_new_session=True)
        self.addCleanup(innocent.wait)
        self.addCleanup(innocent.kill)
        began = int(pathlib.Path(f"/proc/{innocent.pid}/stat").read_text().rpartition(")")[2].split()[19])
        with sqlite3.connect(self.world.data / "wharf.db") as store:
            changed = store.execute("update workload set boot_id = 'of the former boot', pid = ?1, process_group = ?1, "
                                    "pid_started = ?2 where status = 'running'", (innocent.pid, began)).rowcount
        self.assertGreater(changed, 0)
        self.start()
        self.succeeded()
        self.assertIsNone(innocent.poll())
        self.assertEqual(self.world.store("select count(*) from workload where status <> 'ended'"), [(0,)])
        self.assertEqual(len(sqlite_rows(self.world.path("out.db"), "t")), 300)


class Ends(BootCase):
    def stubborn(self):
        """A sync whose source heeds no SIGTERM, once it runs; its process groups."""
        self.declare("a.yaml", scripted({"streams": {"t": 300}, "ignore_term": True,
                                         "steps": [{"after": 2, "do": "silent"}]}),
                     sqlite(self.world.path("out.db")), streams=[{"name": "t", "sync_mode": "incremental_append"}])
        self.start()
        self.wait(lambda: self.world.store("select count(*) from checkpoint") == [(1,)], "a checkpoint")
        return [group for group, in self.world.store("select process_group from workload where status = 'running'")]

    def test_a_connector_that_ignores_sigterm_is_gone_when_the_grace_is_over(self):
        groups = self.stubborn()
        self.assertEqual(len(groups), 2)
        self.assertEqual(self.stop(), 0)
        self.assertEqual([member for group in groups for member in members_of(group)], [])
        self.assertEqual(self.jobs(), [("incomplete", "scheduled")])
        self.nothing_left()

    def test_a_second_sigterm_ends_at_once_and_takes_the_connectors_along(self):
        groups = self.stubborn()
        self.daemon.send_signal(signal.SIGTERM)
        self.wait(lambda: "stopping" in self.said(), "the stop")
        self.daemon.send_signal(signal.SIGTERM)
        self.assertEqual(self.daemon.wait(2), -signal.SIGTERM)
        self.wait(lambda: not any(members_of(group) for group in groups), "the end of the connectors", 10)


class Drains(BootCase):
    def command(self):
        return [*super().command(), "--config",
                str(self.world.write("wharf.yaml", json.dumps({"shutdown": {"drain": self.drain}})))]

    def running(self, drain, rows):
        """A sync of so many rows, a tenth of a second for each hundred, once it runs."""
        self.drain = drain
        self.declare("a.yaml", scripted({"streams": {"s": rows}, "every": 100, "pause": 0.1}),
                     sqlite(self.world.path("out.db")), streams=[{"name": "s", "sync_mode": "incremental_append"}])
        self.declare("b.yaml", scripted({"streams": {"s": 1}}), sqlite(self.world.path("b.db")), name="b",
                     schedule={"type": "manual"})
        self.start()
        self.wait(lambda: self.world.store("select count(*) from checkpoint") == [(1,)], "a checkpoint")
        self.wait(lambda: self.column("id", "b"), "the other connection")

    def ready(self):
        port = self.said().rsplit("port=", 1)[1].split()[0]
        said = subprocess.run(["curl", "-s", f"http://127.0.0.1:{port}/readyz"], stdout=subprocess.PIPE, timeout=20)
        return json.loads(said.stdout)

    def test_what_runs_goes_on_to_its_end_and_nothing_new_begins(self):
        self.running("1 min", 1500)
        self.assertTrue(self.ready()["ready"])
        self.daemon.send_signal(signal.SIGTERM)
        self.wait(lambda: "draining" in self.said(), "the drain")
        said = self.ready()
        self.assertEqual((said["ready"], said["checks"]["syncs"], said["checks"]["store"]), (False, "draining", "ok"))
        subprocess.run([WHARF, "sync", "b", "--data-dir", str(self.world.data)], check=True, timeout=30,
                       stdout=subprocess.DEVNULL)
        self.assertEqual(self.daemon.wait(40), 0)
        self.assertEqual(self.jobs(), [("succeeded", "scheduled")])
        self.assertEqual(self.world.store("select status from attempt"), [("succeeded",)])
        self.assertEqual(len(sqlite_rows(self.world.path("out.db"), "s")), 1500)
        self.assertEqual(self.jobs("b"), [("pending", "manual")])
        self.nothing_left()

    def test_what_takes_longer_is_stopped_when_the_time_is_over(self):
        self.running("500 ms", 1_000_000)
        began = time.monotonic()
        self.assertEqual(self.stop(), 0)
        self.assertGreater(time.monotonic() - began, 0.5)
        self.assertIn("the time of the drain is over", self.said())
        self.assertEqual(self.jobs(), [("incomplete", "scheduled")])
        self.nothing_left()

    def test_a_second_sigterm_ends_a_drain_at_once(self):
        self.running("1 min", 1_000_000)
        self.daemon.send_signal(signal.SIGTERM)
        self.wait(lambda: "draining" in self.said(), "the drain")
        self.daemon.send_signal(signal.SIGTERM)
        self.assertEqual(self.daemon.wait(2), -signal.SIGTERM)


if __name__ == "__main__":
    unittest.main(verbosity=2)
