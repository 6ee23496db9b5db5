#include "reports/report.h"

#include <utility>

namespace fleetscan {

Report make_report(Summary& summary, std::optional<Past> past, const GateRules& rules) {
  auto gate = judge(summary, rules, past);
  auto rows = summary.hosts.sorted(summary.neighbours);
  auto findings = find_common_causes(summary, rows);
  return {summary,
          std::move(gate),
          std::move(rows),
          summary.hosts.records(),
          std::move(findings),
          std::move(past)};
}

}  // namespace fleetscan
