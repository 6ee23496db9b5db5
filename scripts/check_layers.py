#!/usr/bin/env python3
"""Checks which file includes what, and what it defines. ctest runs it as `layers`.

usage: check_layers.py [SOURCE_FOLDER]

scripts/rooms.txt lists the rooms, lowest first, and which of them are pure. A room includes only
itself and the rooms below it; its names live in its own namespace. A pure room uses nothing outside
the program, so that it can be tested as a table. An outside library belongs to the few files that
are named here. A type of one source file lives in an anonymous namespace.
"""

import pathlib
import re
import sys

SOCKETS = [f"scanner/net/{name}" for name in
           ["socket", "tcp_state", "direct_tcp", "own_address", "echo_service"]]
NAMES = [f"scanner/net/{name}" for name in
         ["dns_channel", "dns_service", "sshfp_service", "system_service", "resolver_settings"]]
LOOPS = [*[f"scanner/net/{name}" for name in
           ["uv_handle", "event_loop", "resolver", "socket_watch", "worker", "worker_pool",
            "scheduler", "echo_service", "ssh_link"]],
         "commands/scan_run"]
VERSIONS = "commands/versions"  # asks every library which one it is

# Headers of the outside world, and the files (without their suffix) that may include them.
OUTSIDE = [
    (["uv.h"], [*LOOPS, *NAMES, VERSIONS]),
    (["ares.h"], [*[f"scanner/net/{name}" for name in ["dns_channel", "dns_service", "sshfp_service"]], VERSIONS]),
    (["arpa/nameser.h"], ["scanner/net/sshfp_message"]),
    (["libssh2.h"], ["scanner/ssh/libssh2_exchange", VERSIONS]),
    (["sodium.h"], [*[f"scanner/ssh/{name}" for name in
                      ["ephemeral_keys", "host_key_proof", "key_exchange"]], VERSIONS]),
    (["yaml-cpp/yaml.h"], [*[f"inventory/formats/{name}" for name in ["ansible_yaml", "cluster_groups", "yaml_hosts"]],
                           *[f"scanner/diagnosis/{name}" for name in ["cause_texts", "clues", "yaml_entries"]]]),
    (["zlib.h", "zstd.h"], ["base/compression", VERSIONS]),
    (["curl/curl.h", "dlfcn.h"], ["inventory/curl_library", "inventory/web_text"]),
    (["toml++/toml.h"], ["inventory/formats/ansible_toml"]),
    (["sqlite3.h"], ["reports/history/sqlite", VERSIONS]),
    # Addresses need the types and constants of sockets, but call none.
    (["sys/socket.h"], [*SOCKETS, "commands/system_calls", "vantages/bastion", "vantages/child", "base/passed_descriptor", "base/address", "scanner/net/dns_channel", "scanner/net/resolver_settings"]),
    (["netinet/in.h"], [*SOCKETS, "commands/system_calls", "base/address"]),
    (["arpa/inet.h"], ["base/address"]),
    (["net/if.h"], ["base/address", "scanner/net/own_networks"]),
    (["ifaddrs.h"], ["scanner/net/own_networks"]),
    (["netinet/tcp.h", "linux/tcp.h", "linux/errqueue.h"], SOCKETS),
    (["poll.h"], [*SOCKETS, "base/output_file", "inventory/inventory_program", "vantages/bastion",
                  "vantages/child", "vantages/session", "commands/vantage_run", "commands/doctor_visits"]),
    (["netdb.h"], NAMES),
    (["linux/landlock.h"], ["commands/confinement"]),
    (["linux/capability.h"], ["commands/capabilities"]),
    (["seccomp.h"], ["commands/system_calls", VERSIONS]),
    (["sys/epoll.h"], [f"scanner/net/{name}" for name in ["socket_watch", "direct_tcp", "ssh_link", "via_ssh"]]),
    (["sys/select.h"], []),
]

# What no pure room includes or calls: files, threads, environment, clocks.
IMPURE_HEADERS = {
    "fcntl.h", "unistd.h", "filesystem", "fstream", "iostream", "thread", "mutex", "atomic",
    "condition_variable", "future", "sys/stat.h", "sys/resource.h", "sys/prctl.h", "csignal",
    "signal.h", "base/file_descriptor.h", "base/lock_file.h", "base/output_file.h", "base/text_file.h",
}
IMPURE_CALL = re.compile(r"::now\(|\bsteady_now\(|\bwall_now\(|\b(secure_)?getenv\(|\bfopen\(")

# A type that a source file defines for itself, at the left margin; nested ones (A::B) have a header.
OWN_TYPE = re.compile(r"(?:class|struct|union|enum(?: class)?) (\w+)(?: final)?\s*(?::(?!:)|\{)")

INCLUDE = re.compile(r'\s*#\s*include\s*[<"]([^">]+)[">]')


def read_rooms(text):
    """The rooms' folders in order, and the set of pure ones."""
    lines = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return [words[0] for words in lines], {words[0] for words in lines if "pure" in words[1:]}


def room_of(path, rooms):
    """The room that a file belongs to, or None for one outside all rooms."""
    return next((room for room in rooms if path.startswith(room + "/")), None)


def breaches(name, header, rooms, pure):
    """Why the file of that name may not include that header: a sentence each."""
    room, target = room_of(name, rooms), room_of(header, rooms)
    if header.startswith("tests/"):
        yield f"{room}/ may not include tests"
    if target and rooms.index(target) > rooms.index(room):
        yield f"{room}/ may not include {target}/"
    if room in pure and header in IMPURE_HEADERS:
        yield f"{room}/ is pure"
    for headers, files in OUTSIDE:
        if header in headers and name.rsplit(".", 1)[0] not in files:
            yield f"only for {', '.join(files) or 'no file'}"


def exposed_types(path):
    """(line number, line) of each type that another source file could define as well, and
    differently: it is in no anonymous namespace, and no header beside it declares it."""
    declared = "".join(header.read_text() for header in path.parent.glob("*.h"))
    hidden = False
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line in ("namespace {", "}  // namespace"):
            hidden = line == "namespace {"
        match = OWN_TYPE.match(line)
        if match and not hidden and not re.search(rf"\b(class|struct|enum) {match[1]};", declared):
            yield number, line


def check_file(name, text, rooms, pure):
    """Every breach in one file, as (line number, line, reason)."""
    room = room_of(name, rooms)
    if not room:
        yield 1, name, "lies in no room of scripts/rooms.txt"
        return
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        for reason in breaches(name, match[1], rooms, pure) if match else ():
            yield number, line.strip(), reason
        if room in pure and IMPURE_CALL.search(line.split("//")[0]):
            yield number, line.strip(), f"{room}/ is pure"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[1])
    rooms, pure = read_rooms((root / "scripts/rooms.txt").read_text())
    files = sorted(
        path
        for top in {room.split("/")[0] for room in rooms}
        for path in (root / top).rglob("*")
        if path.suffix in {".h", ".cc"}
    )
    if not files:
        sys.exit(f"{root}: no sources found")
    found = 0
    for path in files:
        name = path.relative_to(root).as_posix()
        for number, line, reason in check_file(name, path.read_text(), rooms, pure):
            print(f"{name}:{number}: {line}: {reason}")
            found += 1
        for number, line in exposed_types(path) if path.suffix == ".cc" else ():
            print(f"{name}:{number}: {line}: belongs in an anonymous namespace")
            found += 1
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
