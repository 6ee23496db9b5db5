"""Runs the real fleetscan on the simulated fleet. Shared by the end-to-end tests.

Usage of every test: TEST.py FLEETSCAN FLEET_SIMULATOR
"""

import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile
import unittest

SCAN_SECONDS = 120
READY_SECONDS = 20
SKIPPED = 77  # SKIP_RETURN_CODE of the ctest entries
FLEETSCAN, SIMULATOR = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
SCENARIOS = pathlib.Path(__file__).resolve().parents[1] / "simulator"


class Fleet:
    """The simulated fleet, for the length of a `with` block."""

    def __init__(self, scenario, *options):
        self.options = [str(scenario), *map(str, options)]
        self.statistics = None

    def __enter__(self):
        self.counts = tempfile.NamedTemporaryFile("r", suffix=".counts")
        self.process = subprocess.Popen(
            [SIMULATOR, "--port", "0", "--for", "300", "--with-parent", "--count-log", self.counts.name,
             *self.options], stdout=subprocess.PIPE, text=True)
        ready = self.process.stdout.readline().split()
        if ready[:1] != ["ready"]:
            raise RuntimeError(f"the simulator said {ready}")
        self.port = int(ready[1])
        return self

    def __exit__(self, *_):
        self.stop()
        self.counts.close()

    def stop(self):
        """Ends the fleet and returns its statistics."""
        if self.statistics is None:
            self.process.send_signal(signal.SIGTERM)
            output, _ = self.process.communicate(timeout=READY_SECONDS)
            self.statistics = json.loads(output.strip().splitlines()[-1])
        return self.statistics

    def connections(self):
        """Address -> (connections, most at once). Ends the fleet."""
        self.stop()
        rows = (line.split() for line in pathlib.Path(self.counts.name).read_text().splitlines())
        return {row[0]: (int(row[1]), int(row[2])) for row in rows}


class Scan:
    """One finished run of fleetscan."""

    def __init__(self, *arguments, stdin="", env=None, cwd=None, timeout=SCAN_SECONDS,
                 descriptors=None, inherited=()):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([FLEETSCAN, *map(str, arguments)], input=stdin.encode(), cwd=cwd,
                              capture_output=True, timeout=timeout, check=False,
                              env={**clean_environment(), **(env or {})},
                              preexec_fn=lambda: limit_descriptors(descriptors),
                              pass_fds=inherited)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.status = done.returncode
        self.raw_out, self.raw_err = done.stdout, done.stderr
        self.out = done.stdout.decode("utf-8", "replace")
        self.err = done.stderr.decode("utf-8", "replace")
        self.cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def records(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def hosts(self):
        """Target -> host record, from `--jsonl -`."""
        return {record["target"]: record for record in self.records() if record["type"] == "host"}


def limit_descriptors(count):
    if count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))


def runs_in(history):
    """The lines of `history list`, which has no heading where nobody reads it."""
    return Scan("history", "list", "--db", history).out.splitlines()


def clean_environment():
    """Without what would change the output: color, CI and configuration variables."""
    keep = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "ASAN_OPTIONS", "TSAN_OPTIONS")
    return {key: os.environ[key] for key in keep if key in os.environ}


class Test(unittest.TestCase):
    """With a folder of its own for each test."""

    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="fleetscan-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def assert_no_raw_control_bytes(self, output):
        """Nothing but text, line ends and tabs."""
        bad = [byte for byte in output if (byte < 32 and byte not in b"\n\t") or byte == 127]
        self.assertEqual([], bad[:5])
        output.decode("utf-8")  # and valid

    def assert_mistakes(self, cases, secret):
        """Each command line is refused with its remedy, and without the secret. cases: remedy -> options"""
        for remedy, options in cases.items():
            with self.subTest(remedy):
                scan = Scan("--no-config", *options, "127.9.0.1")
                self.assertEqual(2, scan.status, scan.err)
                self.assertIn(remedy, scan.err)
                self.assertNotIn(secret, scan.err + scan.out)


def main():
    result = unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2, exit=False).result
    # What was left out has not passed.
    sys.exit(1 if not result.wasSuccessful() else SKIPPED if result.skipped else 0)
