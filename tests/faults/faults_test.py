"""Lets the first, the second, ... call of each kind fail in a scan of 20 hosts, one a scan.

Each time: one record for each target and whole files, or exit 2, 3 or 4 with a reason and no torn
file. Never a crash, and under the leak checker never a leak.

usage: faults_test.py FLEETSCAN FLEET_SIMULATOR FAIL_NTH.so
FAULTS=all in the environment tries every call, FAULTS=400 that many of each kind; without it a small
sample of each.
"""

import errno
import json
import os
import pathlib
import sqlite3
import sys

LIBRARY = pathlib.Path(sys.argv.pop(3)).resolve()
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "end_to_end"))
from harness import FLEETSCAN, Fleet, Scan, Test, main  # noqa: E402
from name_server import NameServer  # noqa: E402

SCENARIO = """
127.1.0.0/24   healthy
127.1.0.13     throttled
127.1.0.15     kexinit_disconnect
127.1.0.16     smtp
127.1.0.14     close
"""
TARGETS = [f"127.1.0.{i}" for i in range(1, 17)] + ["127.1.0.14:1", "one.test", "two.test", "none.test"]
ADDRESSES = {"one.test": ["127.1.0.30"], "two.test": ["127.1.0.31"]}
BASELINE = "127.1.0.14:1  connect_refused  2026-01-01  -  known\n"

SANITIZED = b"__asan_init" in FLEETSCAN.read_bytes()
# Not epoll_ctl: where the kernel refuses to watch a descriptor, libuv 1.44 calls abort() by itself.
# The function, with which error it fails, and how many of its calls the sample takes.
CALLS = [
    ("socket", errno.EMFILE, 4), ("connect", errno.EADDRNOTAVAIL, 4), ("setsockopt", errno.ENOBUFS, 2),
    ("getsockopt", errno.ENOBUFS, 2), ("recv", errno.ENOMEM, 3), ("recvfrom", errno.ENOMEM, 3),
    ("send", errno.ENOBUFS, 3), ("sendto", errno.ENOBUFS, 3), ("read", errno.EIO, 6),
    ("write", errno.ENOSPC, 8), ("writev", errno.ENOSPC, 2), ("pread64", errno.EIO, 4),
    ("pwrite64", errno.ENOSPC, 8), ("epoll_create1", errno.EMFILE, 3), ("epoll_wait", errno.EINTR, 3),
    ("epoll_pwait", errno.EINTR, 2), ("eventfd", errno.EMFILE, 3), ("fsync", errno.EIO, 8),
    ("fdatasync", errno.EIO, 4), ("ftruncate64", errno.EIO, 2), ("rename", errno.ENOSPC, 5), ("close", errno.EDQUOT, 6),
    ("flock", errno.ENOLCK, 4),
    ("unlink", errno.EACCES, 3), ("mkdir", errno.EACCES, 2), ("mmap64", errno.ENOMEM, 2),
    ("pthread_create", errno.EAGAIN, 3), ("open", errno.EMFILE, 12), ("malloc", errno.ENOMEM, 40),
]


def sample(count, size):
    """`size` numbers of 1 to `count`, the first and the last ones among them, evenly spread."""
    wanted = os.environ.get("FAULTS", "0")
    size = count if wanted == "all" else max(size, int(wanted))
    if count <= size:
        return range(1, count + 1)
    return sorted({1 + round(i * (count - 1) / (size - 1)) for i in range(size)})


