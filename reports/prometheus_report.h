#pragma once
// A textfile for Prometheus' node exporter: the last run as a few dozen series, never one per host.

#include <string>

#include "reports/report.h"

namespace fleetscan {

/// The label `scan` tells inventories apart: it is made of the names of their sources.
[[nodiscard]] std::string prometheus_report(const Report& report);

}  // namespace fleetscan
