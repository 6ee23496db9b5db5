#include "scanner/diagnosis/diagnosis.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "scanner/diagnosis/causes.h"
#include "scanner/diagnosis/conclude.h"
#include "scanner/diagnosis/sighting.h"
#include "scanner/probe/classify.h"

using namespace fleetscan;
using namespace fleetscan::ssh;
using namespace fleetscan::probe;
using namespace fleetscan::diagnosis;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""us;
using std::chrono_literals::operator""s;

namespace {

using Change = std::function<void(Evidence&)>;

const auto kNoon = WallTime{std::chrono::milliseconds{1'790'000'000'000}};

/// One attempt that ended so: up to `phase`, by `close`, that long after the connection.
Evidence seen(Phase phase, Close close, Micros after, const Change& change = {}) {
  Evidence e;
  e.phase = phase;
  e.close = close;
  e.started = kNoon;
  e.address = Address::v4(0x0a040701);
  e.elapsed = phase == Phase::connect ? after : after + 400us;
  e.tcp_info = TcpInfo{};
  e.tcp_info->rtt_us = 400;
  if (phase > Phase::connect) {
    e.ms.connect = 400us;
    e.closed_after = after;
    e.tcp_info->segs_in = 1;
  }
  if (phase > Phase::banner) {
    e.ident_line = "SSH-2.0-OpenSSH_9.2p1";
    e.ms.banner = 9ms;
    e.spoke = true;
    e.bytes_in = 23;
    e.tcp_info->bytes_acked = 20;
  }
  if (phase > Phase::kexinit) e.sent_kexinit = true;
  if (change) change(e);
  return e;
}

Evidence syn(int error, Micros after, const Change& change = {}) {
  auto e = seen(Phase::connect, error == 0 ? Close::timeout : Close::error, after, change);
  e.error = error;
  if (error != 0 && e.origin == ErrorOrigin::none) e.origin = ErrorOrigin::connect;
  return e;
}

Evidence refused(Micros after) {
  return syn(ECONNREFUSED, after, [](auto& e) { e.tcp_info->segs_in = 1; });
}

Evidence here(int error) {
  return syn(error, 0us, [](auto& e) { e.origin = ErrorOrigin::local; });
}

Evidence says(std::string text, Finding finding = Finding::ended) {
  return seen(Phase::banner, Close::fin, 1ms, [&](auto& e) {
    e.finding = finding;
    e.bytes_in = text.size();
    e.head = e.text = text;
  });
}

Evidence empty(Close close, Micros after, const Change& change = {}) {
  return seen(Phase::banner, close, after, change);
}

void silent(Evidence& e) {
  e.spoke = e.spoke_first = true;
  e.tcp_info->bytes_acked = 20;
}

void spoke(Evidence& e) { e.spoke = e.spoke_first = true; }

Evidence unheard(std::uint32_t segs_in, int error = 0) {
  return empty(Close::timeout, 5s, [&](auto& e) {
    spoke(e);
    e.tcp_info->unacked = 1;
    e.tcp_info->retrans = 4;
    e.tcp_info->segs_in = segs_in;
    e.error = error;
    if (error != 0) e.origin = ErrorOrigin::stream;
  });
}

Evidence found(Phase phase, Finding finding, const Change& change = {}) {
  return seen(phase, Close::none, 20ms, [&](auto& e) {
    e.finding = finding;
    if (change) change(e);
  });
}

Evidence disconnected(Phase phase, std::uint32_t reason, std::string text) {
  return found(phase, Finding::disconnect, [&](auto& e) {
    e.disconnect = Disconnect{reason, std::move(text)};
  });
}

Evidence offers(Finding finding, Slot slot, NameList names) {
  return found(Phase::kexinit, finding, [&](auto& e) {
    Kexinit kexinit;
    kexinit[slot] = std::move(names);
    e.kexinit = std::make_shared<const Kexinit>(std::move(kexinit));
    e.slot = slot;
  });
}

Evidence key(std::string sha256) {
  return found(Phase::done, Finding::reached, [&](auto& e) {
    e.host_key = HostKey{"ssh-ed25519", std::move(sha256), true, Known::changed};
  });
}

Evidence well(const Change& change = {}) { return found(Phase::done, Finding::reached, change); }

Evidence later(Evidence e, std::chrono::milliseconds by) {
  e.started += by;
  return e;
}

Evidence with(Evidence e, const Change& change) {
  change(e);
  return e;
}

/// Refused by that ICMP message; `seen()` connects to 10.4.7.1.
Evidence told(int error, std::uint8_t code, std::uint32_t from, const Change& change = {}) {
  return with(syn(error, 900us), [&](auto& e) {
    e.icmp = IcmpError{3, code, Address::v4(from)};
    if (change) change(e);
  });
}

HostResult host(const std::vector<Evidence>& attempts) {
  HostEvidence evidence{.target = {.host = "web01"}};
  for (const auto& e : attempts) evidence.attempts.push_back({classify(e), e});
  return conclude(std::move(evidence));
}

HostResult unprobed(Outcome outcome) {
  HostResult result;
  result.target.host = "web01";
  result.outcome = outcome;
  return result;
}

std::string first_of(const std::vector<Cause>& causes) {
  return causes.empty() ? "" : causes.front().name;
}

std::string reasons_of(const Cause& cause) {
  std::string all;
  for (const auto& sentence : cause.because) all += sentence + '\n';
  return all;
}

struct Row {
  std::string name;
  HostResult result;
  std::string outcome;
  std::string cause;
  std::string because;  ///< among the first cause's reasons
  Neighborhood around = {};
  Earlier earlier = {};
};

Neighborhood in_subnet(std::uint64_t hosts, std::uint64_t healthy, std::uint64_t alike) {
  Neighborhood around;
  around.subnet = {"10.4.7.0/24", hosts, healthy, alike};
  return around;
}

Neighborhood around(const std::function<void(Neighborhood&)>& change) {
  Neighborhood around;
  change(around);
  return around;
}

Earlier before(const std::function<void(Earlier&)>& change) {
  Earlier earlier;
  change(earlier);
  return earlier;
}

std::vector<Row> connect_rows() {
  const auto silence = syn(0, 4s, [](auto& e) { e.tcp_info->retrans = 2; });
  auto up = host({silence});
  up.echo = Echo::answered;
  auto dead = host({silence});
  dead.echo = Echo::silent;
  const auto nowhere =
      with(refused(90us), [](auto& e) { e.address = Address::parse("127.0.0.1"); });
  const auto v6 = with(well(), [](auto& e) {
    e.address = Address::parse("2001:db8::1");
    e.other_family = true;
  });
  // clang-format off
  return {
    {"no such name", unprobed(Outcome::resolve_not_found), "resolve_not_found", "wrong_name", "does not exist"},
    {"closed port", host({refused(400us)}), "connect_refused", "service_down", "RST after 0.4 ms"},
    {"closed port, neighbors well", host({refused(400us)}), "connect_refused", "service_down", "60 of 63 other hosts in 10.4.7.0/24 are healthy", in_subnet(63, 60, 1)},
    {"the whole subnet refuses", host({refused(400us)}), "connect_refused", "firewall_reset", "61 of 63 other hosts in 10.4.7.0/24 fail the same way", in_subnet(63, 2, 61)},
    {"closed and open again", host({refused(400us), later(well(), 15s)}), "ok_after_retry", "connection_limit", "open 15.0 s later"},
    {"IPv6 works", host({refused(400us), v6}), "ok_after_retry", "family_mismatch", "2001:db8::1 of the same name is reachable"},
    {"the other family of the name works", host({refused(400us)}), "connect_refused", "family_mismatch", "other family of the same name", around([](auto& n) { n.other_family = true; })},
    {"name leads to loopback", host({nowhere}), "connect_refused", "wrong_name", "127.0.0.1"},
    {"icmp port-unreachable, single", host({syn(ECONNREFUSED, 400us)}), "connect_rejected", "source_ban", "ICMP", in_subnet(63, 62, 0)},
    {"icmp port-unreachable, all", host({syn(ECONNREFUSED, 400us)}), "connect_rejected", "firewall_reject", "61 of 63", in_subnet(63, 0, 61)},
    {"rejected here, reached elsewhere", host({syn(ECONNREFUSED, 400us)}), "connect_rejected", "source_ban", "2 other vantages reach it", {}, before([](auto& e) { e.vantages_reached = 2; })},
    {"silent here, up, reached elsewhere, neighbors well", up, "connect_timeout", "source_ban", "fails from some vantages only", around([](auto& n) { n.subnet = {"10.4.7.0/24", 63, 62, 0}; n.reached_elsewhere = true; })},
    {"prohibited here, reached elsewhere, neighbors well", host({told(EHOSTUNREACH, 13, 0x0a040701)}), "connect_unreachable", "source_ban", "fails from some vantages only", around([](auto& n) { n.subnet = {"10.4.7.0/24", 63, 62, 0}; n.reached_elsewhere = true; })},
    {"prohibited here, as its neighbors, reached elsewhere", host({told(EHOSTUNREACH, 13, 0x0a0000fe)}), "connect_unreachable", "firewall_reject", "10.0.0.254", around([](auto& n) { n.subnet = {"10.4.7.0/24", 63, 0, 62}; n.reached_elsewhere = true; })},
    {"a router cannot reach the host", host({told(EHOSTUNREACH, 1, 0x0a0000fe)}), "connect_unreachable", "no_route", "10.0.0.254, in front of the host, says that it cannot reach it"},
    {"rejected everywhere", host({syn(ECONNREFUSED, 400us)}), "connect_rejected", "firewall_reject", "ICMP", {}, before([](auto& e) { e.vantages_alike = 2; })},
    {"administratively prohibited", host({syn(EHOSTUNREACH, 900us)}), "connect_unreachable", "firewall_reject", "0.9 ms"},
    {"net prohibited", host({told(ENETUNREACH, 9, 0x0a040701)}), "connect_unreachable", "firewall_reject", "administratively prohibited"},
    {"a router rejects", host({told(ECONNREFUSED, 3, 0x0a0000fe)}), "connect_rejected", "firewall_reject", "10.0.0.254, which is in front of the host"},
    {"the host itself rejects", host({told(ECONNREFUSED, 3, 0x0a040701)}), "connect_rejected", "source_ban", "from the address itself"},
    {"our own filter rejects", host({told(EHOSTUNREACH, 1, 0x0a0000fe, [](auto& e) { e.origin = ErrorOrigin::local; })}), "scanner_network", "scanner_firewall", "10.0.0.254, our own address"},
    {"our own filter resets", host({here(ECONNREFUSED)}), "scanner_network", "scanner_firewall", "cannot leave this machine"},
    {"net unreachable", host({syn(ENETUNREACH, 900us)}), "connect_unreachable", "no_route", "ENETUNREACH"},
    {"icmpv6 prohibited", host({syn(EACCES, 900us)}), "connect_unreachable", "firewall_reject", "EACCES"},
    {"protocol unreachable", host({syn(ENOPROTOOPT, 900us)}), "connect_unreachable", "firewall_reject", "ENOPROTOOPT"},
    {"no neighbor", host({syn(EHOSTUNREACH, 3070ms)}), "connect_host_down", "host_off", "3.1 s"},
    {"silence", host({silence}), "connect_timeout", "firewall_drop", "sent 3 times"},
    {"silence of a neighbor that is there", host({with(silence, [](auto& e) { e.on_link = true; })}), "connect_timeout", "firewall_drop", "claims it"},
    {"silence, but it answers an echo", up, "connect_timeout", "firewall_drop", "answers an ICMP echo"},
    {"silence, echo too, neighbors well", dead, "connect_timeout", "host_off", "echo is not answered", in_subnet(63, 62, 0)},
    {"first answered, then filtered", host({says("hello"), later(silence, 30s)}), "banner_text_closed", "rate_limit_rule", "30.0 s later"},
    {"scattered packet loss", host({silence, later(well(), 60s)}), "ok_after_retry", "conntrack_full", "1 min"},
    {"no answer and silence before", host({empty(Close::timeout, 5s, silent), later(silence, 60s)}), "banner_silent", "server_hung", "accept queue"},
    {"silent in the last run", host({silence}), "connect_timeout", "server_hung", "last run", {}, before([](auto& e) { e.last = Outcome::banner_silent; })},
    {"never reached", host({silence}), "connect_timeout", "firewall_drop", "never reached in 9", {}, before([](auto& e) { e.runs = 9; })},
    {"reset at once", host({seen(Phase::connect, Close::rst, 400us, [](auto& e) { e.error = ECONNRESET; e.origin = ErrorOrigin::connect; })}), "connect_reset", "firewall_reset", "reset"},
    {"our own descriptors", host({here(EMFILE)}), "scanner_resources", "scanner_limits", "EMFILE"},
    {"no route here", host({here(ENETUNREACH)}), "scanner_network", "scanner_network", "ENETUNREACH"},
    {"our own filter", host({here(EPERM)}), "scanner_network", "scanner_firewall", "EPERM"},
    {"our resolver", unprobed(Outcome::scanner_resolver), "scanner_resolver", "scanner_resolver", "resolver"},
    {"aborted", host({seen(Phase::banner, Close::error, 1ms, [](auto& e) { e.error = ECONNABORTED; })}), "scanner_aborted", "scanner_aborted", "ECONNABORTED"},
    {"the whole run, silence", host({silence}), "connect_timeout", "scanner_network", "200 of 200 other hosts in the same ten seconds fail the same way (connect_timeout), none was reached", around([](auto& n) { n.moment = {"the same ten seconds", 200, 0, 200}; })},
    {"nearly the whole run, no name", unprobed(Outcome::resolve_failure), "resolve_failure", "scanner_resolver", "18 of 20 other hosts in the same ten seconds fail the same way (resolve_failure), 2 were reached", around([](auto& n) { n.moment = {"the same ten seconds", 20, 2, 18}; })},
    {"the whole run, refused", host({refused(90us)}), "connect_refused", "scanner_firewall", "200 of 200", around([](auto& n) { n.moment = {"the same ten seconds", 200, 0, 200}; })},
    {"the whole run, canary reached", host({silence}), "connect_timeout", "firewall_drop", "SYN", around([](auto& n) { n.moment = {"the same ten seconds", 200, 3, 197}; n.canaries = Trial::passed; })},
  };
  // clang-format on
}

std::vector<Row> banner_rows() {
  const auto http = [](std::string head) {
    return with(says(std::move(head), Finding::wrong_service), [](auto& e) { e.service = "http"; });
  };
  const auto old = [](Evidence& e) { e.ident_line = "SSH-2.0-OpenSSH_7.4"; };
  const auto dropbear = [](Evidence& e) { e.ident_line = "SSH-2.0-dropbear_2022.83"; };
  const auto wrapped = empty(Close::fin, 5009ms);
  const auto not_allowed = says("Not allowed at this time");
  // clang-format off
  return {
    {"MaxStartups in words", host({says("Exceeded MaxStartups")}), "banner_throttled", "max_startups", "\"Exceeded MaxStartups\""},
    {"not allowed, once", host({not_allowed, later(well(), 25s)}), "ok_after_retry", "max_startups", "25.0 s later"},
    {"not allowed, again", host({not_allowed, later(not_allowed, 25s)}), "banner_throttled", "source_penalty", "25.0 s later"},
    {"not allowed, only here", host({not_allowed}), "banner_throttled", "source_penalty", "1 other vantage", {}, before([](auto& e) { e.vantages_reached = 1; })},
    {"wrappers", host({wrapped}), "banner_wrapper_refused", "tcp_wrappers", "5.0 s after the connection"},
    {"wrappers, all neighbors", host({wrapped}), "banner_wrapper_refused", "tcp_wrappers", "closed 5.0 s", in_subnet(63, 3, 60)},
    {"closed at once", host({empty(Close::fin, 700us)}), "banner_closed_fast", "connection_limit", "0.3 ms beyond the round trip"},
    {"closed at once, dropbear", host({empty(Close::fin, 600us), later(well(dropbear), 30s)}), "ok_after_retry", "connection_limit", "dropbear"},
    {"closed at once, old OpenSSH", host({empty(Close::fin, 600us), later(well(old), 30s)}), "ok_after_retry", "max_startups", "OpenSSH 7.4"},
    {"died after its start", host({empty(Close::fin, 7400us)}), "banner_closed_after_start", "service_child_broken", "7.0 ms"},
    {"died after its start, always", host({empty(Close::fin, 7400us), later(empty(Close::fin, 7ms), 60s)}), "banner_closed_after_start", "service_child_broken", "all 2 attempts"},
    {"proxy gives up after 3 s", host({empty(Close::fin, 3004ms, spoke)}), "banner_closed_late", "no_live_backend", "3.0 s after the connection"},
    {"reset on our words, unacknowledged", host({empty(Close::rst, 1503ms, spoke)}), "banner_reset", "ssh_inspection", "in place of their acknowledgment"},
    {"reset on our words, acknowledged", host({empty(Close::rst, 1503ms, silent)}), "banner_reset", "wrong_service", "a program received it"},
    {"closed on our words, opened by a PROXY header", host({empty(Close::fin, 1503ms, spoke), well([](auto& e) { e.sent_header = true; e.ident_line = "SSH-2.0-Go"; })}), "banner_closed_late", "proxy_protocol", "with a PROXY header before our words"},
    {"closed on our words, and by a PROXY header", host({empty(Close::fin, 1503ms, spoke), empty(Close::fin, 1ms, [](auto& e) { e.sent_header = true; })}), "banner_closed_late", "wrong_service", "silent for 1.5 s"},
    {"closed on our words", host({empty(Close::fin, 1503ms, spoke)}), "banner_closed_late", "wrong_service", "silent for 1.5 s"},
    {"reset on our words, in all the subnet", host({empty(Close::rst, 1503ms, spoke)}), "banner_reset", "ssh_inspection", "first SSH bytes", in_subnet(63, 0, 63)},
    {"closed at once, always", host({empty(Close::fin, 600us), later(empty(Close::fin, 600us), 13s)}), "banner_closed_fast", "no_live_backend", "all 2 attempts"},
    {"reset unprovoked", host({empty(Close::rst, 80ms)}), "banner_reset", "firewall_reset", "reset after 80 ms"},
    {"silence", host({empty(Close::timeout, 5s, silent)}), "banner_silent", "server_hung", "acknowledged 19 bytes"},
    {"our packets are lost", host({unheard(4)}), "banner_blackholed", "drop_after_handshake", "SYN-ACK 4 times"},
    {"its packets are lost", host({unheard(1)}), "banner_blackholed", "drop_after_handshake", "its answers are lost"},
    {"a ban meanwhile", host({unheard(1, ECONNREFUSED)}), "banner_blackholed", "source_ban", "port-unreachable", in_subnet(63, 62, 0)},
    {"a filter says so", host({unheard(1, EHOSTUNREACH)}), "banner_blackholed", "firewall_reject", "EHOSTUNREACH", in_subnet(63, 0, 63)},
    {"holes in its words", host({empty(Close::timeout, 5s, [](auto& e) { silent(e); e.bytes_in = 4; e.head = "SSH-"; e.tcp_info->rcv_ooopack = 3; })}), "banner_incomplete", "drop_after_handshake", "3 segments"},
    {"mail", host({with(says("220 mx ESMTP", Finding::wrong_service), [](auto& e) { e.service = "smtp"; })}), "banner_wrong_service", "wrong_service", "smtp answers here: \"220 mx ESMTP\""},
    {"web server", host({http("HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n")}), "banner_wrong_service", "wrong_service", "http"},
    {"HAProxy", host({http("HTTP/1.1 400 Bad request\r\nContent-length: 90\r\n")}), "banner_wrong_service", "http_load_balancer", "proxy in HTTP mode"},
    {"tarpit", host({says("x7f", Finding::tarpit)}), "banner_tarpit", "tarpit", "3 bytes"},
    {"closed by itself, off any second", host({empty(Close::fin, 430ms)}), "banner_closed_late", "service_child_broken", "off any whole second"},
    {"closed by itself, on a second", host({empty(Close::fin, 1001ms)}), "banner_closed_late", "no_live_backend", "whole seconds"},
    {"an identification without a name", host({found(Phase::banner, Finding::malformed_ident, [](auto& e) { e.ident_line = "SSH-2.0-"; })}), "banner_malformed", "bad_identification", "announces version 2"},
    {"closed at once, or nearly, always", host({empty(Close::fin, 600us), later(empty(Close::fin, 4ms), 13s)}), "banner_closed_fast", "no_live_backend", "all 2 attempts"},
    {"a limit in words", host({says("Too many connections")}), "banner_text_closed", "connection_limit", "about a limit"},
    {"a client unwanted", host({says("Your client is not supported, use version 7")}), "banner_text_closed", "client_refused", "about the client"},
    {"a client too old", host({disconnected(Phase::kexinit, 2, "unsupported client version")}), "kexinit_disconnect", "client_refused", "unsupported client version"},
    {"a twist", host({says("Access denied by policy")}), "banner_text_closed", "tcp_wrappers", "about permission"},
    {"its own trouble in words", host({says("/usr/sbin/sshd: error while loading shared libraries")}), "banner_text_closed", "service_child_broken", "its own files"},
    {"version 1", host({found(Phase::banner, Finding::ssh1_only, [](auto& e) { e.ident_line = "SSH-1.5-old"; })}), "banner_ssh1_only", "ssh1_only", "SSH-1.5-old"},
    {"PROXY protocol", host({found(Phase::kexinit, Finding::proxy_mismatch, [](auto& e) { e.text = "Invalid SSH identification string."; })}), "banner_proxy_mismatch", "proxy_protocol", "Invalid SSH"},
    {"slow", host({well([](auto& e) { e.ms.banner = 10020ms; })}), "ok_slow", "slow_before_banner", "multiple of a resolver's"},
    {"slow key exchange", host({well([](auto& e) { e.ms.kex = 12s; })}), "ok_slow", "slow_key_exchange", "took 12.0 s"},
    {"closed at 5 s after it has read us", host({empty(Close::fin, 5003ms, silent)}), "banner_closed_late", "no_live_backend", "TCP wrappers read nothing"},
    {"cut within its identification", host({empty(Close::fin, 5ms, [](auto& e) { e.bytes_in = 10; e.head = "SSH-2.0-Op"; })}), "banner_incomplete", "service_child_broken", "so the path works"},
    {"tinysshd's random word", host({seen(Phase::kexinit, Close::fin, 20ms, [](auto& e) { e.ident_line = "SSH-2.0-tinyssh_20230101 abc"; }), seen(Phase::kexinit, Close::fin, 20ms, [](auto& e) { e.ident_line = "SSH-2.0-tinyssh_20230101 xyz"; })}), "kexinit_closed", "service_child_broken", "all 2 attempts"},
    {"bad configuration in words", host({says("sshd_config: line 2: Bad configuration option: X")}), "banner_text_closed", "service_child_broken", "its own files"},
    {"different backends", host({empty(Close::fin, 600us), later(well(), 30s), later(well(old), 60s)}), "ok_after_retry", "mixed_backends", "\"OpenSSH_9.2p1\", then \"OpenSSH_7.4\""},
  };
  // clang-format on
}

std::vector<Row> exchange_rows() {
  const auto stalled = [](Phase phase, const Change& change) {
    return seen(phase, Close::timeout, 10s, change);
  };
  const auto hole = [](Evidence& e) {
    e.tcp_info->rcv_ooopack = 1;
    e.tcp_info->snd_mss = 1448;
  };
  const auto resent = [](Evidence& e) {
    e.tcp_info->unacked = 2;
    e.tcp_info->retrans = 4;
    e.tcp_info->snd_mss = 1448;
  };
  const auto clamped = [](Evidence& e) {
    e.mss_clamped = true;
    e.tcp_info->snd_mss = 1000;
  };
  const auto other = [](Evidence& e) { e.other_method = true; };
  const auto nothing = [](Evidence&) {};
  const auto unheard_ident = [](Evidence& e) { e.tcp_info->bytes_acked = 1; };
  const auto lost_ident = [](Evidence& e) {
    e.tcp_info->bytes_acked = 1;
    e.tcp_info->unacked = 2;
    e.tcp_info->retrans = 4;
  };
  const auto windows = [](Evidence& e) {
    e.ident_line = "SSH-2.0-OpenSSH_for_Windows_9.5";
    e.tcp_info->bytes_acked = 1;
  };
  const auto go = [](Evidence& e) { e.ident_line = "SSH-2.0-Go"; };
  const auto left_alone = [](Evidence& e) {
    e.ident_line = "SSH-2.0-tinyssh_20230101-1 abcdefgh";
    e.held_back = true;
    e.spoke = false;
  };
  const auto dropbear = [](Evidence& e) { e.ident_line = "SSH-2.0-dropbear_2022.83"; };
  const auto swallows = [](Evidence& e) {
    e.ident_line = "SSH-2.0-Go";
    e.sent_kexinit = true;
    e.ms.banner = Micros{1ms};
    e.elapsed = Micros{1520ms};
  };
  const auto twisted = [](Evidence& e) {
    e.ident_line = "SSH-2.0-Twisted_22.4.0";
    e.disconnect = ssh::Disconnect{2, "bad packet length 1347571544"};
  };
  const auto newest = [](Evidence& e) { e.ident_line = "SSH-2.0-OpenSSH_10.0p1"; };
  // clang-format off
  return {
    {"a large segment is missing", host({stalled(Phase::kex, hole)}), "kex_mtu_blackhole", "mtu_black_hole", "1 segment from the server"},
    {"ours are sent again", host({stalled(Phase::kex, resent)}), "kex_mtu_blackhole", "mtu_black_hole", "up to 1448 bytes were retransmitted 4 times"},
    {"clamping helps", host({stalled(Phase::kexinit, nothing), well(clamped)}), "kex_mtu_blackhole", "mtu_black_hole", "at most 1000 bytes"},
    {"clamping does not help", host({stalled(Phase::kexinit, nothing), with(stalled(Phase::kexinit, nothing), clamped)}), "kexinit_stalled", "server_hung", "all 19 bytes that we sent are acknowledged"},
    {"another method helps", host({stalled(Phase::kex, nothing), well(other)}), "kex_stalled", "key_exchange_failure", "another key exchange method completed"},
    {"a new sshd ends before its KEXINIT", host({seen(Phase::kexinit, Close::fin, 20ms, newest)}), "kexinit_closed", "service_child_broken", "OpenSSH 10.0"},
    {"reset in place of an acknowledgment", host({seen(Phase::kexinit, Close::rst, 20ms, unheard_ident)}), "kexinit_reset", "ssh_inspection", "in place of an acknowledgment"},
    {"reset after an acknowledgment", host({seen(Phase::kexinit, Close::rst, 20ms, nothing)}), "kexinit_reset", "service_child_broken", "had acknowledged our identification"},
    {"Windows, a child that cannot run", host({seen(Phase::kexinit, Close::rst, 20ms, windows)}), "kexinit_reset", "service_child_broken", "OpenSSH for Windows"},
    {"the path goes silent at our first words", host({stalled(Phase::kexinit, lost_ident)}), "kexinit_stalled", "drop_after_handshake", "sent 5 times and never acknowledged"},
    {"it complains of our words", host({found(Phase::kexinit, Finding::malformed_packet, [](auto& e) { e.text = "Protocol mismatch."; })}), "kexinit_malformed", "ssh_inspection", "a while after ours"},
    {"PROXY header to tinysshd, which leaves without our words, too", host({seen(Phase::kexinit, Close::fin, 20ms, [](auto& e) { e.ident_line = "SSH-2.0-tinyssh_20230101-1 abcdefgh"; }), seen(Phase::kexinit, Close::fin, 20ms, left_alone)}), "kexinit_closed", "proxy_protocol", "it ended all the same"},
    {"PROXY header to dropbear, which sends its offer first", host({seen(Phase::kex, Close::fin, 20ms, dropbear), seen(Phase::kex, Close::fin, 20ms, [](auto& e) { e.ident_line = "SSH-2.0-dropbear_2022.83"; e.held_back = true; e.spoke = false; })}), "kex_closed", "proxy_protocol", "it ended all the same"},
    {"binary PROXY header to Go, which reads on to the end of our line", host({seen(Phase::kexinit, Close::fin, 1521ms, swallows)}), "kexinit_closed", "proxy_protocol", "the end of a binary PROXY header"},
    {"PROXY header to Twisted, which takes it for a packet", host({found(Phase::kex, Finding::disconnect, twisted)}), "kex_disconnect", "proxy_protocol", "a packet of 1347571544 bytes"},
    {"10.3 needs no /run/sshd after its identification", host({seen(Phase::kexinit, Close::fin, 20ms, [](auto& e) { e.ident_line = "SSH-2.0-OpenSSH_10.3"; })}), "kexinit_closed", "service_child_broken", "before its KEXINIT"},
    {"left before it can have heard us", host({seen(Phase::kexinit, Close::fin, 12ms, go)}), "kexinit_closed", "service_child_broken", "SSH-2.0-Go"},
    {"closed during the exchange", host({seen(Phase::kex, Close::fin, 20ms, nothing)}), "kex_closed", "key_exchange_failure", "without SSH_MSG_DISCONNECT"},
    {"too many connections", host({disconnected(Phase::kexinit, 12, "sessions")}), "kexinit_disconnect", "connection_limit", "reason 12"},
    {"not allowed to connect", host({disconnected(Phase::kexinit, 1, "bye")}), "kexinit_disconnect", "source_ban", "reason 1 means"},
    {"algorithms in words", host({disconnected(Phase::kexinit, 3, "no matching cipher")}), "kexinit_disconnect", "no_common_algorithms", "about algorithms"},
    {"exchange failed", host({disconnected(Phase::kex, 3, "oops")}), "kex_disconnect", "key_exchange_failure", "the message \"oops\""},
    {"nothing in common", host({offers(Finding::no_common, Slot::mac_c2s, {"hmac-odd", "hmac-odder"})}), "kexinit_no_common", "no_common_algorithms", "mac_c2s it offers nothing that any client we know accepts: \"hmac-odd,hmac-odder\""},
    {"old algorithms", host({offers(Finding::legacy_only, Slot::kex, {"diffie-hellman-group1-sha1"})}), "ok_legacy_algorithms", "legacy_algorithms", "diffie-hellman-group1-sha1"},
    {"no packets", host({found(Phase::kexinit, Finding::malformed_packet, [](auto& e) { e.text = "login:"; })}), "kexinit_malformed", "wrong_service", "login:"},
    {"wrong proof", host({found(Phase::kex, Finding::bad_signature)}), "kex_signature_invalid", "interception", "signature"},
    {"a damaged packet", host({found(Phase::kex, Finding::bad_signature), later(well(), 10s)}), "ok_after_retry", "path_damage", "with the same method"},
    {"one proof of many, of a young server", host({found(Phase::kex, Finding::bad_signature, go), later(well(go), 10s)}), "ok_after_retry", "key_exchange_failure", "\"Go\" is not OpenSSH"},
    {"bytes for a KEXINIT", host({found(Phase::kexinit, Finding::malformed_packet)}), "kexinit_malformed", "key_exchange_failure", "not a packet"},
    {"another key", host({key("SHA256:abc")}), "host_key_changed", "host_key_replaced", "SHA256:abc"},
    {"one key everywhere", host({key("SHA256:abc")}), "host_key_changed", "interception", "40 other hosts", around([](auto& n) { n.same_key = 40; })},
    {"a version fails", host({seen(Phase::kex, Close::rst, 20ms, nothing)}), "kex_reset", "key_exchange_failure", "8 of 8 other hosts with \"OpenSSH_7.4\"", around([](auto& n) { n.software = {"OpenSSH_7.4", 8, 0, 8}; })},
    {"a middlebox", host({seen(Phase::kex, Close::rst, 20ms, nothing)}), "kex_reset", "ssh_inspection", "30 of 30 other hosts with site=fra", around([](auto& n) { n.label = {"site=fra", 30, 0, 30}; })},
  };
  // clang-format on
}

/// One attempt that a proxy ended so.
Evidence by_proxy(proxy::Answer answer, std::string words = "") {
  Evidence e;
  e.phase = proxy::is_about_target(answer) ? Phase::connect : Phase::proxy;
  e.proxy = answer;
  e.close = Close::error;
  e.origin = ErrorOrigin::proxy;
  e.elapsed = 3ms;
  e.text = std::move(words);
  e.address = Address::v4(0x0a040701);
  return e;
}

std::vector<Row> proxy_rows() {
  using proxy::Answer;
  // clang-format off
  return {
    {"the proxy is down", host({by_proxy(Answer::unreachable)}), "proxy_unreachable", "proxy_down", "it cannot be reached"},
    {"it wants a login", host({by_proxy(Answer::wants_login)}), "proxy_auth", "proxy_login", "it wants a user name and a password"},
    {"it has rules", host({by_proxy(Answer::forbidden, "HTTP/1.1 403 Filtered")}), "proxy_refused", "proxy_rules", "its rules do not allow it: \"HTTP/1.1 403 Filtered\""},
    {"it gives no reason", host({by_proxy(Answer::failed)}), "proxy_failure", "proxy_path", "it failed, and does not say why"},
    {"the host refuses it", host({by_proxy(Answer::refused)}), "connect_refused", "service_down", "the host refused the connection"},
  };
  // clang-format on
}

std::vector<Row> all_rows() {
  auto rows = connect_rows();
  for (auto more : {proxy_rows(), banner_rows(), exchange_rows()})
    rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

}  // namespace

TEST_CASE("diagnosis: evidence and its likeliest cause") {
  for (const auto& row : all_rows()) {
    CAPTURE(row.name);
    CHECK(std::string{to_string(row.result.outcome)} == row.outcome);
    const auto causes = diagnose(row.result, row.around, row.earlier);
    CHECK(first_of(causes) == row.cause);
    if (causes.empty()) continue;
    const auto reasons = reasons_of(causes.front());
    CAPTURE(reasons);
    CHECK(reasons.find(row.because) != std::string::npos);
  }
}

TEST_CASE("diagnosis: every cause is the likeliest one for some evidence") {
  std::set<std::string> reached;
  for (const auto& row : all_rows()) reached.insert(row.cause);
  for (const auto& row : causes()) {
    CAPTURE(std::string(row.name));
    CHECK(reached.contains(std::string(row.name)));
  }
}

TEST_CASE("diagnosis: confidences are ranked shares that leave room for what nobody thought of") {
  for (const auto& row : all_rows()) {
    CAPTURE(row.name);
    double sum = 0;
    double before = 1;
    for (const auto& cause : diagnose(row.result, row.around, row.earlier)) {
      CHECK(parse_cause(cause.name));
      CHECK(cause.confidence > 0);
      CHECK(cause.confidence <= before);
      before = cause.confidence;
      sum += cause.confidence;
    }
    CHECK(sum > 0);
    CHECK(sum < 1);
  }
}

TEST_CASE("diagnosis: stored causes are ranked again as if all had been known at once") {
  for (const auto& row : all_rows()) {
    CAPTURE(row.name);
    const auto once = diagnose(row.result, row.around, row.earlier);
    const auto again =
        reconsider(diagnose(row.result), row.result.outcome, row.around, row.earlier);
    CHECK(first_of(once) == first_of(again));
    CHECK(once.size() == again.size());
  }
}

TEST_CASE("diagnosis: nothing is wrong, or nothing is known") {
  CHECK(diagnose(host({well()})).empty());
  for (const auto outcome : {Outcome::not_probed, Outcome::skipped, Outcome::scanner_failure})
    CHECK(diagnose(unprobed(outcome)).empty());
  CHECK(diagnose(unprobed(Outcome::ok_after_retry)).empty());
}

TEST_CASE("diagnosis: foreign text is quoted raw and bounded") {
  const auto causes = diagnose(host({says("\x1b[31m" + std::string(2000, 'x'))}));
  REQUIRE(!causes.empty());
  const auto& sentence = causes.front().because.front();
  CHECK(sentence.find("\x1b[31m") != std::string::npos);
  CHECK(sentence.size() < kMaxQuote + 100);
}

TEST_CASE("diagnosis: contrary evidence says so") {
  const auto causes = diagnose(host({refused(400us)}), in_subnet(63, 2, 61));
  const auto down = std::ranges::find(causes, std::string("service_down"), &Cause::name);
  REQUIRE(down != causes.end());
  CHECK(reasons_of(*down).find("against it: 61 of 63") != std::string::npos);
}

TEST_CASE("diagnose: behind a proxy, nothing rests on the direct path") {
  const auto conclusion = [](std::optional<proxy::Answer> answer, Evidence evidence) {
    evidence.proxy = answer;
    if (answer) evidence.tcp_info.reset();
    const auto outcome = classify(evidence);
    HostEvidence host;
    host.attempts.push_back({outcome, evidence});
    return conclude(std::move(host));
  };
  const auto names = [](const HostResult& result) {
    std::set<std::string> found;
    for (const auto& cause : result.causes) found.insert(cause.name);
    return found;
  };
  for (const auto& row : causes()) {
    if (!is_of_direct_path(row.cause)) continue;
    const std::string name(row.name);
    CAPTURE(name);
    using proxy::Answer;
    CHECK_FALSE(names(conclusion(Answer::refused, refused(1ms))).contains(name));
    CHECK_FALSE(names(conclusion(Answer::asked, syn(0, 4s))).contains(name));
    CHECK_FALSE(names(conclusion(Answer::granted, empty(Close::rst, 3s))).contains(name));
    CHECK_FALSE(names(conclusion(Answer::granted, seen(Phase::kexinit, Close::timeout, 9s)))
                    .contains(name));
    CHECK_FALSE(
        names(conclusion(Answer::granted, seen(Phase::kex, Close::timeout, 9s))).contains(name));
  }
  CHECK(names(conclusion(proxy::Answer::refused, refused(1ms))).contains("proxy_path"));
  CHECK_FALSE(names(conclusion(std::nullopt, refused(1ms))).contains("proxy_path"));
  for (const Micros after : {Micros{1ms}, Micros{3s}, Micros{2700ms}, Micros{1600ms}}) {
    const auto closed = conclusion(proxy::Answer::granted, empty(Close::fin, after, spoke));
    for (const auto& cause : closed.causes) CHECK(cause.because.size() == 1);  // but the sighting
  }
}

TEST_CASE(
    "reconsider: a whole run behind a proxy that fails alike raises the proxy, not this machine") {
  Evidence evidence = refused(1ms);
  evidence.tcp_info.reset();
  evidence.proxy = proxy::Answer::refused;
  HostEvidence host;
  host.attempts.push_back({classify(evidence), evidence});
  const auto alone = conclude(std::move(host));
  Neighborhood around;
  around.moment = {.name = "the same ten seconds", .hosts = 200, .healthy = 0, .alike = 200};
  const auto moved = reconsider(alone.causes, alone.outcome, around, {});
  const auto confidence = [](const std::vector<Cause>& causes, std::string_view name) {
    const auto found = std::ranges::find(causes, name, &Cause::name);
    return found == causes.end() ? 0 : found->confidence;
  };
  CHECK(confidence(moved, "proxy_path") > confidence(alone.causes, "proxy_path"));
  CHECK(confidence(moved, "scanner_firewall") == 0);
  CHECK(confidence(moved, "scanner_network") == 0);
}
