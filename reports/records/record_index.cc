#include "reports/records/record_index.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <vector>

#include "scanner/probe/outcome.h"

namespace fleetscan::records {

void RecordIndex::add(std::string_view target, const Record& record) {
  rows_.push_back({names_.size(), static_cast<std::uint32_t>(target.size()), record});
  names_ += target;
}

std::string_view RecordIndex::name(const Row& row) const {
  return std::string_view(names_).substr(row.name, row.name_length);
}

void RecordIndex::keep_the_best(const std::vector<std::uint32_t>& run_order) {
  const auto rank = [&](const Row& row) {
    const auto& record = row.record;
    // The digest settles only what a run should not do: two records of one target.
    return std::tuple(record.outcome != probe::Outcome::not_probed, run_order[record.run],
                      record.digest);
  };
  std::ranges::sort(rows_, [&](const Row& a, const Row& b) {
    const int order = name(a).compare(name(b));
    return order != 0 ? order < 0 : rank(a) > rank(b);
  });
  const auto same = [&](const Row& a, const Row& b) { return name(a) == name(b); };
  rows_.erase(std::unique(rows_.begin(), rows_.end(), same), rows_.end());
}

}  // namespace fleetscan::records
