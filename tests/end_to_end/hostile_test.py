"""Hostile peers: each ends in time, in its class, with bounded memory and nothing raw on a terminal."""

import resource

from harness import Fleet, Scan, Test, main

SCENARIO = r"""
127.1.0.1/32 endless_banner
127.1.0.2/32 huge_packet
127.1.0.3/32 one_long_line
127.1.0.4/32 malformed_ident
127.1.0.5/32 malformed_ident kind=escape
127.1.0.6/32 healthy drip=0.5
127.1.0.7/32 text_close text="\x1b[2J\x1b]0;owned\x07 ::error::owned\r\n"
127.1.0.8/32 kexinit_disconnect text="\x1b[31m\r\n::set-output name=x::y"
127.1.0.9/32 healthy ident="SSH-2.0-OpenSSH_9.9 <script>alert(1)</script>"
127.1.0.10/32 text_close text="\r\r\n\r</script><img src=x onerror=alert(1)>\n"
"""
EXPECTED = {
    "127.1.0.1": "banner_tarpit",
    "127.1.0.2": "kexinit_malformed",
    "127.1.0.3": "banner_malformed",
    "127.1.0.4": "banner_malformed",
    "127.1.0.5": "kexinit_stalled",
    "127.1.0.6": "banner_incomplete",
    "127.1.0.7": "banner_text_closed",
    "127.1.0.8": "kexinit_disconnect",
    "127.1.0.9": "ok",
    "127.1.0.10": "banner_text_closed",
}


class Hostile(Test):
    def test_each_in_its_class(self):
        with Fleet(self.write("hostile.scenario", SCENARIO)) as fleet:
            scan = Scan(*EXPECTED, "-p", fleet.port, "-t", "3", "--retries", "0", "--jsonl", "-")
        got = {record["host"]: record["class"] for record in scan.hosts().values()}
        self.assertEqual(EXPECTED, got)
        self.assert_no_raw_control_bytes(scan.raw_out)

    def test_nothing_raw_reaches_terminal_log_or_report(self):
        with Fleet(self.write("hostile.scenario", SCENARIO)) as fleet:
            scan = Scan(*EXPECTED, "-p", fleet.port, "-t", "3", "--retries", "0", "-v",
                        "-o", self.folder / "out")
        self.assertEqual(1, scan.status)
        self.assert_no_raw_control_bytes(scan.raw_out)
        self.assert_no_raw_control_bytes(scan.raw_err)
        for line in (scan.out + scan.err).splitlines():
            self.assertFalse(line.startswith("::"), line)
        for name in ("results.jsonl", "report.json", "report.html"):
            document = (self.folder / "out" / name).read_bytes()
            self.assert_no_raw_control_bytes(document)
        html = (self.folder / "out" / "report.html").read_text()
        self.assertNotIn("<script>alert", html)
        self.assertNotIn("<img src=x", html)

    def test_memory_stays_bounded(self):
        """300 endless talkers cost no more than their buffers: far below a megabyte each."""
        with Fleet(self.write("endless.scenario", "127.1.0.0/16 endless_banner\n")) as fleet:
            scan = Scan("127.1.0.0/24", "127.1.1.0-43", "-p", fleet.port, "-t", "3", "--retries", "0",
                        "--per-subnet", "300", "--jsonl", "-")
        self.assertEqual({"banner_tarpit"}, {host["class"] for host in scan.hosts().values()})
        self.assertEqual(300, len(scan.hosts()))
        peak_kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        self.assertLess(peak_kib, 150 * 1024)


if __name__ == "__main__":
    main()
