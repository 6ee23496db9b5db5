// The network between, and the address itself.

#include "scanner/diagnosis/causes.h"

#define CAUSE(cause) CauseId::cause, #cause

namespace fleetscan::diagnosis {

using enum Seat;
using enum Where;

namespace {

// Long because it is one table, a row for each cause.
std::vector<CauseRow> filters() {
  // clang-format off
  return {
    {CAUSE(firewall_reject), path,
     "A packet filter or router refuses with an ICMP message.",
     {"no segment of TCP came back, only an ICMP error",
      "the whole subnet is refused alike",
      "administratively prohibited: only a filter says that",
      "the message comes from a router before the host"},
     {"single hosts among healthy neighbours: rather a ban on the host",
      "an earlier attempt of this run was answered"},
     {{"nftables, iptables, firewalld or ufw on the host with a reject rule",
       server, "nft list ruleset; iptables-save; firewall-cmd --list-all; ufw status verbose",
       "allow the scanner's network to the SSH port"},
      {"a firewall or router with an access list on the way",
       client, "traceroute -T -p 22 HOST; tcpdump -n icmp, who sends the error",
       "allow the scanner's network there"},
      {"the wrong zone: firewalld binds the interface to a zone without ssh",
       server, "firewall-cmd --get-active-zones", "firewall-cmd --permanent --zone=ZONE --add-service=ssh"}},
     "allow the scanner's network to the SSH port in the filter that sends the ICMP error"},

    {CAUSE(firewall_drop), path,
     "A packet filter or security group drops our SYN in silence.",
     {"the host answers an ICMP echo, the port stays silent",
      "all hosts of a subnet, label or zone are silent alike",
      "other vantages reach it"},
     {"the host answers nothing at all: it may be off",
      "a retry succeeds: then something comes and goes"},
     {{"a cloud security group or network ACL without our address (an ACL needs the way back, too)",
       between, "the group's inbound rules; the ACL's outbound rules for ports 1024-65535",
       "allow the scanner's network to the SSH port, and answers back"},
      {"a drop policy on the host",
       server, "nft list ruleset; iptables-save; ufw status verbose", "allow the SSH port from the scanner"},
      {"a firewall on the way",
       client, "traceroute -T -p 22 HOST, the last hop that answers", "allow the scanner's network there"},
      {"the host drops because of reverse-path filtering: our packets come in where it would not send",
       server, "nstat -az TcpExtIPReversePathFilter; sysctl -a | grep rp_filter; ip route get CLIENT-ADDRESS",
       "correct the route, or rp_filter=2"}},
     "open the SSH port for the scanner's network in security group, ACL or filter",
     {"a ConnectTimeout that is too short: ssh sets none by default, the kernel waits about two minutes"}},

    {CAUSE(firewall_reset), path,
     "A filter, proxy or intrusion prevention system answers with RST in the host's name.",
     {"a whole subnet refuses or resets alike",
      "reset right after the handshake, before a byte"},
     {"neighbours are well: then the host itself refuses"},
     {{"a rule `reject with tcp reset` on the host or before it",
       server, "nft list ruleset | grep -n reset; iptables-save | grep tcp-reset", "allow the scanner's network"},
      {"an intrusion prevention system or firewall that resets denied sessions",
       between, "its log for the scanner's address", "allow SSH from the scanner"},
      {"RST by something with another distance than the host",
       client, "tcpdump -nv port 22, compare the TTL of SYN-ACK or echo reply and RST", "look at the hop the TTL points to"},
      {"the listener ended with connections in its queue",
       server, "journalctl -u ssh -n 20", "see service_down"}},
     "allow the scanner's network in the filter or proxy that resets"},

    {CAUSE(drop_after_handshake), path,
     "The handshake passes, then packets of the established connection are lost in one direction.",
     {"our identification is sent again and again and never acknowledged",
      "the server repeats its SYN-ACK: our packets are lost; it does not: its answers are"},
     {"our bytes are acknowledged: then the path is well and the service is silent",
      "only large packets are lost: see mtu_black_hole"},
     {{"asymmetric routing through a stateful firewall that sees half of the connection",
       client, "traceroute both ways; the firewall's log for `invalid state`", "make the routes symmetric, or share the state"},
      {"no rule for established connections",
       server, "nft list ruleset | grep -n 'ct state'; iptables-save | grep ESTABLISHED", "accept established and related first"},
      {"reverse-path filtering with two interfaces",
       server, "nstat -az TcpExtIPReversePathFilter; ip rule; ip route get CLIENT-ADDRESS", "policy routing, or rp_filter=2"},
      {"a ban that came into force during the connection",
       server, "fail2ban-client banned", "see source_ban"},
      {"the accept queue is full: the kernel ignores the last packet of the handshake",
       server, "ss -ltn, Recv-Q above Send-Q", "see server_hung"}},
     "accept established connections in every filter on the way and make routing symmetric"},

    {CAUSE(mtu_black_hole), path,
     "Packets above some size vanish, and the ICMP message that would say so vanishes, too.",
     {"a retry with a small maximum segment size completes",
      "later segments of the server arrived and the first large one did not",
      "our large segment is sent again and again after small ones were acknowledged"},
     {"the retry with small segments hangs as well",
      "everything is acknowledged and nothing is missing"},
     {{"a tunnel, VPN, PPPoE or overlay network with a smaller MTU and ICMP blocked",
       client, "tracepath -n HOST; ping -M do -s 1372 HOST, and 1472",
       "clamp: nft add rule inet filter forward tcp flags syn tcp option maxseg size set rt mtu"},
      {"ICMP fragmentation-needed or ICMPv6 packet-too-big is filtered",
       between, "the filter's ICMP rules", "let type 3 code 4 and ICMPv6 type 2 pass"},
      {"an interface with a larger MTU than its network (jumbo frames on one side)",
       server, "ip link show | grep mtu; ping -M do -s 8972 NEIGHBOUR", "the same MTU on all of one segment"},
      {"no remedy at hand on the path",
       server, "sysctl net.ipv4.tcp_mtu_probing", "sysctl net.ipv4.tcp_mtu_probing=1, as a stopgap"}},
     "clamp the MSS to the path, correct the MTU, or let ICMP fragmentation-needed pass",
     {"`ssh -o MTU=...`: there is no such option",
      "the ciphers: another choice only changes how large the packets are"}},

    {CAUSE(ssh_inspection), path,
     "A middlebox recognises SSH and ends the connection.",
     {"the reset comes with the first SSH bytes of either side",
      "neighbours with different software end alike",
      "another port or vantage works"},
     {"a single host among healthy neighbours",
      "the server says something in words"},
     {{"a next-generation firewall or intrusion prevention system with SSH decryption or application rules",
       between, "its log for this session", "allow the application ssh from the scanner; exempt it from decryption"},
      {"a proxy that lets only TLS or HTTP pass",
       client, "nc HOST PORT, and ssh to the same host on another port", "open SSH, or use a jump host"},
      {"the server's own child dies at that moment",
       server, "journalctl -u ssh -n 50; tcpdump -n port 22, does the server itself send the RST", "see service_child_broken"}},
     "allow SSH through the inspecting firewall, or exempt these hosts",
     {"the client's version string: servers do not refuse unknown names"}},

    {CAUSE(conntrack_full), path,
     "A filter's connection table is full: it drops new connections at random.",
     {"some hosts of many behind one gateway do not answer, others do",
      "a retry often succeeds",
      "what is connected already keeps working"},
     {"always the same hosts fail"},
     {{"nf_conntrack on a gateway or host",
       between, "dmesg | grep 'nf_conntrack: table full'; sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max",
       "raise nf_conntrack_max; shorten time-outs; notrack what needs no state"},
      {"the session limit of a firewall or of a cloud NAT",
       between, "its session counters and drops", "raise it; more NAT ports"},
      {"this scan fills it",
       client, "repeat with --concurrency 64 --rate 100", "scan slower"}},
     "raise nf_conntrack_max on the gateway, or scan slower"},

    {CAUSE(no_route), path,
     "A router knows no way to the host, or the host none back.",
     {"a router says network unreachable",
      "a whole prefix is silent",
      "the packets end at the same hop"},
     {"neighbours in the same subnet are reached"},
     {{"a route is missing or withdrawn",
       client, "traceroute -n HOST; ip route get ADDRESS", "restore it, or the tunnel that carries it"},
      {"the host has no way back: wrong gateway or mask",
       server, "ip route get CLIENT-ADDRESS; ip addr", "correct the default gateway or mask"},
      {"a null route against an attack",
       between, "show route ADDRESS on the routers", "have it removed"}},
     "restore the route to the prefix, or the host's route back"},
  };
  // clang-format on
}

// Long because it is one table, a row for each cause.
std::vector<CauseRow> addresses() {
  // clang-format off
  return {
    {CAUSE(host_off), host,
     "Nobody answers for this address.",
     {"neighbour discovery failed after about 3 s",
      "an ICMP echo stays without answer, too",
      "neighbours are well"},
     {"it answers an ICMP echo",
      "the whole subnet is silent: then look at the path"},
     {{"the machine is off, crashed or booting",
       server, "its console or management controller", "start it; read what stopped it"},
      {"the virtual machine was deleted or moved",
       between, "the hypervisor's or cloud's list", "remove it from inventory and DNS"},
      {"cable, switch port or VLAN",
       client, "ip neigh show ADDRESS, FAILED; the switch's MAC table", "correct port and VLAN"},
      {"the address is out of date",
       client, "getent ahosts NAME, compare with the host's own ip addr", "correct DNS or the inventory"}},
     "check power, console and VLAN; remove the host if it is gone"},

    {CAUSE(wrong_name), host,
     "The name leads nowhere, or to the wrong place.",
     {"the name does not exist, or has no address of the asked family",
      "it leads to loopback, to 0.0.0.0 or to a block page",
      "never reached in any earlier run"},
     {"it was reached under this name before"},
     {{"a typing error or a host that is long gone",
       client, "getent ahosts NAME; dig +short NAME A NAME AAAA", "correct the inventory"},
      {"split-horizon DNS: the name exists only inside",
       client, "dig NAME @INTERNAL-SERVER; compare with --resolver system", "use the internal resolver (--dns-server)"},
      {"a search domain is missing",
       client, "cat /etc/resolv.conf", "write full names"},
      {"the zone's servers fail",
       client, "dig +trace NAME; dig NAME SOA", "repair the zone or its delegation"},
      {"an old record points to an address with a new owner",
       client, "dig +short NAME; dig -x ADDRESS", "update the record"}},
     "correct the name in inventory or DNS"},

    {CAUSE(family_mismatch), host,
     "One of IPv4 and IPv6 works, the other does not.",
     {"the other address of the same name is reached"},
     {"both fail alike"},
     {{"sshd listens on one family only (AddressFamily, ListenAddress, ssh.socket)",
       server, "ss -ltn | grep -E ':22 '; sshd -T | grep -i addressfamily", "AddressFamily any; listen on [::]"},
      {"the filter knows only the other family",
       server, "nft list ruleset; ip6tables-save", "allow SSH in both"},
      {"an AAAA record without working IPv6, or an old A record",
       client, "getent ahosts NAME; ssh -4 HOST; ssh -6 HOST", "remove or correct the record"},
      {"no route for one family on the way",
       client, "tracepath -4 HOST; tracepath -6 HOST", "repair it, or scan with -4 or -6"}},
     "let sshd and the filter serve both families, or remove the record of the dead one"},
  };
  // clang-format on
}

}  // namespace

std::vector<CauseRow> path_causes() {
  auto rows = filters();
  for (auto& row : addresses()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace fleetscan::diagnosis
