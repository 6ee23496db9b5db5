#!/usr/bin/env python3
"""Plays scenarios whose cause is this machine's address or path, each from one vantage and from two,
and prints how often the true cause comes first.

usage: vantage_matrix.py FLEETSCAN [REGULAR-EXPRESSION of the scenarios to play]

Exit status 0 if with the second vantage the true cause is first in at least 98%, and in no fewer
scenarios than without. The second vantage has a network of its own beside the first one's, and the
fault does not concern it, but where one of the two families does not work for anybody.

Left out, for nothing on the wire tells them apart from outside: a silent drop of a lone host's packets
(a ban, a filter on the way and a missing way back look alike; among neighbors they do not), and a
blackhole route, which is a filter that drops.
"""

import pathlib
import re
import sys
import traceback

import lab as laboratory
from lab import run, run_ip
from matrix import Result, matrix
from network import (CLIENT, CLIENT6, NEIGHBORS, NEIGHBORS6, SERVER, SERVER6, WITHOUT_SYN, add_namespace,
                     add_neighbors, add_rule, add_wire, routed_network)
from scenarios import AT_ONCE, OPTIONS, TRIES, Scenario, Subject
from servers import KEY_TYPES, SSHD, sshd_knows_tcp_wrappers, start_sshd

import concurrent.futures

FLEETSCAN = pathlib.Path(sys.argv[1]).resolve()
WANTED = 0.98
PORTS = "tcp dport 22"
OURS, OURS6 = f"ip saddr {CLIENT}", f"ip6 saddr {CLIENT6}"  # an address's rule, as a ban has it
HERE = "iifname left"  # what comes by our wire, as an access list on the way has it

# What ssh does, without ssh: the last word is what the shell at the vantage runs.
SSH = """#!/bin/sh
for word; do last=$word; done
exec ip netns exec {} env "PATH={}:$PATH" sh -c "$last"
"""

# sshd's own words, to one address only: its port, the address, what it says.
TURNS_AWAY = """
import os, socket, sys
address, banned, words = sys.argv[1:4]
listener = socket.create_server((address, 22))
while True:
    connection, peer = listener.accept()
    if peer[0] == banned:
        connection.sendall(words.encode() + b"\\r\\n")
    elif os.fork() == 0:
        for number in (0, 1):
            os.dup2(connection.fileno(), number)
        os.execv(sys.argv[4], [sys.argv[4], "-i", "-e", "-f", sys.argv[5]])
    connection.close()
"""


def two_paths(lab):
    """client -- router -- server, and another client with a wire of its own to the router."""
    network = routed_network(lab)
    other = add_namespace(lab, "other")
    add_wire(other, network.router, "aside", "10.3.0.{}/24", "fd00:3::{}/64")
    run_ip(other, ["route add default via 10.3.0.254", "route add ::/0 via fd00:3::254"])
    ssh = lab.folder / "ssh"
    ssh.write_text(SSH.format(other, FLEETSCAN.parent))
    ssh.chmod(0o755)
    return network


def subject(network, address=SERVER, neighbors=()):
    return Subject(f"[{address}]:22" if ":" in address else f"{address}:22", namespace=network.client,
                   neighbors=neighbors)


def among_neighbors(arrange, address=SERVER):
    """An sshd with all the subnet's addresses, after `arrange(network)`."""

    def start(lab):
        network = two_paths(lab)
        add_neighbors(network)
        start_sshd(lab, kinds=("ed25519",), address="::" if ":" in address else "0.0.0.0", namespace=network.server)
        arrange(network)
        return subject(network, address, NEIGHBORS6 if ":" in address else NEIGHBORS)

    return start


def alone(arrange, address=SERVER, **settings):
    def start(lab):
        network = two_paths(lab)
        start_sshd(lab, address=address, namespace=network.server, **{"kinds": ("ed25519",), **settings})
        arrange(network)
        return subject(network, address)

    return start


