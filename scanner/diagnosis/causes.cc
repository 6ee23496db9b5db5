#include "scanner/diagnosis/causes.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace fleetscan::diagnosis {
namespace {

using enum CauseId;
using enum Seat;

constexpr std::array kRows{
    CauseRow{service_down, "service_down", host},
    CauseRow{service_child_broken, "service_child_broken", host},
    CauseRow{server_hung, "server_hung", host},
    CauseRow{slow_before_banner, "slow_before_banner", host},
    CauseRow{wrong_service, "wrong_service", policy},
    CauseRow{tarpit, "tarpit", policy},
    CauseRow{connection_limit, "connection_limit", host},
    CauseRow{max_startups, "max_startups", host},
    CauseRow{source_penalty, "source_penalty", policy},
    CauseRow{source_ban, "source_ban", policy},
    CauseRow{tcp_wrappers, "tcp_wrappers", policy},
    CauseRow{rate_limit_rule, "rate_limit_rule", policy},
    CauseRow{no_live_backend, "no_live_backend", host},
    CauseRow{http_load_balancer, "http_load_balancer", policy},
    CauseRow{proxy_protocol, "proxy_protocol", policy},
    CauseRow{mixed_backends, "mixed_backends", path},
    CauseRow{firewall_reject, "firewall_reject", path},
    CauseRow{firewall_drop, "firewall_drop", path},
    CauseRow{firewall_reset, "firewall_reset", path},
    CauseRow{drop_after_handshake, "drop_after_handshake", path},
    CauseRow{mtu_black_hole, "mtu_black_hole", path},
    CauseRow{ssh_inspection, "ssh_inspection", path},
    CauseRow{conntrack_full, "conntrack_full", path},
    CauseRow{no_route, "no_route", path},
    CauseRow{host_off, "host_off", host},
    CauseRow{wrong_name, "wrong_name", host},
    CauseRow{family_mismatch, "family_mismatch", host},
    CauseRow{bad_identification, "bad_identification", policy},
    CauseRow{ssh1_only, "ssh1_only", policy},
    CauseRow{legacy_algorithms, "legacy_algorithms", policy},
    CauseRow{no_common_algorithms, "no_common_algorithms", policy},
    CauseRow{key_exchange_failure, "key_exchange_failure", host},
    CauseRow{slow_key_exchange, "slow_key_exchange", host},
    CauseRow{host_key_replaced, "host_key_replaced", host},
    CauseRow{interception, "interception", path},
    CauseRow{client_refused, "client_refused", policy},
    CauseRow{path_damage, "path_damage", path},
    CauseRow{proxy_down, "proxy_down", scanner},
    CauseRow{proxy_login, "proxy_login", scanner},
    CauseRow{proxy_rules, "proxy_rules", scanner},
    CauseRow{proxy_path, "proxy_path", scanner},
    CauseRow{scanner_limits, "scanner_limits", scanner},
    CauseRow{scanner_network, "scanner_network", scanner},
    CauseRow{scanner_resolver, "scanner_resolver", scanner},
    CauseRow{scanner_firewall, "scanner_firewall", scanner},
    CauseRow{scanner_aborted, "scanner_aborted", scanner},
};

constexpr bool rows_match_the_enumeration() {
  for (std::size_t i = 0; i < kRows.size(); ++i)
    if (static_cast<std::size_t>(kRows[i].cause) != i) return false;
  return kRows.size() == static_cast<std::size_t>(scanner_aborted) + 1;
}
static_assert(rows_match_the_enumeration());

}  // namespace

bool is_of_direct_path(CauseId cause) {
  constexpr std::array kOfDirectPath{firewall_reset,  mtu_black_hole,   conntrack_full,
                                     scanner_network, scanner_resolver, scanner_firewall};
  return std::ranges::find(kOfDirectPath, cause) != kOfDirectPath.end();
}

std::span<const CauseRow> causes() { return kRows; }
const CauseRow& row(CauseId cause) { return kRows[static_cast<std::size_t>(cause)]; }

std::optional<CauseId> parse_cause(std::string_view name) {
  const auto found = std::ranges::find(kRows, name, &CauseRow::name);
  if (found == kRows.end()) return std::nullopt;
  return found->cause;
}

}  // namespace fleetscan::diagnosis
