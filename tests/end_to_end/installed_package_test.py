"""The Debian package in a system of its own: upgrades to it, uses it as a user would, removes and purges it.

usage: installed_package_test.py SYSTEM FLEET_SIMULATOR, run by scripts/packaging/try_package.sh in namespaces
that vanish with it. SYSTEM is a folder with everything that the package depends on, and fleetscan.deb.
"""

import gzip
import json
import os
import pathlib
import re
import subprocess
import unittest

from harness import FLEETSCAN as SYSTEM
from harness import Fleet, Test, main
from typist import type_into

SECONDS = 120
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/tmp"}
# What dpkg, man-db, systemd and the tools for accounts keep about all packages, and what a boot clears.
KEPT_BY_OTHERS = re.compile(
    r"/(var/lib/dpkg/[^/]*-old|var/log/|var/cache/man/|proc/|dev/|run/|tmp/"
    r"|etc/(passwd|group|shadow|gshadow|subuid|subgid)-$|etc/\.pwd\.lock$)")
HOSTS, CONFIG = SYSTEM / "etc/fleetscan/hosts.txt", SYSTEM / "etc/fleetscan/config.toml"
STATE = SYSTEM / "var/lib/fleetscan"
SCENARIO = "127.0.0.0/8 healthy\n127.0.0.2 close\n"


def inside(*words, user=None):
    """Runs a program of that system to its end."""
    who = [f"--userspec={user}"] if user else []
    return subprocess.run(["chroot", *who, SYSTEM, *map(str, words)], capture_output=True, text=True, check=False,
                          timeout=SECONDS, stdin=subprocess.DEVNULL, env=ENVIRONMENT)


def files():
    """Everything that lies in that system."""
    found = set()
    for folder, folders, names in os.walk(SYSTEM):
        below = "/" + str(pathlib.Path(folder).relative_to(SYSTEM)).removeprefix(".") + "/"
        found |= {below.replace("//", "/") + name for name in [*folders, *names]}
    return {path for path in found if not KEPT_BY_OTHERS.match(path)}


def make_older_package():
    """The same package as an earlier version, with another default configuration."""
    folder = SYSTEM / "tmp/older"
    subprocess.run(["dpkg-deb", "--raw-extract", SYSTEM / "fleetscan.deb", folder], check=True)
    control = folder / "DEBIAN/control"
    control.write_text(re.sub(r"(?m)^Version: .*", "Version: 0.1.0-1", control.read_text()))
    with (folder / "etc/fleetscan/config.toml").open("a") as config:
        config.write("# of an earlier version\n")
    subprocess.run(["dpkg-deb", "--build", folder, SYSTEM / "tmp/older.deb"], check=True, capture_output=True)


