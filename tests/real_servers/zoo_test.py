#!/usr/bin/env python3
"""The zoo: the scan judges each real server as ssh does, the distribution's and the newest to be had.

usage: zoo_test.py FLEETSCAN [REGULAR-EXPRESSION of the rows]

Fails if a class is not the row's, if a host key is another than the server's or not proved where this
build can, if an ssh gets in where the scan says that it does not or the other way around, or if one
of our own key exchanges was proved against no real server. Prints which were, against which.
"""

import collections
import concurrent.futures
import re
import subprocess
import sys
import time

import lab as laboratory
import openssh
from zoo import NEVER, OLD, UNVERIFIED, zoo

AT_ONCE = 6
TRIES = 3  # a busy machine may slow a server down
SSH_SECONDS = 20
# Those of scanner/ssh/algorithms.cc that a client offers by default.
OWN = ("mlkem768x25519-sha256", "curve25519-sha256", "curve25519-sha256@libssh.org",
       "ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521")
GROUPS = ("diffie-hellman-group14-sha256", "diffie-hellman-group16-sha512",
          "diffie-hellman-group18-sha512", "diffie-hellman-group-exchange-sha256")
REACHED = ("reachable", "degraded")
SSH = ["-v", "-F", "none", "-o", "BatchMode=yes", "-o", "PreferredAuthentications=none",
       "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
       "-o", "GlobalKnownHostsFile=/dev/null"]


def speaker(fleetscan):
    """Tells which methods this build speaks: ML-KEM needs OpenSSL 3.5."""
    version = laboratory.run(fleetscan, "--version")
    major, minor = map(int, re.search(r"OpenSSL (\d+)\.(\d+)", version).groups())
    return lambda method: method in GROUPS or method in OWN and (
        not method.startswith("mlkem") or (major, minor) >= (3, 5))


def gets_in(client, server):
    """Whether ssh comes to authentication, and what it said."""
    command = [*client.client, *SSH, "-p", str(server.port), f"nobody@{server.address}"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
    try:
        _, said = process.communicate(timeout=SSH_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        _, said = process.communicate()
    return "SSH2_MSG_SERVICE_ACCEPT received" in said, said


def ignorant(client, row):
    """Whether this client has never heard of the only method or key type of the server."""
    if client.version >= (8, 8) and row.expected == OLD:
        return False  # knows it, and does not ask for it
    return (row.method and row.method not in client.knows("kex")) or (
        row.key and row.key not in client.knows("key"))


def troubles(fleetscan, clients, row, lab):
    server = row.start(lab)
    record = laboratory.scan(fleetscan, {"--retries": "0", "--patience": "0", "--timeout": "6"}, server.target)
    found = []
    reached = record["state"] in REACHED
    if record["class"] != row.expected and (row.expected != NEVER or reached):
        found.append(f"is {record['class']} instead of {row.expected}")
    key = record["host_key"]
    if row.expected == "ok" and key:
        if not key["verified"] or key["sha256"] != server.fingerprints.get(key["type"]):
            found.append(f"its {key['type']} key is not proved, or is another's")
        if row.key and key["type"] != row.key:
            found.append(f"proved {key['type']} instead of {row.key}")
    for client in clients:
        inside, said = gets_in(client, server)
        wanted = reached and record["class"] != OLD and not ignorant(client, row)
        if inside != wanted:
            found.append(f"ssh {client.title} {'gets in' if inside else 'does not get in'}: "
                         + " | ".join(said.splitlines()[-3:]))
    return found


def play(fleetscan, clients, row):
    for number in range(TRIES):
        with laboratory.Lab() as lab:
            try:
                found = troubles(fleetscan, clients, row, lab)
            except Exception as error:  # any trouble of the laboratory is this row's failure
                found = [f"no result: {error}"]
        if not found:
            break
    return found


def proved_table(rows):
    """Lines of `method: the servers against which it was proved`, and the own methods that have none."""
    proved = collections.defaultdict(list)
    for row in rows:
        if row.expected == "ok":
            for name in filter(None, (row.method, "" if row.method else row.key)):
                if row.server not in proved[name]:
                    proved[name].append(row.server)
    return [f"{'own engine' if name in OWN or name not in GROUPS else 'libssh2'}: {name}: {', '.join(servers)}"
            for name, servers in sorted(proved.items())], proved


def main():
    laboratory.enter()
    openssh.enter_releases()
    speaks = speaker(sys.argv[1])
    installed = [of for of in openssh.openssh_releases() if of.client]
    clients = [installed[0], *[of for of in [max(installed, key=lambda of: of.version)] if of is not installed[0]]]
    print(f"judges: {', '.join(of.title for of in clients)}", flush=True)
    wanted = [row for row in zoo(speaks) if re.search((sys.argv[2:] or [""])[0], row.name)]
    missing = [row for row in wanted if row.needs]
    for row in missing:
        print(f"skip {row.name}: needs {row.needs}")
    if not openssh.found_releases():
        print("left out: the servers of other releases of the distribution (scripts/release_folder.sh)")
    failed, good = 0, []
    started = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        rows = [row for row in wanted if not row.needs]
        for row, found in zip(rows, pool.map(lambda row: play(sys.argv[1], clients, row), rows)):
            print(f"{'FAIL' if found else 'good'} {row.name}: {'; '.join(found) or row.expected}", flush=True)
            failed += bool(found)
            good += [] if found else [row]
    table, proved = proved_table(good)
    print("\n".join(table))
    unproved = [name for name in OWN if speaks(name) and not name.startswith("mlkem") and name not in proved]
    if unproved and len(sys.argv) < 3:
        print(f"proved against no server: {', '.join(unproved)}")
    print(f"{len(wanted)} servers, {len(missing)} lacking here, {failed} failed, {time.monotonic() - started:.0f} s")
    laboratory.end(failed or not good or (unproved and len(sys.argv) < 3), missing)


if __name__ == "__main__":
    main()
