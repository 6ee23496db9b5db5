"""`--client NAME`: the verdict is what that client would get."""

import json

from harness import Fleet, Scan, Test, main

# Address -> what the server there is like.
SERVERS = {
    "127.0.9.1": "profile=openssh-9.2",
    "127.0.9.2": "kex=curve25519-sha256",
    "127.0.9.3": "kex=diffie-hellman-group14-sha1 hostkey=rsa hostkeys=ssh-rsa",
    "127.0.9.4": "kex=sntrup761x25519-sha512@openssh.com,curve25519-sha256",
    "127.0.9.5": "kex=diffie-hellman-group14-sha256 hostkey=rsa hostkeys=rsa-sha2-512",
}
CURVE, SLOT_KEX = "curve25519-sha256", "kex"


class Client(Test):
    def setUp(self):
        super().setUp()
        scenario = "".join(f"{address}/32 healthy {words}\n" for address, words in SERVERS.items())
        self.fleet = Fleet(self.write("fleet.scenario", scenario)).__enter__()
        self.addCleanup(self.fleet.__exit__)

    def scan(self, *options):
        scan = Scan(*SERVERS, "-p", self.fleet.port, "--jsonl", "-", "--patience", "0", "--retries", "0",
                    "--progress", "none", "--exit-zero", *options)
        self.assertEqual(0, scan.status, scan.err)
        return scan

    def classes(self, *options):
        """The last part of the address -> (class, slot)."""
        return {host["host"][-1]: (host["class"], host["slot"]) for host in self.scan(*options).hosts().values()}

    def test_each_client_has_its_own_verdicts(self):
        fine = ("ok", None)
        none = ("kexinit_no_common", SLOT_KEX)
        self.assertEqual({"1": fine, "2": fine, "3": ("ok_legacy_algorithms", SLOT_KEX), "4": fine, "5": fine},
                         self.classes())
        # It knows neither curve25519 nor SHA-2 with RSA keys.
        self.assertEqual({"2": none, "3": fine, "4": none, "5": none},
                         {key: value for key, value in self.classes("--client", "openssh-5.3").items() if key != "1"})
        # Under FIPS there is no curve25519.
        self.assertEqual({"2": none, "3": none, "4": none, "5": fine},
                         {key: value for key, value in self.classes("--client", "rhel-9-fips").items() if key != "1"})

    def test_what_only_the_client_speaks_is_named_and_not_blamed_on_the_server(self):
        self.assertEqual(("ok_kex_unverified", SLOT_KEX), self.classes("--client", "openssh-9.9")["4"])

    def test_records_tell_who_asked_and_what_was_agreed_on(self):
        scan = self.scan("--client", "openssh-7.4")
        self.assertEqual("openssh-7.4", scan.records()[0]["options"]["client"])
        attempts = {host["host"][-1]: host["attempts"][0] for host in scan.hosts().values()}
        # It likes ECDSA better than Ed25519, which today's clients do not.
        self.assertEqual((CURVE, "ecdsa-sha2-nistp256"), (attempts["2"]["method"], attempts["2"]["key_type"]))
        self.assertEqual(("diffie-hellman-group14-sha1", "ssh-rsa"),
                         (attempts["3"]["method"], attempts["3"]["key_type"]))
        self.assertEqual({True}, {"as_client" in attempt["flags"] for attempt in attempts.values()})
        self.assertGreater(attempts["2"]["bytes_out"], 1500)
        plain = {host["host"][-1]: host["attempts"][0] for host in self.scan().hosts().values()}
        self.assertEqual("ssh-ed25519", plain["2"]["key_type"])
        self.assertEqual({False}, {"as_client" in attempt["flags"] for attempt in plain.values()})

    def test_verdicts_are_the_forecast_s(self):
        """What a scan as a client finds is what the forecast reads from a scan as any other."""
        results = self.folder / "results.jsonl"
        results.write_text(self.scan().out)
        forecast = json.loads(Scan("forecast", results, "--json", "-").out)
        for row in forecast["clients"]:
            with self.subTest(client=row["client"]):
                classes = [name for name, _ in self.classes("--client", row["client"]).values()]
                self.assertEqual(row["breaks"], classes.count("kexinit_no_common"))

    def test_an_unknown_client_is_refused(self):
        scan = Scan("x.test", "--client", "openssh-9.3")
        self.assertEqual(2, scan.status)
        self.assertIn("did you mean openssh-9.", scan.err)


if __name__ == "__main__":
    main()
