"""performance_page.py writes between its markers and nowhere else, and only complete results."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).with_name("performance_page.py")
MARKERS = "<!-- numbers: written by scripts/bench.sh -->\n{}<!-- end of numbers -->"
RESULT = {
    "machine": {"cpu": "Some CPU", "cores": 2, "kernel": "6.1", "load_before": 0.1,
                "realtime": False,
                "date": "2026-01-02", "commit": "0123abc"},
    "rounds": 5,
    "complete": True,
    "rows": [{"fleet": "healthy", "program": "fleetscan", "hosts": 10000, "reached": 9990,
              "hosts_per_s": 12345.6, "cpu_us_per_host": 30.04, "peak_rss_mb": 17.2}],
    "ratios": [{"what": "CPU / floor", "value": 1.234, "limit": 1.15, "at_least": False,
                "good": False}],
}


class PerformancePage(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.result = pathlib.Path(folder.name) / "bench.json"
        self.page = pathlib.Path(folder.name) / "performance.md"

    def write(self, text, **changes):
        self.page.write_text(text)
        self.result.write_text(json.dumps({**RESULT, **changes}))
        return subprocess.run([sys.executable, SCRIPT, self.result, self.page], check=False,
                              capture_output=True).returncode

    def test_replaces_what_stands_between_the_markers(self):
        self.assertEqual(0, self.write(f"before\n{MARKERS.format('old')}\nafter\n"))
        once = self.page.read_text()
        self.assertTrue(once.startswith("before\n<!--") and once.endswith("-->\nafter\n"))
        self.assertNotIn("old", once)
        self.assertIn("Measured on 2026-01-02, commit 0123abc, on Some CPU, 2 cores, Linux 6.1", once)
        self.assertIn("| fleetscan | healthy | 10,000 (9,990 reached) | 12,346 | 30.0 | 17 |", once)
        self.assertIn("| CPU / floor | 1.23 | at most 1.15, missed |", once)
        self.assertEqual(0, self.write(once))
        self.assertEqual(once, self.page.read_text())

    def test_leaves_the_page_alone(self):
        text = MARKERS.format("old")
        self.assertEqual(0, self.write(text, complete=False))
        self.assertEqual(text, self.page.read_text())
        self.assertNotEqual(0, self.write("no markers"))
        self.assertEqual("no markers", self.page.read_text())


if __name__ == "__main__":
    unittest.main()
