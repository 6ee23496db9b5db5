"""Which targets a command line selects, how `fleetscan targets` lists them, and their labels."""

import json
import re
import shutil
import subprocess
import unittest

from harness import FLEETSCAN, Fleet, Scan, Test, main

INI = """
[web]
web[01:03] ansible_host=127.0.1.1 site=fra
[db]
db01 ansible_host=127.0.2.1 site=iad
[canary]
web03
"""


class Targets(Test):
    def targets(self, *arguments, **more):
        scan = Scan("targets", *arguments, **more)
        self.assertEqual(0, scan.status, scan.err)
        return scan.out.splitlines()

    def test_a_limit_chooses_by_groups(self):
        inventory = self.write("hosts.ini", INI)
        self.assertEqual(["web01:22", "web02:22"], self.targets(inventory, "-l", "web:!canary"))
        self.assertEqual(["web03:22"], self.targets(inventory, "--limit", "web:&canary"))

    def test_labels_choose(self):
        inventory = self.write("hosts.ini", INI)
        chosen = self.targets(inventory, "--label-from", "site", "--where", "site=iad")
        self.assertEqual(["db01:22"], chosen)

    def test_a_sample_is_the_same_for_a_seed(self):
        sample = self.targets("10.0.0.0/16", "--sample", "20", "--seed", "7")
        self.assertEqual(20, len(set(sample)))
        self.assertEqual(sample, self.targets("10.0.0.0/16", "--sample", "20", "--seed", "7"))
        self.assertNotEqual(sample, self.targets("10.0.0.0/16", "--sample", "20", "--seed", "8"))

    def test_a_sample_may_be_taken_of_more_than_the_most(self):
        self.assertEqual(5, len(self.targets("10.0.0.0/8", "--sample", "5")))
        refused = Scan("targets", "10.0.0.0/8")
        self.assertEqual(2, refused.status)
        self.assertIn("--max-targets", refused.err)

    def test_a_format_is_forced(self):
        listed = self.targets(self.write("odd.txt", "host\n10.0.0.1\n"), "--format", "csv")
        self.assertEqual(["10.0.0.1:22"], listed)
        refused = Scan("targets", "x", "--format", "docx")
        self.assertEqual(2, refused.status)
        self.assertIn("ansible-ini", refused.err)

    def test_verbose_says_why_each_one_is_left_out(self):
        hosts = self.write("hosts.txt", "10.0.0.0/29\nweb01\n")
        config = self.write("config", "Host far\n  HostName far.test\n  ProxyJump bastion\n")
        listed = self.targets(hosts, config, "-v", "-x", "10.0.0.4/30", "-l", "!web01")
        comments = [line for line in listed if line.startswith("#")]
        self.assertEqual(4, sum(line.startswith("10.0.0.") for line in listed))
        self.assertTrue(any("10.0.0.4" in line and "excluded" in line for line in comments), comments)
        self.assertTrue(any("web01" in line and "--limit" in line for line in comments), comments)
        self.assertTrue(any("far" in line and "ProxyJump" in line for line in comments), comments)

    def test_the_list_is_an_inventory(self):
        listed = self.targets("web[01-03]", "10.0.0.0/30", "[2001:db8::1]:2222")
        again = self.targets(self.write("again.txt", "\n".join(listed) + "\n"))
        self.assertEqual(listed, again)

    def test_plan_tells_the_cost(self):
        plan = dict(re.split(r"  +", line, maxsplit=1) for line in self.targets(
            "--plan", "10.0.0.0/23", "web01", "--concurrency", "100", "--per-subnet", "16",
            "--retries", "0", "--timeout", "1"))
        self.assertEqual("513", plan["targets"])
        self.assertEqual("1 to look up", plan["names"])
        self.assertIn("2 (/24 or /64), the largest of 256", plan["subnets"])
        self.assertIn("513 to 1,539", plan["connections"])
        self.assertIn("48.0 s", plan["at worst"])  # 256 / 16 turns of three phases of 1 s
        self.assertIn("164 of the", plan["descriptors"])

    def test_plan_tells_too_few_descriptors(self):
        plan = "\n".join(self.targets("--plan", "10.0.0.0/20", descriptors=200))
        self.assertIn("ulimit -n", plan)

    def test_plan_is_for_targets(self):
        self.assertEqual(2, Scan("127.0.0.1", "--plan").status)

    @unittest.skipUnless(shutil.which("strace"), "strace is not installed")
    def test_neither_opens_a_socket(self):
        hosts = self.write("hosts.txt", "web01.example.net\n127.0.0.1\n10.0.0.0/28\n")
        for mode in ([], ["--plan"], ["-v"]):
            log = self.folder / "calls"
            done = subprocess.run(
                ["strace", "-f", "-qq", "-e", "trace=socket,connect,sendto,sendmsg", "-o", log,
                 FLEETSCAN, "targets", *mode, hosts], capture_output=True, timeout=60, check=False)
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertEqual("", log.read_text())


class Labels(Test):
    def test_labels_travel_into_every_record_and_report(self):
        inventory = self.write("hosts.ini", INI)
        subnets = self.write("subnets.csv", "prefix,owner\n127.0.0.0/8,nobody\n127.0.2.0/24,dba\n")
        with Fleet(self.write("s", "127.0.0.0/8 healthy\n127.0.2.1/32 close\n")) as fleet:
            scan = Scan(inventory, "-p", fleet.port, "--label-from", "site", "--subnet-map", subnets,
                        "--retries", "0", "-o", self.folder / "out", "--csv", self.folder / "csv")
        self.assertEqual(1, scan.status, scan.err)
        records = [json.loads(line) for line in (self.folder / "out/results.jsonl").read_text().splitlines()]
        labels = {r["host"]: r["labels"] for r in records if r["type"] == "host"}
        self.assertEqual("fra", labels["web01"]["site"])
        self.assertEqual("nobody", labels["web01"]["owner"])
        self.assertEqual("dba", labels["db01"]["owner"])
        self.assertEqual("db", labels["db01"]["group"])
        report = json.loads((self.folder / "out/report.json").read_text())
        failing = [host for host in report["hosts"] if host["host"] == "db01"]
        self.assertEqual(labels["db01"], failing[0]["labels"])
        for text in ((self.folder / "csv").read_text(), (self.folder / "out/report.html").read_text()):
            self.assertIn("dba", text)


if __name__ == "__main__":
    main()
