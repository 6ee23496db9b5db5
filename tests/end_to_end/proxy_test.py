"""Scans through a proxy: real ones of the distribution, and one that says what it is told."""

import json
import os
import shutil
import socket
import subprocess
import time
import unittest

from fake_proxy import FakeProxy, Front
from harness import Fleet, Scan, Test, main

SOCKS_REPLIES = {"failed": (1, "proxy_failure"), "forbidden": (2, "proxy_refused"),
                 "no-network": (3, "connect_unreachable"), "no-host": (4, "connect_unreachable"),
                 "refused": (5, "connect_refused"), "silent": (6, "connect_timeout"),
                 "unsupported": (7, "proxy_failure"), "strange": (99, "proxy_failure")}
HTTP_REPLIES = {
    "forbidden": (b"HTTP/1.1 403 Filtered\r\n\r\n", "proxy_refused"),
    "unresolved": (b"HTTP/1.1 503 No\r\nX-Squid-Error: ERR_DNS_FAIL 0\r\n\r\n", "resolve_failure"),
    "refused": (b"HTTP/1.1 503 No\r\nX-Squid-Error: ERR_CONNECT_FAIL 111\r\n\r\n", "connect_refused"),
    "no-host": (b"HTTP/1.1 503 No\r\nX-Squid-Error: ERR_CONNECT_FAIL 113\r\n\r\n", "connect_unreachable"),
    "silent": (b"HTTP/1.1 504 Gateway Timeout\r\n\r\n", "connect_timeout"),
    "login": (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "proxy_auth"),
    "no-reason": (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "proxy_failure"),
    "no-http": (b"SSH-2.0-OpenSSH_9.6\r\n", "proxy_failure"),
    "gone": (b"", "proxy_failure")}
PROXY_CAUSES = {"proxy_unreachable": "proxy_down", "proxy_auth": "proxy_login",
                "proxy_refused": "proxy_rules", "proxy_failure": "proxy_path"}
OF_DIRECT_PATH = {"firewall_reset", "mtu_black_hole", "conntrack_full", "scanner_network", "scanner_resolver",
                  "scanner_firewall"}
QUICK = ("--no-config", "--progress", "none", "--retries", "0", "--no-diagnose", "--jsonl", "-")


def closed_port():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class RealProxy:
    """A proxy program in the foreground, for the length of a `with` block."""

    def __init__(self, command, port):
        self.command, self.port = command, port

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            if answers(self.port) or self.process.poll() is not None:
                break
            time.sleep(0.1)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)


def program(name):
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if not found:
        raise unittest.SkipTest(f"{name} is not installed")
    return found


class Proxied(Test):
    def scan(self, proxy, *targets, options=(), **more):
        return Scan(*QUICK, "--proxy", proxy, *options, *targets, **more)

    def assert_classes(self, scan, expected):
        self.assertEqual(expected, {name: host["class"] for name, host in scan.hosts().items()}, scan.err)

    def assert_nothing_of_the_direct_path(self, host):
        """Neither the kernel's view of the connection to the proxy, nor causes that rest on it."""
        for attempt in host["attempts"]:
            self.assertIsNone(attempt["tcp_info"])
            self.assertNotIn("icmp", attempt)
            self.assertNotIn("mss_clamped", attempt["flags"])
        self.assertEqual("unasked", host["echo"])
        if not host["class"].startswith("proxy_"):
            self.assertFalse(OF_DIRECT_PATH & {cause["cause"] for cause in host["causes"]})


