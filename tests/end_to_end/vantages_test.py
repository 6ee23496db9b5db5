"""--from: one scan from several vantages. ssh is a program of the test, which runs fleetscan on this
machine and plays a part: banned, lost in the middle, a stranger, a liar."""

import csv
import datetime
import json
import pathlib
import signal
import subprocess
import time
import xml.etree.ElementTree

from harness import FLEETSCAN, Fleet, Scan, Test, clean_environment, main
from name_server import NameServer

SCENARIO = "127.9.0.0/24 healthy\n127.8.0.1 ssh1\n"
HOSTS = [f"127.9.0.{i}" for i in range(1, 41)]

# Arguments as ssh gets them. The host's name says what happens: see PARTS.
SSH = r'''#!/usr/bin/env python3
import json, os, pathlib, subprocess, sys
FLEETSCAN, SPOOL = PATHS
words = sys.argv[1:]
dashes = words.index("--")
options, destination, command = words[:dashes], words[dashes + 1], words[dashes + 2]
part = destination.split("@")[-1]
with open(SPOOL + "/calls", "a") as calls:
    calls.write(json.dumps({"part": part, "options": options, "command": command}) + "\n")
if part.startswith("denied"):
    sys.exit(print(destination + ": Permission denied (publickey).", file=sys.stderr) or 255)
flaky = False
if part == "flaky":
    flaky = not os.path.exists(SPOOL + "/was-flaky")
    open(SPOOL + "/was-flaky", "w").close()
if part == "elsewhere":
    command = command.replace(*open(SPOOL + "/name-servers").read().split())
if part == "hangs":
    import time; time.sleep(600)
empty = SPOOL + "/empty"
os.makedirs(empty, exist_ok=True)
path = os.environ["PATH"] if part in ("missing", "pushed") else os.path.dirname(FLEETSCAN) + ":" + os.environ["PATH"]
shell = subprocess.Popen(["sh", "-c", command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PATH": path, "TMPDIR": empty})
sent = 0
if part.startswith("banned"):
    # Every fourth target is another machine from here, one that is out of date.
    lines = sys.stdin.buffer.read().splitlines(True)
    for i, line in enumerate(lines):
        record = json.loads(line)
        if int(record["host"].split(".")[-1]) % 4 == 0:
            record["address"] = "127.8.0.1"
        lines[i] = json.dumps(record, separators=(",", ":")).encode() + b"\n"
    shell.stdin.write(b"".join(lines)); shell.stdin.close()
else:
    import threading
    def feed():
        try:
            while chunk := os.read(0, 65536):
                shell.stdin.write(chunk); shell.stdin.flush()
            shell.stdin.close()
        except OSError:
            pass
    threading.Thread(target=feed, daemon=True).start()
out = sys.stdout.buffer
hosts = 0
dies = part.startswith("dies") and SPOOL + "/judged-by-" + part  # in whatever number of calls
for line in shell.stdout:
    host = line.startswith(b'{"type":"host"')
    hosts += host
    if dies and host:
        open(dies, "a").write(".")
    if flaky and hosts == 11 or dies and os.path.exists(dies) and os.path.getsize(dies) > 10:
        os.kill(shell.pid, 9)
        sys.exit(print("Connection to " + part + " closed by remote host.", file=sys.stderr) or 255)
    if part == "greets" and hosts == 0:
        out.write(b"Welcome to greets!\n")
    if part == "garbage" and hosts == 3:
        line = b"\x1b]0;owned\x07 not json\n"
    if part == "stranger" and hosts == 3:
        line = line.replace(b'"127.9.0.', b'"127.66.0.')
    if part == "twice" and hosts == 3:
        out.write(line)
    if part == "old" and hosts == 0:
        line = line.replace(b"fleetscan.result/1", b"fleetscan.result/9")
    if part == "escapes" and host:
        record = json.loads(line)
        record["note"] = "\x1b[2Jcleared\n<script>alert(1)</script>"
        record["labels"] = {"evil": "\x1b[31m"}
        record["source"] = "/etc/passwd:1"
        line = json.dumps(record, separators=(",", ":")).encode() + b"\n"
    try:
        out.write(line); out.flush()
        if part == "endless" and hosts == 3:
            for _ in range(6 * 1024):
                out.write(b"x" * 1024)
            out.flush()
    except BrokenPipeError:
        shell.kill(); sys.exit(255)
sys.exit(shell.wait())
'''


