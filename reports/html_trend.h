#pragma once
// How a run differs from the ones before it, for report.html.

#include "reports/html_writer.h"
#include "reports/report.h"

namespace fleetscan {

/// Nothing without a history.
void write_trend(HtmlWriter& html, const Report& report);

}  // namespace fleetscan
