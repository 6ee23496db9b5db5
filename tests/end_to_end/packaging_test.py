"""Runs what is shipped for nightly runs and CI, as far as possible without the services themselves:
no unit is started, no container is built, no CI server reads its template."""

import hashlib
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import unittest

from harness import FLEETSCAN, Scan, Test, clean_environment, main

PACKAGING = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "packaging"
MOST_EXPOSED = 20  # tenths: systemd-analyze's 2.0


class Packaging(Test):
    def setUp(self):
        super().setUp()
        self.bin = self.folder / "bin"
        self.bin.mkdir()
        os.symlink(FLEETSCAN, self.bin / "fleetscan")

    def environment(self, **more):
        inherited = clean_environment()
        return {**inherited, "PATH": f"{self.bin}:{inherited['PATH']}", **more}

    def shell(self, script, **more):
        return subprocess.run(["bash", "-e", "-o", "pipefail", "-c", script], cwd=self.folder,
                              capture_output=True, text=True, timeout=120, check=False,
                              env=self.environment(**more))

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
    def test_the_service_is_hardened(self):
        done = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}",
             PACKAGING / "fleetscan.service"], capture_output=True, text=True, check=False)
        self.assertEqual(0, done.returncode, done.stdout[-500:] + done.stderr)
        timer = (PACKAGING / "fleetscan.timer").read_text()
        when = re.search(r"OnCalendar=(.*)", timer).group(1)
        subprocess.run(["systemd-analyze", "calendar", when], check=True, capture_output=True)

    def test_the_service_command(self):
        text = (PACKAGING / "fleetscan.service").read_text().replace("\\\n", " ")
        command = re.search(r"ExecStart=(.*)", text).group(1)
        (self.folder / "fleetscan").mkdir()
        command = command.replace("%S", str(self.folder)).replace("%t", str(self.folder))
        command = command.replace("/etc/fleetscan/hosts.txt", str(self.write("hosts.txt", "127.2.0.1:1\n")))
        done = self.shell(command)
        self.assertEqual(1, done.returncode, done.stderr)
        self.assertTrue((self.folder / "fleetscan" / "latest" / "report.html").exists())
        self.assertRegex(done.stdout, r"^fleetscan [^\n]*: the only host fails\n\nFAIL")

    def test_the_crontab_lines(self):
        """A known failure is a mail on Sundays, a new one every night."""
        hosts = self.write("hosts.txt", "127.2.0.1:1\n")
        commands = {}
        for line in (PACKAGING / "fleetscan.cron").read_text().splitlines()[-2:]:
            *when, user, command = line.split(maxsplit=6)
            self.assertEqual((["15", "2", "*", "*"], "fleetscan"), (when[:4], user))
            self.assertNotIn("%", command)  # which cron takes for a line end
            command = command.replace("/var/lib/fleetscan", str(self.folder))
            commands[when[4]] = command.replace("/etc/fleetscan/hosts.txt", str(hosts))
        self.assertEqual(1, self.shell(commands["0"]).returncode)
        known = self.shell(commands["1-6"])
        self.assertEqual((0, "", ""), (known.returncode, known.stdout, known.stderr))
        hosts.write_text("127.2.0.1:1\n127.2.0.2:1\n")
        mail = self.shell(commands["1-6"])
        self.assertEqual(1, mail.returncode, mail.stdout)
        self.assertIn("1 new", mail.stdout.splitlines()[0])

    def test_the_example_configuration_with_every_line_in_force(self):
        text = (PACKAGING / "config.toml").read_text()
        text = re.sub(r"^#(?=\S)", "", text, flags=re.M)
        shown = Scan("--config", self.write("c.toml", text), "--show-config")
        self.assertEqual(0, shown.status, shown.err)
        self.assertIn('fail-if = ["new > 0", "failing > 2%", "subnet.max_failing > 50%"]', shown.out)

    def steps_of_the_action(self):
        """The scripts of its steps."""
        text = (PACKAGING / "github-action" / "action.yml").read_text()
        blocks = re.findall(r"^      run: \|\n((?:        .*\n)+)", text, flags=re.M)
        return ["\n".join(line[8:] for line in block.splitlines()) for block in blocks]

    def test_the_github_action(self):
        _, script = self.steps_of_the_action()
        inputs = {"TARGETS": "127.2.0.1:1 127.2.0.2:1", "ARGUMENTS": "--retries 0", "OUTPUT": "out"}
        failing = self.shell(script, FAIL_IF="failing > 0\nclass.ok > 5\n", **inputs)
        self.assertEqual(1, failing.returncode, failing.stderr)
        self.assertTrue((self.folder / "out" / "report.html").exists())
        self.assertEqual(0, self.shell(script, FAIL_IF="failing > 2", **inputs).returncode)
        hostile = self.shell(script, FAIL_IF="$(touch owned)", **inputs)
        self.assertEqual(2, hostile.returncode)
        self.assertFalse((self.folder / "owned").exists())

    @unittest.skipUnless(shutil.which("curl"), "curl is not installed")
    def test_the_github_action_installs_what_has_the_checksum(self):
        install, _ = self.steps_of_the_action()
        name, release = "fleetscan-1.2.3-linux-x86_64", self.folder / "release"
        release.mkdir()
        (release / name).write_text("#!/bin/sh\necho installed\n")
        digest = hashlib.sha256((release / name).read_bytes()).hexdigest()
        paths = self.write("paths", "")
        more = {"RELEASE": release.as_uri(), "NAME": name, "INTO": str(self.folder / "into"), "GITHUB_PATH": str(paths)}
        (release / "SHA256SUMS").write_text(f"{'0' * 64}  {name}\n")
        self.assertNotEqual(0, self.shell(install, **more).returncode)
        self.assertEqual("", paths.read_text())
        (release / "SHA256SUMS").write_text(f"{'0' * 64}  {name}.oci.tar\n{digest}  {name}\n")
        self.assertEqual(0, self.shell(install, **more).returncode)
        self.assertEqual("installed\n", self.shell(f"PATH={paths.read_text().strip()}:$PATH; fleetscan").stdout)

    def test_the_gitlab_template(self):
        text = (PACKAGING / "ci" / "gitlab-ci.yml").read_text()
        variables = dict(re.findall(r"^    (FLEETSCAN_\w+): (.*)$", text, flags=re.M))
        script = re.search(r"^    - (fleetscan.*)$", text, flags=re.M).group(1)
        self.write("hosts.txt", "127.2.0.1:1\n")
        self.assertEqual(1, self.shell(script, **variables).returncode)
        self.assertTrue((self.folder / variables["FLEETSCAN_OUTPUT"] / "report.json").exists())
        shown = re.search(r"junit: (.*)", text).group(1)
        self.assertIn("<testsuite", (self.folder / shown).read_text())

    def test_the_jenkins_command(self):
        text = (PACKAGING / "ci" / "Jenkinsfile").read_text()
        command = re.search(r"script: '(.*)'", text).group(1)
        self.write("hosts.txt", "127.2.0.1:1\n")
        self.assertEqual("fleetscan", shlex.split(command)[0])
        self.assertEqual(1, self.shell(command).returncode)

    def test_one_version_everywhere(self):
        top = PACKAGING.parents[1]
        version = re.search(r"project\(fleetscan VERSION (\S+)", (top / "CMakeLists.txt").read_text()).group(1)
        self.assertTrue(Scan("--version").out.startswith(f"fleetscan {version} ("))
        self.assertIn(f"\n## {version}", (top / "CHANGELOG.md").read_text())
        texts = [path.read_text() for path in (PACKAGING / "Containerfile", *(top / "scripts/distributed").iterdir())]
        tags = [tag for text in texts for tag in re.findall(r"\bfleetscan:(\d[\w.]*)", text)]
        self.assertEqual({version}, set(tags))
        action = (PACKAGING / "github-action" / "action.yml").read_text()
        self.assertEqual({version}, set(re.findall(r"(?:github-action@v|default: )(\d+[.\d]+)", action)))

    def test_what_the_container_copies_is_there(self):
        top = PACKAGING.parents[1]
        text = (PACKAGING / "Containerfile").read_text()
        self.assertIn("scripts/setup.sh && cmake --workflow --preset release", text)
        self.assertTrue(os.access(top / "scripts" / "setup.sh", os.X_OK))
        self.assertIn('"release"', (top / "CMakePresets.json").read_text())

    @unittest.skipUnless(shutil.which("ldd") and shutil.which("dpkg"), "not a Debian system")
    def test_the_container_has_every_library(self):
        text = (PACKAGING / "Containerfile").read_text()
        release = re.search(r"^FROM debian:(\d+)-slim", text, flags=re.M).group(1)
        if f'VERSION_ID="{release}"' not in pathlib.Path("/etc/os-release").read_text():
            self.skipTest(f"not Debian {release}")
        listed = text[text.index("--no-install-recommends"):].split()
        always = {"libc6", "libgcc-s1", "libstdc++6"}  # Debian's own programs need them
        linked = subprocess.run(["ldd", FLEETSCAN], capture_output=True, text=True, check=True)
        for path in re.findall(r"=> (/\S+)", linked.stdout):
            owner = subprocess.run(["dpkg", "-S", os.path.realpath(path)], capture_output=True,
                                   text=True, check=False).stdout.split(":")[0]
            if owner and owner not in always:  # without an owner: a sanitizer's or a local build
                self.assertIn(owner, listed)


if __name__ == "__main__":
    main()
