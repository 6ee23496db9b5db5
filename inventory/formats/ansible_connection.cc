#include "inventory/formats/ansible_connection.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/secrets.h"
#include "base/shell_words.h"
#include "inventory/expression.h"
#include "inventory/formats/ansible_filters.h"
#include "inventory/formats/ansible_template.h"
#include "inventory/formats/ssh_blocks.h"
#include "inventory/formats/ssh_settings.h"

namespace fleetscan::inventory {
namespace {

constexpr std::string_view kHost = "ansible_host", kOldHost = "ansible_ssh_host";
constexpr std::string_view kPort = "ansible_port", kOldPort = "ansible_ssh_port";
constexpr std::string_view kConnection = "ansible_connection";

// What stands in ssh's arguments for a template that cannot be resolved: as an option of its own,
// a jump host; as part of an option's value, a text that no host and no port has.
constexpr std::string_view kUnknownArgument = "-J\x01";
constexpr char kUnknownMark = '\x01';

// The value of the last of the names that is set; null if none is.
const nlohmann::json* last_of(const TemplateVariables& variables, std::string_view name,
                              std::string_view stronger) {
  for (const auto one : {stronger, name})
    if (const auto found = variables.find(one);
        found != variables.end() && !found->second.is_null())
      return &found->second;
  return nullptr;
}

}  // namespace

const std::vector<std::string_view>& ansible_connection_variables() {
  static const std::vector<std::string_view> variables{kHost,
                                                       kOldHost,
                                                       kPort,
                                                       kOldPort,
                                                       kConnection,
                                                       "ansible_ssh_common_args",
                                                       "ansible_ssh_extra_args",
                                                       "ansible_ssh_args"};
  return variables;
}

std::optional<AnsibleUnknown> AnsibleConnection::read(const ConfigOf& config_of) {
  const auto given = value(kHost, kOldHost);
  const auto digits = value(kPort, kOldPort);
  type = value(kConnection, kConnection);
  add_arguments("ansible_ssh_args");
  if (!digits.empty()) settings.set("port", digits);
  add_arguments("ansible_ssh_common_args");
  add_arguments("ansible_ssh_extra_args");
  if (unknown_) return unknown_;
  address = given.empty() ? std::string{scope_.host} : given;
  // To ssh, what stands before the last "@" is a user.
  if (const auto at = address.rfind('@'); at != std::string::npos) address.erase(0, at + 1);
  if (settings.config_file && !add_config(config_of))
    return AnsibleUnknown{"", "its ssh reads a configuration that is not found here: -F " +
                                  without_secrets(*settings.config_file)};
  if (settings.host_name) address = expanded_host_name(*settings.host_name, address);
  if (!settings.port) return std::nullopt;
  port = parse_port_number(*settings.port);
  if (!port) return AnsibleUnknown{*settings.port, "ansible_port is a number from 1 to 65535"};
  return std::nullopt;
}

std::string AnsibleConnection::value(std::string_view name, std::string_view stronger) {
  const auto* found = last_of(scope_.variables, name, stronger);
  if (!found) return "";
  const auto text = ansible_text(*found);
  if (!text) note({"", std::string{name} + " is a text or a number"});
  return text ? resolved(name, *text) : "";
}

std::string AnsibleConnection::resolved(std::string_view name, const std::string& text) {
  if (text.starts_with("$ANSIBLE_VAULT")) {
    note({"", "its " + std::string{name} + " is vaulted"});
    return "";
  }
  const auto result = resolve_template(text, scope_);
  if (const auto* missing = std::get_if<UnresolvedTemplate>(&result)) {
    note({"", "cannot be resolved here: " + missing->why});
    return "";
  }
  return std::get<std::string>(result);
}

bool AnsibleConnection::add_config(const ConfigOf& config_of) {
  const auto& path = *settings.config_file;
  if (path == "none" || path == "/dev/null") return true;
  const auto* blocks = path.find(kUnknownMark) == std::string::npos ? config_of(path) : nullptr;
  if (blocks) settings = blocks->settings_for(address, settings);
  return blocks;
}

// Templates may stay unknown where they do not decide about host, port and way.
void AnsibleConnection::add_arguments(std::string_view name) {
  const auto* found = last_of(scope_.variables, name, name);
  const auto text = found ? ansible_text(*found).value_or("") : "";
  const auto known = resolve_known_templates(text, scope_, kUnknownArgument);
  if (const auto words = shell_words(known)) add_ssh_options(*words, settings);
  const auto is_unknown = [](const std::optional<std::string>& setting) {
    return setting && setting->find(kUnknownMark) != std::string::npos;
  };
  const bool vaulted = text.starts_with("$ANSIBLE_VAULT");
  if (vaulted || is_unknown(settings.host_name) || is_unknown(settings.port) ||
      settings.jump == std::string{kUnknownMark})
    static_cast<void>(resolved(name, text));
}

void AnsibleConnection::note(AnsibleUnknown unknown) {
  if (!unknown_) unknown_ = std::move(unknown);
}

std::string AnsibleConnection::skip_reason() const {
  static constexpr std::array<std::string_view, 11> kSsh{"",
                                                         "ssh",
                                                         "smart",
                                                         "paramiko",
                                                         "paramiko_ssh",
                                                         "libssh",
                                                         "network_cli",
                                                         "ansible.builtin.ssh",
                                                         "ansible.builtin.paramiko_ssh",
                                                         "ansible.netcommon.libssh",
                                                         "ansible.netcommon.network_cli"};
  if (std::ranges::find(kSsh, type) == kSsh.end())
    return "not reached by SSH: ansible_connection is " + without_secrets(type);
  auto proxy = settings.proxy();
  for (auto at = proxy.find(kUnknownArgument); at != std::string::npos;
       at = proxy.find(kUnknownArgument))
    proxy.replace(at, kUnknownArgument.size(), "{{...}}");
  return proxy.empty() ? "" : "reached only through another host: " + proxy;
}

}  // namespace fleetscan::inventory
