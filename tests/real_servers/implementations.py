"""SSH servers other than OpenSSH: how each is started on an address of its own, and what it needs."""

import dataclasses
import os
import pathlib
import shutil
import subprocess
from typing import Callable

import openssh
from lab import run
from servers import Server, fingerprint, make_key, public_key

PROGRAMS = pathlib.Path(__file__).resolve().parent / "programs"
PYTHON = "/usr/bin/python3"  # the one that the distribution's modules are for
NODE_MODULES = openssh.BUILD / "npm/node_modules"
GO_CODE = pathlib.Path("/usr/share/gocode")
PORT = 22
COMMON = ["curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256",
          "ecdh-sha2-nistp384", "ecdh-sha2-nistp521", "diffie-hellman-group14-sha256"]
GROUPS = ["diffie-hellman-group16-sha512", "diffie-hellman-group-exchange-sha256"]


@dataclasses.dataclass(frozen=True)
class Implementation:
    """`command(folder, address, key, methods)` is the server's; `methods` those that it can be limited to."""

    name: str
    command: Callable
    lack: str = ""  # what this machine has not
    methods: tuple = ()
    kinds: tuple = ("ed25519", "ecdsa", "rsa:3072")
    environment: dict = dataclasses.field(default_factory=dict)
    prepare: Callable = lambda key: None

    def start(self, lab, kind=None, method=None, address=None, key=None):
        """Starts it with one host key, for all its methods or one of them."""
        address = address or lab.address()
        key = key or make_key(lab.folder, kind or self.kinds[0])
        self.prepare(key)
        command = self.command(lab.folder, address, key, (method,) if method else ())
        process = lab.start(*command, cwd=lab.folder, env={**os.environ, **self.environment})
        lab.until_listening(process)
        name = public_key(key).split()[0]
        return Server(address, PORT, {name: fingerprint(f"{key}.pub")}, process, {name: key})


LIBSSH = "ctypes; ctypes.CDLL('libssh.so.4')"


