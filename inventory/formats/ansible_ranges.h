#pragma once
// How Ansible writes several hosts as one word, and a host's port.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleetscan::inventory {

/// The hosts of a pattern with Ansible's ranges, db[01:10:3]-[a:c]; `limit` bounds how many.
/// @return what is wrong, or null
[[nodiscard]] const char* expand_ansible_ranges(std::string_view pattern, std::size_t limit,
                                                std::vector<std::string>& hosts);

/// Splits "host:port" as Ansible does: a port follows a name, an IPv4 address, or a bracket that
/// is the whole host.
struct AnsibleHost {
  std::string_view host;
  std::optional<std::uint16_t> port = {};
  bool bad_port = false;
};
[[nodiscard]] AnsibleHost split_ansible_port(std::string_view pattern);

}  // namespace fleetscan::inventory