def on_host(rule):
    return lambda network: add_rule(network.server, "input", rule)


def one_host(rule):
    return on_host(f"ip daddr {SERVER} {rule}")


def one_host6(rule):
    return on_host(f"ip6 daddr {SERVER6} {rule}")


def on_the_way(rule):
    return lambda network: add_rule(network.router, "forward", rule)


def routed(*words, family="-4"):
    """A rule of the router for what comes by our wire: a table of its own, with that route."""

    def arrange(network):
        run("ip", family, "route", "add", *words, "table", "100", namespace=network.router)
        run("ip", family, "rule", "add", "iif", "left", "lookup", "100", namespace=network.router)

    return arrange


def narrow(network, towards, mtu):
    """A black hole on our path alone: what is larger is dropped, and nobody hears of it."""
    for family, there, here in (("-4", "10.2.0.0/24", "10.1.0.0/24"), ("-6", "fd00:2::/64", "fd00:1::/64")):
        if towards == "server":
            run("ip", family, "route", "add", there, "dev", "right", "mtu", "lock", mtu, "table", "100", namespace=network.router)
            run("ip", family, "rule", "add", "iif", "left", "lookup", "100", namespace=network.router)
        else:
            run("ip", family, "route", "delete", here, "dev", "left", namespace=network.router)
            run("ip", family, "route", "add", here, "dev", "left", "mtu", "lock", mtu, namespace=network.router)
    add_rule(network.router, "output", "icmp type destination-unreachable drop\nicmpv6 type packet-too-big drop")


def to_server(network):
    narrow(network, "server", 1400)


def to_client(network):
    narrow(network, "client", 1060)


def turned_away(words):
    def start(lab):
        network = two_paths(lab)
        key = lab.folder / "host"
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
        config = lab.folder / "sshd_config"
        config.write_text(f"HostKey {key}\nUsePAM no\nPidFile none\n")
        lab.until_listening(lab.start(sys.executable, "-c", TURNS_AWAY, SERVER, CLIENT, words, SSHD, config,
                                      namespace=network.server))
        return subject(network)

    return start


def hosts_deny(line):
    def start(lab):
        network = two_paths(lab)
        # The address is this scenario's own: hosts.deny is the whole laboratory's.
        address = f"10.2.0.{100 + lab.serial % 100}"
        run("ip", "address", "add", f"{address}/24", "dev", "right", namespace=network.server)
        start_sshd(lab, kinds=("ed25519",), address=address, namespace=network.server)
        with open("/etc/hosts.deny", "a", encoding="ascii") as deny:  # the laboratory's own /etc
            for name in ("sshd", "sshd-session"):
                deny.write(f"{name}@{address} : {line}\n")
        return subject(network, address)

    return start


def two_families(arrange, listens="::"):
    """A name with an address of each family."""

    def start(lab):
        network = two_paths(lab)
        name = f"twofold{lab.serial}.lab"
        with open("/etc/hosts", "a", encoding="ascii") as hosts:  # the laboratory's own /etc
            hosts.write(f"{SERVER} {name}\n{SERVER6} {name}\n")
        start_sshd(lab, kinds=("ed25519",), address=listens, namespace=network.server)
        arrange(network)
        return Subject(f"{name}:22", namespace=network.client)

    return start


