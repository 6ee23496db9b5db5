#pragma once
// Resolves the templates that an inventory itself can answer: "{{ domain }}",
// "{{ port | default(22) }}", "{{ addresses[inventory_hostname].lan }}",
// "{{ hostvars[groups['gate'][0]].ansible_host }}". Nothing is run and nothing looked up.

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace fleetscan::inventory {

/// Values of variables: texts, whole numbers, lists and mappings of them.
using TemplateVariables = std::map<std::string, nlohmann::json, std::less<>>;

/// What the templates of one host may name.
struct TemplateScope {
  std::string_view host;  ///< inventory_hostname, inventory_hostname_short
  const TemplateVariables& variables;
  /// The variables of another host, for "hostvars"; null if there is none of that name.
  std::function<const TemplateVariables*(std::string_view host)> of_host = {};
  /// The hosts of a group, for "groups".
  std::function<std::vector<std::string_view>(std::string_view group)> hosts_in = {};
  bool vaulted = false;  ///< variables named after the vault may be set where we cannot read
};

struct UnresolvedTemplate {
  std::string why;  ///< "variable ip", "a template that only Ansible evaluates"
};

/// `text` with its templates resolved, those in variables as well.
[[nodiscard]] std::variant<std::string, UnresolvedTemplate> resolve_template(
    std::string_view text, const TemplateScope& scope);

/// The same, but what cannot be resolved becomes `unknown`.
[[nodiscard]] std::string resolve_known_templates(std::string_view text, const TemplateScope& scope,
                                                  std::string_view unknown);

/// Calls back for each word in a template of `text` that may be a variable.
void for_each_template_name(std::string_view text,
                            const std::function<void(std::string_view name)>& visit);

}  // namespace fleetscan::inventory
