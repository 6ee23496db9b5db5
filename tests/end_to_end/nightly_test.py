"""Nightly runs: gates and exit statuses, baseline, history, cron, lock, kept runs, comparison."""

import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import threading
import time

from harness import FLEETSCAN, Fleet, Scan, Test, clean_environment, main

HEALTHY = "127.2.0.0/16 healthy\n"
MIXED = "127.1.0.0/16 refused_by_tcp_wrappers\n127.2.0.0/16 healthy\n"
FAST = ("--retries", "0", "--patience", "0")


class Nightly(Test):
    def scan(self, scenario, *arguments, targets=("127.2.0.0/29",), **keywords):
        with Fleet(self.write("scenario", scenario)) as fleet:
            return Scan(*targets, "-p", fleet.port, *FAST, *arguments, **keywords)

    def closed(self, *arguments, targets=("127.2.0.1", "127.2.0.2"), port=1):
        """Hosts on which nothing listens: they fail at once."""
        return Scan(*targets, "-p", port, *FAST, *arguments)


class Gate(Nightly):
    def test_statuses(self):
        self.assertEqual(0, self.scan(HEALTHY).status)
        self.assertEqual(1, self.closed().status)
        self.assertEqual(0, self.closed("--exit-zero").status)
        self.assertEqual(2, self.closed("--fail-if", "failin > 0").status)
        self.assertEqual(2, self.closed("--fail-if", "failin > 0", "--exit-zero").status)
        self.assertEqual(2, Scan("/nowhere/hosts.txt", "--exit-zero").status)
        unwritable = self.closed("--json", self.folder / "no" / "report.json", "--exit-zero")
        self.assertEqual(4, unwritable.status)
        late = Scan("127.2.0.0/20", "-p", 1, "--deadline", "0", "--exit-zero")
        self.assertEqual(3, late.status, late.err)

    def test_every_condition_is_printed_with_value_and_verdict(self):
        scan = self.closed("--fail-if", "failing>5", "--fail-if", "failing >= 50%",
                           "--fail-if", "class.connect_refused > 2",
                           "--fail-if", "subnet.max_failing > 99%")
        self.assertEqual(1, scan.status)
        self.assertIn("PASS  failing > 5: 2", scan.out)
        self.assertIn("FAIL  failing >= 50%: 100%, 2 of 2", scan.out)
        self.assertIn("PASS  class.connect_refused > 2: 2", scan.out)
        self.assertIn("FAIL  subnet.max_failing > 99%: 100%, 2 of 2 (127.2.0.0/24)", scan.out)

    def test_errors_name_column_and_nearest_name(self):
        scan = self.closed("--fail-if", "failing > 0", "--fail-if", "class.conect_refused > 0")
        self.assertIn('--fail-if:7: "conect_refused": no such class; did you mean connect_refused?',
                      scan.err)
        self.assertIn("needs --history", self.closed("--fail-if", "recovered > 0").err)

    def test_new_needs_something_to_compare_with(self):
        self.assertEqual(2, self.closed("--fail-if", "new > 0").status)


class BaselineFile(Nightly):
    def test_known_failures_pass_are_counted_and_expire(self):
        baseline = self.folder / "baseline.txt"
        first = self.closed("--baseline", baseline, "--update-baseline")
        self.assertEqual(0, first.status, first.out + first.err)
        self.assertIn("baseline: 2 added", first.err)
        text = baseline.read_text()
        self.assertIn("127.2.0.1:1  connect_refused  20", text)
        again = self.closed("--baseline", baseline)
        self.assertEqual(0, again.status)
        self.assertIn("2 known failures", again.out)
        third = self.closed("--baseline", baseline, targets=("127.2.0.1", "127.2.0.3"))
        self.assertEqual(1, third.status)
        baseline.write_text(text.replace("  -", "  2020-01-01", 1))
        expired = self.closed("--baseline", baseline)
        self.assertEqual(1, expired.status)
        self.assertIn("expired", expired.err)

    def test_bad_lines_are_all_said_at_once(self):
        baseline = self.write("b", "web1:22 conect_refused 2026-01-01 -\nweb2 connect_refused\n")
        scan = self.closed("--baseline", baseline)
        self.assertEqual(2, scan.status)
        self.assertIn("b:1:9:", scan.err)
        self.assertIn("b:2:1:", scan.err)


