#include "reports/render/mail.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/escape.h"
#include "base/numbers.h"
#include "base/wall_time.h"
#include "reports/render/terminal_summary.h"
#include "reports/summary/gate.h"
#include "reports/summary/report.h"

namespace fleetscan::render {
namespace {

/// "62 since 2026-11-22", where all of them began to fail on that day; "62 still failing".
std::string long_failing(const summary::Report& report, std::uint64_t count) {
  std::set<std::string> days;
  for (const auto& [target, since] : report.past->failing_since)
    if (!report.news().accepted(target) && !report.news().fresh(target))
      days.insert(day_text(since));
  return grouped(count) + (days.size() == 1 ? " since " + *days.begin() : " still failing");
}

/// What changed, the gravest first; empty where there is nothing to compare with.
std::vector<std::string> changes(const summary::Report& report) {
  std::vector<std::string> parts;
  const auto add = [&](std::size_t count, const std::string& text) {
    if (count > 0) parts.push_back(text);
  };
  const auto news = report.news();
  if (!news.compares()) return parts;
  const auto fresh = report.fresh.size();
  const auto old = report.summary.failing() - report.gate.known.value_or(0) -
                   std::min<std::uint64_t>(fresh, report.summary.failing());
  if (const auto* past = news.past()) {
    add(past->dark.size(), counted(past->dark.size(), "subnet", "dark"));
    add(fresh, grouped(fresh) + " new");
    add(past->key_changed.size(), counted(past->key_changed.size(), "host key", "changed"));
    add(past->recovered.size(), grouped(past->recovered.size()) + " recovered");
    add(old, long_failing(report, old));
  } else {
    add(fresh, grouped(fresh) + " not in the baseline");
  }
  const auto known = report.gate.known.value_or(0);
  add(known, grouped(known) + " accepted");
  return parts;
}

}  // namespace

std::string mail_subject(const summary::Report& report, const std::string& place) {
  constexpr std::size_t kMaxParts = 4;
  const auto head = "fleetscan " + printable(place);
  if (report.gate.verdict == summary::GateVerdict::incomplete)
    return head + " INCOMPLETE: " + printable(report.gate.reason);
  auto parts = changes(report);
  if (parts.empty()) return head + ": " + printable(report.gate.reason);
  parts.resize(std::min(parts.size(), kMaxParts));
  return fmt::format("{}: {}", head, fmt::join(parts, ", "));
}

std::string mail(const summary::Report& report, const std::string& place,
                 const std::vector<std::string>& files, bool unicode) {
  return mail_subject(report, place) + "\n\n" +
         terminal_summary(report, {.unicode = unicode}, files);
}

}  // namespace fleetscan::render
