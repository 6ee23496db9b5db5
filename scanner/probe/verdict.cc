#include "scanner/probe/verdict.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <tuple>
#include <utility>

#include "base/clock.h"
#include "scanner/probe/classify.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::probe {
namespace {

bool reached(const Attempt& attempt) { return is_reached(attempt.outcome); }
bool failed(const Attempt& attempt) { return is_failure(attempt.outcome); }

template <typename Predicate>
std::optional<std::size_t> first(std::span<const Attempt> attempts, Predicate predicate) {
  const auto found = std::ranges::find_if(attempts, predicate);
  if (found == attempts.end()) return std::nullopt;
  return static_cast<std::size_t>(found - attempts.begin());
}

Outcome slow(Outcome outcome) { return outcome == Outcome::ok ? Outcome::ok_slow : outcome; }

/// Time helped, not the size of the segments.
bool needed_longer(const Evidence& completed, const Evidence& stalled) {
  const auto waited =
      stalled.closed_after.value_or(Micros::max()) - stalled.ms.banner.value_or(Micros{0});
  return exchange_time(completed) > waited;
}

bool closed_without_a_byte(const Attempt& attempt) {
  constexpr std::array kClosed{Outcome::banner_closed_fast, Outcome::banner_closed_after_start,
                               Outcome::banner_closed_late, Outcome::banner_wrapper_refused,
                               Outcome::banner_reset};
  return std::ranges::find(kClosed, attempt.outcome) != kClosed.end();
}

/// The peer ended it. A lost packet makes silence of a reset, and nothing makes a reset of silence.
bool heard(const Attempt& attempt) {
  return attempt.evidence.close == Close::fin || attempt.evidence.close == Close::rst;
}

/// A connection that is reset at once had begun.
Phase reached_phase(const Attempt& attempt) {
  return attempt.outcome == Outcome::connect_reset ? Phase::banner : attempt.evidence.phase;
}

bool weak(const Attempt& attempt) { return is_weak(attempt.outcome, attempt.evidence); }

std::optional<Verdict> about_mtu(std::span<const Attempt> attempts) {
  const auto clamped = first(attempts, [](const auto& a) { return a.evidence.mss_clamped; });
  if (!clamped || *clamped == 0) return std::nullopt;
  const auto stalled = *clamped - 1;
  if (reached(attempts[*clamped])) {
    if (needed_longer(attempts[*clamped].evidence, attempts[stalled].evidence))
      return Verdict{slow(attempts[*clamped].outcome), *clamped};
    return Verdict{Outcome::kex_mtu_blackhole, stalled};
  }
  if (reached(attempts.back())) return std::nullopt;
  const auto hole =
      first(attempts, [](const auto& a) { return a.outcome == Outcome::kex_mtu_blackhole; });
  const auto ended = [phase = attempts[stalled].evidence.phase](const Attempt& a) {
    return failed(a) && heard(a) && a.evidence.phase >= phase;
  };
  if (!hole && std::ranges::any_of(attempts, ended)) return std::nullopt;
  const auto shown = hole.value_or(stalled);
  return Verdict{attempts[shown].outcome, shown};
}

/// Silent, and well as soon as it was given more time.
std::optional<Verdict> about_patience(std::span<const Attempt> attempts) {
  const auto& completed = attempts.back();
  if (!reached(completed) || attempts.size() < 2) return std::nullopt;
  const auto before = attempts.first(attempts.size() - 1);
  const bool longer = std::ranges::all_of(before, [&](const Attempt& attempt) {
    return attempt.outcome == Outcome::banner_silent &&
           completed.evidence.ms.banner.value_or(Micros{0}) >
               attempt.evidence.closed_after.value_or(Micros::max());
  });
  if (!longer) return std::nullopt;
  return Verdict{slow(completed.outcome), before.size()};
}

/// A proxy that is gone explains why the connections ended that it had, unless one came far enough
/// for words of the target.
bool is_gone_proxys(std::span<const Attempt> attempts) {
  const auto own = [](const Attempt& a) {
    return a.evidence.proxy && is_let_through(a.evidence) && !(heard(a) && a.evidence.text.empty());
  };
  const auto before = attempts.first(attempts.size() - 1);
  return attempts.back().outcome == Outcome::proxy_unreachable &&
         std::ranges::none_of(before, own) &&
         std::ranges::any_of(before, [](const Attempt& a) { return is_let_through(a.evidence); });
}

/// The one that surely closed first, of those that say as much as `shown`: waits only add. Of two
/// that are alike the later one.
/// REQUIRES: closed_without_a_byte(shown)
std::size_t soonest_close(std::span<const Attempt> attempts, const Attempt& shown) {
  const auto after = [&](const Attempt& a) {
    const bool counts =
        closed_without_a_byte(a) && !a.evidence.other_family && weak(a) == weak(shown);
    const auto closed = a.evidence.closed_after;
    return std::pair(!counts, closed ? *closed + a.evidence.lateness : Micros::max());
  };
  const auto soonest = std::ranges::min_element(attempts.rbegin(), attempts.rend(), {}, after);
  return attempts.size() - 1 - static_cast<std::size_t>(soonest - attempts.rbegin());
}

}  // namespace

Verdict verdict(std::span<const Attempt> attempts) {
  if (attempts.size() == 1) return {attempts.front().outcome, 0};
  const auto last = attempts.size() - 1;
  const auto changed =
      first(attempts, [](const auto& a) { return a.outcome == Outcome::host_key_changed; });
  if (changed) return {Outcome::host_key_changed, *changed};
  // A complaint of words that were never ours explains what other attempts made of it.
  const auto of_others =
      first(attempts, [](const auto& a) { return a.outcome == Outcome::banner_proxy_mismatch; });
  if (of_others && !reached(attempts[last])) return {Outcome::banner_proxy_mismatch, *of_others};
  if (is_gone_proxys(attempts)) return {Outcome::proxy_unreachable, last};
  // What works in another key exchange method fails in the usual one all the same; so does what
  // only a PROXY header opens.
  const auto& asked = attempts[last].evidence;
  if (asked.other_method || asked.sent_header) return verdict(attempts.first(last));
  if (const auto mtu = about_mtu(attempts)) return *mtu;
  if (const auto slow = about_patience(attempts.first(last + 1))) return *slow;
  if (reached(attempts[last])) {
    const bool again = std::ranges::any_of(attempts, failed);
    return {again ? Outcome::ok_after_retry : attempts[last].outcome, last};
  }
  const auto says = [](const Attempt& a) {
    const auto phase = reached_phase(a);
    return std::tuple(failed(a), phase, phase == Phase::connect || heard(a), !weak(a));
  };
  std::size_t most = 0;
  for (std::size_t i = 1; i <= last; ++i)
    if (!attempts[i].evidence.other_family && says(attempts[i]) >= says(attempts[most])) most = i;
  if (closed_without_a_byte(attempts[most])) most = soonest_close(attempts, attempts[most]);
  return {attempts[most].outcome, most};
}

}  // namespace fleetscan::probe
