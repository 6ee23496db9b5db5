#pragma once
// Resolves the templates that an inventory itself can answer: "{{ domain }}",
// "{{ port | default(22) }}", "{{ hostname ~ '.' ~ domain }}". Nothing is run and nothing looked
// up.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>

namespace fleetscan::inventory {

using TemplateVariables = std::map<std::string, std::string, std::less<>>;

struct UnresolvedTemplate {
  std::string why;  ///< "variable ip", "a template that only Ansible evaluates"
};

/// `text` with its templates resolved, those in variables as well. Names the host itself:
/// inventory_hostname and inventory_hostname_short.
[[nodiscard]] std::variant<std::string, UnresolvedTemplate> resolve_template(
    std::string_view text, std::string_view host, const TemplateVariables& variables);

/// Calls back for each word in a template of `text` that may be a variable.
void for_each_template_name(std::string_view text,
                            const std::function<void(std::string_view name)>& visit);

}  // namespace fleetscan::inventory
