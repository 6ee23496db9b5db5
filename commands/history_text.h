#pragma once
// What `fleetscan history` prints: runs, what one of them changed, and the course of one host.

#include <string>
#include <vector>

#include "reports/history/history.h"
#include "reports/render/text_page.h"
#include "reports/summary/past.h"

namespace fleetscan::commands {

/// A table of runs, a line each; its heading is for people, and would be a line too many for
/// programs.
[[nodiscard]] std::string runs_text(const std::vector<history::RecordedRun>& runs, bool heading);
/// The same with the share of failing hosts as a bar.
[[nodiscard]] std::string trend_text(const std::vector<history::RecordedRun>& runs, bool heading);
[[nodiscard]] std::string runs_json(const std::vector<history::RecordedRun>& runs);

/// One run, and what was different from the run before it.
/// @param latest  no later run of its vantage is complete: who fails then fails now
[[nodiscard]] std::string changes_text(const history::RecordedRun& run, const summary::Past& past,
                                       bool latest, const render::TerminalStyle& style);
[[nodiscard]] std::string changes_json(const history::RecordedRun& run, const summary::Past& past);

/// Since when the host is what it is, then all that it was.
[[nodiscard]] std::string host_text(const std::string& target, const history::HostHistory& host);
[[nodiscard]] std::string host_json(const std::string& target, const history::HostHistory& host);

}  // namespace fleetscan::commands
