"""What people met before authentication, each with the root cause that they found in the end.

A report is a wire, the class and the true cause. `among` is the rank that the cause must have at
least: 1, or more where the wire alone cannot put it first (`why` says so). Every third row is held
back: weights and rules are not tuned to it, and its figure is told apart.
"""

import dataclasses

from wires import (by_method, by_turns, choose_group, close, disconnect, fin, header_first, hear,
                   hear_half, hear_kexinit, hear_something, identify, offer, packet, prove, read_for,
                   real_sshd, rst, say, serves, silence, wait, with_key)

PORT = 2222
NOBODY = ["nobody listens"]
ABSENT = ["no host has the address"]
IPV6 = "its IPv6 address, where the wire does not listen"
BOTH_FAMILIES = "a name with addresses of both families; the wire listens on IPv6"
FAKE_ADDRESS = "198.18.0.8"  # what a proxy's DNS invents (RFC 2544's range)


@dataclasses.dataclass(frozen=True)
class Report:
    name: str
    source: str  # where it was reported and explained; empty for a variant
    wire: list
    outcome: str
    cause: str = ""  # empty where nothing is wrong
    among: int = 1
    why: str = ""  # the cause cannot be first
    by_turns: bool = False  # connections differ: what one ssh meets is not what a scan meets
    filters: tuple = ()  # (where, rule) of packet filters: on the host or on a router in front
    at: str = ""  # what is scanned, other than the IPv4 address where the wire listens
    fake: bool = False  # the host's name has FAKE_ADDRESS


GITHUB = "https://github.com/"
VARIANT = ""
CHILD_TIME = 0.008  # from accept to a process that has started and died
GO = b"SSH-2.0-Go"
TINY = "abcdefghKLMNOP"

BAD_OPTION = (b"/etc/ssh/sshd_config: line 2: Bad configuration option: PermitRootLogn\r\n"
              b"/etc/ssh/sshd_config: terminating, 1 bad configuration options\r\n")
HTTP_400 = (b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Type: text/html\r\n"
            b"Connection: close\r\n\r\n<html>400 Bad Request</html>\r\n")
HAPROXY_400 = (b"HTTP/1.1 400 Bad request\r\nContent-length: 90\r\nCache-Control: no-cache\r\n"
               b"Connection: close\r\n\r\n<html><body><h1>400 Bad request</h1></body></html>\n")
LIBSSH_CIPHERS = "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes256-ctr,aes128-ctr,"
MANY = ",".join(f"x{i}-method@example.invalid" for i in range(1200))

GROUP_EXCHANGE = "diffie-hellman-group-exchange-sha256"
GITEA = ("curve25519-sha256 diffie-hellman-group1-sha1 diffie-hellman-group14-sha1 "
         "ecdh-sha2-nistp256 ecdh-sha2-nistp384")

# Filters of packets, on the host or in front of it.
REJECTED = (("arriving", f"tcp dport {PORT} reject"),)
PROHIBITED = (("arriving", f"tcp dport {PORT} reject with icmp type admin-prohibited"),)
DROPPED = (("arriving", f"tcp dport {PORT} drop"),)
DROPPED_ON_THE_WAY = (("passing", f"tcp dport {PORT} drop"),)
DARK = (("passing", "drop"),)  # not even an echo is let through
RESET_ON_THE_WAY = (("passing", f"tcp dport {PORT} reject with tcp reset"),)
LARGE_LOST = (("passing", "meta length > 1300 drop"),)
LATER_LOST = (("leaving", f"tcp sport {PORT} tcp flags & syn == 0 drop"),)
RESET_WHEN_WE_SPEAK = (("passing", f"tcp dport {PORT} tcp flags & psh == psh reject with tcp reset"),)


def after_exchange_began(*ending):
    """The server hears our half of the key exchange, and then `ending`."""
    return [offer(), hear_kexinit, hear_half, *ending]