class InstalledPackage(Test):
    @classmethod
    def setUpClass(cls):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        subprocess.run(["mount", "-t", "proc", "proc", SYSTEM / "proc"], check=True)

    def good(self, *words, user=None):
        done = inside(*words, user=user)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        return done.stdout

    def test_its_life(self):
        before = files()
        self.upgrade()
        for name in sorted(dir(self)):
            if name.startswith("use_"):
                with self.subTest(name):
                    getattr(self, name)()
                    print("good", name, flush=True)
        self.assertGreater(len(files() - before), 20)
        self.remove()
        self.good("dpkg", "--purge", "fleetscan")
        self.assertEqual([], sorted(files() - before))
        self.assertEqual([], sorted(before - files()))

    def upgrade(self):
        """The administrator's targets and the runs' history stay, a default that nobody changed is replaced. The
        service of 0.1.0 had its state in systemd's private folder."""
        make_older_package()
        self.good("dpkg", "--install", "/tmp/older.deb")
        self.assertIn("earlier version", CONFIG.read_text())
        HOSTS.write_text("127.0.0.1\n")
        (SYSTEM / "var/lib/private").mkdir(mode=0o700, exist_ok=True)
        STATE.rename(SYSTEM / "var/lib/private/fleetscan")
        STATE.symlink_to("private/fleetscan")
        (STATE / "history.db").write_text("runs")
        self.good("dpkg", "--install", "/fleetscan.deb")
        self.assertEqual("127.0.0.1\n", HOSTS.read_text())
        self.assertNotIn("earlier version", CONFIG.read_text())
        self.assertFalse(STATE.is_symlink())
        self.assertEqual("fleetscan:fleetscan",
                         self.good("stat", "-c", "%U:%G", "/var/lib/fleetscan/history.db").strip())

    def remove(self):
        """Until it is purged, what the administrator wrote and what the runs found is kept."""
        self.good("dpkg", "--remove", "fleetscan")
        self.assertFalse((SYSTEM / "usr/bin/fleetscan").exists())
        self.assertEqual("127.0.0.1\n", HOSTS.read_text())
        self.assertTrue((STATE / "history.db").exists())

    def use_account(self):
        """The one of cron's line and of the service, which can write its folder and log in nowhere."""
        account = self.good("getent", "passwd", "fleetscan").strip().split(":")
        self.assertEqual(["/var/lib/fleetscan", "/usr/sbin/nologin"], account[5:])
        self.assertLess(int(account[2]), 1000)
        self.assertEqual("750 fleetscan fleetscan",
                         self.good("stat", "-c", "%a %U %G", "/var/lib/fleetscan").strip())

    def use_nightly(self):
        """The service's own command, on the targets of the package's own file."""
        unit = (SYSTEM / "usr/lib/systemd/system/fleetscan.service").read_text().replace("\\\n", " ")
        command = re.search(r"ExecStart=(.*)", unit).group(1).replace("%S", "/var/lib").replace("%t/fleetscan", "/tmp")
        (STATE / "history.db").unlink()
        with Fleet(self.write("s", SCENARIO)) as fleet:
            done = inside(*command.split(), "-p", fleet.port, user="fleetscan:fleetscan")
        self.assertEqual((0, "", ""), (done.returncode, done.stdout, done.stderr))
        self.assertTrue((STATE / "latest/report.html").exists())
        self.assertTrue((STATE / "history.db").exists())

    def use_version(self):
        self.assertRegex(self.good("fleetscan", "--version"), r"^fleetscan \d")

    def use_scan(self):
        """As somebody without any right."""
        with Fleet(self.write("s", SCENARIO)) as fleet:
            done = inside("fleetscan", "127.0.0.1", "127.0.0.2", "-p", fleet.port, "-v", "--retries", "0",
                          "-o", "/tmp/report", user="nobody:nogroup")
        self.assertEqual(1, done.returncode, done.stderr)
        self.assertIn("confined: ", done.stderr)
        report = SYSTEM / "tmp" / "report"
        records = [json.loads(line) for line in (report / "results.jsonl").read_text().splitlines()]
        classes = {record["host"]: record["class"] for record in records if record["type"] == "host"}
        self.assertEqual("ok", classes["127.0.0.1"])
        self.assertTrue(classes["127.0.0.2"].startswith("banner_closed"), classes)
        self.assertTrue((report / "report.html").read_text().rstrip().endswith("</html>"))

    def use_manual(self):
        done = inside("man", "--warnings=w", "-P", "cat", "fleetscan")
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertIn("fleetscan - finds out why", done.stdout)
        self.assertIn("--per-subnet", done.stdout)
        for path in re.findall(r"/usr/share/\S+", done.stdout):
            self.assertTrue((SYSTEM / path[1:]).exists(), path)

    def use_completion_of_bash(self):
        """The real one: a login shell loads the package's file with the first key."""
        for keys, completed in (("compare --j\t", "fleetscan compare --json"),
                                ("hi\tsh\t--d\t", "fleetscan history show --db"),
                                ("--depth ban\t", "fleetscan --depth banner")):
            shown = type_into(["chroot", SYSTEM, "/bin/bash", "-l", "-i"],
                              f"PS1='rea''dy: '\rfleetscan {keys}\x01echo \"<\" \x05\">\"\rexit\r", "# ",
                              env={**ENVIRONMENT, "TERM": "dumb"})
            self.assertRegex(shown, rf"(?m)^< {completed} ?>\r$")

    def use_schema(self):
        for kind in ("result", "report", "comparison"):
            text = (SYSTEM / f"usr/share/fleetscan/schema/{kind}.schema.json").read_text()
            self.assertEqual(self.good("fleetscan", "schema", kind), text)
            self.assertEqual("urn:fleetscan:" + kind + ":1", json.loads(text)["$id"])

    def use_examples(self):
        examples = SYSTEM / "usr/share/doc/fleetscan/examples"
        shown = self.good("fleetscan", "--show-config")
        self.assertIn("per-subnet", shown)
        for name in ("fleetscan.cron", "ci/gitlab-ci.yml", "ci/Jenkinsfile", "github-action/action.yml",
                     "distributed/kubernetes.yaml"):
            self.assertGreater((examples / name).stat().st_size, 0, name)

    def use_units(self):
        """systemd-analyze also looks for the program and for the manual that a unit names."""
        done = inside("systemd-analyze", "verify", "--man=yes", "/usr/lib/systemd/system/fleetscan.timer",
                      "/usr/lib/systemd/system/fleetscan.service")
        self.assertEqual((0, ""), (done.returncode, done.stdout + done.stderr))

    def use_licenses(self):
        text = (SYSTEM / "usr/share/doc/fleetscan/copyright").read_text()
        self.assertIn("Permission is hereby granted, free of charge", text)
        if "libssh2.so" not in self.good("ldd", "/usr/bin/fleetscan"):
            self.assertIn("Sara Golemon", text)
            self.assertIn("Redistribution and use in source and binary forms", text)

    def use_changelog(self):
        changes = gzip.decompress((SYSTEM / "usr/share/doc/fleetscan/changelog.gz").read_bytes()).decode()
        version = re.match(r"fleetscan (\S+)", self.good("fleetscan", "--version")).group(1)
        self.assertIn(f"## {version}", changes)


if __name__ == "__main__":
    main()
