#pragma once
// The sections of report.html, in the order of the page.

#include <string>

#include "reports/render/html/html_writer.h"
#include "reports/summary/report.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::render {

void write_header(HtmlWriter& html, const summary::Report& report);
/// All hosts as one bar, and what each part of it is.
void write_states(HtmlWriter& html, const summary::Report& report);
/// What differs from the run before. Nothing without a history.
void write_changes(HtmlWriter& html, const summary::Report& report);
/// Failing hosts by subnet, in order of address.
void write_heat_map(HtmlWriter& html, const summary::Report& report);
/// What failing hosts have in common, why, and what to do. Nothing if none fail.
void write_findings(HtmlWriter& html, const summary::Report& report);
/// What hosts found out about themselves. Nothing without records of fleetscan doctor.
void write_doctors(HtmlWriter& html, const summary::Report& report);
void write_classes(HtmlWriter& html, const summary::Report& report);
void write_hosts(HtmlWriter& html, const summary::Report& report);
/// Failing hosts by label, and subnets as a table.
void write_places(HtmlWriter& html, const summary::Report& report);
void write_slowest(HtmlWriter& html, const summary::Report& report);
/// The last runs. Nothing without a history.
void write_trend(HtmlWriter& html, const summary::Report& report);
void write_timeline(HtmlWriter& html, const summary::Report& report);
/// What the fleet runs: software, host keys, what the DNS says of them, and keys that several hosts
/// share.
void write_inventory(HtmlWriter& html, const summary::Report& report);
/// Which clients would lose which hosts. Nothing if no host told what it offers.
void write_outlook(HtmlWriter& html, const summary::Report& report);
void write_health(HtmlWriter& html, const summary::Report& report);

/// The class in page.css that has a state's color.
[[nodiscard]] Markup tone_of(probe::State state);

/// A JSON array of the cells of write_heat_map(), where they are too many for the page: its script
/// draws them. Empty where the page has them.
[[nodiscard]] std::string subnet_cells(const summary::Report& report);

}  // namespace fleetscan::render
