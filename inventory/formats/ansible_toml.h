#pragma once
// Reads Ansible's inventories in TOML: [web.hosts], [web.vars], children = ["db"].

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/input_error.h"
#include "inventory/formats/ansible_groups.h"

namespace fleetscan::inventory {

/// Adds what `text` says to `groups`.
/// @param most_hosts  how many hosts `groups` may come to hold
void parse_ansible_toml(std::string_view text, const std::string& name, std::uint16_t source,
                        std::size_t most_hosts, AnsibleGroups& groups, InputErrors& errors);

}  // namespace fleetscan::inventory
