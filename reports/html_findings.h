#pragma once
// The findings that head report.html: what failing hosts have in common, why, and what to do.

#include "reports/html_writer.h"
#include "reports/report.h"

namespace fleetscan {

void write_findings(HtmlWriter& html, const Report& report);

}  // namespace fleetscan
