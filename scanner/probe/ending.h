#pragma once
// Why a scan ends before all is probed, in the words of notes and reports.

#include <string_view>

namespace fleetscan::probe {

inline constexpr std::string_view kInterrupted = "interrupted by Ctrl-C";
inline constexpr std::string_view kTerminated = "stopped by SIGTERM";
inline constexpr std::string_view kDeadlinePassed = "the deadline passed";

}  // namespace fleetscan::probe
