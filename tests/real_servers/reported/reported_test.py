#!/usr/bin/env python3
"""Plays what people reported: each wire's class and cause, and whether ssh judges it alike.

usage: reported_test.py FLEETSCAN [REGULAR-EXPRESSION of the reports to play]

The scanner, a router and the hosts have namespaces of their own. Every third report is held back
from tuning; the result tells both figures. Fails if a class is wrong, if a cause is behind its
rank, or if ssh gets in where the scan says that it does not, or the other way around; but for what
MISSED lists, which counts as missed in the figures. Fails if they are below what is wanted. What
depends on milliseconds is played again, alone.
"""

import concurrent.futures
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import lab as laboratory
from lab import run, within
from network import routed_network
from table import (ABSENT, BOTH_FAMILIES, FAKE_ADDRESS, IPV6, NOBODY, PORT, REPORTS, VARIANTS)
from wires import RsaKey, Server

AT_ONCE = 16
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
    "a post-quantum method that never answers": "an ssh of before 9.9 does not know that method",
    "a mesh whose large answers are lost": "this ssh asks for a method with large answers",
}

# What the scan does not find, and why.
MISSED = {
    "a router's proxy whose exit does not carry port 22":
        "that all hosts go through a proxy shows in a run of many",
    "a jump server that lets only some clients in":
        "the scan has one name; --ident asks with another",
    "a sandbox lets no SSH out": "that nobody is reached shows in a run of many",
    "a mesh whose large answers are lost":
        "answers as large as a post-quantum method's come only to who can speak it",
    "MaxStartups 2:33:8": "two of two connections met the limit, a third is not made",
}
# Reports about one key exchange method. A build that cannot speak it is to get in by another one, and
# to say that this one was not tried.
ABOUT_METHOD = {"a post-quantum method that never answers": "mlkem768x25519-sha256"}

WANTED = {"class": 0.98, "first": 0.75, "among three": 0.95}
HELD_BACK_WITHIN = 0.05  # of the rest

# Where a report's filter stands, and whose address it looks at.
CHAINS = {"arriving": ("server", "input", "daddr"), "leaving": ("server", "output", "saddr"),
          "passing": ("router", "forward", "daddr"), "returning": ("router", "forward", "saddr")}


class World:
    """The hosts' side of the network: this process is in the server's namespace."""

    def __init__(self, client, router, reports):
        self.client, self.router = client, router
        for index, report in reports:
            self.add(index, report)

    @staticmethod
    def address(index, report):
        return FAKE_ADDRESS if report.fake else f"10.2.0.{index + 2}"

    @staticmethod
    def address6(index):
        return f"fd00:2::{index + 2:x}"

    def add(self, index, report):
        address = self.address(index, report)
        if report.fake:
            run("ip", "address", "add", f"{address}/32", "dev", "lo")
            run("ip", "route", "add", address, "via", "10.2.0.1", namespace=self.router)
        elif report.wire is not ABSENT:
            run("ip", "address", "add", f"{address}/24", "dev", "right")
        if report.at in (IPV6, BOTH_FAMILIES):
            run("ip", "address", "add", f"{self.address6(index)}/64", "dev", "right")
        if report.fake or report.at == BOTH_FAMILIES:
            names = [address] + ([self.address6(index)] if report.at == BOTH_FAMILIES else [])
            with open("/etc/hosts", "a", encoding="ascii") as hosts:
                hosts.writelines(f"{one} {self.name(index)}\n" for one in names)
        for place, rule in report.filters:
            self.filter(*CHAINS[place], address, rule)

    def filter(self, role, hook, side, address, rule):
        run("nft", "-f", "-", namespace=self.router if role == "router" else None, text_input=f"""
            table ip reported {{ chain {hook} {{ type filter hook {hook} priority 0; }}; }}
            add rule ip reported {hook} ip {side} {address} {rule}""")

    @staticmethod
    def name(index):
        return f"report{index}.lab"

    def target(self, index, report):
        """The host as the scanner is told it."""
        if report.fake or report.at == BOTH_FAMILIES:
            return self.name(index)
        return self.address6(index) if report.at == IPV6 else self.address(index, report)

    def serve(self, index, report, key):
        if report.wire in (NOBODY, ABSENT):
            return contextlib.nullcontext()
        address = (self.address6(index) if report.at == BOTH_FAMILIES
                   else self.address(index, report))
        return Server(report.wire, address, PORT, key)


def scan(fleetscan, world, host):
    target = f"[{host}]:{PORT}" if ":" in host else f"{host}:{PORT}"
    done = subprocess.run(within(world.client, [
        fleetscan, target, "--jsonl", "-", "--no-config", "--progress", "none"]),
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SCAN_SECONDS, check=False)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    return next(record for record in records if record["type"] == "host")


