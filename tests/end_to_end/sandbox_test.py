"""What a scan gives up: the account, and what is said about it."""

import os
import pwd
import subprocess
import unittest

from harness import FLEETSCAN, Scan, Test, clean_environment, main

NOBODY = pwd.getpwnam("nobody")
CLOSED = ("127.2.0.1", "-p", "1", "--retries", "0", "--patience", "0", "--exit-zero")


class Account(Test):
    def setUp(self):
        super().setUp()
        os.chmod(self.folder, 0o755)

    @unittest.skipIf(os.geteuid() != 0, "only root can become another account")
    def test_root_becomes_it_before_anything_is_written(self):
        out = self.folder / "out"
        out.mkdir()
        os.chown(out, NOBODY.pw_uid, NOBODY.pw_gid)
        scan = Scan(*CLOSED, "--user", "nobody", "-o", out)
        self.assertEqual(0, scan.status, scan.err)
        written = list(out.iterdir())
        self.assertGreater(len(written), 2)
        self.assertEqual({(NOBODY.pw_uid, NOBODY.pw_gid)},
                         {(path.stat().st_uid, path.stat().st_gid) for path in written})

    @unittest.skipIf(os.geteuid() != 0, "only root can become another account")
    def test_what_is_only_roots_is_out_of_its_reach(self):
        out = self.folder / "out"
        out.mkdir(mode=0o700)
        self.assertEqual(4, Scan(*CLOSED, "--user", "nobody", "-o", out).status)
        self.assertEqual([], list(out.iterdir()))
        hosts = self.write("hosts", "127.2.0.1\n")
        hosts.chmod(0o600)
        scan = Scan(hosts, *CLOSED[1:], "--user", "nobody")
        self.assertEqual(2, scan.status, scan.out + scan.err)

    def test_an_account_that_is_not_there(self):
        scan = Scan(*CLOSED, "--user", "no\x1bsuch")
        self.assertEqual(2, scan.status)
        self.assertIn("--user: there is no account", scan.err)
        self.assertNotIn("\x1b", scan.err)

    @unittest.skipIf(os.geteuid() != 0, "needs an account that is not root")
    def test_others_cannot_become_root(self):
        done = subprocess.run([FLEETSCAN, *CLOSED, "--user", "root"], user="nobody", check=False,
                              capture_output=True, text=True, env={**clean_environment(), "HOME": "/"})
        self.assertEqual(2, done.returncode, done.stderr)
        self.assertIn("--user: only root can become", done.stderr)

    def test_one_that_we_are_already(self):
        scan = Scan(*CLOSED, "--user", pwd.getpwuid(os.geteuid()).pw_name)
        self.assertEqual(0, scan.status, scan.err)


if __name__ == "__main__":
    main()
