// Everything that names targets or says how to scan them.

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/escape.h"
#include "base/lines.h"
#include "base/secrets.h"
#include "commands/command_line.h"
#include "commands/configuration.h"
#include "inventory/ansible_settings.h"
#include "inventory/authorities.h"
#include "inventory/expression.h"
#include "inventory/formats/ansible_ini.h"
#include "inventory/formats/ansible_json.h"
#include "inventory/formats/ansible_template.h"
#include "inventory/formats/ansible_toml.h"
#include "inventory/formats/ansible_yaml.h"
#include "inventory/formats/cluster_groups.h"
#include "inventory/formats/csv.h"
#include "inventory/formats/etc_hosts.h"
#include "inventory/formats/format.h"
#include "inventory/formats/genders.h"
#include "inventory/formats/hosts_file.h"
#include "inventory/formats/json_hosts.h"
#include "inventory/formats/known_hosts_targets.h"
#include "inventory/formats/nmap_xml.h"
#include "inventory/formats/port_scan_lines.h"
#include "inventory/formats/router_db.h"
#include "inventory/formats/ssh_config.h"
#include "inventory/formats/yaml_hosts.h"
#include "inventory/known_hosts.h"
#include "inventory/limit.h"
#include "inventory/subnet_map.h"
#include "tests/fuzz/targets.h"

