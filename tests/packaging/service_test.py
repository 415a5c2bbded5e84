#!/usr/bin/env python3
"""The package under a real systemd: it installs, starts, syncs inside its sandbox, survives what befalls it,
stops, is removed and purged. Root only; what happens, happens on a machine of its own (boot.sh), where this
file runs a second time. PACKAGES is the directory in which the package was made."""

import grp
import json
import os
import pathlib
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

DEB = "/mnt/place/wharf.deb"
HERE = pathlib.Path(__file__).parent
API = "http://127.0.0.1:8000"
STATE = pathlib.Path("/var/lib/wharf")
DROP_IN = pathlib.Path("/etc/systemd/system/wharf.service.d/docker.conf")
SETTINGS = pathlib.Path("/etc/wharf/wharf.yaml")
SHOP = """
sources: [{name: shop, connector: source-faker, configuration: {count: 100, seed: 1}}]
destinations: [{name: lake, connector: destination-jsonl, configuration: {destination_path: %s}}]
connections: [{name: shop-to-lake, source: shop, destination: lake, schedule: {type: basic, every: 1 hour}}]
"""


def run(*argv):
    return subprocess.run(argv, text=True, capture_output=True)


def done(*argv):
    ended = run(*argv)
    if ended.returncode != 0:
        raise AssertionError(f"{argv}: {ended.returncode}\n{ended.stdout}{ended.stderr}\n{journal()}")
    return ended.stdout


def journal():
    return run("journalctl", "-u", "wharf", "--no-pager", "-o", "cat", "-n", "60").stdout


def shown(name):
    return done("systemctl", "show", "wharf", "-p", name, "--value").strip()


