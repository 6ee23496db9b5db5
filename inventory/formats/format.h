#pragma once
// The formats of inventories, and how they are told apart.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fleetscan::inventory {

enum class Format : std::uint8_t {
  automatic,
  hosts,
  ansible_ini,
  ansible_yaml,
  ansible_json,
  ssh_config,
  known_hosts,
  csv,
  nmap_xml,  ///< also masscan's JSON
  nmap_grepable,
  masscan_list,
  etc_hosts,
  genders,
  json_hosts,
  yaml_hosts,
  results,  ///< results.jsonl of an earlier scan
  ansible_toml,
  router_db,
  cluster_groups,
};

/// The format of that name, as --format takes it: "auto", "ansible-ini"; nothing if unknown.
[[nodiscard]] std::optional<Format> parse_format(std::string_view name);
[[nodiscard]] std::string_view to_string(Format format);
/// In words: "a list of hosts", "Ansible's INI".
[[nodiscard]] std::string_view described(Format format);
/// "auto, hosts, ansible-ini, ..."
[[nodiscard]] std::string format_names();

/// What `text` looks like. Its content decides; the name of its file where that leaves it open.
/// Never `automatic`: what looks like nothing else is hosts.txt.
[[nodiscard]] Format detect_format(std::string_view file_name, std::string_view text);

}  // namespace fleetscan::inventory
