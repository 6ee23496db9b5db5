"""Names on the command line: families, all addresses, resolvers that fail, labels by address."""

import socket
import struct
import threading
import time

from harness import Fleet, Scan, Test, main

A, AAAA = 1, 28
NO_SUCH_NAME, SERVER_FAILURE = 3, 2


class NameServer:
    """A name server on loopback for the length of a `with` block.

    zone: name -> list of addresses, or a response code; any other name does not exist. None as the
    zone: it hears and never answers.
    """

    def __init__(self, zone):
        self.zone = zone
        self.asked = []

    def __enter__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.socket.sendto(b"", self.socket.getsockname())
        self.thread.join(timeout=10)
        self.socket.close()

    def serve(self):
        while True:
            query, client = self.socket.recvfrom(4096)
            if not query:
                return
            reply = self.answer(query)
            if reply:
                self.socket.sendto(reply, client)

    def answer(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        kind, = struct.unpack(">H", query[at + 1:at + 3])
        name = ".".join(labels).lower()
        self.asked.append((name, kind))
        if self.zone is None:
            return None
        known = self.zone.get(name, NO_SUCH_NAME)
        code = known if isinstance(known, int) else 0
        records = [] if code else [
            socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)
            for text in known if (":" in text) == (kind == AAAA)]
        body = b"".join(struct.pack(">HHHIH", 0xC00C, kind, 1, 60, len(data)) + data for data in records)
        return query[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(records), 0, 0) + query[12:at + 5] + body


class Names(Test):
    zone = {
        "both.test": ["127.0.3.1", "127.0.3.2", "::1"],
        "four.test": ["127.0.3.3"],
        "six.test": ["::1"],
        "broken.test": SERVER_FAILURE,
    }

    def scan(self, *arguments, zone=zone):
        with Fleet(self.write("s", "127.0.0.0/8 healthy\n")) as fleet:
            self.port = fleet.port
            with NameServer(zone) as server:
                scan = Scan(*arguments, "-p", fleet.port, "--dns-server", server.address,
                            "--patience", "0", "--jsonl", "-")
        self.asked = server.asked
        return scan

    def classes(self, scan):
        return {name.removesuffix(f":{self.port}"): host["class"] for name, host in scan.hosts().items()}

    def test_each_name_is_asked_once_and_ends_in_its_class(self):
        scan = self.scan("four.test", "FOUR.test:2222", "nobody.test", "broken.test", "six.test", "-4")
        classes = self.classes(scan)
        self.assertEqual("ok", classes["four.test"])
        self.assertEqual("resolve_not_found", classes["nobody.test"])
        self.assertEqual("resolve_failure", classes["broken.test"])
        self.assertEqual("resolve_no_address", classes["six.test"])
        self.assertEqual(1, self.asked.count(("four.test", A)))

    def test_the_first_address_stands_for_all(self):
        scan = self.scan("both.test", "-4")
        self.assertEqual(1, len(scan.hosts()))

    def test_all_addresses_are_probed_each_for_itself(self):
        scan = self.scan("both.test", "four.test", "--all-addresses", "-o", self.folder / "out")
        name = f"both.test/127.0.3.1:{self.port}"
        self.assertEqual({"both.test/127.0.3.1", "both.test/127.0.3.2", "both.test/[::1]", "four.test"},
                         set(self.classes(scan)))
        self.assertEqual(("both.test", "127.0.3.1"), (scan.hosts()[name]["host"], scan.hosts()[name]["address"]))
        again = Scan("report", self.folder / "out/results.jsonl", "--jsonl", "-")
        self.assertEqual(set(scan.hosts()), set(again.hosts()))

    def test_all_addresses_cannot_be_resumed(self):
        self.assertEqual(2, Scan("x.test", "--all-addresses", "--resume", "r.jsonl").status)

    def test_a_family_of_ssh_config_holds_for_its_host(self):
        config = self.write("config", "Host a\n HostName both.test\n AddressFamily inet6\n"
                                      "Host b\n HostName four.test\n AddressFamily inet6\n")
        hosts = self.scan(config).hosts()
        self.assertEqual({"a": "::1", "b": None}, {h["host"]: h["address"] for h in hosts.values()})
        self.assertEqual("resolve_no_address", hosts[f"b:{self.port}"]["class"])

    def test_subnet_labels_reach_names(self):
        subnets = self.write("subnets.csv", "prefix,site\n127.0.3.0/24,fra\n")
        hosts = self.scan("four.test", "--subnet-map", subnets).hosts()
        self.assertEqual({"site": "fra"}, hosts[f"four.test:{self.port}"]["labels"])

    def test_a_dead_resolver_is_found_out_and_blames_no_host(self):
        names = [f"host{i}.test" for i in range(3000)]
        start = time.monotonic()
        scan = self.scan(self.write("hosts.txt", "\n".join(names)), zone=None)
        self.assertLess(time.monotonic() - start, 30)  # one time-out of 8 s for all, not one each
        self.assertEqual({"scanner_resolver"}, set(self.classes(scan).values()))
        self.assertEqual(3, scan.status)
        self.assertIn("resolver", scan.err)


if __name__ == "__main__":
    main()
