#include "scanner/probe/classify.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "base/clock.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/outcome.h"
#include "scanner/proxy/answer.h"

namespace fleetscan::probe {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""us;
using enum Outcome;

constexpr Micros kSlowBanner = 2s;
constexpr Micros kSlowExchange = 5s;
constexpr Micros kWrapperTolerance = 400ms;
// Beyond the round trip: an acceptor that turns us away needs under 2 ms, a server process that
// starts and dies 3 to 10 ms when idle, up to 200 ms under load. The line is drawn in the middle.
constexpr Micros kAtOnce = 2500us;
constexpr Micros kAfterStart = 200ms;

constexpr std::string_view kNotAllowed = "Not allowed at this time";

Outcome local_error(int error) {
  switch (error) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case ENOSPC:  // no more sockets may be watched
    case EADDRINUSE:
    case EADDRNOTAVAIL: return scanner_resources;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EACCES:
    case EPERM:
    case EINVAL:
    case ECONNREFUSED:
    case ECONNRESET:
    case ENOPROTOOPT:
    case EAFNOSUPPORT: return scanner_network;
    case ECONNABORTED: return scanner_aborted;
    default: return scanner_failure;
  }
}

Outcome connect_error(const Evidence& e) {
  switch (e.error) {
    case ECONNREFUSED:
      return e.tcp_info && e.tcp_info->segs_in == 0 ? connect_rejected : connect_refused;
    case EHOSTUNREACH:
      return e.elapsed.value_or(Micros{0}) >= kNeighborFailure ? connect_host_down
                                                               : connect_unreachable;
    case ENETUNREACH:
    case ENOPROTOOPT:
    case EACCES: return connect_unreachable;
    case ETIMEDOUT: return connect_timeout;
    case ECONNRESET: return connect_reset;
    default: return local_error(e.error);
  }
}

/// What goes wrong before a proxy has the request is the proxy's, or ours; what it then waits for
/// is the target, if it is known to be there itself.
Outcome not_asked(const Evidence& e) {
  const bool ours = e.origin == ErrorOrigin::local && local_error(e.error) == scanner_resources;
  return ours ? scanner_resources : proxy_unreachable;
}

/// A proxy is believed in what it says of the target, since it has tried; the rest is between the
/// two of us. REQUIRES: !is_let_through(e)
Outcome not_let_through(const Evidence& e) {
  using enum proxy::Answer;
  switch (*e.proxy) {
    case proxy::Answer::none:
    case unreachable: return not_asked(e);
    case asked:
    case timed_out: return connect_timeout;
    case refused: return connect_refused;
    case host_unreachable:
    case network_unreachable: return connect_unreachable;
    case unresolved: return e.address ? proxy_failure : resolve_failure;
    case forbidden: return proxy_refused;
    case wants_login:
    case login_failed: return proxy_auth;
    case accepted:
    case failed:
    case unsupported:
    case hung_up:
    case nonsense:
    case granted: break;
  }
  return proxy_failure;
}

/// Libwrap never reads: once its kernel has bytes of ours, it cannot close without a reset.
bool refutes_libwrap(const Evidence& e) { return e.close == Close::fin && e.spoke && heard_us(e); }

/// A proxy passes an end on when it comes to it, and not in which form: its time and its kind say
/// nothing of the server.
Outcome silent_behind_proxy(const Evidence& e) {
  if (e.close == Close::timeout) return banner_silent;
  return e.close == Close::fin || e.close == Close::rst ? banner_closed_late : local_error(e.error);
}

Outcome silent_banner(const Evidence& e) {
  if (e.proxy) return silent_behind_proxy(e);
  switch (e.close) {
    case Close::timeout:
      return !e.spoke || heard_us(e) || !e.tcp_info ? banner_silent : banner_blackholed;
    case Close::fin:
    case Close::rst: break;
    case Close::none:
    case Close::error: return local_error(e.error);
  }
  const auto closed = e.closed_after.value_or(Micros{0});
  // Lateness only adds: what may have come at once is not called a process that had to start.
  const auto after =
      closed <= kAfterStart + e.lateness ? std::max(closed - e.lateness, Micros{0}) : closed;
  if (!refutes_libwrap(e) && after > kWrapperClose - kWrapperTolerance &&
      after < kWrapperClose + kWrapperTolerance + round_trip(e))
    return banner_wrapper_refused;
  if (e.close == Close::rst)
    return after <= round_trip(e) + kAtOnce && !e.spoke ? connect_reset : banner_reset;
  if (after <= round_trip(e) + kAtOnce) return banner_closed_fast;
  if (after <= round_trip(e) + kAfterStart) return banner_closed_after_start;
  return banner_closed_late;
}

