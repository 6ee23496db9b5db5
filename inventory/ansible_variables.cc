#include "inventory/ansible_variables.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/input_error.h"
#include "base/text_file.h"
#include "inventory/ansible_settings.h"
#include "inventory/ansible_variable_files.h"
#include "inventory/formats/ansible_groups.h"
#include "inventory/formats/ansible_yaml.h"

namespace fleetscan::inventory {

std::vector<AnsibleVariableFile> AnsibleVariables::find(const std::vector<std::string>& folders) {
  std::vector<AnsibleVariableFile> files;
  for (auto folder = folders.begin(); folder != folders.end(); ++folder) {
    if (std::find(folders.begin(), folder, *folder) != folder) continue;
    InputErrors found;
    auto more = ansible_variable_files(*folder, found);
    std::ranges::move(more, std::back_inserter(files));
    if (strict_) errors_.add(found);
    for (const auto& error : found.kept())
      if (!strict_) note_once(error.to_string());
  }
  return files;
}

void AnsibleVariables::add_settings(const std::string& inventory, AnsibleGroups& groups) {
  const auto path = ansible_settings_file(inventory);
  if (path.empty()) return;
  const auto text = read_text(path, "an ansible.cfg");
  if (std::holds_alternative<InputError>(text)) return;
  std::string names;
  for (const auto& [variable, value] : parse_ansible_settings(std::get<std::string>(text))) {
    groups.set_group_variable(groups.add_group("all"), variable, value);
    names += (names.empty() ? "" : ", ") + variable;
  }
  if (!names.empty()) note_once(excerpt(path) + " is read, too: it sets " + names);
}

void AnsibleVariables::add(const AnsibleVariableFile& file, AnsibleGroups& groups) {
  const auto id = file.of_host ? groups.find_host(file.name) : groups.find_group(file.name);
  if (!id) return;
  if (file.text.starts_with("$ANSIBLE_VAULT")) {
    notes_.push_back(excerpt(file.path) + " is vaulted: what it says is not known here");
    return file.of_host ? groups.set_host_vaulted(*id) : groups.set_group_vaulted(*id);
  }
  InputErrors found;
  parse_ansible_variables(
      file.text, file.path, [&](std::string_view name) { return groups.keeps(name); },
      [&](const std::string& name, nlohmann::json value) {
        if (file.of_host)
          groups.set_host_variable(*id, name, std::move(value));
        else
          groups.set_group_file_variable(*id, name, std::move(value));
      },
      found);
  if (!found.empty()) add_unreadable(file, found.kept().front(), *id, groups);
}

// If it may say how to connect, its hosts are not known.
void AnsibleVariables::add_unreadable(const AnsibleVariableFile& file, const InputError& error,
                                      AnsibleGroups::Id id, AnsibleGroups& groups) {
  if (strict_) return errors_.add(error);
  notes_.push_back(error.to_string() + "; what it says is not known here");
  if (file.text.find("ansible_") == std::string::npos) return;
  auto why = "its variables cannot be read: " + excerpt(file.path);
  if (file.of_host)
    groups.set_host_unreadable(id, std::move(why));
  else
    groups.set_group_unreadable(id, std::move(why));
}

void AnsibleVariables::note_once(std::string text) {
  if (std::ranges::find(notes_, text) == notes_.end()) notes_.push_back(std::move(text));
}

}  // namespace fleetscan::inventory
