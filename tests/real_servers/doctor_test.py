#!/usr/bin/env python3
"""Runs the script of `fleetscan doctor` on the failing host itself and compares the cause that it names.

usage: doctor_test.py FLEETSCAN [--tuning] [REGULAR-EXPRESSION of the scenarios to play]

Every scenario of the laboratory whose fault lies on the host: the script gets the host's address, its port
and the client's address; then, tailored, the record of a scan as well. Where the fault lies elsewhere, and on
healthy hosts, it must name no cause. In all scenarios with a fault, wherever it lies, the scan and what the
host then says are joined by `fleetscan report --doctor` to one verdict. Every third scenario is held back
from tuning and told apart; --tuning leaves those out.

Exit status 0 if the script alone names the true cause in at least 96% of the scenarios, those held back
included, with the record in all, none where there is none, and the joined verdict the true one in at least
97%.
"""

import argparse
import concurrent.futures
import dataclasses
import json
import pathlib
import re
import subprocess
import tempfile
import traceback

import doctor_scenarios
import lab as laboratory
import network_test
import proxy_headers
import servers_test
import services
from network import CLIENT, CLIENT6, SERVER, SERVER6
from scenarios import OPTIONS

AT_ONCE = 4
TRIES = 2  # after the first, alone: the script's own limit cuts short what a busy machine makes slow
SECONDS = 30  # the script allows itself ten, on a machine that is not busy
WANTED = 0.96
WANTED_JOINED = 0.97
NOTHING = "no result"
# By turns, those that are installed: as often as they are somebody's sh, roughly.
SHELLS = ("dash", "busybox sh", "bash", "dash", "busybox sh", "mksh")

# A scan cannot tell these from another cause; the host can.
TRUE_ON_THE_HOST = {
    "reject: port-unreachable, by one host among well ones": "firewall_reject",  # the rule bans nobody
    "reject: tcp reset, by one host among well ones": "firewall_reset",
    "reject: net-unreachable": "firewall_reject",  # no router, but a rule
    "reject: IPv6 no-route": "firewall_reject",
}
# The router, the client or what a user knows is to blame: the host is well.
ELSEWHERE = re.compile("by the router|for the whole subnet|MTU|no such host|no neighbor has|router without|"
                       "known_hosts|own filter|route here|silent at our first words|server switched off|"
                       "a neighbor that drops|one key exchange method hangs")
# There is no host to ask, or another one is scanned.
ABSENT = re.compile("no such host|no neighbor has|router without|a neighbor that drops|own filter: IPv6")
# Lines of Python in the test's own process play these: the host has no such program. doctor_scenarios.py has
# the programs themselves.
STAND_INS = {"TLS server", "mail server", "database server", "tarpit", "SSH-1 only", "a notice, then closed",
             "too many connections, in a message", "balancer in HTTP mode", "PROXY protocol to sshd",
             "proxy without a live backend", "one of two backends is dead"}


class Case:
    """A scenario and the cause that the host should name; none if it is well."""

    def __init__(self, scenario):
        self.scenario = scenario
        self.name = scenario.name
        self.cause = TRUE_ON_THE_HOST.get(scenario.name, scenario.cause)
        self.truth = self.cause  # wherever it lies
        if ELSEWHERE.search(scenario.name):
            self.cause = ""
        self.held = False


def cases():
    others = [scenario for test in (servers_test, network_test, services, proxy_headers) for scenario in test.scenarios()
              if scenario.cause and scenario.name not in STAND_INS and not ABSENT.search(scenario.name)]
    every = [Case(scenario) for scenario in [*others, *doctor_scenarios.faults(), *doctor_scenarios.healthy()]]
    for index, case in enumerate(case for case in every if case.cause):
        case.held = index % 3 == 2
    return every


class Place:
    """Where the script runs and what its user knows."""

    def __init__(self, lab, subject):
        names = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
        self.namespace = f"server{lab.serial}" if re.search(rf"^server{lab.serial}\b", names, re.M) else None
        host, self.port = subject.target.rsplit(":", 1)
        self.host = host.strip("[]")
        self.address = self.host if re.fullmatch("[0-9a-f.:]+", self.host) else SERVER
        six = ":" in self.address
        self.client = (CLIENT6 if six else CLIENT) if self.namespace else "::1" if six else "127.0.0.1"
        assert six == (self.address in (SERVER6, "::1"))

    def words(self):
        return ["--port", self.port, "--address", self.address, "--from", self.client, "--resolve", "--json"]


def shells():
    found = [words.split() for words in SHELLS
             if subprocess.run([*words.split(), "-c", "true"], capture_output=True, check=False).returncode == 0]
    return found


def examine(script, place, shell):
    """The record that the script prints there."""
    with tempfile.NamedTemporaryFile("w", suffix=".sh", dir="/run") as file:
        file.write(script)
        file.flush()
        done = subprocess.run(laboratory.within(place.namespace, [*shell, file.name, *place.words()]), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=SECONDS, check=False)
    record = json.loads(done.stdout)
    if done.stderr or done.returncode != (1 if record["cause"] else 0):
        raise RuntimeError(f"exit {done.returncode}: {done.stderr}")
    return record