def ssh_gets_in(world, host):
    """Whether ssh comes to authentication, which begins once both sides use the new keys."""
    process = subprocess.Popen(within(world.client, [*SSH, f"nobody@{host}"]),
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
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


def play(fleetscan, world, key, index, report):
    host = world.target(index, report)
    with world.serve(index, report, key):
        record = scan(fleetscan, world, host)
    if report.by_turns or report.name in DIFFERENCES or record["class"] == "ok_legacy_algorithms":
        return index, Result(report, record, None)
    with world.serve(index, report, key):
        return index, Result(report, record, ssh_gets_in(world, host))


def figure(name, results):
    def part(wanted, of):
        return f"{sum(map(wanted, of))} of {len(of)}"

    caused = [result for result in results if result.report.cause]
    return (f"{name}: class right in {part(lambda r: r.class_is_right, results)}, true cause first "
            f"in {part(lambda r: r.rank == 1, caused)}, among the first three in "
            f"{part(lambda r: 1 <= r.rank <= 3, caused)}, judged as by ssh in "
            f"{part(lambda r: r.alike, results)}")


def shares(results):
    """How often the class is right, the true cause first, and among the first three."""
    caused = [result for result in results if result.report.cause]
    return {"class": sum(r.class_is_right for r in results) / max(len(results), 1),
            "first": sum(r.rank == 1 for r in caused) / max(len(caused), 1),
            "among three": sum(1 <= r.rank <= 3 for r in caused) / max(len(caused), 1)}


def falls_short(tuned, held_back):
    """What of the figures is not as wanted, as a text for each."""
    both, apart = shares([*tuned, *held_back]), shares(held_back)
    rest = shares(tuned)
    return [f"{name} {both[name]:.1%} of all" for name in WANTED if both[name] < WANTED[name]] + [
        f"{name} {apart[name]:.1%} of the held back, {rest[name]:.1%} of the rest"
        for name in WANTED if apart[name] < rest[name] - HELD_BACK_WITHIN]


def methods_not_tried(fleetscan):
    """What a run says of this build."""
    done = subprocess.run([fleetscan, "127.0.0.1:1", "-v", "--no-config", "--retries", "0"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=SCAN_SECONDS, check=False)
    told = re.search(r"methods not tried, [^:]*: (.*)", done.stderr)
    return told[1].split(", ") if told else []


def as_this_build_sees_it(report, not_tried):
    if ABOUT_METHOD.get(report.name) not in not_tried:
        return report
    return dataclasses.replace(report, outcome="ok", cause="")


def play_all(fleetscan, client, router):
    not_tried = methods_not_tried(fleetscan)
    wanted = [(index, as_this_build_sees_it(report, not_tried)) for index, report in enumerate([*REPORTS, *VARIANTS])
              if re.search((sys.argv[2:] or [""])[0], report.name)]
    world, key = World(client, router, wanted), RsaKey()
    results, missing = {}, wanted
    for at_once in (AT_ONCE, AT_ONCE, 1, 1, 1):
        with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
            for index, result in pool.map(lambda row: play(fleetscan, world, key, *row), missing):
                results[index] = result
                print(result.text(), flush=True)
        missing = [(index, report) for index, report in wanted
                   if not results[index].good and report.name not in MISSED]
        if not missing:
            break
    reported = {i: result for i, result in results.items() if i < len(REPORTS)}
    tuned = [result for i, result in reported.items() if i % 3 != 2]
    held_back = [result for i, result in reported.items() if i % 3 == 2]
    print(figure("reported, tuned to", tuned))
    print(figure("reported, held back", held_back))
    print(figure("variants", [r for i, r in results.items() if i >= len(REPORTS)]))
    failed = sum(not result.good and result.report.name not in MISSED
                 for result in results.values())
    whole = len(results) == len(REPORTS) + len(VARIANTS)
    short = falls_short(tuned, held_back) if whole else []
    for text in short:
        print(f"too few: {text}")
    print(f"{len(results)} reports, {failed} failed")
    sys.exit(1 if failed or short or not results else 0)


def main():
    if "FLEETSCAN_REPORTED" in os.environ:
        play_all(sys.argv[1], *os.environ["FLEETSCAN_REPORTED"].split())
    if not all(shutil.which(tool) for tool in ("ssh", "openssl")):
        laboratory.skip("needs ssh and openssl")
    laboratory.enter()
    with laboratory.Lab() as lab:
        network = routed_network(lab)
        inside = subprocess.run(
            within(network.server, [sys.executable, *sys.argv]), check=False,
            env={**os.environ, "FLEETSCAN_REPORTED": f"{network.client} {network.router}"})
    sys.exit(inside.returncode)


if __name__ == "__main__":
    main()
