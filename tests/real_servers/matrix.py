#!/usr/bin/env python3
"""Plays every scenario that has a true cause and prints the confusion matrix of the diagnosis.

usage: matrix.py FLEETSCAN [REGULAR-EXPRESSION of the scenarios to play]

Exit status 0 if the class is right in all of them, the true cause first in at least 90%, and among
the first three in all.
"""

import collections
import re
import sys

import lab as laboratory
import network_test
import servers_test
import services
from scenarios import play_all


def print_matrix(found):
    """found: {(true cause, first cause): count}"""
    print("\ntrue cause              first cause of the diagnosis, and how often")
    for true in sorted({true for true, _ in found}):
        firsts = ", ".join(f"{first} {count}" for (other, first), count in sorted(found.items())
                           if other == true)
        print(f"{true:<23} {firsts}")


def main():
    laboratory.enter()
    pattern = (sys.argv[2:] or [""])[0]
    every = [scenario for test in (servers_test, network_test, services)
             for scenario in test.scenarios() if scenario.cause]
    wanted = [scenario for scenario in every if re.search(pattern, scenario.name)]
    for scenario in wanted:
        if scenario.needs:
            print(f"skip {scenario.name}: needs {scenario.needs}", flush=True)
    found = collections.Counter()
    played = right_class = first = among_three = 0
    for scenario, got, record, evidence in play_all(sys.argv[1],
                                                    [s for s in wanted if not s.needs]):
        causes = [cause["cause"] for cause in record["causes"]] if record else []
        rank = causes.index(scenario.cause) + 1 if scenario.cause in causes else 0
        class_is_right = bool(record) and record["class"] == scenario.expected.split()[0]
        played += 1
        right_class += class_is_right
        first += rank == 1
        among_three += 1 <= rank <= 3
        found[scenario.cause, causes[0] if causes else "none"] += 1
        word = "good" if class_is_right and rank == 1 else "LOOK"
        print(f"{word} {scenario.name}: expected {scenario.expected.split()[0]}, got {got}; "
              f"{scenario.cause} is number {rank or 'none'} of {', '.join(causes) or 'no causes'}",
              flush=True)
        if not record:
            print(evidence, flush=True)
    print_matrix(found)
    print(f"\n{played} scenarios: class right in {right_class}, true cause first in {first}, "
          f"among the first three in {among_three}")
    good = right_class == among_three == played and first >= 0.9 * played
    sys.exit(0 if good and played else 1)


main()