class Vantages(Test):
    def setUp(self):
        super().setUp()
        self.ssh = self.write("ssh", SSH.replace("PATHS", repr([str(FLEETSCAN), str(self.folder)])))
        self.ssh.chmod(0o755)
        self.inventory = self.write("hosts.txt", "".join(f"{host} rack=r{i % 2}\n" for i, host in enumerate(HOSTS)))

    def words(self, port, vantages, *more):
        froms = [word for vantage in vantages for word in ("--from", vantage)]
        return [*froms, "--ssh", str(self.ssh), "-p", str(port), "--no-config", "--retries", "0", "--patience", "0",
                "--depth", "banner", str(self.inventory), *map(str, more)]

    def scan(self, vantages, *more):
        with Fleet(self.write("fleet", SCENARIO)) as fleet:
            return Scan(*self.words(fleet.port, vantages, *more))

    def calls(self):
        return [json.loads(line) for line in (self.folder / "calls").read_text().splitlines()]

    def spool(self):
        return list((self.folder / "empty").iterdir())

    def test_one_verdict_from_all(self):
        out = self.folder / "out"
        run = self.scan(["local", "admin@banned"], "-o", out, "--csv", out / "hosts.csv", "--junit", out / "t.xml",
                        "--prometheus", out / "m.prom")
        self.assertEqual(1, run.status, run.err)
        self.assertIn("10 of 40 hosts fail", run.out)
        self.assertIn("only from banned", run.out)
        self.assertIn("10 hosts reached from some vantages only", run.out)
        records = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
        self.assertEqual(["local", "banned"], records[0]["vantages"])
        hosts = [record for record in records if record["type"] == "host"]
        self.assertEqual(80, len(hosts))
        self.assertEqual(80, len({(host["target"], host["vantage"]) for host in hosts}))
        targets = {record["target"]: record for record in records if record["type"] == "target"}
        self.assertEqual(40, len(targets))
        for name, target in targets.items():
            banned = int(name.split(":")[0].split(".")[-1]) % 4 == 0
            self.assertEqual("some" if banned else "all", target["reached_from"])
            self.assertEqual("banner_ssh1_only" if banned else "ok", target["class"])
            self.assertEqual(["local", "banned"], [view["vantage"] for view in target["views"]])
        end = records[-1]
        self.assertEqual({"ok": 30, "banner_ssh1_only": 10}, end["counts"])
        self.assertEqual([40, 40], [vantage["judged"] for vantage in end["vantages"]])
        with (out / "hosts.csv").open(newline="") as file:
            rows = {row["target"].split(":")[0]: row for row in csv.DictReader(file)}
        self.assertEqual("local: ok, banned: banner_ssh1_only", rows["127.9.0.4"]["vantages"])
        self.assertEqual("hosts.txt:4", pathlib.PurePath(rows["127.9.0.4"]["source"]).name)
        document = json.loads((out / "report.json").read_text())
        self.assertEqual("banned", document["findings"][0]["only_from"])
        self.assertIn('vantage="banned"} 10', (out / "m.prom").read_text())
        suites = xml.etree.ElementTree.parse(out / "t.xml").getroot()
        self.assertIn("vantages", [suite.get("name") for suite in suites])
        command = self.calls()[0]
        self.assertIn("BatchMode=yes", command["options"])

    def test_reports_are_the_same_again_and_in_any_order(self):
        out = self.folder / "out"
        self.scan(["local", "banned", "greets"], "-o", out)
        again = self.folder / "again"
        Scan("report", out / "results.jsonl", "-o", again)
        for name in ("report.json", "report.html"):
            self.assertEqual((out / name).read_bytes(), (again / name).read_bytes(), name)
        lines = (out / "results.jsonl").read_text().splitlines(True)
        hosts = [line for line in lines if line.startswith('{"type":"host"')]
        shuffled = self.write("shuffled.jsonl", "".join([lines[0], *sorted(hosts, reverse=True), lines[-1]]))
        Scan("report", shuffled, "-o", again)
        for name in ("report.json", "report.html"):
            self.assertEqual((out / name).read_bytes(), (again / name).read_bytes(), name)

    def test_the_gate_measures_vantages(self):
        run = self.scan(["local", "banned"], "--fail-if", "vantage.banned.failing > 25%")
        self.assertEqual(0, run.status, run.out)
        run = self.scan(["local", "banned"], "--fail-if", "vantage.banned.failing > 9", "--fail-if", "partial > 9",
                        "--fail-if", "vantage.local.failing > 0")
        self.assertEqual(1, run.status, run.out)
        self.assertIn("FAIL  vantage.banned.failing > 9: 10", run.out)
        self.assertIn("FAIL  partial > 9: 10", run.out)
        self.assertIn("PASS  vantage.local.failing > 0: 0", run.out)

    def test_what_becomes_of_a_vantage_is_no_hosts_verdict(self):
        for vantage, trouble in (("denied", "denied: Permission denied (publickey)"),
                                 ("missing", "missing: no fleetscan there, --push brings one"),
                                 ("dies", "dies: lost after 10 of 40 hosts: Connection to dies closed by remote host"),
                                 ("garbage", "garbage: lost after 2 of 40 hosts: it sent a line that is no record"),
                                 ("stranger", "stranger: lost after 2 of 40 hosts: it sent a record of 127.66.0."),
                                 ("twice", "twice: lost after 3 of 40 hosts: it sent a second record of 127.9.0."),
                                 ("endless", "endless: lost after 3 of 40 hosts: it sent a line that is longer"),
                                 ("old", "old: it sent a line that is no record: schema 'fleetscan.result/9' is not")):
            with self.subTest(vantage):
                run = self.scan(["local", vantage], "--jsonl", "-")
                self.assertEqual(3, run.status, run.err)
                self.assertIn(trouble, run.err)
                records = run.records()
                self.assertEqual({"ok": 40}, records[-1]["counts"])
                self.assertEqual(["all"] * 40, [r["reached_from"] for r in records if r["type"] == "target"])
                self.assertTrue(records[-1]["vantages"][1]["trouble"])
                self.assert_no_raw_control_bytes(run.raw_err)
                text = Scan("report", self.write("r.jsonl", run.raw_out)).out
                self.assertIn("INCOMPLETE", text)
                self.assertIn(trouble.split(": ")[1][:12], text)

    def test_all_lost_judges_nobody(self):
        run = self.scan(["denied", "missing"])
        self.assertEqual(3, run.status)
        self.assertIn("40 of 40 hosts could not be judged", run.out)

    def test_nothing_foreign_is_believed_or_shown_raw(self):
        out = self.folder / "out"
        run = self.scan(["local", "escapes"], "-o", out, "--csv", out / "hosts.csv")
        self.assert_no_raw_control_bytes(run.raw_out)
        self.assert_no_raw_control_bytes((out / "hosts.csv").read_bytes())
        for name in ("results.jsonl", "report.json"):
            text = (out / name).read_text()
            self.assertNotIn("evil", text)
            self.assertNotIn("/etc/passwd", text)
        self.assertNotIn("<script>alert", (out / "report.html").read_text())

    def test_split_asks_each_target_once_and_loses_none(self):
        run = self.scan(["local", "greets", "dies"], "--split", "--jsonl", "-")
        self.assertEqual(0, run.status, run.err)
        records = run.records()
        hosts = [record for record in records if record["type"] == "host"]
        self.assertEqual(40, len(hosts))
        self.assertEqual(40, len({host["target"] for host in hosts}))
        judged = {v["vantage"]: v["judged"] for v in records[-1]["vantages"]}
        self.assertEqual(40, sum(judged.values()))
        self.assertEqual(10, judged["dies"])
        self.assertIn("dies: lost after 10 of 13 hosts", run.err)

    def pace(self, records):
        """Targets a second, by when their first attempts began."""
        starts = sorted(datetime.datetime.fromisoformat(record["attempts"][0]["started"].replace("Z", "+00:00"))
                        for record in records if record["type"] == "host")
        return len(starts) / (starts[-1] - starts[0]).total_seconds()

    def test_three_go_three_times_as_fast(self):
        """Each keeps its own --rate; what they cost beside it is their start."""
        self.inventory = self.write("many.txt", "".join(f"127.{32 + i // 2500}.{i // 250 % 10}.{i % 250 + 1}\n" for i in range(6000)))
        paces = {}
        with Fleet(self.write("fleet", "127.32.0.0/14 healthy\n")) as fleet:
            for vantages in (["local"], ["local", "fra", "iad"]):
                run = Scan(*self.words(fleet.port, vantages, "--split", "--rate", "300", "--jsonl", "-"))
                records = run.records()
                self.assertEqual(0, run.status, run.err)
                self.assertEqual({"ok": 6000}, records[-1]["counts"])
                self.assertEqual({name: (6000 // len(vantages),) * 2 for name in vantages}, self.asked_of(records))
                paces[len(vantages)] = self.pace(records)
        print(f"{paces[1]:.0f} a second from one, {paces[3]:.0f} from three")
        self.assertGreater(paces[3], 2.8 * paces[1])

    def asked_of(self, records):
        return {v["vantage"]: (v["given"], v["judged"]) for v in records[-1]["vantages"]}

    def test_what_was_lost_is_asked_again_and_nothing_else(self):
        out = self.folder / "out"
        resumed = ["--resume", out / "results.jsonl", "-o", out, "--jsonl", "-"]
        for words in ([], ["--split"]):
            with self.subTest(words), Fleet(self.write("fleet", SCENARIO)) as fleet:
                (self.folder / "was-flaky").unlink(missing_ok=True)
                first = Scan(*self.words(fleet.port, ["local", "flaky"], "-o", out, *words))
                self.assertIn("flaky: lost after 10 of", first.err)
                if words:  # the other one has taken over its share
                    self.assertEqual(0, first.status, first.err)
                    continue
                self.assertEqual(3, first.status, first.err)
                calls = len(self.calls())
                run = Scan(*self.words(fleet.port, ["local", "flaky"], *resumed))
                self.assertEqual(0, run.status, run.err)
                self.assertEqual(calls + 1, len(self.calls()))
                records = run.records()
                hosts = [(host["target"], host["vantage"]) for host in records if host["type"] == "host"]
                self.assertEqual((80, 80), (len(hosts), len(set(hosts))))
                self.assertEqual({"local": (40, 40), "flaky": (40, 40)}, self.asked_of(records))
                self.assertEqual({"ok": 40}, records[-1]["counts"])
                for vantages in (["local"], [], ["flaky", "local"]):
                    other = Scan(*self.words(fleet.port, vantages, *resumed))
                    self.assertEqual(2, other.status)
                    self.assertIn("it was a scan from other vantages; give the same --from", other.err)

    def test_a_scan_that_was_killed_is_finished(self):
        out = self.folder / "out"
        for words in ([], ["--split"]):
            with self.subTest(words), Fleet(self.write("fleet", SCENARIO)) as fleet:
                command = self.words(fleet.port, ["local", "greets"], "-o", out, *words)
                process = subprocess.Popen([FLEETSCAN, *command, "--rate", "20"], env=clean_environment(),
                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                part = out / "results.jsonl.part"
                self.wait_for(lambda: part.exists() and part.read_text().count('"type":"host"') >= 5)
                process.kill()
                process.wait()
                told = part.read_text().count('{"type":"host"')
                self.assertLess(told, 40)
                run = Scan(*command, "--resume", out / "results.jsonl", "--jsonl", "-")
                self.assertEqual(0, run.status, run.err)
                records = run.records()
                hosts = [(host["target"], host["vantage"]) for host in records if host["type"] == "host"]
                self.assertEqual(40 if words else 80, len(hosts))
                self.assertEqual(len(hosts), len(set(hosts)))
                self.assertEqual({"ok": 40}, records[-1]["counts"])
                self.assertEqual(len(hosts), sum(judged for _, judged in self.asked_of(records).values()))

    def test_each_address_is_a_target_of_its_own(self):
        """Names are resolved there: what one vantage does not know, it has skipped."""
        ours = {"twofold.test": ["127.9.0.1", "127.8.0.1"], "plain.test": ["127.9.0.2"], "split.test": ["127.9.0.3", "127.9.0.4"]}
        theirs = {**ours, "split.test": ["127.9.0.3", "127.9.0.5"], "plain.test": ["127.9.0.2", "127.9.0.6"]}
        out = self.folder / "out"
        with NameServer(ours) as here, NameServer(theirs) as there, Fleet(self.write("fleet", SCENARIO)) as fleet:
            self.write("name-servers", f"{here.address} {there.address}")
            self.inventory = self.write("names.txt", "twofold.test\nplain.test\nsplit.test\n")
            run = Scan(*self.words(fleet.port, ["local", "elsewhere"], "--all-addresses", "--dns-server", here.address,
                                   "-o", out, "--jsonl", "-"))
        targets = {record["target"].replace(f":{fleet.port}", "").replace(".test", ""):
                   (record["reached_from"], *(view["class"] for view in record["views"]))
                   for record in run.records() if record["type"] == "target"}
        self.assertEqual({
            "twofold/127.9.0.1": ("all", "ok", "ok"),
            "twofold/127.8.0.1": ("none", "banner_ssh1_only", "banner_ssh1_only"),
            "plain": ("all", "ok", "skipped"), "plain/127.9.0.2": ("all", "skipped", "ok"),
            "plain/127.9.0.6": ("all", "skipped", "ok"), "split/127.9.0.3": ("all", "ok", "ok"),
            "split/127.9.0.4": ("all", "ok", "skipped"), "split/127.9.0.5": ("all", "skipped", "ok")}, targets)
        self.assertEqual(1, run.status, run.err)
        again = self.folder / "again"
        Scan("report", out / "results.jsonl", "-o", again)
        self.assertEqual((out / "report.json").read_bytes(), (again / "report.json").read_bytes())

    def test_one_that_is_left_takes_over_from_all_others(self):
        run = self.scan(["denied", "missing", "local", "dies", "dies2", "denied2"], "--split", "--jsonl", "-")
        self.assertEqual(0, run.status, run.err)
        records = run.records()
        hosts = [record["target"] for record in records if record["type"] == "host"]
        self.assertEqual((40, 40), (len(hosts), len(set(hosts))))
        self.assertEqual({"ok": 40}, records[-1]["counts"])
        # Two die after ten hosts each.
        self.assertGreaterEqual(self.asked_of(records)["local"][1], 20)

    def test_pushed_and_gone(self):
        run = self.scan(["pushed"], "--push", "--jsonl", "-")
        self.assertEqual(0, run.status, run.err)
        self.assertEqual({"ok": 40}, run.records()[-1]["counts"])
        self.assertEqual([], self.spool())

    def test_pushed_and_gone_when_stopped(self):
        with Fleet(self.write("fleet", "127.9.0.0/24 silent\n")) as fleet:
            for number in (signal.SIGINT, signal.SIGKILL):
                with self.subTest(number):
                    process = subprocess.Popen(
                        [FLEETSCAN, *self.words(fleet.port, ["pushed"], "--push", "--jsonl", self.folder / "out.jsonl",
                                                "--banner-timeout", "60")],
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment())
                    self.wait_for(lambda: any((folder / "fleetscan").exists() for folder in self.folders()))
                    time.sleep(1)
                    process.send_signal(number)
                    process.communicate(timeout=30)
                    self.assertEqual(130 if number == signal.SIGINT else -9, process.returncode)
                    self.wait_for(lambda: self.spool() == [])

    def folders(self):
        return list((self.folder / "empty").glob("*"))

    def wait_for(self, condition):
        for _ in range(300):
            if condition():
                return
            time.sleep(0.1)
        self.fail("it did not come to be")

    def test_what_is_excluded_is_told_to_vantages(self):
        never = self.write("never.txt", "10.0.0.0/30\nsecret.example.net\n2001:db8::/120\n")
        self.scan(["greets"], "-x", never, "-x", "127.9.0.40")
        command = self.calls()[0]["command"]
        for word in ("--exclude=10.0.0.0-10.0.0.3", "--exclude=secret.example.net.", "--exclude=127.9.0.40-127.9.0.40",
                     "--exclude=2001:db8::-2001:db8::ff"):
            self.assertIn(word, command)

    def test_jump_hosts_are_followed_when_asked(self):
        config = self.write("ssh_config", "Host 127.9.0.1\n  ProxyJump one\n"
                            "Host 127.9.0.2\n  ProxyJump admin@one:2222,two\nHost 127.9.0.3\n"
                            "Host 127.9.0.4\n  ProxyCommand nc %h %p\nHost 127.9.0.5\n  ProxyJump a;b\n"
                            "Host 127.9.0.7\n  ProxyCommand ssh -W %h:%p one\n")
        ansible = self.write("hosts.ini", "web ansible_host=127.9.0.6 ansible_ssh_common_args='-o ProxyJump=one'\n")
        with Fleet(self.write("fleet", SCENARIO)) as fleet:
            words = ["--no-config", "-p", fleet.port, "--retries", "0", "--patience", "0", "--depth", "banner",
                     "--jsonl", "-", "--ssh", self.ssh, config, ansible]
            run = Scan(*words)
            self.assertEqual({"ok": 1, "skipped": 6}, run.records()[-1]["counts"])
            self.assertIn("4 hosts behind a jump host left out: --follow-jumps", run.err)
            self.assertFalse((self.folder / "calls").exists())
            run = Scan("--follow-jumps", *words)
        self.assertEqual(0, run.status, run.err)
        seen = {record["host"]: record.get("vantage") for record in run.records() if record["type"] == "host"}
        self.assertEqual({"127.9.0.1": "one", "127.9.0.2": "one:2222,two", "127.9.0.3": "local", "127.9.0.4": None,
                          "127.9.0.5": None, "web": "one", "127.9.0.7": "one"}, seen)
        calls = {call["part"]: call["options"] for call in self.calls()}
        self.assertEqual(2, len(self.calls()), "one connection to each jump host")
        self.assertEqual("admin@one:2222", calls["two"][calls["two"].index("-J") + 1])
        self.assertNotIn("-J", calls["one"])

    def test_other_commands_see_one_verdict(self):
        with Fleet(self.write("fleet", SCENARIO)) as fleet:
            results = self.write("r.jsonl", Scan(*self.words(fleet.port, ["local", "banned"], "--jsonl", "-")).raw_out)
            alone = self.write("alone.jsonl", Scan(*self.words(fleet.port, ["local"], "--jsonl", "-")).raw_out)
        merged = Scan("merge", results, "-o", self.folder / "m.jsonl")
        self.assertNotEqual(0, merged.status)
        self.assertIn("a scan from several vantages", merged.err)
        self.assertEqual(0, Scan("compare", results, results).status)
        compared = Scan("compare", alone, results, "--json", "-")
        self.assertEqual(1, compared.status, compared.err)
        self.assertIn("127.9.0.4", compared.out)
        self.assertNotIn('"127.9.0.5:', compared.out)
        history = self.folder / "runs.db"
        self.assertEqual(0, Scan("history", "import", "--db", history, results).status)
        self.assertIn("10", Scan("history", "list", "--db", history).out)

    def test_mistakes(self):
        for words, complaint in ((["--from", "-oProxyCommand=x"], "must be local, or a destination"),
                                 (["--from", "a;b"], "must be local, or a destination"),
                                 (["--from", "x@fra", "--from", "y@fra"], "there is a vantage fra already"),
                                 (["--split"], "--split needs --from"),
                                 (["--push"], "--push needs --from"),
                                 (["--from", "a", "--from", "b", "--split", "--all-addresses"],
                                  "--split does not work with --all-addresses"),
                                 (["--from", "a", "--ssh", "'"], "must be a command")):
            with self.subTest(words):
                run = Scan("--no-config", *words, self.inventory)
                self.assertEqual(2, run.status, run.err)
                self.assertIn(complaint, run.err)


if __name__ == "__main__":
    main()
