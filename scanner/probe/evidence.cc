#include "scanner/probe/evidence.h"

#include "base/clock.h"
#include "scanner/probe/outcome.h"
#include "scanner/proxy/answer.h"

namespace fleetscan::probe {
namespace {

using std::chrono_literals::operator""ms;

// An answer to our words comes within a round trip and what a server needs to compose it.
constexpr Micros kComposed = 500ms;
// What a program needs for a complaint about words that it had before ours.
constexpr Micros kAtHand = 10ms;
// A program that leaves because of our words has done so by then.
constexpr Micros kOnOurWords = 250ms;

}  // namespace

bool is_let_through(const Evidence& evidence) {
  return !evidence.proxy || *evidence.proxy == proxy::Answer::granted;
}

Micros round_trip(const Evidence& evidence) {
  if (evidence.tcp_info && evidence.tcp_info->rtt_us > 0) return Micros{evidence.tcp_info->rtt_us};
  return evidence.ms.connect.value_or(Micros{0});
}

bool heard_us(const Evidence& evidence) {
  return evidence.tcp_info && evidence.tcp_info->bytes_acked > 1;
}

Micros kept_waiting(const Evidence& evidence) {
  const auto waited = evidence.ms.banner.value_or(Micros{0});
  const auto since_we_spoke = waited - Micros{kSpeakDelay};
  const bool answered = evidence.spoke_first && since_we_spoke >= Micros{0} &&
                        since_we_spoke <= round_trip(evidence) + kComposed;
  return answered ? since_we_spoke : waited;
}

Micros exchange_time(const Evidence& evidence) {
  return evidence.ms.kexinit.value_or(Micros{0}) + evidence.ms.kex.value_or(Micros{0});
}

Micros after_identification(const Evidence& evidence) {
  if (!evidence.elapsed || !evidence.ms.banner) return Micros{0};
  return *evidence.elapsed - evidence.ms.connect.value_or(Micros{0}) - *evidence.ms.banner;
}

bool unprovoked(const Evidence& evidence) {
  const bool ended = evidence.close == Close::fin || evidence.close == Close::rst ||
                     evidence.disconnect || !evidence.text.empty();
  return evidence.held_back && !evidence.spoke && evidence.ident_line && ended;
}

bool closed_on_our_words(const Evidence& evidence) {
  const bool closed = evidence.close == Close::fin || evidence.close == Close::rst;
  const auto since_we_spoke = evidence.closed_after.value_or(Micros{0}) - Micros{kSpeakDelay};
  return closed && evidence.phase == Phase::banner && evidence.bytes_in == 0 &&
         evidence.spoke_first && since_we_spoke >= Micros{0} && since_we_spoke < kOnOurWords;
}

bool too_soon_for_an_answer(const Evidence& evidence, Micros after) {
  return !evidence.spoke_first && after <= round_trip(evidence) + kAtHand;
}

bool never_heard_us(const Evidence& evidence) {
  return evidence.tcp_info && !heard_us(evidence) && evidence.tcp_info->unacked > 0 &&
         evidence.tcp_info->retrans > 1;
}

bool is_prohibition(const IcmpError& error) {
  // RFC 1812 section 5.2.7.1: 9, 10 and 13; RFC 4443 section 3.1: 1, 5 (ingress policy) and 6.
  const auto code = error.code;
  if (error.from.is_v4()) return error.type == 3 && (code == 9 || code == 10 || code == 13);
  return error.type == 1 && (code == 1 || code == 5 || code == 6);
}

}  // namespace fleetscan::probe