Outcome banner_ended(const Evidence& e) {
  if (e.text.starts_with(kMaxStartups) || e.text.starts_with(kNotAllowed)) return banner_throttled;
  if (e.bytes_in == 0) return silent_banner(e);
  if (e.close == Close::error) return local_error(e.error);
  return e.text.empty() ? banner_incomplete : banner_text_closed;
}

/// Large segments are lost: one of the server's is missing before those that came, or ours are
/// sent again and again although the peer has what went before them (and it was up to answer).
bool loses_large_segments(const Evidence& e) {
  if (!e.tcp_info || e.mss_clamped) return false;
  const auto& tcp = *e.tcp_info;
  return tcp.rcv_ooopack > 0 ||
         (e.sent_kexinit && heard_us(e) && tcp.unacked > 0 && tcp.retrans > 1);
}

Outcome exchange_ended(const Evidence& e) {
  const bool kex = e.phase == Phase::kex;
  switch (e.close) {
    case Close::fin: return kex ? kex_closed : kexinit_closed;
    case Close::rst:
      if (e.proxy) return kex ? kex_closed : kexinit_closed;  // it ends every stream as it likes
      return kex ? kex_reset : kexinit_reset;
    case Close::timeout:
      if (loses_large_segments(e)) return kex_mtu_blackhole;
      return kex ? kex_stalled : kexinit_stalled;
    case Close::none:
    case Close::error: break;
  }
  return local_error(e.error);
}

/// Bytes of ours did not leave this machine: whatever the peer did not do, it could not.
bool could_not_answer(const Evidence& e) { return e.unsent > 0 && e.close == Close::timeout; }

Outcome ended(const Evidence& e) {
  if (e.error == ECONNABORTED) return scanner_aborted;
  if (could_not_answer(e)) return scanner_resources;
  if (!is_let_through(e)) return not_let_through(e);
  if (e.origin == ErrorOrigin::local) return local_error(e.error);
  switch (e.phase) {
    case Phase::connect: return e.close == Close::timeout ? connect_timeout : connect_error(e);
    case Phase::banner: return banner_ended(e);
    case Phase::kexinit:
    case Phase::kex: return exchange_ended(e);
    case Phase::resolve:
    case Phase::proxy:
    case Phase::done: break;
  }
  return scanner_failure;
}

bool is_slow(const Evidence& e) {
  return kept_waiting(e) - e.lateness > kSlowBanner ||
         exchange_time(e) - e.lateness > kSlowExchange;
}

bool has_wrong_key(const Evidence& e) {
  if (!e.host_key || !e.host_key->verified) return false;
  return e.host_key->known == Known::changed || e.host_key->known == Known::revoked;
}

}  // namespace

Outcome classify(const Evidence& e) {
  if (has_wrong_key(e)) return host_key_changed;
  const bool kex = e.phase == Phase::kex;
  switch (e.finding) {
    case Finding::reached: return is_slow(e) ? ok_slow : ok;
    case Finding::legacy_only: return ok_legacy_algorithms;
    case Finding::kex_unverified: return ok_kex_unverified;
    case Finding::tarpit: return banner_tarpit;
    case Finding::malformed_ident: return banner_malformed;
    case Finding::ssh1_only: return banner_ssh1_only;
    case Finding::wrong_service: return banner_wrong_service;
    case Finding::proxy_mismatch: return banner_proxy_mismatch;
    case Finding::malformed_packet: return kex ? kex_malformed : kexinit_malformed;
    case Finding::disconnect: return kex ? kex_disconnect : kexinit_disconnect;
    case Finding::no_common: return kexinit_no_common;
    case Finding::bad_signature: return kex_signature_invalid;
    case Finding::out_of_memory: return scanner_resources;
    case Finding::library_failure: return scanner_failure;
    case Finding::ended: return ended(e);
  }
  return scanner_failure;
}

bool is_weak(Outcome outcome, const Evidence& evidence) {
  constexpr std::array kByTime{ok_slow,
                               connect_host_down,
                               connect_reset,
                               banner_wrapper_refused,
                               banner_closed_fast,
                               banner_closed_after_start,
                               banner_closed_late,
                               banner_reset};
  return evidence.lateness > kAtOnce && std::ranges::find(kByTime, outcome) != kByTime.end();
}

}  // namespace fleetscan::probe
