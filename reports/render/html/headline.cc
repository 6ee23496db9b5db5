#include "reports/render/html/headline.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/numbers.h"
#include "base/wall_time.h"
#include "reports/summary/common_cause.h"
#include "reports/summary/report.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::render {
namespace {

using Kind = summary::CommonCause::Kind;
using Findings = std::vector<const summary::CommonCause*>;

constexpr std::size_t kMaxParts = 3;

/// Nothing in it answers.
bool is_dark(const summary::CommonCause& finding) {
  const bool subnet = finding.kind == Kind::prefix || finding.kind == Kind::range;
  const bool silent = finding.outcome == probe::Outcome::connect_timeout ||
                      finding.outcome == probe::Outcome::connect_host_down ||
                      finding.outcome == probe::Outcome::connect_unreachable;
  return subnet && silent && !finding.mixed && finding.hosts == finding.tally.hosts();
}

/// " (since Tuesday)", if all of them are; " (new)" if none failed before.
std::string age_of(const Findings& findings, WallTime now) {
  std::optional<std::string> common;
  bool fresh = true;
  for (const auto* finding : findings) {
    fresh = fresh && finding->fresh == finding->tally.hosts();
    if (!finding->since) return {};
    const auto day = day_of(*finding->since, now);
    if (common && *common != day) return {};
    common = day;
  }
  if (fresh) return " (new)";
  return common ? " (since " + *common + ')' : std::string();
}

std::string dark_subnets(const Findings& dark, WallTime now) {
  if (dark.size() == 1)
    return fmt::format("subnet {} is dark{}", dark.front()->what, age_of(dark, now));
  return fmt::format("{} subnets are dark{}", grouped(dark.size()), age_of(dark, now));
}

std::string place_of(const summary::CommonCause& finding) {
  const bool all = finding.tally.hosts() == finding.hosts && finding.hosts > 1;
  const auto of = fmt::format("{} {}", all ? "all" : grouped(finding.tally.hosts()) + " of",
                              counted(finding.hosts, "host"));
  const auto title = summary::title_of(finding);
  switch (finding.kind) {
    case Kind::software: return of + " with " + title;
    case Kind::router:
    case Kind::vantage:
    case Kind::moment: return of + ' ' + title;
    default: return of + " in " + title;
  }
}

/// Behind a colon or ", as if" stands what it may mean; a sentence has no room for that.
std::string_view in_short(probe::Outcome outcome) {
  const auto seen = probe::row(outcome).seen;
  return seen.substr(0, std::min(seen.find(':'), seen.find(", as if")));
}

std::string part_of_sentence(const summary::CommonCause& finding, WallTime now) {
  if (finding.kind == Kind::run)
    return fmt::format("{} of {} fail alike: suspect this scanner or its network first",
                       grouped(finding.tally.hosts()), counted(finding.hosts, "host"));
  const auto how = finding.mixed ? std::string(" fail in several ways")
                                 : ": " + std::string(in_short(finding.outcome));
  return place_of(finding) + how + age_of({&finding}, now);
}

/// Of a run without any common place: how its hosts fail, if all do so in one way.
std::string without_places(const summary::Report& report) {
  const auto failing = report.summary.failing(), hosts = report.summary.total.hosts();
  const auto who = hosts == 1 ? std::string("the only host")
                   : failing == hosts
                       ? fmt::format("all {}", counted(hosts, "host"))
                       : fmt::format("{} of {}", grouped(failing), counted(hosts, "host"));
  const auto how = report.findings.size() == 1
                       ? ": " + std::string(in_short(report.findings.front().outcome))
                       : ", with no common place";
  return who + (failing == 1 ? " fails" : " fail") + how;
}

/// A sentence begins with a capital letter.
std::string capitalized(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

}  // namespace

std::string day_of(WallTime time, WallTime now) {
  using std::chrono::days;
  const auto day = std::chrono::floor<days>(time), today = std::chrono::floor<days>(now);
  if (day > today || today - day >= days(7)) return to_rfc3339(time).substr(0, 10);
  if (day == today) return "today";
  constexpr std::string_view kDays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                        "Thursday", "Friday", "Saturday"};
  return std::string(kDays[std::chrono::weekday(day).c_encoding()]);
}

std::string headline(const summary::Report& report) {
  const auto failing = report.summary.failing();
  if (failing == 0 || report.findings.empty()) return capitalized(report.gate.reason);
  const auto now = report.summary.run.started;
  Findings dark, others;
  for (const auto& finding : report.findings)
    if (finding.kind != Kind::scattered) (is_dark(finding) ? dark : others).push_back(&finding);
  std::vector<std::string> parts;
  std::uint64_t told = 0;
  if (!dark.empty()) parts.push_back(dark_subnets(dark, now));
  for (const auto* finding : dark) told += finding->tally.hosts();
  for (const auto* finding : others) {
    if (parts.size() == kMaxParts) break;
    parts.push_back(part_of_sentence(*finding, now));
    told += finding->tally.hosts();
  }
  if (parts.empty())
    parts.push_back(without_places(report));
  else if (failing > told)
    parts.push_back(counted(failing - told, "more host", failing - told == 1 ? "fails" : "fail"));
  return capitalized(fmt::format("{}", fmt::join(parts, "; ")));
}

}  // namespace fleetscan::render
