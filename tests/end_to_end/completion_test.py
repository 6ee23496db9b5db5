"""Completions in real shells, and the man page against the options that there are."""

import pathlib
import re
import shutil
import subprocess
import unittest

from harness import FLEETSCAN, Scan, Test, main

MANUAL = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "packaging" / "fleetscan.1.scd"


def options_of(text):
    """Those that a help or a manual begins a line with."""
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

    def test_bash(self):
        self.assertEqual(["--canary", "--color", "--concurrency", "--config", "--connect-timeout", "--cron", "--csv"],
                         sorted(self.bash("--c")))
        self.assertEqual(["kexinit", "kex"], self.bash("--depth", "ke"))
        self.assertEqual(["merge"], self.bash("me"))
        self.assertEqual(["list"], self.bash("history", "l"))
        self.assertEqual(["always", "auto"], sorted(self.bash("--color", "a")))
        self.assertEqual([], self.bash("--output", "a"))  # left to bash: names of files
        self.assertEqual([], self.bash("--port", ""))
        everything = set(self.bash("-"))
        self.assertEqual(options_of(Scan("--help").out), everything)

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh_reads_it(self):
        self.run_shell("zsh", f"autoload -U compinit; compinit -u -D; source {self.script('zsh')} 2>&1 | grep -v 'can only be called' || true")

    @unittest.skipUnless(shutil.which("fish"), "fish is not installed")
    def test_fish(self):
        offered = self.run_shell("fish", f"source {self.script('fish')}; complete -C 'fleetscan --depth ke' | cut -f1")
        self.assertEqual(["kex", "kexinit"], sorted(offered))
        offered = self.run_shell("fish", f"source {self.script('fish')}; complete -C 'fleetscan --connect-t' | cut -f1")
        self.assertEqual("--connect-timeout", offered[0])

    def test_another_shell(self):
        self.assertEqual(2, Scan("completion", "csh").status)
        self.assertEqual(2, Scan("completion").status)

    def test_the_manual_has_every_option_and_no_other(self):
        offered = options_of(Scan("--help").out)
        self.assertGreater(len(offered), 60)
        self.assertEqual(offered, options_of(MANUAL.read_text().split("# OPTIONS")[1].split("# EXIT")[0]))


if __name__ == "__main__":
    main()
