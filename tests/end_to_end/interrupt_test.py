"""Ctrl-C, SIGTERM and deadlines: the scan stops, writes everything, and says that it is incomplete."""

import json
import signal
import subprocess
import time

from harness import FLEETSCAN, Fleet, Scan, Test, clean_environment, main

SCENARIO = "127.1.0.0/16 silent\n127.2.0.0/16 healthy\n"
FINISH_SECONDS = 30  # far beyond the 2 s promised: only a hang fails here


class Interrupt(Test):
    def interrupted(self, number, times=1):
        """Starts a long scan, interrupts it once results flow, and returns process and records."""
        with Fleet(self.write("s", SCENARIO)) as fleet:
            process = subprocess.Popen(
                [FLEETSCAN, "127.1.0.0/20", "127.2.0.0/28", "-p", str(fleet.port), "-c", "64",
                 "-o", self.folder / "out", "--jsonl", "-"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment())
            first = process.stdout.readline()  # the run's own line
            while b'"ok"' not in first:
                first = process.stdout.readline()
            began = time.monotonic()
            for _ in range(times):
                process.send_signal(number)
            output, errors = process.communicate(timeout=FINISH_SECONDS)
            self.took = time.monotonic() - began
        return process.returncode, output, errors

    def records(self):
        text = (self.folder / "out" / "results.jsonl").read_text()
        return [json.loads(line) for line in text.splitlines()]

    def check_partial_outputs(self):
        records = self.records()
        self.assertEqual("end", records[-1]["type"])
        self.assertFalse(records[-1]["complete"])
        targets = [record["target"] for record in records if record["type"] == "host"]
        self.assertEqual(4096 + 16, len(set(targets)))
        self.assertEqual(len(targets), len(set(targets)))
        classes = {record["class"] for record in records if record["type"] == "host"}
        self.assertIn("not_probed", classes)
        report = json.loads((self.folder / "out" / "report.json").read_text())
        self.assertGreater(report["summary"]["unknown"], 0)
        self.assertIn("INCOMPLETE", (self.folder / "out" / "report.html").read_text())

    def test_ctrl_c(self):
        status, _, errors = self.interrupted(signal.SIGINT)
        self.assertEqual(130, status)
        self.check_partial_outputs()
        said = errors.decode()
        self.assertRegex(said, r"INCOMPLETE  interrupted by Ctrl-C after [\d,]+ of 4,112 hosts")
        self.assertRegex(said, r"Next:    fleetscan 127\.1\.0\.0/20 127\.2\.0\.0/28 .*"
                               rf" --resume {self.folder}/out/results\.jsonl\n")

    def test_sigterm(self):
        status, _, _ = self.interrupted(signal.SIGTERM)
        self.assertEqual(143, status)
        report = json.loads((self.folder / "out" / "report.json").read_text())
        self.assertRegex(report["reason"], "^stopped by SIGTERM after ")
        self.check_partial_outputs()

    def test_deadline_is_incomplete(self):
        with Fleet(self.write("s", SCENARIO)) as fleet:
            scan = Scan("127.1.0.0/20", "-p", fleet.port, "-c", "64", "--deadline", "1s",
                        "-o", self.folder / "out")
        self.assertEqual(3, scan.status, scan.err)
        records = self.records()
        self.assertFalse(records[-1]["complete"])
        self.assertEqual(4096, sum(record["type"] == "host" for record in records))
        self.assertIn("INCOMPLETE  the deadline passed after ", scan.out)
        self.assertIn(" --resume ", scan.out)

    def test_a_signal_asks_how_far_it_is(self):
        """SIGUSR1 prints one line each, and ends nothing."""
        with Fleet(self.write("s", SCENARIO)) as fleet:
            process = subprocess.Popen(
                [FLEETSCAN, "127.1.0.0/26", "127.2.0.0/28", "-p", str(fleet.port), "-t", "2", "--retries", "0",
                 "--progress", "none", "--jsonl", "-"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment())
            line = process.stdout.readline()
            while b'"ok"' not in line:
                line = process.stdout.readline()
            process.send_signal(signal.SIGUSR1)
            _, errors = process.communicate(timeout=FINISH_SECONDS)
        self.assertEqual(1, process.returncode)
        self.assertRegex(errors.decode(), r"fleetscan: \d+% \d+/80 .*ok \d+")

    def test_the_first_failure_of_few_is_told_at_once(self):
        scan = Scan("127.0.0.1:1", "--no-config", "--patience", "3")
        self.assertEqual(1, scan.status)
        self.assertRegex(scan.err, r"^fleetscan: 127\.0\.0\.1:1: connect_refused; asked again, at most \S+ s more")
        self.assertNotIn("asked again", Scan("127.0.0.1:1", "--no-config", "--patience", "3", "-q").err)


if __name__ == "__main__":
    main()
