"""--resume finishes a scan that was killed at any moment: no host lost, none twice, every output and
the history as without the kill.

KILLS=60 in the environment tries that many moments.
"""

import collections
import csv
import json
import os
import pathlib
import random
import sqlite3
import subprocess
import time

from harness import FLEETSCAN, Fleet, Scan, Test, clean_environment, main

SCENARIO = "127.1.0.0/16 silent\n127.2.0.0/16 healthy\n"
TARGETS = ("127.1.0.0/27", "127.2.0.0/23")
OPTIONS = ("--no-config", "--retries", "0", "--patience", "0", "--depth", "banner", "--banner-timeout",
           "0.4", "-c", "32", "-r", "400")
KILLS = int(os.environ.get("KILLS", 20))
OUTPUTS = ["hosts.csv", "metrics.prom", "report.html", "report.json", "results.jsonl", "tests.xml"]


class Resume(Test):
    def words(self, port, *more):
        return [str(word) for word in (*TARGETS, "-p", port, *OPTIONS, *more)]

    def command(self, port, out, *more):
        return self.words(
            port, "-o", out, "--csv", out / "hosts.csv", "--junit",
            out / "tests.xml", "--prometheus", out / "metrics.prom", "--history", history_of(out), *more)

    def killed(self, port, out, after, *more):
        process = subprocess.Popen([FLEETSCAN, *self.command(port, out, *more)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env=clean_environment())
        time.sleep(after)
        process.kill()
        return process.wait()

    def whole(self, out):
        """What the scan's outputs say that does not depend on the time: they agree with each other."""
        self.assertEqual(OUTPUTS, sorted(path.name for path in out.iterdir()))
        records = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
        hosts = [record for record in records if record["type"] == "host"]
        classes = {host["target"]: host["class"] for host in hosts}
        self.assertEqual(len(hosts), len(classes), "a target stands there twice")
        self.assertEqual(["run", "end"], [records[0]["type"], records[-1]["type"]])
        self.assertTrue(records[-1]["complete"])
        counted = dict(collections.Counter(classes.values()))
        self.assertEqual(counted, records[-1]["counts"])
        with (out / "hosts.csv").open(newline="") as file:
            self.assertEqual(classes, {row["target"]: row["class"] for row in csv.DictReader(file)})
        self.assertEqual(counted, json.loads((out / "report.json").read_text())["summary"]["classes"])
        self.assertEqual((1, classes), self.history(history_of(out)))
        causes = {host["target"]: [cause["cause"] for cause in host["causes"]] for host in hosts}
        return classes, causes

    def history(self, path):
        """How many runs there are, and the class of each target."""
        with sqlite3.connect(path) as database:
            self.assertEqual([("ok",)], database.execute("PRAGMA integrity_check").fetchall())
            runs, = database.execute("SELECT count(*) FROM run").fetchone()
            classes = dict(database.execute("SELECT target.name, class.name FROM target "
                                            "JOIN class ON class.id = target.class_id"))
        database.close()
        return runs, classes

    def test_killed_at_random_moments(self):
        moments = random.Random(1)
        with Fleet(self.write("s", SCENARIO)) as fleet:
            undisturbed = self.folder / "undisturbed"
            Scan(*self.command(fleet.port, undisturbed))
            expected = self.whole(undisturbed)
            self.assertEqual(32 + 512, len(expected[0]))
            interrupted = 0
            for number in range(KILLS):
                out = self.folder / str(number)
                status = self.killed(fleet.port, out, moments.uniform(0.02, 1.6))
                resumed = ("--resume", out / "results.jsonl")
                if status == -9 and not (out / "results.jsonl").exists():
                    interrupted += 1
                    if not (out / "results.jsonl.part").exists():
                        resumed = ()  # killed before anything was written
                    elif number % 3 == 0:  # and so is the one that resumes
                        self.killed(fleet.port, out, moments.uniform(0.02, 0.8), *resumed)
                Scan(*self.command(fleet.port, out, *resumed))
                self.assertEqual(expected, self.whole(out), f"kill number {number}")
            self.assertGreater(interrupted, KILLS // 2)

    def test_a_compressed_part_is_resumed_and_so_is_one_of_two_kills(self):
        with Fleet(self.write("s", SCENARIO)) as fleet:
            for ending in ("gz", "zst"):
                results = self.folder / f"results.jsonl.{ending}"
                resumed = ()
                for after in (0.7, 0.4):
                    process = subprocess.Popen([FLEETSCAN, *self.words(fleet.port, "--jsonl", results, *resumed)],
                                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                               env=clean_environment())
                    time.sleep(after)
                    process.kill()
                    process.wait()
                    if pathlib.Path(f"{results}.part").exists():
                        resumed = ("--resume", results)
                Scan(*self.words(fleet.port, "--jsonl", results, *resumed))
                self.assertNotEqual(b"{", results.read_bytes()[:1])
                out = self.folder / ending
                self.assertEqual(1, Scan("report", results, "--jsonl", out).status)
                records = [json.loads(line) for line in out.read_text().splitlines()]
                targets = [record["target"] for record in records if record["type"] == "host"]
                self.assertEqual(32 + 512, len(targets))
                self.assertEqual(len(targets), len(set(targets)))

    def test_another_inventory_is_refused(self):
        with Fleet(self.write("s", SCENARIO)) as fleet:
            out = self.folder / "out"
            Scan("127.2.0.0/29", "-p", fleet.port, "-o", out)
            other = Scan("127.2.0.0/28", "-p", fleet.port, "-o", out, "--resume",
                         out / "results.jsonl")
        self.assertEqual(2, other.status)
        self.assertIn("a different inventory", other.err)


def history_of(out):
    return out.with_name(f"{out.name}.history")


if __name__ == "__main__":
    main()
