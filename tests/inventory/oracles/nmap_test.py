#!/usr/bin/env python3
"""Octet ranges and prefixes against nmap's list scan, which sends nothing."""

import ipaddress
import shutil
import subprocess

from oracle import Comparison, arguments, ask, skip

options, random = arguments()
if not shutil.which("nmap"):
    skip("nmap is not installed")


def octet(wide):
    parts = []
    for _ in range(random.choice([1, 1, 2])):
        low = random.randrange(256)
        high = min(255, low + random.randrange(6))
        parts.append(random.choice([str(low), f"{low}-{high}"]))
    if wide and random.random() < 0.4:
        parts = [random.choice(["*", "-", f"{random.randrange(250, 256)}-", f"-{random.randrange(4)}"])]
    return ",".join(parts)


def expression():
    kind = random.random()
    if kind < 0.25:
        return f"{ipaddress.IPv4Address(random.getrandbits(32))}/{random.randrange(22, 33)}"
    if kind < 0.4:
        return f"{ipaddress.IPv6Address(random.getrandbits(128))}/{random.randrange(120, 129)}"
    text = ".".join(octet(wide=i == 3) for i in range(4))
    if random.random() < 0.1:  # and some that are wrong
        text = random.choice([text.replace(".", "..", 1), text + ".", text + ",256", text.replace(".", ".300-", 1)])
    return text


def expand(answer):
    addresses = []
    for first, last in answer:
        first, last = ipaddress.ip_address(first), ipaddress.ip_address(last)
        addresses += [str(type(first)(n)) for n in range(int(first), int(last) + 1)]
    return sorted(addresses)


def listed(text, v6):
    command = ["nmap", "-sL", "-n"] + (["-6"] if v6 else []) + [text]
    done = subprocess.run(command, capture_output=True, text=True)
    lines = [line.split()[-1] for line in done.stdout.splitlines() if line.startswith("Nmap scan report for ")]
    return sorted(str(ipaddress.ip_address(a)) for a in lines) or None


comparison = Comparison()
expressions = [expression() for _ in range(options.cases)]
for text, answer in zip(expressions, ask(options, [["expand", text] for text in expressions])):
    ours = expand(answer) if isinstance(answer, list) and all(isinstance(a, list) for a in answer) else None
    comparison.check(text, ours, listed(text, ":" in text))
comparison.finish(at_least=options.cases * 4 // 5)
