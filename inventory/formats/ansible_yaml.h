#pragma once
// Ansible's YAML inventories, as ansible-core 2.14 reads them.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/input_error.h"
#include "inventory/formats/ansible_groups.h"

namespace fleetscan::inventory {

/// Adds what `text` says to `groups`.
/// @param most_hosts  how many hosts `groups` may come to hold
void parse_ansible_yaml(std::string_view text, const std::string& name, std::uint16_t source,
                        std::size_t most_hosts, AnsibleGroups& groups, InputErrors& errors);

/// Hands over the variables of a file of group_vars or host_vars, as templates know them, but for
/// those that are not wanted. One that is vaulted has the vault's text as its value.
void parse_ansible_variables(
    std::string_view text, const std::string& name,
    const std::function<bool(std::string_view name)>& wanted,
    const std::function<void(const std::string& name, nlohmann::json value)>& visit,
    InputErrors& errors);

}  // namespace fleetscan::inventory
