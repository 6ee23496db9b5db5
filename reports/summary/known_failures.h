#pragma once
// KnownFailures counts the failures of a run that its baseline accepts, in the
// same ways as all failures.

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>

#include "reports/records/result_lines.h"
#include "reports/summary/bounded_tally.h"
#include "reports/summary/subnet_tree.h"
#include "scanner/probe/result.h"

namespace fleetscan::summary {

struct KnownFailures {
  /// @param why  "accepted by the baseline since 2026-11-20: INC-4711"; raw
  void add(const probe::HostResult& result, std::string why = {}) {
    total.add(result.outcome);
    targets.insert_or_assign(result.target.name(), std::move(why));
    if (const auto address = records::address_of(result)) subnets.add(*address, result.outcome);
    if (result.target.labels)
      for (const auto& [key, value] : *result.target.labels)
        labels.add(key + '=' + value, result.outcome);
  }

  Tally total;
  SubnetTree subnets;
  BoundedTally labels{kMaxLabels};
  /// Why each is accepted; as many as the baseline has entries, at most.
  std::unordered_map<std::string, std::string> targets;
  std::uint64_t expired = 0;  ///< failing hosts whose entry is out of date
};

}  // namespace fleetscan::summary