class Answers(Proxied):
    def test_what_a_socks_proxy_says_decides_the_class(self):
        says = {name: bytes([5, code, 0, 1]) + bytes(6) for name, (code, _) in SOCKS_REPLIES.items()}
        with FakeProxy(says) as proxy:
            scan = self.scan(f"socks5h://127.0.0.1:{proxy.port}", *says)
        self.assert_classes(scan, {f"{name}:22": kind for name, (_, kind) in SOCKS_REPLIES.items()})
        for host in scan.hosts().values():
            self.assert_nothing_of_the_direct_path(host)
            self.assertEqual("proxy", host["attempts"][0]["origin"])
            self.assertIsNone(host["address"])
            if host["class"] in PROXY_CAUSES:
                self.assertEqual("unknown", host["state"])
                self.assertEqual(PROXY_CAUSES[host["class"]], host["causes"][0]["cause"])
            else:
                self.assertEqual("unreachable", host["state"])

    def test_what_an_http_proxy_says_decides_the_class(self):
        with FakeProxy({name: said for name, (said, _) in HTTP_REPLIES.items()}) as proxy:
            scan = self.scan(f"http://127.0.0.1:{proxy.port}", *HTTP_REPLIES, options=["--proxy-dns"])
        self.assert_classes(scan, {f"{name}:22": kind for name, (_, kind) in HTTP_REPLIES.items()})
        hosts = scan.hosts()
        self.assertEqual("HTTP/1.1 403 Filtered", hosts["forbidden:22"]["attempts"][0]["text"])
        self.assertEqual("resolve", hosts["unresolved:22"]["phase"])
        for host in hosts.values():
            self.assert_nothing_of_the_direct_path(host)

    def test_a_proxy_that_is_down_is_ours_and_decides_nothing(self):
        for proxy in (f"socks5://127.0.0.1:{closed_port()}", f"http://127.0.0.1:{closed_port()}",
                      "socks5://no-such-proxy.invalid:1080"):
            with self.subTest(proxy):
                scan = self.scan(proxy, "127.9.0.1", "127.9.0.2")
                self.assert_classes(scan, dict.fromkeys(["127.9.0.1:22", "127.9.0.2:22"], "proxy_unreachable"))
                self.assertEqual(3, scan.status, scan.err)
                for host in scan.hosts().values():
                    self.assertEqual(("unknown", "proxy"), (host["state"], host["phase"]))
                    self.assertEqual("proxy_down", host["causes"][0]["cause"])

    def test_the_targets_own_failures_fail_the_gate_and_the_proxys_own_do_not(self):
        says = {"refused": b"\x05\x05\0\x01" + bytes(6), "forbidden": b"\x05\x02\0\x01" + bytes(6)}
        with FakeProxy(says) as proxy:
            url = f"socks5h://127.0.0.1:{proxy.port}"
            self.assertEqual(1, self.scan(url, "refused").status)
            self.assertEqual(3, self.scan(url, "forbidden").status)

    def test_silence_is_the_targets_only_if_the_proxy_is_known_to_talk(self):
        """SOCKS5 greets us first. An HTTP proxy that says nothing to anybody may be hung itself."""
        with FakeProxy({"quiet": None}) as proxy:
            options = ["--connect-timeout", "1", "--threads", "1"]
            socks = self.scan(f"socks5h://127.0.0.1:{proxy.port}", "quiet", options=options)
            alone = self.scan(f"http://127.0.0.1:{proxy.port}", "quiet", options=["--proxy-dns", *options])
        self.assert_classes(socks, {"quiet:22": "connect_timeout"})
        self.assert_classes(alone, {"quiet:22": "proxy_failure"})
        others = {f"no{i}": b"HTTP/1.1 403 Filtered\r\n\r\n" for i in range(40)}
        with FakeProxy({"quiet": None, **others}) as proxy:
            among = self.scan(f"http://127.0.0.1:{proxy.port}", "quiet", *others,
                              options=["--proxy-dns", "--proxy-connections", "2", *options])
        self.assertEqual("connect_timeout", among.hosts()["quiet:22"]["class"])

    def test_names_are_resolved_here_unless_the_proxy_shall(self):
        with FakeProxy() as proxy:
            self.scan(f"socks5://127.0.0.1:{proxy.port}", "localhost:1", options=["-4"])
            self.assertEqual([("127.0.0.1", 1)], proxy.asked)
            self.scan(f"socks5://127.0.0.1:{proxy.port}", "localhost:1", options=["--proxy-dns"])
            self.assertEqual(("localhost", 1), proxy.asked[-1])

    def test_the_record_of_a_run_names_the_proxy(self):
        with FakeProxy() as proxy:
            scan = self.scan(f"socks5://127.0.0.1:{proxy.port}", "127.9.0.1:1")
        options = scan.records()[0]["options"]
        self.assertEqual(f"socks5://127.0.0.1:{proxy.port}", options["proxy"])
        self.assertEqual("64", options["proxy-connections"])


