#!/usr/bin/env python3
"""Vantages and jump hosts with real sshd and ssh, each in a network namespace of its own.

A star: every machine has a wire to the router. The targets are the server's addresses. `fra` is
banned by every fifth target, `iad` (reached through `fra`) has no route to the second prefix, `lost`
is killed in the middle, `bare` has no fleetscan, `full` has none and no room for one.

usage: vantages_test.py FLEETSCAN
"""

import json
import os
import pathlib
import subprocess
import sys
import time
import unittest

import lab as laboratory
from lab import run
from network import add_namespace, add_wire
from servers import SSHD

FLEETSCAN = pathlib.Path(sys.argv[1]).resolve()
FIRST, SECOND = "10.2.0", "10.6.0"
TARGETS = [f"{FIRST}.{n}" for n in range(1, 31)] + [f"{SECOND}.{n}" for n in range(1, 11)]
BANNING = TARGETS[:30:5]
MACHINES = {"local": "10.10.1", "fra": "10.10.2", "iad": "10.10.3", "lost": "10.10.4", "bare": "10.10.5", "full": "10.10.6"}


class Star:
    def __init__(self, lab):
        self.lab = lab
        self.router = add_namespace(lab, "router")
        self.server = self.add("server", FIRST)
        for address in TARGETS[1:]:
            run("ip", "address", "add", f"{address}/32", "dev", "server", namespace=self.server)
        run("ip", "route", "add", f"{SECOND}.0/24", "via", f"{FIRST}.1", namespace=self.router)
        self.machines = {name: self.add(name, net) for name, net in MACHINES.items()}
        for kind, path in (("ed25519", "user"), ("ed25519", "host")):
            run("ssh-keygen", "-q", "-t", kind, "-N", "", "-f", lab.folder / path)
        self.sshd(self.server, FIRST, "DenyUsers *", "MaxStartups 1000")
        for name in list(MACHINES)[1:]:
            path = "/usr/bin:/bin" if name in ("bare", "full") else f"{FLEETSCAN.parent}:/usr/bin:/bin"
            self.sshd(self.machines[name], MACHINES[name], f"SetEnv PATH={path} TMPDIR={self.spool(name)}")
        self.write_config()

    def spool(self, name):
        folder = self.lab.folder / f"spool-{name}"
        if not folder.exists():
            folder.mkdir()
            if name == "full":
                run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder)
                self.lab.at_end(lambda: run("umount", folder))
        return folder

    def add(self, name, net):
        space = add_namespace(self.lab, name)
        number = "fd00:" + net.split(".")[1] + net.split(".")[2]
        add_wire(space, self.router, name, net + ".{}/24", number + "::{}/64")
        run("ip", "route", "add", "default", "via", f"{net}.254", namespace=space)
        return space

    def sshd(self, namespace, net, *options):
        config = self.lab.folder / f"sshd-{net}"
        config.write_text("\n".join([
            "ListenAddress 0.0.0.0", "UsePAM no", "PidFile none", "StrictModes no", "PermitRootLogin yes",
            f"HostKey {self.lab.folder}/host", f"AuthorizedKeysFile {self.lab.folder}/user.pub", *options, ""]))
        self.lab.until_listening(self.lab.start(SSHD, "-D", "-e", "-f", config, namespace=namespace))

    def write_config(self):
        lines = []
        for name, net in MACHINES.items():
            lines += [f"Host {name}", f"  HostName {net}.1", "  User root", f"  IdentityFile {self.lab.folder}/user",
                      "  StrictHostKeyChecking no", "  UserKnownHostsFile /dev/null", "  LogLevel ERROR"]
            if name == "iad":
                lines.append("  ProxyJump fra")
        self.config = self.lab.folder / "ssh_config"
        self.config.write_text("\n".join(lines) + "\n")

    def start(self, *words):
        command = laboratory.within(self.machines["local"], [
            FLEETSCAN, "--no-config", "--ssh", f"ssh -F {self.config}", "--progress", "none", "--jsonl", "-",
            "--retries", "0", "--patience", "0", "--timeout", "10", *words])
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def scan(self, *words):
        process = self.start(*words)
        out, err = process.communicate(timeout=laboratory.SCAN_SECONDS)
        return process.returncode, records_of(out), err

    def kill(self, name):
        """All that runs there, but for its server."""
        for pid in run("ip", "netns", "pids", self.machines[name]).split():
            try:
                if pathlib.Path(f"/proc/{pid}/exe").resolve() == FLEETSCAN:
                    time.sleep(1)  # it may have begun just now, and is to have said something
                    os.kill(int(pid), 9)
                    return True
            except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
                pass
        return False


