#!/usr/bin/env python3
"""What a network does to a scan: refusals, losses and MTU black holes between namespaces."""

import os
import signal
import sys

from network import (NEIGHBORS, NEIGHBORS6, SERVER, SERVER6, WITHOUT_SYN, add_neighbors,
                     add_rule, routed_network, shrink_path)
from scenarios import Scenario, Subject, main
from servers import KEY_TYPES, start_sshd


def filtered(rule, address=SERVER):
    """The server's packet filter has that rule for what comes in."""

    def start(lab):
        network = routed_network(lab)
        add_rule(network.server, "input", rule)
        return served(lab, network, address)

    return start


def filtered_on_the_way(rule, address=SERVER):
    """The router's packet filter has that rule for what it forwards; the subnet has other hosts."""

    def start(lab):
        network = routed_network(lab)
        add_rule(network.router, "forward", rule)
        return among_neighbors(lab, network, address)

    return start


def filtered_like_its_neighbors(rule, address=SERVER):
    """The packet filter of each host of the subnet has that rule."""

    def start(lab):
        network = routed_network(lab)
        add_rule(network.server, "input", rule)
        return among_neighbors(lab, network, address)

    return start


def filtered_alone(rule):
    """The server's filter has that rule; its neighbors are healthy."""
    return filtered_like_its_neighbors(f"ip daddr {SERVER} {rule}")


def among_neighbors(lab, network, address):
    add_neighbors(network)
    everywhere = "::" if ":" in address else "0.0.0.0"
    start_sshd(lab, kinds=("ed25519",), address=everywhere, namespace=network.server)
    neighbors = NEIGHBORS6 if ":" in address else NEIGHBORS
    return Subject(f"[{address}]:22" if ":" in address else f"{address}:22",
                   namespace=network.client, neighbors=neighbors)


def two_families(lab):
    """A name with an address of each family, and an sshd that listens on the IPv6 one only, which
    is the second choice (RFC 6724 section 2.1: unique local addresses rank below IPv4)."""
    network = routed_network(lab)
    name = f"twofold{lab.serial}.lab"
    with open("/etc/hosts", "a", encoding="ascii") as hosts:  # the laboratory's own /etc
        hosts.write(f"{SERVER} {name}\n{SERVER6} {name}\n")
    server = start_sshd(lab, kinds=("ed25519",), address=SERVER6, namespace=network.server)
    return Subject(f"{name}:22", server.fingerprints, namespace=network.client)


def full_accept_queue(lab):
    """A listener that never accepts, its queue filled: the kernel then drops further SYNs."""
    network = routed_network(lab)
    lab.start(sys.executable, "-c", FILL_A_QUEUE, SERVER, namespace=network.server)
    lab.until_logged("full")
    return Subject(f"{SERVER}:22", namespace=network.client)


FILL_A_QUEUE = """
import socket, sys, time
listener = socket.create_server((sys.argv[1], 22), backlog=1)
held = []
for _ in range(8):
    held.append(socket.socket())
    held[-1].settimeout(0.5)
    try:
        held[-1].connect((sys.argv[1], 22))
    except TimeoutError:
        break
else:
    sys.exit("the queue takes all of them")
print("full", flush=True)
time.sleep(120)
"""


def served(lab, network, address=SERVER, kinds=("ed25519",)):
    server = start_sshd(lab, kinds=kinds, address=address, namespace=network.server)
    return Subject(server.target, server.fingerprints, namespace=network.client)


def undisturbed(address):
    def start(lab):
        return served(lab, routed_network(lab), address)

    return start


def answers_lost(lab):
    network = routed_network(lab)
    add_rule(network.server, "output", f"tcp sport 22 {WITHOUT_SYN} drop")
    return served(lab, network)


def deaf_and_filtered(rule):
    """As `filtered`, with an sshd that never says a word."""

    def start(lab):
        network = routed_network(lab)
        add_rule(network.server, "input", rule)
        server = start_sshd(lab, kinds=("ed25519",), address=SERVER, namespace=network.server)
        os.kill(server.process.pid, signal.SIGSTOP)
        return Subject(server.target, namespace=network.client)

    return start


def absent(target):
    def start(lab):
        return Subject(target, namespace=routed_network(lab).client)

    return start


def shrunk(towards, mtu, silent=True, **settings):
    def start(lab):
        network = routed_network(lab)
        shrink_path(network, towards, mtu, silent)
        return served(lab, network, **settings)

    return start


