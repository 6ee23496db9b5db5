#!/usr/bin/env python3
"""Real servers on loopback: sshd in its usual and hardened shapes, limits and breakages of sshd,
dropbear, tinysshd, and what --known-hosts makes of a key."""

import os
import socket
import signal

import lab as laboratory
from scenarios import Scenario, Subject, main
from servers import (KEY_TYPES, make_key, public_key, sshd_knows_tcp_wrappers, sshd_version,
                     start_dropbear, start_sshd, start_tinysshd)


def sshd(*options, **settings):
    """A scenario's start: sshd with those lines of configuration."""

    def start(lab):
        server = start_sshd(lab, *options, **settings)
        return Subject(server.target, server.fingerprints)

    return start


def dropbear(kind):
    def start(lab):
        server = start_dropbear(lab, kind)
        return Subject(server.target, server.fingerprints)

    return start


def tinysshd(lab):
    server = start_tinysshd(lab)
    return Subject(server.target, server.fingerprints)


def hold(lab, server, count):
    """Opens connections that stay before authentication until the scenario ends."""
    for _ in range(count):
        held = socket.create_connection((server.address, server.port), timeout=10)
        lab.at_end(held.close)
        if not held.recv(4).startswith(b"SSH-"):
            raise RuntimeError("the server turned away a connection that was to be held")


def max_startups(lab):
    server = start_sshd(lab, "MaxStartups 1:100:1")
    hold(lab, server, 1)
    return Subject(server.target)


def dropbear_per_address(lab):
    server = start_dropbear(lab)
    hold(lab, server, 5)  # MAX_UNAUTH_PER_IP
    return Subject(server.target)


def keys_lost_after_start(lab):
    server = start_sshd(lab)
    for file in server.keys.values():
        file.unlink()
    return Subject(server.target, server.fingerprints)


def certified(kind):
    """An sshd whose key of that kind is in a certificate of an authority's."""

    def start(lab):
        authority = lab.folder / "authority"
        laboratory.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", authority)
        certificate = lab.folder / f"host_{kind}-cert.pub"

        def certify(key):
            laboratory.run("ssh-keygen", "-q", "-s", authority, "-h", "-I", "host", "-n", "a,b", "-V", "+1d", f"{key}.pub")

        server = start_sshd(lab, f"HostCertificate {certificate}", kinds=(kind,), prepare=certify)
        return Subject(server.target, server.fingerprints)

    return start


def stopped(lab):
    server = start_sshd(lab)
    os.kill(server.process.pid, signal.SIGSTOP)
    return Subject(server.target)


def tcp_wrappers(lab):
    server = start_sshd(lab)
    with open("/etc/hosts.deny", "a", encoding="ascii") as deny:  # the laboratory's own /etc
        deny.write(f"sshd@{server.address} : ALL\n")
        deny.write(f"sshd-session@{server.address} : ALL\n")
    return Subject(server.target)


def nobody_listens(lab):
    return Subject(f"{lab.address()}:22")


def known_hosts(lines, port=22):
    """Scans an sshd with a known_hosts file of `lines(server, lab)`."""

    def start(lab):
        server = start_sshd(lab, port=port)
        file = lab.folder / "known_hosts"
        file.write_text("".join(line + "\n" for line in lines(server, lab)))
        return Subject(server.target, server.fingerprints, {"--known-hosts": str(file)})

    return start


def own_keys(server, lab, marker=""):
    name = server.address if server.port == 22 else f"[{server.address}]:{server.port}"
    return [f"{marker}{name} {public_key(file)}" for file in server.keys.values()]


def other_keys(server, lab):
    other = lab.folder / "other"
    other.mkdir()
    return [f"{server.address} {public_key(make_key(other, kind))}" for kind in KEY_TYPES]


def revoked_keys(server, lab):
    return [f"@revoked * {public_key(file)}" for file in server.keys.values()]


def hashed_names(server, lab):
    file = lab.folder / "plain"
    file.write_text("".join(line + "\n" for line in own_keys(server, lab)))
    laboratory.run("ssh-keygen", "-q", "-H", "-f", file)
    return file.read_text().splitlines()


def another_host(server, lab):
    return ["elsewhere.example " + public_key(server.keys["ed25519"])]


