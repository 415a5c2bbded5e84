#!/usr/bin/env python3
"""The Debian package: what is in it, for whom, and what its unit allows. PACKAGES is the directory in which it was made."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

DEB = max(pathlib.Path(os.environ["PACKAGES"]).glob("wharf_*.deb"), key=os.path.getmtime)
UNIT = pathlib.Path(__file__).parents[2] / "packaging/systemd/wharf.service"

CONTENT = {
    "./etc/wharf/": "drwxr-xr-x",
    "./etc/wharf/conf.d/": "drwxr-xr-x",
    "./etc/wharf/conf.d/README": "-rw-r--r--",
    "./etc/wharf/wharf.yaml": "-rw-r-----",
    "./lib/systemd/system/wharf.service": "-rw-r--r--",
    "./usr/bin/wharf": "-rwxr-xr-x",
    "./usr/lib/sysusers.d/wharf.conf": "-rw-r--r--",
    "./usr/lib/tmpfiles.d/wharf.conf": "-rw-r--r--",
    "./usr/share/doc/wharf/README.md": "-rw-r--r--",
    "./usr/share/doc/wharf/changelog.Debian.gz": "-rw-r--r--",
    "./usr/share/doc/wharf/copyright": "-rw-r--r--",
    "./usr/share/doc/wharf/examples/quickstart.yaml": "-rw-r--r--",
}


def run(*argv, **options):
    return subprocess.run(argv, text=True, capture_output=True, **options)


def output(*argv):
    return run(*argv, check=True).stdout


class Package(unittest.TestCase):
    def test_it_holds_these_files_and_no_others_and_all_are_roots(self):
        found = {}
        for line in output("dpkg-deb", "-c", str(DEB)).splitlines():
            mode, owner, _, _, _, name = line.split(maxsplit=5)
            self.assertEqual(owner, "root/root", line)
            if not name.endswith("/") or name.startswith("./etc/wharf"):
                found[name] = mode
            else:
                self.assertEqual(mode, "drwxr-xr-x", line)
        self.assertEqual(found, CONTENT)

    def test_it_names_what_it_needs_and_what_an_operator_may_edit(self):
        needs = output("dpkg-deb", "-f", str(DEB), "Depends")
        for package in ["libyaml-cpp0.7", "libstdc++6", "tzdata", "systemd"]:
            self.assertRegex(needs, rf"(^|[ ,]){re.escape(package)}\b")
        for linked_in in ["libsqlite3-0", "libssl3", "zlib1g"]:
            self.assertNotIn(linked_in, needs)
        self.assertEqual(output("dpkg-deb", "-f", str(DEB), "Package").strip(), "wharf")
        self.assertRegex(output("dpkg-deb", "-f", str(DEB), "Version"), r"^\d+\.\d+\.\d+-\d+$")
        self.assertEqual(output("dpkg-deb", "-I", str(DEB), "conffiles"),
                         "/etc/wharf/wharf.yaml\n/etc/wharf/conf.d/README\n")

    def test_its_scripts_are_right_to_sh_and_its_program_is_stripped_and_runs(self):
        with tempfile.TemporaryDirectory() as place:
            output("dpkg-deb", "-R", str(DEB), place)
            for script in ["postinst", "prerm", "postrm"]:
                output("sh", "-n", f"{place}/DEBIAN/{script}")
                self.assertEqual(os.stat(f"{place}/DEBIAN/{script}").st_mode & 0o777, 0o755)
            program = f"{place}/usr/bin/wharf"
            self.assertNotIn(".debug_info", output("readelf", "-SW", program))
            self.assertNotIn(".symtab", output("readelf", "-SW", program))
            self.assertIn("source-file", output(program, "connectors"))
            self.assertIn("\ndata_dir: /var/lib/wharf\n", pathlib.Path(f"{place}/etc/wharf/wharf.yaml").read_text())


class Unit(unittest.TestCase):
    def test_systemd_finds_nothing_wrong_with_it(self):
        with tempfile.TemporaryDirectory() as place:
            copy = pathlib.Path(place, "wharf.service")
            copy.write_text(UNIT.read_text().replace("/usr/bin/wharf", os.environ["WHARF"]))
            verified = run("systemd-analyze", "verify", "--man=no", str(copy))
            self.assertEqual((verified.returncode, verified.stdout + verified.stderr), (0, ""))

    def test_systemd_finds_nothing_wrong_with_the_drop_ins_that_it_shows(self):
        text = UNIT.read_text().replace("/usr/bin/wharf", os.environ["WHARF"])
        shown = re.findall(r"^#     (\w+=.*)$", text, re.M)
        self.assertEqual([line.split("=")[0] for line in shown],
                         ["LoadCredentialEncrypted", "LoadCredential", "ReadWritePaths"])
        with tempfile.TemporaryDirectory() as place:
            copy = pathlib.Path(place, "wharf.service")
            copy.write_text(text.replace("[Install]", "\n".join(["[Service]", *shown, "[Install]"])))
            verified = run("systemd-analyze", "verify", "--man=no", str(copy))
            self.assertEqual((verified.returncode, verified.stdout + verified.stderr), (0, ""))

    def test_what_it_exposes_is_little(self):
        said = output("systemd-analyze", "security", "--offline=true", "--no-pager", str(UNIT))
        exposure = re.search(r"Overall exposure level for wharf.service: ([\d.]+)", said)
        self.assertLessEqual(float(exposure.group(1)), 2.5)

    def test_what_would_break_connectors_or_restarts_is_not_in_it(self):
        keys = dict(re.findall(r"^(\w+)=(.*)$", UNIT.read_text(), re.M))
        self.assertNotIn("MemoryDenyWriteExecute", keys)
        self.assertEqual({key: keys.get(key) for key in ["Type", "User", "StartLimitIntervalSec", "Delegate", "KillMode",
                                                         "EnvironmentFile", "StateDirectory", "RuntimeDirectory"]},
                         {"Type": "notify", "User": "wharf", "StartLimitIntervalSec": "0", "Delegate": "yes",
                          "KillMode": "mixed", "EnvironmentFile": "-/etc/wharf/wharf.env", "StateDirectory": "wharf",
                          "RuntimeDirectory": "wharf"})

    def test_what_it_allows_and_how_it_ends_stands_in_it_word_for_word(self):
        keys = dict(re.findall(r"^(\w+)=(.*)$", UNIT.read_text(), re.M))
        wanted = {"NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes",
                  "CapabilityBoundingSet": "", "AmbientCapabilities": "", "RestrictNamespaces": "yes",
                  "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6", "SystemCallFilter": "@system-service",
                  "LockPersonality": "yes", "UMask": "0077", "Restart": "on-failure", "WatchdogSec": "60",
                  "TimeoutStopSec": "150"}
        self.assertEqual({key: keys.get(key) for key in wanted}, wanted)


if __name__ == "__main__":
    unittest.main(verbosity=2)
