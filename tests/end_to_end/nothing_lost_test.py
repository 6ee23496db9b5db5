"""Bad luck costs no result: closed streams, two scans of one folder, limits, links, clocks, odd inputs."""

import json
import os
import subprocess
import time

from harness import FLEETSCAN, Fleet, Scan, Test, clean_environment, main, runs_in

HEALTHY = "127.0.0.0/8 healthy\n"
QUICK = ("--no-config", "--depth", "banner", "--retries", "0", "--per-subnet", "1024")


class NothingLost(Test):
    def setUp(self):
        super().setUp()
        self.fleet = Fleet(self.write("scenario", HEALTHY)).__enter__()
        self.addCleanup(self.fleet.__exit__)
        self.out = self.folder / "out"

    def words(self, targets, *more):
        return [str(word) for word in (targets, "-p", self.fleet.port, *QUICK, *more)]

    def scan(self, targets, *more):
        return Scan(*self.words(targets, *more))

    def shell(self, script, *words):
        """Runs `script`, in which "$@" is a command line."""
        return subprocess.run(["bash", "-c", script, "bash", FLEETSCAN, *map(str, words)], timeout=120,
                              capture_output=True, check=False, cwd=self.folder, env=clean_environment())

    def check_whole(self, path, hosts):
        records = [json.loads(line) for line in path.read_text().splitlines()]
        records = [record for record in records if record["type"] != "diagnosis"]
        self.assertEqual(["run", *["host"] * hosts, "end"], [record["type"] for record in records])
        self.assertEqual(hosts, len({record["target"] for record in records[1:-1]}))
        self.assertTrue(records[-1]["complete"])

    def test_closed_streams(self):
        words = self.words("127.1.0.1-20", "-v", "-o", self.out)
        for closing, status in (("2>&-", 0), ("<&-", 0), (">&-", 4), ("<&- >&- 2>&-", 4)):
            with self.subTest(closing=closing):
                self.assertEqual(status, self.shell(f'"$@" {closing}', *words).returncode)
                self.check_whole(self.out / "results.jsonl", 20)
        done = self.shell('"$@" >&-', *self.words("127.1.0.1-20", "--jsonl", "-"))
        self.assertEqual(4, done.returncode)
        self.assertIn(b"cannot write -: Bad file descriptor", done.stderr)
        self.assertEqual(2, self.shell('"$@" - --no-config <&-').returncode)

    def test_what_is_printed_arrives_or_is_missed(self):
        for words in (["explain"], ["--help"], ["--version"], ["schema", "result"], ["completion", "bash"]):
            with self.subTest(words=words):
                self.assertEqual(4, self.shell('"$@" >/dev/full', *words).returncode)
                self.assertEqual(0, self.shell('"$@" >/dev/null', *words).returncode)

    def test_the_second_scan_of_a_folder_is_refused(self):
        first = subprocess.Popen([FLEETSCAN, *self.words("127.1.0.0/22", "-r", 300, "-o", self.out)],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                 env=clean_environment())
        part = self.out / "results.jsonl.part"
        until = time.monotonic() + 20
        while time.monotonic() < until and not (part.exists() and part.stat().st_size > 0):
            time.sleep(0.02)
        for more in ((), ("--resume", self.out / "results.jsonl")):
            second = self.scan("127.1.8.1-9", "-o", self.out, *more)
            self.assertEqual(3, second.status, second.err)
            self.assertIn(f"another process is writing {part}", second.err)
        self.assertEqual(0, first.wait(timeout=120))
        self.check_whole(self.out / "results.jsonl", 1024)

    def test_a_scan_waits_for_the_lock(self):
        lock = self.folder / "lock"
        more = ("-o", self.out, "--lock", lock, "--lock-wait", 100)
        both = [subprocess.Popen([FLEETSCAN, *self.words("127.1.0.0/24", "-r", 200, *more)],
                                 stdout=subprocess.DEVNULL, env=clean_environment()) for _ in range(2)]
        self.assertEqual([0, 0], [scan.wait(timeout=120) for scan in both])
        self.check_whole(self.out / "results.jsonl", 256)

    def test_a_limit_of_file_size(self):
        words = self.words("127.1.0.0/23", "-o", self.out)
        done = self.shell('ulimit -f 60; "$@"', *words)
        self.assertEqual(4, done.returncode)
        self.assertIn(b"File too large", done.stderr)
        self.assertIn(f"--resume {self.out}/results.jsonl finishes this scan".encode(), done.stderr)
        part = self.out / "results.jsonl.part"
        self.assertGreater(len([json.loads(line) for line in part.read_text().splitlines()]), 10)
        self.assertTrue(part.read_text().endswith("\n"))
        resumed = self.scan("127.1.0.0/23", "-o", self.out, "--resume", self.out / "results.jsonl")
        self.assertEqual(0, resumed.status, resumed.err)
        self.check_whole(self.out / "results.jsonl", 512)
        self.assertEqual(["report.html", "report.json", "results.jsonl"], sorted(os.listdir(self.out)))

    def test_no_link_is_followed(self):
        precious = self.write("precious", "precious\n")
        self.out.mkdir()
        for name in ("results.jsonl.part", "report.html.part", "results.jsonl"):
            (self.out / name).symlink_to(precious)
            self.scan("127.1.0.1-9", "-o", self.out)
            self.assertEqual("precious\n", precious.read_text(), name)
            (self.out / name).unlink()
        (self.folder / "lock").symlink_to(precious)
        self.assertEqual(4, self.scan("127.1.0.1", "--lock", self.folder / "lock").status)
        self.assertEqual("precious\n", precious.read_text())

    def test_resume_takes_what_is_a_results_file(self):
        garbage = self.write("garbage", "127.1.0.1\n")
        refused = self.scan("127.1.0.1", "--resume", garbage, "-o", self.out)
        self.assertEqual(2, refused.status)
        self.assertIn("it contains no run that could be resumed", refused.err)
        self.assertEqual(2, self.scan("127.1.0.1", "--resume", self.folder / "none").status)
        empty = self.write("empty.jsonl.part", "")
        resumed = self.scan("127.1.0.1-9", "--resume", empty, "-o", self.out)
        self.assertEqual(0, resumed.status, resumed.err)
        self.assertIn("that scan had found nothing yet", resumed.err)
        self.check_whole(self.out / "results.jsonl", 9)

    def test_a_folder_in_the_place_of_the_link(self):
        (self.out / "latest").mkdir(parents=True)
        scan = self.scan("127.1.0.1-9", "-o", self.out, "--keep", 2)
        self.assertEqual(4, scan.status)
        self.assertIn("cannot point at the latest run", scan.err)
        self.assertIn("all 9 hosts are reachable", scan.out)

    def test_nights_after_a_clock_jump(self):
        db, file = self.folder / "history.db", self.folder / "ahead.jsonl"
        self.scan("127.1.0.1-9", "--jsonl", file)
        run, *rest = file.read_text().splitlines(keepends=True)
        ahead = {**json.loads(run), "started": "2099-01-01T00:00:00.000Z"}
        file.write_text(json.dumps(ahead, separators=(",", ":")) + "\n" + "".join(rest))
        self.assertEqual(0, Scan("history", "import", "--db", db, file).status)
        for _ in range(2):
            scan = self.scan("127.1.0.1-9", "--history", db)
            self.assertEqual(0, scan.status, scan.err)
            self.assertIn("a clock was wrong", scan.err)
        self.assertEqual(3, len(runs_in(db)))

    def test_imports_what_comes_through_a_pipe(self):
        db = self.folder / "history.db"
        self.scan("127.1.0.1-9", "--jsonl", self.folder / "one.jsonl")
        done = self.shell('"$@" <(cat one.jsonl)', "history", "import", "--db", db)
        self.assertIn(b": added", done.stderr)
        self.assertEqual(1, len(runs_in(db)))

    def test_inputs_without_an_end(self):
        for index in range(3):
            self.write(f"s_{index}", f"Include {self.folder}/s_*\n")
        config = self.folder / "s_0"
        self.assertEqual(2, Scan("targets", "--no-config", "--format", "ssh-config", config, timeout=60).status)
        endless = self.shell('yes | "$@"', "report", "-")
        self.assertEqual(2, endless.returncode)
        self.assertIn(b"64 MiB without a record", endless.stderr)


if __name__ == "__main__":
    main()
