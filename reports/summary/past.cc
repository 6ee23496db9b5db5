#include "reports/summary/past.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "scanner/diagnosis/diagnosis.h"

namespace fleetscan::summary {

diagnosis::Earlier Past::earlier(const std::string& target) const {
  const auto course = courses.find(target);
  if (course == courses.end() || course->second.empty()) return {};
  const auto nights = std::string_view(course->second).substr(0, course->second.size() - 1);
  const auto reached = static_cast<std::uint64_t>(std::ranges::count(nights, kUp));
  const auto failed = static_cast<std::uint64_t>(std::ranges::count(nights, kDown));
  return {.runs = reached + failed, .reached = reached};
}

}  // namespace fleetscan::summary