def scenarios():
    no_wrappers = "" if sshd_knows_tcp_wrappers() else "an sshd that is linked with libwrap"
    patient, retried = {"--patience": "3"}, {"--retries": "1", "--patience": "15"}
    long = {"--timeout": "8"}
    rejected, refused, unreachable, silent = "connect_rejected", "connect_refused", "connect_unreachable", "connect_timeout"
    later = f"{PORTS} {WITHOUT_SYN}"
    inspected = f"{PORTS} @th,256,32 0x5353482d reject with tcp reset"
    every_key = {"kinds": tuple(KEY_TYPES)}
    # fmt: off
    return [
        # An address is banned by one host of several that are well, or by a host alone.
        Scenario("ban: port-unreachable", rejected, among_neighbors(one_host(f"{OURS} {PORTS} reject")), cause="source_ban"),
        Scenario("ban: port-unreachable, IPv6", rejected, among_neighbors(one_host6(f"{OURS6} {PORTS} reject"), SERVER6), cause="source_ban"),
        Scenario("ban: port-unreachable, a host alone", rejected, alone(on_host(f"{OURS} {PORTS} reject")), cause="source_ban"),
        Scenario("ban: port-unreachable, IPv6, a host alone", rejected, alone(on_host(f"{OURS6} {PORTS} reject"), SERVER6), cause="source_ban"),
        Scenario("ban: of the whole network", rejected, among_neighbors(one_host(f"ip saddr 10.1.0.0/24 {PORTS} reject")), cause="source_ban"),
        Scenario("ban: tcp reset", refused, among_neighbors(one_host(f"{OURS} {PORTS} reject with tcp reset")), cause="source_ban"),
        Scenario("ban: tcp reset, IPv6", refused, among_neighbors(one_host6(f"{OURS6} {PORTS} reject with tcp reset"), SERVER6), cause="source_ban"),
        Scenario("ban: tcp reset, a host alone", refused, alone(on_host(f"{OURS} {PORTS} reject with tcp reset")), cause="source_ban"),
        Scenario("ban: drop", silent, among_neighbors(one_host(f"{OURS} {PORTS} drop")), patient, cause="source_ban"),
        Scenario("ban: drop, IPv6", silent, among_neighbors(one_host6(f"{OURS6} {PORTS} drop"), SERVER6), patient, cause="source_ban"),
        Scenario("ban: drop of all that comes from us", silent, among_neighbors(one_host(f"{OURS} drop")), patient, cause="source_ban"),
        Scenario("ban: admin-prohibited", unreachable, among_neighbors(one_host(f"{OURS} {PORTS} reject with icmp type admin-prohibited")), cause="source_ban"),
        Scenario("ban: host-prohibited", unreachable, among_neighbors(one_host(f"{OURS} {PORTS} reject with icmp type host-prohibited")), cause="source_ban"),
        Scenario("ban: IPv6 admin-prohibited", unreachable, among_neighbors(one_host6(f"{OURS6} {PORTS} reject with icmpv6 type admin-prohibited"), SERVER6), cause="source_ban"),

        # An access list lets our network not into theirs.
        Scenario("access list: admin-prohibited", unreachable, among_neighbors(on_the_way(f"{HERE} {PORTS} reject with icmp type admin-prohibited")), cause="firewall_reject"),
        Scenario("access list: admin-prohibited, a host alone", unreachable, alone(on_the_way(f"{HERE} {PORTS} reject with icmp type admin-prohibited")), cause="firewall_reject"),
        Scenario("access list: IPv6 admin-prohibited", unreachable, among_neighbors(on_the_way(f"{HERE} {PORTS} reject with icmpv6 type admin-prohibited"), SERVER6), cause="firewall_reject"),
        Scenario("access list: IPv6 admin-prohibited, a host alone", unreachable, alone(on_the_way(f"{HERE} {PORTS} reject with icmpv6 type admin-prohibited"), SERVER6), cause="firewall_reject"),
        Scenario("access list: net-prohibited", unreachable, among_neighbors(on_the_way(f"{HERE} {PORTS} reject with icmp type net-prohibited")), cause="firewall_reject"),
        Scenario("access list: port-unreachable", rejected, among_neighbors(on_the_way(f"{HERE} {PORTS} reject")), cause="firewall_reject"),
        Scenario("access list: port-unreachable, a host alone", rejected, alone(on_the_way(f"{HERE} {PORTS} reject")), cause="firewall_reject"),
        Scenario("access list: IPv6 port-unreachable", rejected, among_neighbors(on_the_way(f"{HERE} {PORTS} reject"), SERVER6), cause="firewall_reject"),
        Scenario("access list: tcp reset", refused, among_neighbors(on_the_way(f"{HERE} {PORTS} reject with tcp reset")), cause="firewall_reset"),
        Scenario("access list: IPv6 tcp reset", refused, among_neighbors(on_the_way(f"{HERE} {PORTS} reject with tcp reset"), SERVER6), cause="firewall_reset"),
        Scenario("access list: drop of the port", silent, among_neighbors(on_the_way(f"{HERE} {PORTS} drop")), patient, cause="firewall_drop"),
        Scenario("access list: drop of the port, a host alone", silent, alone(on_the_way(f"{HERE} {PORTS} drop")), patient, cause="firewall_drop"),
        Scenario("access list: IPv6 drop of the port", silent, among_neighbors(on_the_way(f"{HERE} {PORTS} drop"), SERVER6), patient, cause="firewall_drop"),
        Scenario("access list: drop of everything", silent, among_neighbors(on_the_way(f"{HERE} ip daddr 10.2.0.0/24 drop")), patient, cause="firewall_drop"),
        Scenario("access list: on every host", rejected, among_neighbors(on_host(f"{OURS} {PORTS} reject")), cause="firewall_reject"),

        # Our path loses or resets what belongs to a connection.
        Scenario("path: established, to the server: dropped", "banner_blackholed", alone(on_the_way(f"{HERE} {later} drop")), cause="drop_after_handshake"),
        Scenario("path: established, to us: dropped", "banner_blackholed", alone(on_the_way(f"oifname left tcp sport 22 {WITHOUT_SYN} drop")), cause="drop_after_handshake"),
        Scenario("path: established, among neighbors", "banner_blackholed", among_neighbors(on_the_way(f"{HERE} {later} drop")), cause="drop_after_handshake"),
        Scenario("path: our words are swallowed", "kexinit_stalled", alone(on_the_way(f"{HERE} {PORTS} tcp flags & psh == psh drop")), cause="drop_after_handshake"),
        Scenario("path: the handshake is reset", "connect_reset", alone(on_the_way(f"{HERE} {later} reject with tcp reset")), cause="firewall_reset"),
        Scenario("path: SSH is inspected", "kexinit_reset", alone(on_the_way(f"{HERE} {inspected}")), cause="ssh_inspection"),
        Scenario("path: SSH is inspected, among neighbors", "kexinit_reset", among_neighbors(on_the_way(f"{HERE} {inspected}")), cause="ssh_inspection"),

        # MTU on one path.
        Scenario("MTU: to the server", "kex_mtu_blackhole", alone(to_server), retried, cause="mtu_black_hole"),
        Scenario("MTU: to the server, IPv6", "kex_mtu_blackhole", alone(to_server, SERVER6), retried, cause="mtu_black_hole"),
        Scenario("MTU: to the server, asked once", "kex_mtu_blackhole", alone(to_server), cause="mtu_black_hole"),
        Scenario("MTU: to us", "kex_mtu_blackhole", alone(to_client, **every_key), retried, cause="mtu_black_hole"),
        Scenario("MTU: to us, asked once", "kexinit_stalled", alone(to_client, **every_key), cause="mtu_black_hole"),

        # Penalties and limits by address.
        Scenario("penalty", "banner_throttled", turned_away("Not allowed at this time"), cause="source_penalty"),
        Scenario("penalty, asked twice", "banner_throttled", turned_away("Not allowed at this time"), {"--retries": "1", "--patience": "10"}, cause="source_penalty"),
        Scenario("hosts.deny", "banner_wrapper_refused", hosts_deny(CLIENT), long, cause="tcp_wrappers", needs=no_wrappers),
        Scenario("hosts.deny: twist", "banner_text_closed", hosts_deny(f"{CLIENT} : twist /bin/echo You are not welcome here"), long, cause="tcp_wrappers", needs=no_wrappers),

        # Routes.
        Scenario("route: net-unreachable", unreachable, among_neighbors(on_the_way(f"{HERE} {PORTS} reject with icmp type net-unreachable")), cause="no_route"),
        # A Linux router sends five of these at once and then one a second: so for several, a filter says it in its stead.
        Scenario("route: host-unreachable for us", unreachable, among_neighbors(on_the_way(f"{HERE} {PORTS} reject with icmp type host-unreachable")), cause="no_route"),
        Scenario("route: unreachable for us, a host alone", unreachable, alone(routed("unreachable", "10.2.0.0/24")), cause="no_route"),
        Scenario("route: IPv6 unreachable for us", unreachable, among_neighbors(routed("unreachable", "fd00:2::/64", family="-6"), SERVER6), cause="no_route"),
        Scenario("route: prohibited for us, a host alone", unreachable, alone(routed("prohibit", "10.2.0.0/24")), cause="firewall_reject"),

        # Families.
        Scenario("family: nothing listens on one", "ok_after_retry", two_families(lambda network: None, SERVER6), patient, cause="family_mismatch"),
        Scenario("family: one is dropped for us", silent, two_families(on_the_way(f"{HERE} ip daddr {SERVER} {PORTS} drop")), patient, cause="firewall_drop"),
        Scenario("family: one is rejected for us", "ok_after_retry", two_families(on_the_way(f"{HERE} ip daddr {SERVER} {PORTS} reject")), patient, cause="family_mismatch"),
    ]
    # fmt: on


