#include "inventory/formats/ansible_json.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/input_error.h"
#include "base/json_text.h"
#include "inventory/formats/ansible_groups.h"

namespace fleetscan::inventory {
namespace {

using Json = nlohmann::json;

/// A value as templates know it; of a vaulted one, the vault's text.
Json value_of(const Json& value) {
  const auto* vaulted = member(value, "__ansible_vault");
  const auto& known = vaulted ? *vaulted : value;
  const auto text = known.is_number_integer() ? std::nullopt : scalar_text(known);
  return text ? Json(*text) : known;
}

class AnsibleJsonParser {
 public:
  AnsibleJsonParser(const std::string& name, std::uint16_t source, AnsibleGroups& groups,
                    InputErrors& errors)
      : name_(name), place_{source, 0, 0}, groups_(groups), errors_(errors) {}

  void document(const Json& root) {
    if (!root.is_object()) return fail("", "an inventory is an object of groups");
    for (const auto& [name, group] : root.items())
      if (name != "_meta") groups_.add_group(name);
    for (const auto& [name, group] : root.items())
      if (name != "_meta") add_group(name, group);
    const auto* meta = member(root, "_meta");
    const auto* variables = meta ? member(*meta, "hostvars") : nullptr;
    if (variables) add_host_variables(*variables);
  }

 private:
  void fail(const std::string& text, const char* remedy) {
    errors_.add({name_, 0, 0, text, remedy});
  }

  void add_group(const std::string& name, const Json& group) {
    const auto id = groups_.add_group(name);
    if (group.is_array()) return add_hosts(name, id, group);
    if (!group.is_object()) return fail(name, "a group is an object, or a list of hosts");
    if (const auto* hosts = member(group, "hosts")) add_hosts(name, id, *hosts);
    if (const auto* children = member(group, "children")) add_children(name, id, *children);
    const auto* variables = member(group, "vars");
    if (!variables || !variables->is_object()) return;
    for (const auto& [key, value] : variables->items())
      groups_.set_group_variable(id, key, value_of(value));
  }

  void add_hosts(const std::string& name, AnsibleGroups::Id group, const Json& hosts) {
    if (!hosts.is_array()) return fail(name, "the hosts of a group are a list of names");
    for (const auto& host : hosts) {
      if (host.is_string())
        groups_.add_host(host.get_ref<const std::string&>(), 0, group, place_);
      else
        fail(name, "the hosts of a group are a list of names");
    }
  }

  void add_children(const std::string& name, AnsibleGroups::Id group, const Json& children) {
    if (!children.is_array()) return fail(name, "the children of a group are a list of names");
    for (const auto& child : children) {
      if (!child.is_string())
        fail(name, "the children of a group are a list of names");
      else if (!groups_.add_child(group, groups_.add_group(child.get_ref<const std::string&>())))
        fail(child.get_ref<const std::string&>(), "a group is its own descendant");
    }
  }

  void add_host_variables(const Json& hosts) {
    if (!hosts.is_object()) return fail("_meta", "hostvars is an object of hosts");
    const auto ungrouped = groups_.add_group("ungrouped");
    for (const auto& [name, variables] : hosts.items()) {
      auto id = groups_.find_host(name);
      if (!id) id = groups_.add_host(name, 0, ungrouped, place_);
      if (!variables.is_object()) continue;
      for (const auto& [key, value] : variables.items())
        if (groups_.keeps(key)) groups_.set_host_variable(*id, key, value_of(value));
    }
  }

  const std::string& name_;
  AnsiblePlace place_;
  AnsibleGroups& groups_;
  InputErrors& errors_;
};

}  // namespace

bool is_yaml_structure(std::string_view text) {
  InputErrors ignored;
  const auto root = parse_json(text, "", ignored);
  if (!root || !root->is_object()) return false;
  for (const auto& [name, group] : root->items())
    for (const auto* part : {member(group, "hosts"), member(group, "children")})
      if (part && part->is_object()) return true;
  return false;
}

void parse_ansible_json(std::string_view text, const std::string& name, std::uint16_t source,
                        AnsibleGroups& groups, InputErrors& errors) {
  if (const auto root = parse_json(text, name, errors))
    AnsibleJsonParser(name, source, groups, errors).document(*root);
}

}  // namespace fleetscan::inventory
