#include "inventory/where.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/glob.h"
#include "inventory/target.h"

namespace fleetscan::inventory {

std::optional<Where> Where::parse(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const bool negated = equals > 0 && text[equals - 1] == '!';
  const auto key = text.substr(0, equals - (negated ? 1 : 0));
  if (key.empty()) return std::nullopt;
  return Where{std::string{key}, std::string{text.substr(equals + 1)}, !negated};
}

bool Where::holds(const Labels& labels) const {
  const auto found = labels.find(key);
  bool matched = false;
  if (found != labels.end()) {
    std::string_view values = found->second;
    matched = matches_glob(values, pattern);
    while (!matched && !values.empty()) {
      const auto comma = std::min(values.find(','), values.size());
      matched = matches_glob(values.substr(0, comma), pattern);
      values.remove_prefix(std::min(comma + 1, values.size()));
    }
  }
  return matched == equal;
}

}  // namespace fleetscan::inventory
