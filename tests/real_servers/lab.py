"""A laboratory: programs, keys and one scan, all inside namespaces that vanish with the test.

`enter` moves the whole test into mount, network and process namespaces of its own: ports, /run and
/etc are private, no packet can leave, and whatever is still running when the test ends is killed by
the kernel. Inside, each scenario has a Lab, which stops what it started, by process id.
"""

import itertools
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SKIPPED = 77  # SKIP_RETURN_CODE of the ctest entries
COMMAND_SECONDS = 30
READY_SECONDS = 15
SCAN_SECONDS = 90
TOOLS = [
    "sshd", "ssh-keygen", "dropbear", "dropbearkey", "tinysshd", "tinysshd-makekey",
    "tinysshd-printkey", "unshare", "ip", "nft", "mount", "sysctl",
]


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def end(failed, left_out):
    """Ends the test. A part that was left out has not passed: the whole test then counts as skipped."""
    sys.exit(1 if failed else SKIPPED if left_out else 0)


def enter():
    """Returns inside fresh namespaces, or ends the test as skipped where they cannot be had."""
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    if os.environ.get("FLEETSCAN_LAB") == "inside":
        # The first process of its namespace: gone with its parent, and with it everything here.
        child = os.fork()
        if child:
            sys.exit(bury_until(child))
        prepare_private_folders()
        return
    if os.geteuid() != 0:
        skip("network namespaces and sshd's privilege separation need root")
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        skip(f"not installed: {' '.join(missing)} (scripts/setup.sh --tests)")
    namespaces = [
        "unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc",
    ]
    trial = subprocess.run([*namespaces, "ip", "link", "set", "lo", "up"], capture_output=True,
                           text=True, timeout=COMMAND_SECONDS, check=False)
    if trial.returncode != 0:
        skip(f"no namespaces here: {trial.stderr.strip()}")
    environment = {**os.environ, "FLEETSCAN_LAB": "inside"}
    os.execvpe("unshare", [*namespaces, sys.executable, *sys.argv], environment)


def bury_until(child):
    """Waits for whoever lost its parent, as the first process has to, until the child ends; returns the
    child's exit status. The dead would make /proc long, which `fleetscan doctor` reads."""
    while True:
        process, status = os.wait()
        if process == child:
            return 1 if os.WIFSIGNALED(status) else os.waitstatus_to_exitcode(status)


def prepare_private_folders():
    """An empty /run and a copy of /etc, which the servers may then find as a scenario needs them."""
    run("mount", "-t", "tmpfs", "tmpfs", "/run")
    pathlib.Path("/run/sshd").mkdir(mode=0o755)
    pathlib.Path("/run/etc").mkdir()
    run("cp", "-a", "/etc/.", "/run/etc")
    run("mount", "--bind", "/run/etc", "/etc")
    run("ip", "link", "set", "lo", "up")


def run(*command, namespace=None, text_input=None):
    """Runs a short command to its end and returns what it printed; its failure ends the scenario."""
    done = subprocess.run(within(namespace, command), input=text_input, capture_output=True,
                          text=True, timeout=COMMAND_SECONDS, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


def within(namespace, command):
    command = [str(part) for part in command]
    if not namespace:
        return command
    if command[0] == "ip":  # needs no second process, and no file systems of its own
        return ["ip", "-netns", namespace, *command[1:]]
    return ["ip", "netns", "exec", namespace, *command]


def run_ip(namespace, lines):
    """Runs several of ip's commands, one a line, as one process."""
    run("ip", "-batch", "-", namespace=namespace, text_input="\n".join(lines))


class Lab:
    """What one scenario starts and keeps; all of it ends with the `with` block."""

    serials = itertools.count()

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lab", dir="/run"))
        self.folder.chmod(0o755)
        self.serial = next(Lab.serials)
        self.processes = []
        self.endings = []  # called at the end, the last first

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for ending in reversed(self.endings):
            ending()
        for process in reversed(self.processes):
            stop(process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def address(self):
        """A loopback address that no other scenario uses."""
        return f"127.0.{self.serial // 250 + 1}.{self.serial % 250 + 1}"

    def start(self, *command, namespace=None, **options):
        """Starts a program that stays; its output goes to `log` in the lab's folder."""
        with open(self.folder / "log", "ab") as log:
            process = subprocess.Popen(within(namespace, command), stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=log, **options)
        self.processes.append(process)
        return process

    def log(self):
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def until_listening(self, process):
        """Waits until the process owns a listening socket. Nothing connects, so the server's
        limits and counters stay untouched."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise RuntimeError(f"the server ended: {self.log().strip()}")
            if listens(process.pid):
                return
            time.sleep(0.02)
        raise RuntimeError(f"the server does not listen: {self.log().strip()}")

    def until_logged(self, words):
        """Waits until the lab's log has these words."""
        deadline = time.monotonic() + READY_SECONDS
        while words not in self.log():
            if time.monotonic() > deadline:
                raise RuntimeError(f"'{words}' is not in the log: {self.log().strip()}")
            time.sleep(0.02)

    def at_end(self, action):
        self.endings.append(action)


def listens(pid):
    """True when a descriptor of the process is a socket in state LISTEN (0A)."""
    try:
        return any(opened in listening_sockets(pid) for opened in descriptors(pid))
    except FileNotFoundError:  # the process ended meanwhile
        return False


def listening_sockets(pid):
    listening = set()
    for table in ("tcp", "tcp6"):
        for line in pathlib.Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":
                listening.add(f"socket:[{fields[9]}]")
    return listening


def descriptors(pid):
    """What each descriptor of the process stands for."""
    for link in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            yield os.readlink(link)
        except FileNotFoundError:  # closed meanwhile
            pass


def stop(process):
    """Ends one process that this test started."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGCONT)  # a stopped process does not see SIGTERM
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)


def scan_all(fleetscan, options, targets, namespace=None, words=()):
    """Scans targets in one run; options are {"--name": "value"}, None for a flag. Returns (exit
    status, host records by host). What the report says of a host replaces its line: there the
    causes are ranked in the light of its neighbors.

    words: further words of the command line."""
    words = [*words, *(word for option in options.items() for word in option if word is not None)]
    with tempfile.NamedTemporaryFile() as report:
        command = within(namespace, [
            fleetscan, "--jsonl", "-", "--json", report.name, "--depth", "kex",
            "--progress", "none", *words, *targets])
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=SCAN_SECONDS, check=False)
        records = [json.loads(line) for line in done.stdout.splitlines()]
        records += json.loads(pathlib.Path(report.name).read_text() or '{"hosts":[]}')["hosts"]
    hosts = {record["host"]: record for record in records if record["type"] == "host"}
    if len(hosts) != len(targets) or done.returncode not in (0, 1, 3):
        raise RuntimeError(
            f"exit {done.returncode}, {len(hosts)} host records: {done.stderr.strip()[-500:]}")
    return done.returncode, hosts


def scan(fleetscan, options, target, namespace=None, neighbors=()):
    """Scans a target, with others in the same run, and returns its host record."""
    _, hosts = scan_all(fleetscan, options, [target, *neighbors], namespace)
    wanted = [record for record in hosts.values() if record["host"] not in neighbors]
    return wanted[0]
