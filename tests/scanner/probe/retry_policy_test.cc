#include "scanner/probe/retry_policy.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/fake_key_exchanges.h"

using namespace fleetscan;
using namespace fleetscan::ssh;
using namespace fleetscan::probe;
using namespace std::chrono_literals;

namespace {

const test::FakeKeyExchanges exchanges;

Attempt attempt(Outcome outcome, bool clamped = false, std::string text = "") {
  Attempt made{outcome, {}};
  made.evidence.mss_clamped = clamped;
  made.evidence.text = std::move(text);
  return made;
}

Attempt says(Attempt made, std::string ident) {
  made.evidence.ident_line = std::move(ident);
  return made;
}

constexpr const char* kWords[] = {
    "", ", clamped", ", other method", ", other family", ", listening", ", header"};

std::string describe(const std::optional<RetryStep>& step) {
  if (!step) return "none";
  return std::to_string(step->wait.count()) + " ms" +
         kWords[static_cast<std::size_t>(step->question)] +
         (step->wait_is_meaning ? ", not shortened" : "");
}

}  // namespace

TEST_CASE("next_step: after what was seen") {
  using enum Outcome;
  const struct {
    std::string name;
    std::vector<Attempt> attempts;
    std::string expected;
  } cases[] = {
      {"reached", {attempt(ok)}, "none"},
      {"slow", {attempt(ok_slow)}, "none"},
      {"refused", {attempt(connect_refused)}, "15000 ms"},
      {"rejected: a ban, asking again may prolong it", {attempt(connect_rejected)}, "none"},
      {"timeout", {attempt(connect_timeout)}, "60000 ms"},
      {"MaxStartups", {attempt(banner_throttled, false, "Exceeded MaxStartups")}, "25000 ms"},
      {"maybe a penalty",
       {attempt(banner_throttled, false, "Not allowed at this time")},
       "25000 ms, not shortened"},
      {"crash, penalised", {attempt(kex_closed)}, "100000 ms, not shortened"},
      {"crash, of a server that has no penalties",
       {says(attempt(kex_closed), "SSH-2.0-OpenSSH_8.8")},
       "100 ms"},
      {"crash of other software", {says(attempt(kex_reset), "SSH-2.0-Go")}, "100 ms, listening"},
      {"crash, Windows",
       {says(attempt(kex_closed), "SSH-2.0-OpenSSH_for_Windows_9.8")},
       "100000 ms, not shortened"},
      {"left before its KEXINIT: was it our words?",
       {says(attempt(kexinit_closed), "SSH-2.0-AsyncSSH_2.10.1")},
       "30000 ms, listening"},
      {"OpenSSH would have said why",
       {says(attempt(kexinit_closed), "SSH-2.0-OpenSSH_9.2")},
       "30000 ms"},
      {"it takes what it was sent for an identification",
       {says(attempt(kexinit_malformed, false, "Protocol mismatch."), "SSH-2.0-Erlang/4.15")},
       "100 ms, listening"},
      {"a wrong proof", {attempt(kex_signature_invalid)}, "2000 ms"},
      {"stalled key exchange", {attempt(kex_stalled)}, "100 ms, clamped"},
      {"suspected black hole", {attempt(kex_mtu_blackhole)}, "100 ms, clamped"},
      {"clamped once already", {attempt(kex_stalled), attempt(kex_stalled, true)}, "none"},
      {"clamped, then another failure",
       {attempt(kex_stalled), attempt(connect_reset, true)},
       "10000 ms"},
      {"a wrong signature, before we speak of interception",
       {attempt(kex_signature_invalid)},
       "2000 ms"},
      {"a wrong signature each time",
       {attempt(kex_signature_invalid), attempt(kex_signature_invalid),
        attempt(kex_signature_invalid)},
       "none"},
      {"our own resources", {attempt(scanner_resources)}, "none"},
      {"our own abort", {attempt(scanner_aborted)}, "2000 ms"},
  };
  for (const auto& [name, attempts, expected] : cases) {
    CAPTURE(name);
    CHECK(describe(next_step(attempts, {.retries = 2, .connections = 3}, exchanges)) == expected);
  }
}