def scenarios():
    good = "ok ssh-ed25519 verified"
    # Up to 9.7 each connection's process reads the keys again; later ones get them from the listener.
    without_keys = good if sshd_version() >= (9, 8) else "banner_closed_after_start"
    sntrup = "KexAlgorithms sntrup761x25519-sha512@openssh.com"
    no_wrappers = "" if sshd_knows_tcp_wrappers() else "an sshd that is linked with libwrap"
    # fmt: off
    return [
        Scenario("sshd, its defaults", good, sshd()),
        Scenario("sshd on IPv6", good, sshd(address="::1")),
        Scenario("sshd, RSA key only", "ok ssh-rsa verified", sshd(kinds=("rsa",))),
        Scenario("sshd, ed25519 key only", good, sshd(kinds=("ed25519",))),
        Scenario("sshd, ecdsa key only", "ok ecdsa-sha2-nistp256 verified", sshd(kinds=("ecdsa",))),
        Scenario("sshd, chacha20 only", good, sshd("Ciphers chacha20-poly1305@openssh.com")),
        Scenario("sshd, GCM only", good, sshd("Ciphers aes256-gcm@openssh.com,aes128-gcm@openssh.com")),
        Scenario("sshd, etm MACs only", good, sshd("Ciphers aes256-ctr", "MACs hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com")),
        Scenario("sshd, chacha20 and umac only", good, sshd("Ciphers chacha20-poly1305@openssh.com", "MACs umac-128-etm@openssh.com,umac-64-etm@openssh.com")),
        Scenario("sshd, curve25519 only", good, sshd("KexAlgorithms curve25519-sha256")),
        *[Scenario(f"sshd, {curve} only", good, sshd(f"KexAlgorithms ecdh-sha2-{curve}")) for curve in ("nistp256", "nistp384", "nistp521")],
        *[Scenario(f"sshd, {kind} of {bits} bits", f"ok {wire} verified", sshd(kinds=(f"{kind}:{bits}",)))
          for kind, bits, wire in (("ecdsa", 384, "ecdsa-sha2-nistp384"), ("ecdsa", 521, "ecdsa-sha2-nistp521"), ("rsa", 4096, "ssh-rsa"))],
        *[Scenario(f"sshd, {name}", f"ok {wire} verified", sshd(f"HostKeyAlgorithms {name}")) for name, wire in (("rsa-sha2-256", "ssh-rsa"), ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256"))],
        *[Scenario(f"sshd, an {kind} key in a certificate", f"ok {KEY_TYPES[kind]} verified", certified(kind)) for kind in KEY_TYPES],
        Scenario("sshd, group exchange only", good, sshd("KexAlgorithms diffie-hellman-group-exchange-sha256")),
        Scenario("sshd, group exchange and chacha20 with umac", "ok_kex_unverified slot=mac_c2s", sshd("KexAlgorithms diffie-hellman-group-exchange-sha256", "Ciphers chacha20-poly1305@openssh.com", "MACs umac-128@openssh.com")),
        Scenario("sshd, group14 only", good, sshd("KexAlgorithms diffie-hellman-group14-sha256")),
        Scenario("sshd, sntrup761 only", "ok_kex_unverified slot=kex", sshd(sntrup)),
        Scenario("dropbear, ed25519", good, dropbear("ed25519")),
        Scenario("dropbear, RSA", "ok ssh-rsa verified", dropbear("rsa")),
        Scenario("tinysshd", good, tinysshd),
        Scenario("nobody listens", "connect_refused", nobody_listens, cause="service_down"),
        Scenario("MaxStartups reached", "banner_throttled", max_startups, cause="max_startups"),
        Scenario("TCP wrappers refuse", "banner_wrapper_refused", tcp_wrappers, {"--timeout": "8"}, needs=no_wrappers, cause="tcp_wrappers"),
        Scenario("sshd stopped", "banner_silent", stopped, cause="server_hung"),
        Scenario("host keys lost after start", without_keys, keys_lost_after_start, alone=True, cause="service_child_broken"),
        Scenario("dropbear, five connections held", "banner_closed_fast", dropbear_per_address, alone=True, cause="connection_limit"),
        Scenario("known_hosts: match", f"{good} known=match", known_hosts(own_keys)),
        Scenario("known_hosts: hashed", f"{good} known=match", known_hosts(hashed_names)),
        Scenario("known_hosts: port", f"{good} known=match", known_hosts(own_keys, port=2222)),
        Scenario("known_hosts: port, hashed", f"{good} known=match", known_hosts(hashed_names, port=2222)),
        Scenario("known_hosts: unknown", f"{good} known=unknown", known_hosts(another_host)),
        Scenario("known_hosts: changed", "host_key_changed ssh-ed25519 verified known=changed", known_hosts(other_keys), cause="host_key_replaced"),
        Scenario("known_hosts: revoked", "host_key_changed ssh-ed25519 verified known=revoked", known_hosts(revoked_keys), cause="interception"),
    ]
    # fmt: on


if __name__ == "__main__":
    main(scenarios)
