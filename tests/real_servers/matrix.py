#!/usr/bin/env python3
"""Plays every scenario that has a true cause, and prints the diagnosis's confusion matrix.

usage: matrix.py FLEETSCAN [--summary FILE] [REGULAR-EXPRESSION of the scenarios to play]

Exit status 0 if the class is right in all of them, the true cause first in at least 90%, and among
the first three in all. Some classes depend on milliseconds, in every attempt: a scenario that ends in
another class, or with its cause further behind, is played again, alone, a few times at most, and the
result says how many were. FILE gets matrix and result.
"""

import argparse
import collections
import pathlib
import re

import lab as laboratory
import network_test
import proxy_headers
import servers_test
import services
from scenarios import TRIES, play, play_all


AMONG = 3  # the first so many causes have the true one


class Result:
    """What became of a scenario: its class, and the rank of its true cause (0: not named)."""

    def __init__(self, scenario, record):
        self.scenario = scenario
        self.causes = [cause["cause"] for cause in record["causes"]] if record else []
        self.rank = self.causes.index(scenario.cause) + 1 if scenario.cause in self.causes else 0
        self.got = record["class"] if record else "no result"
        self.class_is_right = bool(record) and record["class"] in (scenario.expected.split()[0], scenario.or_slow)
        self.as_meant = self.class_is_right and 1 <= self.rank <= AMONG

    def text(self, got):
        word = "good" if self.class_is_right and self.rank == 1 else "LOOK"
        return (f"{word} {self.scenario.name}: expected {self.scenario.expected.split()[0]}, got "
                f"{got}; {self.scenario.cause} is number {self.rank or 'none'} of "
                f"{', '.join(self.causes) or 'no causes'}")


def matrix(results):
    found = collections.Counter((result.scenario.cause, (result.causes or ["none"])[0])
                                for result in results)
    lines = ["true cause              first cause of the diagnosis, and how often"]
    for true in sorted({true for true, _ in found}):
        firsts = ", ".join(f"{first} {count}" for (other, first), count in sorted(found.items())
                           if other == true)
        lines.append(f"{true:<23} {firsts}")
    return "\n".join(lines)


def play_wanted(fleetscan, wanted):
    """Returns the results and how many scenarios were played again."""
    results, twice = [], 0
    for scenario, got, record, evidence in play_all(fleetscan, wanted):
        result = Result(scenario, record)
        twice += not result.as_meant
        for _ in range(TRIES):
            if result.as_meant:
                break
            print(f"once more: {result.text(got)}", flush=True)
            got, record, evidence = play(fleetscan, scenario)
            result = Result(scenario, record)
        print(result.text(got), flush=True)
        if not result.class_is_right:
            print(evidence, flush=True)
        results.append(result)
    return results, twice


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("fleetscan")
    parser.add_argument("pattern", nargs="?", default="")
    parser.add_argument("--summary", type=pathlib.Path)
    arguments = parser.parse_args()
    laboratory.enter()
    every = [scenario for test in (servers_test, network_test, services, proxy_headers)
             for scenario in test.scenarios() if scenario.cause]
    wanted = [scenario for scenario in every if re.search(arguments.pattern, scenario.name)]
    missing = [scenario for scenario in wanted if scenario.needs]
    for scenario in missing:
        print(f"skip {scenario.name}: needs {scenario.needs}", flush=True)
    results, twice = play_wanted(arguments.fleetscan, [s for s in wanted if not s.needs])

    played = len(results)
    right = sum(result.class_is_right for result in results)
    first = sum(result.rank == 1 for result in results)
    among_three = sum(1 <= result.rank <= AMONG for result in results)
    text = (f"{matrix(results)}\n\n{played} scenarios: class right in {right}, true cause first in "
            f"{first} ({first / max(played, 1):.0%}), among the first three in {among_three}\n"
            f"{twice} of them played again, {len(missing)} not playable here\n")
    print(f"\n{text}", end="")
    if arguments.summary:
        arguments.summary.write_text(text)
    good = right == among_three == played and first >= 0.9 * played
    laboratory.end(not good or not played, missing)


if __name__ == "__main__":
    main()