def imports(module, python):
    """Whether that Python, which may not be there, can import it."""
    try:
        done = subprocess.run([*python, "-W", "ignore", "-c", f"import {module}"],
                              capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return done.returncode == 0


def lacks_program(*names):
    return ", ".join(name for name in names if not shutil.which(name))


def script(name, python=(PYTHON,)):
    """The command of one of our programs that serve with a library of Python's."""

    def command(folder, address, key, methods):
        copy = folder / name  # seen in a release's folder, too
        shutil.copy(PROGRAMS / name, copy)
        return (*python, copy, address, PORT, key, *methods)

    return command


def python_server(title, file, module, methods, folder=None, **more):
    python = openssh.within_release(folder, PYTHON) if folder else (PYTHON,)
    lack = "" if imports(module, python) else title
    return Implementation(f"{title}{f' of {folder.name}' if folder else ''}", script(file, python), lack,
                          tuple(methods), **more)


def go_server(title, file, package, methods=()):
    """Built on first use; Go's own cache makes the next build a matter of a second."""
    built = pathlib.Path("/run") / pathlib.Path(file).stem
    cache = openssh.BUILD / "go"

    def command(folder, address, key, chosen):
        return (built, address, PORT, key, *chosen)

    lack = lacks_program("go") or ("" if (GO_CODE / "src" / package).exists() else package)
    if not lack:
        environment = {**os.environ, "GOCACHE": str(cache), "GOPATH": str(GO_CODE), "GO111MODULE": "off"}
        done = subprocess.run(["go", "build", "-o", built, PROGRAMS / file], env=environment,
                              capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr)
    return Implementation(title, command, lack, tuple(methods))


def erlang(folder, address, key, methods):
    shutil.copy(key, folder / f"ssh_{key.name}_key")
    octets = ",".join(address.split("."))
    chosen = f",{{preferred_algorithms,[{{kex,['{methods[0]}']}}]}}" if methods else ""
    return ("erl", "-noshell", "-eval",
            f'ok=ssh:start(),{{ok,_}}=ssh:daemon({{{octets}}},{PORT},[{{system_dir,"{folder}"}}{chosen}]),'
            "receive after infinity->ok end.")


def rclone(folder, address, key, methods):
    return ("rclone", "serve", "sftp", "--addr", f"{address}:{PORT}", "--key", key,
            "--user", "nobody", "--pass", "none", folder)


def sshesame(folder, address, key, methods):
    file = folder / "sshesame.yaml"
    file.write_text(f"server:\n  listen_address: {address}:{PORT}\n  host_keys: [{key}]\n")
    return ("sshesame", "--config", file)


def proftpd(folder, address, key, methods):
    file = folder / "proftpd.conf"
    chosen = f"SFTPKeyExchanges {methods[0]}\n" if methods else ""
    file.write_text(
        f"ServerType standalone\nLoadModule mod_sftp.c\nDefaultAddress {address}\n"
        f"SocketBindTight on\nPort {PORT}\nUser nobody\nGroup nogroup\nPidFile {folder}/pid\n"
        f"ScoreboardFile {folder}/score\nWtmpLog off\nTransferLog none\nSFTPEngine on\n"
        f"SFTPHostKey {key}\n{chosen}")
    return ("proftpd", "-n", "-c", file)


def in_pem(key):
    """Writes an RSA key again in the form that every library reads."""
    if key.name == "host_rsa":
        run("ssh-keygen", "-q", "-p", "-m", "PEM", "-N", "", "-f", key)


def dropbear(folder, root=()):
    def command(lab_folder, address, key, methods):
        run("dropbearconvert", "openssh", "dropbear", key, f"{key}.dropbear")
        return (*root, "dropbear", "-F", "-E", "-p", f"{address}:{PORT}", "-r", f"{key}.dropbear",
                "-P", lab_folder / "pid")

    return command


def implementations(others=True):
    """All that the zoo knows, those too that this machine lacks; `others`: and those of other releases
    of the distribution."""
    found = [
        Implementation("dropbear", dropbear(None), lacks_program("dropbear", "dropbearconvert"), prepare=in_pem),
        python_server("AsyncSSH", "asyncssh_server.py", "asyncssh", [*COMMON, GROUPS[0]]),
        python_server("Paramiko", "paramiko_server.py", "paramiko", [*COMMON[1:], *GROUPS[:1]]),
        python_server("Twisted Conch", "conch_server.py", "twisted.conch.ssh.factory", COMMON[:5]),
        python_server("libssh", "libssh_server.py", LIBSSH, [*COMMON, *GROUPS]),
        Implementation("npm's ssh2", lambda folder, address, key, methods: (
            "node", PROGRAMS / "ssh2_server.js", address, PORT, key, *methods),
            lacks_program("node") or ("" if (NODE_MODULES / "ssh2").exists() else "npm's ssh2"),
            (*COMMON, GROUPS[0]), environment={"NODE_PATH": str(NODE_MODULES)}),
        go_server("Go's x/crypto/ssh", "go_server.go", "golang.org/x/crypto/ssh", COMMON),
        go_server("Go's gliderlabs/ssh", "gliderlabs_server.go", "github.com/gliderlabs/ssh"),
        Implementation("rclone", rclone, lacks_program("rclone")),
        Implementation("sshesame", sshesame, lacks_program("sshesame")),
        Implementation("Erlang's ssh", erlang, lacks_program("erl"), (*COMMON, *GROUPS[:1]), prepare=in_pem),
        Implementation("ProFTPD's mod_sftp", proftpd, lacks_program("proftpd"), (*COMMON, *GROUPS[:1]), prepare=in_pem),
    ]
    folders = openssh.found_releases() if others else []
    return found + [other for folder in folders for other in of_release(folder)]


def of_release(folder):
    """The same from another release of the distribution, where its folder has them."""
    root = openssh.within_release(folder)
    return [other for other in (
        Implementation(f"dropbear of {folder.name}", dropbear(folder, root),
                       "" if (folder / "usr/sbin/dropbear").exists() else "dropbear", prepare=in_pem),
        python_server("AsyncSSH", "asyncssh_server.py", "asyncssh", ("curve25519-sha256",), folder),
        python_server("Paramiko", "paramiko_server.py", "paramiko", ("curve25519-sha256@libssh.org",), folder),
        python_server("Twisted Conch", "conch_server.py", "twisted.conch.ssh.factory", (), folder),
        python_server("libssh", "libssh_server.py", LIBSSH, ("curve25519-sha256",), folder),
        Implementation(f"rclone of {folder.name}",
                       lambda *of: (*root, *rclone(*of)),
                       "" if (folder / "usr/bin/rclone").exists() else "rclone"),
    ) if not other.lack]
