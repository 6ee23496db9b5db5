#include "inventory/formats/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/ascii.h"
#include "base/lines.h"
#include "base/names.h"
#include "inventory/formats/csv.h"
#include "inventory/formats/etc_hosts.h"
#include "inventory/formats/json_hosts.h"
#include "inventory/formats/results.h"

namespace fleetscan::inventory {
namespace {

constexpr Names<Format, 19> kNames{
    {"auto", "hosts", "ansible-ini", "ansible-yaml", "ansible-json", "ssh-config", "known-hosts",
     "csv", "nmap-xml", "nmap-grepable", "masscan-list", "etc-hosts", "genders", "json-hosts",
     "yaml-hosts", "results", "ansible-toml", "router-db", "cluster-groups"}};

constexpr Names<Format, 19> kDescriptions{
    {"what it looks like", "a list of hosts", "Ansible's INI", "Ansible's YAML", "Ansible's JSON",
     "an ssh_config", "a known_hosts file", "CSV", "nmap's XML or masscan's JSON",
     "nmap's grepable output", "masscan's list", "an /etc/hosts", "a genders database",
     "JSON of machines", "YAML of hosts", "an earlier scan's results", "Ansible's TOML",
     "a router.db", "ClusterShell's groups"}};

/// As much as decides: an inventory shows what it is on its first lines.
constexpr std::size_t kLookedAt = 65536;

std::string_view next_line(std::string_view& text) {
  const auto end = text.find('\n');
  auto line = text.substr(0, end);
  text.remove_prefix(end == npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return trimmed(line);
}

bool is_word_byte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.';
}

bool is_section(std::string_view line) {
  const auto close = line.find(']');
  if (!line.starts_with('[') || close == npos || close < 2) return false;
  const auto rest = trimmed(line.substr(close + 1));
  const auto inside = line.substr(1, close - 1);
  const auto group = inside.substr(0, inside.find(':'));
  const auto kind = inside.substr(std::min(group.size(), inside.size()));
  const bool known = kind.empty() || kind == ":hosts" || kind == ":vars" || kind == ":children";
  return (rest.empty() || rest.starts_with('#')) && known && !group.empty() &&
         std::ranges::all_of(group, is_word_byte) && group.find_first_not_of("0123456789-") != npos;
}

/// A bracket with a colon range, web[01:20], or a variable of Ansible's.
bool is_ansible_host(std::string_view line) {
  if (line.find(" ansible_") != npos || line.find("\tansible_") != npos) return true;
  const auto open = line.find('[');
  if (open == npos || open == 0) return false;
  const auto inside = line.substr(open + 1, line.find(']', open) - open - 1);
  return inside.find(':') != npos && line.substr(0, open).find_first_of(" \t#") == npos;
}

bool is_yaml(std::string_view line) {
  if (line == "---" || line.starts_with("--- ") || line.starts_with("%YAML")) return true;
  const auto colon = line.find(':');
  if (colon == npos || colon == 0) return false;
  const auto rest = trimmed(line.substr(colon + 1));
  return std::ranges::all_of(line.substr(0, colon), is_word_byte) &&
         (rest.empty() || rest.starts_with('#') || rest.starts_with('{'));
}

bool is_ssh_keyword(std::string_view line) {
  const auto end = std::min(line.find_first_of(" \t="), line.size());
  const auto word = lower(line.substr(0, end));
  static constexpr std::array<std::string_view, 12> kWords{"host",
                                                           "match",
                                                           "include",
                                                           "hostname",
                                                           "user",
                                                           "identityfile",
                                                           "serveraliveinterval",
                                                           "forwardagent",
                                                           "proxyjump",
                                                           "stricthostkeychecking",
                                                           "userknownhostsfile",
                                                           "addkeystoagent"};
  const auto rest = trimmed(line.substr(end));
  return !rest.empty() && std::ranges::find(kWords, word) != kWords.end();
}

bool is_known_host(std::string_view line) {
  if (line.starts_with("@revoked ") || line.starts_with("@cert-authority ") ||
      line.starts_with("|1|"))
    return true;
  const auto type = line.find_first_of(" \t");
  if (type == npos) return false;
  const auto rest = trimmed(line.substr(type));
  const auto key = rest.find_first_of(" \t");
  return key != npos && trimmed(rest.substr(key)).starts_with("AAAA");
}

std::optional<Format> by_line(std::string_view line) {
  if (is_section(line) || is_ansible_host(line)) return Format::ansible_ini;
  if (is_known_host(line)) return Format::known_hosts;
  if (line.starts_with("Host: ") && line.find('(') != npos) return Format::nmap_grepable;
  if (line.starts_with("open tcp ") || line.starts_with("open udp ")) return Format::masscan_list;
  if (is_etc_hosts_line(line)) return Format::etc_hosts;
  if (is_ssh_keyword(line)) return Format::ssh_config;
  if (is_yaml(line)) return Format::ansible_yaml;
  return std::nullopt;
}

/// masscan's {"ip": ..., "timestamp": ...}, without the bracket of a list
bool is_masscan_record(std::string_view content) {
  const auto line = content.substr(0, content.find('\n'));
  return line.find("\"ip\"") != npos && line.find("\"timestamp\"") != npos;
}

bool has_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](auto word) { return text.find(word) != npos; });
}