def wait_for(condition, what, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come\n{journal()}")


def get(path, token=None, body=None):
    headers = {"Content-Type": "application/json"} if body else {}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    with urllib.request.urlopen(urllib.request.Request(API + path, body, headers), timeout=10) as answer:
        return answer.read().decode()


def modes(*paths):
    found = {}
    for path in paths:
        about = os.stat(path)
        found[str(path)] = (f"{stat.S_IMODE(about.st_mode):04o}", pwd.getpwuid(about.st_uid).pw_name,
                            grp.getgrgid(about.st_gid).gr_name)
    return found


def processes():
    """Those of the daemon's user: pid → command line."""
    uid = pwd.getpwnam("wharf").pw_uid
    found = {}
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if entry.stat().st_uid == uid:
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            pass
    return found


class Inside(unittest.TestCase):
    """In the order of a package's life; unittest sorts by name."""

    def token(self):
        credentials = done("wharf", "credentials", "--json")
        return json.loads(get("/api/public/v1/applications/token", body=credentials.encode()))["access_token"]

    def active(self):
        wait_for(lambda: shown("ActiveState") == "active", "an active service")

    def test_1_it_installs_and_the_service_is_ready_when_that_is_over(self):
        done("dpkg", "-i", DEB)
        self.assertEqual([shown(name) for name in ["ActiveState", "SubState", "Type", "User", "NRestarts"]],
                         ["active", "running", "notify", "wharf", "0"])
        self.assertEqual(done("systemctl", "is-enabled", "wharf").strip(), "enabled")
        self.assertEqual(done("systemd-analyze", "verify", "--man=no", "wharf.service"), "")
        self.assertEqual(get("/api/public/v1/health"), "Successful operation")
        self.assertEqual(json.loads(get("/api/public/v1/connections", self.token()))["data"], [])
        self.assertEqual(modes(SETTINGS, "/etc/wharf/conf.d", STATE, STATE / "credentials.json", STATE / "wharf.db",
                               "/run/wharf", "/run/wharf/runs"),
                         {"/etc/wharf/wharf.yaml": ("0640", "root", "wharf"),
                          "/etc/wharf/conf.d": ("0750", "root", "wharf"),
                          "/var/lib/wharf": ("0700", "wharf", "wharf"),
                          "/var/lib/wharf/credentials.json": ("0600", "wharf", "wharf"),
                          "/var/lib/wharf/wharf.db": ("0600", "wharf", "wharf"),
                          "/run/wharf": ("0750", "wharf", "wharf"),
                          "/run/wharf/runs": ("0700", "wharf", "wharf")})

    def test_2_a_declaration_counts_from_the_reload_and_connectors_run_in_the_sandbox(self):
        file = pathlib.Path("/etc/wharf/conf.d/shop.yaml")
        file.write_text(SHOP % (STATE / "lake"))
        os.chown(file, 0, grp.getgrnam("wharf").gr_gid)
        file.chmod(0o640)
        done("systemctl", "reload", "wharf")
        token = self.token()

        def jobs():
            return [job["status"] for job in json.loads(get("/api/public/v1/jobs", token))["data"]]
        wait_for(lambda: jobs() == ["succeeded"], "a job that succeeded")
        rows = [json.loads(line) for line in (STATE / "lake/users.jsonl").read_text().splitlines()]
        self.assertEqual(sorted(row["id"] for row in rows), list(range(1, 101)))
        self.assertEqual(list(processes()), [int(shown("MainPID"))])
        self.assertEqual(os.listdir("/run/wharf/runs"), [])

    def test_3_what_a_crash_or_a_hang_ends_is_started_again(self):
        before = done("wharf", "credentials")
        first = int(shown("MainPID"))
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: shown("MainPID") not in (str(first), "0"), "another daemon")
        self.active()
        override = pathlib.Path("/run/systemd/system/wharf.service.d/test.conf")
        override.parent.mkdir(parents=True)
        override.write_text("[Service]\nWatchdogSec=3\nTimeoutAbortSec=1\n")
        done("systemctl", "daemon-reload")
        done("systemctl", "restart", "wharf")
        second = int(shown("MainPID"))
        time.sleep(4)  # the watchdog is fed meanwhile
        self.assertEqual((shown("MainPID"), shown("ActiveState")), (str(second), "active"))
        os.kill(second, signal.SIGSTOP)
        wait_for(lambda: shown("MainPID") not in (str(second), "0"), "another daemon")
        self.active()
        self.assertIn("Watchdog timeout", journal())
        shutil.rmtree(override.parent)
        done("systemctl", "daemon-reload")
        self.assertEqual(done("wharf", "credentials"), before)

    def test_4_it_has_the_docker_group_only_where_there_is_one(self):
        groups = pathlib.Path(f"/proc/{shown('MainPID')}/status").read_text()
        self.assertFalse(DROP_IN.exists())
        done("groupadd", "--system", "docker")
        done("dpkg", "-i", DEB)
        self.assertIn("SupplementaryGroups=docker", DROP_IN.read_text())
        self.active()
        groups = pathlib.Path(f"/proc/{shown('MainPID')}/status").read_text()
        number = str(grp.getgrnam("docker").gr_gid)
        self.assertIn(number, [line for line in groups.splitlines() if line.startswith("Groups:")][0].split())
        done("groupdel", "docker")
        done("dpkg", "-i", DEB)
        self.assertFalse(DROP_IN.exists())
        self.active()

    def test_5_it_is_removed_and_what_was_made_stays_for_the_next_time(self):
        before = done("wharf", "credentials")
        done("dpkg", "-r", "wharf")
        self.assertEqual(processes(), {})
        self.assertFalse(os.path.exists("/usr/bin/wharf"))
        self.assertFalse(os.path.exists("/run/wharf"))
        self.assertTrue(SETTINGS.exists() and (STATE / "wharf.db").exists())
        self.assertIn("masked", run("systemctl", "is-enabled", "wharf").stdout)
        done("dpkg", "-i", DEB)
        self.active()
        self.assertEqual(done("wharf", "credentials"), before)
        self.assertEqual(len(json.loads(get("/api/public/v1/jobs", self.token()))["data"]), 1)
        self.assertEqual(done("systemctl", "is-enabled", "wharf").strip(), "enabled")

    def test_6_a_wrong_setting_is_said_once_and_not_tried_for_ever(self):
        kept = SETTINGS.read_text()
        SETTINGS.write_text(kept + "lissten: 127.0.0.1:8001\n")
        self.assertNotEqual(run("systemctl", "restart", "wharf").returncode, 0)
        self.assertEqual((shown("ActiveState"), shown("ExecMainStatus"), shown("NRestarts")), ("failed", "2", "0"))
        self.assertIn("lissten", journal())
        SETTINGS.write_text(kept)
        done("systemctl", "start", "wharf")

    def test_7_what_the_unit_hides_does_not_count_and_is_said_with_the_drop_in_that_opens_it(self):
        file = pathlib.Path("/etc/wharf/conf.d/shop.yaml")
        kept = file.read_text()
        lake = pathlib.Path("/srv/lake")
        lake.mkdir()
        shutil.chown(lake, "wharf", "wharf")
        for place, why, words in (("/tmp/lake", "PrivateTmp", ["PrivateTmp=no", "ReadWritePaths=/tmp"]),
                                  ("/home/lake", "ProtectHome", ["ProtectHome=read-only", "ReadWritePaths=/home"]),
                                  (str(lake), "ProtectSystem", ["ReadWritePaths=/srv/lake"])):
            file.write_text(SHOP % place)
            done("systemctl", "restart", "wharf")
            said = journal().rsplit(f"({why})", 1)
            self.assertEqual(len(said), 2, said)
            self.assertIn(f"shop.yaml:3: 'lake': {place}", said[0])
            for word in ["systemctl edit wharf", "[Service]", *words]:
                self.assertIn(word, said[1])
        # As it was said: the last of them.
        override = pathlib.Path("/etc/systemd/system/wharf.service.d/override.conf")
        override.parent.mkdir(exist_ok=True)
        override.write_text("[Service]\nReadWritePaths=/srv/lake\n")
        done("systemctl", "daemon-reload")
        done("systemctl", "restart", "wharf")
        wait_for(lambda: "connection deployed" in journal().rsplit("listening", 1)[1], "the deployment")
        token = self.token()
        connection = json.loads(get("/api/public/v1/connections", token))["data"][0]["connectionId"]
        get("/api/public/v1/jobs", token, json.dumps({"connectionId": connection, "jobType": "sync"}).encode())
        wait_for(lambda: (lake / "users.jsonl").exists(), "rows in the lake")
        # At a reload the former ones stay in force.
        file.write_text(SHOP % "/tmp/lake")
        done("systemctl", "reload", "wharf")
        wait_for(lambda: "the former ones stay in force" in journal(), "a word on it")
        self.assertEqual(get("/api/public/v1/health"), "Successful operation")
        file.write_text(kept)
        override.unlink()
        done("systemctl", "daemon-reload")
        done("systemctl", "restart", "wharf")

    def test_8_purged_it_leaves_its_user_and_nothing_else(self):
        done("dpkg", "-P", "wharf")
        left = done("find", "/etc", "/var/lib", "/run", "/usr", "/lib", "(", "-path", "/usr/share/bash-completion",
                    "-o", "-path", "/var/lib/dpkg/info", ")", "-prune", "-o", "-name", "*wharf*", "-print")
        self.assertEqual(left, "")
        self.assertEqual(run("dpkg-query", "-W", "wharf").returncode, 1)
        self.assertEqual(processes(), {})
        self.assertEqual(shown("LoadState"), "not-found")


