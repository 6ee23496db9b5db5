"""Small networks of namespaces: two hosts on a wire, or with a router between them."""

import dataclasses

from lab import run, run_ip

CLIENT, SERVER = "10.1.0.1", "10.2.0.1"
CLIENT6, SERVER6 = "fd00:1::1", "fd00:2::1"
WITHOUT_SYN = "tcp flags & syn == 0"


@dataclasses.dataclass(frozen=True)
class Network:
    """The names of its namespaces; `router` stands between the other two."""

    client: str
    router: str
    server: str


def routed_network(lab):
    """client -- router -- server, IPv4 and IPv6, nothing filtered.

    Rejects and losses are put into the router or the server: an ICMP message names the one from
    which it comes.
    """
    network = Network(*(add_namespace(lab, name) for name in ("client", "router", "server")))
    add_wire(network.client, network.router, "left", "10.1.0.{}/24", "fd00:1::{}/64")
    add_wire(network.server, network.router, "right", "10.2.0.{}/24", "fd00:2::{}/64")
    for namespace, via, via6 in ((network.client, "10.1.0.254", "fd00:1::254"),
                                 (network.server, "10.2.0.254", "fd00:2::254")):
        run_ip(namespace, [f"route add default via {via}", f"route add ::/0 via {via6}"])
    return network


NEIGHBORS = tuple(f"10.2.0.{number}" for number in range(11, 15))
NEIGHBORS6 = tuple(f"fd00:2::{number}" for number in range(11, 15))


def add_neighbors(network):
    """Gives the server's subnet more hosts, whose addresses the server has as well."""
    run_ip(network.server, [f"address add {address}/{length} dev right"
                            for addresses, length in ((NEIGHBORS, 24), (NEIGHBORS6, 64)) for address in addresses])


def add_namespace(lab, role):
    name = f"{role}{lab.serial}"
    run("ip", "netns", "add", name)
    lab.at_end(lambda: run("ip", "netns", "delete", name))
    run("ip", "link", "set", "lo", "up", namespace=name)
    # Every packet may be answered with an ICMP error, and IPv6 addresses serve at once, those of
    # the link too: without duplicate address detection there is no second of silence at first.
    run("sysctl", "-qw", "net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0",
        "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1",
        "net.ipv6.conf.default.accept_dad=0",
        "net.ipv4.ping_group_range=0 2147483647", namespace=name)
    return name


def add_wire(host, router, name, ipv4, ipv6):
    """Joins a host (.1) and the router (.254), both ends with that name."""
    run("ip", "link", "add", name, "netns", host, "type", "veth",
        "peer", "name", name, "netns", router)
    for namespace, number in ((host, 1), (router, 254)):
        run_ip(namespace, [f"address add {ipv4.format(number)} dev {name}", f"address add {ipv6.format(number)} dev {name}",
                           f"link set {name} up"])


def add_rule(namespace, hook, rule):
    """Filters there what the rule matches: hook is input, forward or output."""
    run("nft", "-f", "-", namespace=namespace, text_input=f"""
        table inet lab {{
          chain {hook} {{
            type filter hook {hook} priority 0;
            {rule}
          }}
        }}""")


def shrink_path(network, towards, mtu, silent):
    """Makes the router drop what is larger than `mtu` on its way towards "client" or "server", and
    only on that way. `silent`: its ICMP messages about that are lost, which makes a black hole."""
    wire, ipv4, ipv6 = {"client": ("left", "10.1.0.0/24", "fd00:1::/64"),
                        "server": ("right", "10.2.0.0/24", "fd00:2::/64")}[towards]
    for family, prefix in (("-4", ipv4), ("-6", ipv6)):
        run("ip", family, "route", "delete", prefix, "dev", wire, namespace=network.router)
        run("ip", family, "route", "add", prefix, "dev", wire, "mtu", "lock", mtu,
            namespace=network.router)
    if silent:
        add_rule(network.router, "output",
                 "icmp type destination-unreachable drop\nicmpv6 type packet-too-big drop")
