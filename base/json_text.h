#pragma once
// Parses an untrusted JSON document, and says where it is wrong.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/input_error.h"

namespace fleetscan {

/// Nothing, and an error with line and column, if the text is no JSON or nested deeper than 200.
[[nodiscard]] std::optional<nlohmann::json> parse_json(std::string_view text,
                                                       const std::string& source,
                                                       InputErrors& errors);

/// The member of that name; null if there is none, or `value` is no object.
[[nodiscard]] const nlohmann::json* member(const nlohmann::json& value, const std::string& name);

/// A string as it is, a number or truth value as JSON writes it; nothing for the rest.
[[nodiscard]] std::optional<std::string> scalar_text(const nlohmann::json& value);

}  // namespace fleetscan
