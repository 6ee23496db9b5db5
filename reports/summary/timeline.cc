#include "reports/summary/timeline.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::summary {

Timeline::Interval& Timeline::at(WallTime time) {
  const auto offset = std::max(time - origin_, WallTime::duration(0));
  while (offset / interval_ >= static_cast<std::int64_t>(kMaxIntervals)) {
    interval_ *= 2;
    for (std::size_t i = 0; 2 * i < intervals_.size(); ++i) {
      auto sum = intervals_[2 * i];
      if (2 * i + 1 < intervals_.size()) {
        const auto& next = intervals_[2 * i + 1];
        sum.started += next.started, sum.ended += next.ended;
        sum.failed += next.failed, sum.own_fault += next.own_fault;
      }
      intervals_[i] = sum;
    }
    intervals_.resize((intervals_.size() + 1) / 2);
  }
  const auto index = static_cast<std::size_t>(offset / interval_);
  if (index >= intervals_.size()) intervals_.resize(index + 1);
  return intervals_[index];
}

void Timeline::add(const probe::Attempt& attempt) {
  const auto& seen = attempt.evidence;
  const auto lasted =
      std::chrono::floor<std::chrono::milliseconds>(seen.elapsed.value_or(Micros(0)));
  ++at(seen.started).started;
  auto& end = at(seen.started + lasted);
  ++end.ended;
  const auto state = probe::state_of(attempt.outcome);
  end.failed += state == probe::State::unreachable ? 1 : 0;
  end.own_fault += state == probe::State::unknown ? 1 : 0;
}

}  // namespace fleetscan::summary
