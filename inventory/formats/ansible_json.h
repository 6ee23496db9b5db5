#pragma once
// Reads what `ansible-inventory --list` and Ansible's inventory scripts print.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/input_error.h"
#include "inventory/formats/ansible_groups.h"

namespace fleetscan::inventory {

/// Adds what `text` says to `groups`. Hosts come from the groups' lists and from _meta.hostvars:
/// those without variables are only in the former.
void parse_ansible_json(std::string_view text, const std::string& name, std::uint16_t source,
                        AnsibleGroups& groups, InputErrors& errors);

/// Whether it is the structure of Ansible's YAML inventories, only written as JSON: the hosts or
/// children of a group are an object. False for what is no JSON.
[[nodiscard]] bool is_yaml_structure(std::string_view text);

}  // namespace fleetscan::inventory
