#pragma once
// The filters and methods of Jinja and Ansible that inventories apply to names and addresses.

#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fleetscan::inventory {

/// `value | name(arguments)` or `value.name(arguments)`: int, string, trim, lower, upper, replace,
/// split, first, last, join, mandatory, and ipaddr and its relatives without an argument or with
/// 'address'. Nothing if the filter is not known here, or does not fit the value.
[[nodiscard]] std::optional<nlohmann::json> ansible_filtered(
    const nlohmann::json& value, std::string_view name, std::span<const nlohmann::json> arguments);

/// How a template prints a text or a number; nothing for what else there is.
[[nodiscard]] std::optional<std::string> ansible_text(const nlohmann::json& value);

}  // namespace fleetscan::inventory