/// Of a text that begins as JSON; nothing for an INI's section.
std::optional<Format> by_json(std::string_view content) {
  const bool object = content.starts_with('{');
  const auto next = content.find_first_not_of(" \t\r\n", 1);
  const char second = next == npos ? '\0' : content[next];
  if (!object && (!content.starts_with('[') || (second != '{' && second != '"')))
    return std::nullopt;
  if (object && has_any(content, {"\"_meta\"", "\"hosts\"", "\"children\""}))
    return Format::ansible_json;
  if (is_masscan_record(content)) return Format::nmap_xml;
  if (looks_like_json_hosts(content)) return Format::json_hosts;
  return object ? Format::ansible_json : Format::nmap_xml;
}

/// The first line that says anything is a section: INI, whatever the file's name is.
bool begins_with_section(std::string_view text) {
  while (!text.empty()) {
    const auto line = next_line(text);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    return is_section(line);
  }
  return false;
}

/// ClusterShell's groups.d, and local.yaml and the like below its configuration.
bool is_cluster_shell_path(std::string_view name) {
  return name.find("clustershell/") != npos || name.find("groups.d/") != npos;
}

Format by_name(std::string_view name) {
  for (const std::string_view packed : {".gz", ".zst"})
    if (name.ends_with(packed)) name.remove_suffix(packed.size());
  const auto base = name.substr(name.rfind('/') + 1);
  const auto ends = [&](std::string_view ending) { return base.ends_with(ending); };
  if (ends(".ini")) return Format::ansible_ini;
  if (ends(".yml") || ends(".yaml")) return Format::ansible_yaml;
  if (ends(".json")) return Format::ansible_json;
  if (ends(".xml")) return Format::nmap_xml;
  if (ends(".csv")) return Format::csv;
  if (ends(".toml")) return Format::ansible_toml;
  if (base == "router.db") return Format::router_db;
  if (ends(".gnmap")) return Format::nmap_grepable;
  if (base == "genders") return Format::genders;
  if (base == "roster") return Format::yaml_hosts;
  if (base.starts_with("known_hosts") || base == "ssh_known_hosts") return Format::known_hosts;
  if (base == "ssh_config" || name.ends_with(".ssh/config")) return Format::ssh_config;
  return Format::hosts;
}

}  // namespace

std::optional<Format> parse_format(std::string_view name) { return kNames.find(name); }

std::string format_names() { return fmt::format("{}", fmt::join(kNames.names, ", ")); }

std::string_view described(Format format) { return kDescriptions[format]; }

std::string_view to_string(Format format) { return kNames[format]; }

Format detect_format(std::string_view file_name, std::string_view text) {
  text = without_bom(text).substr(0, kLookedAt);
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == npos) return by_name(file_name);
  const auto content = text.substr(first);
  if (content.starts_with("<?xml") || content.starts_with("<nmaprun") ||
      content.starts_with("<!DOCTYPE nmaprun"))
    return Format::nmap_xml;
  if (looks_like_results(content)) return Format::results;
  if (const auto json = by_json(content)) return *json;
  const auto named = by_name(file_name);
  if (named == Format::ansible_yaml && is_cluster_shell_path(file_name))
    return Format::cluster_groups;
  if (named == Format::ansible_yaml && begins_with_section(content)) return Format::ansible_ini;
  if (named != Format::hosts) return named;
  if (looks_like_csv(content)) return Format::csv;
  for (auto rest = text; !rest.empty();) {
    const auto line = next_line(rest);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (const auto format = by_line(line)) return *format;
  }
  return Format::hosts;
}

}  // namespace fleetscan::inventory
