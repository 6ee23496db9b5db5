#!/usr/bin/env python3
"""A scan with its default settings, three times in a row, offends no guard: fail2ban's filters over
the servers' real logs, ufw's `limit` rule, and PerSourcePenalties of a new OpenSSH. Each guard is
shown to bite afterwards, by connections made for that.

usage: guest_test.py FLEETSCAN [NEW_OPENSSH]
NEW_OPENSSH is the folder into which one was unpacked: it is tried then, instead of the system's; where there
is none the system's may be new enough.
"""

import configparser
import pathlib
import re
import shutil
import socket
import sys
import threading
import time

import lab as laboratory
from network import SERVER, routed_network
from servers import PENALTIES, sshd_version, start_sshd

SCANS = 3
MODES = ("normal", "ddos", "aggressive")


class Syslog:
    """The laboratory's own /dev/log; `path` is a file as syslog daemons write it."""

    def __init__(self, lab):
        self.path = lab.folder / "auth.log"
        self.file = open(self.path, "w", encoding="utf-8", buffering=1)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        pathlib.Path("/dev/log").unlink(missing_ok=True)
        self.socket.bind("/dev/log")
        pathlib.Path("/dev/log").chmod(0o666)
        lab.at_end(lambda: self.socket.shutdown(socket.SHUT_RDWR))  # wakes recv
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with self.file, self.socket:
            while message := self.socket.recv(8192).decode(errors="replace"):
                # RFC 3164: <priority>Mmm dd hh:mm:ss tag[pid]: text; daemons add the host's name.
                self.file.write(re.sub(r"^<\d+>(.{15}) ", r"\1 lab ", message.rstrip("\0\n")) + "\n")


def private_dev():
    """A /dev in which a socket can be made without anyone outside seeing it."""
    folder = pathlib.Path("/run/dev")
    folder.mkdir()
    laboratory.run("mount", "-t", "tmpfs", "-o", "dev", "tmpfs", folder)
    for name in ("null", "zero", "full", "random", "urandom", "tty"):
        laboratory.run("cp", "-a", f"/dev/{name}", folder)
    laboratory.run("mount", "--bind", folder, "/dev")


def connect(address, namespace=None, count=1):
    """Connects and leaves, that often; returns what the last one was told first."""
    code = (f"import socket\nfor _ in range({count}):\n"
            f"  try:\n    with socket.create_connection(('{address}', 22), 5) as c: said = c.recv(99)\n"
            "  except OSError as error: said = str(error).encode()\nprint(said.decode())")
    return laboratory.run(sys.executable, "-c", code, namespace=namespace).strip()


def max_retry():
    """How many failures within findtime ban an address, by fail2ban's own configuration."""
    jails = configparser.ConfigParser(interpolation=None, strict=False)
    jails.read("/etc/fail2ban/jail.conf")
    return int(jails["DEFAULT"]["maxretry"])


def failures(log, mode):
    """What the filter counts in the log."""
    text = laboratory.run("fail2ban-regex", log, f"sshd[mode={mode}]")
    return int(re.search(r"(\d+) matched", text).group(1))


def fail2ban_trouble(fleetscan, start, options=None):
    """Scans three times; a ban takes as many failures as `max_retry`."""
    with laboratory.Lab() as lab:
        syslog = Syslog(lab)
        server = start(lab)
        for _ in range(SCANS):
            laboratory.scan(fleetscan, options or {}, server.target)
        time.sleep(0.5)  # for the last child's last words
        found = {mode: failures(syslog.path, mode) for mode in MODES}
        lines = syslog.path.read_text().splitlines()
        print(f"     failures that fail2ban counts in {len(lines)} lines of log, of {max_retry()} "
              f"for a ban: {found}", flush=True)
        if not lines:
            return "the server logged nothing"
        banned = [mode for mode, count in found.items() if count >= max_retry()]
        if banned:
            return "\n".join([f"banned in mode {', '.join(banned)}:", *lines])
        return ""


def fail2ban_bites():
    with laboratory.Lab() as lab:
        syslog = Syslog(lab)
        connect(start_sshd(lab, logging=()).address, count=max_retry())
        time.sleep(0.5)
        return "" if failures(syslog.path, "aggressive") >= max_retry() else "no ban, whatever is done"


