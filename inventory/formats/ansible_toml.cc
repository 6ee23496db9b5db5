#include "inventory/formats/ansible_toml.h"

// toml++ asserts, or assumes, that a table's name begins as names do before it looks: what is no
// TOML is an error just after that.
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#include <toml++/toml.h>

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "base/input_error.h"
#include "base/lines.h"
#include "inventory/formats/ansible_groups.h"
#include "inventory/formats/ansible_yaml.h"

namespace fleetscan::inventory {
namespace {

/// The inventory as YAML has it, where children are a mapping.
std::string as_yaml(const toml::table& table) {
  std::ostringstream text;
  text << toml::json_formatter{table};
  auto root = nlohmann::json::parse(text.str());
  for (auto& group : root) {
    if (!group.is_object() || !group.contains("children")) continue;
    auto children = nlohmann::json::object();
    for (const auto& child : group["children"])
      if (child.is_string()) children[child.get<std::string>()] = nullptr;
    group["children"] = std::move(children);
  }
  return root.dump();
}

}  // namespace

void parse_ansible_toml(std::string_view text, const std::string& name, std::uint16_t source,
                        std::size_t most_hosts, AnsibleGroups& groups, InputErrors& errors) {
  try {
    const auto yaml = as_yaml(toml::parse(without_bom(text), name));
    parse_ansible_yaml(yaml, name, source, most_hosts, groups, errors);
  } catch (const toml::parse_error& error) {
    errors.add({name, error.source().begin.line, error.source().begin.column, "",
                "not valid TOML: " + std::string{error.description()}});
  } catch (const nlohmann::json::exception&) {
    errors.add({name, 0, 0, "", "values that no inventory has, such as inf"});
  }
}

}  // namespace fleetscan::inventory