def examine(scenario):
    """Returns a Result from one vantage and one from both."""
    results = []
    with laboratory.Lab() as lab:
        world = scenario.start(lab)
        options = {**OPTIONS, **scenario.options}
        for words in ((), ("--from", "local", "--from", "aside", "--ssh", str(lab.folder / "ssh"))):
            targets = [world.target, *world.neighbors]
            _, hosts = laboratory.scan_all(FLEETSCAN, options, targets, world.namespace, words)
            record = next(record for record in hosts.values() if record["host"] not in world.neighbors)
            results.append(Result(scenario, record))
    return results


def play(scenario):
    for number in range(TRIES + 1):  # some classes depend on milliseconds
        try:
            results = examine(scenario)
            if all(result.class_is_right for result in results) or number == TRIES:
                return results
        except Exception:  # any trouble of the laboratory is this scenario's failure
            print(f"once more: {scenario.name}: {traceback.format_exc()}", flush=True)
    return [Result(scenario, None)] * 2


def main():
    laboratory.enter()
    pattern = (sys.argv[2:] or [""])[0]
    wanted = [scenario for scenario in scenarios() if re.search(pattern, scenario.name)]
    missing = [scenario for scenario in wanted if scenario.needs]
    wanted = [scenario for scenario in wanted if not scenario.needs]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        played = list(pool.map(play, wanted))
    for scenario, (one, both) in zip(wanted, played):
        good = both.class_is_right and both.rank == 1
        print(f"{'good' if good else 'LOOK'} {scenario.name}: {scenario.cause} is number {one.rank or 'none'} of "
              f"{', '.join(one.causes[:4]) or 'none'} ({one.got}) from one vantage, {both.rank or 'none'} of "
              f"{', '.join(both.causes[:4]) or 'none'} ({both.got}) from two", flush=True)
    first = [sum(result.rank == 1 for result in column) for column in zip(*played)]
    right = sum(both.class_is_right for _, both in played)
    total = max(len(played), 1)
    print(matrix([both for _, both in played]))
    print(f"\n{len(played)} scenarios: class right in {right}; true cause first in {first[0]} "
          f"({first[0] / total:.0%}) from one vantage, {first[1]} ({first[1] / total:.0%}) from two; "
          f"{len(missing)} not playable here")
    good = right == len(played) and first[1] >= WANTED * total and first[1] >= first[0]
    laboratory.end(not good or not played, missing)


if __name__ == "__main__":
    main()