class Scan:
    """One scan of the subject, and what becomes of its results."""

    def __init__(self, fleetscan, case, subject, lab):
        self.fleetscan, self.folder = fleetscan, lab.folder
        self.results = lab.folder / "results.jsonl"
        options = {**OPTIONS, **case.scenario.options, **subject.options}
        words = [word for option in options.items() for word in option if word is not None]
        subprocess.run(laboratory.within(subject.namespace, [
            fleetscan, "--jsonl", self.results, "--progress", "none", *words, subject.target]),
            stdin=subprocess.DEVNULL, capture_output=True, timeout=90, check=False)

    def script(self, place):
        """The script with what the scan saw."""
        return laboratory.run(self.fleetscan, "doctor", "--for", self.results, place.host)

    def verdict(self, record):
        """The cause that a report names first, of the scan and of what the host says."""
        said = self.folder / "doctor.json"
        said.write_text(json.dumps(record))
        done = subprocess.run([self.fleetscan, "report", self.results, "--doctor", said, "--json", "-"],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False)
        if not done.stdout:
            raise RuntimeError(f"report: exit {done.returncode}: {done.stderr}")
        opinion, = json.loads(done.stdout)["doctors"]
        return opinion["joint"] or ""


@dataclasses.dataclass
class Answer:
    """Causes, "" for none: of the script alone, of the tailored one, of the scan and the host together."""

    alone: str
    tailored: str
    joined: str
    record: str


def play(fleetscan, case, number, kinds):
    try:
        with laboratory.Lab() as lab:
            subject = case.scenario.start(lab)
            place = Place(lab, subject)
            shell = kinds[number % len(kinds)]
            alone = tailored = examine(laboratory.run(fleetscan, "doctor"), place, shell)
            answer = Answer(alone["cause"] or "", "", "", json.dumps(alone, indent=1))
            if not case.truth:
                return answer
            scan = Scan(fleetscan, case, subject, lab)
            if case.cause:
                tailored = examine(scan.script(place), place, shell)
            answer.tailored, answer.joined = tailored["cause"] or "", scan.verdict(tailored)
            return answer
    except Exception:  # any trouble of the laboratory is this scenario's failure
        return Answer(NOTHING, NOTHING, NOTHING, traceback.format_exc())


def play_all(fleetscan, wanted):
    kinds = shells()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        running = {pool.submit(play, fleetscan, case, number, kinds): case
                   for number, case in enumerate(wanted) if not case.scenario.alone}
        for future in concurrent.futures.as_completed(running):
            yield running[future], future.result()
    for number, case in enumerate(wanted):
        if case.scenario.alone:
            yield case, play(fleetscan, case, number, kinds)


def is_good(case, answer):
    return answer.alone == case.cause and (not case.truth or (
        answer.tailored == case.cause and answer.joined == case.truth))


def told(answers):
    """Prints each as it comes."""
    for case, answer in answers:
        good = is_good(case, answer)
        print(f"{'good' if good else 'LOOK'} {case.name}: {case.truth or 'well'}, named {answer.alone or 'nothing'}, "
              f"with the record {answer.tailored or 'nothing'}, joined {answer.joined or 'nothing'}"
              f"{' (held back)' if case.held else ''}", flush=True)
        if not good and (not case.held or answer.alone == NOTHING):
            print(answer.record, flush=True)
        yield case, answer


def count(kind, answers):
    """How many name the host's cause; where it is well, none."""
    return sum(getattr(answer, kind) == case.cause for case, answer in answers)


def share(part, whole):
    return f"{part} of {whole} ({part / max(whole, 1):.0%})"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("fleetscan")
    parser.add_argument("pattern", nargs="?", default="")
    parser.add_argument("--tuning", action="store_true")
    parser.add_argument("--summary", type=pathlib.Path)
    arguments = parser.parse_args()
    laboratory.enter()
    wanted = [case for case in cases() if re.search(arguments.pattern, case.name) and not (arguments.tuning and case.held)]
    missing = [case for case in wanted if case.scenario.needs]
    for case in missing:
        print(f"skip {case.name}: needs {case.scenario.needs}", flush=True)
    answers = dict(told(play_all(arguments.fleetscan, [case for case in wanted if not case.scenario.needs])))
    for number in range(TRIES):
        again = [case for case, answer in answers.items() if not is_good(case, answer)]
        answers |= dict(told((case, play(arguments.fleetscan, case, number, shells())) for case in again))
    answers = list(answers.items())
    faults = [(case, answer) for case, answer in answers if case.cause]
    well = [(case, answer) for case, answer in answers if not case.cause]
    truths = [(case, answer) for case, answer in answers if case.truth]
    held = [(case, answer) for case, answer in faults if case.held]
    alone, false_alarms = count("alone", faults), len(well) - count("alone", well)
    tailored, joined = count("tailored", faults), sum(answer.joined == case.truth for case, answer in truths)
    text = (f"{len(faults)} hosts at fault: the script names the true cause in {share(alone, len(faults))}, of those "
            f"held back in {share(count('alone', held), len(held))}; with the scan's record in "
            f"{share(tailored, len(faults))}\n"
            f"{len(well)} hosts that are well: a cause is named in {false_alarms}\n"
            f"{len(truths)} faults, wherever they lie: scan and host together name the true cause first in "
            f"{share(joined, len(truths))}\n{len(missing)} not playable here\n")
    print(f"\n{text}", end="")
    if arguments.summary:
        arguments.summary.write_text(text)
    failed = (not answers or false_alarms or tailored < len(faults) or alone < WANTED * len(faults)
              or joined < WANTED_JOINED * len(truths))
    laboratory.end(failed, missing)


main()
