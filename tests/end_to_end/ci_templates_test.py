"""The templates for GitLab and Jenkins: their scripts run, on a machine that has no fleetscan before.

A web server on loopback has the program. It is a small script that calls the real one.
"""

import functools
import hashlib
import http.server
import os
import pathlib
import re
import shutil
import subprocess
import threading
import unittest

from harness import FLEETSCAN, Test, clean_environment, main

try:
    import yaml
except ImportError:
    yaml = None

ROOT = pathlib.Path(__file__).resolve().parents[2]
CI = ROOT / "scripts/packaging/ci"
# What the scripts may use: in the image alpine these are busybox, on an agent of Jenkins the system's.
APPLETS = ("sh", "wget", "sha256sum", "mkdir", "chmod", "mv", "echo")
GITLAB = {"image", "variables", "before_script", "script", "artifacts", "extends", "rules"}


class Server:
    """Hands out the files of a folder, for the length of a `with` block."""

    def __init__(self, folder):
        handler = functools.partial(Quiet, directory=folder)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}"

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Templates(Test):
    def setUp(self):
        super().setUp()
        self.program = self.write("program", f'#!/bin/sh\nexec "{FLEETSCAN}" "$@"\n')
        self.sum = hashlib.sha256(self.program.read_bytes()).hexdigest()
        self.work = self.folder / "work"
        self.work.mkdir()
        (self.work / "hosts.txt").write_text("127.2.0.1:1\n")
        self.bin = self.folder / "bin"
        self.bin.mkdir()

    def run_script(self, shell, script, **variables):
        return subprocess.run([*shell, "-c", script], cwd=self.work, text=True, capture_output=True, timeout=120,
                              check=False, env={**clean_environment(), **variables, "FLEETSCAN_RETRIES": "0"})

    def versions(self, text):
        """Those that the template names, and the one that the changelog begins with."""
        newest = re.search(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), flags=re.M)[1]
        self.assertEqual({newest}, set(re.findall(r"fleetscan-(\d+\.\d+\.\d+)-", text)))

    @unittest.skipUnless(yaml, "python3-yaml is not installed")
    @unittest.skipUnless(shutil.which("busybox"), "busybox is not installed")
    def test_gitlab(self):
        text = (CI / "gitlab-ci.yml").read_text()
        self.versions(text)
        jobs = yaml.safe_load(text)
        job = jobs[".fleetscan"] | jobs["fleetscan"]
        self.assertEqual(".fleetscan", job["extends"])
        self.assertLessEqual(set(job), GITLAB)
        self.assertTrue(all(isinstance(value, str) for value in job["variables"].values()), "GitLab takes texts")
        for applet in APPLETS:
            (self.bin / applet).symlink_to(shutil.which("busybox"))
        script = "\n".join(job["before_script"] + job["script"])
        with Server(self.folder) as url:
            variables = {**job["variables"], "PATH": str(self.bin), "PROGRAM_URL": f"{url}/program"}
            shell = [str(self.bin / "sh"), "-e", "-o", "pipefail"]
            wrong = self.run_script(shell, script, **variables)
            self.assertNotEqual(0, wrong.returncode)
            self.assertFalse((self.work / "fleetscan-report").exists(), "a program without its checksum was run")
            done = self.run_script(shell, script, **{**variables, "PROGRAM_SHA256": self.sum})
        self.assertEqual(1, done.returncode, done.stderr)
        for path in job["artifacts"]["paths"]:
            self.assertTrue((self.work / path / "report.html").exists(), path)
        self.assertIn("<testsuite", (self.work / job["artifacts"]["reports"]["junit"]).read_text())

    @unittest.skipUnless(shutil.which("curl"), "curl is not installed")
    def test_jenkins(self):
        text = re.sub(r"^//.*\n", "", (CI / "Jenkinsfile").read_text(), flags=re.M)
        self.versions(text)
        for opening, closing in ("{}", "()", "[]"):
            self.assertEqual(text.count(opening), text.count(closing), opening)
        install = re.search(r"sh '''\n(.*?)'''", text, flags=re.S)[1]
        scan = re.search(r"script: '(.*)'", text)[1]
        for name in (*APPLETS, "curl"):
            if shutil.which(name):
                (self.bin / name).symlink_to(shutil.which(name))
        with Server(self.folder) as url:
            variables = {"PATH": f"{self.work / '.fleetscan'}:{self.bin}", "PROGRAM_URL": f"{url}/program"}
            shell = ["/bin/sh", "-xe"]  # as its step `sh`
            self.assertNotEqual(0, self.run_script(shell, install, **variables, PROGRAM_SHA256="0" * 64).returncode)
            self.assertNotEqual(0, self.run_script(shell, "command -v fleetscan", **variables).returncode)
            good = self.run_script(shell, install, **variables, PROGRAM_SHA256=self.sum)
            self.assertEqual(0, good.returncode, good.stderr)
            again = self.run_script(shell, install, **variables, PROGRAM_SHA256="")
            self.assertEqual(0, again.returncode, "fetched although it is there")
        self.assertEqual(1, self.run_script(shell, scan, **variables).returncode)
        self.assertIn("<testsuite", (self.work / re.search(r"junit testResults: '(.*?)'", text)[1]).read_text())
        self.assertTrue((self.work / os.path.dirname(re.search(r"artifacts: '(.*?)'", text)[1]) / "report.html").exists())


if __name__ == "__main__":
    main()
