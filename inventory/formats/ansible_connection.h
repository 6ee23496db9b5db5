#pragma once
// What Ansible makes of one host's variables: the words that it calls ssh with.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inventory/formats/ansible_template.h"
#include "inventory/formats/ssh_blocks.h"
#include "inventory/formats/ssh_settings.h"

namespace fleetscan::inventory {

/// The variables that say how to connect.
[[nodiscard]] const std::vector<std::string_view>& ansible_connection_variables();

/// A variable of a host that cannot be known here.
struct AnsibleUnknown {
  std::string text, remedy;
};

class AnsibleConnection {
 public:
  using ConfigOf = std::function<const SshBlocks*(const std::string& path)>;

  /// Refers to the scope.
  explicit AnsibleConnection(const TemplateScope& scope) : scope_(scope) {}

  std::string address, type;  ///< `type` is ansible_connection
  SshSettings settings;
  std::optional<std::uint16_t> port = {};

  /// Reads them from the variables of the scope.
  /// @param config_of  the ssh_config that -F names; null if there is none
  /// @return what is unknown, if anything is
  [[nodiscard]] std::optional<AnsibleUnknown> read(const ConfigOf& config_of);

  /// Why the host is not to be probed by us; empty if it is.
  [[nodiscard]] std::string skip_reason() const;

 private:
  std::string value(std::string_view name, std::string_view stronger);
  std::string resolved(std::string_view name, const std::string& text);
  bool add_config(const ConfigOf& config_of);
  void add_arguments(std::string_view name);
  void note(AnsibleUnknown unknown);

  const TemplateScope& scope_;
  std::optional<AnsibleUnknown> unknown_;
};

}  // namespace fleetscan::inventory
