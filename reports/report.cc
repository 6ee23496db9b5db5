#include "reports/report.h"

#include <utility>

namespace fleetscan {

Report judge_run(const Summary& summary, std::optional<Past> past, const GateRules& rules) {
  auto gate = judge(summary, rules, past);
  return {summary, std::move(gate), {}, {}, {}, std::move(past)};
}

Report make_report(Summary& summary, std::optional<Past> past, const GateRules& rules) {
  auto report = judge_run(summary, std::move(past), rules);
  fill_in(report, summary);
  return report;
}

void fill_in(Report& report, Summary& summary) {
  report.rows = summary.hosts.sorted(summary.neighbours);
  report.findings = find_common_causes(summary, report.rows);
  report.records = summary.hosts.records();
}

}  // namespace fleetscan
