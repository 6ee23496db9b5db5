"""Other tools read the outputs that are made for them, hostile bytes and earlier runs included.

usage: other_tools_test.py FLEETSCAN SYNTHETIC_RESULTS FOLDER, where scripts/setup.sh puts promtool
"""

import datetime
import json
import os
import shutil
import subprocess
import sys
import unittest

PROMTOOL = shutil.which("promtool", path=f"{os.environ['PATH']}:{sys.argv.pop(3)}")
from harness import SIMULATOR as SYNTHETIC_RESULTS  # noqa: E402
from harness import Scan, Test, main  # noqa: E402

FIRST_NIGHT = datetime.datetime(2026, 10, 1, tzinfo=datetime.timezone.utc)


class OtherTools(Test):
    def night(self, number, *kind):
        """The results file of that night."""
        done = subprocess.run([SYNTHETIC_RESULTS, "400", "30", str(number), *kind], check=True, capture_output=True)
        run, rest = done.stdout.split(b"\n", 1)
        started = FIRST_NIGHT + datetime.timedelta(days=number)
        run = {**json.loads(run), "started": started.isoformat(timespec="milliseconds").replace("+00:00", "Z")}
        return self.write(f"{number}.jsonl", json.dumps(run).encode() + b"\n" + rest)

    def reports(self, *options):
        """Yields a file of each kind of fleet, with and without earlier runs."""
        baseline = self.write("baseline.txt", "web10003.example.net:22 connect_timeout 2026-11-01 -\n")
        for kind in ((), ("hostile",)):
            database = self.folder / f"history{''.join(kind)}.db"
            nights = [self.night(number, *kind) for number in range(3)]
            imported = Scan("history", "import", *nights, "--db", database)
            self.assertEqual(0, imported.status, imported.err)
            for past in ((), ("--history", database, "--baseline", baseline, "--fail-if", "new > 1",
                              "--fail-if", "recovered > 10%")):
                path = self.folder / "output"
                scan = Scan("report", nights[-1], *past, *options, path)
                self.assertEqual(1, scan.status, scan.err)
                yield path.read_bytes()

    @unittest.skipUnless(PROMTOOL, "promtool is not installed")
    def test_promtool(self):
        checked = 0
        for metrics in self.reports("--prometheus"):
            done = subprocess.run([PROMTOOL, "check", "metrics"], input=metrics, capture_output=True, check=False)
            self.assertEqual((0, b""), (done.returncode, done.stderr))
            checked += metrics.count(b"\nfleetscan_")
        self.assertGreater(checked, 40)
        bad = subprocess.run([PROMTOOL, "check", "metrics"], input=b"a b\n", capture_output=True, check=False)
        self.assertNotEqual(0, bad.returncode)

    @unittest.skipUnless(shutil.which("xmllint"), "xmllint is not installed")
    def test_xmllint(self):
        for junit in self.reports("--junit"):
            done = subprocess.run(["xmllint", "--noout", "-"], input=junit, capture_output=True, check=False)
            self.assertEqual((0, b""), (done.returncode, done.stderr))
            self.assertGreater(junit.count(b"<testcase "), 100)


if __name__ == "__main__":
    main()
