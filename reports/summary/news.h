#pragma once
// News tells what a reader of the last report does not know yet: failures that neither the run
// before saw nor the baseline accepts.

#include <algorithm>
#include <string>

#include "reports/summary/known_failures.h"
#include "reports/summary/past.h"

namespace fleetscan::summary {

class News {
 public:
  /// Both may be null, and must outlive this.
  News(const Past* past = nullptr, const KnownFailures* known = nullptr)
      : past_(past && !past->first ? past : nullptr), known_(known) {}

  /// Whether there is anything to compare a run with.
  [[nodiscard]] bool compares() const { return past_ || known_; }
  /// The runs before; null without a history, and in its first run.
  [[nodiscard]] const Past* past() const { return past_; }

  [[nodiscard]] bool accepted(const std::string& target) const {
    return known_ && known_->targets.contains(target);
  }
  /// REQUIRES: the target fails
  [[nodiscard]] bool fresh(const std::string& target) const {
    if (!compares() || accepted(target)) return false;
    return !past_ || std::binary_search(past_->fresh.begin(), past_->fresh.end(), target);
  }

 private:
  const Past* past_;
  const KnownFailures* known_;
};

}  // namespace fleetscan::summary
