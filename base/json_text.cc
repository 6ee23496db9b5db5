#include "base/json_text.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/input_error.h"
#include "base/lines.h"

namespace fleetscan {
namespace {

constexpr int kMaxDepth = 200;

InputError error_at(std::string_view text, std::size_t offset, const std::string& source,
                    std::string remedy) {
  const auto before = text.substr(0, std::min(offset, text.size()));
  const auto lines = std::ranges::count(before, '\n');
  const auto line_start = before.rfind('\n') + 1;
  return {source, static_cast<std::uint32_t>(lines + 1),
          static_cast<std::uint32_t>(before.size() - line_start + 1), "", std::move(remedy)};
}

/// Where brackets nest deeper than kMaxDepth; nothing if they do not.
std::optional<std::size_t> too_deep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxDepth) return i;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<nlohmann::json> parse_json(std::string_view text, const std::string& source,
                                         InputErrors& errors) {
  text = without_bom(text);
  if (const auto offset = too_deep(text)) {
    errors.add(error_at(text, *offset, source, "nested deeper than 200 levels"));
    return std::nullopt;
  }
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    const auto offset = error.byte > 0 ? error.byte - 1 : 0;
    errors.add(error_at(text, offset, source, "not valid JSON from here on"));
  } catch (const nlohmann::json::out_of_range&) {
    errors.add({source, 0, 0, "", "a number is too large for JSON readers"});
  }
  return std::nullopt;
}

const nlohmann::json* member(const nlohmann::json& value, const std::string& name) {
  const auto* object = value.get_ptr<const nlohmann::json::object_t*>();
  if (!object) return nullptr;
  const auto found = object->find(name);
  return found == object->end() ? nullptr : &found->second;
}

std::optional<std::string> scalar_text(const nlohmann::json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  return std::nullopt;
}

}  // namespace fleetscan
