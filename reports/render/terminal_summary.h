#pragma once
// Renders a scan's summary as text, the most important first: what changed, then what fails.

#include <cstddef>
#include <string>
#include <vector>

#include "reports/render/text_page.h"
#include "reports/summary/report.h"

namespace fleetscan::render {

/// Paragraphs on a terminal, empty lines included; each may be wrapped. Elsewhere there may be
/// more.
inline constexpr std::size_t kMaxSummaryLines = 25;

/// @param files  where the reports went, to be named at the end; may be empty
/// @param next   the command to go on with; empty: explain what fails most
[[nodiscard]] std::string terminal_summary(const summary::Report& report,
                                           const TerminalStyle& style,
                                           const std::vector<std::string>& files = {},
                                           const std::string& next = {});

}  // namespace fleetscan::render
