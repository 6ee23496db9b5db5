#!/usr/bin/env python3
"""What the SSH clients of this machine really offer, against their rows in clients.txt.

Each client connects once to a listener on the loopback that introduces itself, reads the client's
KEXINIT and hangs up. A client that is not installed, or whose version has no row, is skipped.

usage: client_offers_test.py FLEETSCAN CLIENTS_TXT [--show]
FLEETSCAN is not needed; --show prints what each client offers, which is how a row begins.
"""

import pathlib
import socket
import sys
import threading

from clients import CLIENTS, LISTS, SECONDS, rows

SKIPPED = 77
# Where each list stands in a KEXINIT, for the client's and for the server's direction.
PLACES = {"kex": (0,), "host-keys": (1,), "ciphers": (2, 3), "macs": (4, 5), "compression": (6, 7)}
FLAGS = ("ext-info-c", "kex-strict-c-v00@openssh.com", "kexguess2@matt.ucc.asn.au")


def exactly(connection, count):
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def read_kexinit(connection):
    """The ten name-lists of the client's KEXINIT (RFC 4253 sections 6 and 7.1)."""
    for _ in range(1000):
        if exactly(connection, 1) == b"\n":
            break
    length = int.from_bytes(exactly(connection, 4), "big")
    payload = exactly(connection, min(length, 35000))[1:]
    assert payload[0] == 20, payload[:1]
    lists, at = [], 17
    for _ in range(10):
        size = int.from_bytes(payload[at:at + 4], "big")
        lists.append(payload[at + 4:at + 4 + size].decode("ascii").split(","))
        at += 4 + size
    return lists


def offer_of(client):
    """What the client offers; None if it does not connect."""
    caught = []

    def serve(listener):
        try:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(SECONDS)
                connection.sendall(b"SSH-2.0-OpenSSH_9.9\r\n")
                caught.extend(read_kexinit(connection))
        except (OSError, EOFError):
            pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(SECONDS)
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        client.connect(*listener.getsockname())
        thread.join(SECONDS)
    if not caught:
        return None
    return {key: [[name for name in caught[place] if name and name not in FLAGS] for place in places]
            for key, places in PLACES.items()}


def differences(row, offer):
    """How what was offered differs from the row."""
    for key in LISTS:
        for offered in offer[key]:
            if offered != row[key]:
                yield f"{key}: offers {' '.join(offered)}, has {' '.join(row[key])}"


def main():
    table = rows(pathlib.Path(sys.argv[2]))
    compared = failed = 0
    for client in CLIENTS:
        found = False
        for name, one in client():
            found = True
            if name not in table:
                print(f"skipped {client.__name__}: " + (f"no row {name}" if name else "not here"))
                if not (name and "--show" in sys.argv):
                    continue
            offer = offer_of(one)
            if not offer:
                print(f"skipped {name}: it did not connect")
                continue
            if "--show" in sys.argv:
                print(name, *(f"{key} {' '.join(offer[key][0])}" for key in LISTS), sep="\n  ")
            if name not in table:
                continue
            differing = list(differences(table[name], offer))
            print(f"{name}:", *(differing or ["as its row says"]), sep="\n  ")
            compared += 1
            failed += bool(differing)
        if not found:
            print(f"skipped {client.__name__}: not here")
    if not compared:
        return SKIPPED
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
