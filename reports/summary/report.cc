#include "reports/summary/report.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "reports/records/diagnosis_record.h"
#include "reports/summary/common_cause.h"
#include "reports/summary/gate.h"
#include "reports/summary/host_table.h"
#include "reports/summary/key_census.h"
#include "reports/summary/past.h"
#include "reports/summary/second_opinion.h"
#include "reports/summary/summary.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::summary {
namespace {

constexpr std::size_t kMaxKeyExamples = 1000;

void name_holders(std::vector<SharedKey>& keys, const std::vector<HostRow>& rows) {
  std::unordered_map<std::uint64_t, SharedKey*> by_tag;
  for (auto& key : keys) by_tag.emplace(key_tag(key.sha256).value(), &key);
  for (const auto& row : rows) {
    if (!row.key_tag) continue;
    const auto found = by_tag.find(*row.key_tag);
    if (found != by_tag.end() && found->second->examples.size() < kMaxKeyExamples)
      found->second->examples.push_back(row.target());
  }
}

/// Tells each row which finding it belongs to.
void number_findings(Report& report) {
  for (std::size_t i = 0; i < report.findings.size(); ++i)
    for (const auto row : report.findings[i].rows)
      report.rows[row].finding = static_cast<std::int32_t>(i);
}

std::optional<records::FindingName> name_of(const HostRow& row, const Report& report) {
  if (row.finding < 0) return std::nullopt;
  const auto& finding = report.findings[static_cast<std::size_t>(row.finding)];
  return records::FindingName{std::string(to_string(finding.kind)), finding.what, finding.with,
                              finding.outcome};
}

/// The findings of failing hosts, by target.
HostTable::FindingOf findings_by_target(const Report& report) {
  std::unordered_map<std::string, const HostRow*> rows;
  for (const auto& row : report.rows)
    if (row.finding >= 0) rows.emplace(row.target(), &row);
  return [&report, rows = std::move(rows)](const std::string& target) {
    const auto found = rows.find(target);
    return found == rows.end() ? std::nullopt : name_of(*found->second, report);
  };
}

}  // namespace

Report judge_run(const Summary& summary, std::optional<Past> past, const GateRules& rules) {
  auto gate = judge(summary, rules, past);
  return {.summary = summary,
          .gate = std::move(gate),
          .rows = {},
          .records = {},
          .findings = {},
          .shared_keys = {},
          .past = std::move(past),
          .known = rules.known,
          .bad_certificates = summary.certificates.faults(rules.authorities, summary.run.started)};
}

Report make_report(Summary& summary, std::optional<Past> past, const GateRules& rules) {
  auto report = judge_run(summary, std::move(past), rules);
  fill_in(report, summary);
  return report;
}

void fill_in(Report& report, Summary& summary) {
  const auto* past = report.past ? &*report.past : nullptr;
  report.rows = summary.hosts.sorted(summary.neighbors, past);
  report.doctors = second_opinions(summary.doctors, report.rows);
  const auto news = report.news();
  report.findings = find_common_causes(summary, report.rows, news);
  for (const auto& row : report.rows)
    if (probe::is_failure(row.outcome) && news.fresh(row.target()))
      report.fresh.push_back(row.target());
  std::ranges::sort(report.fresh);
  report.shared_keys = summary.keys.shared();
  name_holders(report.shared_keys, report.rows);
  number_findings(report);
  report.records = summary.hosts.take_records(summary.neighbors, findings_by_target(report), past);
}

std::optional<records::Diagnosis> diagnosis_of(const HostRow& row, const Report& report) {
  if (!probe::is_failure(row.outcome)) return std::nullopt;
  const auto* past = report.past ? &*report.past : nullptr;
  return records::Diagnosis{row.target(), row.outcome,
                            causes_among(row, report.summary.neighbors, past),
                            name_of(row, report)};
}

}  // namespace fleetscan::summary
