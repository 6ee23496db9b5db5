"""What a user sees on wrong input, and the exit status of each case."""

import re
import subprocess

from harness import FLEETSCAN, Fleet, Scan, Test, main

HEALTHY = "127.0.0.0/8 healthy\n"
# Library as --version calls it -> as pkg-config does.
PKG_CONFIG = {"libuv": "libuv", "c-ares": "libcares", "OpenSSL": "libcrypto", "SQLite": "sqlite3", "zlib": "zlib", "zstd": "libzstd",
              "libseccomp": "libseccomp", "yaml-cpp": "yaml-cpp", "pugixml": "pugixml", "xxHash": "libxxhash",
              "fmt": "fmt"}
OF_THE_COMPILER = {"stdc++", "gcc_s", "m", "c", "pthread", "asan", "ubsan", "tsan", "resolv"}


def told_versions():
    """Library -> version, as --version prints them."""
    return dict(re.findall(r"(?:^|, )([\w/-]+) (\d[\w.]*)", Scan("--version").out, flags=re.M))


class Usage(Test):
    def refused(self, *arguments, **more):
        """Runs what must be refused before anything is probed; returns the error messages."""
        scan = Scan(*arguments, **more)
        self.assertEqual(2, scan.status, scan.err)
        self.assertEqual("", scan.out)
        return scan.err

    def test_missing_inventory(self):
        self.assertIn("no-such.txt", self.refused("no-such.txt"))
        self.assertIn("no/such/file", self.refused("no/such/file"))

    def test_unreadable_inventory(self):
        self.assertIn(str(self.folder), self.refused("/proc/self/mem", self.folder / "gone.txt"))

    def test_all_bad_lines_at_once(self):
        hosts = self.write("hosts.txt", "127.0.0.1\n10.0.0.0/33\n# fine\n[::1\n127.0.0.2:0\nhost:65536\n")
        said = self.refused(hosts)
        for line in (2, 4, 5, 6):
            self.assertIn(f"hosts.txt:{line}:", said)
        self.assertNotIn("hosts.txt:1:", said)
        self.assertNotIn("hosts.txt:3:", said)

    def test_unknown_option_with_a_suggestion(self):
        self.assertIn("--patience", self.refused("127.0.0.1", "--patiense", "3"))

    def test_bad_value(self):
        self.assertIn("--depth", self.refused("127.0.0.1", "--depth", "deep"))
        self.assertIn("--port", self.refused("127.0.0.1", "--port", "65536"))

    def test_words_that_were_meant_for_something_else(self):
        """They are refused at once: nothing is looked up."""
        self.write("hosts.txt", "127.0.0.1\n")
        for words, hint in ((("explian", "tcp_wrappers"), 'mean explain?'), (("127.0.0.1", "22022"), "127.0.0.1:22022"),
                            (("hosts.tx",), 'mean hosts.txt?'), (("hosts",), 'mean hosts.txt?')):
            with self.subTest(words=words):
                scan = Scan(*words, cwd=self.folder)
                self.assertEqual((2, ""), (scan.status, scan.out))
                self.assertIn(hint, scan.err)

    def test_messages_name_what_is_wrong(self):
        hosts = self.write("hosts.txt", "127.0.0.1 site=fra\n")
        self.assertIn("no target matches --where site=nope", self.refused(hosts, "--where", "site=nope"))
        self.assertIn("name two or more results files", self.refused("compare", hosts))
        self.assertIn("empty.txt: not a fleetscan results file", self.refused("report", self.write("empty.txt", "")))
        self.assertIn("no such file", self.refused("history", "list", "--db", self.folder / "no.db"))
        for command in ("report", "forecast", "keys"):
            for text in ("", "127.0.0.1\n"):
                self.assertIn("not a fleetscan results file", self.refused(command, self.write("hosts", text)))

    def test_no_targets(self):
        self.refused()
        self.refused(self.write("empty.txt", "# nobody\n"))

    def test_empty_inventory_may_be_allowed(self):
        scan = Scan(self.write("empty.txt", "# nobody\n"), "--allow-empty", "--jsonl", "-")
        self.assertEqual(0, scan.status, scan.err)

    def test_help_and_version(self):
        for option in ("--help", "--version"):
            scan = Scan(option)
            self.assertEqual(0, scan.status)
            self.assertIn("fleetscan", scan.out)
            self.assertEqual("", scan.err)

    def test_help_and_version_as_words(self):
        self.assertEqual(Scan("--version").out, Scan("version").out)
        self.assertEqual(Scan("--help").out, Scan("help").out)
        self.assertEqual(Scan("compare", "--help").out, Scan("help", "compare").out)
        self.assertEqual(Scan("explain", "--help").out, Scan("help", "explain").out)

    def test_explain_takes_words_and_standard_input(self):
        message = "kex_exchange_identification: read: Connection reset by peer"
        quoted = Scan("explain", message)
        self.assertEqual(0, quoted.status, quoted.err)
        self.assertIn("banner_reset", quoted.out)
        self.assertEqual(quoted.out, Scan("explain", *message.split()).out)
        piped = subprocess.run([FLEETSCAN, "explain", "-"], input=f"$ ssh web01\n{message}\r\n", text=True,
                               capture_output=True, check=True)
        self.assertEqual(quoted.out, piped.stdout)

    def test_explain_refuses_what_it_does_not_know(self):
        self.assertIn("did you mean max_startups?", self.refused("explain", "maxstrtups"))
        self.assertIn("lists all", self.refused("explain", "zxqwv"))
        self.assertIn("--jsom", self.refused("explain", "--jsom"))
        self.assertIn("\\x1b", self.refused("explain", "\x1b]0;zxqwv\x07"))

    def test_version_tells_the_build(self):
        self.assertRegex(Scan("--version").out,
                         r"^fleetscan \d+\.\d+\.\d+ \(\w+, \w+ [\d.]+, \w+, "
                         r"(commit [0-9a-f]{12}(-dirty)?|no commit known)\)\n")

    def test_version_tells_every_library(self):
        told = told_versions()
        self.assertLess({"libssh2", "CLI11", "nlohmann/json"}, set(told))  # linked in, or headers only
        names = {re.sub(r"\W|^lib", "", name).lower() for name in told}
        needed = subprocess.run(["readelf", "-d", FLEETSCAN], capture_output=True, text=True, check=True).stdout
        linked = set(re.findall(r"\[lib([^.]+)\.so", needed)) - OF_THE_COMPILER
        self.assertGreater(len(linked), 8)
        for library in linked:
            name = {"crypto": "openssl", "sqlite3": "sqlite", "z": "zlib"}.get(library, library.replace("-", ""))
            self.assertIn(name, names)

    def test_the_versions_are_those_of_this_system(self):
        told = told_versions()
        for name, package in PKG_CONFIG.items():
            installed = subprocess.run(["pkg-config", "--modversion", package], capture_output=True, text=True,
                                       check=True).stdout.strip()
            self.assertEqual(installed, told[name], name)

    def test_standard_input(self):
        with Fleet(self.write("s", HEALTHY)) as fleet:
            scan = Scan("-", "-p", fleet.port, "--jsonl", "-", stdin="127.0.0.1 site=fra\n127.0.0.2\n")
        self.assertEqual(0, scan.status, scan.err)
        hosts = scan.hosts()
        self.assertEqual(2, len(hosts))
        self.assertEqual({"site": "fra"}, hosts[f"127.0.0.1:{fleet.port}"]["labels"])


