"""Commands that send no packet open no socket, wherever their options stand."""

import itertools
import shutil
import subprocess
import sys
import unittest

from harness import FLEETSCAN, SKIPPED, Scan, Test, clean_environment, main

FLAGS = [["-v"], ["-q"], ["--no-config"], ["-vv"], ["-4"]]
VALUES = [["-p", "2222"], ["-p2222"], ["--port=2222"], ["-vp", "2222"], ["--format", "hosts"],
          ["-x", "127.9.9.9"], ["--seed", "7"], ["--retries", "0"]]


def placements(command, words, options):
    """Every order of the command's name, its words and the options, words in their order."""
    parts = [[command], *options]
    for order in itertools.permutations(parts):
        for at in range(len(order) + 1):
            yield [word for part in (*order[:at], words, *order[at:]) for word in part]


class Dry(Test):
    def sockets(self, arguments, cwd):
        log = self.folder / "trace"
        done = subprocess.run(["strace", "-f", "-e", "trace=socket,connect", "-o", log, FLEETSCAN, *arguments],
                              capture_output=True, timeout=60, check=False, env=clean_environment(), cwd=cwd)
        calls = [line for line in log.read_text().splitlines() if "socket(" in line or "connect(" in line]
        return done, calls

    def assert_dry(self, lines, statuses=(0, 1, 2, 3)):
        for line in lines:
            with self.subTest(line=line):
                done, calls = self.sockets([str(word) for word in line], self.folder)
                self.assertEqual([], calls)
                self.assertIn(done.returncode, statuses, done.stderr)

    def test_the_trace_sees_a_scan(self):
        _, calls = self.sockets(["127.0.0.1", "-p", "1", "--retries", "0"], self.folder)
        self.assertTrue(calls)

    def test_targets(self):
        hosts = self.write("hosts", "127.0.0.1\n")
        lines = [line for option in FLAGS + VALUES for line in placements("targets", [hosts], [option])]
        lines += itertools.islice(placements("targets", [hosts], [["-v"], ["-p", "1"], ["--no-config"]]), 0, None, 3)
        self.assert_dry(lines, statuses=(0,))

    def test_a_command_by_name_or_nothing(self):
        hosts = self.write("hosts", "127.0.0.1\n")
        for name in ("targets", "report", "merge", "compare", "forecast", "doctor", "keys", "explain", "history", "schema",
                     "completion"):
            self.assert_dry([[hosts, name], ["-v", name, hosts], ["--no-config", name], ["-p", "1", name, hosts],
                             ["scan", hosts, name], ["--", hosts, name], ["--sample", "1", hosts, name]])

    def test_stored_results(self):
        results = self.folder / "r.jsonl"
        Scan("127.0.0.1", "-p", "1", "--retries", "0", "--jsonl", results, "--history", self.folder / "db")
        out = self.folder / "merged"
        forms = [("report", [results], [["--json", "-"], ["--report-rows", "all"]]),
                 ("merge", [results], [["-q"], ["-o", out]]),
                 ("compare", [results, results], [["-q"]]),
                 ("forecast", [results], [["-q"], ["--client", "openssh-10.6"]]),
                 ("doctor", [], [["--port", "22"], ["--json"]]),
                 ("keys", [results], [["--hash"], ["-o", out]]),
                 ("history", ["list"], [["--db", self.folder / "db"]]),
                 ("explain", ["firewall_drop"], [])]
        for command, words, options in forms:
            self.assert_dry(placements(command, words, options))


if __name__ == "__main__":
    if not shutil.which("strace"):
        print("skipped: strace is not installed")
        sys.exit(SKIPPED)
    main()
