"""Faults that only the failing host can tell, beside those of the other tables; and healthy hosts."""

import dataclasses
import os
import pathlib
import resource
import shutil
import signal
import socket
import sys

import lab as laboratory
from implementations import implementations
from lab import descriptors, run
from network import CLIENT, CLIENT6, SERVER, SERVER6, add_rule, routed_network, shrink_path
from openssh import UNPACKED
from scenarios import Scenario, Subject
from servers import (SSH_PORT_OF_BACKENDS, SSHD, sshd_knows_tcp_wrappers, start_dropbear, start_sshd,
                     start_tinysshd)
from servers_test import hold
from services import NGINX_STREAM, hosts_file, start_haproxy, xinetd

NEW_SSHD, NEW_SESSION = UNPACKED / "usr/sbin/sshd", UNPACKED / "usr/lib/openssh"


def sshd(*options, **settings):
    return lambda lab: Subject(start_sshd(lab, *options, **settings).target)


def another_port(lab):
    server = start_sshd(lab, port=2200)
    return Subject(f"{server.address}:22")


def another_address(lab):
    start_sshd(lab)
    return Subject(f"127.0.8.{lab.serial % 250 + 1}:22")


def broken_configuration(lab):
    config = pathlib.Path("/etc/ssh/sshd_config")  # the laboratory's own /etc
    before = config.read_text()
    lab.at_end(lambda: config.write_text(before))
    config.write_text(before + "\nPermitRootLogn no\n")
    return Subject(f"{lab.address()}:22")


def three_held(lab):
    server = start_sshd(lab, "MaxStartups 3:50:10")
    hold(lab, server, 3)
    return Subject(server.target)


def stopped_dropbear(lab):
    server = start_dropbear(lab)
    os.kill(server.process.pid, signal.SIGSTOP)
    return Subject(server.target)


def no_descriptor_left(lab):
    server = start_sshd(lab)
    used = len(list(descriptors(server.process.pid)))
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (used, used))
    return Subject(server.target)


def process(*command):
    """A program on port 22; "{}" in its words is the address."""

    def start(lab):
        words = [str(word).replace("{}", lab.address()) for word in command]
        lab.until_listening(lab.start(*words, cwd=lab.folder))
        return Subject(f"{lab.address()}:22")

    return start


MAIL = """
import socket
listener = socket.create_server(("{}", 22))
while True:
    with listener.accept()[0] as connection:
        connection.sendall(b"220 mx.lab ESMTP\\r\\n")
        connection.settimeout(5)
        try:
            connection.recv(100)
        except OSError:
            pass
"""


def tls(lab):
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=lab",
        "-keyout", lab.folder / "key", "-out", lab.folder / "cert")
    return process("openssl", "s_server", "-quiet", "-accept", "{}:22", "-key", "key", "-cert", "cert")(lab)


def endlessh(lab):
    """It takes a port and no address."""
    namespace = routed_network(lab)
    lab.until_listening(lab.start("endlessh", "-4", "-p", "22", namespace=namespace.server))
    return Subject(f"{SERVER}:22", namespace=namespace.client)


def socat(to_live):
    def start(lab):
        server = start_sshd(lab, port=SSH_PORT_OF_BACKENDS)
        target = f"{server.address}:{server.port if to_live else 1}"
        address = f"127.0.9.{lab.serial}"
        process_ = lab.start("socat", f"TCP-LISTEN:22,bind={address},fork,reuseaddr", f"TCP:{target}")
        lab.until_listening(process_)
        return Subject(f"{address}:22")

    return start


def haproxy(servers, **more):
    """HAProxy before an sshd; {} in the server lines is the sshd."""

    def start(lab):
        server = start_sshd(lab, port=SSH_PORT_OF_BACKENDS)
        return Subject(f"{start_haproxy(lab, servers.format(server.target), **more)}:22")

    return start


