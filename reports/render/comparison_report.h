#pragma once
// Renders a comparison of runs for a terminal, for programs and for a browser.

#include <string>

#include "reports/summary/comparison.h"

namespace fleetscan::render {

[[nodiscard]] std::string comparison_text(const summary::Comparison& comparison);
/// One JSON document, schema "fleetscan.comparison/1".
[[nodiscard]] std::string comparison_json(const summary::Comparison& comparison);
/// One page without a script.
[[nodiscard]] std::string comparison_html(const summary::Comparison& comparison);

}  // namespace fleetscan::render
