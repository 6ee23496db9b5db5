#include "inventory/ansible_settings.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/lines.h"
#include "base/text_file.h"

namespace fleetscan::inventory {
namespace {

constexpr std::string_view kFile = "ansible.cfg";

struct Setting {
  std::string_view section, key, variable;
};
constexpr std::array<Setting, 4> kSettings{{
    {"defaults", "remote_port", "ansible_port"},
    {"ssh_connection", "ssh_args", "ansible_ssh_args"},
    {"ssh_connection", "ssh_common_args", "ansible_ssh_common_args"},
    {"ssh_connection", "ssh_extra_args", "ansible_ssh_extra_args"},
}};

std::string_view without_comment(std::string_view value) {
  for (const std::string_view mark : {" ;", "\t;"}) value = value.substr(0, value.find(mark));
  return trimmed(value);
}

std::string_view unquoted(std::string_view value) {
  const bool quoted = value.size() > 1 && (value.front() == '"' || value.front() == '\'') &&
                      value.back() == value.front();
  return quoted ? value.substr(1, value.size() - 2) : value;
}

std::string_view variable_of(std::string_view section, std::string_view key) {
  const auto found = std::ranges::find_if(kSettings, [&](const Setting& setting) {
    return setting.section == section && setting.key == key;
  });
  return found == kSettings.end() ? std::string_view{} : found->variable;
}

}  // namespace

AnsibleSettings parse_ansible_settings(std::string_view text) {
  AnsibleSettings settings;
  std::string_view section;
  bool goes_on = false;  // an indented line belongs to the last setting
  for_each_line(text, [&](std::string_view whole, std::uint32_t) {
    const auto line = trimmed(whole);
    if (line.empty() || line.front() == '#' || line.front() == ';') return;
    if (whole.front() == ' ' || whole.front() == '\t') {
      if (goes_on) settings.back().second.append(" ").append(without_comment(line));
      return;
    }
    goes_on = false;
    if (line.front() == '[') {
      section = line.substr(1, line.find(']') - 1);
      return;
    }
    const auto end = line.find_first_of("=:");
    if (end == npos) return;
    const auto variable = variable_of(section, lower(trimmed(line.substr(0, end))));
    if (variable.empty()) return;
    settings.emplace_back(variable, without_comment(line.substr(end + 1)));
    goes_on = true;
  });
  for (auto& [variable, value] : settings) value = std::string{unquoted(value)};
  std::erase_if(settings, [](const auto& setting) { return setting.second.empty(); });
  return settings;
}

std::string ansible_settings_file(const std::string& inventory) {
  const auto is_file = [](const std::string& path) { return kind_of_path(path) == PathKind::file; };
  if (is_file(std::string{kFile})) return std::string{kFile};
  if (inventory == "-") return "";
  const auto folder = inventory.substr(0, inventory.rfind('/') + 1);
  for (const auto* above : {"", "../", "../../"})
    if (auto path = folder + above + std::string{kFile}; is_file(path)) return path;
  return "";
}

}  // namespace fleetscan::inventory
