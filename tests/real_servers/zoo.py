"""The zoo: real SSH servers, old and new, in many configurations; a row for each."""

import dataclasses
import shutil
from typing import Callable

import openssh
import services
from implementations import implementations
from lab import run
from servers import KEY_TYPES, SSH_PORT_OF_BACKENDS, Server, start_sshd, start_tinysshd

POST_QUANTUM = ("mlkem768x25519-sha256", "sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com")
SHA1 = ("diffie-hellman-group1-sha1", "diffie-hellman-group14-sha1",
        "diffie-hellman-group-exchange-sha1")
CIPHERS = ("aes128-ctr", "aes256-ctr", "aes128-gcm@openssh.com", "aes256-gcm@openssh.com",
           "chacha20-poly1305@openssh.com")
MACS = ("hmac-sha1", "hmac-sha2-256", "umac-64@openssh.com", "umac-128@openssh.com",
        "hmac-sha2-512-etm@openssh.com", "umac-64-etm@openssh.com")
# A safe prime of 1024 bits, as ssh-keygen -M makes them.
SMALL_MODULUS = (
    "F2DBF9F795B728523350F3C83B38AF0232090B85824706844DC8EDDDEE803D52783E3AE91D7468EAB601F7DB"
    "FC2BA269FFDA2BCE4056874CAD6CBC1B2E1BFAC16BC5E3454A186BC49A6DDABC37CC7F756A53BDC58F0CE695"
    "5C38BC3458FC3CBEEFC023437A3A12184AF2F25192FBE2F2B222A6CEE85D8729D58BEA6BC37C872F"
)
OLD = "ok_legacy_algorithms"  # only clients of former days get in
UNVERIFIED = "ok_kex_unverified"  # a client of today gets in, by what no engine of this build speaks
NEVER = "unreachable"  # today's clients do not get in, by their defaults


@dataclasses.dataclass(frozen=True)
class Row:
    """A server. `expected` is the scan's class, or NEVER for any that says unreachable."""

    name: str
    start: Callable  # gets a Lab, returns a Server
    expected: str = "ok"
    method: str = ""  # the only one that it offers
    key: str = ""  # its only key's type
    server: str = ""  # whose this is, in the table of what was proved
    needs: str = ""


def sshd(*options, of, **settings):
    """An OpenSSH with those lines of configuration."""
    settings.setdefault("kinds", ("ed25519",))
    return lambda lab: start_sshd(lab, *of.options, *options, program=of.server, root=of.root,
                                  version=of.version, **settings)


def outcome_of(method, speaks):
    if method in SHA1:
        return OLD
    if speaks(method):
        return "ok"
    return UNVERIFIED if method in POST_QUANTUM else NEVER


def methods_of_openssh(of, speaks, methods):
    """A row for each method alone."""
    return [Row(f"{of.title}, {method}", sshd(f"KexAlgorithms {method}", of=of),
                outcome_of(method, speaks), method, "ssh-ed25519", of.title) for method in methods]


def key_of_openssh(of, kind, wire, expected="ok", algorithms=None):
    """A row for one host key alone; `algorithms` where it is not offered by default, or not by that name."""
    options = (f"HostKeyAlgorithms {algorithms}",) if algorithms else ()
    return Row(f"{of.title}, {kind}{f' as {algorithms}' if algorithms else ''}",
               sshd(*options, of=of, kinds=(kind,)), expected, "", wire, of.title)


def keys_of_openssh(of):
    rows = [key_of_openssh(of, f"rsa:{bits}", "ssh-rsa") for bits in (1024, 2048, 3072, 4096)]
    rows += [key_of_openssh(of, f"ecdsa:{bits}", f"ecdsa-sha2-nistp{bits}") for bits in (256, 384, 521)]
    rows += [key_of_openssh(of, "ed25519", "ssh-ed25519"),
             key_of_openssh(of, "rsa:2048", "ssh-rsa", algorithms="rsa-sha2-256"),
             key_of_openssh(of, "rsa:2048", "ssh-rsa", OLD, "ssh-rsa")]
    return rows + [Row(f"{of.title}, certificate of an {kind} key", certified(of, kind), "ok", "",
                       KEY_TYPES[kind], of.title) for kind in KEY_TYPES]


