#!/usr/bin/env python3
"""ssh_config files against `ssh -G`."""

import getpass
import os
import pathlib
import shutil
import subprocess
import tempfile

from oracle import Comparison, arguments, ask, skip

options, random = arguments()
if not shutil.which("ssh"):
    skip("ssh is not installed (package openssh-client)")

NAMES = ["web1", "web2", "db1", "db2", "bastion", "Mixed", "x.example.net"]
USERS = ["root", "admin", getpass.getuser(), "*", "r*", "!root"]
PATTERNS = ["*", "web*", "db?", "*.example.net", "!web2", "!db1", "?eb1"]


def setting():
    key = random.choice(["HostName", "hostname", "Port", "PORT", "AddressFamily", "ProxyJump", "ProxyCommand", "User", "Compression"])
    value = {
        "hostname": ["%h", "%h.example.org", "10.0.0.7", "Real.Example.Org", "2001:db8::7", "node-%h"],
        "port": ["22", "2222", "65535"],
        "addressfamily": ["any", "inet", "inet6"],
        "proxyjump": ["none", "gate", "user@gate:2200"],
        "proxycommand": ["none", "nc -X connect %h %p"],
        "user": ["root", "admin"],
        "compression": ["yes"],
    }[key.lower()]
    text = random.choice(value)
    if not key.startswith("Proxy") and random.random() < 0.2:
        text = f'"{text}"'
    return f"{random.choice(['', '  ', chr(9)])}{key}{random.choice([' ', '=', ' = ', '   '])}{text}"


def match():
    """A Match line of one to three criteria."""
    criteria = []
    for _ in range(random.randrange(1, 4)):
        name = random.choice(["host", "originalhost", "Host", "user", "localuser", "canonical", "final"])
        negation = random.choice(["", "", "", "!"])
        if name in ("final", "canonical"):
            criteria.append(negation + name)
            continue
        values = USERS if "user" in name else NAMES + PATTERNS + ["*.example.org", "node-*", "10.0.0.*"]
        value = ",".join(random.sample(values, random.choice([1, 1, 2, 3])))
        value = random.choice([value, value, f'"{value}"'])
        criteria.append(f"{negation}{name}{random.choice([' ', '=', ' = '])}{value}")
    return "Match " + " ".join(criteria)


def block(depth, folder):
    lines = []
    kind = random.random()
    if kind < 0.55:
        words = random.sample(NAMES, random.choice([0, 1, 1, 2])) + random.sample(PATTERNS, random.choice([0, 0, 1, 2]))
        random.shuffle(words)
        words = words or ["web1"]
        lines.append(f"{random.choice(['Host', 'host', 'HOST'])} " + " ".join(words))
    elif kind < 0.9:
        lines.append(random.choice(["Match all", match(), match(), match()]))
    for _ in range(random.randrange(4)):
        lines.append(setting())
        if random.random() < 0.1:
            lines.append(random.choice(["", "# comment", "   # Host no"]))
    if depth < 2 and random.random() < 0.15:
        path = pathlib.Path(folder, f"inc{random.getrandbits(48):x}.conf")
        path.write_text(config(depth + 1, folder))
        lines.append(f"Include {path}")
        if random.random() < 0.5:
            lines.append(setting())
    return lines


def config(depth, folder):
    lines = [line for _ in range(random.randrange(1, 6)) for line in block(depth, folder)]
    return random.choice(["\n", "\n", "\r\n"]).join(lines) + "\n"


def oracle(path, host):
    done = subprocess.run(["ssh", "-G", "-F", path, host], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    values = dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)
    proxied = "proxyjump" in values or values.get("proxycommand", "none") != "none"
    family = {"any": None, "inet": 4, "inet6": 6}[values["addressfamily"]]
    return values["hostname"], int(values["port"]), family, proxied


comparison = Comparison()
with tempfile.TemporaryDirectory() as folder:
    os.environ["HOME"] = folder
    while comparison.same + len(comparison.different) < options.cases:
        paths = []
        for i in range(50):
            path = pathlib.Path(folder, f"config{i}")
            path.write_text(config(0, folder))
            paths.append(str(path))
        answers = ask(options, [["load", "ssh-config", path] for path in paths])
        for path, answer in zip(paths, answers):
            assert isinstance(answer, list), answer
            for target in answer:
                # ssh writes the host as it was typed; we keep it in lower case.
                spelled = next((n for n in NAMES if n.lower() == target["host"]), target["host"])
                ours = target["connect"], target["port"], target.get("family"), bool(target["skip"])
                comparison.check(f"{spelled} in\n{pathlib.Path(path).read_text()}", ours, oracle(path, spelled))
comparison.finish(at_least=options.cases)
