"""The disk is full at any write: exit status 4, and the previous run's report stays whole.

Runs itself in a mount namespace of its own, where a small tmpfs is the disk. Skipped (77) where that is
not allowed."""

import json
import os
import pathlib
import subprocess
import sys

SKIPPED = 77
INSIDE = "FLEETSCAN_TEST_INSIDE"

if INSIDE not in os.environ:
    unshare = ["unshare", "--mount", "--propagation", "private"]
    if os.geteuid() != 0:
        unshare += ["--user", "--map-root-user"]
    if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode != 0:
        print("mount namespaces are not allowed here")
        sys.exit(SKIPPED)
    sys.exit(subprocess.run([*unshare, sys.executable, *sys.argv], check=False,
                            env={**os.environ, INSIDE: "1"}).returncode)

from harness import Scan, Test, main, runs_in  # noqa: E402

KIB = 1024


class FullDisk(Test):
    def mount(self, kib):
        disk = self.folder / f"disk{kib}"
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", disk], check=True)
        self.addCleanup(subprocess.run, ["umount", disk], check=True)
        return disk

    def scan(self, out, *more):
        return Scan("127.2.0.0/24", "-p", 1, "--retries", "0", "-o", out, *more)

    def test_full_at_every_write(self):
        disk = self.mount(4096)
        out = disk / "out"
        self.assertEqual(1, self.scan(out).status)
        before = {path.name: path.read_bytes() for path in out.iterdir()}
        needed = sum(len(content) for content in before.values()) // KIB
        statuses = []
        filler = disk / "filler"
        for left in range(0, needed + 64, max(4, needed // 24)):
            free = os.statvfs(disk)
            available = free.f_bavail * free.f_frsize // KIB
            filler.write_bytes(b"x" * max(0, available - left) * KIB)
            scan = self.scan(out)
            statuses.append(scan.status)
            for name, content in before.items():
                now = (out / name).read_bytes()
                if scan.status == 4 and name == "report.html":
                    self.assertTrue(now == content or now.rstrip().endswith(b"</html>"), left)
            if scan.status == 4:
                self.assertIn("No space left on device", scan.err)
            self.check_parts(out, scan)
            filler.unlink()
            before = {path.name: path.read_bytes() for path in out.iterdir() if path.suffix != ".part"}
        self.assertEqual(4, statuses[0])
        self.assertEqual(1, statuses[-1])
        self.assertEqual({1, 4}, set(statuses))

    def check_parts(self, out, scan):
        """Of what could not be finished, results stay, in whole lines, and can be resumed."""
        parts = [path.name for path in out.glob("*.part")]
        if scan.status != 4 or not parts:
            return self.assertEqual([], parts)
        self.assertEqual(["results.jsonl.part"], parts)
        text = (out / parts[0]).read_text()
        self.assertTrue(text.endswith("\n"))
        self.assertEqual("run", [json.loads(line) for line in text.splitlines()][0]["type"])
        self.assertIn(f"--resume {out}/results.jsonl finishes this scan", scan.err)

    def test_history_that_cannot_grow(self):
        disk = self.mount(256)
        db = disk / "history.db"
        self.assertEqual(1, self.scan(self.folder / "out", "--history", db).status)
        free = os.statvfs(disk)
        (disk / "filler").write_bytes(b"x" * free.f_bavail * free.f_frsize)
        scan = Scan("127.3.0.0/20", "-p", 1, "--retries", "0", "--history", db)
        self.assertEqual(4, scan.status, scan.err)
        (disk / "filler").unlink()
        self.assertEqual(1, len(runs_in(db)))


if __name__ == "__main__":
    main()
