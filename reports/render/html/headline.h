#pragma once
// The headline of a report: its findings in one sentence.

#include <string>

#include "base/clock.h"
#include "reports/summary/report.h"

namespace fleetscan::render {

/// "2 subnets are dark since Tuesday; 48 of 80 hosts in rack=b7: connection refused; 61 more hosts
/// fail". Foreign text in it is raw. Without a failing host, the gate's reason.
[[nodiscard]] std::string headline(const summary::Report& report);

/// "Tuesday" within the six days before `now`, else "2026-11-20"; UTC.
[[nodiscard]] std::string day_of(WallTime time, WallTime now);

}  // namespace fleetscan::render
