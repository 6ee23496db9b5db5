#!/usr/bin/env python3
"""Checks which file includes what. ctest runs it as `layers`.

usage: check_layers.py [SOURCE_FOLDER]

Rooms know only themselves and the rooms before them, and only the files named below may reach for
the outside: everything else stays pure, so that it can be tested as a table.
"""

import pathlib
import re
import sys

ROOMS = ["inventory", "scanner", "reports", "commands"]  # each includes itself and those before it

# What touches the outside, and the files (without .h or .cc) that may include it.
SOCKETS = [f"scanner/{name}" for name in
           ["socket", "tcp_state", "tcp_probe", "own_filter", "echo_service"]]
NAMES = ["scanner/dns_service", "scanner/system_service", "scanner/resolver_settings"]
LOOPS = [*[f"scanner/{name}" for name in
           ["uv_handle", "event_loop", "resolver", "socket_watch", "worker", "worker_pool",
            "scheduler", "echo_service"]],
         "commands/scan_run"]
VERSIONS = "commands/versions"  # asks every library which one it is
OUTSIDE = [
    (["uv.h"], [*LOOPS, *NAMES, VERSIONS]),
    (["ares.h"], ["scanner/dns_service", VERSIONS]),
    (["libssh2.h"], ["scanner/key_exchange", VERSIONS]),
    (["sqlite3.h"], ["reports/sqlite", VERSIONS]),
    # Addresses need the types and constants of sockets, but call none.
    (["sys/socket.h", "netinet/in.h"], [*SOCKETS, "inventory/address"]),
    (["arpa/inet.h", "net/if.h"], ["inventory/address"]),
    (["netinet/tcp.h", "linux/tcp.h", "linux/errqueue.h"], SOCKETS),
    (["poll.h"], [*SOCKETS, "reports/report_file"]),
    (["netdb.h"], NAMES),
    (["linux/landlock.h"], ["scanner/confinement"]),
    (["seccomp.h"], ["scanner/confinement", VERSIONS]),
    (["sys/epoll.h"], ["scanner/socket_watch"]),
    (["sys/select.h"], []),
]

INCLUDE = re.compile(r'\s*#\s*include\s*[<"]([^">]+)[">]')


def breaches(name, header):
    """Why the file of that name may not include that header: at most one sentence each."""
    room = name.split("/")[0]
    target = header.split("/")[0]
    if target == "tests":
        yield f"{room}/ may not include tests"
    if target in ROOMS and ROOMS.index(target) > ROOMS.index(room):
        yield f"{room}/ may not include {target}/"
    for headers, files in OUTSIDE:
        if header in headers and name.rsplit(".", 1)[0] not in files:
            yield f"only for {', '.join(files) or 'no file'}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[1])
    files = sorted(
        path
        for room in ROOMS
        for path in (root / room).rglob("*")
        if path.suffix in {".h", ".cc"}
    )
    if not files:
        sys.exit(f"{root}: no sources found")
    found = 0
    for path in files:
        name = path.relative_to(root).as_posix()
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            for reason in breaches(name, match[1]) if match else ():
                print(f"{name}:{number}: {line.strip()}: {reason}")
                found += 1
    sys.exit(1 if found else 0)


main()
