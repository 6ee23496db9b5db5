#pragma once
// report.html: one self-contained page for people.

#include <string>

#include "reports/summary/report.h"

namespace fleetscan::render {

/// Everything but the table of all hosts is in the page as plain HTML and reads without its script,
/// without its style sheet, and on paper. The page makes no request of any kind; its content
/// security policy lets run only the one script and the one style sheet that were built into this
/// program.
[[nodiscard]] std::string html_report(const summary::Report& report);

}  // namespace fleetscan::render
