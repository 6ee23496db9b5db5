#pragma once
// Renders the hosts that fail as text, one line each: what `--quiet` and `--verbose` print. No line
// begins with a foreign word.

#include <string>

#include "reports/render/text_page.h"
#include "reports/summary/report.h"

namespace fleetscan::render {

/// "CLASS TARGET" of each failing host that the baseline does not accept, by address.
[[nodiscard]] std::string failing_targets(const summary::Report& report);

/// Class, target, reason and first cause of each host that failed or could not be judged.
[[nodiscard]] std::string failing_hosts(const summary::Report& report, const TerminalStyle& style);

}  // namespace fleetscan::render