def records_of(out):
    """On a busy machine a real sshd is slow, and is rightly called so: that is as good as ok here."""
    records = [json.loads(line) for line in out.splitlines()]
    for record in records:
        for each in (record, *record.get("views", ())):
            if each.get("class") == "ok_slow":
                each["class"] = "ok"
                each["causes"] = []
        if slow := record.get("counts", {}).pop("ok_slow", 0):
            record["counts"]["ok"] = record["counts"].get("ok", 0) + slow
    return records


class Vantages(unittest.TestCase):
    def setUp(self):
        self.lab = laboratory.Lab()
        self.lab.__enter__()
        self.addCleanup(lambda: self.lab.__exit__())
        self.star = Star(self.lab)

    def froms(self, *names):
        return [word for name in names for word in ("--from", name)]

    def ban(self):
        rules = "\n".join(f"ip saddr {MACHINES['fra']}.1 ip daddr {address} tcp dport 22 reject" for address in BANNING)
        run("nft", "-f", "-", namespace=self.star.server,
            text_input="table inet lab { chain input { type filter hook input priority 0;\n" + rules + "\n}\n}")

    def shun(self):
        run("ip", "route", "add", "unreachable", f"{SECOND}.0/24", namespace=self.star.machines["iad"])

    def left_behind(self):
        return [path for path in self.lab.folder.glob("spool-*/*")]

    def test_one_verdict_of_three(self):
        self.ban()
        self.shun()
        status, records, err = self.star.scan(*self.froms("local", "fra", "iad"), *TARGETS)
        self.assertEqual(1, status, err)
        targets = {record["target"].split(":")[0]: record for record in records if record["type"] == "target"}
        self.assertEqual(set(TARGETS), set(targets))
        last = {record["target"].split(":")[0]: record for record in records if record["type"] == "diagnosis"}
        for address, target in targets.items():
            views = {view["vantage"]: view["class"] for view in target["views"]}
            with self.subTest(address):
                self.assertEqual("ok", views["local"])
                self.assertEqual("connect_rejected" if address in BANNING else "ok", views["fra"])
                self.assertEqual("scanner_network" if address.startswith(SECOND) else "ok", views["iad"])
                self.assertEqual("some" if address in BANNING else "all", target["reached_from"])
                if address in BANNING:
                    self.assertIn(last[address]["causes"][0]["cause"], ("source_ban", "firewall_reject"))
        self.assertEqual(set(BANNING), set(last))

    def test_keys_are_held_against_known_hosts_here(self):
        """The file lies on this machine, and no vantage is told of it."""
        known = self.lab.folder / "known_hosts"
        key = (self.lab.folder / "host.pub").read_text()
        other = (self.lab.folder / "user.pub").read_text()
        known.write_text("".join(f"{address} {other if address in BANNING else key}" for address in TARGETS[:-1]))
        status, records, err = self.star.scan(*self.froms("local", "fra"), "--known-hosts", known, *TARGETS)
        self.assertEqual(1, status, err)
        for host in (record for record in records if record["type"] == "host"):
            with self.subTest(host["target"], vantage=host["vantage"]):
                wrong = host["host"] in BANNING
                self.assertEqual("host_key_changed" if wrong else "ok", host["class"])
                self.assertEqual("changed" if wrong else "unknown" if host["host"] == TARGETS[-1] else "match",
                                 host["host_key"]["known"])
                self.assertEqual(["host_key_replaced"] if wrong else [], [cause["cause"] for cause in host["causes"]][:1])
        self.assertEqual({"ok": len(TARGETS) - len(BANNING), "host_key_changed": len(BANNING)}, records[-1]["counts"])

    def test_one_is_killed_in_the_middle(self):
        process = self.star.start(*self.froms("local", "lost"), "--rate", "10", *TARGETS)
        deadline = time.monotonic() + 30
        time.sleep(1.5)
        while not self.star.kill("lost") and time.monotonic() < deadline:
            time.sleep(0.1)
        out, err = process.communicate(timeout=laboratory.SCAN_SECONDS)
        records = records_of(out)
        self.assertEqual(3, process.returncode, err)
        self.assertRegex(err, r"lost: lost after \d+ of 40 hosts")
        self.assertEqual({"ok": 40}, records[-1]["counts"])

    def test_split_loses_nobody(self):
        process = self.star.start(*self.froms("local", "fra", "lost"), "--split", "--rate", "5", *TARGETS)
        time.sleep(1.5)
        deadline = time.monotonic() + 30
        while not self.star.kill("lost") and time.monotonic() < deadline:
            time.sleep(0.1)
        out, err = process.communicate(timeout=laboratory.SCAN_SECONDS)
        records = records_of(out)
        self.assertEqual(0, process.returncode, err)
        self.assertIn("lost: lost after", err)
        hosts = [record["target"] for record in records if record["type"] == "host"]
        self.assertEqual((40, 40), (len(hosts), len(set(hosts))))
        self.assertEqual({"ok": 40}, records[-1]["counts"])

    def test_pushed_where_there_is_none(self):
        status, records, err = self.star.scan(*self.froms("bare"), "--push", *TARGETS)
        self.assertEqual(0, status, err)
        self.assertEqual({"ok": 40}, records[-1]["counts"])
        self.assertEqual([], self.left_behind())

    def test_no_room_there(self):
        status, records, err = self.star.scan(*self.froms("local", "full"), "--push", *TARGETS)
        self.assertEqual(3, status, err)
        self.assertIn("full: fleetscan did not arrive there", err)
        self.assertEqual({"ok": 40}, records[-1]["counts"])
        self.assertEqual([], self.left_behind())

    def test_pushed_and_gone_after_a_signal(self):
        for number in (2, 9):
            with self.subTest(number):
                process = self.star.start(*self.froms("bare"), "--push", "--rate", "2", *TARGETS)
                deadline = time.monotonic() + 30
                while not list(self.lab.folder.glob("spool-bare/*/fleetscan")) and time.monotonic() < deadline:
                    time.sleep(0.1)
                time.sleep(2)
                for pid in run("ip", "netns", "pids", self.star.machines["local"]).split():
                    if pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().startswith(str(FLEETSCAN).encode()):
                        os.kill(int(pid), number)
                        break
                process.communicate(timeout=60)
                deadline = time.monotonic() + 30
                while self.left_behind() and time.monotonic() < deadline:
                    time.sleep(0.1)
                self.assertEqual([], self.left_behind())

    def test_follow_jumps(self):
        """The server lets only iad in, behind fra: as an ssh_config says it."""
        inventory = self.lab.folder / "inventory"
        inventory.write_text("\n".join(
            [f"Host {address}\n  ProxyJump fra" for address in TARGETS[:5]] +
            [f"Host {address}\n  ProxyCommand ssh -W %h:%p iad" for address in TARGETS[5:10]] +
            [f"Host {address}" for address in TARGETS[10:15]]) + "\n")
        status, records, err = self.star.scan("--format", "ssh-config", inventory)
        self.assertEqual({"ok": 5, "skipped": 10}, records[-1]["counts"], err)
        self.assertIn("10 hosts behind a jump host left out: --follow-jumps scans from there", err)
        status, records, err = self.star.scan("--follow-jumps", "--format", "ssh-config", inventory)
        self.assertEqual(0, status, err)
        self.assertEqual({"ok": 15}, records[-1]["counts"])
        seen = {record["host"]: record["vantage"] for record in records if record["type"] == "host"}
        for addresses, vantage in ((TARGETS[:5], "fra"), (TARGETS[5:10], "iad"), (TARGETS[10:15], "local")):
            self.assertEqual({vantage}, {seen[address] for address in addresses})


if __name__ == "__main__":
    laboratory.enter()
    shadow = pathlib.Path("/etc/shadow")
    shadow.write_text("\n".join("root:*:" + ":".join(line.split(":")[2:]) if line.startswith("root:") else line
                                for line in shadow.read_text().splitlines()) + "\n")
    result = unittest.main(argv=sys.argv[:1], verbosity=2, exit=False).result
    laboratory.end(not result.wasSuccessful(), result.skipped)
