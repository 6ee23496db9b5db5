"""--resume finishes a scan that was killed at any moment: no host lost, none twice, equal counts."""

import collections
import json
import random
import subprocess
import time

from harness import FLEETSCAN, Fleet, Scan, Test, clean_environment, main

SCENARIO = "127.1.0.0/16 silent\n127.2.0.0/16 healthy\n"
TARGETS = ("127.1.0.0/27", "127.2.0.0/23")
OPTIONS = ("--retries", "0", "--patience", "0", "--depth", "banner", "--banner-timeout", "0.4",
           "-c", "32", "-r", "400")
KILLS = 20


class Resume(Test):
    def command(self, port, *more):
        return [str(word) for word in (*TARGETS, "-p", port, *OPTIONS, *more)]

    def killed(self, port, out, after, *more):
        process = subprocess.Popen([FLEETSCAN, *self.command(port, "-o", out, *more)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env=clean_environment())
        time.sleep(after)
        process.kill()
        return process.wait()

    def counts(self, out):
        records = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
        hosts = [record for record in records if record["type"] == "host"]
        targets = [host["target"] for host in hosts]
        self.assertEqual(len(targets), len(set(targets)), "a target stands there twice")
        self.assertEqual(["run", "end"], [records[0]["type"], records[-1]["type"]])
        self.assertTrue(records[-1]["complete"])
        counted = collections.Counter(host["class"] for host in hosts)
        self.assertEqual(dict(counted), records[-1]["counts"])
        return counted

    def test_killed_at_random_moments(self):
        moments = random.Random(1)
        with Fleet(self.write("s", SCENARIO)) as fleet:
            whole = self.folder / "whole"
            Scan(*self.command(fleet.port, "-o", whole))
            expected = self.counts(whole)
            self.assertEqual(32 + 512, sum(expected.values()))
            interrupted = 0
            for number in range(KILLS):
                out = self.folder / str(number)
                status = self.killed(fleet.port, out, moments.uniform(0.02, 1.4))
                resumed = ("--resume", out / "results.jsonl")
                if status == -9 and not (out / "results.jsonl").exists():
                    interrupted += 1
                    if not (out / "results.jsonl.part").exists():
                        resumed = ()  # killed before anything was written
                    elif number % 3 == 0:  # and so is the one that resumes
                        self.killed(fleet.port, out, moments.uniform(0.02, 0.8), *resumed)
                Scan(*self.command(fleet.port, "-o", out, *resumed))
                self.assertEqual(expected, self.counts(out), f"kill number {number}")
                self.assertEqual(["report.html", "report.json", "results.jsonl"],
                                 sorted(path.name for path in out.iterdir()))
            self.assertGreater(interrupted, KILLS // 2)

    def test_another_inventory_is_refused(self):
        with Fleet(self.write("s", SCENARIO)) as fleet:
            out = self.folder / "out"
            Scan("127.2.0.0/29", "-p", fleet.port, "-o", out)
            other = Scan("127.2.0.0/28", "-p", fleet.port, "-o", out, "--resume",
                         out / "results.jsonl")
        self.assertEqual(2, other.status)
        self.assertIn("a different inventory", other.err)


if __name__ == "__main__":
    main()
