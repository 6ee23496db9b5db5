// Before the first byte: answers to a SYN, errors of our own, ICMP.

#include <fmt/format.h>

#include <cerrno>
#include <optional>
#include <string>
#include <vector>

#include "base/numbers.h"
#include "scanner/diagnosis/causes.h"
#include "scanner/diagnosis/observations.h"
#include "scanner/diagnosis/sighting.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::diagnosis {

using enum CauseId;
using std::chrono_literals::operator""ms;
using Sentence = std::optional<std::string>;

namespace {

bool unreachable_by(const Case& c, int error) {
  return c.outcome == probe::Outcome::connect_unreachable && c.seen.error == error;
}

bool prohibited(const Case& c) { return c.seen.icmp && probe::is_prohibition(*c.seen.icmp); }

Sentence net_unreachable(const Case& c) {
  if (!unreachable_by(c, ENETUNREACH) || prohibited(c)) return {};
  return "ENETUNREACH: the sender of the message has no route to the network, or forbids it";
}

Sentence icmp_prohibited(const Case& c) {
  if (c.outcome != probe::Outcome::connect_unreachable ||
      !(prohibited(c) || c.seen.error == EACCES))
    return {};
  return error_name(c.seen.error) +
         ": the ICMP message says administratively prohibited, which only filters send";
}

bool said_no(const Case& c) {
  return c.seen.icmp && (c.outcome == probe::Outcome::connect_rejected ||
                         c.outcome == probe::Outcome::connect_unreachable);
}

Sentence icmp_from_the_target(const Case& c) {
  if (!said_no(c) || c.seen.icmp->from != c.seen.address) return {};
  return "the ICMP message comes from the address itself: the host is up, and its own filter "
         "answers";
}

bool router_has_no_way(const Case& c) {
  return said_no(c) && c.seen.icmp->from != c.seen.address && c.seen.error == EHOSTUNREACH &&
         !prohibited(c);
}

Sentence host_unreachable_by_a_router(const Case& c) {
  if (!router_has_no_way(c)) return {};
  return fmt::format(
      "{}, in front of the host, says that it cannot reach it: as routers do, and filters seldom",
      c.seen.icmp->from.to_string());
}

Sentence icmp_from_a_router(const Case& c) {
  if (!said_no(c) || c.seen.icmp->from == c.seen.address || router_has_no_way(c)) return {};
  return fmt::format("the ICMP message comes from {}, which is in front of the host",
                     c.seen.icmp->from.to_string());
}

Sentence protocol_unreachable(const Case& c) {
  if (!unreachable_by(c, ENOPROTOOPT)) return {};
  return "ENOPROTOOPT: an ICMP protocol-unreachable for TCP comes from a filter";
}

Sentence host_unreachable_fast(const Case& c) {
  if (!unreachable_by(c, EHOSTUNREACH)) return {};
  return fmt::format(
      "EHOSTUNREACH after {}, sooner than a failed neighbor lookup (3 s): a filter forbids it, or "
      "a router does not know the host",
      duration_text(c.seen.elapsed.value_or(Micros{0})));
}

/// An ICMP error about a connection that was up and then went silent.
bool told_by_icmp(const Case& c) {
  return c.seen.phase > probe::Phase::connect && c.seen.close == probe::Close::timeout &&
         c.seen.origin == probe::ErrorOrigin::stream && c.seen.error != 0;
}

/// Bans say port-unreachable, as many a rule does.
Sentence port_unreachable_later(const Case& c) {
  if (!told_by_icmp(c) || c.seen.error != ECONNREFUSED) return {};
  return "an ICMP port-unreachable arrived for the established connection";
}

Sentence prohibited_later(const Case& c) {
  if (!told_by_icmp(c) || c.seen.error == ECONNREFUSED || c.seen.error == EMSGSIZE) return {};
  return "an ICMP error arrived for the established connection: " + error_name(c.seen.error);
}

Sentence suspicious_address(const Case& c) {
  const auto& address = c.seen.address;
  const auto& target = c.result.target;
  if (!address || Address::parse(target.host)) return {};
  const auto first = address->bytes()[0];
  const bool nowhere = address->is_v4() ? first == 0 || first == 127 : *address == Address::v6({});
  if (!nowhere) return {};
  return fmt::format("the name resolves to {}, which is this machine", address->to_string());
}

Sentence echo_answered(const Case& c) {
  if (c.result.echo != probe::Echo::answered) return {};
  return "the host answers an ICMP echo: it is up, and only the port is closed to us";
}

Sentence echo_silent(const Case& c) {
  if (c.result.echo != probe::Echo::silent) return {};
  return "an ICMP echo is not answered either";
}

/// The kernel reports a neighbor look-up that failed after 3 s.
Sentence neighbor_answered(const Case& c) {
  const bool long_enough = c.seen.elapsed.value_or(Micros{0}) >= probe::kNeighborAnswered;
  if (c.outcome != probe::Outcome::connect_timeout || !c.seen.on_link || !long_enough) return {};
  return "the address is on our own network, and its neighbor lookup did not fail: something there "
         "claims it, and does not answer our SYN";
}

/// Kubernetes gives out these ports.
Sentence on_a_node_port(const Case& c) {
  const auto port = c.result.target.port;
  const bool refused =
      c.outcome == probe::Outcome::connect_rejected || c.outcome == probe::Outcome::connect_timeout;
  if (!refused || port < 30000 || port > 32767) return {};
  return fmt::format(
      "port {} is one that Kubernetes gives to services of type NodePort, which it "
      "rejects while they have no endpoint",
      port);
}

Sentence own_filter(const Case& c) {
  if (c.seen.origin != probe::ErrorOrigin::local || c.seen.error != EPERM) return {};
  return "EPERM at once: a filter or security module on this machine forbids it";
}

/// Only a filter answers our SYN from this machine; system calls fail in other words.
bool answered_here(const Case& c) {
  return c.seen.origin == probe::ErrorOrigin::local &&
         (c.seen.icmp || c.seen.error == ECONNREFUSED || c.seen.error == ECONNRESET);
}

Sentence own_filter_answered(const Case& c) {
  if (!answered_here(c)) return {};
  if (c.seen.icmp)
    return fmt::format(
        "the ICMP message that refuses the connection comes from {}, our own address",
        c.seen.icmp->from.to_string());
  return "a SYN that cannot leave this machine is refused in the same way as the others";
}

Sentence own_route(const Case& c) {
  const auto error = c.seen.error;
  const bool route = error == ENETUNREACH || error == EHOSTUNREACH || error == EINVAL ||
                     error == EACCES || error == ENETDOWN || error == EAFNOSUPPORT;
  if (c.seen.origin != probe::ErrorOrigin::local || !route || answered_here(c)) return {};
  return error_name(error) +
         " at once, before any packet: this machine has no route or no such address family";
}

}  // namespace

