#include "reports/summary/bounded_tally.h"

#include <iterator>
#include <string>
#include <string_view>

#include "base/drawn.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::summary {

void BoundedTally::add(std::string_view name, probe::Outcome outcome) {
  if (const auto found = entries_.find(name); found != entries_.end())
    return found->second.add(outcome);
  const auto ticket = draw(name);
  if (entries_.size() == limit_) {
    full_ = true;
    const auto last = std::prev(drawn_.end());
    if (ticket >= last->first) return;
    entries_.erase(last->second);
    drawn_.erase(last);
  }
  if (drawn_.emplace(ticket, name).second) entries_[std::string(name)].add(outcome);
}

}  // namespace fleetscan::summary
