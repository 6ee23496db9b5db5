"""What a scan gives up: its account, its rights, and what it says about them."""

import ctypes
import os
import pwd
import struct
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


class Landlock:
    """Kernels that have less of it: a filter answers landlock_create_ruleset() in its place."""

    NUMBER = 444  # on every architecture
    ALLOW, ERROR = 0x7FFF0000, 0x00050000

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]

    @classmethod
    def refuse(cls, error=38):
        code = b"".join(struct.pack("HBBI", *row) for row in [
            (0x20, 0, 0, 0), (0x15, 0, 1, cls.NUMBER), (0x06, 0, 0, cls.ERROR | error), (0x06, 0, 0, cls.ALLOW)])
        text = ctypes.create_string_buffer(code, len(code))
        program = cls.Program(len(code) // 8, ctypes.addressof(text))
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(38, 1, 0, 0, 0) != 0 or libc.prctl(22, 2, ctypes.byref(program), 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")


class Kernel(Test):
    def without_landlock(self, *arguments):
        return subprocess.run([FLEETSCAN, *CLOSED, *map(str, arguments)], check=False, capture_output=True,
                              text=True, env=clean_environment(), preexec_fn=Landlock.refuse)

    def setUp(self):
        super().setUp()
        self.able = "confined: no capabilities" in Scan(*CLOSED, "-v").err
        if not self.able:
            self.skipTest("this build or kernel confines nothing")

    def test_one_line_says_what_is_in_force(self):
        lines = [line for line in Scan(*CLOSED, "-v").err.splitlines() if "confined" in line]
        self.assertEqual(1, len(lines), lines)
        self.assertRegex(lines[0], r"confined: no capabilities, no new privileges, (files \(Landlock \d+\), )?(2 TCP ports, )?"
                                   r"system calls")
        self.assertIn("(but Unix sockets)", Scan(*CLOSED, "-v", "--resolver", "system").err)
        self.assertNotIn("confined", Scan(*CLOSED).err)

    def test_auto_does_without_and_says_so(self):
        done = self.without_landlock("-v")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("not in force: files (Landlock: Function not implemented)", done.stderr)

    def test_strict_refuses_before_the_first_packet_and_leaves_nothing(self):
        out = self.folder / "out"
        done = self.without_landlock("--sandbox", "strict", "-o", out)
        self.assertEqual(3, done.returncode, done.stderr)
        self.assertIn("--sandbox strict: this system lacks files (Landlock: Function not implemented)", done.stderr)
        self.assertEqual([], [path.name for path in out.iterdir() if path.stat().st_size > 0])

    def test_strict_scans_where_nothing_is_lacking(self):
        scan = Scan(*CLOSED, "-v", "--sandbox", "strict")
        if "this system lacks all of Landlock" in scan.err:
            self.skipTest("an older kernel")
        self.assertEqual(0, scan.status, scan.err)
        self.assertNotIn("not in force", scan.err)

    def test_off(self):
        self.assertIn("not confined", Scan(*CLOSED, "-v", "--sandbox", "off").err)
        both = Scan(*CLOSED, "--sandbox", "strict", "--no-sandbox")
        self.assertEqual(2, both.status)
        self.assertIn("exclude each other", both.err)


if __name__ == "__main__":
    main()
