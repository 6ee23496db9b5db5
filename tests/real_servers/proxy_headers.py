"""The PROXY header of a balancer, sent before real servers that do not know it, by a real HAProxy."""

from implementations import implementations
from scenarios import Scenario, Subject
from servers import start_sshd, start_tinysshd
from services import start_haproxy

# By each server's name: versions of the header, and the class. Left out: those of Go, Paramiko and rclone
# skip version 1 as the line that it is, so ssh gets in; libssh says nothing before it leaves, which looks
# like a limit or a balancer without a server.
SEEN = {
    "OpenSSH": {1: "banner_proxy_mismatch", 2: "banner_proxy_mismatch"},
    "ProFTPD's mod_sftp": {1: "banner_proxy_mismatch"},
    "Erlang's ssh": {1: "banner_proxy_mismatch"},
    "tinysshd": {1: "kexinit_closed"},
    "AsyncSSH": {1: "kexinit_closed"},
    "npm's ssh2": {2: "kexinit_closed"},
    "Paramiko": {2: "kexinit_closed"},
    "Go's x/crypto/ssh": {2: "kexinit_closed"},
    "sshesame": {2: "kexinit_closed"},
    "dropbear": {1: "kex_closed"},
    "Twisted Conch": {1: "kex_disconnect"},
}
AGAIN = {"--retries": "1", "--patience": "3"}  # the second attempt listens


def sent(start, version):
    """HAProxy before a server, telling it the client's address."""

    def begin(lab):
        words = {1: "send-proxy", 2: "send-proxy-v2"}[version]
        return Subject(f"{start_haproxy(lab, f'server one {start(lab).target} {words}')}:22")

    return begin


def scenarios():
    servers = {"OpenSSH": (lambda lab: start_sshd(lab, kinds=("ed25519",)), ""), "tinysshd": (start_tinysshd, "")}
    servers |= {server.name: (server.start, server.lack) for server in implementations(others=False) if server.name in SEEN}
    return [Scenario(f"PROXY header, version {version}, to {name}", outcome, sent(servers[name][0], version), AGAIN,
                     cause="proxy_protocol", needs=servers[name][1])
            for name, versions in SEEN.items() for version, outcome in versions.items()]
