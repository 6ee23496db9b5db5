#pragma once
// JUnit XML for continuous integration: a suite per subnet, a case per failing host.

#include <cstddef>
#include <string>

#include "reports/summary/report.h"

namespace fleetscan::render {

/// Failing hosts named one by one. CI systems refuse files with too many elements (GitLab: 250,000
/// objects), so the rest of a subnet's failures share one case, and healthy hosts always do.
inline constexpr std::size_t kMaxJunitHosts = 1000;
/// Suites of healthy subnets beyond this number are left out, and counted in one.
inline constexpr std::size_t kMaxJunitSuites = 5000;

/// A failing host is a failure, one that could not be judged an error, and a skipped one is
/// skipped.
[[nodiscard]] std::string junit_report(const summary::Report& report);

}  // namespace fleetscan::render
