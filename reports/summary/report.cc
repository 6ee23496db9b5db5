#include "reports/summary/report.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "reports/summary/common_cause.h"
#include "reports/summary/gate.h"
#include "reports/summary/host_table.h"
#include "reports/summary/key_census.h"
#include "reports/summary/past.h"
#include "reports/summary/summary.h"

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

}  // namespace

Report judge_run(const Summary& summary, std::optional<Past> past, const GateRules& rules) {
  auto gate = judge(summary, rules, past);
  return {summary, std::move(gate), {}, {}, {}, {}, std::move(past)};
}

Report make_report(Summary& summary, std::optional<Past> past, const GateRules& rules) {
  auto report = judge_run(summary, std::move(past), rules);
  fill_in(report, summary);
  return report;
}

void fill_in(Report& report, Summary& summary) {
  report.rows = summary.hosts.sorted(summary.neighbours);
  report.findings = find_common_causes(summary, report.rows, report.past ? &*report.past : nullptr);
  report.shared_keys = summary.keys.shared();
  name_holders(report.shared_keys, report.rows);
  report.records = summary.hosts.take_records(summary.neighbours);
}

}  // namespace fleetscan::summary
