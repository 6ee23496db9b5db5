#include "reports/render/terminal_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "base/numbers.h"
#include "reports/render/name_folding.h"
#include "reports/summary/common_cause.h"
#include "reports/summary/gate.h"
#include "reports/summary/report.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::render {
namespace {

constexpr std::size_t kMaxFindings = 4;
constexpr std::size_t kMaxClasses = 6;
constexpr std::string_view kIndent = "  ";

enum class Tone { good, warn, bad, strong, dim };

std::string_view code(Tone tone) {
  switch (tone) {
    case Tone::good: return "\x1b[32m";
    case Tone::warn: return "\x1b[33m";
    case Tone::bad: return "\x1b[31m";
    case Tone::strong: return "\x1b[1m";
    case Tone::dim: return "\x1b[2m";
  }
  return "";
}

class Page {
 public:
  explicit Page(const TerminalStyle& style) : style_(style) {}

  [[nodiscard]] std::string toned(Tone tone, std::string_view text) const {
    if (!style_.colour) return std::string(text);
    return fmt::format("{}{}\x1b[0m", code(tone), text);
  }
  [[nodiscard]] std::string_view dot() const { return style_.unicode ? " \u00b7 " : ", "; }
  [[nodiscard]] std::size_t width() const { return std::max<std::size_t>(style_.width, 40); }

  /// Cuts off what would wrap. REQUIRES: no color in `text`.
  [[nodiscard]] std::string fitted(std::string text, std::size_t before = 0) const {
    const auto room = width() - std::min(before, width() - 10);
    if (text.size() <= room) return text;
    text.resize(room - 3);
    while (!text.empty() && !is_utf8(text)) text.pop_back();  // never half a character
    return text + "...";
  }

  void line(std::string_view text = {}) { (out += text) += '\n'; }

  std::string out;

