#pragma once
// The units and clocks in which the project measures time.

#include <chrono>

namespace fleetscan {

using Micros = std::chrono::microseconds;
using TimePoint = std::chrono::steady_clock::time_point;  ///< what waits and deadlines are on
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

[[nodiscard]] TimePoint steady_now();
[[nodiscard]] WallTime wall_now();

}  // namespace fleetscan
