#pragma once
// Renders a textfile for Prometheus' node exporter: the last run as a few dozen
// series, never one per host.

#include <cstddef>
#include <string>
#include <string_view>

#include "reports/summary/report.h"

namespace fleetscan::render {

/// Findings with a series of their own, the largest.
inline constexpr std::size_t kMaxPrometheusFindings = 10;

/// The label `scan` tells inventories apart: it is made of the names of their sources.
/// @param before  what the file held until now: when a run last judged every host, if this one did
///                not. Anything but a report of the same scan is ignored.
[[nodiscard]] std::string prometheus_report(const summary::Report& report, std::string_view before);

}  // namespace fleetscan::render
