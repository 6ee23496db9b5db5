"""The Debian package: what is in it, what lintian says, and that packing twice gives the same bytes.

usage: debian_package_test.py FLEETSCAN FLEET_SIMULATOR, where CPackConfig.cmake lies beside FLEETSCAN
"""

import os
import shutil
import subprocess
import unittest

from harness import FLEETSCAN, Test, main

NEEDED = ["usr/bin/fleetscan", "usr/share/man/man1/fleetscan.1.gz",
          "usr/share/bash-completion/completions/fleetscan", "usr/lib/systemd/system/fleetscan.timer",
          *(f"usr/share/fleetscan/schema/{name}.schema.json" for name in ("result", "report", "comparison", "forecast", "doctor")),
          "usr/lib/sysusers.d/fleetscan.conf", "usr/lib/tmpfiles.d/fleetscan.conf",
          "etc/fleetscan/hosts.txt", "etc/fleetscan/config.toml", "usr/share/doc/fleetscan/copyright",
          "usr/share/doc/fleetscan/docs/guide.md", "usr/share/fleetscan/monitoring/alerts.yml",
          "usr/share/fleetscan/monitoring/dashboard.json", "usr/share/doc/fleetscan/examples/doctor/doctor.yml"]


@unittest.skipUnless(shutil.which("dpkg-shlibdeps"), "dpkg-dev is not installed")
class DebianPackage(Test):
    def pack(self, name, umask=0o022, zone="UTC"):
        subprocess.run(["cpack", "--config", FLEETSCAN.parent / "CPackConfig.cmake", "-B", self.folder / name],
                       check=True, capture_output=True, cwd=FLEETSCAN.parent, timeout=200, umask=umask,
                       env={**os.environ, "TZ": zone})
        return next((self.folder / name).glob("*.deb"))

    def test_the_package(self):
        package, again = self.pack("one"), self.pack("two", umask=0o077, zone="<there>-14")
        self.assertTrue(package.read_bytes() == again.read_bytes(), "packing twice gives two packages")
        root = self.folder / "root"
        subprocess.run(["dpkg-deb", "-x", package, root], check=True)
        for path in NEEDED:
            self.assertTrue((root / path).is_file(), path)
        version = subprocess.run([root / "usr/bin/fleetscan", "--version"], check=True, capture_output=True)
        self.assertTrue(version.stdout.startswith(b"fleetscan "))
        if b"libssh2.so" not in subprocess.run(["ldd", FLEETSCAN], capture_output=True, check=True).stdout:
            licenses = (root / "usr/share/doc/fleetscan/copyright").read_text()
            self.assertIn("Sara Golemon", licenses)

    def test_its_configuration_is_kept(self):
        """Each file in /etc, and nothing else, is one that dpkg never overwrites."""
        root = self.folder / "whole"
        subprocess.run(["dpkg-deb", "-R", self.pack("one"), root], check=True)
        kept = (root / "DEBIAN/conffiles").read_text().split()
        there = (path for path in root.glob("etc/**/*") if path.is_file())
        self.assertEqual(kept, sorted("/" + str(path.relative_to(root)) for path in there))
        for script in ("postinst", "postrm"):
            self.assertTrue(os.access(root / "DEBIAN" / script, os.X_OK), script)

    @unittest.skipUnless(shutil.which("lintian"), "lintian is not installed")
    def test_lintian(self):
        found = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", self.pack("one")],
                               capture_output=True, text=True, check=False)
        self.assertEqual(0, found.returncode, found.stdout)


if __name__ == "__main__":
    main()
