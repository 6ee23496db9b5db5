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
