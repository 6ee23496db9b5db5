#pragma once
// How a vantage fared, in words.

#include <string>

#include "reports/summary/summary.h"
#include "scanner/probe/result.h"

namespace fleetscan::summary {

/// "812 of 4,000 hosts reached", of those that it judged; empty if it judged none.
[[nodiscard]] std::string reached_from(const probe::VantageEnd& vantage, const Summary& summary);

}  // namespace fleetscan::summary
