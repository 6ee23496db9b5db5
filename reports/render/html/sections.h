#pragma once
// The sections of report.html, in the order of the page.

#include <string>

#include "reports/render/html/html_writer.h"
#include "reports/summary/report.h"

namespace fleetscan::render {

void write_header(HtmlWriter& html, const summary::Report& report);
void write_tiles(HtmlWriter& html, const summary::Report& report);
/// What failing hosts have in common, why, and what to do. Nothing if none fail.
void write_findings(HtmlWriter& html, const summary::Report& report);
void write_classes(HtmlWriter& html, const summary::Report& report);

// Drawings: SVG in the page, each with its numbers as text.
void write_subnets(HtmlWriter& html, const summary::Report& report);
void write_latency(HtmlWriter& html, const summary::Report& report);
void write_timeline(HtmlWriter& html, const summary::Report& report);

/// How the run differs from earlier ones. Nothing without a history.
void write_trend(HtmlWriter& html, const summary::Report& report);
void write_hosts(HtmlWriter& html, const summary::Report& report);
/// What the fleet runs: software, host keys, and keys that several hosts share.
void write_inventory(HtmlWriter& html, const summary::Report& report);
void write_health(HtmlWriter& html, const summary::Report& report);

/// A JSON array of the cells of write_subnets(), where they are too many for the page: its script
/// draws them. Empty where the page has them.
[[nodiscard]] std::string subnet_cells(const summary::Report& report);

}  // namespace fleetscan::render
