#include "reports/summary/vantage_words.h"

#include <string>

#include "base/numbers.h"
#include "reports/summary/summary.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::summary {

std::string reached_from(const probe::VantageEnd& vantage, const Summary& summary) {
  const auto& seen = summary.vantages.entries();
  const auto found = seen.find(vantage.vantage);
  if (found == seen.end() || vantage.judged == 0) return {};
  const auto& tally = found->second;
  return grouped(tally.in(probe::State::reachable) + tally.in(probe::State::degraded)) + " of " +
         counted(vantage.judged, "host") + " reached";
}

}  // namespace fleetscan::summary
