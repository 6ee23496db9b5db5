#!/usr/bin/env python3
"""Host keys of real servers: each key that `--host-keys all` fetches is the one in the server's file,
and what `fleetscan keys` writes is what ssh takes for known, hashed or not, for each key by itself,
through an authority, and as SSHFP records of a name server.

usage: keys_test.py FLEETSCAN
"""

import json
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import sys
import threading

import lab as laboratory
from lab import run
from servers import Server, public_key, start_sshd, start_tinysshd

SSHFP = 44
UNPROVED = {"ssh-dss"}  # not every libssh2 has DSA
# Kind of key -> how ssh is told to take no other.
KINDS = {
    "ed25519": "ssh-ed25519", "ecdsa:256": "ecdsa-sha2-nistp256", "ecdsa:384": "ecdsa-sha2-nistp384",
    "ecdsa:521": "ecdsa-sha2-nistp521", "rsa:2048": "rsa-sha2-512,rsa-sha2-256", "rsa:4096": "rsa-sha2-512",
}
ONLY = {"ssh-ed25519": "ssh-ed25519", "ssh-rsa": "rsa-sha2-512,rsa-sha2-256,ssh-rsa", "ssh-dss": "ssh-dss"}


def host_key(lab, kind):
    """A key file of its own, whatever others of its algorithm there are."""
    name, _, bits = kind.partition(":")
    file = lab.folder / f"key_{name}_{bits or 'usual'}"
    run("ssh-keygen", "-q", "-t", name, *(["-b", bits] if bits else []), "-N", "", "-C", "host", "-f", file)
    return file


def start_with(lab, files, *options):
    server = start_sshd(lab, *options, *(f"HostKey {file}" for file in files[1:]), kinds=(),
                        logging=("-E", lab.folder / "sshd.log", "-o", f"HostKey={files[0]}",
                                 "-o", "LogLevel=DEBUG1"))
    server.public = {public_key(file) for file in files}
    return server


def openssh(lab, kinds, *options):
    return start_with(lab, [host_key(lab, kind) for kind in kinds], *options)


def certified(lab, name, *validity):
    """An sshd with a certificate for `name`."""
    authority, file = lab.folder / "authority", host_key(lab, "ed25519")
    run("ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", authority)
    run("ssh-keygen", "-q", "-s", authority, "-I", "host", "-h", "-n", name, *validity, f"{file}.pub")
    server = start_with(lab, [file, host_key(lab, "rsa:2048")], f"HostCertificate {file}-cert.pub")
    server.authority = public_key(authority)
    server.certificate = pathlib.Path(f"{file}-cert.pub").read_text().split()[1]
    return server


def dropbear(lab, kinds):
    """All kinds at once; the public halves as dropbearkey prints them."""
    keys, public = [], set()
    for kind in kinds:
        name, _, bits = kind.partition(":")
        file = lab.folder / f"dropbear_{name}_{bits}"
        run("dropbearkey", "-t", name, *(["-s", bits] if bits else []), "-f", file)
        printed = run("dropbearkey", "-y", "-f", file)
        public.add(" ".join(next(line for line in printed.splitlines()
                                 if line.startswith(("ssh-", "ecdsa-"))).split()[:2]))
        keys += ["-r", file]
    address = lab.address()
    lab.until_listening(lab.start("dropbear", "-F", "-E", "-p", f"{address}:22", *keys,
                                  "-P", lab.folder / "pid"))
    server = Server(address, 22, {})
    server.public = public
    return server


def tinysshd(lab):
    server = start_tinysshd(lab)
    server.public = {" ".join((lab.folder / "tiny.pub").read_text().split()[:2])}
    return server


SERVERS = {
    **{f"sshd with {kind}": (lambda lab, kind=kind: openssh(lab, [kind])) for kind in KINDS},
    "sshd with SHA-1 only": lambda lab: openssh(lab, ["rsa:2048"], "HostKeyAlgorithms ssh-rsa"),
    "sshd with three": lambda lab: openssh(lab, ["rsa:2048", "ecdsa:256", "ed25519"]),
    "sshd with all": lambda lab: openssh(
        lab, ["rsa:4096", "ecdsa:521", "ecdsa:384", "ecdsa:256", "ed25519", "dsa"], "HostKeyAlgorithms +ssh-dss"),
    "sshd with finite fields": lambda lab: openssh(
        lab, ["rsa:2048", "ecdsa:256", "ed25519"], "KexAlgorithms diffie-hellman-group14-sha256"),
    **{f"dropbear with {kind}": (lambda lab, kind=kind: dropbear(lab, [kind]))
       for kind in ("ed25519", "ecdsa:256", "rsa:2048")},
    "dropbear with all": lambda lab: dropbear(lab, ["ed25519", "ecdsa:256", "rsa:2048"]),
    "tinysshd": tinysshd,
}


