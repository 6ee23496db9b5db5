#include "scanner/diagnosis/suspects.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "scanner/diagnosis/causes.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::diagnosis {
namespace {

using enum probe::Outcome;

/// A class's suspects; one of weight 0 ends them.
struct Row {
  probe::Outcome outcome;
  std::array<Suspect, 11> suspects;
};

// Estimates of how often a class turns out to be a cause in server fleets; evidence moves them.
// Long because it is one table, a row for each class.
consteval auto all_rows() {
  using enum CauseId;
  // clang-format off
  return std::to_array<Row>({
    {ok,                        {}},
    {ok_kex_unverified,         {}},
    {ok_slow,                   {{{slow_before_banner, 0.5}, {slow_key_exchange, 0.4}, {server_hung, 0.05}}}},
    {ok_after_retry,            {}},
    {ok_legacy_algorithms,      {{{legacy_algorithms, 1}}}},

    {resolve_not_found,         {{{wrong_name, 0.95}, {scanner_resolver, 0.05}}}},
    {resolve_no_address,        {{{wrong_name, 0.75}, {family_mismatch, 0.25}}}},
    {resolve_failure,           {{{wrong_name, 0.7}, {scanner_resolver, 0.3}}}},
    {resolve_suspicious,        {{{wrong_name, 0.7}, {scanner_resolver, 0.3}}}},

    {proxy_unreachable,         {{{proxy_down, 0.95}, {scanner_network, 0.05}}}},
    {proxy_auth,                {{{proxy_login, 1}}}},
    {proxy_refused,             {{{proxy_rules, 0.95}, {proxy_path, 0.05}}}},
    {proxy_failure,             {{{proxy_path, 0.6}, {proxy_down, 0.25}, {proxy_rules, 0.1}}}},

    {connect_refused,           {{{service_down, 0.62}, {connection_limit, 0.08}, {firewall_reset, 0.1}, {no_live_backend, 0.05}, {wrong_name, 0.03},
                                 {family_mismatch, 0.02}, {scanner_firewall, 0.02}, {source_ban, 0.08}}}},
    {connect_rejected,          {{{source_ban, 0.42}, {firewall_reject, 0.34}, {rate_limit_rule, 0.12}, {no_live_backend, 0.07}, {scanner_firewall, 0.03}}}},
    {connect_unreachable,       {{{firewall_reject, 0.5}, {no_route, 0.38}, {source_ban, 0.04}, {scanner_firewall, 0.03}, {scanner_network, 0.03}}}},
    {connect_host_down,         {{{host_off, 0.82}, {wrong_name, 0.08}, {no_live_backend, 0.04}, {no_route, 0.03}, {scanner_network, 0.02}}}},
    {connect_timeout,           {{{firewall_drop, 0.42}, {host_off, 0.22}, {no_route, 0.08}, {server_hung, 0.06}, {rate_limit_rule, 0.06}, {source_ban, 0.04},
                                 {conntrack_full, 0.03}, {wrong_name, 0.03}, {scanner_network, 0.02}, {scanner_firewall, 0.02}}}},
    {connect_reset,             {{{firewall_reset, 0.38}, {no_live_backend, 0.3}, {ssh_inspection, 0.08}, {service_down, 0.08}, {server_hung, 0.06},
                                 {service_child_broken, 0.04}}}},

    {banner_throttled,          {{{source_penalty, 0.55}, {max_startups, 0.45}}}},
    {banner_wrapper_refused,    {{{tcp_wrappers, 0.8}, {no_live_backend, 0.1}, {source_ban, 0.04}}}},
    {banner_closed_fast,        {{{connection_limit, 0.47}, {no_live_backend, 0.25}, {source_ban, 0.1}, {max_startups, 0.07}, {service_child_broken, 0.05}, {mixed_backends, 0.03},
                                 {wrong_service, 0.03}}}},
    {banner_closed_after_start, {{{service_child_broken, 0.65}, {no_live_backend, 0.14}, {connection_limit, 0.12}, {source_ban, 0.04}, {mixed_backends, 0.02}, {wrong_service, 0.03}}}},
    {banner_closed_late,        {{{no_live_backend, 0.44}, {wrong_service, 0.22}, {service_child_broken, 0.09}, {proxy_protocol, 0.08}, {server_hung, 0.07}, {connection_limit, 0.06}, {tcp_wrappers, 0.04}}}},
    {banner_reset,              {{{ssh_inspection, 0.24}, {firewall_reset, 0.2}, {no_live_backend, 0.15}, {service_child_broken, 0.12}, {connection_limit, 0.07},
                                 {service_down, 0.05}, {wrong_service, 0.08}, {proxy_protocol, 0.06}, {source_ban, 0.03}}}},
    {banner_silent,             {{{server_hung, 0.52}, {wrong_service, 0.16}, {slow_before_banner, 0.12}, {tarpit, 0.06}, {http_load_balancer, 0.04}, {proxy_protocol, 0.03},
                                 {drop_after_handshake, 0.04}, {no_live_backend, 0.03}}}},
    {banner_blackholed,         {{{drop_after_handshake, 0.74}, {server_hung, 0.08}, {source_ban, 0.05}, {firewall_reject, 0.05}, {ssh_inspection, 0.04}}}},
    {banner_incomplete,         {{{drop_after_handshake, 0.28}, {server_hung, 0.24}, {ssh_inspection, 0.18}, {service_child_broken, 0.12}, {tarpit, 0.08}, {mtu_black_hole, 0.04},
                                 {wrong_service, 0.06}}}},
    {banner_wrong_service,      {{{wrong_service, 0.85}, {http_load_balancer, 0.05}}}},
    {banner_tarpit,             {{{tarpit, 0.9}, {wrong_service, 0.05}}}},
    {banner_text_closed,        {{{connection_limit, 0.26}, {tcp_wrappers, 0.24}, {wrong_service, 0.22}, {service_child_broken, 0.12}, {source_ban, 0.1}, {no_live_backend, 0.03},
                                 {client_refused, 0.03}}}},
    {banner_ssh1_only,          {{{ssh1_only, 1}}}},
    {banner_malformed,          {{{bad_identification, 0.4}, {wrong_service, 0.36}, {tarpit, 0.1}, {ssh_inspection, 0.06}}}},
    {banner_proxy_mismatch,     {{{proxy_protocol, 0.95}, {ssh_inspection, 0.03}}}},

    {kexinit_closed,            {{{service_child_broken, 0.44}, {ssh_inspection, 0.22}, {connection_limit, 0.06}, {wrong_service, 0.06}, {mixed_backends, 0.06},
                                 {key_exchange_failure, 0.05}, {proxy_protocol, 0.08}, {client_refused, 0.03}}}},
    {kexinit_reset,             {{{ssh_inspection, 0.38}, {service_child_broken, 0.38}, {firewall_reset, 0.1}, {key_exchange_failure, 0.04}, {proxy_protocol, 0.04}}}},
    {kexinit_disconnect,        {{{key_exchange_failure, 0.3}, {connection_limit, 0.28}, {source_ban, 0.1}, {tcp_wrappers, 0.08}, {no_common_algorithms, 0.08},
                                 {client_refused, 0.06}, {proxy_protocol, 0.02}}}},
    {kexinit_stalled,           {{{mtu_black_hole, 0.42}, {server_hung, 0.28}, {drop_after_handshake, 0.12}, {ssh_inspection, 0.12}}}},
    {kexinit_malformed,         {{{wrong_service, 0.36}, {key_exchange_failure, 0.42}, {ssh_inspection, 0.1}, {proxy_protocol, 0.04}, {path_damage, 0.04}}}},
    {kexinit_no_common,         {{{no_common_algorithms, 1}}}},

    {kex_mtu_blackhole,         {{{mtu_black_hole, 0.86}, {drop_after_handshake, 0.08}, {ssh_inspection, 0.03}}}},
    {kex_stalled,               {{{key_exchange_failure, 0.36}, {server_hung, 0.28}, {ssh_inspection, 0.14}, {mtu_black_hole, 0.14}}}},
    {kex_closed,                {{{key_exchange_failure, 0.58}, {service_child_broken, 0.14}, {ssh_inspection, 0.14}, {proxy_protocol, 0.05}}}},
    {kex_reset,                 {{{ssh_inspection, 0.46}, {key_exchange_failure, 0.34}, {service_child_broken, 0.08}, {proxy_protocol, 0.04}}}},
    {kex_disconnect,            {{{key_exchange_failure, 0.68}, {no_common_algorithms, 0.1}, {connection_limit, 0.1}, {client_refused, 0.04}, {proxy_protocol, 0.02}}}},
    {kex_signature_invalid,     {{{interception, 0.6}, {key_exchange_failure, 0.3}, {path_damage, 0.06}}}},
    {kex_malformed,             {{{key_exchange_failure, 0.66}, {ssh_inspection, 0.16}, {interception, 0.06}, {path_damage, 0.06}}}},
    {host_key_changed,          {{{host_key_replaced, 0.68}, {interception, 0.1}, {mixed_backends, 0.08}, {wrong_name, 0.08}}}},

    {probe::Outcome::scanner_resources,         {{{scanner_limits, 1}}}},
    {probe::Outcome::scanner_network,           {{{scanner_network, 0.75}, {scanner_firewall, 0.2}}}},
    {probe::Outcome::scanner_resolver,          {{{scanner_resolver, 1}}}},
    {probe::Outcome::scanner_aborted,           {{{scanner_aborted, 1}}}},
    {probe::Outcome::scanner_failure,           {}},
    {not_probed,                {}},
    {skipped,                   {}},
  });
  // clang-format on
}
constexpr auto kTable = all_rows();

constexpr bool rows_match_the_enumeration() {
  for (std::size_t i = 0; i < kTable.size(); ++i)
    if (static_cast<std::size_t>(kTable[i].outcome) != i) return false;
  return kTable.size() == probe::kOutcomes;
}
static_assert(rows_match_the_enumeration(), "a row for each class, in their order");

}  // namespace

std::span<const Suspect> suspects(probe::Outcome outcome) {
  const auto& all = kTable[static_cast<std::size_t>(outcome)].suspects;
  const auto end = std::ranges::find(all, 0.0, &Suspect::weight);
  return {all.begin(), end};
}

}  // namespace fleetscan::diagnosis