def scenarios():
    good = "ok ssh-ed25519 verified"
    # The second attempt, with small segments, is what confirms a black hole.
    to_server = "kex_mtu_blackhole attempts=kex_mtu_blackhole,ok"
    # With keys of all types, sshd's KEXINIT takes 1040 bytes and more; a clamped segment fits.
    to_client = "kex_mtu_blackhole attempts=kexinit_stalled,ok"
    syn, later = "tcp dport 22", f"tcp dport 22 {WITHOUT_SYN}"
    data = "tcp dport 22 tcp flags & psh == psh"
    retried = {"--retries": "1", "--patience": "15"}
    # fmt: off
    return [
        Scenario("nothing in the way", good, undisturbed(SERVER)),
        Scenario("nothing in the way, IPv6", good, undisturbed(SERVER6)),

        Scenario("reject: tcp reset", "connect_refused", filtered(f"{syn} reject with tcp reset"), cause="firewall_reset"),
        Scenario("reject: port-unreachable, by the router", "connect_rejected", filtered_on_the_way(f"{syn} reject with icmp type port-unreachable"), cause="firewall_reject"),
        Scenario("reject: port-unreachable, by all hosts", "connect_rejected", filtered_like_its_neighbors(f"{syn} reject with icmp type port-unreachable"), cause="firewall_reject"),
        Scenario("reject: port-unreachable, by one host among well ones", "connect_rejected", filtered_alone(f"{syn} reject with icmp type port-unreachable"), cause="source_ban"),
        Scenario("reject: tcp reset, by one host among well ones", "connect_refused", filtered_alone(f"{syn} reject with tcp reset"), cause="source_ban"),
        Scenario("reject: admin-prohibited, by the router", "connect_unreachable", filtered_on_the_way(f"{syn} reject with icmp type admin-prohibited"), cause="firewall_reject"),
        Scenario("reject: tcp reset, by the router", "connect_refused", filtered_on_the_way(f"{syn} reject with tcp reset"), cause="firewall_reset"),
        Scenario("reject: port-unreachable", "connect_rejected", filtered(f"{syn} reject with icmp type port-unreachable"), cause="firewall_reject"),
        Scenario("reject: host-unreachable", "connect_unreachable", filtered(f"{syn} reject with icmp type host-unreachable"), cause="firewall_reject"),
        Scenario("reject: admin-prohibited", "connect_unreachable", filtered(f"{syn} reject with icmp type admin-prohibited"), cause="firewall_reject"),
        Scenario("reject: host-prohibited", "connect_unreachable", filtered(f"{syn} reject with icmp type host-prohibited"), cause="firewall_reject"),
        Scenario("reject: net-unreachable", "connect_unreachable", filtered(f"{syn} reject with icmp type net-unreachable"), cause="no_route"),
        Scenario("reject: net-prohibited", "connect_unreachable", filtered(f"{syn} reject with icmp type net-prohibited"), cause="firewall_reject"),
        Scenario("reject: prot-unreachable", "connect_unreachable", filtered(f"{syn} reject with icmp type prot-unreachable"), cause="firewall_reject"),
        Scenario("reject: IPv6 tcp reset, by the router", "connect_refused", filtered_on_the_way(f"{syn} reject with tcp reset", SERVER6), cause="firewall_reset"),
        Scenario("reject: IPv6 port-unreachable, by the router", "connect_rejected", filtered_on_the_way(f"{syn} reject with icmpv6 type port-unreachable", SERVER6), cause="firewall_reject"),
        Scenario("reject: IPv6 addr-unreachable", "connect_unreachable", filtered(f"{syn} reject with icmpv6 type addr-unreachable", SERVER6), cause="firewall_reject"),
        Scenario("reject: IPv6 no-route", "connect_unreachable", filtered(f"{syn} reject with icmpv6 type no-route", SERVER6), cause="no_route"),
        Scenario("reject: IPv6 admin-prohibited", "connect_unreachable", filtered(f"{syn} reject with icmpv6 type admin-prohibited", SERVER6), cause="firewall_reject"),
        Scenario("router without a route", "connect_unreachable", absent("10.9.9.9"), cause="no_route"),

        Scenario("SYN dropped, the host answers an echo", "connect_timeout", filtered(f"{syn} drop"), {"--patience": "3"}, cause="firewall_drop"),
        Scenario("SYN dropped for the whole subnet", "connect_timeout", filtered_on_the_way("ip daddr 10.2.0.0/24 drop"), {"--patience": "3"}, cause="firewall_drop"),
        Scenario("accept queue full", "connect_timeout", full_accept_queue, {"--patience": "3"}, cause="server_hung"),
        Scenario("nothing listens on one family", "ok_after_retry ssh-ed25519 verified attempts=connect_refused,ok", two_families, {"--patience": "3"}, cause="family_mismatch"),
        Scenario("no such host behind the router", "connect_host_down", absent("10.2.0.77"), cause="host_off"),
        Scenario("SYN dropped", "connect_timeout", filtered(f"{syn} drop"), cause="firewall_drop"),
        Scenario("SYN dropped, IPv6", "connect_timeout", filtered(f"{syn} drop", SERVER6), cause="firewall_drop"),
        Scenario("no neighbor has the address", "connect_host_down", absent("10.1.0.99"), cause="host_off"),
        Scenario("no neighbor has the address, IPv6", "connect_host_down", absent("[fd00:1::99]:22"), cause="host_off"),
        Scenario("handshake reset", "connect_reset", filtered(f"{later} reject with tcp reset"), cause="firewall_reset"),

        Scenario("established, to the server: dropped", "banner_blackholed", filtered(f"{later} drop"), cause="drop_after_handshake"),
        Scenario("established, to the client: dropped", "banner_blackholed", answers_lost, cause="drop_after_handshake"),
        Scenario("established, data to the server: rejected, and silence", "banner_blackholed", deaf_and_filtered(f"{data} reject with icmp type admin-prohibited"), cause="firewall_reject"),
        Scenario("established, data to the server: rejected", "kexinit_stalled", filtered(f"{data} reject with icmp type admin-prohibited"), cause="firewall_reject"),
        Scenario("established, to the server: rejected", "banner_blackholed", filtered(f"{later} reject with icmp type admin-prohibited"), cause="firewall_reject"),

        Scenario("MTU black hole to the server", to_server, shrunk("server", 1400), retried, cause="mtu_black_hole"),
        Scenario("MTU black hole to the server, IPv6", to_server, shrunk("server", 1400, address=SERVER6), retried, cause="mtu_black_hole"),
        Scenario("MTU black hole to the client", to_client, shrunk("client", 1060, kinds=tuple(KEY_TYPES)), retried, cause="mtu_black_hole"),
        Scenario("MTU found by ICMP", good, shrunk("server", 1400, silent=False)),
        Scenario("MTU black hole that small packets pass", good, shrunk("client", 1400)),
    ]
    # fmt: on


if __name__ == "__main__":
    main(scenarios)
