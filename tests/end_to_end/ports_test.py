"""While no local port is free, the scan waits for ports, and no host is blamed.

Runs in a network namespace of its own, whose few ports it takes; skipped where none can be had.
"""

import pathlib
import socket
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "real_servers"))

import lab  # noqa: E402

FIRST, LAST = 40000, 40007
TAKEN_SECONDS = 3
HOSTS = 100


def take_ports():
    """A port that is bound without SO_REUSEADDR cannot be a connection's own port."""
    sockets = []
    for port in range(FIRST, LAST + 1):
        taken = socket.socket()
        taken.bind(("0.0.0.0", port))
        sockets.append(taken)
    return sockets


def scan_without_ports():
    from harness import Fleet, Scan

    with Fleet("/dev/null") as fleet:
        lab.run("sysctl", "-qw", f"net.ipv4.ip_local_port_range={FIRST} {LAST}")
        taken = take_ports()
        release = threading.Timer(TAKEN_SECONDS, lambda: [each.close() for each in taken])
        release.start()
        try:
            return Scan(f"127.1.0.0-127.1.0.{HOSTS - 1}", "-p", fleet.port, "--depth", "banner",
                        "--jsonl", "-")
        finally:
            release.join()


def main():
    lab.enter()
    scan = scan_without_ports()
    results = scan.hosts()
    wrong = {name: result for name, result in results.items()
             if result["class"] != "ok" or len(result["attempts"]) != 1}
    if scan.status != 0 or len(results) != HOSTS or wrong:
        sys.exit(f"exit {scan.status}, {len(results)} results, wrong: {wrong}\n{scan.err}")
    if "connections had to wait" not in scan.err:
        sys.exit(f"it does not say that it waited:\n{scan.err}")
    print(f"{HOSTS} hosts, none blamed")


if __name__ == "__main__":
    main()