def scan(fleetscan, lab, *words):
    """Its results file and its host records."""
    results = lab.folder / "results.jsonl"
    subprocess.run([fleetscan, "--host-keys", "all", "--jsonl", results, "--progress", "none", "-q", "--exit-zero",
                    *words], stdin=subprocess.DEVNULL, timeout=120, check=True, stdout=subprocess.DEVNULL)
    records = map(json.loads, results.read_text().splitlines())
    return results, [record for record in records if record["type"] == "host"]


def recorded(record):
    """"TYPE BLOB" of each key in the record."""
    keys = [record["host_key"], *(further["host_key"] for further in record.get("further_keys", []))]
    return {f"{key['type']} {key['blob']}" for key in keys if key}


def written(fleetscan, results, *form):
    done = subprocess.run([fleetscan, "keys", results, *form], capture_output=True, text=True, timeout=60,
                          check=False)
    return done.stdout, done.stderr, done.returncode


def ssh_knows(host, port, known_hosts, algorithms, *options):
    """Whether ssh gets as far as authentication, which is refused."""
    done = subprocess.run(
        ["ssh", "-F", "none", "-p", str(port), "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes",
         "-o", f"UserKnownHostsFile={known_hosts}", "-o", "GlobalKnownHostsFile=/dev/null",
         "-o", f"HostKeyAlgorithms={algorithms}", "-o", "KexAlgorithms=+diffie-hellman-group14-sha1",
         "-o", "CASignatureAlgorithms=+ssh-rsa", *options, f"nobody@{host}", "true"],
        capture_output=True, text=True, timeout=30, check=False)
    return "Permission denied" in done.stderr or "No supported authentication" in done.stderr


def check(condition, what):
    return [] if condition else [what]


def told_trouble(types, lacking, said, status):
    """Missing is what could not be fetched of the server's keys, and what it has no key for (Dropbear offers RSA
    whether or not it has one)."""
    found = [re.search(r"no (\S+) host key: ", line) for line in said.splitlines()]
    told = {match[1] for match in found if match}
    return (check(status == (1 if told else 0), f"status {status}: {said}") +
            check(told & set(types) == lacking, f"missing {lacking}, told: {said}"))


def known_trouble(lab, fleetscan, results, host, port, types, lacking=frozenset()):
    """ssh with each of both forms, for each type of key by itself; and with a file that is wrong."""
    trouble = []
    for form in ([], ["--hash"]):
        text, said, status = written(fleetscan, results, *form)
        trouble += told_trouble(types, lacking, said, status)
        file = lab.folder / "known_hosts"
        file.write_text(text)
        for kind in sorted(set(types) - lacking):
            only = ONLY.get(kind, kind)
            trouble += check(ssh_knows(host, port, file, only), f"ssh {form} does not know {kind}")
        wrong = text.replace("AAAA", "AAAB")
        file.write_text(wrong)
        trouble += check(not ssh_knows(host, port, file, ONLY.get(types[0], types[0])), "ssh knows any key")
    return trouble


def server_trouble(fleetscan, start):
    with laboratory.Lab() as lab:
        server = start(lab)
        results, (record,) = scan(fleetscan, lab, server.target)
        lacking = {line.split()[0] for line in server.public - recorded(record)}
        trouble = check(recorded(record) <= server.public and lacking <= UNPROVED,
                        f"recorded {recorded(record)}, the server has {server.public}")
        trouble += check(len(record["attempts"]) == 1, "more than one attempt")
        types = sorted(line.split()[0] for line in server.public)
        return trouble + known_trouble(lab, fleetscan, results, server.address, server.port, types, lacking)


def other_port_trouble(fleetscan):
    """A name, on another port; the address as well."""
    with laboratory.Lab() as lab:
        file = host_key(lab, "ed25519")
        server = start_sshd(lab, kinds=(), port=2222, logging=("-e", "-o", f"HostKey={file}"))
        with open("/etc/hosts", "a", encoding="utf-8") as hosts:
            hosts.write(f"{server.address} named.test\n")
        results, _ = scan(fleetscan, lab, "named.test:2222")
        return [trouble for host in ("named.test", server.address)
                for trouble in known_trouble(lab, fleetscan, results, host, 2222, ["ssh-ed25519"])]