std::vector<Observation> connect_observations() {
  // clang-format off
  return {
    {"net_unreachable", net_unreachable, {{no_route, kStrong}, {firewall_reject, 1 / kMild}}, true},
    {"icmp_prohibited", icmp_prohibited, {{firewall_reject, kStrong}, {no_route, 1 / kStrong}}, true},
    {"icmp_from_the_target", icmp_from_the_target, {{source_ban, kMild}, {rate_limit_rule, kMild}, {no_live_backend, kMild}, {no_route, 1 / kStrong}}, true},
    {"icmp_from_a_router", icmp_from_a_router, {{firewall_reject, kStrong}, {source_ban, 1 / kStrong}, {rate_limit_rule, 1 / kMild}}, true},
    {"host_unreachable_by_a_router", host_unreachable_by_a_router, {{no_route, kStrong}, {source_ban, 1 / kStrong}, {rate_limit_rule, 1 / kMild}}, true},
    {"protocol_unreachable", protocol_unreachable, {{firewall_reject, kStrong}, {no_route, 1 / kStrong}}, true},
    {"host_unreachable_fast", host_unreachable_fast, {{firewall_reject, kMild}}, true},
    {"port_unreachable_later", port_unreachable_later, {{firewall_reject, kDecisive * kMild}, {source_ban, kDecisive * kMild}, {drop_after_handshake, 1 / kStrong}, {server_hung, 1 / kDecisive}, {mtu_black_hole, 1 / kStrong}}, true},
    {"prohibited_later", prohibited_later, {{firewall_reject, kDecisive * kStrong}, {drop_after_handshake, 1 / kStrong}, {server_hung, 1 / kDecisive}, {mtu_black_hole, 1 / kStrong}}, true},
    {"suspicious_address", suspicious_address, {{wrong_name, kDecisive * kStrong}}},
    {"echo_answered", echo_answered, {{firewall_drop, kStrong}, {server_hung, kMild}, {host_off, 1 / kDecisive}, {no_route, 1 / kDecisive}, {scanner_network, 1 / kDecisive}}, true},
    {"echo_silent", echo_silent, {{host_off, kMild}, {no_route, kMild}, {server_hung, 1 / kMild}, {rate_limit_rule, 1 / kMild}}, true},
    {"neighbor_answered", neighbor_answered, {{host_off, 1 / (kDecisive * kMild)}, {no_route, 1 / kDecisive}, {wrong_name, 1 / kMild}, {conntrack_full, 1 / kStrong}, {firewall_drop, kMild}, {source_ban, kDecisive}}, true},
    {"on_a_node_port", on_a_node_port, {{no_live_backend, kDecisive}}},
    {"own_filter", own_filter, {{scanner_firewall, kDecisive}}, true},
    {"own_filter_answered", own_filter_answered, {{scanner_firewall, kDecisive * kStrong}}, true},
    {"own_route", own_route, {{scanner_network, kStrong}}, true},
  };
  // clang-format on
}

}  // namespace fleetscan::diagnosis
