#!/usr/bin/env python3
"""Bracket sets against ClusterShell's nodeset.

Starting nodeset takes a tenth of a second, so most cases ask its library in this process.
"""

import subprocess

from oracle import Comparison, arguments, ask, run_under_interpreter_of

run_under_interpreter_of("nodeset", "clustershell")
from ClusterShell.NodeSet import NodeSet, NodeSetException  # noqa: E402

COMMAND_CASES = 25
options, random = arguments()


def number(padding):
    value = random.choice([random.randrange(12), random.randrange(130)])
    return str(value).zfill(padding) if padding else str(value)


def part():
    padding = random.choice([0, 0, 2, 3])
    first = number(padding)
    if random.random() < 0.3:
        return first
    last = int(first) + random.randrange(25)
    last = str(last).zfill(padding) if padding else str(last)
    if len(first) != len(last) and padding:
        last = first
    step = f"/{random.randrange(1, 6)}" if random.random() < 0.3 else ""
    return f"{first}-{last}{step}"


def expression():
    text = random.choice(["web", "r", "node-"])
    for _ in range(random.choice([1, 1, 2, 3])):  # nodeset wants something between two brackets
        text += "[" + ",".join(part() for _ in range(random.randrange(1, 4))) + "]"
        text += random.choice(["n", ".rack", "-x"])
    if random.random() < 0.08:  # and some that are wrong
        text = random.choice([text.replace("]", "", 1), text.replace("[", "[a", 1), text + "]", text.replace("-", "--", 1)])
    return text


def by_command(text):
    done = subprocess.run(["nodeset", "-e", text], capture_output=True, text=True)
    return sorted(done.stdout.split()) if done.returncode == 0 else None


def by_library(text):
    try:
        return sorted(NodeSet(text))
    except NodeSetException:
        return None


expressions = [expression() for _ in range(options.cases)]
comparison = Comparison()
answers = ask(options, [["expand", text] for text in expressions])
for i, (text, answer) in enumerate(zip(expressions, answers)):
    ours = sorted(set(answer)) if isinstance(answer, list) else None
    comparison.check(text, ours, (by_command if i < COMMAND_CASES else by_library)(text))
comparison.finish(at_least=options.cases * 4 // 5)
