// How a host's attempts differ from one another, in order of time.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/numbers.h"
#include "scanner/diagnosis/causes.h"
#include "scanner/diagnosis/observations.h"
#include "scanner/diagnosis/sighting.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/outcome_family.h"
#include "scanner/probe/result.h"
#include "scanner/ssh/software.h"

namespace fleetscan::diagnosis {

using enum CauseId;
using Sentence = std::optional<std::string>;

namespace {

bool failed(const probe::Attempt& attempt) { return probe::is_failure(attempt.outcome); }

std::string gap(const Case& c) {
  const auto& attempts = c.result.attempts;
  const auto time = attempts.back().evidence.started - attempts.front().evidence.started;
  return duration_text(std::chrono::duration_cast<Micros>(time));
}

/// Reached again at the same address, not by its other family.
bool recovered(const Case& c) {
  return c.recovered && !c.result.attempts.back().evidence.other_family;
}

Sentence came_back(const Case& c) {
  if (!recovered(c) || c.seen.mss_clamped) return {};
  return fmt::format("an attempt {} later reached the host", gap(c));
}

Sentence same_again(const Case& c) {
  const auto& attempts = c.result.attempts;
  const auto alike =
      std::ranges::count(attempts, probe::family_of(c.outcome),
                         [](const auto& attempt) { return probe::family_of(attempt.outcome); });
  if (alike < 2 || static_cast<std::size_t>(alike) != attempts.size()) return {};
  return fmt::format("all {} attempts within {} ended the same way", alike, gap(c));
}

/// The penalty lasts at least 15 s; dropped at random, two attempts seldom fail both.
Sentence throttled_again_later(const Case& c) {
  using std::chrono_literals::operator""s;
  const auto& attempts = c.result.attempts;
  const bool both =
      attempts.size() > 1 && std::ranges::all_of(attempts, [](const probe::Attempt& a) {
        return a.outcome == probe::Outcome::banner_throttled;
      });
  if (!both) return {};
  return fmt::format(
      "throttled again {} later: a penalty refuses every attempt, MaxStartups only some", gap(c));
}

Sentence silent_then_no_answer(const Case& c) {
  bool silent = false;
  for (const auto& attempt : c.result.attempts) {
    if (silent && attempt.outcome == probe::Outcome::connect_timeout)
      return "connected and silent at first, later no answer to SYN: its accept queue has filled "
             "up";
    silent = silent || attempt.outcome == probe::Outcome::banner_silent;
  }
  return {};
}

/// It answered at first and now the packet filter does, or nobody.
Sentence answered_then_filtered(const Case& c) {
  const auto filtered = [](const probe::Attempt& a) {
    return a.outcome == probe::Outcome::connect_timeout ||
           a.outcome == probe::Outcome::connect_rejected;
  };
  const auto& attempts = c.result.attempts;
  if (attempts.size() < 2 || !filtered(attempts.back())) return {};
  const auto& first = attempts.front();
  if (first.evidence.phase <= probe::Phase::connect ||
      first.outcome == probe::Outcome::banner_silent)
    return {};
  return fmt::format("the first attempt was answered, and one {} later ended in {}", gap(c),
                     probe::to_string(attempts.back().outcome));
}

template <typename Get>
Sentence differs(const Case& c, std::string_view what, Get get) {
  std::optional<std::string> before;
  for (const auto& attempt : c.result.attempts) {
    const std::optional<std::string> now = get(attempt.evidence);
    if (!now) continue;
    if (before && *before != *now)
      return fmt::format("{} changed from one attempt to the next: {}, then {}", what,
                         in_quotes(*before), in_quotes(*now));
    before = now;
  }
  return {};
}

std::string_view software_of(const probe::Evidence& e) {
  return e.ident_line ? ssh::software_of(*e.ident_line) : std::string_view{};
}

Sentence software_differs(const Case& c) {
  return differs(c, "the software", [](const probe::Evidence& e) -> std::optional<std::string> {
    if (!e.ident_line) return std::nullopt;
    return std::string(software_of(e));
  });
}

/// A comment may say which build it is. tinysshd's is a random word.
Sentence comment_differs(const Case& c) {
  if (software_differs(c) || software_of(c.seen).starts_with("tinyssh")) return {};
  return differs(c, "the identification", [](const probe::Evidence& e) { return e.ident_line; });
}

Sentence key_differs(const Case& c) {
  return differs(c, "the host key", [](const probe::Evidence& e) -> std::optional<std::string> {
    if (!e.host_key || !e.host_key->verified) return std::nullopt;
    return e.host_key->type + ' ' + e.host_key->sha256;
  });
}

Sentence other_family_works(const Case& c) {
  for (const auto& attempt : c.result.attempts) {
    const auto& address = attempt.evidence.address;
    const bool other = address && c.seen.address && address->family() != c.seen.address->family();
    if (other && !failed(attempt) && attempt.evidence.phase >= probe::Phase::banner)
      return fmt::format("{} of the same name is reachable, {} is not", address->to_string(),
                         c.seen.address->to_string());
  }
  return {};
}

Sentence other_family_fails(const Case& c) {
  for (const auto& attempt : c.result.attempts)
    if (attempt.evidence.other_family && failed(attempt) && attempt.evidence.address)
      return fmt::format("{} of the same name fails as well ({})",
                         attempt.evidence.address->to_string(), probe::to_string(attempt.outcome));
  return {};
}

/// Any attempt's identification: what the server is, even if the failing one saw none.
std::optional<std::string> ident_of(const Case& c) {
  for (const auto& attempt : c.result.attempts)
    if (attempt.evidence.ident_line) return attempt.evidence.ident_line;
  return std::nullopt;
}

bool turned_away(const Case& c) {
  return c.outcome == probe::Outcome::banner_closed_fast ||
         c.outcome == probe::Outcome::banner_closed_after_start;
}

Sentence silent_max_startups(const Case& c) {
  const auto version = ssh::openssh_version(ident_of(c).value_or(""));
  if (!turned_away(c) || !version || *version > ssh::OpensshVersion{8, 1}) return {};
  return fmt::format("OpenSSH {}.{} applies MaxStartups silently (all versions up to 8.1 do)",
                     version->major, version->minor);
}

Sentence talking_max_startups(const Case& c) {
  const auto version = ssh::openssh_version(ident_of(c).value_or(""));
  if (!turned_away(c) || !version || *version <= ssh::OpensshVersion{8, 1}) return {};
  return fmt::format("OpenSSH {}.{} would have named MaxStartups", version->major, version->minor);
}

Sentence dropbear_limit(const Case& c) {
  const auto ident = ident_of(c);
  if (!turned_away(c) || !ident || ident->find("dropbear") == std::string::npos) return {};
  return "dropbear closes silently above 5 unauthenticated connections from one address";
}

Sentence unanswered_then_open(const Case& c) {
  if (c.outcome != probe::Outcome::connect_timeout || !recovered(c)) return {};
  return fmt::format("a SYN was lost, one {} later was not: packet loss comes and goes", gap(c));
}

Sentence refused_then_open(const Case& c) {
  if (c.outcome != probe::Outcome::connect_refused || !recovered(c)) return {};
  return fmt::format(
      "the port was closed, and open {} later: xinetd's rate limit does this, or a restart",
      gap(c));
}

}  // namespace

std::vector<Observation> course_observations() {
  // clang-format off
  return {
    {"came_back", came_back, {{connection_limit, kMild}, {max_startups, kStrong}, {mixed_backends, kStrong}, {rate_limit_rule, kMild},
                              {slow_before_banner, kMild}, {source_penalty, 1 / kMild}, {service_child_broken, 1 / kStrong}, {tcp_wrappers, 1 / kStrong}, {firewall_drop, 1 / kDecisive},
                              {firewall_reject, 1 / kStrong}, {host_off, 1 / kStrong}, {wrong_name, 1 / kStrong}, {service_down, 1 / kMild}, {no_route, 1 / kMild}}},
    {"same_again", same_again, {{service_child_broken, kMild}, {tcp_wrappers, kMild}, {no_live_backend, kMild}, {source_ban, kMild}, {firewall_reset, kMild}, {connection_limit, 1 / kMild}, {mixed_backends, 1 / kStrong}, {conntrack_full, 1 / kStrong}}},
    {"throttled_again_later", throttled_again_later, {{source_penalty, kMild}}},
    {"silent_then_no_answer", silent_then_no_answer, {{server_hung, kStrong}}, true},
    {"answered_then_filtered", answered_then_filtered, {{rate_limit_rule, kDecisive * kMild}, {source_ban, kStrong * kMild}, {firewall_drop, 1 / kStrong}, {host_off, 1 / kStrong}}},
    {"software_differs", software_differs, {{mixed_backends, kDecisive * kStrong}}},
    {"comment_differs", comment_differs, {{mixed_backends, kMild}}},
    {"key_differs", key_differs, {{mixed_backends, kDecisive * kStrong}}},
    {"other_family_works", other_family_works, {{family_mismatch, kDecisive * kDecisive}, {host_off, 1 / kDecisive}, {wrong_name, 1 / kStrong}}},
    {"other_family_fails", other_family_fails, {{family_mismatch, 1 / kStrong}, {host_off, kMild}, {service_down, kMild}}},
    {"silent_max_startups", silent_max_startups, {{max_startups, kDecisive}}},
    {"talking_max_startups", talking_max_startups, {{max_startups, 1 / kDecisive}}},
    {"dropbear_limit", dropbear_limit, {{connection_limit, kDecisive}, {max_startups, 1 / kDecisive}}},
    {"unanswered_then_open", unanswered_then_open, {{conntrack_full, kDecisive}}},
    {"refused_then_open", refused_then_open, {{connection_limit, kStrong}}},
  };
  // clang-format on
}

}  // namespace fleetscan::diagnosis
