#!/usr/bin/env python3
"""A forecast against reality: real clients at real servers of many configurations. What fleetscan
forecasts of each pair, from one scan, is what becomes of it.

usage: forecast_test.py FLEETSCAN CLIENTS_TXT
"""

import contextlib
import json
import pathlib
import subprocess
import sys

import lab as laboratory
from clients import CLIENTS, rows
from servers import start_sshd

ALL = ("rsa", "ecdsa", "ed25519")
# Lines of sshd_config, and the kinds of host keys.
CONFIGURATIONS = [
    ((), ALL),
    *(((f"KexAlgorithms {method}",), ALL) for method in (
        "sntrup761x25519-sha512@openssh.com", "curve25519-sha256", "curve25519-sha256@libssh.org",
        "ecdh-sha2-nistp256", "ecdh-sha2-nistp521", "diffie-hellman-group-exchange-sha256",
        "diffie-hellman-group-exchange-sha1", "diffie-hellman-group14-sha1",
        "diffie-hellman-group14-sha256", "diffie-hellman-group16-sha512")),
    *(((f"HostKeyAlgorithms {name}",), ALL) for name in ("ssh-rsa", "rsa-sha2-256", "rsa-sha2-512")),
    *(((), (kind,)) for kind in ("ecdsa:521", "ed25519", "rsa:1024", "rsa:4096")),
    *(((f"Ciphers {name}", "MACs hmac-sha2-256"), ALL) for name in (
        "aes128-cbc", "aes256-ctr", "aes192-ctr", "3des-cbc", "aes256-gcm@openssh.com",
        "chacha20-poly1305@openssh.com")),
    *(((f"MACs {name}", "Ciphers aes128-ctr,aes256-ctr"), ALL) for name in (
        "hmac-md5", "hmac-sha1", "hmac-sha2-512", "umac-64-etm@openssh.com", "hmac-sha2-256-etm@openssh.com")),
    (("KexAlgorithms diffie-hellman-group14-sha1", "HostKeyAlgorithms ssh-rsa", "Ciphers aes128-cbc",
      "MACs hmac-sha1"), ALL),
]


def forecast(fleetscan, results, name):
    """The targets that would break this client."""
    said = subprocess.run([fleetscan, "forecast", results, "--client", name, "--json", "-"],
                          capture_output=True, text=True, timeout=60, check=True).stdout
    document = json.loads(said)
    assert document["untold"] == 0, document["untold"]
    return {target for group in document["groups"] for target in group["targets"]}


def main():
    laboratory.enter()
    fleetscan, table = sys.argv[1], rows(pathlib.Path(sys.argv[2]))
    pairs = differences = 0
    with contextlib.ExitStack() as stack:
        servers = []
        for options, kinds in CONFIGURATIONS:
            lab = stack.enter_context(laboratory.Lab())
            servers.append((options, kinds, start_sshd(lab, *options, kinds=kinds)))
        results = str(lab.folder / "results.jsonl")
        subprocess.run([fleetscan, "--jsonl", results, "--progress", "none", "-q", "--exit-zero",
                        *(server.target for _, _, server in servers)],
                       timeout=120, check=True, stdout=subprocess.DEVNULL)
        for client in CLIENTS:
            for name, real in client():
                if name not in table:
                    continue
                breaks = forecast(fleetscan, results, name)
                for options, kinds, server in servers:
                    pairs += 1
                    reaches = real.reaches(server.address, server.port)
                    if reaches == (server.target in breaks):
                        differences += 1
                        print(f"{name}: {'connects' if reaches else 'breaks'} with {options} {kinds}")
    print(f"{pairs} pairs, {differences} differences")
    laboratory.end(differences, not pairs)


if __name__ == "__main__":
    main()
