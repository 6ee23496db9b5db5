"""What a scan wrote is rendered again from its results, byte for byte the same."""

import re

from harness import Fleet, Scan, Test, main

SCENARIO = "127.1.0.0/16 close\n127.2.0.0/16 healthy\n127.3.0.0/16 throttled\n"
TARGETS = ("127.1.0.0/29", "127.2.0.0/28", "127.3.0.0/30")
NAMES = {"--json": "r.json", "--html": "r.html", "--csv": "r.csv", "--junit": "r.xml",
         "--prometheus": "r.prom"}


class Report(Test):
    def places(self, name):
        """A folder, and the options that write every output into it."""
        folder = self.folder / name
        folder.mkdir()
        options = [word for option, file in NAMES.items() for word in (option, folder / file)]
        github = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(folder / "summary.md")}
        return folder, options, github

    def assert_same(self, first, second):
        names = sorted(path.name for path in first.iterdir() if path.name != "results.jsonl")
        self.assertEqual(len(NAMES) + 1, len(names))
        self.assertEqual(names, sorted(path.name for path in second.iterdir()))
        for name in names:
            self.assertTrue((first / name).read_bytes() == (second / name).read_bytes(), name)

    def setUp(self):
        super().setUp()
        fleet = Fleet(self.write("s", SCENARIO))
        self.port = fleet.__enter__().port
        self.addCleanup(fleet.__exit__)

    def both(self, *rules, scan_more=(), targets=TARGETS):
        """Scans and renders again, both under the same rules."""
        once, options, github = self.places(f"scan{len(list(self.folder.iterdir()))}")
        scan = Scan(*targets, "-p", self.port, "--retries", "0", "--patience", "0", "--jsonl",
                    once / "results.jsonl", *options, *rules, *scan_more, env=github)
        twice, options, github = self.places(f"again{len(list(self.folder.iterdir()))}")
        again = Scan("report", once / "results.jsonl", *options, *rules, env=github)
        self.assertEqual(scan.status, again.status, again.err)
        self.assert_same(once, twice)
        return once, scan, again

    def test_every_output(self):
        once, scan, again = self.both()
        self.assertEqual(1, scan.status, scan.err)
        self.assertIn("::error title=", again.out)
        self.assertEqual(scan.out[:scan.out.index("Reports:")].strip(),
                         again.out[:again.out.index("Next:")].strip())
        (once / "two").mkdir()
        copy = Scan("report", once / "results.jsonl", "-o", once / "two")
        self.assertEqual(1, copy.status)
        for name in ("results.jsonl", "report.html", "report.json"):
            first = once / {"report.html": "r.html", "report.json": "r.json"}.get(name, name)
            self.assertTrue(first.read_bytes() == (once / "two" / name).read_bytes(), name)

    def test_with_conditions_and_baseline(self):
        baseline = self.folder / "baseline.txt"
        self.both("--baseline", baseline, scan_more=("--update-baseline",))
        baseline.write_text("".join(baseline.read_text().splitlines(True)[:-2]))
        _, scan, _ = self.both("--baseline", baseline, "--fail-if", "new > 5", "--fail-if",
                               "failing > 90%")
        self.assertEqual(0, scan.status, scan.out)

    def test_with_a_history(self):
        db = self.folder / "history.db"
        self.both("--history", db, targets=TARGETS[:2])
        once, _, _ = self.both("--history", db)
        page = (once / "r.html").read_text()
        self.assertIn("Since the run of", page)
        other = self.folder / "other.db"
        self.assertEqual(0, Scan("history", "import", once / "results.jsonl", "--db", other).status)
        results = self.folder / "foreign.jsonl"
        text = (once / "results.jsonl").read_text().replace('"run_id":"', '"run_id":"x', 1)
        results.write_text(text)
        unknown = Scan("report", results, "--history", db)
        self.assertEqual(2, unknown.status)
        self.assertIn("fleetscan history import", unknown.err)

    def test_fewer_rows(self):
        once, _, _ = self.both()
        page = self.folder / "failed.html"
        self.assertEqual(1, Scan("report", once / "results.jsonl", "--report-rows", "failed",
                                 "--html", page).status)
        self.assertIn("16 hosts that do not fail are not listed here", page.read_text())
        self.assertEqual(2, Scan("report", once / "results.jsonl", "--report-rows", "few").status)

    def test_the_page_tells_of_no_more_connections_than_there_may_be(self):
        page = self.folder / "page.html"
        with Fleet(self.write("slow", "127.4.0.0/16 healthy latency=100ms\n")) as fleet:
            self.assertEqual(0, Scan("127.4.0.0/24", "-p", fleet.port, "-c", "8", "--html", page).status)
        most = re.search(r"connections open at the end of a step<.*?max ([\d,]+)<", page.read_text(), flags=re.S)
        self.assertTrue(0 < int(most.group(1)) <= 8, most.group(1))

    def test_shards_together(self):
        files = [self.folder / f"{shard}.jsonl" for shard in (1, 2)]
        for shard, path in enumerate(files, 1):
            Scan(*TARGETS, "-p", self.port, "--retries", "0", "--patience", "0", "--shard",
                 f"{shard}/2", "--jsonl", path)
        pages = []
        for order in (files, files[::-1]):
            page = self.folder / "page.html"
            done = Scan("report", *order, "--html", page)
            self.assertEqual(1, done.status, done.err)
            self.assertIn("12 of 28 hosts fail", done.out)
            pages.append(done.out)
        self.assertEqual(*pages)


if __name__ == "__main__":
    main()
