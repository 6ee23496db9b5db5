"""Names on the command line: families, all addresses, resolvers that fail, labels by address."""

import time

from harness import Fleet, Scan, Test, main
from name_server import A, SERVER_FAILURE, NameServer

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
        self.assertLess(time.monotonic() - start, 30)  # one timeout of 8 s for all, not one each
        self.assertEqual({"scanner_resolver"}, set(self.classes(scan).values()))
        self.assertEqual(3, scan.status)
        self.assertIn("resolver", scan.err)


if __name__ == "__main__":
    main()
