"""Scans through a bastion: a real sshd, reached by the distribution's ssh."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import threading
import time
import unittest

from fake_proxy import Front
from harness import FLEETSCAN, Fleet, Scan, Test, clean_environment, main

QUICK = ("--no-config", "--progress", "none", "--retries", "0", "--no-diagnose", "--jsonl", "-", "--proxy", "ssh://gate")
PATIENCE_SECONDS = 30


def program(name):
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if not found:
        raise unittest.SkipTest(f"{name} is not installed")
    return found


def closed_port():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


def until(happened):
    """Whether it came to that in time."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def parent_of(pid):
    try:
        return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0


class Sshd:
    """An sshd in the foreground, for the length of a `with` block."""

    def __init__(self, folder, *options):
        self.folder, self.options, self.port = folder, options, closed_port()

    def __enter__(self):
        os.makedirs("/run/sshd", exist_ok=True)
        for key in ("host", "user", "stranger"):
            if not (self.folder / key).exists():
                subprocess.run([program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", self.folder / key], check=True)
        config = self.folder / "sshd_config"
        config.write_text("\n".join([
            f"Port {self.port}", "ListenAddress 127.0.0.1", f"HostKey {self.folder}/host", "UsePAM no", "PidFile none",
            f"AuthorizedKeysFile {self.folder}/user.pub", "StrictModes no", "UseDNS no", *self.options, ""]))
        self.process = subprocess.Popen([program("sshd"), "-D", "-e", "-f", config], stderr=subprocess.DEVNULL)
        until(self.answers)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)
        self.end_sessions()

    def answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return self.process.poll() is not None

    def sessions(self):
        """The processes that serve somebody, which this server has started."""
        mine = {self.process.pid}
        while True:
            more = {int(name) for name in os.listdir("/proc") if name.isdigit() and parent_of(name) in mine} - mine
            if not more:
                return mine - {self.process.pid}
            mine |= more

    def end_sessions(self):
        for pid in self.sessions():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


class Connections:
    """How many connections to a port of this machine are up at a time, as its kernel knows them.

    Its list is no picture of one moment. What stands in two of them was up at the moment between.
    """

    UP = "01"  # TCP_ESTABLISHED

    def __init__(self, port):
        self.remote, self.most, self.ended = f":{port:04X}", 0, threading.Event()

    def __enter__(self):
        self.thread = threading.Thread(target=self.count, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join(10)

    def up(self):
        rows = (line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:])
        return {(row[1], row[9]) for row in rows if row[2].endswith(self.remote) and row[3] == self.UP}

    def count(self):
        before = set()
        while not self.ended.wait(0.002):
            now = self.up()
            self.most = max(self.most, len(before & now))
            before = now


class Silent:
    """A port whose queue is full: what else connects gets no answer."""

    def __enter__(self):
        self.listener = socket.socket()
        self.listener.bind(("0.0.0.0", 0))
        self.listener.listen(0)
        self.port = self.listener.getsockname()[1]
        self.others = [socket.socket() for _ in range(4)]
        for other in self.others:
            other.setblocking(False)
            other.connect_ex(("127.0.0.1", self.port))
        time.sleep(0.2)
        return self

    def __exit__(self, *_):
        for each in [self.listener, *self.others]:
            each.close()


class Bastion(Test):
    def setUp(self):
        super().setUp()
        self.spool = self.folder / "spool"
        self.spool.mkdir()

    def config(self, port, key="user", more=""):
        return self.write("ssh_config", f"""
Host gate
  HostName 127.0.0.1
  Port {port}
  IdentityFile {self.folder}/{key}
  IdentitiesOnly yes
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  {more}
""")

    def words(self, port, *options, **more):
        return [*QUICK, "--ssh", f"ssh -F {self.config(port, **more)}", *map(str, options)]

    def scan(self, port, *options, stdin="", **more):
        return Scan(*self.words(port, *options, **more), stdin=stdin, env={"TMPDIR": str(self.spool)})

    def start(self, port, *options):
        return subprocess.Popen([FLEETSCAN, *self.words(port, *options)], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env={**clean_environment(), "TMPDIR": str(self.spool)})

    def left(self):
        """The processes that know our configuration, and what lies in the folder for temporary files."""
        ours = []
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if str(self.folder / "ssh_config").encode() in path.read_bytes():
                    ours.append(path.parent.name)
            except OSError:
                pass
        return ours + list(self.spool.iterdir())

    def assert_nothing_left(self):
        self.assertTrue(until(lambda: not self.left()), self.left())

    def classes(self, scan):
        return {name: host["class"] for name, host in scan.hosts().items()}


class Answers(Bastion):
    def test_each_target_gets_what_the_bastion_says_of_it(self):
        nobody = closed_port()
        with Fleet(self.write("fleet", "127.9.0.0/16 healthy\n127.9.1.0/24 close\n127.9.2.0/24 silent\n")) as fleet, \
                Silent() as silent, \
                Sshd(self.folder, f"PermitOpen 127.9.0.1:{fleet.port} 127.9.1.1:{fleet.port} 127.9.2.1:{fleet.port} "
                                  f"127.9.0.1:{nobody} 127.0.0.1:{silent.port} 127.255.255.255:22 no-such-host.invalid:22 "
                                  f"localhost:{fleet.port}") as sshd:
            scan = self.scan(sshd.port, f"127.9.0.1:{fleet.port}", f"127.9.1.1:{fleet.port}", f"127.9.2.1:{fleet.port}",
                             f"127.9.0.1:{nobody}", f"127.0.0.1:{silent.port}", "127.255.255.255", "no-such-host.invalid",
                             f"localhost:{fleet.port}", f"127.9.3.1:{fleet.port}", "--timeout", "2")
        try:
            socket.getaddrinfo("no-such-host.invalid", 22)
        except socket.gaierror as error:
            unresolved = "resolve_failure" if error.errno == socket.EAI_NONAME else "proxy_failure"
        self.assertEqual({f"127.9.0.1:{fleet.port}": "ok", f"127.9.1.1:{fleet.port}": "banner_closed_late",
                          f"127.9.2.1:{fleet.port}": "banner_silent", f"127.9.0.1:{nobody}": "connect_refused",
                          f"127.0.0.1:{silent.port}": "connect_timeout", "127.255.255.255:22": "proxy_failure",
                          "no-such-host.invalid:22": unresolved, f"localhost:{fleet.port}": "ok",
                          f"127.9.3.1:{fleet.port}": "proxy_refused"}, self.classes(scan), scan.err)
        hosts = scan.hosts()
        # A network without a way is no error that OpenSSH's server would name.
        self.assertEqual("open failed", hosts["127.255.255.255:22"]["attempts"][0]["text"])
        self.assertEqual("Connection refused", hosts[f"127.9.0.1:{nobody}"]["attempts"][0]["text"])
        self.assertEqual("forbidden", hosts[f"127.9.3.1:{fleet.port}"]["attempts"][0]["proxy"])
        for host in hosts.values():
            self.assertIsNone(host["attempts"][0]["tcp_info"])
            self.assertEqual("unasked", host["echo"])
        options = scan.records()[0]["options"]
        self.assertEqual(("ssh://gate", "64"), (options["proxy"], options["proxy-connections"]))
        self.assert_nothing_left()

    def test_a_bastion_that_cannot_be_reached_is_no_hosts_fault(self):
        with Sshd(self.folder) as sshd:
            stranger = self.scan(sshd.port, "127.9.0.1", "127.9.0.2", key="stranger")
        gone = self.scan(closed_port(), "127.9.0.1", "127.9.0.2")
        for scan, words in ((stranger, "Permission denied"), (gone, "Connection refused")):
            with self.subTest(words):
                self.assertEqual(3, scan.status, scan.err)
                self.assertIn("ssh://gate: ", scan.err)
                self.assertIn(words, scan.err)
                self.assertEqual(dict.fromkeys(["127.9.0.1:22", "127.9.0.2:22"], "proxy_unreachable"), self.classes(scan))
                for host in scan.hosts().values():
                    self.assertIn(words, host["attempts"][0]["text"])
                    self.assertEqual("proxy_down", host["causes"][0]["cause"])
        self.assert_nothing_left()

    def test_what_an_ssh_config_has_for_the_bastion_does_no_harm(self):
        taken = closed_port()
        with Fleet(self.write("fleet", "127.9.0.0/16 healthy\n")) as fleet, Sshd(self.folder) as sshd:
            scan = self.scan(sshd.port, f"127.9.0.1:{fleet.port}", more=f"""
  ControlMaster auto
  ControlPath {self.spool}/theirs
  ControlPersist yes
  LocalForward 127.0.0.1:{taken} 127.0.0.1:1
  ExitOnForwardFailure yes
  LocalCommand touch {self.spool}/ran
  PermitLocalCommand yes
  RemoteCommand touch {self.spool}/ran
  LogLevel QUIET""")
        self.assertEqual({f"127.9.0.1:{fleet.port}": "ok"}, self.classes(scan), scan.err)
        self.assert_nothing_left()

    def test_an_ssh_that_cannot_be_run_or_says_rubbish_is_told(self):
        for command, words in (("no-such-ssh-program", "cannot run no-such-ssh-program"),
                               (r"sh -c 'printf \"\\033[2J\\nred\\033[31m\" >&2'", "red"), ("true", "without a word")):
            with self.subTest(command):
                scan = Scan(*QUICK, "--ssh", command, "127.9.0.1", env={"TMPDIR": str(self.spool)})
                self.assertEqual(3, scan.status, scan.err)
                self.assertIn(words, scan.err)
                self.assert_no_raw_control_bytes(scan.raw_err + scan.raw_out)
        self.assert_nothing_left()


class Mistakes(Bastion):
    def test_are_told_with_their_remedy(self):
        login = self.write("login", "ann:hush\n")
        login.chmod(0o600)
        cases = {"must be": ["--proxy", "ssh://-oProxyCommand=id"],
                 "ssh://": ["--proxy", "ssh://ann:hush@gate"],
                 "your ssh logs in": ["--proxy", "ssh://gate", "--proxy-credentials", login],
                 "does not work with --from": ["--proxy", "ssh://gate", "--from", "local"],
                 "resolved by the bastion": ["--proxy", "ssh://gate", "-4"]}
        self.assert_mistakes(cases, secret="hush")


class Many(Bastion):
    HOSTS = [f"127.{20 + i // 1000}.{i // 250 % 4}.{i % 250 + 1}" for i in range(5000)]

    def test_one_connection_and_its_cap_of_channels_held(self):
        with Fleet(self.write("fleet", "127.20.0.0/14 healthy\n127.20.0.0/24 close\n")) as fleet, \
                Sshd(self.folder) as sshd, Front(sshd.port) as front, Connections(fleet.port) as connections:
            nobody = closed_port()
            scan = self.scan(front.port, "-", "-p", fleet.port, "--proxy-connections", "20", "--depth", "banner",
                             "--per-subnet", "1000", "--threads", "4",
                             stdin="\n".join(self.HOSTS + [f"127.30.0.{i}:{nobody}" for i in range(1, 251)]))
            statistics = fleet.stop()
        classes = list(self.classes(scan).values())
        self.assertEqual(5250, len(classes), scan.err)
        self.assertEqual(250, classes.count("banner_closed_late"))
        self.assertEqual(250, classes.count("connect_refused"))
        self.assertEqual(4750, classes.count("ok") + classes.count("ok_slow"))
        self.assertEqual(1, front.seen)
        self.assertLessEqual(connections.most, 20)
        self.assertGreater(statistics["peak_open"], 10)  # and it was used
        self.assert_nothing_left()

    def test_another_connection_before_the_first_is_used_up(self):
        """The client remembers every refusal, and would end at 10,000."""
        nobody = closed_port()
        hosts = [f"127.{40 + i // 62500}.{i // 250 % 250}.{i % 250 + 1}" for i in range(11000)]
        with Sshd(self.folder) as sshd, Front(sshd.port) as front:
            scan = self.scan(front.port, "-", "-p", nobody, "--per-subnet", "1000", "--concurrency", "2000",
                             "--proxy-connections", "64", stdin="\n".join(hosts))
        classes = list(self.classes(scan).values())
        self.assertEqual((11000, 11000), (len(classes), classes.count("connect_refused")), scan.err)
        self.assertEqual(2, front.seen)
        self.assertLessEqual(front.most, 2)
        self.assert_nothing_left()


    def test_what_a_bastion_still_tries_is_left_to_it(self):
        """It cannot be told that nobody waits any more: another connection takes over."""
        with Silent() as silent, Sshd(self.folder) as sshd, Front(sshd.port) as front:
            hosts = [f"127.50.{i // 250}.{i % 250 + 1}" for i in range(1000)]
            scan = self.scan(front.port, "-", "-p", silent.port, "--per-subnet", "1000", "--proxy-connections", "200",
                             "--connect-timeout", "2", stdin="\n".join(hosts))
        classes = list(self.classes(scan).values())
        self.assertEqual((1000, 1000), (len(classes), classes.count("connect_timeout")), scan.err)
        self.assertGreaterEqual(front.seen, 2)
        self.assertLessEqual(front.most, 2)
        self.assert_nothing_left()


class Ends(Bastion):
    HOSTS = [f"127.9.{i // 250}.{i % 250 + 1}" for i in range(400)]

    def test_a_bastion_killed_in_the_middle_leaves_the_rest_unjudged(self):
        with Fleet(self.write("fleet", "127.9.0.0/16 silent\n127.9.0.0/24 healthy\n")) as fleet, \
                Sshd(self.folder) as sshd:
            process = self.start(sshd.port, "-p", fleet.port, "--rate", "100", "--timeout", "20", *self.HOSTS)
            self.assertTrue(until(lambda: len(sshd.sessions()) > 0))
            time.sleep(2)
            sshd.end_sessions()
            out, err = process.communicate(timeout=120)
        scan = Scan("--version")
        scan.out = out
        classes = self.classes(scan)
        self.assertEqual(3, process.returncode, err)
        self.assertEqual(400, len(classes))
        self.assertEqual({"ok", "proxy_unreachable"}, set(classes.values()))
        self.assertGreater(list(classes.values()).count("ok"), 20)
        self.assert_nothing_left()

    def test_nothing_is_left_behind_after_a_signal(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            with self.subTest(number), Sshd(self.folder) as sshd, \
                    Fleet(self.write("fleet", "127.9.0.0/16 healthy\n")) as fleet:
                process = self.start(sshd.port, "-p", fleet.port, "--rate", "5", *self.HOSTS)
                self.assertTrue(until(lambda: len(sshd.sessions()) > 0))
                time.sleep(1)
                process.send_signal(number)
                process.communicate(timeout=60)
                self.assertEqual(-9 if number == signal.SIGKILL else 128 + number, process.returncode)
                self.assert_nothing_left()

    def test_nothing_is_left_behind_of_a_login_that_hangs(self):
        for number in (signal.SIGINT, signal.SIGKILL):
            with self.subTest(number), Silent() as silent:
                process = self.start(silent.port, "127.9.0.1")
                self.assertTrue(until(lambda: len(self.left()) >= 3))  # fleetscan, its ssh, a folder
                process.send_signal(number)
                process.communicate(timeout=60)
                self.assertEqual(-number, process.returncode)
                self.assert_nothing_left()

    def test_a_bastion_that_hangs_is_not_the_hosts_silence(self):
        with Fleet(self.write("fleet", "127.9.0.0/16 silent\n")) as fleet, Sshd(self.folder) as sshd:
            process = self.start(sshd.port, "-p", fleet.port, "--timeout", "6", *self.HOSTS[:10])
            self.assertTrue(until(lambda: len(sshd.sessions()) > 0))
            time.sleep(1)
            stopped = sshd.sessions()
            for pid in stopped:
                os.kill(pid, signal.SIGSTOP)
            out, err = process.communicate(timeout=120)
            for pid in stopped:
                os.kill(pid, signal.SIGKILL)
        scan = Scan("--version")
        scan.out = out
        self.assertEqual({"proxy_unreachable"}, set(self.classes(scan).values()), err)


if __name__ == "__main__":
    main()