def certified(of, kind):
    """Only by its certificate, which an authority signed that nobody knows."""

    def start(lab):
        authority, key = lab.folder / "authority", lab.folder / f"host_{kind}"
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", authority)
        names = "rsa-sha2-512" if kind == "rsa" else KEY_TYPES[kind]
        return sshd(f"HostCertificate {key}-cert.pub", f"HostKeyAlgorithms {names}-cert-v01@openssh.com",
                    of=of, kinds=(kind,),
                    prepare=lambda key: run("ssh-keygen", "-q", "-s", authority, "-h", "-I", "host",
                                            "-V", "+1d", f"{key}.pub"))(lab)

    return start


def packets_of_openssh(of):
    """Ciphers and MACs: what is negotiated, though nothing is sent by them before authentication."""
    rows = [Row(f"{of.title}, {name}", sshd(f"Ciphers {name}", of=of)) for name in CIPHERS]
    rows += [Row(f"{of.title}, {name}", sshd("Ciphers aes128-ctr", f"MACs {name}", of=of)) for name in MACS]
    old = (("Ciphers 3des-cbc",), ("Ciphers aes256-cbc",), ("Ciphers aes128-ctr", "MACs hmac-md5"))
    return rows + [Row(f"{of.title}, {' '.join(lines[-1].split()[1:])}", sshd(*lines, of=of), OLD) for lines in old]


def small_moduli(of):
    """The only groups of its file have 1024 bits: it falls back to the fixed ones."""

    def start(lab):
        file = lab.folder / "moduli"
        file.write_text(f"20260101000000 2 6 100 1023 5 {SMALL_MODULUS}\n")
        return sshd(f"ModuliFile {file}", "KexAlgorithms diffie-hellman-group-exchange-sha256", of=of)(lab)

    return start


def inetd(of):
    """xinetd accepts, and starts one sshd a connection."""

    def start(lab):
        served = sshd(of=of, port=SSH_PORT_OF_BACKENDS)(lab)  # for its configuration
        config = lab.folder / "xinetd.conf"
        config.write_text(
            "defaults\n{\n}\nservice ssh\n{\n  type = UNLISTED\n  socket_type = stream\n  protocol = tcp\n"
            f"  wait = no\n  user = root\n  bind = {served.address}\n  port = 22\n"
            f"  server = {of.server[0]}\n  server_args = -i -e -f {lab.folder / 'sshd_config'}\n}}\n")
        process = lab.start("xinetd", "-dontfork", "-f", config, "-pidfile", lab.folder / "pid")
        lab.until_listening(process)
        return dataclasses.replace(served, port=22)

    return start


def socket_activated(of):
    """systemd accepts, and starts one sshd a connection."""

    def start(lab):
        served = sshd(of=of, port=SSH_PORT_OF_BACKENDS)(lab)  # for its configuration
        process = lab.start("systemd-socket-activate", "--inetd", "-a", "-l", f"{served.address}:22",
                            *of.server, "-i", "-f", lab.folder / "sshd_config")
        lab.until_listening(process)
        return dataclasses.replace(served, port=22)

    return start


def behind_haproxy(of, backend="", bind=""):
    """HAProxy in front of an sshd, with those words more on its lines."""

    def start(lab):
        served = sshd(of=of)(lab)
        address = services.start_haproxy(lab, f"server one {served.target} {backend}", bind=bind)
        return dataclasses.replace(served, address=address)

    return start


def endlessh(lab):
    process = lab.start("endlessh", "-p", "2022")
    lab.until_listening(process)
    return Server(lab.address(), 2022, {}, process)