def boot():
    """Runs the cases above on a machine of their own; gives their exit code."""
    with tempfile.TemporaryDirectory(prefix="wharf-boot-") as place:
        shutil.copy(__file__, f"{place}/service_test.py")
        package = max(pathlib.Path(os.environ["PACKAGES"]).glob("wharf_*.deb"), key=os.path.getmtime)
        shutil.copy(package, f"{place}/wharf.deb")
        machine = subprocess.run([str(HERE / "boot.sh"), place, "/usr/bin/python3",
                                  "/mnt/place/service_test.py", "--inside"])
        output, code = pathlib.Path(place, "output"), pathlib.Path(place, "code")
        if output.exists():
            print(output.read_text(), end="")
        if code.exists():
            return int(code.read_text())
        print(f"no machine could be booted: boot.sh ended with {machine.returncode}")
        return 1


def clean():
    """Whatever this machine has of it is not what is tested."""
    run("dpkg", "-P", "wharf")
    for path in [STATE, pathlib.Path("/etc/wharf")]:
        shutil.rmtree(path, ignore_errors=True)
    run("groupdel", "docker")


if __name__ == "__main__":
    if sys.argv[1:] == ["--inside"]:
        clean()
        unittest.main(argv=sys.argv[:1], verbosity=2, failfast=True)
    if os.geteuid() != 0:
        sys.exit("root is needed to boot a machine")
    sys.exit(boot())
