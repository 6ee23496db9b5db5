"""Scenarios as a table, their results in one line each, and the loop that runs them."""

import concurrent.futures
import dataclasses
import json
import re
import sys
import traceback
from typing import Callable

import lab as laboratory

AT_ONCE = 6
TRIES = 5  # after the first: some classes depend on milliseconds, which a busy machine may take
OPTIONS = {"--retries": "0", "--patience": "0", "--timeout": "6"}


@dataclasses.dataclass(frozen=True)
class Scenario:
    """One row. `start` gets a Lab, arranges the world and returns a Subject."""

    name: str
    expected: str  # what `text` makes of the record
    start: Callable
    options: dict = dataclasses.field(default_factory=dict)  # beside or instead of OPTIONS
    alone: bool = False  # its class depends on a few milliseconds: nothing else runs meanwhile
    cause: str = ""  # the true one, for the laboratory's matrix; empty where nothing is wrong
    needs: str = ""  # why this machine cannot play it; empty where it can
    or_slow: str = ""  # the class where a fork takes more than the two milliseconds between them


@dataclasses.dataclass(frozen=True)
class Subject:
    """What is scanned, from where, and the host keys that it truly has."""

    target: str
    fingerprints: dict = dataclasses.field(default_factory=dict)
    options: dict = dataclasses.field(default_factory=dict)
    namespace: str = None
    neighbors: tuple = ()  # scanned in the same run


def text(record, fingerprints):
    """A host record in one line: the class, then what matters of the slot, the host key and the
    attempts where there were several."""
    words = [record["class"]]
    if record.get("slot"):
        words.append(f"slot={record['slot']}")
    key = record.get("host_key")
    if key:
        words.append(key["type"])
        words.append("verified" if key["verified"] else "unverified")
        if key["known"] != "unchecked":
            words.append(f"known={key['known']}")
        if key["sha256"] != fingerprints.get(key["type"]):
            words.append(f"WRONG {key['sha256']}")
    if len(record["attempts"]) > 1:
        words.append("attempts=" + ",".join(attempt["class"] for attempt in record["attempts"]))
    return " ".join(words)


def examine(fleetscan, scenario):
    """Returns (what was got in one line, the host record, the server's log)."""
    with laboratory.Lab() as lab:
        subject = scenario.start(lab)
        options = {**OPTIONS, **scenario.options, **subject.options}
        record = laboratory.scan(fleetscan, options, subject.target, subject.namespace,
                                 subject.neighbors)
        return text(record, subject.fingerprints), record, lab.log()


def play(fleetscan, scenario):
    """Returns (what was got in one line, the host record, the evidence to print if that was not
    expected)."""
    try:
        got, record, log = examine(fleetscan, scenario)
        return got, record, json.dumps(record, indent=1) + "\n--- server's log\n" + log
    except Exception as error:  # any trouble of the laboratory is this scenario's failure
        return f"no result: {error}", None, traceback.format_exc()


def play_all(fleetscan, scenarios):
    """Yields (scenario, got, record, evidence) as they end: first those that can run beside others."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        running = {pool.submit(play, fleetscan, s): s for s in scenarios if not s.alone}
        for future in concurrent.futures.as_completed(running):
            yield running[future], *future.result()
    for scenario in scenarios:
        if scenario.alone:
            yield scenario, *play(fleetscan, scenario)


def main(scenarios):
    """usage: TEST FLEETSCAN [REGULAR-EXPRESSION of the scenarios to play]"""
    laboratory.enter()
    wanted = [s for s in scenarios() if re.search((sys.argv[2:] or [""])[0], s.name)]
    failed = 0
    for scenario in wanted:
        if scenario.needs:
            print(f"skip {scenario.name}: needs {scenario.needs}", flush=True)
    for scenario, got, _, evidence in play_all(sys.argv[1], [s for s in wanted if not s.needs]):
        for _ in range(TRIES):
            if got == scenario.expected:
                break
            print(f"once more: {scenario.name}: got {got}", flush=True)
            got, _, evidence = play(sys.argv[1], scenario)
        good = got == scenario.expected
        verdict = "good" if good else "FAIL"
        print(f"{verdict} {scenario.name}: expected {scenario.expected}, got {got}", flush=True)
        if not good:
            failed += 1
            print(evidence, flush=True)
    print(f"{len(wanted)} scenarios, {failed} failed")
    laboratory.end(failed or not wanted, any(scenario.needs for scenario in wanted))
