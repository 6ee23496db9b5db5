#!/usr/bin/env python3
"""What the diagnosis costs: scans with and without --no-diagnose, alternately.

usage: diagnosis_cost.py BUILD_FOLDER [--rounds N] [--hosts N]

A healthy host must cost the same CPU time either way, and a fleet of which a part fails must take at
most --patience longer. Prints both; exit status 1 if either is not so.
"""

import argparse
import pathlib
import statistics
import sys
import tempfile

from bench import FIRST, Fleet, Program, run

PATIENCE = 5  # seconds
SLACK = 0.5  # seconds: of starting, and of a busy machine
MOST_CPU_RATIO = 1.05  # beyond it a difference is more than this machine's noise

SICK = """127.16.0.0/28 silent
127.16.0.16/28 kex_stall
127.16.0.32/28 close
127.16.0.48/28 kexinit_stall
"""


def scan(build, port, targets, *words):
    command = [build / "fleetscan", *targets, "-p", port, "-q", "--progress", "none", "--patience",
               PATIENCE, "--timeout", "2", *words]
    return run(Program("fleetscan", command, 1, lambda _: 0))


def alternately(rounds, *sides):
    """Returns for each side the median CPU time and wall clock time."""
    runs = list(zip(*[[side() for side in sides] for _ in range(rounds)]))
    return [(statistics.median(figures.cpu for figures in side),
             statistics.median(figures.wall for figures in side)) for side in runs]


def cost_of_healthy_hosts(build, hosts, rounds):
    targets = [f"{FIRST}-{FIRST + hosts - 1}"]
    with Fleet(build / "tests/simulator/fleet_simulator") as port:
        (asking, _), (silent, _) = alternately(
            rounds, lambda: scan(build, port, targets),
            lambda: scan(build, port, targets, "--no-diagnose"))
    ratio = asking / silent
    print(f"CPU per healthy host: {asking * 1e6 / hosts:.0f} us, with --no-diagnose "
          f"{silent * 1e6 / hosts:.0f} us; ratio {ratio:.3f}, at most {MOST_CPU_RATIO}")
    return ratio <= MOST_CPU_RATIO


def time_for_sick_hosts(build):
    with tempfile.NamedTemporaryFile("w", suffix=".scenario") as scenario:
        scenario.write(SICK)
        scenario.flush()
        with Fleet(build / "tests/simulator/fleet_simulator", scenario.name) as port:
            (_, asking), (_, silent) = alternately(
                1, lambda: scan(build, port, [f"{FIRST}-{FIRST + 63}"]),
                lambda: scan(build, port, [f"{FIRST}-{FIRST + 63}"], "--no-diagnose",
                             "--retries", "0"))
    print(f"64 sick hosts: {asking:.1f} s, first attempts alone {silent:.1f} s; longer by "
          f"{asking - silent:.1f} s, at most --patience {PATIENCE}")
    return asking - silent <= PATIENCE + SLACK


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--hosts", type=int, default=4000)
    arguments = parser.parse_args()
    good = [cost_of_healthy_hosts(arguments.build, arguments.hosts, arguments.rounds),
            time_for_sick_hosts(arguments.build)]
    sys.exit(0 if all(good) else 1)


main()
