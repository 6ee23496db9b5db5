#!/usr/bin/env python3
"""Our own network is broken in every way we can make it: then no host is called unreachable, and
the scan says by its exit status that it could not tell.

usage: own_network_test.py FLEETSCAN
"""

import pathlib
import subprocess
import sys

import lab as laboratory
from network import SERVER, SERVER6, NEIGHBORS, add_neighbors, add_rule, routed_network
from servers import start_sshd

FEW = {"--retries": "0", "--patience": "2", "--timeout": "3"}
UNDECIDED = 3


def network_with_sshd(lab):
    network = routed_network(lab)
    add_neighbors(network)
    start_sshd(lab, "ListenAddress 0.0.0.0", kinds=("ed25519",), address="::",
               namespace=network.server)
    return network


def without_route(network):
    laboratory.run("ip", "route", "delete", "default", namespace=network.client)


def link_down(network):
    laboratory.run("ip", "link", "set", "left", "down", namespace=network.client)


def filtered(rule):
    return lambda network: add_rule(network.client, "output", rule)


def without_ipv6(network):
    laboratory.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", namespace=network.client)


def all_names(_):
    """A name server that is not there, and names that only it would know."""
    pathlib.Path("/etc/resolv.conf").write_text("nameserver 127.0.0.54\noptions attempts:1\n")


IPV4 = [SERVER, *NEIGHBORS]
BREAKAGES = [
    # name, what breaks it, targets, further options, the one class they may have
    ("no route", without_route, IPV4, {}, "scanner_network"),
    ("link down", link_down, IPV4, {}, "scanner_network"),
    ("own filter rejects", filtered("tcp dport 22 reject"), IPV4, {}, "scanner_network"),
    ("own filter resets", filtered("tcp dport 22 reject with tcp reset"), IPV4, {},
     "scanner_network"),
    ("own filter prohibits, IPv6", filtered("tcp dport 22 reject with icmpx type admin-prohibited"),
     [SERVER6], {}, "scanner_network"),
    ("IPv6 switched off", without_ipv6, [SERVER6, "::1"], {}, "scanner_network"),
    ("own filter drops, the canary's packets, too", filtered("tcp dport 22 drop"), IPV4,
     {"--canary": SERVER}, "scanner_network"),
    ("resolver dead", all_names, ["one.example", "two.example", "three.example"],
     {"--dns-server": "127.0.0.54"}, "scanner_resolver"),
]


def play(fleetscan, break_it, targets, options):
    with laboratory.Lab() as lab:
        network = network_with_sshd(lab)
        before, hosts = laboratory.scan_all(fleetscan, FEW, IPV4, network.client)
        if before != 0 or {host["state"] for host in hosts.values()} != {"reachable"}:
            raise RuntimeError("the network was broken before it was to be")
        break_it(network)
        return laboratory.scan_all(fleetscan, {**FEW, **options}, targets, network.client)


def complaint(status, hosts, expected):
    """What is wrong; empty if nothing is."""
    wrong = [f"{name}: {host['class']}" for name, host in hosts.items()
             if host["state"] == "unreachable" or expected not in ("", host["class"])]
    return "; ".join(wrong) or ("" if status == UNDECIDED else f"exit status {status}")


def starved_complaint(fleetscan):
    """With ever more descriptors: first none for the scan itself, then none for connections, then
    enough. Never is a host unreachable, nor the exit status another than 3, or 0 at the end."""
    statuses = []
    with laboratory.Lab() as lab:
        network = network_with_sshd(lab)
        for limit in range(8, 34, 2):
            command = laboratory.within(network.client, [
                "prlimit", f"--nofile={limit}:{limit}", fleetscan, *IPV4, "--jsonl", "-",
                "--progress", "none", "--retries", "0", "--patience", "2"])
            done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
            if '"state":"unreachable"' in done.stdout:
                return f"with {limit} descriptors a host is called unreachable"
            statuses.append(done.returncode)
    expected = sorted(statuses, reverse=True)
    good = statuses == expected and set(statuses) == {UNDECIDED, 0}
    return "" if good else f"exit statuses {statuses}"


def canary_cases(fleetscan):
    """Yields (name, complaint): dead hosts alone, with a canary that lives, with one that does not."""
    dead = ["10.2.0.77", "10.2.0.78"]
    for name, canaries, status in (("no canary", [], 1), ("a canary is reached", [SERVER], 1),
                                   ("one of two is", ["10.2.0.79", SERVER], 1),
                                   ("no canary is reached", ["10.2.0.79"], UNDECIDED)):
        with laboratory.Lab() as lab:
            network = network_with_sshd(lab)
            words = [word for canary in canaries for word in ("--canary", canary)]
            got, _ = laboratory.scan_all(fleetscan, FEW, dead, network.client, words)
            yield f"canaries: {name}", "" if got == status else f"exit status {got}"


PROXY = """
import socket, threading, time
listener = socket.create_server(("0.0.0.0", 2200), backlog=64)
print("ready", flush=True)
while True:
    peer = listener.accept()[0]
    threading.Timer(0.25, peer.close).start()
"""
FLEET = [f"10.{net}.0.{host}" for net in (3, 4, 5) for host in range(1, 5)]


def proxy_complaint(fleetscan):
    """A proxy on this machine takes every connection, whoever it is for, and closes it."""
    with laboratory.Lab() as lab:
        network = network_with_sshd(lab)
        laboratory.run("nft", "add table ip proxy; add chain ip proxy out { type nat hook output "
                       "priority -100; }; add rule ip proxy out tcp dport 22 redirect to :2200",
                       namespace=network.client)
        with subprocess.Popen(laboratory.within(network.client, [sys.executable, "-c", PROXY]),
                              stdout=subprocess.PIPE) as proxy:
            proxy.stdout.readline()
            status, hosts = laboratory.scan_all(fleetscan, FEW, FLEET, network.client)
            proxy.kill()
    unnamed = [name for name, host in hosts.items() if "proxy" not in (host["note"] or "")]
    return complaint(status, hosts, "scanner_network") or "".join(unnamed)


def main():
    laboratory.enter()
    fleetscan = sys.argv[1]
    results = []
    for name, break_it, targets, options, expected in BREAKAGES:
        results.append((name, complaint(*play(fleetscan, break_it, targets, options), expected)))
    results.append(("descriptors exhausted", starved_complaint(fleetscan)))
    results.append(("a proxy takes every connection", proxy_complaint(fleetscan)))
    results += canary_cases(fleetscan)
    for name, trouble in results:
        print(f"FAIL {name}: {trouble}" if trouble else f"good {name}", flush=True)
    sys.exit(1 if any(trouble for _, trouble in results) else 0)


main()
