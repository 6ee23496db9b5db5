"""Ground truth under load: scans a simulated fleet of all classes again and again while everything
goes wrong that can: busy cores, lost packets, a flaky name server, few descriptors, a scanner that is
stopped and continued, a wall clock that jumps (with faketime). The first round has all of that, each
further one another mixture.

A round fails if a healthy host is called unreachable, if a failing host's class is none that its
fault can show (KINDS), if a target has no record or two, or if an output is torn. A reset is sent
once: where each connection's was lost, silence is all that can be seen (SILENT), and only counted.

usage: chaos.py FLEETSCAN FLEET_SIMULATOR [--hosts N] [--seconds S] [--seed N] [--records FILE]

Rounds begin until the seconds have passed, one at least. The records of wrong verdicts go to FILE.
Needs root, and nft. Runs in a network namespace of its own, from which no packet can leave.
"""

import argparse
import collections
import contextlib
import ctypes
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "end_to_end"))
from harness import FLEETSCAN, SCENARIOS, SKIPPED, Fleet, clean_environment  # noqa: E402
from name_server import SERVER_FAILURE, NameServer  # noqa: E402

SCAN_SECONDS = 280
CLONE_NEWNET = 0x40000000
FAKETIME = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
HEALTHY_SHARE = 0.8
NAMED = 3  # each third host is listed by a name
OURS = "scanner_"  # what we blame on ourselves is no wrong verdict, in this share of hosts at most:
MOST_OURS = 0.01

# The classes that one fault can come to: they differ by milliseconds only, or by a first failure.
REACHED = {"ok", "ok_slow", "ok_after_retry"}
CLOSED = {"banner_closed_fast", "banner_closed_after_start", "banner_closed_late"}
RESET = {"connect_reset", "banner_reset"}
SILENT = {"banner_silent", "kexinit_stalled", "kex_stalled"}
KINDS = {each: kind for kind in (REACHED, CLOSED, RESET) for each in kind}


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def run(*command, text=None):
    subprocess.run(command, input=text, text=True, check=True, capture_output=True, timeout=30)


def enter_network():
    """Only a loopback interface is here."""
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    if os.geteuid() != 0:
        skip("a network namespace and priorities need root")
    if missing := [tool for tool in ("ip", "nft") if not shutil.which(tool)]:
        skip(f"not installed: {' '.join(missing)} (scripts/setup.sh --tests)")
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        skip(f"no network namespace: {os.strerror(ctypes.get_errno())}")
    run("ip", "link", "set", "lo", "up")


