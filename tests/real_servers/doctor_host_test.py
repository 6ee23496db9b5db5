#!/usr/bin/env python3
"""What the script of `fleetscan doctor` does to a host, and what a hostile host does to it.

usage: doctor_host_test.py FLEETSCAN

In the laboratory: shellcheck has nothing to say; every shell prints the same; it writes nothing but its own
unlinked file and sends no packet; programs that hang, a journal with escape bytes, a configuration of 50 MB and
a foreign sshd in the PATH are bounded, escaped and told; killed, it leaves nothing.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

import lab as laboratory
from servers import Server, start_sshd

LIMIT = 10  # seconds, the script's own
TRIES = 3  # on a machine that is busy elsewhere
SHELLS = (["dash"], ["bash"], ["mksh"], ["busybox", "sh"])
FORBIDDEN = {"unlink", "rename", "mkdir", "chmod", "chown", "truncate", "mount", "symlink", "link", "setxattr"}
failed = []


def check(name, good, evidence=""):
    print(f"{'good' if good else 'FAIL'} {name}", flush=True)
    if not good:
        failed.append(name)
        print(evidence, flush=True)


def ask(script, server, *words, shell=("dash",), **options):
    """Returns (its record, seconds, what it printed)."""
    began = time.monotonic()
    done = subprocess.run([*shell, script, "--json", "--port", str(server.port), "--address", server.address,
                           "--from", "127.0.0.1", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=6 * LIMIT, check=False, **options)
    return json.loads(done.stdout), time.monotonic() - began, done.stdout + done.stderr


def linted(script):
    if not shutil.which("shellcheck"):
        print("skip shellcheck: not installed")
        return
    done = subprocess.run(["shellcheck", "-s", "sh", script], capture_output=True, text=True, check=False)
    check("shellcheck is content", done.returncode == 0, done.stdout)


def same_everywhere(script, server):
    """But for the moment, and for what counts up meanwhile. What a busy machine cut short is asked again."""
    for _ in range(TRIES):
        answers = {}
        for shell in SHELLS:
            if shutil.which(shell[0]):
                record, _, text = ask(script, server, shell=shell)
                record.pop("time")
                answers[" ".join(shell)] = json.dumps(record, sort_keys=True)
        if len(set(answers.values())) == 1:
            break
    check(f"{', '.join(answers)} answer alike, that nothing is wrong here",
          len(set(answers.values())) == 1 and record["cause"] is None and "service_down" in text, answers)


def harmless(script, server):
    """Of all processes: files opened to be written, other changes of files, and sockets."""
    if not shutil.which("strace"):
        print("skip strace: not installed")
        return
    log = pathlib.Path("/run/strace")
    subprocess.run(["strace", "-f", "-qq", "-o", log, "-e", "trace=file,socket,connect,sendto,sendmsg", "dash", script, "--port",
                    str(server.port), "--address", server.address, "--from", "127.0.0.1"], capture_output=True,
                   timeout=60, check=False)
    lines = log.read_text(errors="replace").splitlines()
    own = re.compile(r'"/tmp/fleetscan-doctor\.\w{6}\.\d+"|"/dev/null"|"/dev/tty"')
    changes = [line for line in lines if re.search(r"O_WRONLY|O_RDWR|O_CREAT", line) and not own.search(line)]
    changes += [line for line in lines if (call := re.match(r"\d+ +(\w+?)(at|at2)?\(", line)) and call[1] in FORBIDDEN
                and not own.search(line)]
    check("it writes to its own file only", len(lines) > 500 and not changes, "\n".join(changes[:20]))
    packets = [line for line in lines if re.search(r"socket\(AF_INET|sin_port|sin6_port", line)]
    # sshd -T makes a socket of each family to learn what the system can do; nothing is sent by it.
    sent = [line for line in packets if "connect(" in line or "send" in line]
    check("it sends no packet", not sent, "\n".join(sent[:20]))
    keys = [line for line in lines if re.search(r'open\w*\(.*host_(rsa|ecdsa|ed25519)"', line)]
    readers = {line.split()[0] for line in keys}
    programs = {line.split()[0] for line in lines if re.search(r'execve\("[^"]*(sshd|ssh-keygen)"', line)}
    check("only sshd opens its keys", readers <= programs, "\n".join(keys[:20]))


def over(path, text):
    """Stands before a program for the rest of the test."""
    file = pathlib.Path(f"/run/{path.replace('/', '_')}")
    file.write_text(text)
    file.chmod(0o755)
    laboratory.run("mount", "--bind", file, path)


def hanging(script, server):
    """Programs that never end, print without end, or leave a child behind."""
    program = shutil.which("fail2ban-client")
    if not program:
        print("skip a hanging program: fail2ban-client is not installed")
        return
    over(program, "#!/bin/sh\nsleep 60 &\nwhile :; do echo nonsense; done\n")
    record, seconds, text = ask(script, server)
    check("a program that floods and hangs is bounded and told", seconds < LIMIT + 2 and len(text) < 100_000
          and any("fail2ban-client" in line for line in record["unseen"]) and record["cause"] is None, (seconds, text[:3000]))
    laboratory.run("umount", program)


def escapes(script, lab):
    """Whoever may connect writes into the log."""
    server = start_sshd(lab)
    with open(lab.folder / "log", "ab") as log:
        log.write(b"sshd[1]: refused connect from 127.0.0.1 \x1b]0;owned\x07\x1b[2J \xff\x9b31m \"quoted\" \\ $(id) `id`\n")
    for words in (("--json",), ()):
        done = subprocess.run(["dash", script, "--port", "22", "--address", server.address, "--from", "127.0.0.1", *words],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
        raw = set(done.stdout) - set(range(32, 127)) - {10}
        check(f"no foreign byte comes through {' '.join(words)}", not raw and b"\\x1b" in done.stdout
              and b"$(id)" in done.stdout, done.stdout[-2000:])
        if words:
            json.loads(done.stdout)


def large(script, lab):
    server = start_sshd(lab)
    with open(lab.folder / "sshd_config", "ab") as config:
        for _ in range(50):
            config.write(b"# " + b"x" * 98 + b"\n" + (b"# " + b"y" * 97 + b"\n") * 10_485)
    for _ in range(TRIES):
        record, seconds, text = ask(script, server)
        if seconds < LIMIT + 2:
            break
    check("a configuration of 50 MB is bounded and told", seconds < LIMIT + 2 and len(text) < 100_000
          and any(re.search(r"sshd_config has 5\d{7} bytes", note) for note in record["notes"]), (seconds, text[:3000]))


def foreign_sshd(script, server, lab):
    folder = lab.folder / "bin"
    folder.mkdir()
    trace = lab.folder / "was-run"
    fake = folder / "sshd"
    fake.write_text(f"#!/bin/sh\ntouch {trace}\n")
    fake.chmod(0o777)
    record, _, text = ask(script, server, env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"})
    check("a foreign sshd in the PATH is told and not run", not trace.exists() and str(fake) in " ".join(record["notes"]), text)


def killed(script, server):
    """At one moment after another."""
    def kept():
        return sorted(str(path) for folder in ("/tmp", "/dev/shm", "/var/tmp")
                      for path in pathlib.Path(folder).glob("fleetscan-doctor*"))

    before = kept()
    for tenths in range(2, 14, 3):
        process = subprocess.Popen(["dash", script, "--port", "22", "--address", server.address], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(tenths / 10)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    # What it left to its helper is gone soon. Scripts of other tests have such files for a moment.
    left = set(kept()) - set(before)
    for _ in range(3):
        time.sleep(1)
        left &= set(kept())
    check("killed, it leaves no file", not left, left)


AVC = ("type=AVC msg=audit(1700000000.1:7): avc:  denied  { read } for  pid=9 comm=\"sshd\" name=\"ssh_host_rsa_key\" "
       "scontext=system_u:system_r:sshd_t:s0 tclass=file permissive=0")
DENIED = 'audit: type=1400 apparmor="DENIED" operation="open" profile="/usr/sbin/sshd" name="/etc/ssh/x" comm="sshd"'


@contextlib.contextmanager
def faked(**programs):
    """Programs with these texts in the places of real ones, or where there are none of that name."""
    folder = "/usr/local/sbin"
    laboratory.run("mount", "-t", "tmpfs", "tmpfs", folder)
    mounts = [folder]
    for name, text in programs.items():
        real = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
        if real:
            over(real, f"#!/bin/sh\n{text}\n")
            mounts.append(real)
        else:
            file = pathlib.Path(folder, name)
            file.write_text(f"#!/bin/sh\n{text}\n")
            file.chmod(0o755)
    yield
    for mount in reversed(mounts):
        laboratory.run("umount", mount)


def evidence(record, cause, kind):
    return " ".join(finding["evidence"] for finding in record["findings"] if (finding["cause"], finding["check"]) == (cause, kind))


def other_programs(script, server):
    """Those that not every machine has, as they answer on one that does."""
    with faked(getenforce="echo Enforcing", ausearch=f"echo '{AVC}'"):
        record, _, text = ask(script, server)
        check("SELinux's denial is told", "avc:  denied" in evidence(record, "service_child_broken", "killed"), text)
    with faked(dmesg=f"echo '[  9.1] {DENIED}'", timedatectl="echo no"):
        record, _, text = ask(script, server)
        check("AppArmor's denial is told", "apparmor=" in evidence(record, "service_child_broken", "killed"), text)
        check("a clock that is not synchronized is told", any("not synchronized" in note for note in record["notes"]), text)
    with faked(cscli='[ "$*" = "decisions list --ip 127.0.0.1 -o raw" ] && echo 3,crowdsec,Ip:127.0.0.1,ssh-bf,ban'):
        record, _, text = ask(script, server)
        check("crowdsec's ban of our address is told", "ssh-bf" in evidence(record, "source_ban", "other"), text)
    rules = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp -m set --match-set banned src -m tcp --dport 22 -j DROP\nCOMMIT"
    members = "create banned hash:ip family inet\nadd banned 192.0.2.9\nadd banned 127.0.0.1"
    save = {"iptables-legacy-save": f"printf '{rules}\n'", "ipset": f"printf '{members}\n'", "nft": "exit 1"}
    with faked(**save):
        record, _, text = ask(script, server)
        check("a set of ipset that has our address is the cause", record["cause"] == "source_ban" and "@banned" in text, text)


def units(script):
    """A socket unit that systemd gave up, and nobody listens."""
    with faked(systemctl='case "$*" in *ssh.socket) printf "LoadState=loaded\\nActiveState=failed\\nResult=trigger-limit-hit\\n" ;; '
                         '*) echo LoadState=not-found ;; esac'):
        record, _, text = ask(script, Server("127.0.1.99", 22, {}))
        check("systemd's trigger limit is told", record["cause"] == "service_down" and
              "ssh.socket" in evidence(record, "service_down", "trigger_limit"), text)


def policy(script, lab):
    """A list of sshd's is the one that the system's policy gives to it, in either form of that file."""
    folder = pathlib.Path("/etc/crypto-policies")  # the laboratory's own /etc
    (folder / "state").mkdir(parents=True)
    (folder / "back-ends").mkdir()
    (folder / "state/current").write_text("STRICT\n")
    server = start_sshd(lab, "Ciphers aes256-ctr", "MACs hmac-sha1,hmac-sha1-96")
    for text, kind in (("Ciphers aes256-ctr\nMACs hmac-sha1,hmac-sha1-96\n", "policy"),
                       ("CRYPTO_POLICY='-oCiphers=aes256-ctr -oMACs=hmac-sha1,hmac-sha1-96'\n", "policy"),
                       ("MACs hmac-sha1\n", "lists")):
        (folder / "back-ends/opensshserver.config").write_text(text)
        record, _, printed = ask(script, server)
        told = evidence(record, "legacy_algorithms", kind)
        check(f"where a list comes from is told: {kind}", record["cause"] == "legacy_algorithms" and "hmac-sha1" in told
              and ("crypto policy STRICT" in told) == (kind == "policy"), printed)


def without_root(script, server):
    if not shutil.which("setpriv"):
        print("skip without root: setpriv is not installed")
        return
    record, _, text = ask(script, server, shell=("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "dash"))
    check("without root it says what it could not see", not record["root"] and record["cause"] is None
          and any("not root" in line for line in record["unseen"]), text)


def main():
    laboratory.enter()
    script = pathlib.Path("/run/doctor.sh")
    script.write_text(laboratory.run(sys.argv[1], "doctor"))
    linted(script)
    with laboratory.Lab() as lab:
        server = start_sshd(lab)
        same_everywhere(script, server)
        harmless(script, server)
        hanging(script, server)
        foreign_sshd(script, server, lab)
        killed(script, server)
        without_root(script, server)
        other_programs(script, server)
    units(script)
    for play in (escapes, large, policy):
        with laboratory.Lab() as lab:
            play(script, lab)
    laboratory.end(bool(failed), False)


main()
