"""`--sshfp`: host keys held against what the DNS publishes."""

import base64
import hashlib
import json

from harness import Fleet, Scan, Test, main
from name_server import SERVER_FAILURE, SSHFP, NameServer

ED25519, RSA = 4, 1
SHA1, SHA256 = 1, 2
NAMES = ("good", "weak", "stale", "half", "bare", "other", "broken", "silent")
ZONE = {f"{name}.test": [f"127.0.7.{at + 1}"] for at, name in enumerate(NAMES)}
SCENARIO = "127.0.7.0/24 healthy profile=openssh-9.2 hostkey=ed25519,rsa\n127.0.8.0/24 close\n"


def record(blob, algorithm=ED25519, digest=SHA256):
    kind = hashlib.sha256 if digest == SHA256 else hashlib.sha1
    return bytes([algorithm, digest]) + kind(blob).digest()


class Sshfp(Test):
    def scan(self, *options, targets=None, sshfp=None, zone=None, authentic=False):
        with NameServer(zone or ZONE, sshfp=sshfp, authentic=authentic) as server:
            scan = Scan(*(targets or ZONE), "-p", self.fleet.port, "--dns-server", server.address, "--patience", "0",
                        "--progress", "none", "--exit-zero", "-4", *options)
        self.asked = [name for name, kind in server.asked if kind == SSHFP]
        return scan

    def published(self, *options, **how):
        """Name -> what its record says of SSHFP."""
        hosts = self.scan("--jsonl", "-", "--sshfp", *options, **how).hosts().values()
        return {host["host"].removesuffix(".test"): (host["host_key"] or {}).get("sshfp") for host in hosts}

    def setUp(self):
        super().setUp()
        self.fleet = Fleet(self.write("fleet.scenario", SCENARIO)).__enter__()
        self.addCleanup(self.fleet.__exit__)

    def records(self):
        """What each kind of host has in the DNS, made of its real key."""
        blobs = {host["host"]: base64.b64decode(host["host_key"]["blob"])
                 for host in self.scan("--jsonl", "-").hosts().values()}
        self.assertEqual([], self.asked)
        own = {name: record(blobs[f"{name}.test"]) for name in NAMES}
        old = record(b"another key")
        return {"good.test": [own["good"], record(blobs["good.test"], digest=SHA1)],
                "weak.test": [record(blobs["weak.test"], digest=SHA1)],
                "stale.test": [old],
                "half.test": [own["half"], old],
                "other.test": [record(b"a key", algorithm=RSA), bytes([ED25519, 9]) + b"of a hash to come"],
                "broken.test": SERVER_FAILURE,
                "silent.test": None}

    VERDICTS = {"good": "match", "weak": "match", "stale": "mismatch", "half": "mismatch", "bare": "none",
                "other": "unlisted", "broken": "failed", "silent": "failed"}

    def test_each_verdict(self):
        said = self.published(sshfp=self.records())
        self.assertEqual(self.VERDICTS, {name: each["verdict"] for name, each in said.items()})
        self.assertEqual(["weak"], [name for name, each in said.items() if each["sha1_only"]])
        self.assertEqual({"none"}, {each["dnssec"] for each in said.values()})
        # c-ares asks again where it hears nothing; every other name is asked once.
        self.assertEqual(sorted(ZONE), sorted(set(self.asked)))
        self.assertEqual(len(ZONE) - 1, sum(name != "silent.test" for name in self.asked))

    def test_no_class_is_concerned(self):
        hosts = self.scan("--jsonl", "-", "--sshfp", sshfp=self.records()).hosts().values()
        self.assertEqual({"ok"}, {host["class"] for host in hosts})

    def test_validation_is_told_and_a_local_server_believed(self):
        records = self.records()
        said = self.published(sshfp=records, authentic=True)
        self.assertEqual("validated", said["good"]["dnssec"])
        self.assertEqual("none", said["broken"]["dnssec"])

    def test_only_names_that_proved_a_key_are_asked_about(self):
        zone = {**ZONE, "away.test": ["127.0.8.1"]}
        said = self.published(targets=["127.0.7.9", "away.test", "GOOD.test", "good.test"], zone=zone)
        self.assertEqual((None, None), (said["127.0.7.9"], said["away"]))
        self.assertEqual({"good.test"}, set(self.asked))
        self.assertEqual(1, len(self.asked))

    def test_further_keys_are_compared_as_well(self):
        records = {"good.test": [*self.records()["good.test"], record(b"another", algorithm=RSA)]}
        scan = self.scan("--jsonl", "-", "--sshfp", "--host-keys", "all", targets=["good.test"], sshfp=records)
        host, = scan.hosts().values()
        self.assertEqual("match", host["host_key"]["sshfp"]["verdict"])
        self.assertEqual(["mismatch"], [key["host_key"]["sshfp"]["verdict"] for key in host["further_keys"]])

    def test_reports_and_gate(self):
        records = self.records()
        scan = self.scan("--sshfp", "-o", self.folder / "out", sshfp=records)
        told = "2 match, 1 of them by SHA-1 alone, 2 differ, 2 without a record for the key, 2 not answered"
        port = self.fleet.port
        self.assertIn(f"SSHFP: {told}", scan.out)
        self.assertIn("SSHFP differs", scan.out)
        report = json.loads((self.folder / "out/report.json").read_text())["sshfp"]
        self.assertEqual({"hosts": 8, "matching": 2, "sha1_only": 1, "claimed": 0, "validated": 0, "missing": 2,
                          "unanswered": 2, "mismatches": 2,
                          "differing": [f"half.test:{port}", f"stale.test:{port}"]},
                         {**report, "differing": sorted(report["differing"])})
        self.assertIn(told, (self.folder / "out/report.html").read_text())
        for rule, status in (("sshfp.mismatch > 1", 1), ("sshfp.mismatch > 4", 0), ("sshfp.missing >= 2", 1),
                             ("sshfp.mismatch > 2", 3)):  # the two without an answer may differ
            again = Scan("report", self.folder / "out/results.jsonl", "--fail-if", rule)
            self.assertEqual(status, again.status, again.out)
        plain = self.scan("--jsonl", self.folder / "plain.jsonl")
        self.assertNotIn("SSHFP", plain.out)
        self.assertEqual(3, Scan("report", self.folder / "plain.jsonl", "--fail-if", "sshfp.mismatch > 0").status)

    def test_a_server_that_is_away_is_not_the_hosts_trouble(self):
        hosts = {name: None for name in ZONE}
        scan = self.scan("--jsonl", "-", "--sshfp", sshfp=hosts)
        self.assertEqual(0, scan.status)
        self.assertEqual({("ok", "failed")}, {(host["class"], host["host_key"]["sshfp"]["verdict"])
                                              for host in scan.hosts().values()})

    def test_what_cannot_work_is_refused(self):
        for words in (["--depth", "banner"], ["--proxy", "socks5h://127.0.0.1:1"]):
            scan = Scan("x.test", "--sshfp", *words)
            self.assertEqual(2, scan.status, scan.err)
            self.assertIn("--sshfp", scan.err)


if __name__ == "__main__":
    main()
