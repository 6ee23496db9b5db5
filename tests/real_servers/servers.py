"""Real SSH servers on an address of their own, each with fresh keys and configuration."""

import dataclasses
import os
import pathlib
import shutil
import socket
import subprocess
import threading

from lab import run

SSHD = shutil.which("sshd", path=os.environ["PATH"] + ":/usr/sbin") or "sshd"
SSH_PORT_OF_BACKENDS = 2222
PENALTIES = (9, 8)  # the first OpenSSH with PerSourcePenalties
KEY_TYPES = {"rsa": "ssh-rsa", "ecdsa": "ecdsa-sha2-nistp256", "ed25519": "ssh-ed25519"}


def fingerprint(public_key, root=()):
    """The SHA256 fingerprint that ssh-keygen prints for a public key file."""
    return run(*root, "ssh-keygen", "-l", "-E", "sha256", "-f", public_key).split()[1]


def make_key(folder, kind, root=()):
    """Makes a host key and returns its file; the public half lies beside it as FILE.pub. It has a
    comment: Paramiko 2.12 cannot read a key that ends without one and needs no padding.
    A kind is "rsa", or "rsa:4096" for a size of its own. `root`: how a program of another release is
    called, for kinds that only that one makes."""
    name, _, bits = kind.partition(":")
    file = pathlib.Path(folder) / f"host_{name}"
    run(*root, "ssh-keygen", "-q", "-t", name, *(["-b", bits] if bits else []), "-N", "", "-C", "host", "-f", file)
    return file


def public_key(file):
    """A key's public half as known_hosts has it: type and base64."""
    return " ".join(pathlib.Path(f"{file}.pub").read_text().split()[:2])


@dataclasses.dataclass
class Server:
    """A server that runs; `fingerprints` is by the key's type on the wire."""

    address: str
    port: int
    fingerprints: dict
    process: subprocess.Popen = None
    keys: dict = dataclasses.field(default_factory=dict)  # kind -> file, sshd only

    @property
    def target(self):
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{host}:{self.port}"


def start_sshd(lab, *options, kinds=tuple(KEY_TYPES), address=None, port=22, namespace=None,
               program=(SSHD,), root=(), version=None, logging=("-e",), penalties=False,
               prepare=lambda key: None):
    """Starts OpenSSH's server; each option is a line of sshd_config. It logs to the lab's log, with
    `logging` () to syslog. `program` is the server's command and `version` its release, where it is
    not the system's; `root` how that release's other programs are called. `penalties`: leave
    PerSourcePenalties at its default. `prepare` is called with each key's file first."""
    address = address or lab.address()
    keys = {kind: make_key(lab.folder, kind, root) for kind in kinds}
    for file in keys.values():
        prepare(file)
    config = lab.folder / "sshd_config"
    config.write_text("\n".join([
        f"ListenAddress {address}", f"Port {port}", "UsePAM no", "PidFile none",
        *(["PerSourcePenalties no"] if (version or sshd_version()) >= PENALTIES and not penalties else []),
        *[f"HostKey {file}" for file in keys.values()], *options, ""]))
    process = lab.start(*program, "-D", *logging, "-f", config, namespace=namespace)
    lab.until_listening(process)
    fingerprints = {public_key(file).split()[0]: fingerprint(f"{file}.pub", root) for file in keys.values()}
    return Server(address, port, fingerprints, process, keys)


def sshd_version():
    """(9, 2) for OpenSSH 9.2. A server too old for -V names itself in its usage text."""
    text = subprocess.run([SSHD, "-V"], capture_output=True, text=True, timeout=10,
                          check=False).stderr
    number = text.split("OpenSSH_", 1)[1]
    major, rest = number.split(".", 1)
    return int(major), int("".join(c for c in rest[:2] if c.isdigit()))


def sshd_knows_tcp_wrappers():
    """True where this sshd, or the part of it that serves a connection, is linked with libwrap."""
    programs = [SSHD, "/usr/lib/openssh/sshd-session"]
    return any("libwrap" in run("ldd", program) for program in programs
               if pathlib.Path(program).exists())


def start_dropbear(lab, kind="ed25519"):
    address = lab.address()
    key = lab.folder / "dropbear_key"
    run("dropbearkey", "-t", kind, "-f", key)
    printed = run("dropbearkey", "-y", "-f", key)
    public = lab.folder / "dropbear_key.pub"
    public.write_text(next(line for line in printed.splitlines()
                           if line.startswith(tuple(KEY_TYPES.values()))) + "\n")
    process = lab.start("dropbear", "-F", "-E", "-p", f"{address}:22", "-r", key,
                        "-P", lab.folder / "pid")
    lab.until_listening(process)
    return Server(address, 22, {KEY_TYPES[kind]: fingerprint(public)}, process)


def start_tinysshd(lab):
    """tinysshd serves one connection on its standard input, so this test accepts for it."""
    folder = lab.folder / "tiny"
    run("tinysshd-makekey", folder)
    public = lab.folder / "tiny.pub"
    public.write_text(run("tinysshd-printkey", folder))
    listener = socket.create_server((lab.address(), 22))
    lab.at_end(lambda: listener.shutdown(socket.SHUT_RDWR))  # wakes accept

    def accept():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:  # shut down: the scenario is over
                listener.close()
                return
            with connection:
                lab.processes.append(subprocess.Popen(
                    ["tinysshd", folder], stdin=connection, stdout=connection,
                    stderr=subprocess.DEVNULL))

    threading.Thread(target=accept, daemon=True).start()
    return Server(lab.address(), 22, {"ssh-ed25519": fingerprint(public)})
