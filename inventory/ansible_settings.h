#pragma once
// What an ansible.cfg says of how Ansible connects to every host.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fleetscan::inventory {

/// Inventory variables that have the effect of the settings, in the order of the file:
/// remote_port as ansible_port; ssh_args, ssh_common_args and ssh_extra_args as ansible_ssh_args
/// and so on. Any inventory's own variables are stronger.
using AnsibleSettings = std::vector<std::pair<std::string, std::string>>;

/// @param text  of an ansible.cfg, which Python's configparser reads: keys in any case, values that
///              go on in indented lines, comments behind " ;"
[[nodiscard]] AnsibleSettings parse_ansible_settings(std::string_view text);

/// Where Ansible finds its configuration when it is started here, in the folder of the inventory,
/// or in one of the two above that; empty if nowhere.
/// @param inventory  a path, or "-", which has no folder
[[nodiscard]] std::string ansible_settings_file(const std::string& inventory);

}  // namespace fleetscan::inventory
