"""The SSH clients of this machine: what each is called in clients.txt, and how it connects.

Each function yields (id, Client) where the client is here; the id is None if it does not say its
version.
"""

import ctypes
import dataclasses
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable

from implementations import NODE_MODULES

SECONDS = 60
NEW_OPENSSH = pathlib.Path(__file__).resolve().parents[2] / "build/openssh/usr/bin/ssh"
ROOTS = "FLEETSCAN_OTHER_ROOTS"  # in the environment: made by debootstrap, with openssh-client; a:b
LISTS = ("kex", "host-keys", "ciphers", "macs", "compression")
# A library of the system, used by its C interface.
LIBSSH, LIBSSH2 = "libssh.so.4", "libssh2.so.1"

PARAMIKO = """
import paramiko, socket, sys
transport = paramiko.Transport(socket.create_connection((sys.argv[1], int(sys.argv[2]))))
try: transport.start_client(timeout=20); print("reached")
except (EOFError, paramiko.SSHException): pass
transport.close()
"""
ASYNCSSH = """
import asyncio, asyncssh, sys
async def go():
    try: await asyncssh.connect(sys.argv[1], int(sys.argv[2]), known_hosts=None, config=None, username="x",
                                 client_keys=None, agent_path=None)
    except asyncssh.PermissionDenied: print("reached")
    except (OSError, asyncssh.Error): pass
asyncio.run(go())
"""
SSH2 = """
const client = new (require('ssh2').Client)();
client.on('error', error => { console.log(error.level); process.exit(); });
client.connect({host: process.argv[1], port: +process.argv[2], username: 'x'});
"""
GO = """
package main
import ("golang.org/x/crypto/ssh"; "fmt"; "os")
func main() {
  _, err := ssh.Dial("tcp", os.Args[1] + ":" + os.Args[2],
                     &ssh.ClientConfig{User: "x", HostKeyCallback: ssh.InsecureIgnoreHostKey()})
  fmt.Println(err)
}
"""




@dataclasses.dataclass
class Client:
    """`connect(address, port)` connects once, without a log-in that could succeed, and returns what
    was said; `reached` is in that if the key exchange went through."""

    connect: Callable[[str, int], str]
    reached: str

    def reaches(self, address, port):
        return bool(re.search(self.reached, self.connect(address, port)))


def rows(path):
    """The rows of clients.txt, by id; each a map of keys to words."""
    table = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        words = line.split()
        if not words or words[0] == "#":
            continue
        if words[0] == "client":
            row = table.setdefault(words[1], {})
        elif words[0] in LISTS and words[1] == "as":
            row[words[0]] = table[words[2]][words[0]]
        else:
            row[words[0]] = row.get(words[0], []) + words[1:]
    return table


def said(*command, **options):
    """What a command prints, or "" if it is not here or fails."""
    if not shutil.which(command[0]):
        return ""
    ended = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False,
                           stdin=subprocess.DEVNULL, **options)
    return ended.stdout + ended.stderr


def program(reached, *command, **options):
    """A client that takes ADDRESS and PORT where the command says so, or else at its end."""
    if "ADDRESS" not in command:
        command += ("ADDRESS", "PORT")

    def connect(address, port):
        words = {"ADDRESS": address, "x@ADDRESS": f"x@{address}", "PORT": str(port)}
        return said(*(words.get(word, word) for word in command), **options)

    return Client(connect, reached)


def version(pattern, text):
    found = re.search(pattern, text)
    return found.group(1) if found else None


def openssh_by(*ssh):
    """OpenSSH's client, started by these words."""
    number = version(r"OpenSSH_(\d+\.\d+)", said(*ssh, "-V"))
    return number and "openssh-" + number, program(
        "Permission denied", *ssh, "-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no",
        "-o", "GSSAPIAuthentication=no", "-o", "UserKnownHostsFile=/dev/null", "-o",
        "GlobalKnownHostsFile=/dev/null", "-o", "IdentityFile=none", "-o", "IdentityAgent=none",
        "-l", "x", "-p", "PORT", "ADDRESS")