class HistoryFile(Nightly):
    def test_new_and_recovered(self):
        db = self.folder / "history.db"
        options = ("--history", db, "--vantage", "fra1", "--fail-if", "new > 0")
        with Fleet(self.write("scenario", HEALTHY)) as fleet:
            targets = ["127.2.0.1", "127.2.0.2"]
            first = Scan(*targets, "-p", fleet.port, *FAST, *options)
            port = fleet.port
        self.assertEqual(0, first.status)
        self.assertIn("first run in this history", first.out)
        down = self.closed(*options, targets=targets, port=port)
        self.assertEqual(1, down.status, down.out + down.err)
        self.assertIn("FAIL  2 newly failing", down.out)
        still = self.closed(*options, targets=targets, port=port)
        self.assertEqual(0, still.status, still.out)
        with Fleet(self.write("scenario", HEALTHY), "--port", port) as fleet:
            up = Scan(*targets, "-p", port, *FAST, *options)
        self.assertEqual(0, up.status)
        self.assertRegex(up.out, r"recovered +2  127\.2\.0\.\[1-2\]")
        with sqlite3.connect(db) as connection:
            rows = connection.execute("SELECT count(*) FROM v_new_failure").fetchone()
        self.assertEqual((2,), rows)
        listed = Scan("history", "list", "--db", db)
        self.assertEqual(4, len(listed.out.splitlines()), listed.out)
        shown = Scan("history", "show", "2", "--db", db)
        self.assertIn("newly failing", shown.out)
        host = Scan("history", "host", f"127.2.0.1:{port}", "--db", db)
        self.assertIn("connect_refused", host.out)
        self.assertEqual(4, len(json.loads(Scan("history", "trend", "--json", "--db", db).out)))

    def test_what_was_reached_last_night_is_no_wrong_service(self):
        """And the records, rendered again with the history, tell the same causes."""
        db, results = self.folder / "history.db", self.folder / "results.jsonl"
        target = ("127.2.0.1", "-p")
        mute = (*FAST, "--banner-timeout", "1")
        with Fleet(self.write("scenario", HEALTHY)) as fleet:
            Scan(*target, fleet.port, *FAST, "--history", db)
            port = fleet.port
        with Fleet(self.write("scenario", "127.2.0.0/16 silent\n"), "--port", port):
            alone = self.causes(Scan(*target, port, *mute, "--jsonl", "-").out)
            Scan(*target, port, *mute, "--history", db, "--jsonl", results)
        beside = self.causes(results.read_text(encoding="utf-8"))
        self.assertIn("wrong_service", alone)
        self.assertLess(beside.get("wrong_service", 0), alone["wrong_service"] / 2)
        report = self.folder / "report.json"
        Scan("report", results, "--history", db, "--json", report)
        again = json.loads(report.read_text(encoding="utf-8"))["hosts"][0]["causes"]
        self.assertEqual(beside, {cause["cause"]: cause["confidence"] for cause in again})
        self.assertIn("reached in 1 of 1 earlier run", str(again))

    @staticmethod
    def causes(lines):
        """Of the run's only host, as its last record has them."""
        records = [json.loads(line) for line in lines.splitlines()]
        last = [record for record in records if record["type"] in ("host", "diagnosis")][-1]
        return {cause["cause"]: cause["confidence"] for cause in last["causes"]}

    def test_a_fleet_too_large_for_sqlites_memory(self):
        """What SQLite keeps in files of its own is within what the sandbox leaves to it."""
        db = self.folder / "history.db"
        with Fleet(self.write("scenario", "127.0.0.0/8 healthy\n")) as fleet:
            scan = Scan("127.16.0.0-127.16.127.255", "-p", fleet.port, "--depth", "banner", "--history", db)
        self.assertEqual(0, scan.status, scan.err)
        with sqlite3.connect(db) as connection:
            self.assertEqual((32768,), connection.execute("SELECT count(*) FROM target").fetchone())
        left = {path.name for path in self.folder.iterdir() if "etilqs" in path.name}
        self.assertEqual(set(), left)

    def test_import_rebuilds_it(self):
        db = self.folder / "history.db"
        files = []
        for night in range(3):
            files.append(self.folder / f"{night}.jsonl")
            self.closed("--history", db, "--jsonl", files[-1],
                        targets=[f"127.2.0.{host}" for host in range(1, 4 + night)])
        other = self.folder / "other.db"
        self.assertEqual(0, Scan("history", "import", *reversed(files), "--db", other).status)
        listed = [Scan("history", "list", "--db", each).out for each in (db, other)]
        self.assertEqual(*listed)
        again = Scan("history", "import", *files, "--db", other)
        self.assertIn("already present", again.err)

    def test_a_foreign_file_is_refused_before_anything_is_probed(self):
        scan = self.closed("--history", self.write("text", "this is no database" * 100))
        self.assertEqual(2, scan.status, scan.err)


