"""1,000 hostile hosts of 25 kinds beside 1,000 healthy ones: each in its class, in bounded memory.

How much later the healthy ones finish than in a scan without the others is printed, not checked: on a
busy machine it means nothing."""

import re
import resource

from harness import Fleet, Scan, Test, main

PER_KIND = 40
HEALTHY = 1000
MOST_KIB = 200 * 1024

# The behavior, its class.
KINDS = [
    ("endless_banner", "banner_tarpit"),
    ("tarpit interval=0.7s", "banner_tarpit"),
    ("one_long_line", "banner_malformed"),
    ("malformed_ident kind=nul", "banner_malformed"),
    ("malformed_ident kind=escape", "kexinit_stalled"),
    ("malformed_ident kind=version", "banner_malformed"),
    ("ssh1", "banner_ssh1_only"),
    ("incomplete", "banner_incomplete"),
    ("healthy drip=0.9", "banner_incomplete"),
    (r'text_close text="\x1b[2J\x1b]0;owned\x07 ::error::owned\r\n"', "banner_text_closed"),
    (r'text_close text="<script>alert(1)</script>\r\n"', "banner_text_closed"),
    ("silent", "banner_silent"),
    ("proxy_mismatch", "banner_proxy_mismatch"),
    ("tls", "banner_wrong_service"),
    ("huge_packet", "kexinit_malformed"),
    ("kexinit_garbage", "kexinit_malformed"),
    ("kexinit_skipped", "kexinit_malformed"),
    ("kexinit_stall", "kexinit_stalled"),
    (r'kexinit_disconnect text="\x1b[31m\r\n::set-output name=x::y"', "kexinit_disconnect"),
    ("healthy kex=kex-of-nobody@example.com", "kexinit_no_common"),
    ('healthy kex=""', "kexinit_no_common"),
    ("kex_garbage", "kex_malformed"),
    ("kex_stall", "kex_stalled"),
    ("kex_bad_signature hostkey=rsa", "kex_signature_invalid"),
    ("kex_disconnect", "kex_disconnect"),
]


def scenario():
    rules = [f"127.3.{kind}.0/24 {behavior}" for kind, (behavior, _) in enumerate(KINDS)]
    return "127.4.0.0/16 healthy\n" + "\n".join(rules) + "\n"


def percentile(values, share):
    return sorted(values)[int(len(values) * share)]


class HostileFleet(Test):
    HEALTHY_TARGETS = [f"127.4.{i // 250}.{1 + i % 250}" for i in range(HEALTHY)]
    HOSTILE_TARGETS = {f"127.3.{kind}.{1 + i}": expected
                       for kind, (_, expected) in enumerate(KINDS) for i in range(PER_KIND)}

    def scan(self, fleet, targets):
        hosts = self.write("hosts.txt", "\n".join(targets) + "\n")
        scan = Scan(hosts, "-p", fleet.port, "-t", "5", "--retries", "0", "--patience", "0",
                    "--per-subnet", "250", "--no-config", "-o", self.folder / "out", "--jsonl", "-", "-v")
        self.assertIn(scan.status, (0, 1), scan.err[-2000:])
        self.assert_no_raw_control_bytes(scan.raw_out)
        self.assert_no_raw_control_bytes(scan.raw_err)
        return scan.hosts().values()

    @staticmethod
    def took(records):
        """The ninety-ninth percentile of what healthy hosts take from SYN to proof, in ms."""
        return percentile([sum(record["ms"][phase] or 0 for phase in ("connect", "banner", "kexinit", "kex"))
                           for record in records if record["class"] == "ok"], 0.99)

    def test_each_in_its_class(self):
        self.assertEqual((25, 1000), (len(KINDS), len(self.HOSTILE_TARGETS)))
        with Fleet(self.write("hostile.scenario", scenario())) as fleet:
            alone = self.took(self.scan(fleet, self.HEALTHY_TARGETS))
            records = self.scan(fleet, [*self.HEALTHY_TARGETS, *self.HOSTILE_TARGETS])
        got = {record["host"]: record["class"] for record in records}
        expected = {**dict.fromkeys(self.HEALTHY_TARGETS, "ok"), **self.HOSTILE_TARGETS}
        wrong = {host: (want, got.get(host)) for host, want in expected.items() if got.get(host) != want}
        self.assertEqual({}, dict(list(wrong.items())[:20]), f"{len(wrong)} of {len(expected)}")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        beside = self.took(records)
        print(f"healthy p99 {alone:.1f} ms alone, {beside:.1f} ms beside them; "
              f"at most {peak / 1024:.0f} MiB (scanner or simulator)")
        self.assertLess(peak, MOST_KIB)
        html = (self.folder / "out" / "report.html").read_text()
        self.assertIsNone(re.search(r"<script>alert", html))


if __name__ == "__main__":
    main()
