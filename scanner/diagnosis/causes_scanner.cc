// Ourselves: what must never be blamed on a host.

#include "scanner/diagnosis/causes.h"

#define CAUSE(cause) CauseId::cause, #cause

namespace fleetscan::diagnosis {

using enum Where;

// Long because it is one table, a row for each cause.
std::vector<CauseRow> scanner_causes() {
  constexpr auto kSeat = Seat::scanner;
  // clang-format off
  return {
    {CAUSE(scanner_limits), kSeat,
     "This machine ran out of descriptors, local ports or memory.",
     {"EMFILE, ENFILE, ENOBUFS, ENOMEM or EADDRNOTAVAIL from our own system calls"},
     {"a lower --concurrency changes nothing"},
     {{"the limit of open files",
       client, "ulimit -n; cat /proc/sys/fs/file-nr", "ulimit -n 65536 or LimitNOFILE=; or lower --concurrency"},
      {"local ports are used up (other programs, TIME_WAIT)",
       client, "ss -s; sysctl net.ipv4.ip_local_port_range", "widen the range; lower --rate"},
      {"memory, or the container's limit",
       client, "free -m; cat /sys/fs/cgroup/memory.max", "give it more, or lower --concurrency"}},
     "raise the limit of open files here, or lower --concurrency"},

    {CAUSE(scanner_network), kSeat,
     "This machine has no way out: no route, no such address family, or its link is down.",
     {"the system refuses at once, before a packet",
      "nearly all hosts fail alike at the same time",
      "the canaries fail, too"},
     {"other hosts are reached at the same moment",
      "the canaries are reached"},
     {{"no default route, or the link is down",
       client, "ip route get ADDRESS; ip -br link", "restore route or link, then scan again"},
      {"no IPv6 (or IPv4) here",
       client, "ip -6 route show default", "scan with -4 (or -6)"},
      {"a blackhole, prohibit or unreachable route here",
       client, "ip route show table all | grep -E 'blackhole|prohibit|unreachable'", "remove it"},
      {"VPN or gateway went away during the scan",
       client, "journalctl -b | tail; ip route", "reconnect, scan again with --resume"}},
     "repair this machine's route or link, then scan again"},

    {CAUSE(scanner_resolver), kSeat,
     "This machine's resolver answers for no name at all.",
     {"every look-up fails, of names that exist, too"},
     {"other names resolve"},
     {{"the name server is down or not reachable",
       client, "cat /etc/resolv.conf; dig @SERVER example.org", "another server, or --dns-server ADDRESS"},
      {"a local stub (systemd-resolved, dnsmasq) stopped",
       client, "systemctl status systemd-resolved; resolvectl status", "restart it"},
      {"it limits how fast we ask",
       client, "dig in a loop; the server's log", "scan slower; use a local cache"}},
     "repair /etc/resolv.conf here or name another server with --dns-server"},

    {CAUSE(scanner_firewall), kSeat,
     "This machine's own packet filter, or one right before it, stops what we send.",
     {"EPERM from our own system calls",
      "the ICMP message that refuses comes from our own address",
      "a SYN that cannot leave this machine is refused in the same way",
      "nearly all hosts fail alike and faster than the network can answer",
      "the canaries fail, too"},
     {"other hosts are reached at the same moment",
      "the canaries are reached"},
     {{"an output rule here",
       client, "nft list ruleset | grep -A20 'hook output'; iptables-save | grep OUTPUT", "allow port 22 outwards"},
      {"a security group, sandbox or network policy around this machine",
       client, "egress rules of its group, pod or runner", "allow it outwards"},
      {"an access list at the edge of this network",
       client, "traceroute -T -p 22 HOST, it ends at the first hops", "allow the scanner outwards"}},
     "allow outgoing SSH in this machine's own filter or egress policy"},

    {CAUSE(scanner_aborted), kSeat,
     "This machine destroyed the connection: `Software caused connection abort`.",
     {"ECONNABORTED: on Linux only a local act does that"},
     {"the error is ECONNRESET: then the peer or the path did it"},
     {{"someone or something ended sockets here (ss -K, a VPN or network manager)",
       client, "journalctl -b | grep -iE 'network|vpn' | tail", "scan again when the network is quiet"},
      {"an address of this machine went away",
       client, "ip addr; journalctl -u NetworkManager -u systemd-networkd | tail", "fix the address, scan again"},
      {"endpoint security software",
       client, "its log", "exempt the scanner"}},
     "look for VPN or network changes on this machine, then scan again"},
  };
  // clang-format on
}

}  // namespace fleetscan::diagnosis