def authority_trouble(fleetscan):
    """The authority alone makes ssh take the certificate; one that is out of date brings none."""
    trouble = []
    for name, validity, expected in (("certified.test", ("-V", "-1h:+1d"), True),
                                     ("expired.test", ("-V", "20200101:20200201"), False)):
        with laboratory.Lab() as lab:
            server = certified(lab, name, *validity)
            with open("/etc/hosts", "a", encoding="utf-8") as hosts:
                hosts.write(f"{server.address} {name}\n")
            results, (record,) = scan(fleetscan, lab, name)
            key = record["host_key"]
            trouble += check(recorded(record) == server.public, f"{recorded(record)} of {server.public}")
            trouble += check(key["certificate"]["blob"] == server.certificate, "another certificate")
            text, _, status = written(fleetscan, results)
            lines = [line for line in text.splitlines() if line.startswith("@cert-authority")]
            trouble += check(status == 0, f"{name}: {status}")
            trouble += check(lines == ([f"@cert-authority {name} {server.authority}"] if expected else []),
                             f"{name}: {lines}")
            trouble += known_trouble(lab, fleetscan, results, name, 22, ["ssh-ed25519", "ssh-rsa"])
            file = lab.folder / "known_hosts"
            file.write_text("\n".join([*lines, ""]))
            knows = ssh_knows(name, 22, file, "ssh-ed25519-cert-v01@openssh.com")
            trouble += check(knows == expected, f"ssh takes the certificate for {name}: {knows}")
    return trouble


def gate_trouble(fleetscan):
    """Certificates against --ca, the time and the name: what the report lists, and what --fail-if says."""
    trouble = []
    for validity, name, ca, fault, rule, status in (
            ("-1h:+10d", "gated.test", "authority", None, "certificate.bad > 0", 0),
            ("-1h:+10d", "gated.test", "authority", None, "certificate.days < 30", 1),
            ("-1h:+10d", "gated.test", "authority", None, "certificate.days < 9", 0),
            ("-1h:+10d", "gated.test", "key_rsa_2048", "unknown_authority", "certificate.bad > 0", 1),
            ("-1h:+10d", "other.test", "authority", "wrong_name", "certificate.bad > 0", 1),
            ("20200101:20200201", "gated.test", "authority", "expired", "certificate.bad > 0", 1)):
        with laboratory.Lab() as lab:
            name = name.replace("gated", f"gated{lab.serial}")
            server = certified(lab, name, "-V", validity)
            with open("/etc/hosts", "a", encoding="utf-8") as hosts:
                hosts.write(f"{server.address} gated{lab.serial}.test\n")
            report = lab.folder / "report.json"
            done = subprocess.run(
                [fleetscan, "--ca", lab.folder / f"{ca}.pub", "--json", report, "--fail-if", rule, "--progress", "none",
                 f"gated{lab.serial}.test"], capture_output=True, text=True, timeout=60, check=False)
            bad = json.loads(report.read_text())["certificates"]["bad"]
            found = bad[0]["fault"] if bad else None
            trouble += check((found, done.returncode) == (fault, status),
                             f"{rule} {validity} {name} {ca}: {found}, {done.returncode}\n{done.stdout}{done.stderr}")
            trouble += check(not fault or "certificate " + fault.replace("_", " ") in done.stdout, done.stdout)
    return trouble


