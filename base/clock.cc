#include "base/clock.h"

#include <chrono>

namespace fleetscan {

TimePoint steady_now() { return TimePoint::clock::now(); }

WallTime wall_now() {
  return std::chrono::floor<WallTime::duration>(std::chrono::system_clock::now());
}

}  // namespace fleetscan