class Confirmation(Nightly):
    def test_a_new_failure_is_asked_twice(self):
        db = self.folder / "history.db"
        records = {}
        for name, options in (("compared", ()), ("at once", ("--no-confirm",))):
            path = self.folder / f"{name}.jsonl"
            self.closed("--history", str(db) + name, "--jsonl", path, *options)
            hosts = [json.loads(line) for line in path.read_text().splitlines()]
            records[name] = [len(host["attempts"]) for host in hosts if host["type"] == "host"]
        self.assertEqual({"compared": [2, 2], "at once": [1, 1]}, records)

    def test_a_confirmed_failure_is_explained_as_a_retried_one(self):
        """The same attempts have the same causes, whichever pass made them."""
        scenario = self.write("scenario", "127.3.0.1/32 healthy fail=throttled fail_first=1\n"
                                          "127.3.0.2/32 throttled\n")
        baseline = self.write("baseline", "")
        passes = {"retried": ("--retries", "1", "--patience", "4", "--no-confirm"),
                  "confirmed": ("--retries", "0")}
        explained = {}
        for name, options in passes.items():
            path = self.folder / f"{name}.jsonl"
            with Fleet(scenario) as fleet:
                Scan("127.3.0.1", "127.3.0.2", "-p", fleet.port, "--baseline", baseline, "--jsonl",
                     path, *options)
            hosts = [json.loads(line) for line in path.read_text().splitlines()]
            explained[name] = {host["host"]: self.explanation(host) for host in hosts
                               if host["type"] == "host"}
        self.assertEqual(explained["retried"], explained["confirmed"])
        again = explained["confirmed"]["127.3.0.1"]
        self.assertEqual(("ok_after_retry", 1, 2), again[:3])
        self.assertIn("an attempt T later reached the host", again[3]["max_startups"])

    @staticmethod
    def explanation(host):
        """Class, deciding attempt, attempts, and the causes' reasons without their durations."""
        causes = {cause["cause"]: [re.sub(r"[\d.]+ (µs|us|ms|s)\b", "T", sentence)
                                   for sentence in cause["because"]] for cause in host["causes"]}
        return host["class"], host["rests_on"], len(host["attempts"]), causes


class Cron(Nightly):
    def test_silent_when_all_is_well(self):
        scan = self.scan(HEALTHY, "--cron", "-o", self.folder / "out")
        self.assertEqual((0, "", ""), (scan.status, scan.out, scan.err))

    def test_one_mail_when_not(self):
        scan = self.closed("--cron")
        self.assertEqual(1, scan.status)
        self.assertEqual("", scan.err)
        subject, empty = scan.out.splitlines()[:2]
        self.assertEqual("fleetscan 127.2.0.1 ...: 2 of 2 hosts fail", subject)
        self.assertEqual("", empty)
        self.assert_no_raw_control_bytes(scan.raw_out)

    def test_the_second_scan_names_the_first(self):
        lock = self.folder / "lock"
        with Fleet(self.write("scenario", "127.1.0.0/16 silent\n")) as fleet:
            first = subprocess.Popen(
                [FLEETSCAN, "127.1.0.0/24", "-p", str(fleet.port), "--lock", lock],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=clean_environment())
            try:
                until = time.monotonic() + 20
                while time.monotonic() < until and not (lock.exists() and lock.read_text()):
                    time.sleep(0.05)
                second = self.closed("--lock", lock, "--exit-zero")
                self.assertEqual(3, second.status)
                self.assertIn(f"locked by pid {first.pid}", second.err)
            finally:
                first.kill()
                first.wait()
        self.assertEqual(1, self.closed("--lock", lock).status)  # gone with its process

    def test_a_history_is_locked_unless_told_otherwise(self):
        db = self.folder / "history.db"
        lock = self.folder / "history.db.lock"
        with Fleet(self.write("scenario", "127.1.0.0/16 silent\n")) as fleet:
            first = subprocess.Popen(
                [FLEETSCAN, "127.1.0.0/24", "-p", str(fleet.port), "--history", db],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=clean_environment())
            try:
                until = time.monotonic() + 20
                while time.monotonic() < until and not (lock.exists() and lock.read_text()):
                    time.sleep(0.05)
                second = self.closed("--history", db, "--exit-zero")
                self.assertEqual(3, second.status)
                self.assertIn(f"locked by pid {first.pid}", second.err)
                other = self.closed("--history", db, "--lock", self.folder / "other")
                self.assertEqual(1, other.status, other.err)
            finally:
                first.kill()
                first.wait()

    def test_runs_are_kept_and_the_latest_is_linked(self):
        out = self.folder / "out"
        (out / "mine").mkdir(parents=True)
        for _ in range(4):
            self.closed("-o", out, "--keep", "2")
            time.sleep(1.1)  # folders are named by the second
        runs = sorted(path.name for path in out.iterdir())
        self.assertEqual(4, len(runs), runs)  # two runs, the link, and what is not ours
        self.assertIn("mine", runs)
        latest = out / "latest"
        self.assertEqual(runs[1], os.readlink(latest))
        self.assertTrue((latest / "report.html").exists())


