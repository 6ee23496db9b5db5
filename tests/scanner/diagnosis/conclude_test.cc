#include "scanner/diagnosis/conclude.h"

#include <doctest/doctest.h>

#include <chrono>
#include <iterator>
#include <string>
#include <vector>

#include "scanner/probe/classify.h"

using namespace fleetscan;
using namespace fleetscan::probe;
using namespace fleetscan::diagnosis;
using namespace std::chrono_literals;

namespace {

Attempt attempt(Phase phase, Finding finding, Close close, std::chrono::seconds after) {
  Evidence e;
  e.phase = phase;
  e.finding = finding;
  e.close = close;
  e.started = WallTime{} + after;
  e.address = Address::v4(0x0a040701);
  e.ms.connect = 300us;
  e.elapsed = e.closed_after = 600us;
  return {classify(e), e};
}
Attempt closed(std::chrono::seconds after = 0s) {
  return attempt(Phase::banner, Finding::ended, Close::fin, after);
}
Attempt no_answer(std::chrono::seconds after = 0s) {
  return attempt(Phase::connect, Finding::ended, Close::timeout, after);
}
Attempt reached(std::chrono::seconds after) {
  return attempt(Phase::done, Finding::reached, Close::none, after);
}
Attempt with(Attempt made, bool Evidence::*flag) {
  made.evidence.*flag = true;
  return made;
}

HostEvidence seen(std::vector<Attempt> attempts) {
  return {.target = {.host = "web01"}, .attempts = std::move(attempts)};
}

/// What a result says, as text.
std::string judgment(const HostResult& result) {
  auto text = std::string(to_string(result.outcome)) + " by " + std::to_string(result.rests_on);
  for (const auto& cause : result.causes) {
    text += '\n' + cause.name + ' ' + std::to_string(cause.confidence);
    for (const auto& sentence : cause.because) text += "\n  " + sentence;
  }
  return text;
}

const struct {
  std::string name;
  std::vector<Attempt> attempts;
  std::string outcome;
  std::size_t rests_on;
  std::string cause;    ///< the likeliest
  std::string because;  ///< among its reasons
} kRows[] = {
    // clang-format off
    {"once", {closed()}, "banner_closed_fast", 0, "connection_limit", "beyond the round trip"},
    {"failed alike twice", {closed(), closed(14s)}, "banner_closed_fast", 1, "no_live_backend", "all 2 attempts within 14.0 s ended the same way"},
    {"came back", {closed(), reached(14s)}, "ok_after_retry", 1, "connection_limit", "an attempt 14.0 s later reached the host"},
    {"came back at last", {closed(), closed(10s), reached(20s)}, "ok_after_retry", 2, "connection_limit", "an attempt 20.0 s later reached the host"},
    {"answered, then did not", {closed(), no_answer(30s)}, "banner_closed_fast", 0, "rate_limit_rule", "one 30.0 s later ended in connect_timeout"},
    {"the first stall decides", {attempt(Phase::kex, Finding::ended, Close::timeout, 0s), with(reached(20s), &Evidence::mss_clamped)}, "kex_mtu_blackhole", 0, "mtu_black_hole", "a retry with segments of at most"},
    // clang-format on
};

}  // namespace

TEST_CASE("conclude: class, deciding attempt and causes of all attempts") {
  for (const auto& row : kRows) {
    CAPTURE(row.name);
    const auto result = conclude(seen(row.attempts));
    CAPTURE(judgment(result));
    CHECK(std::string(to_string(result.outcome)) == row.outcome);
    CHECK(result.rests_on == row.rests_on);
    CHECK(result.decisive() == &result.attempts[row.rests_on]);
    REQUIRE_FALSE(result.causes.empty());
    CHECK(result.causes.front().name == row.cause);
    CHECK(judgment(result).find(row.because) != std::string::npos);
  }
}

TEST_CASE("conclude: it does not matter how many passes gathered the attempts") {
  for (const auto& row : kRows) {
    const auto at_once = conclude(seen(row.attempts));
    for (std::size_t first = 1; first <= row.attempts.size(); ++first) {
      CAPTURE(row.name);
      CAPTURE(first);
      const auto middle = row.attempts.begin() + static_cast<std::ptrdiff_t>(first);
      const auto in_two_steps = conclude_again(conclude(seen({row.attempts.begin(), middle})),
                                               {middle, row.attempts.end()});
      CHECK(in_two_steps.attempts.size() == row.attempts.size());
      CHECK(judgment(in_two_steps) == judgment(at_once));
    }
  }
}

TEST_CASE("conclude: further attempts leave target, echo, note and look-up time alone") {
  auto evidence = seen({no_answer()});
  evidence.resolve = 1200us;
  evidence.echo = Echo::answered;
  evidence.note = "not retried: no time was left within --patience";
  const auto first = conclude(std::move(evidence));
  const auto result = conclude_again(HostResult(first), {no_answer(14s)});
  CHECK(result.target.host == "web01");
  CHECK(result.resolve == first.resolve);
  CHECK(result.echo == Echo::answered);
  CHECK(result.note == first.note);
  CHECK(judgment(result).find("answers an ICMP echo") != std::string::npos);
}

TEST_CASE("conclude: a host that is healthy, or that was not probed") {
  const auto healthy = conclude(seen({reached(0s)}));
  CHECK(judgment(healthy) == "ok by 0");
  const auto unprobed = conclude(seen({}));
  CHECK(judgment(unprobed) == "not_probed by 0");
  CHECK_FALSE(unprobed.decisive());
  auto unresolved = seen({});
  unresolved.without_attempts = Outcome::resolve_not_found;
  const auto result = conclude(std::move(unresolved));
  CHECK(result.outcome == Outcome::resolve_not_found);
  REQUIRE_FALSE(result.causes.empty());
  CHECK(result.causes.front().name == "wrong_name");
}

TEST_CASE("doubt: only what our own side could explain") {
  const auto of = [](std::vector<Attempt> attempts, Outcome without = Outcome::not_probed) {
    return conclude({.target = {}, .attempts = std::move(attempts), .without_attempts = without});
  };
  auto spoke = closed();
  spoke.evidence.bytes_in = 20;
  const struct {
    std::string name;
    HostResult result;
    Outcome outcome;
  } cases[] = {
      {"no answer", of({no_answer()}), Outcome::scanner_network},
      {"closed without a byte", of({closed()}), Outcome::scanner_network},
      {"it spoke", of({spoke}), spoke.outcome},
      {"it spoke once", of({spoke, no_answer(60s)}), spoke.outcome},
      {"reached", of({reached(0s)}), Outcome::ok},
      {"no such name", of({}, Outcome::resolve_not_found), Outcome::resolve_not_found},
      {"a name that fails", of({}, Outcome::resolve_failure), Outcome::scanner_resolver},
      {"not probed", of({}), Outcome::not_probed},
  };
  for (auto [name, result, outcome] : cases) {
    CAPTURE(name);
    const auto before = result.outcome;
    const auto doubted = doubt(std::move(result), "no canary was reached");
    CHECK(to_string(doubted.outcome) == to_string(outcome));
    const auto what = std::string{to_string(before)} + " may be this machine's doing";
    CHECK((doubted.note.find(what) != std::string::npos) == (outcome != before));
  }
}
