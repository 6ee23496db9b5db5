"""`fleetscan doctor` prints and tailors its script; `report --doctor` joins what hosts say of themselves."""

import json
import re
import subprocess

from harness import Fleet, Scan, Test, main

SCENARIO = "127.1.0.0/16 throttled\n127.2.0.0/16 healthy\n"
THROTTLED, WELL = "127.1.0.1", "127.2.0.1"


def finding(cause, evidence="process 7 counts 10", certain=True):
    return {"cause": cause, "check": "startups", "named": True, "certain": certain, "what": "w", "evidence": evidence,
            "fix": "MaxStartups 100:30:300"}


class Doctor(Test):
    def setUp(self):
        super().setUp()
        fleet = Fleet(self.write("s", SCENARIO))
        self.port = fleet.__enter__().port
        self.addCleanup(fleet.__exit__)
        self.results = self.folder / "results.jsonl"
        scan = Scan(THROTTLED, WELL, "-p", self.port, "--retries", "0", "--patience", "0", "--jsonl", self.results)
        self.assertEqual(1, scan.status, scan.err)

    def record(self, name, host, findings=(), excluded=(), **members):
        (self.folder / "doctor").mkdir(exist_ok=True)
        cause = findings[0]["cause"] if findings else None
        record = {"type": "doctor", "schema": "fleetscan.doctor/1", "host": host, "port": int(self.port), "address": None,
                  "from": None, "class": None, "time": 1, "root": True, "cause": cause, "findings": list(findings),
                  "excluded": [{"cause": one, "why": "w"} for one in excluded], "unseen": [], "notes": [], **members}
        (self.folder / "doctor" / name).write_text(json.dumps(record))

    def report(self):
        out = self.folder / "out"
        out.mkdir(exist_ok=True)
        done = Scan("report", self.results, "--doctor", self.folder / "doctor/*.json", "--json", out / "r.json", "--html",
                    out / "r.html")
        return done, json.loads((out / "r.json").read_text()), (out / "r.html").read_text()

    def test_the_script_is_for_the_host(self):
        done = Scan("doctor", "--for", self.results, THROTTLED, "--from", "192.0.2.7", "--json")
        self.assertEqual(0, done.status, done.err)
        self.assertTrue(done.out.startswith("#!/bin/sh\n"))
        self.assertIn(f"host='{THROTTLED}' port={self.port} address='{THROTTLED}' from='192.0.2.7' "
                      "class='banner_throttled'\nsuspects='max_startups", done.out)
        self.assertIn("json=yes", done.out)
        own = Scan("doctor", "--for", self.results, f"{THROTTLED}:{self.port}")
        self.assertIn("from='127.", own.out)  # by the route

    def test_what_cannot_be_printed(self):
        for words, says in (((THROTTLED,), "go together"), (("--for", self.results), "go together"),
                            (("--for", self.results, "web01"), "has no record of that host"),
                            (("--for", self.folder / "none", "web01"), "none"),
                            (("--from", "me; reboot"), "IPv4 or IPv6 address"), (("--port", "0"), "--port")):
            with self.subTest(words):
                done = Scan("doctor", *words)
                self.assertEqual((2, ""), (done.status, done.out))
                self.assertIn(says, done.err)

    def test_it_runs_here_and_refuses_wrong_words(self):
        done = Scan("doctor", "--run", "--json", "--port", self.port)
        record = json.loads(done.out)
        self.assertEqual("fleetscan.doctor/1", record["schema"])
        self.assertEqual(int(self.port), record["port"])
        self.assertIn(done.status, (0, 1))
        script = Scan("doctor").out
        for words in (["--port", "0"], ["--port", "22;id"], ["--from", "$(id)"], ["--class"], ["--what"]):
            refused = subprocess.run(["sh", "-s", "--", *words], input=script, capture_output=True, text=True, timeout=30,
                                     check=False)
            self.assertEqual((2, ""), (refused.returncode, refused.stdout), words)
            self.assertNotIn("uid=", refused.stderr)

    def test_confirmed_refuted_undecided(self):
        self.record("a.json", THROTTLED, [finding("max_startups")])
        done, report, page = self.report()
        self.assertEqual(1, done.status, done.err)
        self.assertEqual(["confirmed", False], [report["doctors"][0][key] for key in ("standing", "contradiction")])
        self.assertIn("max_startups: the host confirms it", done.out)
        self.assertIn("From the hosts themselves", page)

        self.record("a.json", THROTTLED, [finding("source_ban")])
        done, report, _ = self.report()
        self.assertEqual(["refuted", True], [report["doctors"][0][key] for key in ("standing", "contradiction")])
        self.assertIn("contradiction: the scan says max_startups, the host says source_ban", done.out)

        self.record("a.json", THROTTLED, excluded=["max_startups"])
        self.assertEqual("refuted", self.report()[1]["doctors"][0]["standing"])
        self.record("a.json", THROTTLED)
        self.assertEqual("undecided", self.report()[1]["doctors"][0]["standing"])

        self.record("b.json", "elsewhere")
        done, report, _ = self.report()
        self.assertEqual([f"elsewhere:{self.port}"], report["doctors_unmatched"])
        self.assertIn("elsewhere", done.out)

    def test_a_healthy_host_that_the_report_leaves_out(self):
        self.record("a.json", WELL)
        self.record("b.json", "elsewhere")
        out = self.folder / "r.json"
        done = Scan("report", self.results, "--doctor", self.folder / "doctor/*.json", "--report-rows", "failed", "--json", out)
        report = json.loads(out.read_text())
        self.assertEqual([THROTTLED], [host["host"] for host in report["hosts"]])
        self.assertEqual([(f"{WELL}:{self.port}", "ok")], [(one["target"], one["class"]) for one in report["doctors"]])
        self.assertEqual([f"elsewhere:{self.port}"], report["doctors_unmatched"])
        self.assertIn("neither the scan nor the host names a cause", done.out)

    def scan(self, *words):
        out = self.folder / "scan.json"
        done = Scan(THROTTLED, "127.1.0.2", "127.1.0.3", WELL, "-p", self.port, "--retries", "0", "--patience", "0", "--json", out,
                    *words)
        return done, json.loads(out.read_text()) if out.exists() else None

    def test_a_scan_joins_records_as_well(self):
        self.record("a.json", THROTTLED, [finding("max_startups")])
        done, report = self.scan("--doctor", self.folder / "doctor/*.json")
        self.assertEqual(1, done.status, done.err)
        self.assertEqual(["confirmed"], [one["standing"] for one in report["doctors"]])
        done, _ = self.scan("--doctor", self.folder / "none*")
        self.assertEqual(2, done.status)
        self.assertIn("names no file", done.err)

    def visitor(self, text):
        path = self.write("visit", "#!/usr/bin/env python3\nimport json, os, sys\nimport time\n" + text)
        path.chmod(0o755)
        return path

    def test_failing_hosts_are_visited_by_the_users_command(self):
        """One confirms, one is silent and gives a reason, one answers nonsense; the healthy one is left alone."""
        log = self.folder / "log"
        visitor = self.visitor(f'''
script = sys.stdin.read()
with open({str(log)!r}, "a") as log:
    log.write(" ".join([os.environ["HOST"], os.environ["PORT"], os.environ["ADDRESS"], str(script.startswith("#!/bin/sh")),
                        str("class='banner_throttled'" in script), str("json=yes" in script)]) + "\\n")
host = os.environ["HOST"]
if host == "127.1.0.2":
    sys.exit(print("ssh: \\x1b[2Jno way in", file=sys.stderr) or 255)
if host == "127.1.0.3":
    sys.exit(print("Welcome to web03!"))
print(json.dumps({{"type": "doctor", "schema": "fleetscan.doctor/1", "host": "it-calls-itself-so", "port": 1, "address": None,
                  "cause": "max_startups", "findings": [{finding("max_startups")!r}], "excluded": [], "unseen": [], "notes": []}}))
''')
        done, report = self.scan("--doctor-from", "local", "--doctor-command", f'{visitor} "$HOST"')
        self.assertEqual(1, done.status, done.err)
        self.assertEqual(sorted(f"127.1.0.{n} {self.port} 127.1.0.{n} True True True" for n in (1, 2, 3)),
                         sorted(log.read_text().splitlines()))
        self.assertEqual([(f"{THROTTLED}:{self.port}", "confirmed")],
                         [(one["target"], one["standing"]) for one in report["doctors"]])
        self.assertNotIn("doctors_unmatched", [key for key, value in report.items() if value])
        self.assertIn("no way in", done.err)
        self.assertIn(f"doctor: 127.1.0.3:{self.port}: ", done.err)
        self.assertNotIn("\x1b", done.err + done.out)
        self.assertIn("max_startups: the host confirms it", done.out)

    def test_visits_go_through_the_vantage(self):
        ssh = self.write("ssh", "#!/bin/sh\nfor word; do last=$word; done\necho \"$*\" >>" + str(self.folder / "calls") +
                         "\nexec sh -c \"$last\"\n")
        ssh.chmod(0o755)
        done, report = self.scan("--doctor-from", "admin@fra1", "--ssh", str(ssh), "--doctor-command", "sh -s -- --json")
        self.assertEqual(1, done.status, done.err)
        calls = (self.folder / "calls").read_text().splitlines()
        self.assertEqual(3, len(calls))
        self.assertTrue(all("BatchMode=yes" in call and " admin@fra1 env HOST=127.1.0." in call for call in calls), calls)
        self.assertEqual(3, len(report["doctors"]), done.err)  # of this machine, three times

    def test_a_command_that_does_not_read_or_never_ends_its_line(self):
        for command in ("true", "false", "exec sleep 0", "head -c 10 >/dev/null", "yes", "cat"):
            with self.subTest(command):
                done, report = self.scan("--doctor-from", "local", "--doctor-command", command)
                self.assertEqual(1, done.status, done.err)
                self.assertNotIn("doctors", [key for key, value in report.items() if value])
                self.assertEqual(3, done.err.count("doctor: 127.1.0."), done.err)

    def test_what_the_visits_need(self):
        for words, says in ((("--doctor-from", "local"), "go together"), (("--doctor-command", "x"), "go together"),
                            (("--doctor-from", "-oX", "--doctor-command", "x"), "must be local, or a destination"),
                            (("--doctor-from", "local", "--doctor-command", "a\nb"), "in one line")):
            with self.subTest(words):
                done, _ = self.scan(*words)
                self.assertEqual(2, done.status)
                self.assertIn(says, done.err)

    def test_hostile_records(self):
        evil = "\x1b[2J</td><script>alert(1)</script>\n\x07\u202e'\"&"
        self.record("a.json", THROTTLED, [finding("max_startups", evil)])
        self.record("b.json", evil)
        for name, text in (("c.json", "{" * 100_000), ("d.json", "x" * 2_000_000), ("e.json", ""),
                           ("f.json", '{"schema": "fleetscan.doctor/9"}')):
            (self.folder / "doctor" / name).write_text(text)
        (self.folder / "doctor/g.json").mkdir()
        done, report, page = self.report()
        self.assertEqual(1, done.status, done.err)
        self.assertEqual(1, len(report["doctors"]))
        self.assertNotIn("<script>alert", page)
        self.assertFalse(re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", done.out + done.err), done.out + done.err)
        for name in "cdefg":
            self.assertIn(f"{name}.json", done.err)

    def test_no_record_at_all(self):
        done = Scan("report", self.results, "--doctor", self.folder / "none*.json")
        self.assertEqual(2, done.status)
        self.assertIn("names no file", done.err)


if __name__ == "__main__":
    main()
