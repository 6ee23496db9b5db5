"""The releases of OpenSSH to be had here: the system's, the newer one that scripts/setup.sh unpacks, and
those in the folders of other releases of the distribution that scripts/release_folder.sh makes."""

import dataclasses
import functools
import pathlib
import re
import shutil
import subprocess

from lab import run
from servers import SSHD

BUILD = pathlib.Path(__file__).resolve().parents[2] / "build"
UNPACKED = BUILD / "openssh"
RELEASES = BUILD / "releases"


@dataclasses.dataclass(frozen=True)
class OpenSsh:
    """One release: how its programs are called, and the lines that its sshd_config needs."""

    server: tuple
    client: tuple
    options: tuple = ()
    root: tuple = ()  # how its other programs are called

    @property
    def title(self):
        return f"OpenSSH {self.version[0]}.{self.version[1]}"

    @functools.cached_property
    def version(self):
        """(9, 2) for OpenSSH 9.2, as its client says."""
        return version_of(self.client) or version_of(self.server)

    def knows(self, kind):
        """What `ssh -Q KIND` lists; nothing where its client is not to be had."""
        return run(*self.client, "-Q", kind).split() if self.client else []


def version_of(program):
    """A server too old for -V names itself in its usage text."""
    if not program:
        return None
    done = subprocess.run([*program, "-V"], capture_output=True, text=True, timeout=10, check=False)
    found = re.search(r"OpenSSH_(\d+)\.(\d+)", done.stderr)
    return (int(found[1]), int(found[2])) if found else None


def found_releases():
    """The folders in which another release of the distribution is installed."""
    return sorted(folder for folder in RELEASES.glob("*")
                  if (folder / "usr/sbin/sshd").exists()) if RELEASES.exists() else []


def enter_releases():
    """Makes the laboratory's /run, where keys and configuration lie, and its /dev the folders' own."""
    for folder in found_releases():
        for name in ("run", "dev", "proc"):
            run("mount", "--bind", f"/{name}", folder / name)


def within_release(folder, *command):
    return ("chroot", str(folder), *command)


def openssh_releases():
    """All that are to be had, the system's first."""
    found = [OpenSsh((SSHD,), ("ssh",) if shutil.which("ssh") else ())]
    if (UNPACKED / "usr/sbin/sshd").exists():
        library, client = UNPACKED / "usr/lib/openssh", UNPACKED / "usr/bin/ssh"
        found.append(OpenSsh((str(UNPACKED / "usr/sbin/sshd"),),
                             (str(client),) if client.exists() else (),
                             (f"SshdSessionPath {library}/sshd-session",
                              f"SshdAuthPath {library}/sshd-auth")))
    for folder in found_releases():
        root = within_release(folder)
        found.append(OpenSsh((*root, "/usr/sbin/sshd"), (*root, "/usr/bin/ssh"), root=root))
    return found