class Hostile(Proxied):
    def test_garbage_and_endless_words_blame_the_proxy(self):
        escapes = b"\x1b]0;owned\x07\x1b[2J<script>\r\n"
        for url in ("socks5", "http"):
            for name, fake in {"garbage": {"raw": escapes * 10}, "endless": {"endless": b"A" * 4096},
                               "endless lines": {"endless": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 700},
                               "status of escapes": {"raw": b"HTTP/1.1 403 " + escapes + b"\r\n"},
                               "nothing": {"raw": b""}}.items():
                with self.subTest(f"{url} {name}"), FakeProxy(**fake) as proxy:
                    scan = self.scan(f"{url}://127.0.0.1:{proxy.port}", "127.9.0.1")
                    host, = scan.hosts().values()
                    self.assertEqual("unknown", host["state"])
                    self.assertTrue(host["class"].startswith("proxy_"), host["class"])
                    self.assertLessEqual(len(host["attempts"][0]["text"] or ""), 255)
                    shown = Scan("--no-config", "--progress", "none", "-v", "--retries", "0", "--proxy",
                                 f"{url}://127.0.0.1:{proxy.port}", "127.9.0.1")
                    for output in (scan.raw_out, shown.raw_out, shown.raw_err):
                        self.assert_no_raw_control_bytes(output)

    def test_no_name_reaches_into_the_protocol(self):
        hosts = self.write("hosts.json", json.dumps({"all": {"hosts": ["web\r\nX: y", "a/../b"]}}))
        with FakeProxy() as proxy:
            self.scan(f"http://127.0.0.1:{proxy.port}", hosts, options=["--proxy-dns"])
            self.assertEqual([], [name for name, _ in proxy.asked if not name.isalnum()])


class Credentials(Proxied):
    def credentials(self, text="ann:hush-hush\n", mode=0o600):
        path = self.write("login", text)
        path.chmod(mode)
        return path

    def test_a_login_is_told_to_the_proxy_and_to_nobody_else(self):
        with Fleet(self.write("fleet", "127.9.0.0/16 healthy\n")) as fleet, \
                FakeProxy(login=("ann", "hush-hush")) as proxy:
            for url in ("socks5", "http"):
                target, folder = f"127.9.0.1:{fleet.port}", self.folder / url
                scan = Scan("--no-config", "-vv", "-o", folder, "--proxy", f"{url}://127.0.0.1:{proxy.port}",
                            "--proxy-credentials", self.credentials(), target)
                self.assertEqual(0, scan.status, scan.err)
                written = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
                for secret in (b"hush-hush", b"YW5uOmh1c2gtaHVzaA=="):
                    self.assertNotIn(secret, written + scan.raw_out + scan.raw_err)
        self.assertEqual([("ann", "hush-hush"), "YW5uOmh1c2gtaHVzaA=="], proxy.logins)

    def test_the_environment_can_hold_them_too(self):
        with FakeProxy(login=("ann", "hush-hush")) as proxy:
            url = f"socks5://127.0.0.1:{proxy.port}"
            scan = self.scan(url, "127.9.0.1:1", env={"FLEETSCAN_PROXY_LOGIN": "ann:hush-hush"})
            self.assert_classes(scan, {"127.9.0.1:1": "connect_refused"})
            self.assertNotIn("hush", scan.out + scan.err)
            wrong = self.scan(url, "127.9.0.1:1", env={"FLEETSCAN_PROXY_LOGIN": "ann:wrong"})
            none = self.scan(url, "127.9.0.1:1")
        self.assert_classes(wrong, {"127.9.0.1:1": "proxy_auth"})
        self.assertEqual("login_failed", wrong.hosts()["127.9.0.1:1"]["attempts"][0]["proxy"])
        self.assert_classes(none, {"127.9.0.1:1": "proxy_auth"})
        self.assertEqual("wants_login", none.hosts()["127.9.0.1:1"]["attempts"][0]["proxy"])

    def test_a_file_that_others_may_read_is_refused(self):
        for mode in (0o640, 0o604):
            scan = self.scan("socks5://127.0.0.1:1", "127.9.0.1", options=["--proxy-credentials",
                                                                         self.credentials(mode=mode)])
            self.assertEqual(2, scan.status)
            self.assertIn("chmod 600", scan.err)

    def test_mistakes_are_told_with_their_remedy_and_without_the_password(self):
        cases = {
            "--proxy-credentials": ["--proxy", "socks5://ann:hush@127.0.0.1:1080"],
            "must be socks5://": ["--proxy", "socks4://127.0.0.1"],
            "need --proxy": ["--proxy-dns"],
            "USER:PASSWORD": ["--proxy", "socks5://127.0.0.1", "--proxy-credentials", self.credentials("hush\n")],
            "drop --proxy-dns": ["--proxy", "socks5h://127.0.0.1", "-4"],
        }
        self.assert_mistakes(cases, secret="hush")

    def test_the_configuration_shown_has_no_secret(self):
        scan = Scan("--no-config", "--show-config", "--proxy", "socks5://127.0.0.1:1080", "--proxy-credentials",
                    self.credentials(), env={"FLEETSCAN_PROXY_LOGIN": "ann:hush-hush"})
        self.assertIn('proxy = "socks5://127.0.0.1:1080"', scan.out)
        self.assertNotIn("hush", scan.out + scan.err)


