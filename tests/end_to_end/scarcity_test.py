"""This machine runs short of something: the scan slows down and says so, and no host is blamed."""

import json
import os
import pathlib
import re
import subprocess
import time

from harness import FLEETSCAN, Fleet, Scan, Test, clean_environment, main

HOSTS = 400
STALL_SECONDS = 3  # longer than the delay from which an identification counts as slow
FINISH_SECONDS = 60
# Their results are some 4 MB and 12 MB: more than may wait in the process.
FEW_SUBNETS, MANY_SUBNETS = 20, 60
SLACK_MB = 4


class Scarcity(Test):
    def test_out_of_descriptors(self):
        """Most of what the limit allows is taken already, which the scan cannot know."""
        taken = [os.open("/dev/null", os.O_RDONLY) for _ in range(110)]
        self.addCleanup(lambda: [os.close(number) for number in taken])
        with Fleet(self.write("s", "127.1.0.0/16 healthy latency=100ms\n")) as fleet:
            scan = Scan("127.1.0.0-127.1.1.143", "-p", fleet.port, "--per-subnet", HOSTS,
                        "--depth", "banner", "--jsonl", self.folder / "r.jsonl",
                        descriptors=max(taken) + 60, inherited=taken)
        lines = (self.folder / "r.jsonl").read_text().splitlines()
        results = [json.loads(line) for line in lines][1:-1]
        self.assertEqual(0, scan.status, scan.err)
        self.assertEqual(HOSTS, len({result["target"] for result in results}))
        self.assertEqual({"ok"}, {result["class"] for result in results})
        # A start that failed here is no attempt.
        self.assertEqual({1}, {len(result["attempts"]) for result in results})
        self.assertIn("connections had to wait: this machine ran out of descriptors", scan.err)

    def test_hardly_any_descriptors(self):
        """However few there are, the scan ends with a status and a word, and blames no host."""
        for limit in range(6, 32):
            with self.subTest(limit=limit):
                scan = Scan("127.1.0.1:1", "--retries", "0", "-o", self.folder / f"report{limit}",
                            "--history", self.folder / f"history{limit}", descriptors=limit)
                self.assertIn(scan.status, (1, 3, 4), scan.err)
                if scan.status != 1:
                    self.assertIn("fleetscan: ", scan.err)

    def stalled(self, subnets, *options):
        """Results of a scan into a pipe that nobody reads at first, and its memory by then in MB."""
        with Fleet(self.write("s", "127.1.0.0/16 healthy\n")) as fleet:
            process = subprocess.Popen(
                [FLEETSCAN, f"127.1.0.0-127.1.{subnets - 1}.255", "-p", str(fleet.port), "--depth",
                 "banner", "--jsonl", "-", *options],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=clean_environment())
            time.sleep(STALL_SECONDS)
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
            output, _ = process.communicate(timeout=FINISH_SECONDS)
        self.assertEqual(0, process.returncode)
        results = [json.loads(line) for line in output.splitlines()][1:-1]
        self.assertEqual(subnets * 256, len(results))
        self.assertEqual(len(results), len({result["target"] for result in results}))
        # It was the reader who was slow, not the hosts.
        self.assertEqual({"ok"}, {result["class"] for result in results})
        return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) / 1024

    def test_slow_reader(self):
        for threads in ("1", "2"):
            with self.subTest(threads=threads):
                few = self.stalled(FEW_SUBNETS, "--threads", threads)
                many = self.stalled(MANY_SUBNETS, "--threads", threads)
                self.assertLess(many, few + SLACK_MB)


if __name__ == "__main__":
    main()
