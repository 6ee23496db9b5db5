"""Other services, forwarders, limits and breakages, each with real programs where there are any; a
few lines of Python stand in for proxies."""

import itertools
import os
import pathlib
import shutil
import socket
import ssl
import sys
import threading
import time

import lab as laboratory
from lab import stop
from network import SERVER, add_rule, routed_network
from scenarios import Scenario, Subject
from servers import SSH_PORT_OF_BACKENDS, SSHD, sshd_knows_tcp_wrappers, sshd_version, start_sshd


def listen(lab, serve, address=None):
    """Accepts on an address of its own until the scenario ends; serve(connection, number) has each
    connection, which is closed afterwards."""
    address = address or lab.address()
    listener = socket.create_server((address, 22))
    lab.at_end(lambda: listener.shutdown(socket.SHUT_RDWR))  # wakes accept

    def converse(connection, number):
        with connection:
            try:
                serve(connection, number)
            except OSError:  # the scanner left
                pass

    def accept():
        for number in itertools.count():
            try:
                connection, _ = listener.accept()
            except OSError:  # shut down: the scenario is over
                listener.close()
                return
            threading.Thread(target=converse, args=(connection, number), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return Subject(f"{address}:22")


def speaks(greeting):
    def serve(connection, _):
        connection.sendall(greeting)
        connection.settimeout(10)
        connection.recv(1000)

    return lambda lab: listen(lab, serve)


def drips(connection, _):
    """A tarpit: a line at a time and never an identification."""
    for number in range(40):
        connection.sendall(b"%08x\r\n" % (number * 2654435761 % 2**32))
        threading.Event().wait(0.5)


def relay(lab, backends, header=b""):
    """A TCP proxy: connection i goes to backends[i % n]; what it cannot reach it closes."""

    def serve(connection, number):
        backend = socket.create_connection(backends[number % len(backends)], timeout=5)
        with backend:
            backend.sendall(header)
            answers = threading.Thread(target=pump, args=(backend, connection), daemon=True)
            answers.start()
            pump(connection, backend)
            answers.join(10)

    return listen(lab, serve, f"127.0.9.{lab.serial}")


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def one_method_lost(lab):
    """A middlebox that swallows the client's half of curve25519 and lets other methods pass."""
    server = start_sshd(lab, port=SSH_PORT_OF_BACKENDS)

    def serve(connection, _):
        with socket.create_connection((server.address, server.port), timeout=5) as backend:
            answers = threading.Thread(target=pump, args=(backend, connection), daemon=True)
            answers.start()
            while data := connection.recv(65536):
                # SSH_MSG_KEX_ECDH_INIT (30) with 32 bytes, after a KEXINIT or alone.
                if data[-48:-44] == b"\0\0\0\x2c" and data[-43] == 30:
                    data = data[:-48]
                backend.sendall(data)
            backend.shutdown(socket.SHUT_WR)
            answers.join(10)

    return listen(lab, serve, f"127.0.9.{lab.serial}")


def start_haproxy(lab, live, frontend=(), mode="tcp", bind=""):
    """Starts HAProxy and returns its address, where it has port 22; `live` is a server line of its
    configuration, `frontend` further lines and `bind` further words of that line."""
    address = f"127.0.9.{lab.serial}"
    lines = "\n".join(f"  {line}" for line in frontend)
    config = lab.folder / "haproxy.cfg"
    config.write_text(
        f"defaults\n  mode {mode}\n  timeout connect 2s\n  timeout client 20s\n"
        f"  timeout server 20s\nfrontend ssh\n  bind {address}:22 {bind}\n{lines}\n"
        f"  default_backend hosts\nbackend hosts\n  {live}\n")
    process = lab.start("haproxy", "-db", "-f", config)
    lab.until_listening(process)
    return address


def haproxy(*frontend, backend=None, mode="tcp"):
    """HAProxy on port 22; `backend` is a server line of its configuration, "{}" in it an sshd."""

    def start(lab):
        server = start_sshd(lab, port=SSH_PORT_OF_BACKENDS)
        live = (backend or "server one 127.0.0.1:1").format(f"{server.address}:{server.port}")
        address = start_haproxy(lab, live, frontend, mode)
        if "check" in live:
            lab.until_logged("DOWN")
        return Subject(f"{address}:22")

    return start


def nginx(block):
    """nginx with that block of configuration; "{}" in it is its address."""

    def start(lab):
        address = f"127.0.9.{lab.serial}"
        config = lab.folder / "nginx.conf"
        modules = "".join(f"load_module {path};\n" for path in NGINX_STREAM if "stream" in block)
        config.write_text(f"{modules}daemon off; pid {lab.folder}/nginx.pid; user root;\n"
                          f"error_log stderr; events {{}}\n{block.replace('{}', address)}\n")
        process = lab.start("nginx", "-p", lab.folder, "-c", config, "-e", "stderr")
        lab.until_listening(process)
        return Subject(f"{address}:22")

    return start


NGINX_STREAM = [path for path in ("/usr/lib/nginx/modules/ngx_stream_module.so",)
                if pathlib.Path(path).exists()]


def no_more_processes(lab):
    """The control group of sshd allows no process beside it."""
    group = PIDS_CONTROLLER / f"fleetscan-lab-{os.getpid()}-{lab.serial}-{time.time_ns()}"
    group.mkdir()
    lab.at_end(lambda: remove_group(group))
    server = start_sshd(lab)
    (group / "cgroup.procs").write_text(str(server.process.pid))
    (group / "pids.max").write_text("1")
    lab.at_end(lambda: stop(server.process))
    return Subject(server.target)


def remove_group(group):
    for _ in range(100):
        try:
            return group.rmdir()
        except OSError:  # its last process is still going
            time.sleep(0.05)
    raise RuntimeError(f"{group} is not empty")


def pids_controller():
    """Where control groups that limit processes can be made; nothing if nowhere."""
    for folder in (pathlib.Path("/sys/fs/cgroup/pids"), pathlib.Path("/sys/fs/cgroup")):
        controllers = folder / "cgroup.controllers"
        usable = folder.name == "pids" or (
            controllers.exists() and "pids" in (folder / "cgroup.subtree_control").read_text())
        if (folder / "cgroup.procs").exists() and usable and os.access(folder, os.W_OK):
            return folder
    return None


PIDS_CONTROLLER = pids_controller()


def dead_backend(lab):
    return relay(lab, [("127.0.0.1", 1)])


def one_of_two_backends(lab):
    server = start_sshd(lab, port=SSH_PORT_OF_BACKENDS)
    return relay(lab, [("127.0.0.1", 1), (server.address, server.port)])


def proxy_protocol(lab):
    server = start_sshd(lab, port=SSH_PORT_OF_BACKENDS)
    return relay(lab, [(server.address, server.port)], b"PROXY TCP4 10.0.0.1 10.0.0.2 999 22\r\n")


def web_server(lab):
    address = lab.address()
    process = lab.start(sys.executable, "-m", "http.server", "--bind", address, "22",
                        cwd=lab.folder)
    lab.until_listening(process)
    return Subject(f"{address}:22")


def tls_server(lab):
    key, certificate = lab.folder / "key", lab.folder / "certificate"
    laboratory.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=lab",
                   "-keyout", key, "-out", certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return listen(lab, lambda connection, _: context.wrap_socket(connection, server_side=True))


def haproxy_in_http_mode(connection, _):
    """What HAProxy answers in mode http to what is no request."""
    connection.recv(100)
    connection.sendall(b"HTTP/1.1 400 Bad request\r\nContent-length: 90\r\n"
                       b"Cache-Control: no-cache\r\nConnection: close\r\n\r\n")


def xinetd(*settings):
    """sshd -i behind xinetd; one connection is held open, which some limits count."""

    def start(lab):
        server = start_sshd(lab, port=SSH_PORT_OF_BACKENDS)  # for its configuration
        config = lab.folder / "xinetd.conf"
        lines = "\n".join(f"  {line}" for line in (
            "type = UNLISTED", "socket_type = stream", "protocol = tcp", "wait = no",
            "user = root", f"bind = {server.address}", "port = 22", f"server = {SSHD}",
            f"server_args = -i -e -f {lab.folder / 'sshd_config'}", *settings))
        config.write_text(f"defaults\n{{\n}}\nservice ssh\n{{\n{lines}\n}}\n")
        process = lab.start("xinetd", "-dontfork", "-f", config, "-pidfile", lab.folder / "pid")
        lab.until_listening(process)
        held = socket.create_connection((server.address, 22), timeout=10)
        lab.at_end(held.close)
        held.settimeout(3)
        try:
            held.recv(4)
        except OSError:
            pass
        return Subject(f"{server.address}:22")

    return start


def readable_keys(lab):
    server = start_sshd(lab)
    for file in server.keys.values():
        file.chmod(0o644)
    return Subject(server.target)


def separation_directory_gone(lab):
    server = start_sshd(lab)
    folder = pathlib.Path("/run/sshd")  # the laboratory's own /run
    folder.rename("/run/sshd.away")
    lab.at_end(lambda: pathlib.Path("/run/sshd.away").rename(folder))
    return Subject(server.target)


def hosts_file(name, line):
    """Adds a line to the laboratory's own hosts.allow or hosts.deny for this server."""

    def start(lab):
        server = start_sshd(lab)
        with open(f"/etc/hosts.{name}", "a", encoding="ascii") as file:
            file.write(line.format(f"sshd@{server.address}"))
        return Subject(server.target)

    return start


def silent_resolver(lab):
    """A rule by host name, and a resolver that never answers."""
    server = start_sshd(lab)
    resolver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    resolver.bind(("127.0.0.53", 53))
    lab.at_end(resolver.close)
    files = {name: pathlib.Path(name) for name in ("/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/hosts.deny")}
    for file in files.values():
        before = file.read_text() if file.exists() else ""
        lab.at_end(lambda file=file, before=before: file.write_text(before))
    pathlib.Path("/etc/resolv.conf").unlink(missing_ok=True)
    pathlib.Path("/etc/resolv.conf").write_text("nameserver 127.0.0.53\noptions attempts:1\n")
    pathlib.Path("/etc/nsswitch.conf").write_text("hosts: dns\n")  # /etc/hosts knows loopback
    with open("/etc/hosts.deny", "a", encoding="ascii") as deny:
        deny.write(f"sshd@{server.address} : .no-such-domain.example\n")
    return Subject(server.target)


def configured(*lines, **settings):
    def start(lab):
        return Subject(start_sshd(lab, *lines, **settings).target)

    return start


def per_source_limit(lab):
    server = start_sshd(lab, "PerSourceMaxStartups 1")
    held = socket.create_connection((server.address, server.port), timeout=10)
    lab.at_end(held.close)
    held.recv(4)
    return Subject(server.target)


def in_network(arrange, address=SERVER):
    """An sshd behind a router, after `arrange(network)`."""

    def start(lab):
        network = routed_network(lab)
        server = start_sshd(lab, kinds=("ed25519",), address=SERVER, namespace=network.server)
        arrange(network)
        return Subject(server.target if address == SERVER else address,
                       namespace=network.client)

    return start


def inspection(network):
    """A middlebox that resets when the client says SSH-: 32 bytes of header with time stamps."""
    add_rule(network.server, "input", "tcp dport 22 @th,256,32 0x5353482d reject with tcp reset")


def banned(network):
    """As fail2ban's nftables action does it."""
    add_rule(network.server, "input",
             "tcp dport 22 ip saddr { 10.1.0.1 } reject with icmp type port-unreachable")


def deaf_neighbor(lab):
    """A host on our own network that answers ARP and drops everything else that comes from us."""
    network = routed_network(lab)
    add_rule(network.router, "input", "ip saddr 10.1.0.1 drop")
    return Subject("10.1.0.254:22", namespace=network.client)


def service_without_endpoint(lab):
    """As kube-proxy rejects it, at a port of its range."""
    network = routed_network(lab)
    add_rule(network.server, "input", "tcp dport 30022 reject with icmp type port-unreachable")
    return Subject(f"{SERVER}:30022", namespace=network.client)


def silent_at_our_words(network):
    """A middlebox that swallows whatever the client says once the connection is up."""
    add_rule(network.router, "forward", "tcp dport 22 tcp flags & psh == psh drop")


def own_filter(rule, address=SERVER):
    """This machine's packet filter refuses what it sends itself."""
    return in_network(lambda network: add_rule(network.client, "output", rule), address)


def ip(*words, where):
    return lambda network: laboratory.run("ip", *words, namespace=getattr(network, where))


def scenarios():
    new, wrapped = sshd_version() >= (9, 8), sshd_knows_tcp_wrappers()
    no_wrappers = "" if wrapped else "an sshd that is linked with libwrap"
    no_xinetd, no_haproxy, no_nginx = ("" if shutil.which(name) else name
                                       for name in ("xinetd", "haproxy", "nginx"))
    no_stream = "" if NGINX_STREAM else "nginx's stream module"
    no_pids = "" if PIDS_CONTROLLER else "a control group that limits processes"
    throttled = "banner_throttled"
    died = "banner_closed_after_start"
    only_old = "an sshd before 9.8, whose children read their files again" if new else ""
    patient = {"--timeout": "20"}
    retried = {"--retries": "1", "--patience": "15"}
    away = ip("route", "delete", "default", where="client")
    # fmt: off
    return [
        Scenario("web server", "banner_wrong_service", web_server, cause="wrong_service"),
        Scenario("TLS server", "banner_reset", tls_server, cause="wrong_service"),
        Scenario("mail server", "banner_wrong_service", speaks(b"220 mx.lab ESMTP\r\n"), cause="wrong_service"),
        Scenario("database server", "banner_wrong_service", speaks(b"\x4a\x00\x00\x00\x0a8.0.36\x00"), cause="wrong_service"),
        Scenario("tarpit", "banner_tarpit", lambda lab: listen(lab, drips), cause="tarpit"),
        Scenario("SSH-1 only", "banner_ssh1_only", speaks(b"SSH-1.5-Cisco-1.25\n"), cause="ssh1_only"),
        Scenario("a notice, then closed", "banner_text_closed", lambda lab: listen(lab, lambda c, _: c.sendall(b"Too many connections.\r\n")), cause="connection_limit"),
        Scenario("too many connections, in a message", "kexinit_disconnect", speaks(b"SSH-2.0-lab\r\n\x00\x00\x00\x2c\x0a\x01\x00\x00\x00\x0c\x00\x00\x00\x14Too many connections\x00\x00\x00\x00" + b"\x00" * 10), cause="connection_limit"),
        Scenario("balancer in HTTP mode", "banner_wrong_service", lambda lab: listen(lab, haproxy_in_http_mode), cause="http_load_balancer"),
        Scenario("PROXY protocol to sshd", "banner_proxy_mismatch", proxy_protocol, cause="proxy_protocol"),
        Scenario("proxy without a live backend", "banner_closed_fast", dead_backend, retried, alone=True, cause="no_live_backend"),
        Scenario("one of two backends is dead", "ok_after_retry", one_of_two_backends, retried, alone=True, cause="mixed_backends"),

        Scenario("HAProxy: backend refuses", "banner_closed_late", haproxy(), cause="no_live_backend", needs=no_haproxy),
        Scenario("HAProxy: backend found dead", "banner_closed_fast", haproxy(backend="server one 127.0.0.1:1 check inter 100"), retried, alone=True, cause="no_live_backend", needs=no_haproxy),
        Scenario("HAProxy: mode http", "banner_wrong_service", haproxy(mode="http", backend="server one {}"), cause="http_load_balancer", needs=no_haproxy),
        Scenario("HAProxy: send-proxy to sshd", "banner_proxy_mismatch", haproxy(backend="server one {} send-proxy"), cause="proxy_protocol", needs=no_haproxy),
        Scenario("HAProxy: connection rejected", "connect_reset", haproxy("tcp-request connection reject"), cause="no_live_backend", needs=no_haproxy),
        Scenario("nginx: web server", "banner_wrong_service", nginx("http { server { listen {}:22; } }"), cause="wrong_service", needs=no_nginx),
        Scenario("nginx: stream to a dead backend", "banner_closed_fast", nginx("stream { server { listen {}:22; proxy_pass 127.0.0.1:1; } }"), retried, alone=True, cause="no_live_backend", needs=no_nginx or no_stream),
        Scenario("no process left for sshd", "banner_closed_fast", no_more_processes, alone=True, cause="connection_limit", needs=no_pids),
        Scenario("one key exchange method hangs", "kex_stalled", one_method_lost, {"--timeout": "2", "--patience": "15"}, cause="key_exchange_failure"),

        Scenario("xinetd: per_source", "banner_closed_fast", xinetd("per_source = 1", "instances = 10"), alone=True, cause="connection_limit", needs=no_xinetd),
        Scenario("xinetd: no_access", "banner_closed_fast", xinetd("no_access = 127.0.0.0/8"), alone=True, or_slow="banner_closed_after_start", cause="connection_limit", needs=no_xinetd),
        Scenario("PerSourceMaxStartups", throttled, per_source_limit, cause="max_startups"),
        Scenario("host keys readable by all", died, readable_keys, alone=True, cause="service_child_broken", needs=only_old),
        Scenario("/run/sshd gone", died, separation_directory_gone, alone=True, cause="service_child_broken", needs=only_old),
        Scenario("hosts.deny by name, dead resolver", "ok_slow", silent_resolver, patient, alone=True, cause="slow_before_banner", needs=no_wrappers),
        Scenario("hosts.deny: twist", "banner_text_closed", hosts_file("deny", "{} : ALL : twist /bin/echo Access denied\n"), cause="tcp_wrappers", needs=no_wrappers),
        Scenario("hosts.deny: twist with three digits", "banner_text_closed", hosts_file("deny", "{} : ALL : twist /bin/echo 421 %a is not welcome on lab\n"), cause="tcp_wrappers", needs=no_wrappers),
        Scenario("only SHA-1 for the key exchange", "ok_legacy_algorithms", configured("KexAlgorithms diffie-hellman-group14-sha1"), cause="legacy_algorithms"),
        Scenario("only 3des", "ok_legacy_algorithms", configured("Ciphers 3des-cbc"), cause="legacy_algorithms"),

        Scenario("SSH inspected", "kexinit_reset", in_network(inspection), cause="ssh_inspection"),
        Scenario("banned by a set of addresses", "connect_rejected", in_network(banned), cause="source_ban"),
        Scenario("a neighbor that drops what comes from us", "connect_timeout", deaf_neighbor, cause="firewall_drop"),
        Scenario("Kubernetes service without an endpoint", "connect_rejected", service_without_endpoint, cause="no_live_backend"),
        Scenario("silent at our first words", "kexinit_stalled", in_network(silent_at_our_words), cause="drop_after_handshake"),
        Scenario("no way back", "connect_timeout", in_network(ip("route", "delete", "default", where="server")), cause="no_route"),
        Scenario("no route here", "scanner_network", in_network(away), cause="scanner_network"),
        Scenario("prohibited route here", "scanner_network", in_network(ip("route", "add", "prohibit", "10.2.0.0/24", where="client")), cause="scanner_network"),
        Scenario("blackhole route here", "scanner_network", in_network(ip("route", "add", "blackhole", "10.2.0.0/24", where="client")), cause="scanner_network"),
        Scenario("own filter: tcp reset", "scanner_network", own_filter("tcp dport 22 reject with tcp reset"), cause="scanner_firewall"),
        Scenario("own filter: admin-prohibited", "scanner_network", own_filter("tcp dport 22 reject with icmp type admin-prohibited"), cause="scanner_firewall"),
        Scenario("own filter: port-unreachable", "scanner_network", own_filter("tcp dport 22 reject"), cause="scanner_firewall"),
        Scenario("own filter: IPv6 admin-prohibited", "scanner_network", own_filter("tcp dport 22 reject with icmpv6 type admin-prohibited", "[fd00:2::1]:22"), cause="scanner_firewall"),
        Scenario("server switched off", "connect_unreachable", in_network(ip("link", "set", "right", "down", where="router")), cause="no_route"),
    ]
    # fmt: on