class Atomic(Nightly):
    def test_a_reader_sees_a_whole_page_at_any_moment(self):
        out = self.folder / "out"
        self.closed("-o", out)
        stop, torn, looks = threading.Event(), [], [0]

        def read():
            while not stop.is_set():
                page = (out / "report.html").read_text()
                looks[0] += 1
                if not page.rstrip().endswith("</html>"):
                    torn.append(len(page))

        reader = threading.Thread(target=read)
        reader.start()
        for _ in range(5):
            self.closed("-o", out)
        stop.set()
        reader.join()
        self.assertGreater(looks[0], 5)
        self.assertEqual([], torn)


class Compare(Nightly):
    def setUp(self):
        super().setUp()
        self.files = [self.folder / name for name in ("fra1.jsonl", "iad1.jsonl")]
        with Fleet(self.write("scenario", HEALTHY)) as fleet:
            Scan("127.2.0.1", "127.2.0.2", "-p", fleet.port, "--vantage", "fra1", "--jsonl",
                 self.files[0])
            port = fleet.port
        self.closed("--vantage", "iad1", "--jsonl", self.files[1], port=port)

    def test_two_vantages(self):
        page, document = self.folder / "c.html", self.folder / "c.json"
        compared = Scan("compare", *self.files, "--html", page, "--json", document)
        self.assertEqual(1, compared.status, compared.err)
        self.assertIn("only unreachable from iad1: routing, an ACL or a ban there", compared.out)
        data = json.loads(document.read_text())
        self.assertEqual("vantage", data["by"])
        self.assertEqual([0, 2], data["subnets"][0]["failing"])
        self.assertEqual([{"from": "ok", "to": "connect_refused", "hosts": 2}], data["moves"])
        self.assertIn("only unreachable from iad1", page.read_text())

    def test_statuses(self):
        self.assertEqual(0, Scan("compare", self.files[0], self.files[0]).status)
        self.assertEqual(2, Scan("compare", self.files[0]).status)
        self.assertEqual(2, Scan("compare", self.files[0], "/nowhere.jsonl").status)


class Configuration(Nightly):
    def test_file_environment_and_command_line(self):
        config = self.write("c.toml", 'targets = ["127.2.0.1", "127.2.0.2"]\nport = 1\nretries = 0\n')
        self.assertEqual(1, Scan("--config", config).status)
        shown = Scan("--config", config, "--show-config", env={"FLEETSCAN_RATE": "9"}).out
        self.assertIn('rate = "9"  # FLEETSCAN_RATE', shown)
        self.assertIn(f'port = "1"  # {config}', shown)
        self.assertEqual(2, Scan("--config", self.folder / "missing.toml").status)
        wrong = Scan("--config", self.write("w.toml", "prot = 5\n"))
        self.assertEqual(2, wrong.status)
        self.assertIn("did you mean --port?", wrong.err)

    def test_home_is_read_and_the_working_directory_is_not(self):
        for folder in (".config/fleetscan", "cwd/fleetscan", "cwd/.config/fleetscan"):
            (self.folder / folder).mkdir(parents=True)
        (self.folder / ".config/fleetscan/config.toml").write_text("retries = 7\n")
        for name in ("config.toml", "fleetscan.toml", "fleetscan/config.toml",
                     ".config/fleetscan/config.toml"):
            (self.folder / "cwd" / name).write_text("retries = 9\n")
        home = {"HOME": str(self.folder), "XDG_CONFIG_HOME": "fleetscan"}
        run = {"env": home, "cwd": self.folder / "cwd"}
        self.assertIn('retries = "7"', Scan("--show-config", **run).out)
        self.assertIn('retries = "1"  # default', Scan("--show-config", "--no-config", **run).out)


if __name__ == "__main__":
    main()
