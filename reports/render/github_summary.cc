#include "reports/render/github_summary.h"

#include <cstddef>
#include <string>
#include <string_view>

#include "base/escape.h"
#include "base/numbers.h"
#include "reports/render/name_folding.h"
#include "reports/summary/common_cause.h"
#include "reports/summary/gate.h"
#include "reports/summary/report.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::render {
namespace {

constexpr std::size_t kMaxCellBytes = 200;

std::string markdown(std::string_view raw) {
  std::string out;
  append_markdown(out, raw);
  return out;
}

std::string place_of(const summary::CommonCause& finding) {
  switch (finding.kind) {
    case summary::CommonCause::Kind::run: return "nearly every host";
    case summary::CommonCause::Kind::scattered: return "no common place";
    case summary::CommonCause::Kind::labels: return finding.what + " and " + finding.with;
    default: return finding.what;
  }
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

void write_findings(std::string& out, const summary::Report& report) {
  out += "\n| Failing | Where | Class | Hosts | Look at |\n| ---: | --- | --- | --- | --- |\n";
  std::size_t rows = 0;
  for (const auto& finding : report.findings)
    if (rows++ >= kMaxGithubRows / 5 ||
        !add_row(out, "| " + share_of(finding) + " | " + markdown(place_of(finding)) + " | " +
                          markdown(probe::to_string(finding.outcome)) + " | " +
                          markdown(folded_line(finding.examples, kMaxCellBytes)) + " | " +
                          markdown(finding.remedy) + " |\n"))
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
                    "\n\n" + markdown(report.gate.reason) +
                    ".\n\n| State | Hosts |\n| --- | ---: |\n";
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
  std::string out;
  std::size_t written = 0;
  for (const auto& finding : report.findings) {
    if (written++ == kMaxGithubAnnotations) break;
    out += "::error title=";
    append_workflow_command(out, place_of(finding), true);
    out += "::";
    append_workflow_command(
        out, share_of(finding) + " hosts fail: " + std::string(probe::to_string(finding.outcome)) +
                 ". " + folded_line(finding.examples, kMaxCellBytes) + ". " +
                 std::string(finding.remedy));
    out += '\n';
  }
  return out;
}

}  // namespace fleetscan::render