TEST_CASE("next_step: questions") {
  using enum Outcome;
  const auto offering = [](Attempt made, NameList methods) {
    Kexinit kexinit;
    kexinit[Slot::kex] = std::move(methods);
    made.evidence.kexinit = std::make_shared<const Kexinit>(std::move(kexinit));
    return made;
  };
  const auto flagged = [](Attempt made, bool Evidence::*flag) {
    made.evidence.*flag = true;
    return made;
  };
  const NameList both{"curve25519-sha256", "ecdh-sha2-nistp256"};
  const auto stalled = offering(attempt(kex_stalled), both);
  const auto clamped = offering(attempt(kex_stalled, true), both);
  const auto crashed = offering(says(attempt(kex_closed), "SSH-2.0-OpenSSH_8.8"), both);
  const auto other_family = flagged(attempt(connect_timeout), &Evidence::other_family);
  auto left = flagged(attempt(banner_closed_late), &Evidence::spoke_first);
  left.evidence.phase = Phase::banner;
  left.evidence.close = Close::fin;
  left.evidence.closed_after = kSpeakDelay + 10ms;
  const struct {
    std::string name;
    std::vector<Attempt> attempts;
    std::string expected;
    bool has_other_family = false;
    bool diagnose = true;
  } cases[] = {
      // clang-format off
      {"first small segments", {stalled}, "100 ms, clamped"},
      {"then another method", {stalled, clamped}, "100 ms, other method"},
      {"then no more", {stalled, flagged(stalled, &Evidence::other_method)}, "none"},
      {"the server has no other", {stalled, offering(attempt(kex_stalled, true), {"curve25519-sha256", "curve25519-sha256@libssh.org"})}, "none"},
      {"we have no other", {stalled, offering(attempt(kex_stalled, true), {"curve25519-sha256", "diffie-hellman-group14-sha256"})}, "none"},
      {"instead of the same again", {offering(attempt(kex_closed), both)}, "100000 ms, other method, not shortened"},
      {"first the same again, where that is no risk", {crashed}, "100 ms"},
      {"then another method", {crashed, crashed}, "100 ms, other method"},
      {"where once was enough", {offering(attempt(kex_disconnect), both)}, "100 ms, other method"},
      {"the other family", {attempt(connect_refused)}, "100 ms, other family", true},
      {"not after a connection", {attempt(banner_silent)}, "2000 ms", true},
      {"asked once", {attempt(connect_timeout), other_family}, "60000 ms", true},
      {"and reached", {attempt(connect_timeout), flagged(attempt(ok), &Evidence::other_family)}, "none", true},
      {"first the same again, where it left at our words", {left}, "2000 ms"},
      {"then a PROXY header before them", {left, left}, "100 ms, header"},
      {"asked once", {left, left, flagged(attempt(banner_closed_fast), &Evidence::sent_header)}, "none"},
      {"none wanted", {stalled}, "none", false, false},
      {"no family wanted", {attempt(connect_refused)}, "15000 ms", true, false},
      // clang-format on
  };
  for (const auto& row : cases) {
    CAPTURE(row.name);
    const RetryLimits limits{.retries = 1, .connections = 3, .diagnose = row.diagnose};
    CHECK(describe(next_step(row.attempts, limits, exchanges, row.has_other_family)) ==
          row.expected);
  }
}

TEST_CASE("next_step: within the limits") {
  const struct {
    std::size_t attempts;
    RetryLimits limits;
    bool again;
  } cases[] = {
      {1, {.retries = 0, .connections = 3}, false}, {1, {.retries = 1, .connections = 3}, true},
      {2, {.retries = 1, .connections = 3}, false}, {2, {.retries = 9, .connections = 3}, true},
      {3, {.retries = 9, .connections = 3}, false}, {1, {.retries = 9, .connections = 1}, false},
  };
  for (const auto& [count, limits, again] : cases) {
    CAPTURE(count);
    CAPTURE(limits.retries);
    const std::vector<Attempt> attempts(count, attempt(Outcome::connect_refused));
    CHECK(next_step(attempts, limits, exchanges).has_value() == again);
  }
}

TEST_CASE("next_step: no segment size is tried through a proxy, which sends others") {
  auto stalled = attempt(Outcome::kex_stalled);
  CHECK(describe(next_step(std::vector{stalled}, RetryLimits{}, exchanges)) == "100 ms, clamped");
  stalled.evidence.proxy = proxy::Answer::granted;
  CHECK(describe(next_step(std::vector{stalled}, RetryLimits{}, exchanges)) == "100 ms");
  CHECK(describe(next_step(std::vector{stalled, stalled}, RetryLimits{}, exchanges)) == "none");
  CHECK(describe(next_step(std::vector{attempt(Outcome::proxy_unreachable)}, RetryLimits{},
                           exchanges)) == "5000 ms");
  CHECK(describe(next_step(std::vector{attempt(Outcome::proxy_auth)}, RetryLimits{}, exchanges)) ==
        "none");
}
