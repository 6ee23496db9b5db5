#pragma once
// Renders a scan's summary for a terminal: at most 25 lines, the most important first.

#include <cstddef>
#include <string>
#include <vector>

#include "reports/summary/report.h"

namespace fleetscan::render {

/// Decided by the caller from flags, environment and the stream. The default is what a pipe gets.
struct TerminalStyle {
  bool colour = false;
  bool unicode = false;  ///< the locale's encoding is UTF-8
  std::size_t width = 80;
};

inline constexpr std::size_t kMaxSummaryLines = 25;

/// @param files  where the reports went, to be named at the end; may be empty
[[nodiscard]] std::string terminal_summary(const summary::Report& report,
                                           const TerminalStyle& style,
                                           const std::vector<std::string>& files = {});

}  // namespace fleetscan::render
