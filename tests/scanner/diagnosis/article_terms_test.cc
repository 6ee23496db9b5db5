// What troubleshooting articles name as a cause or a check, in their own words.

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "scanner/diagnosis/explain.h"

using namespace fleetscan;
using namespace fleetscan::diagnosis;

TEST_CASE("explain: what articles name is found in their words") {
  const struct {
    std::string_view term, leads_to;
  } cases[] = {
      // clang-format off
      // on the client's side
      {"antivirus", "scanner_aborted"}, {"Norton", "scanner_aborted"}, {"security software", "scanner_aborted"},
      {"local firewall", "scanner_firewall"}, {"Set-NetFirewallProfile", "scanner_firewall"},
      {"netsh advfirewall firewall add rule", "scanner_firewall"}, {"network monitoring tools", "scanner_aborted"},
      {"VPN", "mtu_black_hole"}, {"third-party VPN clients", "scanner_aborted"}, {"corporate proxy", "ssh_inspection"},
      {"corkscrew", "ssh_inspection"}, {"HTTP proxy", "ssh_inspection"}, {"port 443", "ssh_inspection"},
      {"ISP", "source_ban"}, {"mobile hotspot", "source_ban"}, {"IP reputation filters", "source_ban"},
      {"different network", "source_ban"}, {"jump host", "connect_timeout"}, {"ProxyCommand", "connect_timeout"},
      {"high latency", "slow_before_banner"}, {"ConnectTimeout=60", "slow_before_banner"},
      // the network between
      {"firewall", "firewall_drop"}, {"ufw disable", "firewall_drop"}, {"ufw allow 22/tcp", "firewall_drop"},
      {"firewall-cmd --list-ports", "firewall_drop"}, {"firewall-cmd --permanent --add-service=ssh", "firewall_drop"},
      {"iptables -L", "firewall_drop"}, {"security group", "firewall_drop"}, {"network security group", "firewall_drop"},
      {"NACL", "firewall_drop"}, {"network ACL", "firewall_drop"}, {"VPC flow logs", "firewall_drop"},
      {"ESTABLISHED,RELATED", "drop_after_handshake"}, {"conntrack -L", "conntrack_full"},
      {"firewall connection tracking", "drop_after_handshake"}, {"MTU", "mtu_black_hole"},
      {"ip link set eth0 mtu 1200", "mtu_black_hole"}, {"net.ipv4.tcp_mtu_probing", "mtu_black_hole"},
      {"Path MTU Discovery", "mtu_black_hole"}, {"fragmentation", "mtu_black_hole"}, {"ping -c 4", "host_off"},
      {"traceroute", "firewall_drop"}, {"rate limiting", "rate_limit_rule"}, {"--seconds 60 --hitcount 10", "rate_limit_rule"},
      {"intrusion detection", "source_ban"}, {"load balancer", "http_load_balancer"}, {"mode tcp", "http_load_balancer"},
      {"IPv4 vs IPv6 mismatch", "family_mismatch"}, {"AddressFamily any", "family_mismatch"},
      {"network interruption", "host_off"}, {"port redirection", "wrong_service"},
      // limits and bans
      {"MaxStartups", "max_startups"}, {"MaxStartups 10:30:60", "max_startups"}, {"fail2ban", "source_ban"},
      {"fail2ban-client set sshd unbanip", "source_ban"}, {"Banned IP list", "source_ban"}, {"ignoreip", "source_ban"},
      {"DenyHosts", "source_ban"}, {"TCP wrappers", "tcp_wrappers"}, {"/etc/hosts.deny", "tcp_wrappers"},
      {"hosts.allow", "tcp_wrappers"}, {"sshd: ALL", "tcp_wrappers"}, {"libwrap", "tcp_wrappers"},
      {"IP blocked", "source_ban"},
      // the server
      {"sshd not running", "service_down"}, {"systemctl status sshd", "service_down"}, {"ps aux | grep sshd", "service_down"},
      {"systemctl restart sshd", "service_down"}, {"lsof -i :22", "service_down"}, {"netstat -tuln", "service_down"},
      {"ss -tuln", "service_down"}, {"sshd -t", "service_down"}, {"sshd_config", "service_child_broken"},
      {"port changed from default 22", "service_down"}, {"ListenAddress", "service_down"},
      {"systemd socket activation", "connection_limit"}, {"xinetd", "connection_limit"}, {"inetd", "connection_limit"},
      {"resource exhaustion", "server_hung"}, {"server overload", "server_hung"}, {"free -m", "server_hung"},
      {"df -h", "server_hung"}, {"top", "server_hung"}, {"out of memory", "connection_limit"}, {"PID limits", "connection_limit"},
      {"fatal: setgroups: Cannot allocate memory", "service_child_broken"}, {"stuck connections", "server_hung"},
      {"missing or corrupted host keys", "service_child_broken"}, {"ssh-keygen -A", "service_child_broken"},
      {"dpkg-reconfigure openssh-server", "service_child_broken"}, {"SELinux", "service_child_broken"},
      {"getenforce", "service_child_broken"}, {"ausearch -m avc -ts recent", "service_child_broken"},
      {"AppArmor", "service_child_broken"}, {"web server on port 22", "wrong_service"}, {"HTML", "wrong_service"},
      {"curl -v telnet://server:22", "wrong_service"}, {"auth.log", "max_startups"}, {"/var/log/secure", "max_startups"},
      {"journalctl -u sshd", "max_startups"}, {"log stream", "max_startups"}, {"sshd -d -p 2222", "service_child_broken"},
      {"LogLevel DEBUG", "service_child_broken"},
      // the protocol
      {"legacy algorithms", "legacy_algorithms"}, {"ssh -c aes256-ctr", "legacy_algorithms"},
      {"ssh -oKexAlgorithms=diffie-hellman-group1-sha1", "legacy_algorithms"}, {"aes128-cbc", "legacy_algorithms"},
      {"fatal: no hostkey alg", "legacy_algorithms"}, {"SSH Protocol Version Mismatch", "ssh1_only"},
      {"man-in-the-middle", "interception"},
      // what is printed
      {"ssh -vvv user@host", "banner_silent"}, {"Local version string", "banner_silent"},
      {"Remote protocol version", "banner_silent"}, {"read protocol version", "banner_silent"},
      {"nc -zv hostname 22", "banner_silent"}, {"telnet", "banner_silent"}, {"identification string", "banner_silent"},
      {"Did not receive identification string", "drop_after_handshake"}, {"Timeout before authentication", "mtu_black_hole"},
      {"Received disconnect from 10.0.0.1", "kexinit_disconnect"}, {"error: beginning MaxStartups throttling", "max_startups"},
      // clang-format on
  };
  for (const auto& [term, leads_to] : cases) {
    CAPTURE(std::string(term));
    const auto [known, text] = explain(term, 1000);
    CHECK(known);
    CAPTURE(text);
    CHECK(text.find(leads_to) != text.npos);
  }
}