def nginx(block):
    """nginx with that stream block; ADDRESS in it is its own, LIVE an sshd."""

    def start(lab):
        server = start_sshd(lab, port=SSH_PORT_OF_BACKENDS)
        address = f"127.0.9.{lab.serial}"
        text = block.replace("ADDRESS", address).replace("LIVE", server.target)
        config = lab.folder / "nginx.conf"
        modules = "".join(f"load_module {path};\n" for path in NGINX_STREAM)
        config.write_text(f"{modules}daemon off; pid {lab.folder}/nginx.pid; user root;\n"
                          f"error_log stderr; events {{}}\nstream {{ {text} }}\n")
        lab.until_listening(lab.start("nginx", "-p", lab.folder, "-c", config, "-e", "stderr"))
        return Subject(f"{address}:22")

    return start


def xinetd_with_broken_sshd(lab):
    subject = xinetd("instances = 10")(lab)
    with open(lab.folder / "sshd_config", "a", encoding="ascii") as config:
        config.write("PermitRootLogn no\n")
    return subject


def replaced(lab):
    """The program of a running sshd becomes another release's."""
    program = lab.folder / "sshd"
    shutil.copy(SSHD, program)
    server = start_sshd(lab, program=(program,))
    shutil.copy(NEW_SSHD, lab.folder / "new")
    (lab.folder / "new").rename(program)
    return Subject(server.target)


def new_sshd(lab, *options):
    folder = lab.folder / "libexec"
    shutil.copytree(NEW_SESSION, folder)
    return start_sshd(lab, f"SshdSessionPath {folder}/sshd-session", f"SshdAuthPath {folder}/sshd-auth",
                      *options, program=(str(NEW_SSHD),), version=(10, 0), penalties=True)


def session_program_gone(lab):
    server = new_sshd(lab)
    (lab.folder / "libexec/sshd-session").unlink()
    return Subject(server.target)


def penalized(lab):
    server = new_sshd(lab, "PerSourcePenalties noauth:60s min:1s")
    for _ in range(3):
        with socket.create_connection((server.address, server.port), timeout=10) as connection:
            connection.recv(4)
    lab.until_logged("penalt")
    return Subject(server.target)


@dataclasses.dataclass(frozen=True)
class Hosts:
    allow: str = ""
    deny: str = ""

    def __call__(self, lab):
        subject = hosts_file("deny", self.deny)(lab)
        address = subject.target.rsplit(":", 1)[0]
        path = pathlib.Path("/etc/hosts.allow")
        path.write_text((path.read_text() if path.exists() else "") + self.allow.format(f"sshd@{address}"))
        return subject


def routed(arrange, address=SERVER, client=CLIENT):
    """An sshd behind a router after `arrange(network)`; `client` is what it sees of us."""

    def start(lab):
        network = routed_network(lab)
        server = start_sshd(lab, kinds=("ed25519",), address=address, namespace=network.server)
        arrange(network)
        return Subject(server.target, namespace=network.client)

    assert client in (CLIENT, CLIENT6)
    return start


def nft(text):
    return lambda network: run("nft", "-f", "-", namespace=network.server, text_input=text)


def iptables(*rules, program="iptables"):
    def arrange(network):
        for rule in rules:
            run(program, *rule.split(), namespace=network.server)

    return arrange


def both(*steps):
    return lambda network: [step(network) for step in steps]


def ip(*words):
    return lambda network: run("ip", *words, namespace=network.server)


def connect(times):
    """Connections from the client, which a limit counts."""
    program = ("import socket\nfor _ in range(%d):\n try:\n"
               "  socket.create_connection(('%s', 22), timeout=1).close()\n except OSError: pass" % (times, SERVER))
    return lambda network: run(sys.executable, "-c", program, namespace=network.client)


def strict_reverse_path(network):
    run("ip", "link", "add", "aside", "type", "veth", "peer", "name", "beside", namespace=network.server)
    run("ip", "link", "set", "beside", "up", namespace=network.server)
    run("ip", "address", "add", "10.77.0.1/24", "dev", "aside", namespace=network.server)
    run("ip", "link", "set", "aside", "up", namespace=network.server)
    run("ip", "route", "add", "10.1.0.0/24", "via", "10.77.0.2", namespace=network.server)
    run("sysctl", "-qw", "net.ipv4.conf.all.rp_filter=1", "net.ipv4.conf.right.rp_filter=1",
        namespace=network.server)
    connect(1)(network)