 private:
  const TerminalStyle& style_;
};

Tone tone_of(summary::GateVerdict verdict) {
  switch (verdict) {
    case summary::GateVerdict::pass: return Tone::good;
    case summary::GateVerdict::fail: return Tone::bad;
    case summary::GateVerdict::incomplete: return Tone::warn;
  }
  return Tone::warn;
}

std::string place_of(const summary::CommonCause& finding) {
  switch (finding.kind) {
    case summary::CommonCause::Kind::run:
      return "nearly every host: suspect the scanner or its network";
    case summary::CommonCause::Kind::prefix:
    case summary::CommonCause::Kind::label:
    case summary::CommonCause::Kind::software: return printable(finding.what);
    case summary::CommonCause::Kind::labels:
      return printable(finding.what) + " and " + printable(finding.with);
    case summary::CommonCause::Kind::scattered:
      return finding.tally.hosts() == 1 ? "a host on its own" : "hosts, no common place";
  }
  return {};
}

void write_verdict(Page& page, const summary::Report& report) {
  const auto& summary = report.summary;
  const auto verdict = summary::to_string(report.gate.verdict);
  page.line(page.toned(tone_of(report.gate.verdict), verdict) + kIndent.data() +
            page.toned(Tone::strong, page.fitted(report.gate.reason, verdict.size() + 2)));
  std::string counts;
  for (const auto state : {probe::State::reachable, probe::State::degraded,
                           probe::State::unreachable, probe::State::unknown, probe::State::skipped})
    if (const auto count = summary.total.in(state); count > 0 || state == probe::State::reachable)
      counts += fmt::format("{}{} {}", counts.empty() ? "" : page.dot(), grouped(count),
                            probe::to_string(state));
  if (summary.duration().count() > 0)
    counts += fmt::format("{}in {}", page.dot(), duration_text(summary.duration()));
  page.line(page.fitted(kIndent.data() + counts));
}

/// How the run differs from the ones before it.
void write_changes(Page& page, const summary::Report& report) {
  if (!report.past) return;
  const auto& past = *report.past;
  std::string text;
  const auto add = [&](std::size_t count, std::string_view what) {
    if (count > 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : page.dot(), grouped(count), what);
  };
  add(past.fresh.size(), "newly failing");
  add(past.recovered.size(), "recovered");
  add(past.flapping.size(), "flapping");
  add(past.key_changed.size(), "host keys changed");
  add(past.software_changed.size(), "software changed");
  if (text.empty())
    text = past.before() ? "as in the previous run" : "the first run in this history";
  page.line(page.fitted(kIndent.data() + text));
  if (!past.dark.empty()) page.line("  gone dark: " + folded_line(past.dark, page.width() - 13));
  if (!past.fresh.empty()) page.line("  new: " + folded_line(past.fresh, page.width() - 7));
}

/// The conditions, where someone has set them.
void write_gate(Page& page, const summary::Gate& gate) {
  constexpr std::size_t kMaxCriteria = 6;
  if (!gate.is_default())
    for (std::size_t i = 0; i < std::min(gate.criteria.size(), kMaxCriteria); ++i) {
      const auto& each = gate.criteria[i];
      page.line(page.fitted(fmt::format("  {}  {}: {}", summary::to_string(each.verdict),
                                        printable(each.condition.text), each.value)));
    }
  if (gate.known)
    page.line("  " + counted(*gate.known, "known failure") + ", accepted by the baseline");
}

/// "tcp_wrappers: ", or how many of the hosts that is said of; nothing without a cause.
std::string likely(const summary::CommonCause& finding) {
  if (finding.cause.empty()) return {};
  if (finding.cause_hosts == finding.tally.hosts()) return printable(finding.cause) + ": ";
  return fmt::format("{} for {} of them: ", printable(finding.cause), grouped(finding.cause_hosts));
}

void write_finding(Page& page, const summary::CommonCause& finding) {
  const auto& outcome = probe::row(finding.outcome);
  auto head = fmt::format("{} of {}", grouped(finding.tally.hosts()), grouped(finding.hosts));
  if (finding.kind == summary::CommonCause::Kind::scattered) head = grouped(finding.tally.hosts());
  const auto place = place_of(finding);
  const auto alike =
      finding.mixed ? fmt::format("mixed, most {}", outcome.name) : std::string(outcome.name);
  const auto text = fmt::format("{}  {}  {}", head, place, alike);
  page.line(kIndent.data() + (text.size() + 2 <= page.width()
                                  ? fmt::format("{}  {}  {}", page.toned(Tone::bad, head),
                                                page.toned(Tone::strong, place), alike)
                                  : page.fitted(text, 2)));
  const auto why = finding.because.empty() ? std::string(outcome.seen) : printable(finding.because);
  page.line(page.fitted(fmt::format("    {}{}", likely(finding), why)));
  if (!finding.remedy.empty()) page.line(page.fitted(fmt::format("    fix: {}", finding.remedy)));
  page.line(page.toned(Tone::dim, "    " + folded_line(finding.examples, page.width() - 8)));
}

void write_findings(Page& page, const summary::Report& report, std::size_t room) {
  constexpr std::size_t kLines = 4;  // of each
  constexpr std::size_t kAround = 3;
  if (report.findings.empty() || room < kLines + kAround) return;
  page.line();
  page.line(page.toned(Tone::strong, "Look here first"));
  const auto shown = std::min({report.findings.size(), kMaxFindings, (room - kAround) / kLines});
  for (std::size_t i = 0; i < shown; ++i) write_finding(page, report.findings[i]);
  std::uint64_t rest = 0;
  for (std::size_t i = shown; i < report.findings.size(); ++i)
    rest += report.findings[i].tally.hosts();
  if (rest > 0)
    page.line(fmt::format("  and {} in {}", counted(rest, "more host"),
                          counted(report.findings.size() - shown, "more finding")));
}

/// Classes that need a look; what the findings say in full is not said again.
void write_classes(Page& page, const summary::Tally& total, std::size_t room) {
  std::vector<std::pair<probe::Outcome, std::uint64_t>> classes;
  for (const auto& entry : total.classes())
    if (entry.first != probe::Outcome::ok && entry.first != probe::Outcome::skipped)
      classes.push_back(entry);
  if (classes.empty() || room < 3) return;
  std::ranges::stable_sort(classes, std::greater(), [](const auto& entry) { return entry.second; });
  page.line();
  const auto shown = std::min({classes.size(), kMaxClasses, room - 1});
  for (std::size_t i = 0; i < shown; ++i)
    page.line(page.fitted(fmt::format("{:>9}  {:<24}  {}", grouped(classes[i].second),
                                      probe::to_string(classes[i].first),
                                      probe::row(classes[i].first).seen)));
}

}  // namespace

std::string terminal_summary(const summary::Report& report, const TerminalStyle& style,
                             const std::vector<std::string>& files) {
  Page page(style);
  write_verdict(page, report);
  write_gate(page, report.gate);
  write_changes(page, report);

  std::string end;
  if (!files.empty()) {
    end = "Reports:";
    for (const auto& file : files) end += ' ' + printable(file);
  }
  const bool explains = !report.findings.empty();
  const auto tail = 1U + (end.empty() ? 0U : 1U) + (explains ? 1U : 0U);
  const auto room = [&] {
    const auto used = static_cast<std::size_t>(std::ranges::count(page.out, '\n')) + tail;
    return kMaxSummaryLines - std::min(used, kMaxSummaryLines);
  };
  write_findings(page, report, room());
  write_classes(page, report.summary.total, room());
  if (!end.empty() || explains) page.line();
  if (!end.empty()) page.line(end);
  if (explains)
    page.line(page.fitted(fmt::format("Next:    fleetscan explain {}",
                                      probe::to_string(report.findings.front().outcome))));
  return page.out;
}

}  // namespace fleetscan::render