TEST_CASE("explain: what articles get wrong is refuted, with its reason") {
  const struct {
    std::string_view term, reason;
  } cases[] = {
      {"UseDNS no", "the identification still comes within milliseconds"},
      {"GSSAPIAuthentication", "acts after the key exchange"},
      {"Banner file missing", "reads it only once a user is known"},
      {"AllowUsers", "no user name has been sent"},
      {"Match blocks", "no user name has been sent"},
      {"MaxSessions 50", "neither refuses nor closes a new connection"},
      {"keepalive", "act only on connections that are up and authenticated"},
      {"ServerAliveInterval 60", "act only on connections that are up and authenticated"},
      {"ClientAliveInterval", "act only on connections that are up and authenticated"},
      {"ssh -1", "no current OpenSSH has the option"},
      {"ssh -o MTU=1200", "there is no such option"},
      {"ConnectTimeout", "ssh has no such default"},
      {"ban window 10-24 hours", "fail2ban's is 10 minutes"},
      {"setenforce 0", "a test for a minute"},
      {"LoginGraceTime", "it ends one after 120 s"},
      {"Connection closed by authenticating user", "look at keys, users and the server's log"},
      {"Invalid user", "look at keys, users and the server's log"},
      {"df -h", "sshd answers without writing"},
      {"MaxStartups 100:30:1000", "must stay below LimitNOFILE"},
      {"security group causes resets", "security groups drop"},
  };
  for (const auto& [term, reason] : cases) {
    CAPTURE(std::string(term));
    const auto [known, text] = explain(term, 1000);
    CHECK(known);
    CAPTURE(text);
    CHECK(text.find(reason) != text.npos);
  }
}

TEST_CASE("explain: causes that people had are found by their words") {
  const struct {
    std::string_view term, says;
  } cases[] = {
      {"Kubernetes", "no_live_backend"},
      {"no_live_backend", "externalTrafficPolicy"},
      {"PROXY protocol", "proxy_protocol"},
      {"proxy_protocol", "the other way around"},
      {"source_ban", "SFTPGo's defender"},
      {"captive portal", "scanner_network"},
      {"scanner_network", "198.18.0.0/15"},
      {"IPQoS", "drop_after_handshake"},
      {"drop_after_handshake", "IPQoS=none"},
      {"RequiredRSASize", "legacy_algorithms"},
      {"legacy_algorithms", "below 2048"},
      {"FIPS", "key_exchange_failure"},
      {"key_exchange_failure", "--kex-timeout 60"},
      {"checksum offload", "path_damage"},
      {"Corrupted MAC on input", "path_damage"},
      {"client version", "client_refused"},
      {"client_refused", "--ident"},
      {"max_startups", "slots that OpenSSH 9.8 to 10.0 lost"},
      {"server_hung", "larger than the listener's limit of descriptors"},
      {"sshd-auth", "service_child_broken"},
      {"service_child_broken", "no_new_privs"},
      {"service_down", "Get-Service sshd"},
      {"connection_limit", "network gear"},
      {"family_mismatch", "ListenStream=[::]:22"},
  };
  for (const auto& [term, says] : cases) {
    CAPTURE(std::string(term));
    CAPTURE(std::string(says));
    CHECK(explain(term, 1000).text.find(says) != std::string::npos);
  }
}