def narrow_and_deaf(network):
    """The path to the client is narrow, and the server's filter takes no message about it."""
    shrink_path(network, "client", 700, silent=False)
    add_rule(network.server, "input", "ip protocol icmp drop")


def jumbo(network):
    """Both ends send large frames, and the way between them takes none."""
    for namespace, wire in ((network.client, "left"), (network.router, "left"), (network.router, "right"), (network.server, "right")):
        run("ip", "link", "set", wire, "mtu", "9000", namespace=namespace)
    shrink_path(network, "server", 1400, silent=True)


def zones(of_port_22):
    """Rules as firewalld writes them, with one for port 22."""
    return nft(f"""
        table inet firewalld {{
          chain filter_INPUT {{
            type filter hook input priority filter + 10; policy accept;
            ct state {{ established, related }} accept
            ct status dnat accept
            iifname "lo" accept
            jump filter_INPUT_ZONES
            ct state {{ invalid }} drop
            reject with icmpx admin-prohibited
          }}
          chain filter_INPUT_ZONES {{ iifname "right" goto filter_IN_public; goto filter_IN_drop; }}
          chain filter_IN_drop {{ drop; }}
          chain filter_IN_public {{
            jump filter_IN_public_allow
            meta l4proto {{ icmp, ipv6-icmp }} accept
            reject with icmpx admin-prohibited
          }}
          chain filter_IN_public_allow {{ {of_port_22} }}
        }}""")


def policy_drop(rules):
    return nft(f"table inet own {{ chain in {{ type filter hook input priority 0; policy drop; {rules} }} ; }}")


