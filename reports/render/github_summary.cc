#include "reports/render/github_summary.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/escape.h"
#include "base/numbers.h"
#include "reports/render/name_folding.h"
#include "reports/summary/changes.h"
#include "reports/summary/common_cause.h"
#include "reports/summary/gate.h"
#include "reports/summary/past.h"
#include "reports/summary/report.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::render {
namespace {

constexpr std::size_t kMaxCellBytes = 200, kMaxChangeBytes = 4000;

std::string markdown(std::string_view raw) {
  std::string out;
  append_markdown(out, raw);
  return out;
}

std::string common_place(const summary::CommonCause& finding) {
  switch (finding.kind) {
    case summary::CommonCause::Kind::run: return "nearly every host";
    default: return summary::where_of(finding);
  }
}

std::string place_of(const summary::CommonCause& finding) {
  const auto place = common_place(finding);
  return finding.only_from.empty() ? place : place + ", only from " + finding.only_from;
}

std::string share_of(const summary::CommonCause& finding) {
  const auto failing = grouped(finding.tally.failing());
  if (finding.kind == summary::CommonCause::Kind::scattered) return failing;
  return failing + " of " + grouped(finding.hosts);
}

/// Appends a row unless the summary grows too long.
bool add_row(std::string& out, const std::string& row) {
  if (out.size() + row.size() > kMaxGithubSummaryBytes - 1024) return false;
  out += row;
  return true;
}

/// What is new, by name. Nothing without an earlier run or a baseline.
void write_changes(std::string& out, const summary::Report& report) {
  const auto news = report.news();
  if (!news.compares()) return;
  static const summary::Past kNoPast;
  const auto& past = news.past() ? *news.past() : kNoPast;
  std::string rows;
  for (const auto& change : summary::changes(past, report.fresh)) {
    if (change.names->empty()) continue;
    const auto words = news.past() ? change.words : summary::kNotInBaseline;
    rows += "| " + std::string(words) + " | " + grouped(change.names->size()) + " | " +
            markdown(folded_line(*change.names, kMaxChangeBytes)) + " |\n";
  }
  if (rows.empty()) rows = "| nothing | 0 | |\n";
  out += "| Changed | Hosts | Which |\n| --- | ---: | --- |\n" + rows + '\n';
}

/// "new", "2 new", "known"; empty where there is nothing to compare with.
std::string age_of(const summary::CommonCause& finding, const summary::Report& report) {
  if (!report.news().compares()) return {};
  if (finding.fresh == 0)
    return finding.accepted == finding.tally.hosts() ? "accepted" : "as before";
  return finding.fresh == finding.tally.hosts() ? "new" : grouped(finding.fresh) + " new";
}

/// Those with new hosts first, those that the baseline accepts last.
std::vector<const summary::CommonCause*> by_age(const summary::Report& report) {
  std::vector<const summary::CommonCause*> findings;
  findings.reserve(report.findings.size());
  for (const auto& finding : report.findings) findings.push_back(&finding);
  std::ranges::stable_sort(findings, {}, [](const auto* finding) {
    if (finding->fresh > 0) return 0;
    return finding->accepted < finding->tally.hosts() ? 1 : 2;
  });
  return findings;
}

void write_findings(std::string& out, const summary::Report& report) {
  out +=
      "\n| Failing | New | Where | Class | Hosts | Look at |\n"
      "| ---: | --- | --- | --- | --- | --- |\n";
  std::size_t rows = 0;
  for (const auto* finding : by_age(report))
    if (rows++ >= kMaxGithubRows / 5 ||
        !add_row(out, "| " + share_of(*finding) + " | " + age_of(*finding, report) + " | " +
                          markdown(place_of(*finding)) + " | " +
                          markdown(probe::to_string(finding->outcome)) + " | " +
                          markdown(folded_line(finding->examples, kMaxCellBytes,
                                               finding->tally.hosts())) +
                          " | " + markdown(finding->remedy) + " |\n"))
      return;
}

void write_hosts(std::string& out, const summary::Report& report) {
  out +=
      "\n<details><summary>Failing hosts</summary>\n\n| Host | Address | Class | Because |\n"
      "| --- | --- | --- | --- |\n";
  std::size_t rows = 0;
  for (const auto& host : report.rows) {
    if (!probe::needs_attention(host.state())) continue;
    if (++rows > kMaxGithubRows) break;
    const auto because = host.because ? *host.because : std::string(probe::row(host.outcome).seen);
    if (!add_row(out, "| " + markdown(host.target()) + " | " +
                          markdown(host.address ? host.address->to_string() : "") + " | " +
                          markdown(probe::to_string(host.outcome)) + " | " + markdown(because) +
                          " |\n"))
      break;
  }
  out += "\n</details>\n";
}

}  // namespace

std::string github_summary(const summary::Report& report) {
  const auto& total = report.summary.total;
  std::string out = "## fleetscan: " + std::string(summary::to_string(report.gate.verdict)) +
                    "\n\n" + markdown(report.gate.reason) + ".\n\n";
  write_changes(out, report);
  out += "| State | Hosts |\n| --- | ---: |\n";
  for (const auto state : {probe::State::reachable, probe::State::degraded,
                           probe::State::unreachable, probe::State::unknown, probe::State::skipped})
    if (total.in(state) > 0)
      out +=
          "| " + std::string(probe::to_string(state)) + " | " + grouped(total.in(state)) + " |\n";
  if (report.findings.empty()) return out;
  write_findings(out, report);
  write_hosts(out, report);
  return out;
}

std::string github_annotations(const summary::Report& report) {
  const bool compares = report.news().compares();
  std::string out;
  std::size_t written = 0;
  const auto annotate = [&](std::string_view level, std::string_view title,
                            const std::string& text) {
    if (written++ >= kMaxGithubAnnotations) return;
    ((out += "::") += level) += " title=";
    append_workflow_command(out, title, true);
    out += "::";
    append_workflow_command(out, text);
    out += '\n';
  };
  if (const auto* past = report.news().past(); past && !past->key_changed.empty())
    annotate("warning", "host key changed", folded_line(past->key_changed, kMaxCellBytes));
  for (const auto* finding : by_age(report)) {
    if (finding->accepted == finding->tally.hosts()) continue;
    const bool fresh = finding->fresh > 0;
    const auto& names = fresh ? finding->fresh_examples : finding->examples;
    annotate(
        fresh || !compares ? "error" : "notice", place_of(*finding),
        share_of(*finding) + " hosts fail" +
            (fresh ? ", " + age_of(*finding, report) : std::string()) + ": " +
            std::string(probe::to_string(finding->outcome)) + ". " +
            folded_line(names, kMaxCellBytes, fresh ? finding->fresh : finding->tally.hosts()) +
            ". " + std::string(finding->remedy));
  }
  return out;
}

}  // namespace fleetscan::render
