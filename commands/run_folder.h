#pragma once
// Manages the folders of the last N runs (`--output DIR --keep N`), with a link to the latest.

#include <cstddef>
#include <string>

#include "base/clock.h"

namespace fleetscan::commands {

inline constexpr const char* kLatest = "latest";

/// DIR/20261120T021500Z-1f2e3d4c: sorted by name is sorted by time.
[[nodiscard]] std::string run_folder(const std::string& directory, WallTime started,
                                     const std::string& run_id);

/// Makes, beside DIR/latest, the link that keep_runs() moves into its place: a confined process can
/// make none. If that fails now, it fails again there.
void prepare_link(const std::string& directory, const std::string& folder);

/// Points DIR/latest at the run in one step, and removes the oldest of the others until `keep` are
/// left, this one included. What is not named like a run, or is being written, is left alone.
/// @throws std::system_error
void keep_runs(const std::string& directory, const std::string& folder, std::size_t keep);

}  // namespace fleetscan::commands
