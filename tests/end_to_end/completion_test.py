"""Completions in real shells, and the man page compared with the options that exist."""

import os
import pathlib
import re
import shutil
import subprocess
import unittest

from harness import Scan, Test, main
from typist import type_into

MANUAL = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "packaging" / "fleetscan.1.scd"
HELP = {"-h", "--help"}


def options_of(text):
    """The options that lines of a help text or a manual begin with."""
    lines = [line for line in text.splitlines() if re.match(r" *\*?-", line)]
    return {name for line in lines
            for name in re.findall(r"(?<![\w-])(--[\w-]+|-\w)\b", re.split(r"\s{2,}(?=\w)", line.strip())[0])}


class Completion(Test):
    def script(self, shell):
        done = Scan("completion", shell)
        self.assertEqual((0, ""), (done.status, done.err))
        return self.write(f"completion.{shell}", done.out)

    def run_shell(self, shell, script):
        done = subprocess.run([shutil.which(shell), *(["--no-config"] if shell == "fish" else ["-f"] if shell == "zsh" else []),
                               "-c", script], cwd=self.folder, capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual("", done.stderr)
        return done.stdout.split()

    def bash(self, *words):
        """What bash offers for the last of the words."""
        line = " ".join(f"'{word}'" for word in words)
        return self.run_shell("bash", f"""
            source {self.script("bash")}
            compopt() {{ :; }}  # works in a completion only
            COMP_WORDS=(fleetscan {line}) COMP_CWORD={len(words)}
            _fleetscan
            printf '%s\\n' "${{COMPREPLY[@]}}" """)

    def type_into(self, shell, keys):
        """Types into an interactive shell, for which fleetscan is a function that shows its arguments.
        Returns them."""
        folder = self.folder / "empty"
        folder.mkdir(exist_ok=True)
        prepare = "autoload -U compinit; compinit -u -D\n" if shell == "zsh" else ""
        start_file = self.write(".zshrc", f"{prepare}source {self.script(shell)}\n"
                                          "fleetscan() { echo \"<$*>\"; exit; }\nPS1='ready: '\n")
        words = ["-i"] if shell == "zsh" else ["--noprofile", "--rcfile", start_file, "-i"]
        shown = type_into([shutil.which(shell), *words], f"{keys}\r", "ready: ", cwd=folder,
                          env={**os.environ, "TERM": "dumb", "ZDOTDIR": str(self.folder)})
        found = re.search(r"^<(.*)>\r$", shown, flags=re.M)
        self.assertTrue(found, shown)
        return found.group(1).split()

    def test_keys_typed_into_bash(self):
        for keys, expected in (
                ("fleetscan compare --j\t", ["compare", "--json"]),
                ("fleetscan compare --html a b --q\t", ["compare", "--html", "a", "b", "--quiet"]),
                ("fleetscan hi\tsh\t--d\t", ["history", "show", "--db"]),
                ("fleetscan history trend --js\t", ["history", "trend", "--json"]),
                ("fleetscan merge --o\t", ["merge", "--output"]),
                ("fleetscan report --report-rows f\t", ["report", "--report-rows", "failed"]),
                ("fleetscan explain banner_wra\t", ["explain", "banner_wrapper_refused"]),
                ("fleetscan --depth=b\t", ["--depth=banner"]),
                ("fleetscan --depth=\tb\t", ["--depth=banner"]),
                ("fleetscan --connect\t3 web --depth t\t", ["--connect-timeout", "3", "web", "--depth", "tcp"])):
            with self.subTest(keys):
                self.assertEqual(expected, self.type_into("bash", keys))

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_keys_typed_into_zsh(self):
        for keys, expected in (
                ("fleetscan compare --j\tx", ["compare", "--json=x"]),
                ("fleetscan compare a --q\t", ["compare", "a", "--quiet"]),
                ("fleetscan hi\tsh\t--d\tx", ["history", "show", "--db=x"]),
                ("fleetscan explain banner_wra\t", ["explain", "banner_wrapper_refused"]),
                ("fleetscan --connect\t3 --depth t\t", ["--connect-timeout=3", "--depth", "tcp"])):
            with self.subTest(keys):
                self.assertEqual(expected, self.type_into("zsh", keys))

    def test_bash(self):
        self.assertEqual(["--ca", "--canary", "--client", "--color", "--concurrency", "--config", "--connect-timeout",
                          "--cron", "--csv"], sorted(self.bash("--c")))
        self.assertEqual(["kexinit", "kex"], self.bash("--depth", "ke"))
        self.assertEqual(["rhel-9", "rhel-9-future", "rhel-9-fips"], self.bash("--client", "rhel-9"))
        self.assertEqual(["keys"], self.bash("schema", "k"))
        self.assertEqual(["merge"], self.bash("me"))
        self.assertEqual(["list"], self.bash("history", "l"))
        self.assertEqual(["always", "auto"], sorted(self.bash("--color", "a")))
        self.assertEqual([], self.bash("--output", "a"))  # left to bash: names of files
        self.assertEqual([], self.bash("--port", ""))
        everything = set(self.bash("-"))
        self.assertEqual(options_of(Scan("--help").out), everything)

    @unittest.skipUnless(shutil.which("fish"), "fish is not installed")
    def test_fish(self):
        offered = self.run_shell("fish", f"source {self.script('fish')}; complete -C 'fleetscan --depth ke' | cut -f1")
        self.assertEqual(["kex", "kexinit"], sorted(offered))
        offered = self.run_shell("fish", f"source {self.script('fish')}; complete -C 'fleetscan --connect-t' | cut -f1")
        self.assertEqual("--connect-timeout", offered[0])

    def test_what_follows_history_is_described(self):
        described = re.findall(r"(\w+)\\:\"([^\"]+)\"", Scan("completion", "zsh").out.split("'2:word:((list")[1].split("))")[0])
        self.assertEqual({"show", "host", "trend", "import", "prune"}, set(dict(described)))
        fish = Scan("completion", "fish").out
        self.assertRegex(fish, r"__fleetscan_at history' -x -a trend -d '\w+")

    def test_another_shell(self):
        self.assertEqual(2, Scan("completion", "csh").status)
        self.assertEqual(2, Scan("completion").status)

    def test_the_manual_has_every_option_and_no_other(self):
        manual = MANUAL.read_text()
        offered = options_of(Scan("--help").out)
        self.assertGreater(len(offered), 60)
        self.assertEqual(offered, options_of(manual.split("# OPTIONS")[1].split("# COMMANDS")[0]))

    def test_the_manual_has_every_format(self):
        written = re.search(r"^\*--format\*.*?(?=^\*)", MANUAL.read_text(), flags=re.M | re.S).group()
        self.assertEqual(set(self.bash("--format", "")), {"auto", *re.findall(r"_([a-z][\w-]*)_", written)} - {"NAME"})

    def test_the_manual_has_every_option_of_every_command(self):
        """A command with options of its own has a section, which its subcommands share."""
        usual = options_of(Scan("--help").out)
        written = dict(re.findall(r"^## fleetscan (\w+)\n(.*?)(?=^#)", MANUAL.read_text(), flags=re.M | re.S))
        offered = {}
        for command in self.bash(""):
            options = options_of(Scan(command, "--help").out)
            for below in self.bash(command, ""):
                options |= options_of(Scan(command, below, "--help").out)
            if options - HELP and options != usual:
                offered[command] = options - HELP
        self.assertLess({"report", "merge", "compare"}, set(offered))
        self.assertEqual(offered, {command: options_of(text) for command, text in written.items()})

    def test_what_bash_offers_are_the_options_of_each_command(self):
        for words in (["report"], ["merge"], ["compare"], ["forecast"], ["doctor"], ["keys"], ["history"],
                      *(["history", below] for below in self.bash("history", ""))):
            with self.subTest(words):
                self.assertEqual(options_of(Scan(*words, "--help").out), set(self.bash(*words, "-")))


if __name__ == "__main__":
    main()
