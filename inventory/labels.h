#pragma once
// Writes, merges and compares labels.

#include <optional>
#include <string_view>

#include "inventory/target.h"

namespace fleetscan::inventory {

/// Both sets in one. A key with two values gets both, sorted, joined by commas, each once:
/// {"group": "web"} and {"group": "fra,web"} make {"group": "fra,web"}.
[[nodiscard]] Labels united(const Labels& a, const Labels& b);

/// Adds `value` to the values of `key`, as united() does.
void add_label(Labels& labels, std::string_view key, std::string_view value);

/// Whether `value` is one of the comma-joined values of `key`.
[[nodiscard]] bool has_label(const Labels& labels, std::string_view key, std::string_view value);

/// Splits "key=value". Nothing unless the key is 1 to 64 letters, digits, '_', '-', '.', '/' or
/// ':', and the value at most 1024 bytes without control bytes.
struct LabelText {
  std::string_view key, value;
};
[[nodiscard]] std::optional<LabelText> parse_label(std::string_view text);

}  // namespace fleetscan::inventory