def lacks(*programs):
    return ", ".join(name for name in programs if not shutil.which(name))


def shapes_of_openssh(of):
    """Configurations, and ways to be started."""
    banner = "/etc/issue.net"
    lines = {
        "its defaults": (), "a banner": (f"Banner {banner}",), "a version of its own": ("VersionAddendum x y",),
        "chroot for users": ("ChrootDirectory /var/empty",), "zlib before authentication": ("Compression yes",),
        "no way to log in": ("PasswordAuthentication no", "PubkeyAuthentication no", "KbdInteractiveAuthentication no"),
        "one connection to start": ("MaxStartups 1",), "rekeys soon": ("RekeyLimit 16K",),
        "names of clients looked up": ("UseDNS yes",), "TCP keepalive off": ("TCPKeepAlive no",),
    }
    rows = [Row(f"{of.title}, {name}", sshd(*options, of=of, kinds=tuple(KEY_TYPES))) for name, options in lines.items()]
    return [*rows,
            Row(f"{of.title}, IPv6", sshd(of=of, address="::1", port=2223)),
            Row(f"{of.title}, small moduli", small_moduli(of)),
            Row(f"{of.title}, xinetd", inetd(of), needs=lacks("xinetd")),
            Row(f"{of.title}, systemd's sockets", socket_activated(of), needs=lacks("systemd-socket-activate")),
            Row(f"{of.title}, HAProxy", behind_haproxy(of), needs=lacks("haproxy")),
            Row(f"{of.title}, PROXY header", behind_haproxy(of, "send-proxy"), NEVER, needs=lacks("haproxy")),
            Row(f"{of.title}, PROXY header, version 2", behind_haproxy(of, "send-proxy-v2"), NEVER, needs=lacks("haproxy")),
            Row("HAProxy, which wants a PROXY header", behind_haproxy(of, bind="accept-proxy"), NEVER, needs=lacks("haproxy")),
            Row("endlessh", endlessh, NEVER, needs=lacks("endlessh"))]


def rows_of(server, speaks):
    """An implementation other than OpenSSH: its defaults, each kind of key, each method alone."""
    def start(kind=None, method=None):
        return lambda lab: server.start(lab, kind, method)

    def wire(kind):
        return KEY_TYPES[kind.split(":")[0]]

    rows = [Row(f"{server.name}, {kind}", start(kind), "ok", "", wire(kind), server.name, server.lack)
            for kind in server.kinds]
    return rows + [Row(f"{server.name}, {method}", start(None, method), outcome_of(method, speaks), method,
                       wire(server.kinds[0]), server.name, server.lack) for method in server.methods]


def releases(speaks):
    """Other releases of OpenSSH: their defaults, and what the system's does not know."""
    rows, known = [], set(openssh.openssh_releases()[0].knows("kex"))
    for of in openssh.openssh_releases()[1:]:
        rows.append(Row(f"{of.title}, its defaults", sshd(of=of, kinds=tuple(KEY_TYPES))))
        rows += methods_of_openssh(of, speaks, sorted(set(of.knows("kex")) - known))
        rows += [key_of_openssh(of, f"{kind}", KEY_TYPES[kind]) for kind in KEY_TYPES]
        if "ssh-mldsa44-ed25519" in of.knows("key"):
            rows.append(key_of_openssh(of, "mldsa44-ed25519", "ssh-mldsa44-ed25519", UNVERIFIED))
    return rows


def zoo(speaks):
    """All rows; speaks(method) tells whether an engine of this build does."""
    of = openssh.openssh_releases()[0]
    return [*methods_of_openssh(of, speaks, of.knows("kex")),
            *keys_of_openssh(of), *packets_of_openssh(of), *shapes_of_openssh(of),
            *releases(speaks), Row("tinysshd", start_tinysshd, "ok", "", "ssh-ed25519", "tinysshd"),
            *(row for server in implementations() for row in rows_of(server, speaks))]