class ZoneServer:
    """A name server that trusts itself (AD), with the SSHFP records of a zone file's lines."""

    def __init__(self, lines):
        self.records = {}
        for line in lines:
            name, _, _, algorithm, kind, digest = line.split()
            self.records.setdefault(name.rstrip("."), []).append(
                bytes([int(algorithm), int(kind)]) + bytes.fromhex(digest))
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            query, client = self.socket.recvfrom(4096)
            self.socket.sendto(self.answer(query), client)

    def answer(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        kind, = struct.unpack(">H", query[at + 1:at + 3])
        found = self.records.get(".".join(labels).lower(), []) if kind == SSHFP else []
        header = query[:2] + struct.pack(">HHHHH", 0x85a0, 1, len(found), 0, 0)
        return header + query[12:at + 5] + b"".join(
            b"\xc0\x0c" + struct.pack(">HHIH", SSHFP, 1, 60, len(data)) + data for data in found)


def zone_trouble(fleetscan):
    """ssh takes a key for known from the records alone, and no other key."""
    with laboratory.Lab() as lab, laboratory.Lab() as other:
        server = openssh(lab, ["rsa:2048", "ecdsa:256", "ed25519"])
        impostor = openssh(other, ["ed25519"])
        with open("/etc/hosts", "a", encoding="utf-8") as hosts:
            hosts.write(f"{server.address} zone.test\n{impostor.address} twin.test\n")
        pathlib.Path("/etc/resolv.conf").unlink(missing_ok=True)
        pathlib.Path("/etc/resolv.conf").write_text("nameserver 127.0.0.1\noptions edns0 trust-ad timeout:1\n")
        results, _ = scan(fleetscan, lab, "zone.test")
        text, _, status = written(fleetscan, results, "--sshfp")
        asked = [run("ssh-keygen", "-r", "zone.test", "-f", lab.folder / f"key_{kind}.pub")
                 for kind in ("ed25519_usual", "ecdsa_256", "rsa_2048")]
        theirs = {" ".join(line.split()[3:]) for lines in asked for line in lines.splitlines()
                  if line.split()[4] == "2"}
        ours = {" ".join(line.split()[3:]) for line in text.splitlines()}
        trouble = check(status == 0 and ours == theirs, f"{ours}, ssh-keygen says {theirs}")
        with_sha1, _, _ = written(fleetscan, results, "--sshfp", "--sha1")
        trouble += check({" ".join(line.split()[3:]) for line in with_sha1.splitlines()} ==
                         {" ".join(line.split()[3:]) for lines in asked for line in lines.splitlines()},
                         "other SHA-1 digests than ssh-keygen's")
        ZoneServer(text.splitlines() + text.replace("zone.test", "twin.test").splitlines())
        dns = ("-o", "VerifyHostKeyDNS=yes")
        for only in ("ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512"):
            trouble += check(ssh_knows("zone.test", 22, "/dev/null", only, *dns), f"ssh does not take {only} from DNS")
        trouble += check(not ssh_knows("twin.test", 22, "/dev/null", "ssh-ed25519", *dns), "ssh takes any key from DNS")
        return trouble


def guest_trouble(fleetscan):
    """A default sshd refuses no connection, though ten names lead to it; each key has one."""
    with laboratory.Lab() as lab:
        server = openssh(lab, ["rsa:2048", "ecdsa:256", "ed25519"])
        _, records = scan(fleetscan, lab, server.target)
        log = (lab.folder / "sshd.log").read_text()
        connections = log.count("Connection from ")
        print(f"     {connections} connections for three keys", flush=True)
        return (check(connections == 3, f"{connections} connections") +
                check("MaxStartups" not in log and "drop connection" not in log, "sshd refused a connection") +
                check(len(recorded(records[0])) == 3, "keys are missing"))


def ansible_trouble(fleetscan):
    """Ansible's module writes the same file."""
    with laboratory.Lab() as lab:
        server = openssh(lab, ["rsa:2048", "ed25519"])
        results, _ = scan(fleetscan, lab, server.target)
        task, _, _ = written(fleetscan, results, "--ansible")
        file = lab.folder / "made_by_ansible"
        play = lab.folder / "play.yml"
        indented = "".join(f"    {line}\n" for line in task.splitlines())
        indented = indented.replace("        hash_host:", f"        path: {file}\n        hash_host:")
        play.write_text(f"- hosts: localhost\n  gather_facts: false\n  connection: local\n  tasks:\n{indented}")
        done = subprocess.run(["ansible-playbook", "-i", "localhost,", play], capture_output=True, text=True,
                              timeout=120, check=False, env={"PATH": "/usr/bin:/bin:/usr/sbin", "HOME": str(lab.folder)})
        if done.returncode != 0:
            return [f"ansible-playbook: {done.stdout[-500:]}{done.stderr[-500:]}"]
        return [trouble for only in ("ssh-ed25519", "rsa-sha2-512")
                for trouble in check(ssh_knows(server.address, 22, file, only), f"ssh does not know {only}")]


def main():
    laboratory.enter()
    fleetscan = sys.argv[1]
    checks = {**{title: (lambda start=start: server_trouble(fleetscan, start)) for title, start in SERVERS.items()},
              "another port": lambda: other_port_trouble(fleetscan),
              "authorities": lambda: authority_trouble(fleetscan),
              "checks of certificates": lambda: gate_trouble(fleetscan),
              "zone lines": lambda: zone_trouble(fleetscan),
              "a good guest": lambda: guest_trouble(fleetscan)}
    left_out = 0
    if shutil.which("ansible-playbook"):
        checks["ansible"] = lambda: ansible_trouble(fleetscan)
    else:
        print("left out: ansible is not installed")
        left_out = 1
    chosen = sys.argv[2:]
    failed = 0
    for title, trouble_of in checks.items():
        if chosen and not any(word in title for word in chosen):
            continue
        try:
            trouble = trouble_of()
        except Exception as error:  # one server that does not start leaves the others their turn
            trouble = [repr(error)]
        failed += bool(trouble)
        print(f"{'FAIL' if trouble else 'ok  '} {title}", *trouble, sep="\n     ", flush=True)
    laboratory.end(failed, left_out)


if __name__ == "__main__":
    main()
