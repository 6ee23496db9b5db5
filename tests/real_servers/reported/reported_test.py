#!/usr/bin/env python3
"""Plays what people reported: each wire's class and cause, and whether ssh judges it alike.

usage: reported_test.py FLEETSCAN [REGULAR-EXPRESSION of the reports to play]

Every third report is held back from tuning; the result tells both figures. Fails if a class is
wrong, if a cause is behind its rank, or if ssh gets in where the scan says that it does not, or the
other way around. What depends on milliseconds is played again, alone.
"""

import concurrent.futures
import json
import re
import shutil
import subprocess
import sys
import time

from table import REPORTS, VARIANTS
from wires import RsaKey, Server

SKIPPED = 77
PORT = 2222
AT_ONCE = 8
SCAN_SECONDS = 120
SSH_SECONDS = 20
REACHED = ("reachable", "degraded")
SSH = ["ssh", "-v", "-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no",
       "-o", "UserKnownHostsFile=/dev/null", "-o", "GlobalKnownHostsFile=/dev/null",
       "-o", "IdentityFile=/dev/null", "-o", "IdentitiesOnly=yes", "-p", str(PORT)]

# Where ssh and the scan differ, and why that is right. Besides: ok_legacy_algorithms says that only
# old clients can agree, which today's ssh is not.
DIFFERENCES = {
    "only its ML-DSA host key": "needs an ssh that is newer than most distributions'",
}


def scan(fleetscan, address):
    done = subprocess.run([fleetscan, f"{address}:{PORT}", "--jsonl", "-", "--no-config",
                           "--progress", "none"], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=SCAN_SECONDS, check=False)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    return next(record for record in records if record["type"] == "host")


def ssh_gets_in(address):
    """Whether ssh comes to authentication, which begins once both sides use the new keys."""
    process = subprocess.Popen([*SSH, f"nobody@{address}"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + SSH_SECONDS
    timer = concurrent.futures.ThreadPoolExecutor(1)
    timer.submit(lambda: (wait_until(process, end), process.kill()))
    try:
        return any("SSH2_MSG_NEWKEYS received" in line for line in process.stderr)
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
        timer.shutdown()


def wait_until(process, end):
    try:
        process.wait(max(0, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        pass


class Result:
    def __init__(self, report, record, gets_in):
        self.report, self.record = report, record
        causes = [cause["cause"] for cause in record["causes"]]
        self.causes = causes
        self.rank = causes.index(report.cause) + 1 if report.cause in causes else 0
        self.class_is_right = record["class"] == report.outcome
        self.alike = gets_in is None or gets_in == (record["state"] in REACHED)

    @property
    def cause_is_right(self):
        return not self.report.cause or 1 <= self.rank <= self.report.among

    @property
    def good(self):
        return self.class_is_right and self.cause_is_right and self.alike

    def text(self):
        report = self.report
        return (f"{'good' if self.good else 'LOOK'} {report.name}: {self.record['class']}"
                f"{'' if self.class_is_right else f' instead of {report.outcome}'}"
                f"{'' if self.alike else ', and ssh differs'}; "
                f"{report.cause or 'no cause'} is number {self.rank or 'none'} of "
                f"{', '.join(self.causes[:4]) or 'none'}")


def play(fleetscan, key, index, report):
    address = f"127.23.{index // 200 + 1}.{index % 200 + 1}"
    with Server(report.wire, address, PORT, key):
        record = scan(fleetscan, address)
    if report.by_turns or report.name in DIFFERENCES or record["class"] == "ok_legacy_algorithms":
        return index, Result(report, record, None)
    with Server(report.wire, address, PORT, key):
        return index, Result(report, record, ssh_gets_in(address))


def figure(name, results):
    def part(wanted, of):
        return f"{sum(map(wanted, of))} of {len(of)}"

    caused = [result for result in results if result.report.cause]
    return (f"{name}: class right in {part(lambda r: r.class_is_right, results)}, true cause first "
            f"in {part(lambda r: r.rank == 1, caused)}, among the first three in "
            f"{part(lambda r: 1 <= r.rank <= 3, caused)}, judged as by ssh in "
            f"{part(lambda r: r.alike, results)}")


def main():
    if not all(shutil.which(tool) for tool in ("ssh", "ssh-keygen")):
        print("skipped: needs ssh and ssh-keygen")
        sys.exit(SKIPPED)
    wanted = [(index, report) for index, report in enumerate([*REPORTS, *VARIANTS])
              if re.search((sys.argv[2:] or [""])[0], report.name)]
    key = RsaKey()
    results, missing = {}, wanted
    for at_once in (AT_ONCE, AT_ONCE, 1, 1, 1):
        with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
            for index, result in pool.map(lambda row: play(sys.argv[1], key, *row), missing):
                results[index] = result
                print(result.text(), flush=True)
        missing = [row for row in wanted if not results[row[0]].good]
        if not missing:
            break
    reported = {i: result for i, result in results.items() if i < len(REPORTS)}
    print(figure("reported, tuned to", [r for i, r in reported.items() if i % 3 != 2]))
    print(figure("reported, held back", [r for i, r in reported.items() if i % 3 == 2]))
    print(figure("variants", [r for i, r in results.items() if i >= len(REPORTS)]))
    failed = sum(not result.good for result in results.values())
    print(f"{len(results)} reports, {failed} failed")
    sys.exit(1 if failed or not results else 0)


if __name__ == "__main__":
    main()
