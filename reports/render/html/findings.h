#pragma once
// The findings that head report.html: what failing hosts have in common, why, and what to do.

#include "reports/render/html/html_writer.h"
#include "reports/summary/report.h"

namespace fleetscan::render {

void write_findings(HtmlWriter& html, const summary::Report& report);

}  // namespace fleetscan::render