class Many(Proxied):
    def test_5000_hosts_behind_a_proxy_and_its_cap_held(self):
        hosts = [f"127.{20 + i // 1250}.{i // 250 % 5}.{i % 250 + 1}" for i in range(5000)]
        with Fleet(self.write("fleet", "127.20.0.0/14 healthy\n127.20.0.0/24 close\n")) as fleet, \
                FakeProxy() as proxy:
            scan = self.scan(f"socks5://127.0.0.1:{proxy.port}", "-",
                             options=["-p", fleet.port, "--proxy-connections", "20", "--depth", "banner",
                                      "--threads", "2", "--per-subnet", "1000"],
                             stdin="\n".join(hosts))
        classes = [host["class"] for host in scan.hosts().values()]
        self.assertEqual(5000, len(classes), scan.err)
        self.assertEqual(250, classes.count("banner_closed_late"))
        self.assertEqual(4750, classes.count("ok") + classes.count("ok_slow"))
        self.assertEqual(5000, len(proxy.asked))
        self.assertLessEqual(proxy.most, 20)
        self.assertGreater(proxy.most, 10)  # and it was used


class RealProxies(Proxied):
    """Each with its own ways to say no."""

    def assert_relays(self, url, refused, options=()):
        nobody = closed_port()
        with Fleet(self.write("fleet", "127.9.0.0/16 healthy\n127.9.1.0/24 close\n")) as fleet:
            scan = self.scan(url, f"127.9.0.1:{fleet.port}", f"127.9.1.1:{fleet.port}", f"127.9.0.1:{nobody}",
                             options=options)
        self.assertEqual({f"127.9.0.1:{fleet.port}": "ok", f"127.9.1.1:{fleet.port}": "banner_closed_late",
                          f"127.9.0.1:{nobody}": refused},
                         {name: host["class"] for name, host in scan.hosts().items()}, scan.err)
        for host in scan.hosts().values():
            self.assert_nothing_of_the_direct_path(host)

    def test_microsocks(self):
        port = closed_port()
        with self.microsocks(port):
            self.assert_relays(f"socks5://127.0.0.1:{port}", "connect_refused")
        port = closed_port()
        login = self.write("login", "ann:hush\n")
        login.chmod(0o600)
        with self.microsocks(port, "-u", "ann", "-P", "hush"):
            self.assert_relays(f"socks5://127.0.0.1:{port}", "connect_refused", ["--proxy-credentials", login])
            self.assert_classes(self.scan(f"socks5://127.0.0.1:{port}", "127.9.0.1"), {"127.9.0.1:22": "proxy_auth"})

    def test_dante(self):
        port = closed_port()
        config = self.write("danted.conf", f"""
errorlog: /dev/null
internal: 127.0.0.1 port = {port}
external: lo
socksmethod: none
clientmethod: none
user.unprivileged: nobody
client pass {{ from: 127.0.0.0/8 to: 0.0.0.0/0 }}
socks block {{ from: 127.0.0.0/8 to: 127.9.9.0/24 }}
socks pass {{ from: 127.0.0.0/8 to: 127.0.0.0/8 }}
""")
        with RealProxy([program("danted"), "-f", config, "-p", self.folder / "pid"], port):
            self.assert_relays(f"socks5://127.0.0.1:{port}", "connect_refused")
            self.assert_classes(self.scan(f"socks5://127.0.0.1:{port}", "127.9.9.1"), {"127.9.9.1:22": "proxy_refused"})

    def test_openssh(self):
        """ssh -D does not say why it could not connect: it closes. That decides nothing."""
        login, gate = closed_port(), closed_port()
        for key in ("host", "user"):
            subprocess.run([program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", self.folder / key], check=True)
        config = self.write("sshd_config", f"""
Port {login}
ListenAddress 127.0.0.1
HostKey {self.folder}/host
AuthorizedKeysFile {self.folder}/user.pub
StrictModes no
UsePAM no
PidFile none
""")
        os.makedirs("/run/sshd", exist_ok=True)
        with RealProxy([program("sshd"), "-D", "-f", config], login), \
                RealProxy([program("ssh"), "-F", "none", "-N", "-D", f"127.0.0.1:{gate}", "-p", str(login), "-i",
                           self.folder / "user", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o",
                           "UserKnownHostsFile=/dev/null", "127.0.0.1"], gate):
            self.assert_relays(f"socks5://127.0.0.1:{gate}", "proxy_failure")

    def test_squid(self):
        """It says which error its system met, and so whose it is."""
        port = closed_port()
        with self.squid(port):
            self.assert_relays(f"http://127.0.0.1:{port}", "connect_refused")
            self.assert_classes(self.scan(f"http://127.0.0.1:{port}", "127.9.9.1"), {"127.9.9.1:22": "proxy_refused"})
            name = self.scan(f"http://127.0.0.1:{port}", "no-such-host.invalid",
                             options=["--proxy-dns", "--connect-timeout", "30"])
            # Its resolver is down, which is not the name's fault; it says ERR_CANNOT_FORWARD.
            self.assert_classes(name, {"no-such-host.invalid:22": "proxy_failure"})

    def squid(self, port):
        config = self.write("squid.conf", f"""
http_port 127.0.0.1:{port}
acl blocked dst 127.9.9.0/24
http_access deny blocked
http_access allow all
cache deny all
cache_mem 8 MB
access_log none
cache_log {self.folder}/cache.log
pid_filename none
coredump_dir {self.folder}
netdb_filename none
dns_nameservers 127.0.0.1
dns_timeout 2 seconds
dns_retransmit_interval 1 second
shutdown_lifetime 0 seconds
""")
        self.folder.chmod(0o777)
        return RealProxy([program("squid"), "-N", "-f", config], port)

    def test_tinyproxy(self):
        port = closed_port()
        with self.tinyproxy(port):
            # It says "Unable to connect" of whatever it was: that decides nothing.
            self.assert_relays(f"http://127.0.0.1:{port}", "proxy_failure")
        with self.tinyproxy(port, "ConnectPort 443\n"):
            self.assert_classes(self.scan(f"http://127.0.0.1:{port}", "127.9.0.1"), {"127.9.0.1:22": "proxy_refused"})

    def tinyproxy(self, port, more=""):
        config = self.write("tinyproxy.conf", f"""
Port {port}
Listen 127.0.0.1
Timeout 60
Allow 127.0.0.1
MaxClients 100
LogFile "{self.folder}/log"
PidFile "{self.folder}/pid"
{more}""")
        return RealProxy([program("tinyproxy"), "-d", "-c", config], port)

    def microsocks(self, port, *more):
        return RealProxy([program("microsocks"), "-i", "127.0.0.1", "-p", str(port), *more], port)

    def test_5000_hosts_behind_each_and_its_cap_held(self):
        """Tinyproxy gets fewer: it looks after a connection a few times a second only."""
        hosts = [f"127.{20 + i // 1250}.{i // 250 % 5}.{i % 250 + 1}" for i in range(5000)]
        for start, scheme, count in ((self.microsocks, "socks5", 5000), (self.squid, "http", 5000), (self.tinyproxy, "http", 1000)):
            port = closed_port()
            with self.subTest(start.__name__), start(port), Front(port) as front, \
                    Fleet(self.write("fleet", "127.20.0.0/14 healthy\n127.20.0.0/24 close\n")) as fleet:
                scan = self.scan(f"{scheme}://127.0.0.1:{front.port}", "-", stdin="\n".join(hosts[:count]),
                                 options=["-p", fleet.port, "--proxy-connections", "20", "--depth", "banner",
                                          "--per-subnet", "1000"])
                classes = [host["class"] for host in scan.hosts().values()]
                self.assertEqual(count, len(classes), scan.err)
                self.assertEqual(250, classes.count("banner_closed_late"))
                self.assertEqual(count - 250, classes.count("ok") + classes.count("ok_slow"))
                self.assertGreaterEqual(front.seen, count)
                self.assertLessEqual(front.most, 20)
                self.assertGreater(front.most, 10)  # and it was used


if __name__ == "__main__":
    main()
