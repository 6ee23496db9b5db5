#pragma once
// Renders a run as a mail: what `--cron` prints where the gate does not pass.

#include <string>
#include <vector>

#include "reports/summary/report.h"

namespace fleetscan::render {

/// The run in about ten words: "fleetscan fra1: 2 new, 62 since 2026-11-22, 1 host key changed".
/// @param place  what was scanned, or where from; raw
[[nodiscard]] std::string mail_subject(const summary::Report& report, const std::string& place);

/// The subject, an empty line, and the summary, of which nothing is cut.
/// @param files  where the reports went, as absolute paths
[[nodiscard]] std::string mail(const summary::Report& report, const std::string& place,
                               const std::vector<std::string>& files, bool unicode);

}  // namespace fleetscan::render
