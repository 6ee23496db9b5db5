#pragma once
// The clock that waits and deadlines are measured on.

#include <chrono>

namespace fleetscan {

using TimePoint = std::chrono::steady_clock::time_point;

}  // namespace fleetscan
