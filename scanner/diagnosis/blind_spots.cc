#include "scanner/diagnosis/blind_spots.h"

#include <array>
#include <span>

namespace fleetscan::diagnosis {

std::span<const BlindSpot> blind_spots() {
  // clang-format off
  static constexpr std::array kRows{
    BlindSpot{"Why sshd does not start: configuration, host keys, address in use, SELinux port",
              "A closed port looks the same whatever closed it; service_down lists the candidates and their checks."},
    BlindSpot{"Which reason killed the server's child: keys, /run/sshd, upgrade, sandbox",
              "All end without a byte after 2 to 10 ms; only the software version and neighbors narrow them down."},
    BlindSpot{"UseDNS, GSSAPIAuthentication, Banner, AllowUsers, Match, MaxAuthTries, MaxSessions, ClientAlive",
              "They act during or after authentication, which a probe never begins."},
    BlindSpot{"LoginGraceTime: a close after 120 s (dropbear 300 s, tinysshd 60 s)",
              "A probe leaves within 20 s, and a close that late would only show that nobody logged in."},
    BlindSpot{"endlessh sends its first line only after 10 s",
              "Within the default --banner-timeout it is silence; with 25 s the lines and their gaps show."},
    BlindSpot{"fail2ban's action on all ports or only on the SSH port",
              "Other ports are not probed: a scan of one port must remain one."},
    BlindSpot{"A penalty and MaxStartups of OpenSSH 9.8 and newer in a single attempt",
              "Both say Not allowed at this time; a retry after the wait, neighbors and other vantages decide."},
    BlindSpot{"Dropped by our own output rule, or reset by it over IPv6",
              "Its other refusals are distinguished from the network's; these two show only in the canaries."},
    BlindSpot{"ARP or SYN answered by a proxy: tarpits and balancers that accept every address",
              "An established connection looks the same; what is sent on it afterwards is judged."},
    BlindSpot{"A systemd trigger limit or a stopped unit",
              "Both leave the port closed for good; service_down's checks tell them apart."},
    BlindSpot{"The kernel's socket state at the end of the stream (closed or close-wait)",
              "It shows whether a RST followed our bytes; because the probe listens first, the way it closed already shows that."},
    BlindSpot{"Accept queue overflow with tcp_abort_on_overflow",
              "Its RST is like any proxy's; connect_reset keeps server_hung among its causes."},
    BlindSpot{"CRYPTO policy and Terrapin countermeasures (strict key exchange)",
              "They do not affect reachability; the KEXINIT in the result line shows them."},
    BlindSpot{"A server that fails only in a post-quantum key exchange, or behind a path that swallows its 2 kB",
              "Where libcrypto has no ML-KEM (before OpenSSL 3.5), curve25519 is used instead; fleetscan -v lists the methods not tried."},
    BlindSpot{"Packets dropped for the DSCP marks that OpenSSH sets (IPQoS)",
              "A probe marks none; where it reaches a host that ssh does not, ssh -o IPQoS=none decides."},
    BlindSpot{"Damage to packets behind the key exchange",
              "A probe ends before encrypted data flow; a large copy shows it (Corrupted MAC on input)."},
    BlindSpot{"The TTL of a RST, which would tell a filter from the host",
              "Reading it takes raw sockets, and therefore privileges; firewall_reset's checks show how to see it."},
    BlindSpot{"A path through several balancer nodes, one of which is broken",
              "Three connections per run cannot sample it; repeated runs can (flapping)."},
    BlindSpot{"Windows' WSAECONNABORTED, Android's abort when the network changes",
              "They arise in another system's stack; ours says ECONNABORTED only for a local act."},
  };
  // clang-format on
  return kRows;
}

}  // namespace fleetscan::diagnosis