class Hosts:
    """A fleet of `count` hosts, all classes among them, and what becomes of each."""

    def __init__(self, count, chance):
        lines = [line.split("#")[0].rstrip() for line in
                 (SCENARIOS / "all_classes.scenario").read_text().splitlines()]
        rules = [line.split(maxsplit=1)[1].rsplit(" expect=", 1) for line in lines
                 if line.startswith("127.") and " expect=" in line]
        rules = [(behavior.strip(), expected) for behavior, expected in rules]
        healthy = [rule for rule in rules if rule[1] in REACHED]
        failing = [rule for rule in rules if rule[1] not in REACHED]
        self.scenario, self.expected, self.zone = [], {}, {}
        for rules, share in ((healthy, HEALTHY_SHARE), (failing, 1 - HEALTHY_SHARE)):
            each = max(1, round(count * share / len(rules)))
            for behavior, expected in rules:
                self.add(behavior, expected, each)
        for number in range(max(1, count // 200)):
            self.add_name(f"none{number}.test", None, "resolve_not_found")
            self.add_name(f"failing{number}.test", SERVER_FAILURE, "resolve_failure")
            self.add_name(f"nowhere{number}.test", ["0.0.0.0"], "resolve_suspicious")
        self.targets = list(self.expected)
        chance.shuffle(self.targets)

    def add(self, behavior, expected, count):
        network = 10 + len(self.scenario)
        self.scenario.append(f"127.{network}.0.0/16 {behavior}\n")
        for number in range(count):
            address = f"127.{network}.{number // 250}.{number % 250 + 1}"
            if number % NAMED == 0:
                self.add_name(f"h{network}-{number}.test", [address], expected)
            else:
                self.expected[address] = expected

    def add_name(self, name, answer, expected):
        if answer is not None:
            self.zone[name] = answer
        self.expected[name] = expected


class Flaky(NameServer):
    """Drops and truncates some queries, and is away for a while."""

    def __init__(self, zone, chance, dropped, truncated, away):
        self.chance, self.dropped, self.truncated = chance, dropped, truncated
        self.away_from = time.monotonic() + 2
        self.away_until = self.away_from + away
        super().__init__(zone)

    def answer(self, query):
        reply = super().answer(query)
        lost = self.away_from < time.monotonic() < self.away_until
        if lost or self.chance.random() < self.dropped:
            return b""
        if self.chance.random() < self.truncated:
            return reply[:2] + b"\x83\x80" + reply[4:6] + b"\0" * 6 + query[12:]
        return reply


class Busy:
    """Loops that keep cores busy, for the length of a `with` block."""

    def __init__(self, loops):
        self.count = loops

    def __enter__(self):
        self.loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"], preexec_fn=ordinary)
                      for _ in range(self.count)]

    def __exit__(self, *_):
        for loop in self.loops:
            loop.kill()
            loop.wait()


@contextlib.contextmanager
def losing(per_mille):
    """Each packet is lost with that chance, once it was sent."""
    if per_mille:
        run("nft", "-f", "-", text="table inet loss { chain arriving { type filter hook prerouting "
            f"priority -300; numgen random mod 1000 < {per_mille} drop; }}; }}")
    yield
    if per_mille:
        run("nft", "delete", "table", "inet", "loss")


def ordinary():
    """In a child: it has no better rights to the processor than others."""
    os.setpriority(os.PRIO_PROCESS, 0, 0)


class Round:
    """One scan under one mixture of adversities."""

    def __init__(self, number, hosts, seed):
        self.chance = random.Random(seed * 1000 + number)
        self.hosts = hosts

        def choose(*values):
            return values[-1] if number == 1 else self.chance.choice(values)

        self.loss = choose(0, 10, 20, 30)  # packets of 1000
        self.busy = choose(0, os.cpu_count(), 2 * os.cpu_count())
        self.descriptors = choose(None, 1000, 400)
        self.stops = choose(0, 2, 4)
        self.jumps = choose(0, 3) if FAKETIME else 0
        self.resolver = choose((0, 0, 0), (0.02, 0.01, 0), (0.02, 0.01, 3))

    def __str__(self):
        dropped, truncated, away = self.resolver
        return (f"loss {self.loss / 10:.0f}%, {self.busy} busy loops, descriptors "
                f"{self.descriptors or 'as they are'}, {self.stops} stops, {self.jumps} clock jumps, "
                f"names: {dropped:.0%} dropped, {truncated:.0%} truncated, {away} s away")

    def play(self, folder):
        """@return as judge()"""
        scenario, targets = folder / "scenario", folder / "targets"
        scenario.write_text("".join(self.hosts.scenario))
        targets.write_text("\n".join(self.hosts.targets) + "\n")
        with Fleet(scenario) as fleet, Flaky(self.hosts.zone, self.chance, *self.resolver) as names:
            os.setpriority(os.PRIO_PROCESS, fleet.process.pid, -15)
            with losing(self.loss), Busy(self.busy):
                status = self.scan(folder, targets, fleet.port, names.address)
        return self.judge(folder / "out", fleet.port, status)

    def scan(self, folder, targets, port, server):
        process = subprocess.Popen(
            [FLEETSCAN, targets, "-p", str(port), "--no-config", "--per-subnet", "256",
             "--dns-server", server, "-o", folder / "out", "--history", folder / "history.db",
             "--csv", folder / "out" / "hosts.csv", *self.without_sandbox()],
            stdout=subprocess.DEVNULL, stderr=(folder / "errors").open("w"), preexec_fn=self.limit,
            env={**clean_environment(), **self.false_clock(folder)})
        try:
            self.disturb(process, folder)
            return process.wait(timeout=SCAN_SECONDS)
        finally:
            process.kill()
            process.wait()

    def limit(self):
        ordinary()
        if self.descriptors:
            resource.setrlimit(resource.RLIMIT_NOFILE, (self.descriptors, self.descriptors))

    def false_clock(self, folder):
        if not self.jumps:
            return {}
        self.set_clock(folder, "+0")
        return {"LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(folder / "clock"),
                "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                "FAKETIME_DONT_RESET": "1"}

    def without_sandbox(self):
        return ["--sandbox", "off"] if self.jumps else []  # the clock reads a file

    @staticmethod
    def set_clock(folder, offset):
        new = folder / "clock.new"
        new.write_text(offset + "\n")
        new.rename(folder / "clock")

    def disturb(self, process, folder):
        events = [self.stop] * self.stops + [self.jump] * self.jumps
        self.chance.shuffle(events)
        for event in events:
            time.sleep(self.chance.uniform(0.5, 4))
            if process.poll() is not None:
                return
            event(process, folder)

    def stop(self, process, _):
        process.send_signal(signal.SIGSTOP)
        time.sleep(self.chance.uniform(0.1, 2.5))
        process.send_signal(signal.SIGCONT)

    def jump(self, _, folder):
        self.set_clock(folder, self.chance.choice(("+3600", "-86400", "+300000000", "-3")))

    def judge(self, out, port, status):
        """@return what is wrong, the records of wrong verdicts, and how often each class came for
        each that was planted"""
        wrong = [] if status in (1, 3) else [f"exit status {status}"]
        try:
            hosts = self.check_outputs(out, wrong)
        except (OSError, ValueError) as error:
            return [*wrong, str(error)], [], collections.Counter()
        got = {record["target"].removesuffix(f":{port}"): record for record in hosts}
        expected = self.hosts.expected
        if len(hosts) != len(expected) or set(got) != set(expected):
            wrong.append(f"{len(hosts)} records of {len(got)} targets instead of {len(expected)}")
        seen = collections.Counter((expected.get(target), record["class"])
                                   for target, record in got.items())
        ours = sum(count for (_, came), count in seen.items() if came.startswith(OURS))
        if ours > MOST_OURS * len(expected):
            wrong.append(f"{ours} hosts are blamed on ourselves")
        records = [{"planted": expected.get(target), **record} for target, record in got.items()
                   if not fits(expected.get(target), record["class"])
                   and not (self.loss and lost_each_reset(expected.get(target), record))]
        wrong += [f"{record['target']} is {record['class']} instead of {record['planted']}"
                  for record in records]
        return wrong, records, seen

    def check_outputs(self, out, wrong):
        """Adds to `wrong` what is torn. @return the hosts' records"""
        records = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
        count = len(self.hosts.expected)
        if [records[0]["type"], records[-1]["type"]] != ["run", "end"]:
            wrong.append("results.jsonl is torn")
        if json.loads((out / "report.json").read_text())["run"]["inventory"]["targets"] != count:
            wrong.append("report.json has another number of targets")
        if (out / "hosts.csv").read_text().count("\n") != 1 + count:
            wrong.append("hosts.csv has another number of hosts")
        if not (out / "report.html").read_text().rstrip().endswith("</html>"):
            wrong.append("report.html is torn")
        return [record for record in records if record["type"] == "host"]


def fits(planted, came):
    return came == planted or came in KINDS.get(planted, ()) or came.startswith(OURS)


def lost_each_reset(planted, record):
    ends = {attempt["close"] for attempt in record["attempts"]}
    by_reset = planted in ("banner_wrapper_refused", "banner_reset", "kexinit_reset", "kex_reset")
    return by_reset and record["class"] in SILENT and ends == {"timeout"}


def load():
    return " ".join(f"{each:.1f}" for each in os.getloadavg())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("fleetscan")
    parser.add_argument("simulator")
    parser.add_argument("--hosts", type=int, default=20000)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--records", default=os.devnull)
    options = parser.parse_args()
    enter_network()
    os.setpriority(os.PRIO_PROCESS, 0, -10)  # the fleet and the name server are never late
    began, rounds, failed, total = time.monotonic(), 0, 0, collections.Counter()
    while rounds == 0 or time.monotonic() < began + options.seconds:
        rounds += 1
        this = Round(rounds, Hosts(options.hosts, random.Random(options.seed)), options.seed)
        print(f"round {rounds}: {this}", flush=True)
        start = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="fleetscan-chaos-") as folder:
            wrong, records, seen = this.play(pathlib.Path(folder))
        total.update(seen)
        failed += bool(wrong)
        print(f"  {seen.total()} hosts judged in {time.monotonic() - start:.0f} s, load {load()}; "
              f"{len(wrong)} violations", flush=True)
        for line in wrong[:20]:
            print(f"  WRONG: {line}")
        with open(options.records, "a", encoding="utf-8") as file:
            file.writelines(json.dumps(record) + "\n" for record in records)
    for (planted, came), count in sorted(total.items(), key=str):
        if planted != came:
            print(f"  {count} x {came} where {planted} was planted")
    print(f"{rounds} rounds, {total.total()} hosts judged, load {load()}; "
          f"{failed} rounds with violations")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
