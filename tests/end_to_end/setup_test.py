"""scripts/setup.sh where nothing can be downloaded: it names what only some tests need; all else is fatal.

Nothing is installed: apt and dpkg are stand-ins here.
"""

import os
import pathlib
import shutil
import subprocess

from harness import Test, main

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
STAND_INS = {
    "apt-get": "echo 'Temporary failure resolving' >&2; exit 100",
    "apt-cache": 'case " $UNKNOWN " in *" $2 "*) ;; *) echo "  Candidate: 1.0" ;; esac',
    # Its last argument is the package.
    "dpkg-query": 'for package; do :; done; case " $MISSING " in *" $package "*) exit 1 ;; esac\n'
                  'case "$*" in *Version*) echo 1:9.2 ;; *) echo installed ;; esac',
    "npm": "echo 'npm error network' >&2; exit 1",
    "pkg-config": "exit 0",
    "sudo": 'exec "$@"',
}


class Setup(Test):
    def setUp(self):
        super().setUp()
        (self.folder / "scripts").mkdir()
        (self.folder / "bin").mkdir()
        for name in ("setup.sh", "quietly.sh"):
            shutil.copy(SCRIPTS / name, self.folder / "scripts")
        for name, text in STAND_INS.items():
            self.write(f"bin/{name}", f"#!/bin/bash\n{text}\n").chmod(0o755)

    def run_setup(self, *options, missing="", unknown=""):
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return subprocess.run([self.folder / "scripts/setup.sh", *options], capture_output=True, text=True, timeout=60,
                              check=False, env={"PATH": path, "MISSING": missing, "UNKNOWN": unknown})

    def test_what_only_some_tests_need_is_said(self):
        done = self.run_setup("--tests", missing="zsh chromium fish", unknown="chromium")
        self.assertEqual(0, done.returncode, done.stderr)
        said = [line.split(" (why")[0] for line in done.stderr.splitlines() if "will be skipped" in line]
        promtool = ["setup.sh: no promtool available; the test 'end to end other_tools' will be skipped"]
        self.assertEqual([
            "setup.sh: not available: chromium; tests that need them will be skipped",
            "setup.sh: not installed: zsh fish; tests that need them will be skipped",
            "setup.sh: no newer OpenSSH available; the test 'real new openssh' will be skipped",
            "setup.sh: npm's ssh2 is not available; its rows in the test 'real zoo' will be skipped",
            *([] if shutil.which("promtool") else promtool)], said)
        self.assertEqual(["setup.log"], os.listdir(self.folder / "build"))

    def test_what_is_there_needs_no_download(self):
        for program in ("openssh/usr/sbin/sshd", "openssh/usr/bin/ssh", "npm/node_modules/ssh2/package.json",
                        "promtool"):
            path = self.folder / "build" / program
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(0o755)
        done = self.run_setup("--tests")
        self.assertEqual((0, ""), (done.returncode, done.stderr))

    def test_what_the_build_needs_must_be_had(self):
        self.assertEqual((0, ""), (self.run_setup().returncode, self.run_setup().stderr))
        for missing, options in (("libuv1-dev", []), ("doctest-dev", ["--tests"])):
            done = self.run_setup(*options, missing=missing)
            self.assertEqual(1, done.returncode)
            self.assertIn("Temporary failure resolving", done.stderr)

    def test_the_tests_that_are_named_exist(self):
        tests = "".join((SCRIPTS.parent / "tests" / folder / "CMakeLists.txt").read_text()
                        for folder in ("real_servers", "end_to_end"))
        self.assertIn('add_real_test("new openssh"', tests)
        self.assertIn('"end to end other_tools"', tests)


if __name__ == "__main__":
    main()
