#!/usr/bin/env python3
"""The commands of README.md, CONTRIBUTING.md and docs/*.md, run as they stand there.

Each page has a network namespace where 10.0.0.0/8 is the simulated fleet, so that no packet leaves, and a folder. Its
blocks are taken in order:

- ```sh: its lines are run, one after the other. fleetscan may end with 0 or 1, everything else with 0; a comment
  `exit status N` at the end of a line says otherwise.
- ```text directly below such a block: what it printed, among other lines; durations, dates and commits are not compared.
- any other block whose first line is a comment with a file's name: that file.
- <!-- fleet: RULE -->: a rule of the simulated fleet from here on.

What cannot be run here is looked up instead: NOT_RUN says why, and what is checked.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from fake_proxy import FakeProxy
from harness import FLEETSCAN, SIMULATOR, SKIPPED, Fleet, Test, clean_environment, main
from name_server import NameServer

ROOT = pathlib.Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
LANGUAGES = {"text", "ini", "yaml", "toml", "json", "jsonl", "cron", "promql"}
NAMES = {f"web{i:02}.example.net": [f"10.1.0.{i}"] for i in range(1, 41)} | {"bastion": ["127.0.0.1"]}
INSIDE = "FLEETSCAN_RECIPES_INSIDE"
# No waits between attempts: what they are for is tested elsewhere.
QUICKLY = {"FLEETSCAN_RETRIES": "0", "FLEETSCAN_NO_DIAGNOSE": "true"}
# Programs that would reach beyond this machine. At the machines that pages log in to, ssh runs the command here.
STAND_INS = {"sudo": 'exec "$@"\n',
             "ssh": f"""case "$*" in
