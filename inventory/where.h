#pragma once
// Where: a condition on one label: "site=fra", "site!=fra", "rack=a*".

#include <optional>
#include <string>
#include <string_view>

#include "inventory/target.h"

namespace fleetscan::inventory {

struct Where {
  std::string key;
  std::string pattern;  ///< a shell pattern
  bool equal = true;

  /// Nothing if the text has no key or no '='.
  [[nodiscard]] static std::optional<Where> parse(std::string_view text);

  /// Whether one of the label's comma-joined values matches; without the label, none does.
  [[nodiscard]] bool holds(const Labels& labels) const;
};

}  // namespace fleetscan::inventory
