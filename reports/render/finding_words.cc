#include "reports/render/finding_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "base/numbers.h"
#include "base/wall_time.h"
#include "reports/summary/common_cause.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::render {
namespace {

std::string common_place(const summary::CommonCause& finding) {
  switch (finding.kind) {
    case summary::CommonCause::Kind::run:
      return "nearly every host: suspect the scanner or its network";
    case summary::CommonCause::Kind::scattered:
      return finding.tally.hosts() == 1 ? "a host on its own" : "hosts, no common place";
    default: return printable(summary::where_of(finding));
  }
}

}  // namespace

std::string share_of(const summary::CommonCause& finding) {
  if (finding.kind == summary::CommonCause::Kind::scattered) return grouped(finding.tally.hosts());
  return fmt::format("{} of {}", grouped(finding.tally.hosts()), grouped(finding.hosts));
}

std::string place_of(const summary::CommonCause& finding, std::uint64_t hosts) {
  const bool scattered = finding.kind == summary::CommonCause::Kind::scattered;
  if (scattered && hosts > 1 && finding.tally.hosts() == hosts) return "hosts, which are all";
  if (finding.only_from.empty()) return common_place(finding);
  return common_place(finding) + ", only from " + printable(finding.only_from);
}

std::string likely(const summary::CommonCause& finding) {
  if (finding.cause.empty()) return {};
  if (finding.cause_hosts == finding.tally.hosts()) return printable(finding.cause) + ": ";
  return fmt::format("{} for {} of them: ", printable(finding.cause), grouped(finding.cause_hosts));
}

std::string ways_of(const summary::CommonCause& finding) {
  constexpr std::size_t kMostWays = 3;
  std::vector<std::pair<probe::Outcome, std::uint64_t>> ways(finding.tally.classes().begin(),
                                                             finding.tally.classes().end());
  std::ranges::stable_sort(ways, std::greater(), [](const auto& way) { return way.second; });
  const auto shown = ways.size() == kMostWays + 1 ? ways.size() : std::min(ways.size(), kMostWays);
  std::string text;
  std::uint64_t rest = finding.tally.hosts();
  for (std::size_t i = 0; i < shown; ++i) {
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ", grouped(ways[i].second),
                        probe::to_string(ways[i].first));
    rest -= ways[i].second;
  }
  if (shown == ways.size()) return text;
  return text + fmt::format(" and {} in {} more classes", grouped(rest), ways.size() - shown);
}

std::string alike(const summary::CommonCause& finding) {
  return finding.mixed ? "fail in several ways" : std::string(probe::to_string(finding.outcome));
}

std::string age(const summary::CommonCause& finding) {
  if (finding.fresh == finding.tally.hosts()) return "new";
  if (finding.fresh > 0) return grouped(finding.fresh) + " new";
  return finding.since ? "since " + minute_text(*finding.since) : std::string();
}

}  // namespace fleetscan::render