def openssh():
    """The system's, the newer one that setup.sh unpacked, and those of other releases' root folders."""
    yield openssh_by("ssh")
    if NEW_OPENSSH.exists():
        yield openssh_by(str(NEW_OPENSSH))
    for root in filter(None, os.environ.get(ROOTS, "").split(":")):
        yield openssh_by("chroot", root, "ssh")


def dropbear():
    number = version(r"Dropbear v(\d+)", said("dbclient", "-V"))
    yield number and "dropbear-" + number, program(
        "skipping hostkey check", "dbclient", "-y", "-y", "-l", "x", "-p", "PORT", "ADDRESS", "true")


def putty():
    number = version(r"Release (\d+\.\d+)", said("plink", "-V"))
    yield number and "putty-" + number, program(
        "not cached|No supported authentication", "plink", "-ssh", "-batch", "-l", "x", "-P", "PORT",
        "ADDRESS")


def library(name):
    try:
        return ctypes.CDLL(name)
    except OSError:
        return None


def libssh():
    lib = library(LIBSSH)
    if not lib:
        return
    lib.ssh_version.restype = ctypes.c_char_p
    lib.ssh_new.restype = ctypes.c_void_p
    number = version(r"^(\d+\.\d+)", lib.ssh_version(0).decode())

    def connect(address, port):
        session = ctypes.c_void_p(lib.ssh_new())
        process = ctypes.c_int(0)
        lib.ssh_options_set(session, 0, address.encode())  # SSH_OPTIONS_HOST
        lib.ssh_options_set(session, 1, ctypes.byref(ctypes.c_uint(port)))  # SSH_OPTIONS_PORT
        lib.ssh_options_set(session, 38, ctypes.byref(process))  # SSH_OPTIONS_PROCESS_CONFIG
        failed = lib.ssh_connect(session)
        lib.ssh_free(session)
        return "" if failed else "reached"

    yield "libssh-" + number, Client(connect, "reached")


def libssh2():
    lib = library(LIBSSH2)
    if not lib:
        return
    lib.libssh2_version.restype = ctypes.c_char_p
    lib.libssh2_session_init_ex.restype = ctypes.c_void_p
    number = version(r"^(\d+\.\d+(?:\.[1-9]\d*)?)", lib.libssh2_version(0).decode())

    def connect(address, port):
        session = ctypes.c_void_p(lib.libssh2_session_init_ex(None, None, None, None))
        with socket.create_connection((address, port)) as connection:
            failed = lib.libssh2_session_handshake(session, connection.fileno())
            lib.libssh2_session_free(session)
        return "" if failed else "reached"

    yield "libssh2-" + number, Client(connect, "reached")


def of_python(module, source):
    """A module of the system's own Python."""
    number = version(r"^(\d+(?:\.[1-9]\d*)?)", said(
        "/usr/bin/python3", "-W", "ignore", "-c", f"import {module}; print({module}.__version__)"))
    yield number and f"{module}-{number}", program("reached", "/usr/bin/python3", "-W", "ignore", "-c", source)


def paramiko():
    yield from of_python("paramiko", PARAMIKO)


def asyncssh():
    yield from of_python("asyncssh", ASYNCSSH)


def ssh2():
    environment = {**os.environ, "NODE_PATH": str(NODE_MODULES)}
    number = version(r"^(\d+\.\d+)", said(
        "node", "-e", "console.log(require('ssh2/package.json').version)", env=environment))
    yield number and "ssh2-" + number, program("client-authentication", "node", "-e", SSH2, env=environment)


def golang():
    number = version(r"golang-golang-x-crypto-dev\s+1?:?(\d+\.\d+)", said(
        "dpkg-query", "-W", "golang-golang-x-crypto-dev"))
    if not number or not shutil.which("go"):
        return
    with tempfile.TemporaryDirectory() as folder:
        main = pathlib.Path(folder, "main.go")
        main.write_text(GO, encoding="utf-8")
        environment = os.environ | {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode",
                                    "GOCACHE": str(pathlib.Path(folder, "cache")), "GOFLAGS": "-p=1"}
        said("go", "build", "-o", f"{folder}/client", str(main), env=environment)
        yield "go-" + number, program("unable to authenticate", f"{folder}/client")


CLIENTS = (openssh, dropbear, putty, libssh, libssh2, paramiko, asyncssh, ssh2, golang)
