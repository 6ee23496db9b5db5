"""What is our own trouble, or our own rule, is not the hosts' fault: exclusions in every notation, a
name server that goes away or drops queries, many ports of one address, a machine that is late."""

import os
import socket
import subprocess
import sys
import threading
import time

from harness import Fleet, Scan, Test, main
from name_server import NameServer

HEALTHY = "127.0.0.0/8 healthy\n"


class Server:
    """A name server that can go away, its port closed, and come back."""

    def __init__(self, zone):
        self.zone, self.port, self.server = zone, None, None

    def come(self):
        self.server = NameServer(self.zone, self.port or 0)
        self.port = self.server.port

    def go(self):
        self.server.close()


class Dropping(NameServer):
    """Drops each hundredth query."""

    def answer(self, query):
        self.heard = getattr(self, "heard", 0) + 1
        return super().answer(query) if self.heard % 100 else b""


class Leaving(NameServer):
    """Answers a thousand queries, then closes its port for good."""

    def serve(self):
        while len(self.asked) < 1000:
            query, client = self.socket.recvfrom(4096)
            self.socket.sendto(self.answer(query), client)
        self.socket.close()


class Greeter:
    """Ports of one address; each says an identification to whoever connects."""

    def __init__(self, address, ports):
        self.sockets = [self.listen(address) for _ in range(ports)]
        self.ports = [each.getsockname()[1] for each in self.sockets]
        self.open, self.most, self.lock = 0, 0, threading.Lock()
        for each in self.sockets:
            threading.Thread(target=self.serve, args=(each,), daemon=True).start()

    @staticmethod
    def listen(address):
        listener = socket.socket()
        listener.bind((address, 0))
        listener.listen()
        return listener

    def serve(self, listener):
        while True:
            peer, _ = listener.accept()
            with self.lock:
                self.open += 1
                self.most = max(self.most, self.open)
            peer.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")
            peer.settimeout(10)
            while peer.recv(1000):
                pass
            with self.lock:
                self.open -= 1
            peer.close()


class Busy:
    """Keeps every core busy, for the length of a `with` block."""

    def __enter__(self):
        self.loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"])
                      for _ in range(os.cpu_count())]

    def __exit__(self, *_):
        for loop in self.loops:
            loop.kill()
            loop.wait()


class OwnTrouble(Test):
    def classes(self, scan):
        counts = {}
        for record in scan.hosts().values():
            counts[record["class"]] = counts.get(record["class"], 0) + 1
        return counts

    def test_an_excluded_address_is_not_probed_in_any_notation(self):
        with Fleet(self.write("s", HEALTHY)) as fleet:
            targets = [f"[::ffff:127.1.0.1]:{fleet.port}", f"0.0.0.0:{fleet.port}",
                       f"[::ffff:0.0.0.0]:{fleet.port}", f"127.1.0.2:{fleet.port}", "mapped.test"]
            with NameServer({"mapped.test": ["::ffff:127.1.0.3"]}) as server:
                scan = Scan(*targets, "-p", fleet.port, "-x", "127.0.0.0/8", "--allow-empty",
                            "--dns-server", server.address, "--jsonl", "-")
            self.assertEqual({"skipped": 1}, self.classes(scan))
            self.assertEqual({}, fleet.connections())

    def test_names_outlive_a_name_server_that_is_away(self):
        names = {f"h{i}.test": [f"127.1.{i // 250}.{i % 250 + 1}"] for i in range(2000)}
        server = Server(names)
        server.come()
        server.go()
        back = threading.Timer(3, server.come)
        with Fleet(self.write("s", HEALTHY)) as fleet:
            back.start()
            scan = Scan(self.write("n", "\n".join(names)), "-p", fleet.port, "--depth", "banner",
                        "--dns-server", f"127.0.0.1:{server.port}", "--jsonl", "-")
        back.join()
        server.go()
        self.assertEqual({"ok": 2000}, self.classes(scan))

    def test_a_name_server_that_stays_away_is_ours(self):
        names = {f"h{i}.test": [f"127.1.{i // 250}.{i % 250 + 1}"] for i in range(2000)}
        server = Leaving(names)
        with Fleet(self.write("s", HEALTHY)) as fleet:
            scan = Scan(self.write("n", "\n".join(names)), "-p", fleet.port, "--depth", "banner",
                        "--patience", "3", "--dns-server", server.address, "--jsonl", "-")
        self.assertEqual({"ok", "scanner_resolver"}, set(self.classes(scan)))
        self.assertEqual(3, scan.status)

    def test_dropped_queries_cost_no_name(self):
        names = {f"h{i}.test": [f"127.1.{i // 250}.{i % 250 + 1}"] for i in range(5000)}
        with Fleet(self.write("s", HEALTHY)) as fleet, Dropping(names) as server:
            scan = Scan(self.write("n", "\n".join(names)), "-p", fleet.port, "--depth", "banner",
                        "--dns-server", server.address, "--jsonl", "-")
        self.assertEqual({"ok": 5000}, self.classes(scan))

    def test_each_port_of_one_address_has_its_verdict(self):
        greeter = Greeter("127.0.77.1", 40)
        scan = Scan(*(f"127.0.77.1:{port}" for port in greeter.ports), "--depth", "banner",
                    "--jsonl", "-")
        self.assertEqual({"ok": 40}, self.classes(scan))
        self.assertEqual(1, greeter.most)

    def test_a_machine_that_is_late_blames_no_host(self):
        with Fleet(self.write("s", HEALTHY)) as fleet, Busy():
            scan = Scan("127.1.0.0/20", "-p", fleet.port, "-c", "8000", "--per-subnet", "8000",
                        "--jsonl", "-")
        self.assertEqual({"ok": 4096}, self.classes(scan))


if __name__ == "__main__":
    main()
