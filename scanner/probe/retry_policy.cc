#include "scanner/probe/retry_policy.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <span>

#include "scanner/probe/classify.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/probe_request.h"
#include "scanner/probe/result.h"
#include "scanner/ssh/identification.h"
#include "scanner/ssh/kexinit.h"
#include "scanner/ssh/key_exchange.h"
#include "scanner/ssh/software.h"

namespace fleetscan::probe {
namespace {

// A clamped retry follows at once, but for the time in which the server takes note that the first
// connection is over: it never has two of ours.
constexpr std::chrono::milliseconds kBreath{100};
// Whoever leaves at our words does so at any time: it is asked again soon, and something else then.
constexpr std::chrono::milliseconds kSoon{2000};

bool in_the_exchange(Outcome outcome) {
  return outcome == Outcome::kex_closed || outcome == Outcome::kex_reset;
}

// Throttling in words that stand for a penalty, too (OpenSSH 9.8 and newer), and a child that may
// have crashed, which is itself penalised there: asked again too early, both answer only with the
// penalty.
bool may_be_penalised(const Attempt& attempt) {
  if (attempt.outcome == Outcome::banner_throttled)
    return attempt.evidence.text.find(kMaxStartups) == std::string::npos;
  return in_the_exchange(attempt.outcome) &&
         ssh::may_penalise(attempt.evidence.ident_line.value_or(""));
}

std::chrono::milliseconds wait_after(const Attempt& attempt) {
  if (closed_on_our_words(attempt.evidence)) return kSoon;
  const bool at_once = in_the_exchange(attempt.outcome) && !may_be_penalised(attempt);
  return at_once ? kBreath
                 : std::max<std::chrono::milliseconds>(row(attempt.outcome).wait, kBreath);
}

bool never_connected(Outcome outcome) { return row(outcome).phase == Phase::connect; }

/// A failure of the key exchange itself, which may lie in its method, and there is another one.
bool other_method_may_help(const Attempt& attempt, const ssh::KeyExchangeFactory& exchanges) {
  constexpr std::array kOfTheMethod{Outcome::kex_stalled, Outcome::kex_closed, Outcome::kex_reset,
                                    Outcome::kex_disconnect, Outcome::kex_malformed};
  return std::ranges::find(kOfTheMethod, attempt.outcome) != kOfTheMethod.end() &&
         attempt.evidence.kexinit &&
         exchanges.has_other_method((*attempt.evidence.kexinit)[ssh::Slot::kex]);
}

bool any(std::span<const Attempt> attempts, bool Evidence::*asked) {
  return std::ranges::any_of(attempts, [=](const auto& a) { return a.evidence.*asked; });
}

/// Servers that were sent something else before our words, a PROXY header above all, leave without
/// them, too. OpenSSH says in words what it was sent.
bool may_leave_without_us(const Attempt& attempt) {
  constexpr std::array kEarly{Outcome::kexinit_closed, Outcome::kexinit_reset,
                              Outcome::kexinit_malformed, Outcome::kex_closed, Outcome::kex_reset};
  const auto& ident = attempt.evidence.ident_line;
  return std::ranges::find(kEarly, attempt.outcome) != kEarly.end() && ident &&
         !ssh::software_of(*ident).starts_with("OpenSSH");
}

/// Not those that a proxy receives: it sends others to the target.
bool segments_may_matter(const Attempt& attempt) {
  return row(attempt.outcome).retry == Retry::small && !attempt.evidence.proxy;
}

bool is_plain(const Attempt& attempt) {
  const auto& seen = attempt.evidence;
  return !seen.mss_clamped && !seen.other_method && !seen.other_family && !seen.sent_header;
}

std::optional<RetryStep> next_question(std::span<const Attempt> attempts, const Attempt& last,
                                       const ssh::KeyExchangeFactory& exchanges,
                                       bool other_family) {
  if (other_family && never_connected(last.outcome) && !any(attempts, &Evidence::other_family))
    return RetryStep{kBreath, Question::other_family};
  if (segments_may_matter(last) && !any(attempts, &Evidence::mss_clamped))
    return RetryStep{kBreath, Question::small};
  if (last.outcome == Outcome::kexinit_malformed && may_leave_without_us(last) &&
      ssh::rejects_identification(last.evidence.text) && !any(attempts, &Evidence::held_back))
    return RetryStep{kBreath, Question::listen};
  if (closed_on_our_words(last.evidence)) return RetryStep{kBreath, Question::header};
  if (!other_method_may_help(last, exchanges)) return std::nullopt;
  return RetryStep{wait_after(last), Question::other_method, may_be_penalised(last)};
}

std::optional<RetryStep> once_more(std::span<const Attempt> attempts, const Attempt& last,
                                   const RetryLimits& limits) {
  const auto made = static_cast<std::size_t>(std::ranges::count_if(attempts, is_plain));
  const auto policy = row(last.outcome).retry;
  const bool pays = policy == Retry::later || (policy == Retry::small && last.evidence.proxy);
  if (!pays || made > limits.retries) return std::nullopt;
  return RetryStep{wait_after(last),
                   may_leave_without_us(last) ? Question::listen : Question::again,
                   may_be_penalised(last)};
}

}  // namespace

std::optional<RetryStep> next_step(std::span<const Attempt> attempts, const RetryLimits& limits,
                                   const ssh::KeyExchangeFactory& exchanges, bool other_family) {
  if (attempts.size() >= limits.connections) return std::nullopt;
  const auto same_address = [](const Attempt& a) { return !a.evidence.other_family; };
  const auto& last = *std::ranges::find_if(attempts.rbegin(), attempts.rend(), same_address);
  const bool was_last_question = last.evidence.other_method || last.evidence.sent_header;
  if (is_reached(attempts.back().outcome) || was_last_question) return std::nullopt;
  if (last.outcome == Outcome::scanner_resources) return std::nullopt;
  const auto again = once_more(attempts, last, limits);
  // What comes and goes shows only if the same is asked twice.
  const bool may_pass = in_the_exchange(last.outcome) || closed_on_our_words(last.evidence);
  if (again && may_pass && !again->wait_is_meaning) return again;
  if (limits.diagnose)
    if (const auto question = next_question(attempts, last, exchanges, other_family))
      return question;
  return again;
}

}  // namespace fleetscan::probe