namespace fleetscan::fuzz {
namespace {

const inventory::EntrySink kIgnored = [](const inventory::Entry&) {};

void hand_over(const inventory::AnsibleGroups& groups) {
  groups.for_each([](const inventory::Entry&, std::uint16_t) {},
                  [](const inventory::AnsiblePlace&, std::string_view, std::string_view,
                     const std::string&) {});
  groups.for_each_group([](const std::string&, const auto&) {});
}

}  // namespace

void expression(std::string_view text) {
  const auto parsed = inventory::Expression::parse(text);
  const auto* expression = std::get_if<inventory::Expression>(&parsed);
  constexpr std::uint64_t kFew = 10000;
  if (!expression || expression->pieces() > kFew) return;
  std::uint64_t calls = 0;
  expression->for_each(
      [&](const inventory::AddressRange& range) {
        require(range.first <= range.last, "a range ascends");
        ++calls;
      },
      [&](std::string_view) { ++calls; });
  require(calls > 0 && calls <= expression->pieces(), "pieces are counted");
}

void hosts_file(std::string_view text) {
  InputErrors errors;
  inventory::parse_hosts_file(
      text, "f", [](const inventory::Entry& entry) { expression(entry.host); }, errors);
  static_cast<void>(inventory::detect_format("f", text));
}

void ansible_ini(std::string_view text) {
  inventory::AnsibleGroups groups({"rack"});
  InputErrors errors;
  groups.keep_templated(text);
  inventory::parse_ansible_ini(text, "f", 0, 1000, groups, errors);
  hand_over(groups);
}

void ansible_yaml(std::string_view text) {
  inventory::AnsibleGroups groups({"rack"});
  InputErrors errors;
  groups.keep_templated(text);
  inventory::parse_ansible_yaml(text, "f", 0, 1000, groups, errors);
  hand_over(groups);
}

void ansible_json(std::string_view text) {
  inventory::AnsibleGroups groups({"rack"});
  InputErrors errors;
  inventory::parse_ansible_json(text, "f", 0, groups, errors);
  hand_over(groups);
}

void ansible_settings(std::string_view text) {
  for (const auto& [variable, value] : inventory::parse_ansible_settings(text)) {
    require(variable.starts_with("ansible_"), "a setting is a variable of Ansible's");
    require(!value.empty() && value.find('\n') == std::string::npos, "its value is one line");
  }
}

void ssh_config(std::string_view text) {
  InputErrors errors;
  std::vector<std::string> notes;
  const auto no_files = [](const std::string&) { return std::vector<inventory::SshConfigFile>{}; };
  inventory::parse_ssh_config({"f", std::string{text}}, no_files, {"user"}, kIgnored, errors,
                              notes);
}

void known_hosts(std::string_view text) {
  InputErrors errors;
  inventory::KnownHosts known;
  known.add(text, "f", errors);
  static_cast<void>(known.check("web", "10.0.0.1", 2222, "ssh-ed25519", "SHA256:x"));
  inventory::known_hosts_targets(text, "f", kIgnored, errors);
}

void authorities(std::string_view text) {
  InputErrors errors;
  for (const auto& fingerprint : inventory::read_authorities(text, "f", errors))
    require(fingerprint.starts_with("SHA256:"), "an authority is a fingerprint");
}

void configuration(std::string_view text) try {
  const auto layer = commands::parse_config(std::string{text}, "c.toml");
  static_cast<void>(commands::parse_options({"web"}, {layer}));
} catch (const std::runtime_error&) {  // which says what is wrong with the file
}

void csv(std::string_view text) {
  InputErrors errors;
  inventory::parse_csv(text, "f", kIgnored, errors);
}

void nmap_xml(std::string_view text) {
  InputErrors errors;
  inventory::parse_nmap_xml(text, "f", 22, kIgnored, errors);
}

void masscan_json(std::string_view text) {
  InputErrors errors;
  inventory::parse_masscan_json(text, "f", 22, kIgnored, errors);
}

void port_scan_lines(std::string_view text) {
  InputErrors errors;
  inventory::parse_masscan_list(text, "f", 22, kIgnored, errors);
  inventory::parse_nmap_grepable(text, "f", 22, kIgnored, errors);
}

void host_lists(std::string_view text) {
  InputErrors errors;
  inventory::parse_etc_hosts(text, "f", kIgnored, errors);
  inventory::parse_genders(text, "f", kIgnored, errors);
  inventory::parse_router_db(text, "f", kIgnored, errors);
}

void ansible_toml(std::string_view text) {
  InputErrors errors;
  inventory::AnsibleGroups groups;
  inventory::parse_ansible_toml(text, "f", 0, 10'000, groups, errors);
}

/// Each line but the last is a variable, "name=value", whose value may be JSON.
void templates(std::string_view text) {
  inventory::TemplateVariables variables;
  std::string_view last;
  for_each_line(text, [&](std::string_view line, std::uint32_t) {
    last = line;
    const auto equals = std::min(line.find('='), line.size());
    const auto value = line.substr(std::min(equals + 1, line.size()));
    auto parsed = nlohmann::json::parse(value, nullptr, false);
    if (parsed.is_discarded()) parsed = value;
    if (is_utf8(line)) variables.insert_or_assign(std::string{line.substr(0, equals)}, parsed);
  });
  const inventory::TemplateScope scope{"h.test", variables,
                                       [&](std::string_view) { return &variables; },
                                       [](std::string_view) {
                                         return std::vector<std::string_view>{"a", "b"};
                                       },
                                       true};
  static_cast<void>(inventory::resolve_template(last, scope));
  static_cast<void>(inventory::resolve_known_templates(last, scope, "?"));
}

void yaml_hosts(std::string_view text) {
  InputErrors errors;
  inventory::parse_cluster_groups(text, "f", kIgnored, errors);
  inventory::parse_yaml_hosts(text, "f", {std::string{text}, std::string{text}}, kIgnored, errors);
  inventory::parse_ansible_variables(
      text, "f", [](std::string_view) { return true; },
      [](const std::string&, const nlohmann::json&) {}, errors);
}

void json_hosts(std::string_view text) {
  InputErrors errors;
  inventory::parse_json_hosts_at({"/a/b", "/port"}, text, "f", kIgnored, errors);
  inventory::parse_json_hosts(text, "f", kIgnored, errors);
}

void secrets(std::string_view text) {
  static_cast<void>(is_secret_name(text));
  const auto masked = without_secrets(text);
  require(masked.find('@') == std::string::npos || masked.find("***@") != std::string::npos,
          "a user part is masked");
}

void limit(std::string_view text) {
  auto parsed = inventory::Limit::parse(text);
  auto* limit = std::get_if<inventory::Limit>(&parsed);
  if (!limit) return;
  limit->bind({{"all", {"a", "b"}}, {"web", {"a"}}}, {"a", "b"});
  static_cast<void>(limit->selects("a", limit->by_groups("web")));
}

void subnet_map(std::string_view text) {
  InputErrors errors;
  const auto map = inventory::SubnetMap::parse(text, "f", errors);
  static_cast<void>(map.find(Address::v4(0x0a000001)));
}

}  // namespace fleetscan::fuzz
