#include "scanner/probe/outcome.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace fleetscan::probe {
namespace {

using std::chrono_literals::operator""s;
using enum State;
using enum Phase;
using enum Retry;

constexpr std::nullopt_t kAnyPhase = std::nullopt;

#define ROW(outcome, ...) \
  OutcomeRow { Outcome::outcome, #outcome, __VA_ARGS__ }

// The waits: 2 s is a breath; 5 s lets a resolver recover; 10 s outlasts a burst of resets; 15 s
// outlasts xinetd's cps window of 10 s; 25 s outlasts the shortest source penalty (15 s) and
// MaxStartups bursts; 30 s lets routes and limits settle; 60 s outlasts common rate windows and a
// restart; 100 s outlasts the crash penalty of OpenSSH 9.8 (90 s).
// clang-format off
constexpr std::array kRows{
  ROW(ok, reachable, done, "reached the requested depth", "", never, 0s),
  ROW(ok_kex_unverified, reachable, done, "a current client can agree on algorithms with the server, this build's key exchange library cannot", "", never, 0s),
  ROW(ok_slow, degraded, done, "the identification arrived more than 2 s after the connection, or the key exchange took more than 5 s", "check for host-name rules in TCP wrappers with slow DNS, and for high load", never, 0s),
  ROW(ok_after_retry, degraded, done, "failed at first, reached on a later attempt", "see the first attempt: a limit, throttling or packet loss that comes and goes", never, 0s),
  ROW(ok_legacy_algorithms, degraded, done, "only old clients accept the server's algorithms, or its key or group is too small for current ones", "upgrade the server, widen its lists in the named slot, or make it a larger key", never, 0s),
  ROW(resolve_not_found, unreachable, resolve, "the name does not exist", "correct the inventory or the DNS zone", never, 0s),
  ROW(resolve_no_address, unreachable, resolve, "the name exists but has no address of the requested family", "add the missing A or AAAA record, or drop -4 or -6", never, 0s),
  ROW(resolve_failure, unreachable, resolve, "the name server failed or did not answer for this name", "check the zone's name servers with dig +trace", later, 5s),
  ROW(resolve_suspicious, unreachable, resolve, "the name resolves to an address that no host has", "correct the DNS zone, or ask another resolver: this one may block the name", never, 0s),
  ROW(proxy_unreachable, unknown, proxy, "the proxy could not be reached", "check that the proxy runs, and its address and port", later, 5s),
  ROW(proxy_auth, unknown, proxy, "the proxy wants a user name and a password, or does not take ours", "give --proxy-credentials FILE, or correct what it says", never, 0s),
  ROW(proxy_refused, unknown, proxy, "the proxy's rules do not allow this connection", "allow this target and port in the proxy's rules: many allow CONNECT to port 443 only", never, 0s),
  ROW(proxy_failure, unknown, proxy, "the proxy made no connection and blames nobody, said nothing, or does not speak its protocol", "read what it says: it is quoted; then the proxy's log", later, 10s),
  ROW(connect_refused, unreachable, connect, "the address answered with RST: nothing listens, or a filter says so", "check that sshd runs, and on which port and address", later, 15s),
  ROW(connect_rejected, unreachable, connect, "a packet filter answered with ICMP port-unreachable", "look for a ban of this scanner or a REJECT rule", never, 0s),
  ROW(connect_unreachable, unreachable, connect, "a router or firewall answered that the host is unreachable", "check routes and filters on the way", later, 30s),
  ROW(connect_host_down, unreachable, connect, "nothing answered for the address on the last hop", "check that the host is on and in the right network", later, 30s),
  ROW(connect_timeout, unreachable, connect, "no answer to the TCP connection request (SYN)", "look for a filter that drops packets, a dead host behind a router, a missing return route", later, 60s),
  ROW(connect_reset, unreachable, connect, "reset before any byte was exchanged", "look for a proxy, an intrusion prevention system or a dying listener", later, 10s),
  ROW(banner_throttled, unreachable, banner, "the server said that it accepts no more connections at the moment", "see MaxStartups and PerSourcePenalties in the server's log", later, 25s),
  ROW(banner_wrapper_refused, unreachable, banner, "closed without a byte 5.0 s after the connection: TCP wrappers, or a proxy's timeout of 5 s", "check /etc/hosts.deny and /etc/hosts.allow, or the connect timeout of a proxy in front", never, 0s),
  ROW(banner_closed_fast, unreachable, banner, "accepted, then closed at once without a byte", "check connection limits, and backends behind a balancer", later, 30s),
  ROW(banner_closed_after_start, unreachable, banner, "closed without a byte 2 to 200 ms after the connection, as if a server process had started and died", "check host keys, /run/sshd and whether sshd was restarted after its upgrade", later, 60s),
  ROW(banner_closed_late, unreachable, banner, "closed without a byte after some time", "check the timeouts and backends of a proxy or balancer", later, 30s),
  ROW(banner_reset, unreachable, banner, "reset without a byte after the connection was established", "look for an inspecting middlebox or a dying server process", later, 10s),
  ROW(banner_silent, unreachable, banner, "accepted, then silence although it received our identification", "check whether sshd is stuck: load, memory, descriptors, accept queue", later, 2s),
  ROW(banner_blackholed, unreachable, banner, "accepted, then all of our packets were lost", "check rules for established connections and asymmetric routes", later, 30s),
  ROW(banner_incomplete, unreachable, banner, "part of an identification, never its end", "check the path and the server's load", later, 30s),
  ROW(banner_wrong_service, unreachable, banner, "another protocol answers on this port", "correct the port in the inventory, or the service on the host", never, 0s),
  ROW(banner_tarpit, unreachable, banner, "endless lines, never an identification", "an intentional tarpit: remove the host or correct the port", never, 0s),
  ROW(banner_text_closed, unreachable, banner, "some unknown text, then the connection was closed", "read the text: it is quoted", later, 30s),
  ROW(banner_ssh1_only, unreachable, banner, "the server speaks only SSH-1", "replace the server: OpenSSH no longer speaks SSH-1", never, 0s),
  ROW(banner_malformed, unreachable, banner, "begins like an identification but is not one", "check what listens on this port", never, 0s),
  ROW(banner_proxy_mismatch, unreachable, banner, "the server rejects an identification that was never sent", "a balancer sends the PROXY protocol to sshd: turn off send-proxy", never, 0s),
  ROW(kexinit_closed, unreachable, kexinit, "closed after the server's identification (banner)", "read the server's log: a child process died or refused this client", later, 30s),
  ROW(kexinit_reset, unreachable, kexinit, "reset after the server's identification (banner)", "look for a middlebox that inspects SSH, and for a dying server process", later, 30s),
  ROW(kexinit_disconnect, unreachable, kexinit, "the server disconnected with a reason before its KEXINIT", "read the reason: it is quoted", later, 30s),
  ROW(kexinit_stalled, unreachable, kexinit, "identification, then no KEXINIT", "check the path MTU and the server's load", small, 0s),
  ROW(kexinit_malformed, unreachable, kexinit, "identification, then bytes that are not a KEXINIT", "check what listens on this port", never, 0s),
  ROW(kexinit_no_common, unreachable, kexinit, "no client that this build knows, old or new, shares an algorithm with the server", "widen the server's list of algorithms that the slot names: kex, host key, cipher or MAC", never, 0s),
  ROW(kex_mtu_blackhole, unreachable, kex, "large segments vanish on the path", "clamp the MSS, correct the MTU, or let ICMP fragmentation-needed pass", small, 0s),
  ROW(kex_stalled, unreachable, kex, "no answer during the key exchange", "check the server's load, and middleboxes", small, 0s),
  ROW(kex_closed, unreachable, kex, "closed during the key exchange", "read the server's log: sandbox, resource limits, crash", later, 100s),
  ROW(kex_reset, unreachable, kex, "reset during the key exchange", "look for a middlebox, and for a crash in the server's log", later, 100s),
  ROW(kex_disconnect, unreachable, kex, "the server disconnected with a reason during the key exchange", "read the reason: it is quoted", never, 0s),
  ROW(kex_signature_invalid, unreachable, kex, "the signature that proves the host key is wrong", "treat as interception until the server is checked", later, 2s),
  ROW(kex_malformed, unreachable, kex, "an invalid packet during the key exchange", "check the server's software and any middlebox in between", never, 0s),
  ROW(host_key_changed, unreachable, done, "the verified host key is not the known one", "find out whether the host was reinstalled before you accept the new key", never, 0s),
  ROW(scanner_resources, unknown, kAnyPhase, "this machine ran out of descriptors, ports or memory", "lower --concurrency, or raise the limit on this machine", later, 2s),
  ROW(scanner_network, unknown, kAnyPhase, "this machine could not send: no route, no such address family, or its own firewall", "check routes and output rules on this machine", never, 0s),
  ROW(scanner_resolver, unknown, kAnyPhase, "this machine's resolver does not answer for any name", "check /etc/resolv.conf on this machine", never, 0s),
  ROW(scanner_aborted, unknown, kAnyPhase, "this machine aborted the connection", "check for VPN or network changes on this machine", later, 2s),
  ROW(scanner_failure, unknown, kAnyPhase, "the scanner encountered something that it cannot explain", "report it, with this host's line from results.jsonl", never, 0s),
  ROW(not_probed, unknown, kAnyPhase, "not judged: the run ended first, or its limit of connections left none for this target", "run again with more time, or with a larger --max-connections-per-host", never, 0s),
  ROW(skipped, skipped, kAnyPhase, "left out on purpose", "", never, 0s),
};
// clang-format on
#undef ROW

constexpr bool rows_match_the_enumeration() {
  for (std::size_t i = 0; i < kRows.size(); ++i)
    if (static_cast<std::size_t>(kRows[i].outcome) != i) return false;
  return kRows.size() == kOutcomes;
}
static_assert(rows_match_the_enumeration());

constexpr std::array<std::string_view, 7> kPhases{"resolve", "proxy", "connect", "banner",
                                                  "kexinit", "kex",   "done"};
constexpr std::array<std::string_view, 4> kDepths{"tcp", "banner", "kexinit", "kex"};
constexpr std::array<std::string_view, 5> kStates{"reachable", "degraded", "unreachable", "unknown",
                                                  "skipped"};

/// "banner_reset" fails in the phase "banner".
constexpr bool names_begin_with_their_phase() {
  return std::ranges::all_of(kRows, [](const OutcomeRow& row) {
    if (row.state != unreachable || row.phase == done) return true;
    return row.phase && row.name.starts_with(kPhases[static_cast<std::size_t>(*row.phase)]) &&
           row.name[kPhases[static_cast<std::size_t>(*row.phase)].size()] == '_';
  });
}
static_assert(names_begin_with_their_phase());

template <typename Enum, std::size_t N>
std::optional<Enum> find(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

}  // namespace

std::span<const OutcomeRow> outcomes() { return kRows; }
const OutcomeRow& row(Outcome outcome) { return kRows[static_cast<std::size_t>(outcome)]; }

std::string_view to_string(State state) { return kStates[static_cast<std::size_t>(state)]; }
std::string_view to_string(Phase phase) { return kPhases[static_cast<std::size_t>(phase)]; }
std::string_view to_string(Depth depth) { return kDepths[static_cast<std::size_t>(depth)]; }

std::optional<Outcome> parse_outcome(std::string_view name) {
  const auto found = std::ranges::find(kRows, name, &OutcomeRow::name);
  if (found == kRows.end()) return std::nullopt;
  return found->outcome;
}
std::optional<Phase> parse_phase(std::string_view name) { return find<Phase>(kPhases, name); }
std::optional<Depth> parse_depth(std::string_view name) { return find<Depth>(kDepths, name); }

}  // namespace fleetscan::probe
