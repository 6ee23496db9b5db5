#pragma once
// Renders what GitHub Actions shows: the step's summary in Markdown, and annotations.

#include <cstddef>
#include <string>

#include "reports/summary/report.h"

namespace fleetscan::render {

/// GitHub drops a summary of more than 1024 KiB as a whole; half of that leaves room for other
/// steps.
inline constexpr std::size_t kMaxGithubSummaryBytes = 512 * 1024;
inline constexpr std::size_t kMaxGithubRows = 500;
/// GitHub shows ten of a kind per step.
inline constexpr std::size_t kMaxGithubAnnotations = 10;

[[nodiscard]] std::string github_summary(const summary::Report& report);

/// Workflow commands for standard output, a line each: one for each finding.
[[nodiscard]] std::string github_annotations(const summary::Report& report);

}  // namespace fleetscan::render
