#pragma once
// The trend section of report.html: how a run differs from the ones before it.

#include "reports/render/html/html_writer.h"
#include "reports/summary/report.h"

namespace fleetscan::render {

/// Nothing without a history.
void write_trend(HtmlWriter& html, const summary::Report& report);

}  // namespace fleetscan::render