*bastion*|*fra1*) for command; do :; done; exec sh -c "$command" ;;
*) exec {shutil.which("ssh")} "$@" ;;
esac
"""}
OPTIONAL = ("ansible", "jq", "nmap", "ssh-keyscan", "promtool", "blackbox_exporter")


def is_script(test, path):
    test.assertTrue(os.access(ROOT / path, os.X_OK), path)


def has_options(test, script, options):
    """Each option stands in the script, or in the program that it hands them to."""
    is_script(test, script)
    text = (ROOT / script).read_text()
    text += "".join((ROOT / program).read_text() for program in re.findall(r"tests/[\w/]+\.py", text))
    for option in re.findall(r"--\w[\w-]*", options):
        test.assertIn(f'{option}', text, f"{script} {options}")


def has_preset(test, name):
    presets = json.loads((ROOT / "CMakePresets.json").read_text())
    test.assertIn(name, [preset["name"] for preset in presets["workflowPresets"]])


def makes_package(test, path):
    presets = json.loads((ROOT / "CMakePresets.json").read_text())["packagePresets"]
    folders = [preset["packageDirectory"].replace("${sourceDir}", ".") for preset in presets]
    test.assertIn(str(pathlib.Path(path).parent), [folder.removeprefix("./") for folder in folders])
    test.assertTrue(pathlib.Path(path).name.startswith("fleetscan_"))


def is_unit(test, name):
    test.assertTrue((ROOT / "scripts/packaging" / name).exists(), name)


NOT_RUN = [  # pattern of a whole command, why it is not run, what is checked with its groups
    (r"(?:\./)?(scripts/(?:run|setup|test|bench|lab)\.sh)(.*)", "builds, or installs packages", has_options),
    (r"cmake --workflow --preset (\w+)", "builds", has_preset),
    (r"sudo apt install (?:\./)?(\S+)", "installs on this machine", makes_package),
    (r"sudo systemctl (?:enable --now|start|status) (\S+)", "needs systemd as the first process", is_unit),
    (r"journalctl -u (\S+).*", "needs systemd as the first process", is_unit),
]


def parts(page):
    """(language, text) of each block, and ("fleet", rule), in the order of the page. A block of text that is
    directly below one of commands is "printed"."""
    pattern = r"^```(\w*)\n(.*?)^```$|^<!-- fleet: ([^\n]*) -->$"
    text, commands_end = page.read_text(), None
    for found in re.finditer(pattern, text, flags=re.M | re.S):
        below = commands_end is not None and not text[commands_end:found.start()].strip()
        commands_end = found.end() if found[1] == "sh" else None
        if found[3]:
            yield "fleet", found[3]
        else:
            yield "printed" if below and found[1] == "text" else found[1], found[2]


def is_whole(command):
    return not command.endswith("\\") and not subprocess.run(
        ["bash", "-n", "-c", command], capture_output=True, check=False).returncode


def commands(block):
    """Its lines; one that leaves a quote or a list open, or ends in a backslash, goes on in the next."""
    found, begun = [], ""
    for line in block.splitlines():
        if not begun and (not line or line.startswith("#")):
            continue
        begun += line
        if is_whole(begun):
            found.append(begun)
            begun = ""
        else:
            begun += "\n"
    return found + [begun] * bool(begun)


def file_name(text):
    named = re.match(r"(?:#|//) ([\w./-]+\.\w+)(?::|$)", text, flags=re.M)
    return named and named[1]


def pattern_of(line):
    """What a printed line may look like in another run."""
    pattern = re.escape(line.strip())
    pattern = re.sub(r"[\d.\\]*\d( |\\ )(m?s|min)\b", r"[\\d.]+\1m?(s|min)", pattern)
    pattern = re.sub(r"\d{4}\\-\d\d\\-\d\d(T|\\ )?(\d\d:\d\d(:\d\d)?)?Z?", r"[\\d:TZ -]+", pattern)
    return pattern.replace(r"\.\.\.", ".*")


class Recipes(Test):
    def setUp(self):
        super().setUp()
        self.bin = self.folder / "bin"
        self.bin.mkdir()
        (self.bin / "fleetscan").symlink_to(FLEETSCAN)
        (self.bin / "fleet_simulator").symlink_to(SIMULATOR)
        for name, script in STAND_INS.items():
            self.write(f"bin/{name}", "#!/bin/sh\n" + script).chmod(0o755)
        self.rules, self.fleet = {"10.0.0.0/8": "10.0.0.0/8 healthy"}, None
        self.addCleanup(self.stop_fleet)
        self.at = self.folder / "page"
        self.at.mkdir()
        self.left_out = set()

    def stop_fleet(self):
        if self.fleet:
            self.fleet.__exit__()
        self.fleet = None

    def start_fleet(self):
        if self.fleet is None:
            scenario = self.write("scenario", "\n".join(self.rules.values()) + "\n")
            self.fleet = Fleet(scenario, "--port", 22, "--port", 2222).__enter__()

    def run_line(self, line):
        """What it prints; None if a program is missing."""
        words = re.findall(r"[\w.-]+", re.sub(r"#.*", "", line))
        lacking = {tool for tool in OPTIONAL if tool in words and not shutil.which(tool, path=self.path())}
        if lacking:
            self.left_out |= lacking
            return None
        with tempfile.TemporaryFile("w+") as said:  # no pipe: what a line leaves running would hold it open
            done = subprocess.run(["bash", "-o", "pipefail", "-c", line], cwd=self.at, stdout=said, stderr=said,
                                  stdin=subprocess.DEVNULL, timeout=120, check=False,
                                  env={**clean_environment(), **QUICKLY, "PATH": self.path(), "HOME": str(self.at)})
            said.seek(0)
            printed = said.read()
        stated = re.search(r"# .*exit status (\d+)$", line)
        good = {int(stated[1])} if stated else {0, 1} if "fleetscan" in words else {0}
        self.assertIn(done.returncode, good, f"{line}\n{printed}")
        return printed

    def path(self):
        return f"{self.bin}:{os.environ['PATH']}:{ROOT / 'build'}"

    def look_up(self, line):
        """Whether it is a command that is not run; what can be checked of it is checked."""
        commands_of_line = [part.strip() for part in re.sub(r"\s+#.*", "", line).split("&&")]
        rules = [next(((found, check) for pattern, _, check in NOT_RUN if (found := re.fullmatch(pattern, command))),
                      None) for command in commands_of_line]
        if not any(rules):
            return False
        self.assertTrue(all(rules), f"only a part of this can be run: {line}")
        for found, check in rules:
            check(self, *found.groups())
        return True

    def run_block(self, block):
        """What it printed; None if a command of it was left out."""
        self.start_fleet()
        printed = ""
        for line in commands(block):
            said = None if self.look_up(line) else self.run_line(line)
            printed = None if said is None or printed is None else printed + said
        return printed

    def write_file(self, text):
        if name := file_name(text):
            (self.at / name).parent.mkdir(parents=True, exist_ok=True)
            (self.at / name).write_text(text)

    def assert_printed(self, block, printed):
        lines = iter(printed.splitlines())
        for expected in filter(str.strip, block.splitlines()):
            pattern = pattern_of(expected)
            self.assertTrue(any(re.fullmatch(pattern, line.strip()) for line in lines),
                            f"not printed, or not here: {expected}\n{printed}")

    def run_page(self, page):
        printed = None
        for kind, text in parts(page):
            with self.subTest(block=text[:60]):
                if kind == "fleet":
                    self.rules[text.split()[0]] = text
                    self.stop_fleet()
                elif kind == "sh":
                    printed = None
                    printed = self.run_block(text)
                elif kind == "printed":
                    if printed is not None:
                        self.assert_printed(text, printed)
                else:
                    self.assertIn(kind, LANGUAGES, "a block without a language may be one of commands")
                    self.write_file(text)

    def records(self, name, kind):
        records = map(json.loads, (self.at / name).read_text().splitlines())
        return [record for record in records if record["type"] == kind]

    def check_guide(self):
        """What its recipes have left."""
        self.assertEqual("w2\nw3\n", (self.at / "failing.txt").read_text())
        self.assertEqual("w1\nw4\nw5\n", (self.at / "reachable.txt").read_text())
        self.assertEqual({"w2", "w3"}, {host["host"] for host in self.records("again/results.jsonl", "host")})
        rows = (self.at / "hosts.csv").read_text().splitlines()
        self.assertEqual(6, len(rows))
        self.assertIn("label:group", rows[0])
        self.assertEqual(b"\x28\xb5\x2f\xfd", (self.at / "results.jsonl.zst").read_bytes()[:4])
        self.assertEqual("urn:fleetscan:result:1", json.loads((self.at / "result.schema.json").read_text())["$id"])
        self.assertEqual(6, (self.at / "known_hosts").read_text().count("ssh-ed25519"))
        self.assertEqual({"local", "fra1", "iad-bastion"},
                         {host["vantage"] for host in self.records("joint/results.jsonl", "host")})

    def check_results_format(self):
        self.assertEqual(2, len(self.records("report/results.jsonl", "host")))

    def check_readme(self):
        self.assertEqual(["10.0.3.4"], [host["host"] for host in self.records("again/results.jsonl", "host")])
        self.assertTrue((self.at / "report/report.html").exists())

    def check_nightly(self):
        """The crontab: five fields of time, an account, and a command that is silent in its first night."""
        page = (ROOT / "docs/nightly.md").read_text()
        *_, line = re.search(r"^```cron\n(.*?)^```", page, flags=re.M | re.S)[1].splitlines()
        *when, user, command = line.split(maxsplit=6)
        for field in when:
            self.assertRegex(field, r"^(\*|\d+(-\d+)?)(/\d+)?(,\d+(-\d+)?)*$")
        self.assertEqual("fleetscan", user)
        self.assertNotIn("%", command)  # which cron takes for a line end
        (self.at / "state").mkdir()
        command = command.replace("/var/lib/fleetscan", "state").replace("/etc/fleetscan/", "")
        self.assertEqual("", self.run_line(command + "    # exit status 0"))

    def test_links(self):
        """To files that exist, and headings in them, as GitHub names those."""
        for page in PAGES:
            for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
                with self.subTest(f"{page.name}: {target}"):
                    path, _, heading = target.partition("#")
                    file = page.parent / path if path else page
                    self.assertTrue(file.exists())
                    headings = re.findall(r"^#+ (.*)$", file.read_text(), flags=re.M) if heading else []
                    slugs = [re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings]
                    self.assertTrue(not heading or heading in slugs, slugs)

    def test_the_rules_of_the_pages(self):
        self.assertEqual(["a \\\nb", "c # d", "e 'f\n\ng'"], commands("# x\n\na \\\nb\nc # d\ne 'f\n\ng'\n"))
        self.assertTrue(re.fullmatch(pattern_of("in 25.1 s, since 2026-11-22"), "in 7 ms, since 2026-12-01"))
        self.assertFalse(re.fullmatch(pattern_of("3 hosts"), "4 hosts"))
        self.assertEqual("hosts.txt", file_name("# hosts.txt: one a line\n"))
        self.assertIsNone(file_name("# what was reached\n"))
        with self.assertRaises(AssertionError):
            self.assert_printed("never\n", "printed\n")
        with self.assertRaises(AssertionError):
            self.look_up("cmake --workflow --preset nonesuch")


def add_page(page):
    name = re.sub(r"[^a-z]", "_", page.stem.lower())

    def test(self):
        with NameServer(NAMES, port=53), FakeProxy(port=1080), FakeProxy(port=3128):
            self.run_page(page)
        check = getattr(self, f"check_{name}", None)
        if check and not self.left_out:
            check()
        if self.left_out:
            print(f"{page.name}: left out for want of {', '.join(sorted(self.left_out))}", file=sys.stderr)
    setattr(Recipes, f"test_{name}", test)


def enter_namespaces():
    """Runs each test where all addresses of the pages are this machine's, side by side. Returns the worst status."""
    there = ["unshare", "--map-root-user", "--net", "--mount", "--propagation", "private"]
    lacking = [tool for tool in ("unshare", "ip", "mount", "bash") if not shutil.which(tool)]
    if lacking or subprocess.run([*there, "true"], capture_output=True, check=False).returncode:
        print(f"skipped: {lacking or 'this account may make no network namespace'}", file=sys.stderr)
        return SKIPPED
    chosen = sys.argv[3:] or [f"Recipes.{name}" for name in dir(Recipes) if name.startswith("test_")]
    with tempfile.NamedTemporaryFile("w", prefix="fleetscan-test-") as resolv:
        resolv.write("nameserver 127.0.0.1\n")
        resolv.flush()
        running = [subprocess.Popen([*there, sys.executable, *sys.argv[:3], name], text=True, stderr=subprocess.PIPE,
                                    env={**os.environ, INSIDE: resolv.name}) for name in chosen]
        for process in running:
            sys.stderr.write(process.communicate()[1])
    return max(process.returncode for process in running)


def furnish_namespace():
    for words in ("link set lo up", "route add local 10.0.0.0/8 dev lo", "address add 2001:db8::1/128 dev lo nodad"):
        subprocess.run(["ip", *words.split()], check=True)
    subprocess.run(["mount", "--bind", os.environ[INSIDE], "/etc/resolv.conf"], check=True)


for each in PAGES:
    add_page(each)
if __name__ == "__main__":
    if INSIDE not in os.environ:
        sys.exit(enter_namespaces())
    furnish_namespace()
    main()