class Faults(Test):
    def setUp(self):
        super().setUp()
        self.names = NameServer(ADDRESSES)
        self.addCleanup(self.names.close)

    def scan(self, fleet, call, number, error):
        """Runs into a fresh folder. @return the scan, its folder, how many such calls there were."""
        folder = self.folder / f"{call}-{number}"
        folder.mkdir()
        (folder / "baseline").write_text(BASELINE)
        count = folder / "count"
        scan = Scan(*TARGETS, "-p", fleet.port, "--retries", "0", "-t", "2", "--no-config",
                    "--dns-server", f"127.0.0.1:{self.names.port}", "-o", folder / "out",
                    "--csv", folder / "out" / "hosts.csv", "--history", folder / "history.db",
                    "--baseline", folder / "baseline", "--update-baseline", "--lock", folder / "lock",
                    # libseccomp 2.5 frees twice what it could not allocate.
                    *(["--no-sandbox"] if call == "malloc" else []),
                    env={"LD_PRELOAD": str(LIBRARY), "FAULT_CALL": call, "FAULT_NTH": str(number),
                         "FAULT_ERRNO": str(error), "FAULT_COUNT": str(count),
                         "ASAN_OPTIONS": "verify_asan_link_order=0"})
        return scan, folder, int(count.read_text()) if count.exists() else 0

    def check_whole_results(self, path, port):
        records = [json.loads(line) for line in path.read_text().splitlines()]
        self.assertEqual(["run", "end"], [records[0]["type"], records[-1]["type"]])
        hosts = [record for record in records[1:-1] if record["type"] == "host"]
        targets = [host["target"].removesuffix(f":{port}") for host in hosts]
        self.assertEqual(sorted(TARGETS), sorted(targets))

    def check_no_torn_file(self, folder, port):
        """Whatever stands in its place is whole."""
        out = folder / "out"
        if (out / "results.jsonl").exists():
            self.check_whole_results(out / "results.jsonl", port)
        if (out / "report.json").exists():
            self.assertEqual(len(TARGETS), json.loads((out / "report.json").read_text())["run"]
                             ["inventory"]["targets"])
        if (out / "report.html").exists():
            self.assertTrue((out / "report.html").read_text().rstrip().endswith("</html>"))
        if (out / "hosts.csv").exists():
            self.assertEqual(1 + len(TARGETS), (out / "hosts.csv").read_text().count("\n"))
        baseline = (folder / "baseline").read_text()
        self.assertIn("127.1.0.14", baseline)
        self.assertTrue(baseline.endswith("\n"))
        self.check_history(folder / "history.db")

    def check_history(self, path):
        if not path.exists() or path.stat().st_size == 0:
            return
        with sqlite3.connect(path) as database:
            self.assertEqual([("ok",)], database.execute("PRAGMA integrity_check").fetchall())
            tables = dict(database.execute("SELECT name, 1 FROM sqlite_master WHERE type='table'"))
            if "run" in tables:
                self.assertLessEqual(database.execute("SELECT count(*) FROM run").fetchone()[0], 1)
        database.close()

    def check(self, scan, folder, port, call):
        self.assertNotIn("Sanitizer", scan.err)
        self.assertIn(scan.status, (0, 1, 2, 3, 4), scan.err[-2000:])
        self.check_no_torn_file(folder, port)
        results = folder / "out" / "results.jsonl"
        if scan.status in (0, 1):
            self.check_whole_results(results, port)
            self.assertTrue((folder / "out" / "report.html").exists())
        elif not results.exists():
            self.assertIn("fleetscan: ", scan.err)
            if call in ("fsync", "rename", "close"):  # everything was written by then
                self.check_whole_results(results.with_name("results.jsonl.part"), port)

    def test_one_call_after_the_other(self):
        tried = {}
        with Fleet(self.write("fleet.scenario", SCENARIO)) as fleet:
            for call, error, size in CALLS:
                if SANITIZED and call == "malloc":
                    continue
                scan, folder, count = self.scan(fleet, call, 0, error)
                self.assertEqual(0, scan.status, scan.err)
                self.check(scan, folder, fleet.port, call)
                statuses = {}
                for number in sample(count, size):
                    with self.subTest(call=call, number=number, of=count):
                        scan, folder, _ = self.scan(fleet, call, number, error)
                        statuses[scan.status] = statuses.get(scan.status, 0) + 1
                        self.check(scan, folder, fleet.port, call)
                tried[call] = (count, statuses)
        for call, (count, statuses) in tried.items():
            ends = ", ".join(f"{times} x exit {status}" for status, times in sorted(statuses.items()))
            print(f"{call:15} {count:6} calls  {ends}")
        self.assertGreater(tried["connect"][0], 15)  # the library is in force
        self.assertGreater(tried["pwrite64"][0], 10)

    def test_what_cannot_be_started_is_started_later(self):
        """The system has no socket, port or buffer for five connections in a row."""
        cases = [("socket", errno.EMFILE), ("socket", errno.ENOMEM), ("socket", errno.ENOBUFS),
                 ("connect", errno.ENOBUFS), ("connect", errno.EADDRNOTAVAIL)]
        with Fleet(self.write("fleet.scenario", "127.0.0.0/8 healthy\n")) as fleet:
            for call, error in cases:
                with self.subTest(call=call, error=errno.errorcode[error]):
                    path = self.folder / f"{call}-{error}.jsonl"
                    scan = Scan("127.1.0.1-127.1.0.40", "-p", fleet.port, "--depth", "banner",
                                "--retries", "0", "--no-config", "--jsonl", path,
                                env={"LD_PRELOAD": str(LIBRARY), "FAULT_CALL": call, "FAULT_NTH": "8",
                                     "FAULT_TIMES": "5", "FAULT_ERRNO": str(error),
                                     "ASAN_OPTIONS": "verify_asan_link_order=0"})
                    self.assertEqual(0, scan.status, scan.err)
                    hosts = [json.loads(line) for line in path.read_text().splitlines()][1:-1]
                    self.assertEqual(40, len({host["target"] for host in hosts}))
                    self.assertEqual({("ok", 1)}, {(host["class"], len(host["attempts"]))
                                                   for host in hosts})
                    self.assertIn("5 connections had to wait: this machine ran out of", scan.err)


if __name__ == "__main__":
    main()
