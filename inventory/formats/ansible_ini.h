#pragma once
// Ansible's INI inventories, as ansible-core 2.14 reads them.
//
//   web[01:20].example.net:2222 rack=a1
//   [prod:children]
//   web
//   [web:vars]
//   ansible_port=2222

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/input_error.h"
#include "inventory/formats/ansible_groups.h"

namespace fleetscan::inventory {

/// Adds what `text` says to `groups`; groups of earlier texts may be referred to.
/// @param name, source  what errors, and hosts, call this text
/// @param most_hosts  how many hosts `groups` may come to hold
void parse_ansible_ini(std::string_view text, const std::string& name, std::uint16_t source,
                       std::size_t most_hosts, AnsibleGroups& groups, InputErrors& errors);

}  // namespace fleetscan::inventory
