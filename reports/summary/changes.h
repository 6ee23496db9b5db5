#pragma once
// Changes: all ways in which a run differs from what is known, in the order in which they are told.

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "reports/summary/past.h"

namespace fleetscan::summary {

struct Change {
  std::string_view key;                   ///< for programs: "key_changed"
  std::string_view words;                 ///< for people: "host key changed"
  const std::vector<std::string>* names;  ///< targets; subnets of those that have gone dark
};

/// What a newly failing target is called where there is a baseline, and no earlier run.
inline constexpr std::string_view kNotInBaseline = "not in the baseline";

/// @param fresh  the targets that count as newly failing: what a baseline accepts may be left out
[[nodiscard]] std::array<Change, 8> changes(const Past& past,
                                            const std::vector<std::string>& fresh);

}  // namespace fleetscan::summary
