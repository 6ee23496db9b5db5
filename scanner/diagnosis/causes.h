#pragma once
// The causes that a diagnosis weighs. What is said about each stands in causes.yaml and is read by
// cause_texts.h.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace fleetscan::diagnosis {

/// The causes a diagnosis can name. Enumerators are the names users see.
enum class CauseId : std::uint8_t {
  // the service itself
  service_down,
  service_child_broken,
  server_hung,
  slow_before_banner,
  wrong_service,
  tarpit,
  // limits and bans
  connection_limit,
  max_startups,
  source_penalty,
  source_ban,
  tcp_wrappers,
  rate_limit_rule,
  // balancers and forwarders
  no_live_backend,
  http_load_balancer,
  proxy_protocol,
  mixed_backends,
  // the network between
  firewall_reject,
  firewall_drop,
  firewall_reset,
  drop_after_handshake,
  mtu_black_hole,
  ssh_inspection,
  conntrack_full,
  no_route,
  // the address
  host_off,
  wrong_name,
  family_mismatch,
  // the protocol
  bad_identification,
  ssh1_only,
  legacy_algorithms,
  no_common_algorithms,
  key_exchange_failure,
  slow_key_exchange,
  host_key_replaced,
  interception,
  client_refused,
  path_damage,
  // a proxy of ours
  proxy_down,
  proxy_login,
  proxy_rules,
  proxy_path,
  // ourselves
  scanner_limits,
  scanner_network,
  scanner_resolver,
  scanner_firewall,
  scanner_aborted,
};

/// Who shares a cause: what neighbors say for or against it.
enum class Seat : std::uint8_t {
  host,     ///< breaks one machine; its neighbors stay well
  policy,   ///< a setting, often rolled out to many machines at once
  path,     ///< stands before many hosts
  scanner,  ///< stands before all of them
};

struct CauseRow {
  CauseId cause;
  std::string_view name;  ///< the enumerator's own name
  Seat seat;
};

/// Rests on what this machine sees of the path to the host: where a proxy connects to the host it
/// sees nothing of that.
[[nodiscard]] bool is_of_direct_path(CauseId cause);

/// All rows, in the order of the enumeration.
[[nodiscard]] std::span<const CauseRow> causes();
[[nodiscard]] const CauseRow& row(CauseId cause);

[[nodiscard]] inline std::string_view to_string(CauseId cause) { return row(cause).name; }
/// The cause of that name; nothing for an unknown name.
[[nodiscard]] std::optional<CauseId> parse_cause(std::string_view name);

}  // namespace fleetscan::diagnosis