def faults():
    wrapped = "" if sshd_knows_tcp_wrappers() else "an sshd that is linked with libwrap"
    needs = {name: "" if shutil.which(name) else name
             for name in ("xinetd", "haproxy", "nginx", "socat", "endlessh", "iptables", "ipset")}
    stream = needs["nginx"] or ("" if NGINX_STREAM else "nginx's stream module")
    new = "" if NEW_SSHD.exists() else "a newer OpenSSH in build/openssh (scripts/setup.sh)"
    recent = "-p tcp --dport 22 -m recent --name lab"
    accept = "ct state established,related accept;"
    # fmt: off
    rows = [
        ("another port", "service_down", another_port),
        ("another address", "service_down", another_address),
        ("configuration broken, nobody listens", "service_down", broken_configuration),
        ("three of MaxStartups held", "max_startups", three_held),
        ("dropbear stopped", "server_hung", stopped_dropbear),
        ("no descriptor left", "server_hung", no_descriptor_left),
        ("only CBC", "legacy_algorithms", sshd("Ciphers aes128-cbc,aes256-cbc")),
        ("a mail server's process", "wrong_service", process(sys.executable, "-c", MAIL)),
        ("a TLS server's process", "wrong_service", tls),
        ("endlessh", "tarpit", endlessh, needs["endlessh"]),
        ("socat to a port where nobody listens", "no_live_backend", socat(False), needs["socat"]),
        ("HAProxy: one of two backends dead", "mixed_backends", haproxy("server one {}\n  server two 127.0.0.1:1"), needs["haproxy"]),
        ("HAProxy expects the PROXY header", "proxy_protocol", haproxy("server one {}", bind="accept-proxy"), needs["haproxy"]),
        ("nginx sends the PROXY header", "proxy_protocol", nginx("server { listen ADDRESS:22; proxy_pass LIVE; proxy_protocol on; }"), stream),
        ("nginx: upstream where nobody listens", "no_live_backend", nginx("upstream hosts { server 127.0.0.1:1; } server { listen ADDRESS:22; proxy_pass hosts; }"), stream),
        ("xinetd: instances", "connection_limit", xinetd("instances = 1"), needs["xinetd"]),
        ("xinetd: only_from", "connection_limit", xinetd("only_from = 10.0.0.0/8 192.0.2.1"), needs["xinetd"]),
        ("xinetd: sshd's configuration broken", "service_child_broken", xinetd_with_broken_sshd, needs["xinetd"]),
        ("hosts.deny: all but a network", "tcp_wrappers", Hosts(deny="{} : ALL EXCEPT 10.0.0.0/255.0.0.0\n"), wrapped),
        ("hosts.deny: a network's beginning", "tcp_wrappers", Hosts(deny="{} : 192.0.2.7, 127.\n"), wrapped),
        ("hosts.allow: deny", "tcp_wrappers", Hosts(allow="{} : 127.0.0.0/8 : deny\n"), wrapped),
        ("another release's program", "service_child_broken", replaced, new),
        ("sshd-session gone", "service_child_broken", session_program_gone, new),
        ("a penalty for our address", "source_penalty", penalized, new),
        ("iptables: recent", "rate_limit_rule", routed(both(iptables(f"-A INPUT {recent} --update --seconds 60 --hitcount 2 -j DROP", f"-A INPUT {recent} --set -j ACCEPT"), connect(4))), needs["iptables"]),
        ("nft: limit rate", "rate_limit_rule", routed(both(nft("table inet own { chain in { type filter hook input priority 0; tcp dport 22 ct state new limit rate over 1/hour burst 1 packets counter drop; } ; }"), connect(4)))),
        ("a set of banned addresses", "source_ban", routed(nft("table inet f2b-table { set addr-set-sshd { type ipv4_addr; elements = { 192.0.2.9, 10.1.0.1 }; } ; chain f2b-chain { type filter hook input priority filter - 1; tcp dport 22 ip saddr @addr-set-sshd drop; } ; }"))),
        ("iptables: a ban", "source_ban", routed(iptables("-N f2b-sshd", "-A f2b-sshd -s 10.1.0.1/32 -j REJECT --reject-with icmp-port-unreachable", "-A f2b-sshd -j RETURN", "-I INPUT -p tcp -m multiport --dports 22 -j f2b-sshd")), needs["iptables"]),
        ("a ban by a route", "source_ban", routed(ip("route", "add", "unreachable", "10.1.0.1/32"))),
        ("a blackhole for our network", "no_route", routed(ip("route", "add", "blackhole", "10.1.0.0/24"))),
        ("policy drop, another network accepted", "firewall_drop", routed(policy_drop(f"{accept} ip saddr 192.0.2.0/24 tcp dport 22 accept;"))),
        ("a map of ports", "firewall_drop", routed(nft("table inet own { chain in { type filter hook input priority 0; tcp dport vmap { 22 : drop, 80 : accept }; } ; }"))),
        ("dropped before routing", "firewall_drop", routed(nft("table ip raw { chain pre { type filter hook prerouting priority raw; tcp dport 1-1023 drop; } ; }"))),
        ("IPv6 dropped by ip6tables", "firewall_drop", routed(iptables("-A INPUT -p tcp --dport 22 -j DROP", program="ip6tables"), SERVER6, CLIENT6), needs["iptables"]),
        ("strict reverse path", "firewall_drop", routed(strict_reverse_path)),
        ("firewalld without ssh", "firewall_reject", routed(zones("tcp dport 443 accept;"))),
        ("iptables: the last rule rejects", "firewall_reject", routed(iptables("-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "-A INPUT -p icmp -j ACCEPT", "-A INPUT -i lo -j ACCEPT", "-A INPUT -j REJECT --reject-with icmp-host-prohibited")), needs["iptables"]),
        ("iptables: reset", "firewall_reset", routed(iptables("-A INPUT -p tcp --dport 22 -j REJECT --reject-with tcp-reset")), needs["iptables"]),
        ("no rule for established", "drop_after_handshake", routed(policy_drop("tcp dport 22 ct state new accept;"))),
        ("iptables: answers dropped", "drop_after_handshake", routed(iptables("-A OUTPUT -p tcp --sport 22 -m conntrack --ctstate ESTABLISHED --tcp-flags SYN NONE -j DROP")), needs["iptables"]),
        ("a narrow path, and ICMP dropped here", "mtu_black_hole", routed(narrow_and_deaf)),
        ("jumbo frames on both ends", "mtu_black_hole", routed(jumbo)),
        ("iptables: a string", "ssh_inspection", routed(iptables("-A INPUT -p tcp --dport 22 -m string --string SSH-2.0 --algo bm -j REJECT --reject-with tcp-reset")), needs["iptables"]),
    ]
    # fmt: on
    alone = {"configuration broken, nobody listens"}
    return [Scenario(name, "", start, cause=cause, needs=(lack or [""])[0], alone=name in alone)
            for name, cause, start, *lack in rows]


def healthy():
    """Nothing is wrong on these hosts, whatever they run or filter."""
    wrapped = "" if sshd_knows_tcp_wrappers() else "an sshd that is linked with libwrap"
    needs = {name: "" if shutil.which(name) else name for name in ("xinetd", "haproxy", "nginx", "socat", "iptables")}
    stream = needs["nginx"] or ("" if NGINX_STREAM else "nginx's stream module")
    accept = "ct state established,related accept;"
    # fmt: off
    rows = [
        ("sshd", sshd()),
        ("sshd, RSA only", sshd(kinds=("rsa",))),
        ("sshd, IPv6", sshd(address="::1")),
        ("sshd, hardened", sshd("KexAlgorithms curve25519-sha256", "Ciphers chacha20-poly1305@openssh.com", "MACs umac-128-etm@openssh.com")),
        ("sshd, PerSourceMaxStartups", sshd("PerSourceMaxStartups 4")),
        ("dropbear", lambda lab: Subject(start_dropbear(lab).target)),
        ("tinysshd", lambda lab: Subject(start_tinysshd(lab).target)),
        *[(server.name, lambda lab, server=server: Subject(server.start(lab).target), server.lack) for server in implementations(others=False)],
        ("xinetd", xinetd("instances = 10", "per_source = 5"), needs["xinetd"]),
        ("socat", socat(True), needs["socat"]),
        ("HAProxy", haproxy("server one {}"), needs["haproxy"]),
        ("nginx", nginx("server { listen ADDRESS:22; proxy_pass LIVE; }"), stream),
        ("hosts.deny for others", Hosts(deny="{} : 192.0.2. EXCEPT 192.0.2.1\nvsftpd : ALL\n"), wrapped),
        ("hosts.allow before hosts.deny", Hosts(allow="{} : 127.0.0.1\n", deny="{} : ALL\n"), wrapped),
        ("firewalld", routed(zones("tcp dport 22 accept;"))),
        ("policy drop, ssh accepted", routed(policy_drop(f"{accept} ip saddr 10.1.0.0/24 tcp dport {{ 22, 443 }} accept;"))),
        ("a set that bans others", routed(nft("table inet f2b { set b { type ipv4_addr; elements = { 192.0.2.9 }; } ; chain c { type filter hook input priority 0; tcp dport 22 ip saddr @b drop; } ; }"))),
        ("iptables, another port rejected", routed(iptables("-A INPUT -p tcp -m multiport --dports 23,25 -j REJECT", "-A INPUT -s 192.0.2.0/24 -j DROP")), needs["iptables"]),
        ("a route that bans others", routed(ip("route", "add", "unreachable", "192.0.2.9/32"))),
        ("IPv6 behind ip6tables", routed(iptables("-A INPUT -p tcp --dport 22 -j ACCEPT", "-A INPUT -p tcp -j DROP", program="ip6tables"), SERVER6, CLIENT6), needs["iptables"]),
        ("limits that nobody reached", routed(nft("table inet own { chain in { type filter hook input priority 0; tcp dport 22 ct state new limit rate over 100/second counter drop; } ; }"))),
    ]
    # fmt: on
    return [Scenario(f"healthy: {name}", "", start, needs=(lack or [""])[0]) for name, start, *lack in rows]
