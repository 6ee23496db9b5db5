#include "scanner/diagnosis/yaml_entries.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace fleetscan::diagnosis {
namespace {

struct Refusal {
  int line;  ///< from 0
  std::string what;
};

[[noreturn]] void refuse_at(const YAML::Mark& mark, std::string_view what) {
  throw Refusal{mark.line, std::string(what)};
}

bool holds(Keys keys, std::string_view key) { return std::ranges::find(keys, key) != keys.end(); }

}  // namespace

void read_yaml(std::string_view file, std::string_view yaml,
               const std::function<void(const YAML::Node& root)>& read) {
  const auto fail = [&](int line, std::string_view what) {
    throw std::invalid_argument(fmt::format("{}:{}: {}", file, line + 1, what));
  };
  try {
    read(YAML::Load(std::string(yaml)));
  } catch (const YAML::Exception& error) {
    fail(error.mark.line, error.msg);
  } catch (const Refusal& refusal) {
    fail(refusal.line, refusal.what);
  }
}

void refuse(const YAML::Node& node, std::string_view what) { refuse_at(node.Mark(), what); }

void check_keys(const YAML::Node& map, Keys required, Keys optional) {
  if (!map.IsMap()) refuse(map, "not a mapping");
  std::vector<std::string> seen;
  for (const auto& item : map) {
    const auto& key = item.first.Scalar();
    if (!holds(required, key) && !holds(optional, key))
      refuse(item.first, fmt::format("unknown key \"{}\"", key));
    if (std::ranges::find(seen, key) != seen.end())
      refuse(item.first, fmt::format("\"{}\" is given twice", key));
    seen.push_back(key);
  }
  for (const auto key : required)
    if (std::ranges::find(seen, key) == seen.end())
      refuse(map, fmt::format("\"{}\" is missing", key));
}

std::string text(const YAML::Node& value) {
  if (!value.IsScalar() || value.Scalar().empty()) refuse(value, "not a text, or empty");
  return value.Scalar();
}

void for_each(const YAML::Node& list, const std::function<void(const YAML::Node& item)>& read) {
  if (!list.IsSequence() || list.size() == 0) refuse(list, "not a list, or empty");
  for (const auto& item : list) read(item);
}

std::vector<std::string> texts(const YAML::Node& list) {
  std::vector<std::string> items;
  for_each(list, [&](const YAML::Node& item) { items.push_back(text(item)); });
  return items;
}

}  // namespace fleetscan::diagnosis
