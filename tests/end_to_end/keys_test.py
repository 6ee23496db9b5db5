"""`--host-keys all` on a large simulated fleet: every key of every host, one connection at a time to a
host and one for each key, and no more than a plain scan where it is not asked for."""

import json
import shutil
import subprocess
import time

from harness import Fleet, Scan, Test, main

HOSTS = 5000
TARGETS = "127.40.0.0-127.40.19.255"  # 5,120 of them, of which a part stays away
AWAY = 120
SCANNED = 1000 + AWAY  # by ssh-keyscan
CONCURRENCY = 16  # the simulator accepts before it looks who has left: it must not be a second late
SCENARIO = "127.40.0.0/16 healthy profile=openssh-9.2 hostkey=ed25519,rsa,ecdsa\n127.40.19.136/29 kexinit_close\n127.40.19.144/28 silent\n" \
           "127.40.19.160/27 close\n127.40.19.192/26 close\n"
TYPES = {"ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"}


class Keys(Test):
    def scanned(self, *options):
        """The scan, its seconds, and address -> (connections, most at once)."""
        with Fleet(self.write("fleet.scenario", SCENARIO)) as fleet:
            began = time.monotonic()
            scan = Scan(TARGETS, "-p", fleet.port, "--jsonl", self.folder / "results.jsonl", "--retries", "0",
                        "--no-diagnose", "--per-subnet", "256", "-c", CONCURRENCY, "--exit-zero", "-q", "--progress", "none", *options)
            return scan, time.monotonic() - began, fleet.connections()

    def hosts(self):
        lines = (self.folder / "results.jsonl").read_text().splitlines()
        return [record for record in map(json.loads, lines) if record["type"] == "host"]

    def test_every_key_of_every_host(self):
        _, plain, counts = self.scanned()
        self.assertEqual({(1, 1)}, set(counts.values()))
        scan, all_keys, counts = self.scanned("--host-keys", "all")
        self.assertEqual(0, scan.status, scan.err)
        hosts = self.hosts()
        reached = [host for host in hosts if host["state"] == "reachable"]
        self.assertEqual(HOSTS + AWAY, len(hosts))
        self.assertEqual(HOSTS, len(reached))
        for host in reached:
            found = {host["host_key"]["type"], *(key["type"] for key in host["further_keys"] if key["host_key"])}
            self.assertEqual(TYPES, found, host["target"])
            self.assertEqual(1, len(host["attempts"]))
            self.assertEqual((3, 1), counts[host["host"]], host["target"])
        for host in hosts:
            if host["state"] != "reachable":
                self.assertNotIn("further_keys", host)
                self.assertEqual((1, 1), counts[host["host"]], host["target"])
        print(f"plain {plain:.1f} s, all keys {all_keys:.1f} s, {3 * HOSTS} keys")

        keys = Scan("keys", self.folder / "results.jsonl")
        self.assertEqual(1, keys.status)  # some hosts stayed away
        self.assertEqual(3 * HOSTS, len(keys.out.splitlines()))
        self.assertEqual(AWAY, len(keys.err.splitlines()), keys.err[:500])
        self.assert_no_raw_control_bytes(keys.raw_err)

    def test_ssh_keyscan_beside_it(self):
        """For comparison: what it finds, how long it takes and what it says of those it misses."""
        if not shutil.which("ssh-keyscan"):
            self.skipTest("ssh-keyscan is not installed")
        with Fleet(self.write("fleet.scenario", SCENARIO)) as fleet:
            names = "".join(f"127.40.{i // 256}.{i % 256}\n" for i in range(HOSTS + AWAY - SCANNED, HOSTS + AWAY))
            began = time.monotonic()
            done = subprocess.run(["ssh-keyscan", "-p", str(fleet.port), "-T", "5", "-f", self.write("names", names)],
                                  capture_output=True, text=True, timeout=250, check=False)
            keys = sum(not line.startswith("#") for line in done.stdout.splitlines())
            took = time.monotonic() - began
            most = max(at_once for _, at_once in fleet.connections().values())
        print(f"ssh-keyscan {took:.1f} s, {keys} keys, status {done.returncode}, {most} connections at once to a host")
        self.assertGreater(keys, 0)


if __name__ == "__main__":
    main()