def ufw_trouble(fleetscan):
    """The two rules that `ufw limit 22/tcp` makes: six new connections in 30 seconds are too many."""
    with laboratory.Lab() as lab:
        network = routed_network(lab)
        rule = ("iptables", "-A", "INPUT", "-p", "tcp", "--dport", "22", "-m", "conntrack",
                "--ctstate", "NEW", "-m", "recent")
        laboratory.run(*rule, "--set", namespace=network.server)
        laboratory.run(*rule, "--update", "--seconds", "30", "--hitcount", "6", "-j", "REJECT",
                       namespace=network.server)
        start_sshd(lab, kinds=("ed25519",), address=SERVER, namespace=network.server)

        def hits():
            listing = laboratory.run("iptables", "-nvxL", "INPUT", namespace=network.server)
            return int(next(line for line in listing.splitlines() if "REJECT" in line).split()[0])

        for _ in range(SCANS):
            laboratory.scan(fleetscan, {}, SERVER, network.client)
        if hits():
            return f"{hits()} packets met the limit"
        connect(SERVER, network.client, 6)
        return "" if hits() else "the limit is met by nothing"


def penalty_trouble(fleetscan, folder):
    with laboratory.Lab() as lab:
        server = new_sshd(folder)(lab, "-e")
        for _ in range(SCANS):
            record = laboratory.scan(fleetscan, {}, server.target)
            if record["class"] != "ok":
                return f"a scan ended as {record['class']}"
        if not connect(server.address).startswith("SSH-2.0-OpenSSH"):
            return "refused after the scans"
        said = connect(server.address, count=40)
        return "" if said.startswith("Not allowed") else f"no penalty, whatever is done: {said}"


def new_sshd(folder):
    """A default OpenSSH of that folder, or if there is none the system's."""

    def start(lab, *logging):
        if not (folder / "usr/sbin/sshd").exists():
            return start_sshd(lab, logging=logging, penalties=True)
        library = folder / "usr/lib/openssh"
        return start_sshd(lab, f"SshdSessionPath {library}/sshd-session",
                          f"SshdAuthPath {library}/sshd-auth", program=(folder / "usr/sbin/sshd",),
                          logging=logging, penalties=True)

    return start


def keys_lost(lab):
    server = start_sshd(lab, logging=())
    for file in server.keys.values():
        file.unlink()
    return server


def checks(fleetscan):
    """Yields (name, why it cannot be played here, the check)."""
    no_fail2ban = "" if shutil.which("fail2ban-regex") else "needs fail2ban"
    no_iptables = "" if shutil.which("iptables") else "needs iptables"
    old = "KexAlgorithms diffie-hellman-group14-sha1"
    for name, start in (
            ("a healthy sshd", lambda lab: start_sshd(lab, logging=())),
            ("an sshd with old algorithms", lambda lab: start_sshd(lab, old, logging=())),
            ("an sshd that lost its keys", keys_lost)):
        yield f"fail2ban: {name}", no_fail2ban, lambda start=start: fail2ban_trouble(fleetscan, start)
    yield "fail2ban bites", no_fail2ban, fail2ban_bites
    yield "ufw limit", no_iptables, lambda: ufw_trouble(fleetscan)


def checks_of_new_openssh(fleetscan, folder):
    no_fail2ban = "" if shutil.which("fail2ban-regex") else "needs fail2ban"
    has_new = (folder / "usr/sbin/sshd").exists() or sshd_version() >= PENALTIES
    no_new = "" if has_new else "needs a newer OpenSSH (scripts/setup.sh --tests)"
    yield ("fail2ban: a healthy new sshd", no_new or no_fail2ban,
           lambda: fail2ban_trouble(fleetscan, new_sshd(folder)))
    yield "PerSourcePenalties", no_new, lambda: penalty_trouble(fleetscan, folder)


def main():
    laboratory.enter()
    private_dev()
    failed = left_out = 0
    for name, missing, check in (checks_of_new_openssh(sys.argv[1], pathlib.Path(sys.argv[2]).resolve())
                                 if len(sys.argv) > 2 else checks(sys.argv[1])):
        trouble = "" if missing else check()
        failed += bool(trouble)
        left_out += bool(missing)
        word = "skip" if missing else "FAIL" if trouble else "good"
        print(f"{word} {name}{': ' if missing or trouble else ''}{missing or trouble}", flush=True)
    laboratory.end(failed, left_out)


main()