class Outputs(Test):
    def test_exit_status_tells_whether_hosts_fail(self):
        with Fleet(self.write("s", "127.0.0.0/8 healthy\n127.0.0.2/32 close\n")) as fleet:
            options = ("-p", fleet.port, "--retries", "0")
            self.assertEqual(0, Scan("127.0.0.1", *options).status)
            self.assertEqual(1, Scan("127.0.0.1", "127.0.0.2", *options).status)
            self.assertEqual(0, Scan("127.0.0.2", *options, "--exit-zero").status)

    def test_standard_output_holds_json_lines_and_nothing_else(self):
        with Fleet(self.write("s", HEALTHY)) as fleet:
            scan = Scan("127.0.0.0/28", "-p", fleet.port, "--jsonl", "-")
        kinds = [record["type"] for record in scan.records()]
        self.assertEqual(["run", *["host"] * 16, "end"], kinds)
        self.assertTrue(scan.records()[-1]["complete"])

    def test_a_reader_that_has_had_enough_is_told_nothing(self):
        with subprocess.Popen([FLEETSCAN, "targets", "10.0.0.0/12"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
            self.assertEqual(b"10.0.0.0:22\n", program.stdout.readline())
            program.stdout.close()
            self.assertEqual(b"", program.stderr.read())
        self.assertEqual(4, program.returncode)

    def test_a_folder_that_cannot_be_made_is_said_before_the_scan(self):
        blocker = self.write("file", "")
        with Fleet(self.write("s", HEALTHY)) as fleet:
            scan = Scan("127.0.0.1", "-p", fleet.port, "-o", blocker / "out")
            self.assertEqual(4, scan.status, scan.err)
            self.assertIn("file", scan.err)
            self.assertEqual(0, fleet.stop()["connections"])

    def test_the_other_outputs_are_written_when_one_fails(self):
        with Fleet(self.write("s", HEALTHY)) as fleet:
            scan = Scan("127.0.0.1", "-p", fleet.port, "--json", "/dev/full",
                        "--html", self.folder / "report.html", "--jsonl", self.folder / "r.jsonl")
        self.assertEqual(4, scan.status, scan.err)
        self.assertIn("/dev/full", scan.err)
        self.assertIn("</html>", (self.folder / "report.html").read_text())
        self.assertEqual(3, len((self.folder / "r.jsonl").read_text().splitlines()))

    def test_terminal_summary_is_short(self):
        with Fleet(self.write("s", "127.0.0.0/8 throttled\n")) as fleet:
            scan = Scan("127.0.0.0/22", "-p", fleet.port, "--retries", "0", "--per-subnet", "256")
        self.assertEqual(1, scan.status)
        self.assertLessEqual(len(scan.out.splitlines()), 25)
        self.assertIn("banner_throttled", scan.out)

    def test_few_descriptors_lower_the_concurrency_and_lose_nothing(self):
        with Fleet(self.write("s", HEALTHY)) as fleet:
            scan = Scan("127.0.0.0/24", "-p", fleet.port, "--jsonl", "-", descriptors=40)
        self.assertEqual(0, scan.status, scan.err)
        self.assertEqual({"ok"}, {host["class"] for host in scan.hosts().values()})
        self.assertEqual(256, len(scan.hosts()))
        self.assertIn("descriptor", scan.err)


if __name__ == "__main__":
    main()