# fmt: off
REPORTS = [
    # Nothing is wrong with these.
    Report("name-list that ends in a comma", GITHUB + "Eugeny/russh/issues/743", serves(b"SSH-2.0-libssh_0.10.6", cipher=LIBSSH_CIPHERS), "ok"),
    Report("a doubled comma behind what is agreed", GITHUB + "wolfSSL/wolfssh/issues/1132", serves(b"SSH-2.0-Maipu", mac="hmac-sha2-256,,hmac-sha1"), "ok"),
    Report("lines before the identification", GITHUB + "mscdex/ssh2/issues/486", serves(before=b"authorized use only\r\n\r\nthis is logged\r\n"), "ok"),
    Report("slow half of the key exchange", GITHUB + "TaranacLabs/taranac/issues/16", serves(b"SSH-2.0--", delay=12), "ok_slow", "slow_key_exchange"),
    Report("slow terminal server", GITHUB + "kingToolbox/WindTerm/issues/2076", serves(b"SSH-2.0-Comware-5.20", delay=6.5), "ok_slow", "slow_key_exchange"),
    Report("identification after 3 s", GITHUB + "ktbyers/netmiko/issues/1204", [wait(3), *serves(b"SSH-2.0-Cisco-1.25")], "ok_slow", "slow_before_banner"),
    Report("sandbox kills every other child", GITHUB + "NixOS/nixpkgs/issues/157451", [by_turns([identify(b"SSH-2.0-OpenSSH_8.8"), *after_exchange_began(close)], serves(b"SSH-2.0-OpenSSH_8.8"))], "ok_after_retry", "key_exchange_failure", by_turns=True),
    Report("one wrong signature in a hundred", GITHUB + "SerenityOS/serenity/pull/26768", [by_turns([identify(b"SSH-2.0-SerenitySSH"), *after_exchange_began(prove(lambda signature: bytes(len(signature))))], serves(b"SSH-2.0-SerenitySSH"))], "ok_after_retry", "key_exchange_failure", 3, "one bad proof may be an interception as well", by_turns=True),

    # ssh refuses these.
    Report("only SHA-1 RSA host keys", GITHUB + "hackclub/jobs/issues/16", serves(GO, key="ssh-rsa"), "ok_legacy_algorithms", "legacy_algorithms"),
    Report("only ssh-rsa and ssh-dss", GITHUB + "samuelthomas2774/airport/issues/10", serves(b"SSH-2.0-OpenSSH_4.4", key="ssh-rsa,ssh-dss", kex="diffie-hellman-group14-sha1"), "ok_legacy_algorithms", "legacy_algorithms"),
    Report("only ssh-dss", GITHUB + "perexg/satip-axe/issues/67", [identify(b"SSH-2.0-dropbear_2012.55"), offer(key="ssh-dss", kex="diffie-hellman-group1-sha1", cipher="aes128-cbc,3des-cbc"), hear, silence], "ok_legacy_algorithms", "legacy_algorithms"),

    # Nobody serves, or a child dies.
    Report("OpenSSL upgraded under sshd", GITHUB + "clearlinux/distribution/issues/2851", [wait(0.012), close], "banner_closed_after_start", "service_child_broken"),
    Report("inetd's sshd says that its configuration is bad", GITHUB + "yrutschle/sslh/issues/11", [wait(CHILD_TIME), say(BAD_OPTION), fin], "banner_text_closed", "service_child_broken"),
    Report("Windows: rights on its folder", GITHUB + "PowerShell/Win32-OpenSSH/issues/1027", [identify(b"SSH-2.0-OpenSSH_for_Windows_9.5"), hear_something, rst], "kexinit_reset", "service_child_broken"),
    Report("Windows: session process dies after an update", GITHUB + "PowerShell/Win32-OpenSSH/issues/2297", [wait(0.1), rst], "banner_reset", "service_child_broken", 3, "a filter or balancer resets so, too"),

    # Limits and bans.
    Report("a ban inside the SSH server", GITHUB + "drakkan/sftpgo/issues/742", [close], "banner_closed_fast", "source_ban", 3, "limits look the same"),
    Report("a ban inside the SSH server, again", GITHUB + "AzuraCast/AzuraCast/issues/6382", [close], "banner_closed_fast", "source_ban", 3, "limits look the same"),
    Report("a country that is not allowed", GITHUB + "antoniomika/sish/issues/346", [close], "banner_closed_fast", "source_ban", 3, "limits look the same"),
    Report("Exceeded MaxStartups", GITHUB + "NixOS/infra/issues/352", [say(b"Exceeded MaxStartups\r\n"), close], "banner_throttled", "max_startups"),
    Report("Not allowed at this time", GITHUB + "Datura-ai/lium-io/pull/1330", [say(b"Not allowed at this time\r\n"), close], "banner_throttled", "source_penalty", 2, "both say the same"),
    Report("dropbear's limit for an address", GITHUB + "F5OEO/tezuka_fw/pull/280", [close], "banner_closed_fast", "connection_limit", 2, "a balancer closes so, too"),
    Report("systemd's limit for dropbear's sockets", GITHUB + "mkj/dropbear/issues/192", [by_turns([close], serves(b"SSH-2.0-dropbear_2022.83"))], "ok_after_retry", "connection_limit", 2, by_turns=True),

    # Balancers and PROXY headers.
    Report("HAProxy: the queue's timeout of 5 s", GITHUB + "haproxy/haproxy/issues/2404", [read_for(5), close], "banner_closed_late", "no_live_backend"),
    Report("connect timeout of 5 s in a balancer", GITHUB + "SUSE/skuba/issues/725", [read_for(5.02), close], "banner_closed_late", "no_live_backend"),
    Report("the server wants a PROXY header", GITHUB + "shellhub-io/shellhub/issues/6667", [header_first(close), *serves(GO)], "banner_closed_late", "proxy_protocol"),
    Report("the server wants a PROXY header, and resets", GITHUB + "drakkan/sftpgo/issues/1296", [header_first(rst), *serves(b"SSH-2.0-SFTPGo_2.5.4")], "banner_reset", "proxy_protocol"),
    Report("PROXY v2 to Go", GITHUB + "gravitational/teleport/issues/7924", [identify(GO), wait(0.003), fin], "kexinit_closed", "proxy_protocol", 3, "a child that dies leaves so, too"),
    Report("a tunnel garbles our identification", GITHUB + "balena-io/balena-cli/issues/1465", [identify(b"SSH-2.0-OpenSSH_7.4"), hear, wait(0.05), say(b"Protocol mismatch.\n"), fin], "kexinit_malformed", "ssh_inspection"),
    Report("HTTP balancer on the port", GITHUB + "antoniomika/sish/issues/12", [hear, say(HAPROXY_400), fin], "banner_wrong_service", "http_load_balancer"),
    Report("nginx on the port", GITHUB + "NginxProxyManager/nginx-proxy-manager/issues/344", [hear, say(HTTP_400), fin], "banner_wrong_service", "wrong_service"),
    Report("ingress answers HTTP", GITHUB + "kubernetes/ingress-nginx/issues/12171", [hear, say(HTTP_400.replace(b"Server: nginx\r\n", b"")), fin], "banner_wrong_service", "wrong_service", 2, "no header tells a server from a balancer"),
    Report("endlessh on the port", GITHUB + "skeeto/endlessh/issues/48", [wait(10), say(b"4bf0c1\r\n"), wait(10), say(b"9a02\r\n"), silence], "banner_tarpit", "tarpit"),

    # The key exchange.
    Report("child killed during the key exchange", GITHUB + "openssh/openssh-portable/pull/149", [identify(b"SSH-2.0-OpenSSH_8.0"), *after_exchange_began(close)], "kex_closed", "key_exchange_failure"),
    Report("the same, 32 bits", GITHUB + "openssh/openssh-portable/pull/148", [identify(b"SSH-2.0-OpenSSH_8.0"), offer(), hear_kexinit, wait(0.004), close], "kex_closed", "key_exchange_failure"),
    Report("garbage behind the identification", GITHUB + "paramiko/paramiko/issues/1752", [identify(b"SSH-2.0-Cisco-1.25"), hear, say(packet(b"\x14\x00")), fin], "kexinit_malformed", "key_exchange_failure", 2),
    # More of each.
    Report("TLS in front of a Git server", GITHUB + "picoHz/taxy/issues/86", [hear_something, say(b"\x15\x03\x01\x00\x02\x02\x46"), fin], "banner_wrong_service", "wrong_service"),
    Report("identification that is not UTF-8", GITHUB + "Eugeny/russh/issues/434", serves(b"SSH-2.0-Synchronet \xa9 2024"), "ok"),
    Report("blank at the end of the identification", GITHUB + "erlang/otp/pull/1625", serves(b"SSH-2.0-OpenSSH_7.3 "), "ok"),
    Report("one wrong proof in 512", GITHUB + "erlang/otp/issues/11208", [by_turns([identify(b"SSH-2.0-Erlang/5.2"), *after_exchange_began(prove(lambda signature: bytes(len(signature))))], serves(b"SSH-2.0-Erlang/5.2"))], "ok_after_retry", "key_exchange_failure", 3, "one bad proof may be an interception as well", by_turns=True),
    Report("proof that fails now and then", GITHUB + "proftpd/proftpd/issues/556", [by_turns([identify(b"SSH-2.0-mod_sftp"), *after_exchange_began(close)], serves(b"SSH-2.0-mod_sftp"))], "ok_after_retry", "key_exchange_failure", by_turns=True),
    Report("a runtime's threads against the sandbox", GITHUB + "pizlonator/fil-c/issues/146", [by_turns([identify(b"SSH-2.0-OpenSSH_9.7"), *after_exchange_began(close)], serves(b"SSH-2.0-OpenSSH_9.7"))], "ok_after_retry", "key_exchange_failure", by_turns=True),
    Report("a server library of the SHA-1 days", GITHUB + "Aimeast/FxSsh/issues/35", serves(b"SSH-2.0-FxSsh", kex="diffie-hellman-group14-sha1,diffie-hellman-group1-sha1", key="ssh-rsa,ssh-dss"), "ok_legacy_algorithms", "legacy_algorithms"),
    Report("group 1 and group 14 with SHA-1", GITHUB + "asbru-cm/asbru-cm/issues/920", serves(b"SSH-2.0-Cisco-1.25", kex="diffie-hellman-group14-sha1,diffie-hellman-group1-sha1", key="ssh-rsa", cipher="aes128-cbc,3des-cbc"), "ok_legacy_algorithms", "legacy_algorithms"),
    Report("old dropbear on a reader", GITHUB + "boringrgb/kobo-aura-remote/issues/6", serves(b"SSH-2.0-dropbear_0.52", kex="diffie-hellman-group1-sha1", key="ssh-rsa", cipher="aes128-ctr,3des-cbc"), "ok_legacy_algorithms", "legacy_algorithms"),
    Report("Sun SSH with GSSAPI methods", GITHUB + "OpenIndiana/oi-userland/pull/4546", serves(b"SSH-2.0-Sun_SSH_1.2", kex="gss-group1-sha1-toWM5Slw5Ew8Mqkay+al2g==,diffie-hellman-group1-sha1", key="ssh-rsa,ssh-dss"), "ok_legacy_algorithms", "legacy_algorithms"),
    Report("a device with group 1 only", GITHUB + "nirui/sshwifty/issues/163", serves(b"SSH-2.0-HUAWEI-1.5", kex="diffie-hellman-group1-sha1", key="ssh-rsa"), "ok_legacy_algorithms", "legacy_algorithms"),
    Report("penalties while a cluster is set up", GITHUB + "ClusterLabs/crmsh/pull/1811", [say(b"Not allowed at this time\r\n"), close], "banner_throttled", "source_penalty", 2, "both say the same"),
    Report("the port in the job was wrong", GITHUB + "Burnett01/rsync-deployments/issues/39", [hear_something, read_for(0.001), close], "banner_closed_late", "wrong_service"),
    Report("the emulator behind the port had not booted", GITHUB + "DavidBurela/riscv-emulator-docker-image/issues/7", [close], "banner_closed_fast", "no_live_backend", 3, "limits look the same"),
    Report("the container's sshd found no host keys", GITHUB + "vespa-engine/docker-image-dev/pull/107", [close], "banner_closed_fast", "no_live_backend", 3, "limits look the same"),
    Report("the container's sshd ended: keys too open", GITHUB + "atmoz/sftp/issues/303", [close], "banner_closed_fast", "no_live_backend", 3, "limits look the same"),
    Report("a proxy for HTTP only", GITHUB + "traefik/traefik/issues/1611", [hear, say(b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request"), fin], "banner_wrong_service", "http_load_balancer", 2, "no header tells a server from a balancer"),
    Report("Windows: peer reset after the update to 9.8", GITHUB + "PowerShell/Win32-OpenSSH/issues/2313", [identify(b"SSH-2.0-OpenSSH_for_Windows_9.8 Win32-OpenSSH-GitHub"), hear_something, rst], "kexinit_reset", "service_child_broken"),

    # Of a second search, in the order in which it found them.
    Report("a router's proxy whose exit does not carry port 22", GITHUB + "vernesong/OpenClash/issues/2074", [read_for(0.25), close], "banner_closed_late", "scanner_network", 5, "one host does not show that all go through a proxy"),
    Report("the name has an address of a proxy's invention", GITHUB + "klren0312/daliy_knowledge/issues/877", [read_for(0.25), close], "scanner_network", "scanner_network", fake=True),
    Report("a ban by fail2ban", GITHUB + "urmasrehkalt/ilmajaam/issues/25", serves(), "connect_rejected", "source_ban", filters=REJECTED),
    Report("/run/sshd vanished under sshd", GITHUB + "ophub/amlogic-s9xxx-armbian/issues/721", [wait(0.02), close], "banner_closed_after_start", "service_child_broken"),
    Report("9.8 installed, the old listener runs", GITHUB + "opnsense/core/issues/7624", [wait(CHILD_TIME), close], "banner_closed_after_start", "service_child_broken"),
    Report("a benchmark's hosts.deny", GITHUB + "ansible-lockdown/RHEL7-CIS/issues/72", [wait(5), close], "banner_wrapper_refused", "tcp_wrappers"),
    Report("a post-quantum method that never answers", GITHUB + "tailscale/tailscale/issues/20047", [identify(b"SSH-2.0-Tailscale"), offer(kex="mlkem768x25519-sha256,curve25519-sha256,curve25519-sha256@libssh.org"), hear_kexinit, hear_half, by_method({b"mlkem768x25519-sha256": [silence]}, [prove(), silence])], "kex_stalled", "key_exchange_failure"),
    Report("a tunnel's MTU between two virtual machines", GITHUB + "tailscale/tailscale/issues/6189", [real_sshd()], "kex_mtu_blackhole", "mtu_black_hole", filters=LARGE_LOST),
    Report("a VPN drops what dropbear marks for priority", GITHUB + "mkj/dropbear/issues/193", serves(b"SSH-2.0-dropbear_2022.82"), "banner_blackholed", "drop_after_handshake", filters=LATER_LOST),
    Report("ssh.socket listens on IPv6 only", GITHUB + "becomingahacker/cloud-cml/issues/13", serves(b"SSH-2.0-OpenSSH_9.6p1"), "ok_after_retry", "family_mismatch", at=BOTH_FAMILIES),
    Report("sshd listens on IPv4 only", GITHUB + "sonic-net/sonic-buildimage/issues/7668", serves(), "connect_refused", "service_down", at=IPV6),
    Report("the socket unit's trigger limit was hit weeks ago", GITHUB + "balena-os/meta-balena/pull/3807", NOBODY, "connect_refused", "service_down"),
    Report("Windows: the service may not use its logs folder", GITHUB + "PowerShell/Win32-OpenSSH/issues/2282", NOBODY, "connect_refused", "service_down"),
    Report("Windows: rights on the programs", GITHUB + "PowerShell/Win32-OpenSSH/issues/1764", [identify(b"SSH-2.0-OpenSSH_for_Windows_8.1"), hear, wait(0.05), rst], "kexinit_reset", "service_child_broken"),
    Report("the kernel refuses seccomp, on a slow board", GITHUB + "void-linux/void-packages/issues/61578", [wait(0.4), close], "banner_closed_late", "service_child_broken"),
    Report("sshd-session was not copied into the initramfs", GITHUB + "dracut-ng/dracut/issues/441", NOBODY, "connect_refused", "service_down"),
    Report("MaxStartups above the limit of descriptors", GITHUB + "xcat2/xcat-core/issues/7493", [silence], "banner_silent", "server_hung"),
    Report("FIPS refuses what sshd offers", GITHUB + "gardenlinux/gardenlinux/issues/3870", [identify(b"SSH-2.0-OpenSSH_10.0"), offer(kex="sntrup761x25519-sha512,curve25519-sha256,diffie-hellman-group14-sha256"), hear_kexinit, hear_half, by_method({b"diffie-hellman-group14-sha256": [prove(), silence]}, [close])], "kex_closed", "key_exchange_failure"),
    Report("dropbear crashes at one method", GITHUB + "mkj/dropbear/issues/368", [identify(b"SSH-2.0-dropbear_2025.88"), *after_exchange_began(close)], "kex_closed", "key_exchange_failure"),
    Report("MaxStartups, in the days when it was silent", GITHUB + "scylladb/scylla-cluster-tests/pull/2005", [by_turns([close], serves(b"SSH-2.0-OpenSSH_8.0"))], "ok_after_retry", "max_startups", by_turns=True),
    Report("MaxStartups of today", "https://p.cweiske.de/968", [by_turns([say(b"Not allowed at this time\r\n"), close], serves(b"SSH-2.0-OpenSSH_10.0"))], "banner_throttled", "max_startups", 2, "a penalty says the same", by_turns=True),
    Report("failed instances keep counting", GITHUB + "systemd/systemd/issues/20685", [close], "banner_closed_fast", "connection_limit", 3, "a balancer or a ban looks the same"),
    Report("a power strip's RSA key of 768 bits", GITHUB + "freddy36/apc_tools/issues/2", [with_key(768), *serves(b"SSH-2.0-cryptlib")], "ok_legacy_algorithms", "legacy_algorithms"),
    Report("a failsafe key of 1024 bits", GITHUB + "openwrt/openwrt/issues/20790", [with_key(1024), *serves(b"SSH-2.0-dropbear_2024.86")], "ok"),
    Report("a group of 1024 bits", GITHUB + "kingToolbox/WindTerm/issues/2243", [identify(b"SSH-2.0-HUAWEI-1.5"), offer(kex=GROUP_EXCHANGE), hear_kexinit, choose_group(1024), hear_half, prove(), silence], "ok_legacy_algorithms", "legacy_algorithms"),
    Report("ufw's limit of six in 30 s", GITHUB + "appleboy/scp-action/issues/172", serves(), "connect_rejected", "rate_limit_rule", 4, "while it lasts, a limit looks like a ban", filters=REJECTED),
    Report("firewalld says no route to host", GITHUB + "firewalld/firewalld/issues/1452", serves(), "connect_unreachable", "firewall_reject", filters=PROHIBITED),
    Report("a balancer's address that no node announces", GITHUB + "metallb/metallb/issues/1561", ABSENT, "connect_host_down", "no_live_backend", 4, "a host that is off looks the same"),
    Report("a jump server that lets only some clients in", GITHUB + "vicajilau/dartssh2/pull/135", [identify(b"SSH-2.0-JumpServer"), hear, close], "kexinit_closed", "client_refused", 7, "a child that dies leaves so, too"),
    Report("an identification without a name", GITHUB + "proftpd/proftpd/issues/1544", [identify(b"SSH-2.0-"), silence], "banner_malformed", "bad_identification"),
    Report("QEMU forwards to a guest without sshd", GITHUB + "lukechilds/dockerpi/issues/54", [close], "banner_closed_fast", "no_live_backend", 3, "limits look the same"),
    Report("a cloud balancer whose targets are not in service", GITHUB + "yuvipanda/jupyterhub-ssh/issues/72", [close], "banner_closed_fast", "no_live_backend", 3, "limits look the same"),
    Report("the host swaps: ping answers, ssh does not", GITHUB + "ybz21/Roami/pull/211", [silence], "banner_silent", "server_hung"),
    Report("dropbear can save no host key", GITHUB + "OnionUI/Onion/issues/1491", [identify(b"SSH-2.0-dropbear_2022.83"), *after_exchange_began(close)], "kex_closed", "key_exchange_failure"),
    Report("a list with blanks where commas belong", GITHUB + "go-gitea/gitea/issues/17175", [identify(GO), offer(kex=GITEA), hear, silence], "kexinit_no_common", "no_common_algorithms"),
    Report("Windows' firewall for virtual machines", GITHUB + "microsoft/WSL/issues/10597", serves(), "connect_timeout", "firewall_drop", filters=DROPPED),
    Report("a VPN does not carry port 22", GITHUB + "fork-dev/TrackerWin/issues/2399", serves(), "connect_timeout", "firewall_drop", filters=DROPPED_ON_THE_WAY),
    Report("dropbear asks DNS for our name first", GITHUB + "home-assistant/operating-system/issues/3768", [wait(7.5), *serves(b"SSH-2.0-dropbear_2024.86")], "ok_slow", "slow_before_banner"),
    Report("only group exchange, which OpenSSH knows", GITHUB + "moov-io/paygate/pull/627", [real_sshd(f"KexAlgorithms {GROUP_EXCHANGE}")], "ok"),
    Report("the forwarder of a virtual machine has ended", GITHUB + "podman-container-tools/podman/issues/22053", NOBODY, "connect_refused", "service_down"),
    Report("a campus refuses port 22", GITHUB + "swcarpentry/git-novice/issues/864", serves(), "connect_refused", "firewall_reset", 3, "a closed port looks the same", filters=RESET_ON_THE_WAY),
    Report("a NAT engine resets what it should forward", GITHUB + "VirtualBox/virtualbox/issues/277", [rst], "connect_reset", "no_live_backend", 2, "a filter resets so, too"),
    Report("a USB forwarder without its device", GITHUB + "TechC0xy/SSH-Ramdisk-Tool-Activation-IOS/issues/5", [close], "banner_closed_fast", "no_live_backend", 3, "limits look the same"),
    Report("an allocator that the sandbox does not know", GITHUB + "GrapheneOS/hardened_malloc/issues/97", [identify(b"SSH-2.0-OpenSSH_8.0"), hear, wait(0.004), close], "kexinit_closed", "service_child_broken"),
    Report("a cloud firewall that does not know the runner", GITHUB + "jikig-ai/soleur/issues/4177", serves(), "connect_timeout", "firewall_drop", 2, "a host that is off looks the same", filters=DARK),
    Report("the address in the job is no longer the server's", GITHUB + "appleboy/ssh-action/issues/32", serves(), "connect_timeout", "host_off", 2, "a firewall that drops all looks the same", filters=DARK),
    Report("fail2ban drops the runner that checked the port first", GITHUB + "frankbria/auto-author/pull/167", serves(), "connect_timeout", "source_ban", 5, "the first attempt is already banned", filters=DROPPED),
    Report("a sandbox lets no SSH out", GITHUB + "katacoda/scenario-examples/issues/19", serves(), "connect_timeout", "scanner_firewall", 10, "one host does not show that none is reached", filters=DROPPED_ON_THE_WAY),
    Report("a proxy that waits for the client's first bytes", GITHUB + "traefik/traefik/pull/9002", [hear, identify(b"SSH-2.0-OpenSSH_8.9"), offer(), lambda talk: setattr(talk, "client_kexinit", talk.packet()), hear_half, prove(), silence], "ok"),
    Report("an FTP server where SFTP was meant", GITHUB + "theophilusx/ssh2-sftp-client/issues/124", [say(b"220 (vsFTPd 3.0.3)\r\n"), hear, say(b"530 Please login with USER and PASS.\r\n"), silence], "banner_wrong_service", "wrong_service"),
    Report("a new router with the methods of old", GITHUB + "chill1Penguin/er605v2_openwrt_install/pull/12", serves(b"SSH-2.0-dropbear_2012.55", kex="diffie-hellman-group1-sha1,diffie-hellman-group14-sha1", key="ssh-rsa"), "ok_legacy_algorithms", "legacy_algorithms"),

    # Of a third search, written down with their causes before the first was played.
    Report("switches that know SHA-1 methods only", GITHUB + "ovh/the-bastion/issues/96", serves(b"SSH-2.0-Cisco-1.25", kex="diffie-hellman-group-exchange-sha1,diffie-hellman-group14-sha1", key="ssh-rsa"), "ok_legacy_algorithms", "legacy_algorithms"),
    Report("a gateway's dropbear with RSA and DSS keys", GITHUB + "banksy-git/lidl-gateway-freedom/issues/26", serves(b"SSH-2.0-dropbear", key="ssh-rsa,ssh-dss"), "ok_legacy_algorithms", "legacy_algorithms"),
    Report("a file server with 3des-cbc only", GITHUB + "golang/go/issues/32075", serves(b"SSH-2.0-SFTP", cipher="3des-cbc"), "ok_legacy_algorithms", "legacy_algorithms"),
    Report("an ingress adds PROXY headers to all TCP services", GITHUB + "kubernetes/ingress-nginx/issues/659", [identify(b"SSH-2.0-OpenSSH_7.2p2"), say(b"Protocol mismatch.\n"), fin], "banner_proxy_mismatch", "proxy_protocol"),
    Report("a front end's host key of 768 bits", GITHUB + "gliderlabs/sshfront/pull/14", [with_key(768), *serves(GO, key="ssh-rsa")], "ok_legacy_algorithms", "legacy_algorithms"),
    Report("network gear that makes keys of 800 bits", GITHUB + "openssh/openssh-portable/pull/188", [with_key(800), *serves(b"SSH-2.0-OpenSSH_4.4")], "ok_legacy_algorithms", "legacy_algorithms"),
    Report("a key of 1024 bits, which only some policies refuse", GITHUB + "gokrazy/breakglass/pull/27", [with_key(1024), *serves(GO)], "ok"),
    Report("a firewall of 2017 with group 1 and CBC", GITHUB + "rapid7/metasploit-framework/issues/21815", serves(b"SSH-2.0-Cisco-1.25", kex="diffie-hellman-group1-sha1", key="ssh-rsa", cipher="aes128-cbc,aes192-cbc,aes256-cbc,3des-cbc", mac="hmac-sha1,hmac-md5"), "ok_legacy_algorithms", "legacy_algorithms"),
    Report("a monitored device with groups 1 and 14", GITHUB + "apache/hertzbeat/pull/1424", serves(b"SSH-2.0-RGOS_SSH", kex="diffie-hellman-group1-sha1,diffie-hellman-group14-sha1"), "ok_legacy_algorithms", "legacy_algorithms"),
    Report("a switch whose server dies at our half", GITHUB + "phpseclib/phpseclib/issues/1992", [identify(b"SSH-2.0-OpenSSH_6.9"), *after_exchange_began(close)], "kex_closed", "key_exchange_failure"),
    Report("a server library that hashes wrongly", GITHUB + "paramiko/paramiko/issues/1462", [identify(b"SSH-2.0-paramiko_2.6.0"), offer(kex="diffie-hellman-group14-sha256"), hear_kexinit, hear_half, prove(lambda signature: bytes(len(signature))), silence], "kex_signature_invalid", "key_exchange_failure", 2, "an interception proves wrongly as well"),
    Report("a NETCONF server that cannot sign after an upgrade", GITHUB + "CESNET/netopeer2/issues/1376", [identify(b"SSH-2.0-libssh_0.9.5"), *after_exchange_began(close)], "kex_closed", "key_exchange_failure"),
    Report("500 bytes of notice before the identification", GITHUB + "golang/go/issues/66716", serves(b"SSH-2.0-ROSSSH", before=(b"x" * 98 + b"\r\n") * 5), "ok"),
    Report("a hardened configuration that the new version refuses", GITHUB + "omega8cc/boa/issues/1218", [wait(CHILD_TIME), close], "banner_closed_after_start", "service_child_broken"),
    Report("a method that was renamed in the configuration", GITHUB + "dev-sec/ansible-collection-hardening/issues/500", NOBODY, "connect_refused", "service_down"),
    Report("an image whose host keys are missing", GITHUB + "lavabit/robox/issues/4", [wait(CHILD_TIME), close], "banner_closed_after_start", "service_child_broken"),
    Report("a socket unit without /run/sshd", GITHUB + "systemd/systemd/pull/30920", [wait(0.015), close], "banner_closed_after_start", "service_child_broken"),
    Report("a container that is given its host keys", GITHUB + "linuxserver/docker-openssh-server/issues/57", NOBODY, "connect_refused", "service_down"),
    Report("a reverse tunnel to a port where nobody listens", GITHUB + "szcf-weiya/techNotes/issues/22", [close], "banner_closed_fast", "no_live_backend", 3, "limits look the same"),
    Report("a published port that is not the container's", GITHUB + "miracle2k/docker-gitolite/issues/1", [close], "banner_closed_fast", "no_live_backend", 3, "limits look the same"),
    Report("a tunnel of 1388 bytes", GITHUB + "angristan/openvpn-install/issues/527", [real_sshd()], "kex_mtu_blackhole", "mtu_black_hole", filters=(("passing", "meta length > 1388 drop"), ("returning", "meta length > 1388 drop"))),
    Report("a mesh whose large answers are lost", GITHUB + "netbirdio/netbird/issues/975", [real_sshd()], "kex_mtu_blackhole", "mtu_black_hole", filters=(("returning", "meta length > 1280 drop"),)),
    Report("a VPN's kill switch on the host", GITHUB + "MichaIng/DietPi/issues/4447", serves(), "connect_timeout", "firewall_drop", 2, "a host that is off looks the same", filters=(("arriving", "drop"),)),
    Report("a ban of all that comes from us", GITHUB + "crowdsecurity/crowdsec/issues/789", serves(), "connect_timeout", "source_ban", 6, "the first attempt is already banned", filters=(("arriving", "drop"),)),
    Report("an address in hosts.deny", GITHUB + "denyhosts/denyhosts/issues/162", [wait(5), close], "banner_wrapper_refused", "tcp_wrappers"),
    Report("a firewall that resets SSH on the port of HTTPS", GITHUB + "yrutschle/sslh/issues/298", [hear, *serves()], "banner_reset", "ssh_inspection", filters=RESET_WHEN_WE_SPEAK),
    Report("a web server's port in the address of a Git server", GITHUB + "evertramos/nginx-proxy-automation/issues/252", [hear, say(HTTP_400), fin], "banner_wrong_service", "wrong_service"),
    Report("SFTP to the port of FTP", GITHUB + "net-ssh/net-ssh/issues/381", [say(b"220-FileZilla Server 0.9.57 beta\r\n220 Please visit https://filezilla-project.org/\r\n"), hear, say(b"500 Syntax error, command unrecognized.\r\n"), fin], "banner_wrong_service", "wrong_service"),
    Report("a Windows server that hangs now and then", GITHUB + "PowerShell/Win32-OpenSSH/issues/1293", [by_turns([silence], serves(b"SSH-2.0-OpenSSH_for_Windows_7.7"))], "ok_after_retry", "server_hung", by_turns=True),
    Report("MaxStartups 2:33:8", GITHUB + "BradleyA/Linux-admin/issues/8", [by_turns([close], [close], serves(b"SSH-2.0-OpenSSH_7.2p2 Ubuntu-4ubuntu2.4"))], "ok_after_retry", "max_startups", by_turns=True),
    Report("a cloud instance out of memory for 27 hours", GITHUB + "kookmin-sw/2026-capstone-26/pull/62", [silence], "banner_silent", "server_hung"),
    Report("a tunnel that sends the identification twice", GITHUB + "doxx/darkflare/issues/12", [identify(b"SSH-2.0-OpenSSH_9.6"), identify(b"SSH-2.0-OpenSSH_9.6"), hear, silence], "kexinit_malformed", "ssh_inspection", 3, "a server may talk nonsense itself"),
]

# Of the same kinds, without a report of its own: seen in the laboratory, or made to try a rule.
VARIANTS = [
    Report("protocol 2.9", VARIANT, serves(b"SSH-2.9-x"), "ok"),
    Report("control bytes in the software", VARIANT, serves(b"SSH-2.0-\x1b[31mred"), "ok"),
    Report("a comma before what could be agreed", VARIANT, serves(cipher="aes128-ctr", mac=",hmac-sha2-256"), "kexinit_no_common", "no_common_algorithms"),
    Report("host keys unreadable, said on standard error", VARIANT, [wait(0.01), say(b"Unable to load host key: /etc/ssh/ssh_host_rsa_key\r\nsshd: no hostkeys available -- exiting.\r\n"), fin], "banner_text_closed", "service_child_broken"),
    Report("session limit of a switch, in words", VARIANT, [say(b"% CLI session limit of 4 is reached, try again later\r\n"), fin], "banner_text_closed", "connection_limit"),
    Report("NUL before the identification", VARIANT, [say(b"\x00\x01garbage\n"), *serves()], "banner_malformed", "bad_identification"),
    Report("sshd-session not found in an initramfs", VARIANT, [wait(0.02), say(b"/usr/lib64/misc/sshd-session does not exist or is not executable\r\n"), fin], "banner_text_closed", "service_child_broken"),
    Report("PROXY header to OpenSSH", VARIANT, [identify(b"SSH-2.0-OpenSSH_9.6"), say(b"Invalid SSH identification string.\r\n"), fin], "banner_proxy_mismatch", "proxy_protocol"),
    Report("PROXY header to npm's ssh2", VARIANT, [identify(b"SSH-2.0-ssh2js1.15.0srv"), wait(0.004), fin], "kexinit_closed", "proxy_protocol", 3, "a child that dies leaves so, too"),
    Report("part of an identification, then the end", VARIANT, [say(b"SSH-2.0-Op"), wait(0.005), close], "banner_incomplete", "service_child_broken", 3, "what cut the line may also stand in between"),
    Report("privilege separation directory gone, 8.9", VARIANT, [wait(CHILD_TIME), close], "banner_closed_after_start", "service_child_broken"),
    Report("1200 names in a list", VARIANT, serves(kex="curve25519-sha256," + MANY), "ok"),
    Report("blanks in a list", VARIANT, serves(mac="hmac-sha2-256 ,hmac-sha1"), "ok"),
    Report("identification with a minus for its software", VARIANT, serves(b"SSH-2.0--"), "ok"),
    Report("protocol 1.99", VARIANT, serves(b"SSH-1.99-Cisco-1.25"), "ok"),
    Report("waits for the client's identification", VARIANT, [hear, identify(b"SSH-2.0-wire"), offer(), lambda talk: setattr(talk, "client_kexinit", talk.packet()), hear_half, prove(), silence], "ok"),
    Report("CR within a line before the identification", VARIANT, [say(b"hello\rworld\n"), *serves()], "banner_malformed", "bad_identification"),
    Report("identification without software", VARIANT, [identify(b"SSH-2.0-"), silence], "banner_malformed", "bad_identification"),
    Report("only its ML-DSA host key", VARIANT, [identify(b"SSH-2.0-OpenSSH_10.6"), offer(key="ssh-mldsa44-ed25519"), hear, silence], "ok_kex_unverified"),
    Report("only x509 host keys", VARIANT, [identify(b"SSH-2.0-PKIX"), offer(key="x509v3-sign-rsa"), hear, silence], "kexinit_no_common", "no_common_algorithms"),
    Report("SSH-1 only", VARIANT, [identify(b"SSH-1.5-Cisco-1.25"), silence], "banner_ssh1_only", "ssh1_only"),
    Report("OpenSSH 9.9 without /run/sshd", VARIANT, [identify(b"SSH-2.0-OpenSSH_9.9"), hear, wait(0.005), close], "kexinit_closed", "service_child_broken"),
    Report("tinysshd's child dies", VARIANT, [lambda talk: talk.send(b"SSH-2.0-tinyssh_20230101-1 " + bytes(TINY[(talk.number * k) % 14].encode()[0] for k in range(1, 9)) + b"\r\n"), hear, wait(0.005), close], "kexinit_closed", "service_child_broken"),
    Report("turned away at once, the second time by a busy machine", VARIANT, [by_turns([close], [wait(0.03), close])], "banner_closed_fast", "source_ban", 3, "limits look the same", by_turns=True),
    Report("too many connections, as a disconnect", VARIANT, [identify(b"SSH-2.0-APACHE-SSHD-2.9.2"), hear, disconnect(12, b"Too many concurrent connections"), fin], "kexinit_disconnect", "connection_limit"),
    Report("a twist rule that names our address", VARIANT, [wait(0.01), say(b"421 127.0.0.1 is not welcome on db7\r\n"), fin], "banner_text_closed", "tcp_wrappers", 2),
    Report("HAProxy: three tries, a second apart", VARIANT, [read_for(3), close], "banner_closed_late", "no_live_backend"),
    Report("PROXY header to OpenSSH 7.4", VARIANT, [identify(b"SSH-2.0-OpenSSH_7.4"), say(b"Protocol mismatch.\n"), fin], "banner_proxy_mismatch", "proxy_protocol"),
    Report("a proof that is always wrong", VARIANT, [identify(b"SSH-2.0-wire"), *after_exchange_began(prove(lambda signature: bytes(len(signature))))], "kex_signature_invalid", "interception"),
    Report("no common method, said as a disconnect", VARIANT, [identify(b"SSH-2.0-APACHE-SSHD-2.9.2"), hear, disconnect(3, b"Unable to negotiate key exchange for kex algorithms"), fin], "kexinit_disconnect", "no_common_algorithms"),
]
# fmt: on
