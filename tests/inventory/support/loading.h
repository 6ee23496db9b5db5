#pragma once
// Loads an inventory from texts and shows it as lines, so that cases are rows.

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "inventory/inventory.h"
#include "tests/inventory/support/temporary_files.h"

/// Lines are shown one below the other.
template <>
struct doctest::StringMaker<std::vector<std::string>> {
  static doctest::String convert(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) text += "\n  " + line;
    return text.c_str();
  }
};

namespace fleetscan::test {

using Lines = std::vector<std::string>;

/// "web01:22 10.0.0.1 group=web (why skipped) by gate": where it connects if that is not its name;
/// by which jump hosts.
inline std::string line_of(const inventory::Target& target) {
  auto line = target.name();
  if (target.address && target.address->to_string() != target.host)
    line += ' ' + target.address->to_string();
  if (!target.lookup.empty()) line += ' ' + target.lookup;
  if (target.family) line += *target.family == Family::v4 ? " v4" : " v6";
  if (target.labels)
    for (const auto& [key, value] : *target.labels) line += ' ' + key + '=' + value;
  if (!target.skip_reason.empty()) line += " (" + target.skip_reason + ')';
  if (!target.jumps.empty()) line += " by " + target.jumps;
  return line;
}

/// A line for each target in the inventory's order; or for each error.
inline Lines lines_of(const inventory::LoadedInventory& loaded) {
  Lines lines;
  const auto& [inventory, errors, notes] = loaded;
  for (const auto& error : errors.kept()) lines.push_back(error.to_string());
  const bool has_inventory = inventory != nullptr;
  CHECK(has_inventory == errors.empty());
  if (!inventory) return lines;
  const auto list = inventory->list();
  while (const auto target = list->next()) lines.push_back(line_of(*target));
  CHECK(lines.size() == inventory->size());
  return lines;
}

/// Of one text in that format, all of which must be good. Errors call the file "f".
inline Lines load_text(inventory::Format format, std::string_view text,
                       inventory::InventoryOptions options = {}) {
  TemporaryFiles files;
  options.targets = {files.write("f", text)};
  options.format = format;
  options.strict = true;
  auto lines = lines_of(inventory::load_inventory(options));
  const auto folder = files.path() + '/';
  for (auto& line : lines)
    for (auto at = line.find(folder); at != std::string::npos; at = line.find(folder))
      line.erase(at, folder.size());
  return lines;
}

/// The only error that the text has; fails the test if there is not exactly one.
inline std::string error_in(inventory::Format format, std::string_view text) {
  const auto lines = load_text(format, text);
  REQUIRE(lines.size() == 1);
  return lines.front();
}

}  // namespace fleetscan::test
