#!/usr/bin/env python3
"""The include checker on a small source tree of its own: it reports what is forbidden, and nothing else."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).parents[2] / "scripts/check_layers.py"
ROOMS = "# a comment\nbase\nscanner/ssh pure\nscanner/net\ncommands\n"


def check(files):
    """Exit status and output for a tree with these files."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in {"scripts/rooms.txt": ROOMS, **files}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        run = subprocess.run([sys.executable, SCRIPT, root], capture_output=True, text=True,
                             check=False)
        return run.returncode, run.stdout + run.stderr


class CheckLayers(unittest.TestCase):
    def test_downward_includes_pass(self):
        self.assertEqual(check({
            "base/text.h": "#include <string>\n",
            "scanner/ssh/wire.cc": '#include "base/text.h"\n#include "scanner/ssh/wire.h"\n',
            "scanner/net/socket.cc": "#include <sys/socket.h>\n#include <unistd.h>\n",
            "commands/main.cc": '#include "scanner/net/socket.h"\n',
        }), (0, ""))

    def test_each_breach_is_found(self):
        cases = {
            "an include upward": ("base/a.h", '#include "scanner/ssh/wire.h"', "may not include"),
            "tests in the product": ("base/a.h", '#include "tests/x.h"', "may not include tests"),
            "a library elsewhere": ("scanner/net/worker2.h", "#include <libssh2.h>", "only for"),
            "a file in a pure room": ("scanner/ssh/a.cc", "#  include <fstream>", "is pure"),
            "our own file wrapper": ("scanner/ssh/a.cc", '#include "base/text_file.h"', "is pure"),
            "a thread in a pure room": ("scanner/ssh/a.cc", "#include <thread>", "is pure"),
            "a clock in a pure room": ("scanner/ssh/a.cc", "f(steady_clock::now());", "is pure"),
            "the environment": ("scanner/ssh/a.cc", 'std::getenv("HOME");', "is pure"),
            "a file in no room": ("scanner/stray.cc", "int x;", "lies in no room"),
        }
        for what, (name, line, reason) in cases.items():
            with self.subTest(what):
                status, output = check({name: f"// A file.\n{line}\n"})
                self.assertEqual(status, 1, output)
                self.assertIn(reason, output)
                self.assertIn(name, output)

    def test_a_type_of_one_source_is_hidden(self):
        hidden = "namespace {\nstruct Where {};\n}  // namespace\n"
        nested = "class Worker::Probes : public Owner {\n};\n"
        self.assertEqual(check({"base/a.cc": hidden + nested}), (0, ""))
        for line in ["struct Where {", "enum class Where : char { a };", "class Where final : X {"]:
            with self.subTest(line):
                status, output = check({"base/a.cc": hidden + line + "\n"})
                self.assertEqual(status, 1)
                self.assertIn(f"base/a.cc:4: {line}: belongs in an anonymous namespace", output)
        self.assertEqual(check({"base/a.h": "class Where;\n", "base/a.cc": "class Where {\n};\n"}),
                         (0, ""))

    def test_comments_and_impure_rooms_are_free(self):
        self.assertEqual(check({
            "scanner/ssh/a.cc": "// never calls steady_clock::now()\n",
            "base/clock.cc": "auto t = std::chrono::steady_clock::now();\n",
        }), (0, ""))

    def test_an_empty_house_is_an_error(self):
        status, output = check({})
        self.assertEqual(status, 1)
        self.assertIn("no sources found", output)


if __name__ == "__main__":
    unittest.main()
