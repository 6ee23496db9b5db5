"""No secret of an inventory, a command line or a configuration reaches an output."""

import json
import pathlib
import subprocess
import unittest

from harness import FLEETSCAN, Scan, Test, clean_environment, main

NAMES = ["password", "passwd", "pass", "pwd", "Passwort", "secret", "enable", "token", "key", "community",
         "credential", "SNMP Community", "enableSecret", "api_key", "become_pass", "root pw"]
SHAPES = ["-----BEGIN {} KEY-----", "$6$salt${}", "ghp_{}0123456789abcdefghij", "https://admin:{}@web1/",
          "pw: {}", "the password is {}", "sshpass -p {} ssh x", "curl --token {}", "TOKEN={}",
          "$ANSIBLE_VAULT;1.1;AES256;{}"]


class Secrets(Test):
    def setUp(self):
        super().setUp()
        self.planted = []

    def plant(self):
        self.planted.append(f"S3cr3t{len(self.planted):02}Byte")
        return self.planted[-1]

    def sources(self):
        """One inventory of each kind, all of hosts that refuse; and what chooses their labels."""
        columns = ",".join(f'"{name}"' for name in NAMES) + ",site," + ",".join(f"note{i}" for i in range(len(SHAPES)))
        cells = ",".join(self.plant() for _ in NAMES) + ",fra," + ",".join(shape.format(self.plant()) for shape in SHAPES)
        yield self.write("devices.csv", f"host,{columns}\n127.0.0.2,{cells}\n")
        yield self.write("hosts.txt", f"127.0.0.3 site=fra password={self.plant()} note=pw:{self.plant()} "
                                      f"community={self.plant()} contact=u:{self.plant()}@web1\n")
        yield self.write("hosts.ini", f"[a]\n127.0.0.4 site=fra ansible_password={self.plant()} rack='pw {self.plant()}'\n"
                                      f"[a:vars]\nansible_become_pass={self.plant()}\n")
        yield self.write("hosts.yml", "b:\n  hosts:\n    127.0.0.5:\n      site: fra\n"
                                      f"      api_token: {self.plant()}\n      rack: 'password={self.plant()}'\n")
        yield self.write("hosts.json", json.dumps({"c": ["127.0.0.6"], "_meta": {"hostvars": {"127.0.0.6": {
            "vault_token": self.plant(), "rack": "Bearer token: " + self.plant()}}}}))
        yield self.write("config", f"Host far\n  HostName 127.0.0.7\n  ProxyCommand sshpass -p {self.plant()} nc %h %p\n"
                                   f"  SetEnv TOKEN={self.plant()}\n  User fra\n"
                                   f"Host away\n  HostName 127.0.0.8\n  ProxyJump u:{self.plant()}@gate\n")
        self.labels = ["site", "rack", "ansible_password", "ansible_become_pass", "api_token", "vault_token",
                       "SetEnv", "ProxyCommand", "ProxyJump", "User"]

    def assert_clean(self, output, where):
        found = [secret for secret in self.planted if secret.encode() in output]
        self.assertEqual([], found, where)

    def test_nothing_that_is_planted_comes_out(self):
        sources = list(self.sources())
        subnets = self.write("subnets.csv", f"prefix,site,community\n127.0.0.0/8,fra,{self.plant()}\n")
        self.assertGreaterEqual(len(self.planted), 40)
        asked = [word for name in self.labels for word in ("--label-from", name)]
        out = self.folder / "out"
        env = {"GITHUB_STEP_SUMMARY": str(self.folder / "step.md")}
        common = [*sources, *asked, "--subnet-map", subnets, "-p", "1", "--retries", "0", "--no-config"]
        scan = Scan(*common, "-vv", "-o", out, "--csv", self.folder / "x.csv", "--junit", self.folder / "x.xml",
                    "--prometheus", self.folder / "x.prom", "--history", self.folder / "x.db", "--github",
                    "--jsonl", self.folder / "x.jsonl", env=env)
        self.assertEqual(1, scan.status, scan.err)
        listing = Scan("targets", "-v", *common)
        shown = Scan("--show-config", *common)
        for run in (scan, listing, shown):
            self.assert_clean(run.raw_out + run.raw_err, run.out + run.err)
        self.assertIn("for they look like secrets: ", listing.err)
        self.assertIn("password", listing.err)
        results = out / "results.jsonl"
        for arguments in (["report", results, "-o", self.folder / "again"], ["compare", results, results, "--html", self.folder / "c.html"],
                          ["merge", results, "-o", self.folder / "merged"]):
            again = Scan(*arguments)
            self.assert_clean(again.raw_out + again.raw_err, arguments)
        written = [path for path in self.folder.rglob("*") if path.is_file() and path not in (*sources, subnets)]
        self.assertGreaterEqual(len(written), 10)
        for path in written:
            self.assert_clean(path.read_bytes(), path)
        self.assertIn(b'"site":"fra"', results.read_bytes())  # what is no secret stays

    def test_nor_does_what_is_wrong(self):
        wrong = [("a.csv", "host,password\nweb1,{},{}\n"), ("a.csv", "host,port,password\nweb1,0,{}\n"),
                 ("a.ini", "[a]\nweb1 {}\n"), ("a.ini", "[a]\nweb1 ansible_password='{}\n"),
                 ("a.ini", "[a:vars]\npassword {}\n"), ("a.txt", "web1 password:{}!\n"), ("a.txt", "u:{}@we!b\n"),
                 ("a.yml", "all:\n  hosts:\n    web1:\n      password: '{}\n"),
                 ("a.json", '{{"all": {{"password": "{}'), ("config", "Host web1\n  ProxyCommand sshpass -p \"{}\n  Port \"{}")]
        for name, text in wrong:
            with self.subTest(text=text):
                secret = self.plant()
                path = self.write(name, text.format(secret, secret))
                run = Scan("targets", "-v", path)
                self.assert_clean(run.raw_out + run.raw_err, run.out + run.err)

    def test_arguments_keep_none(self):
        target = f"root:{self.plant()}@127.0.0.1"
        config = self.write("config.toml", f'vantage = "pw={self.plant()}"\n')
        shown = Scan("--show-config", "--config", config, target, "--canary", f"u:{self.plant()}@127.0.0.1",
                     "--resolver", f"token={self.plant()}")
        self.assert_clean(shown.raw_out + shown.raw_err, shown.out + shown.err)
        shown = Scan("--show-config", "--config", config, target, "--canary", f"u:{self.plant()}@127.0.0.1")
        self.assertEqual(0, shown.status, shown.err)
        self.assert_clean(shown.raw_out + shown.raw_err, shown.out + shown.err)
        scan = Scan(target, "-p", "1", "--retries", "0", "--jsonl", "-")
        self.assert_clean(scan.raw_out + scan.raw_err, scan.out + scan.err)


if __name__ == "__main__":
    main()
