#pragma once
// The classes in which a target can end, as one table: JSON names and schema, report legends,
// `explain`, docs/classes.md and the retry policy all come from its rows.
//
// A new class is an enumerator here, its row in outcome.cc, the evidence that leads to it in
// classify.cc, its suspects and its sentence in scanner/diagnosis (suspects.cc, sighting.cc: the
// compiler names both places) and a row of docs/classes.md.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

namespace fleetscan::probe {

/// What a class means for the reader of a report.
enum class State : std::uint8_t {
  reachable,    ///< the requested depth was reached
  degraded,     ///< reached, with a warning
  unreachable,  ///< the peer or the path failed
  unknown,      ///< we could not tell
  skipped,      ///< left out on purpose
};

/// How far a probe came. Ordered: a later phase means that more of the peer worked.
/// `proxy`: a proxy is asked for the connection; only where there is one.
enum class Phase : std::uint8_t { resolve, proxy, connect, banner, kexinit, kex, done };

/// How far a probe is asked to go (`--depth`).
enum class Depth : std::uint8_t { tcp, banner, kexinit, kex };

/// The class of one attempt or of one target. Enumerators are the names users see.
enum class Outcome : std::uint8_t {
  ok,
  ok_kex_unverified,
  ok_slow,
  ok_after_retry,
  ok_legacy_algorithms,
  resolve_not_found,
  resolve_no_address,
  resolve_failure,
  resolve_suspicious,
  proxy_unreachable,
  proxy_auth,
  proxy_refused,
  proxy_failure,
  connect_refused,
  connect_rejected,
  connect_unreachable,
  connect_host_down,
  connect_timeout,
  connect_reset,
  banner_throttled,
  banner_wrapper_refused,
  banner_closed_fast,
  banner_closed_after_start,
  banner_closed_late,
  banner_reset,
  banner_silent,
  banner_blackholed,
  banner_incomplete,
  banner_wrong_service,
  banner_tarpit,
  banner_text_closed,
  banner_ssh1_only,
  banner_malformed,
  banner_proxy_mismatch,
  kexinit_closed,
  kexinit_reset,
  kexinit_disconnect,
  kexinit_stalled,
  kexinit_malformed,
  kexinit_no_common,
  kex_mtu_blackhole,
  kex_stalled,
  kex_closed,
  kex_reset,
  kex_disconnect,
  kex_signature_invalid,
  kex_malformed,
  host_key_changed,
  scanner_resources,
  scanner_network,
  scanner_resolver,
  scanner_aborted,
  scanner_failure,
  not_probed,
  skipped,
};

inline constexpr std::size_t kOutcomes = static_cast<std::size_t>(Outcome::skipped) + 1;

// The order of the enumerators is that of reports and means nothing else: ask for the row's phase
// or state.
bool operator<(Outcome, Outcome) = delete;
bool operator>(Outcome, Outcome) = delete;
bool operator<=(Outcome, Outcome) = delete;
bool operator>=(Outcome, Outcome) = delete;
void operator<=>(Outcome, Outcome) = delete;

/// Whether another attempt can say something new, and when.
enum class Retry : std::uint8_t {
  never,  ///< the answer would be the same, or asking again would harm
  later,  ///< once more after OutcomeRow::wait
  small,  ///< at once, with a clamped MSS: tells an MTU black hole from a stall
};

struct OutcomeRow {
  Outcome outcome;
  std::string_view name;  ///< the enumerator's own name
  State state;
  std::optional<Phase> phase;  ///< in which it fails; nothing for a class of no phase of its own
  std::string_view seen;       ///< what was seen on the wire, for people, one phrase
  std::string_view remedy;     ///< what to look at first, one phrase; empty where nothing is wrong
  Retry retry;
  std::chrono::seconds wait;  ///< before a `later` retry (the reasons stand in the table)
};

/// All rows, in the order of the enumeration.
[[nodiscard]] std::span<const OutcomeRow> outcomes();
[[nodiscard]] const OutcomeRow& row(Outcome outcome);

[[nodiscard]] inline std::string_view to_string(Outcome outcome) { return row(outcome).name; }
[[nodiscard]] inline State state_of(Outcome outcome) { return row(outcome).state; }

/// The requested depth was reached, perhaps with a warning.
[[nodiscard]] constexpr bool is_reached(State state) {
  return state == State::reachable || state == State::degraded;
}
/// The peer or the path failed.
[[nodiscard]] constexpr bool is_failure(State state) { return state == State::unreachable; }
/// Neither reached nor left out on purpose: what the reader of a report has to look into.
[[nodiscard]] constexpr bool needs_attention(State state) {
  return state == State::unreachable || state == State::unknown;
}
[[nodiscard]] inline bool is_reached(Outcome outcome) { return is_reached(state_of(outcome)); }
[[nodiscard]] inline bool is_failure(Outcome outcome) { return is_failure(state_of(outcome)); }
/// A packet came back that refused our SYN, from the host or in its name.
[[nodiscard]] constexpr bool is_refusal(Outcome outcome) {
  return outcome == Outcome::connect_refused || outcome == Outcome::connect_rejected ||
         outcome == Outcome::connect_reset;
}

[[nodiscard]] std::string_view to_string(State state);
[[nodiscard]] std::string_view to_string(Phase phase);
[[nodiscard]] std::string_view to_string(Depth depth);

/// The outcome of that name; nothing for an unknown name.
[[nodiscard]] std::optional<Outcome> parse_outcome(std::string_view name);
[[nodiscard]] std::optional<Phase> parse_phase(std::string_view name);
[[nodiscard]] std::optional<Depth> parse_depth(std::string_view name);

}  // namespace fleetscan::probe

/// Lets outcomes be keys of ordered containers, which then list them as reports do.
template <>
struct std::less<fleetscan::probe::Outcome> {
  constexpr bool operator()(fleetscan::probe::Outcome a, fleetscan::probe::Outcome b) const {
    return static_cast<std::size_t>(a) < static_cast<std::size_t>(b);
  }
};
