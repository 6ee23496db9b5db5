#pragma once
// The charts of report.html: SVG in the page, each with its numbers as text.

#include "reports/render/html/html_writer.h"
#include "reports/summary/report.h"

namespace fleetscan::render {

void write_subnets(HtmlWriter& html, const summary::Report& report);
void write_latency(HtmlWriter& html, const summary::Report& report);
void write_timeline(HtmlWriter& html, const summary::Report& report);

/// More cells than kMaxStaticCells are drawn by the page's script; this is what it draws them from.
inline constexpr std::size_t kMaxStaticCells = 600;
inline constexpr std::size_t kMaxCells = 4000;
[[nodiscard]] std::string subnet_cells(const summary::Report& report);

}  // namespace fleetscan::render
