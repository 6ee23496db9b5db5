#include "inventory/formats/ansible_yaml.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/input_error.h"
#include "base/lines.h"
#include "inventory/formats/ansible_groups.h"
#include "inventory/formats/ansible_ranges.h"

namespace fleetscan::inventory {
namespace {

constexpr int kMaxDepth = 100;
// Without aliases there are fewer nodes than bytes. With them, a small text can name a huge tree.
constexpr std::uint64_t kVisitsByAlias = 100'000;

using Pair = std::pair<YAML::Node, YAML::Node>;

/// Adds what `merged` names, a mapping or a list of them, but for keys that are known.
void merge_into(std::vector<Pair>& pairs, std::set<std::string>& known, const YAML::Node& merged,
                int depth);

/// The members of a mapping, with those that its merge keys (YAML 1.1, "<<") bring in.
void add_members(std::vector<Pair>& pairs, std::set<std::string>& known, const YAML::Node& map,
                 int depth) {
  const auto is_merge = [](const YAML::Node& key) {
    return key.IsScalar() && key.Scalar() == "<<" && key.Tag() != "!";
  };
  for (const auto& member : map)
    if (!is_merge(member.first) &&
        (!member.first.IsScalar() || known.insert(member.first.Scalar()).second))
      pairs.emplace_back(member.first, member.second);
  for (const auto& member : map)
    if (is_merge(member.first)) merge_into(pairs, known, member.second, depth + 1);
}

void merge_into(std::vector<Pair>& pairs, std::set<std::string>& known, const YAML::Node& merged,
                int depth) {
  constexpr int kMostMerges = 20;  // of mappings within each other, which aliases can multiply
  constexpr std::size_t kMostMembers = 10'000;
  if (depth > kMostMerges || pairs.size() > kMostMembers) return;
  if (merged.IsMap()) return add_members(pairs, known, merged, depth);
  if (!merged.IsSequence()) return;
  for (const auto& one : merged)
    if (one.IsMap() && pairs.size() <= kMostMembers) add_members(pairs, known, one, depth);
}

std::vector<Pair> members_of(const YAML::Node& map) {
  std::vector<Pair> pairs;
  if (!map.IsMap()) return pairs;
  const bool merges = map["<<"].IsDefined();
  if (!merges) {
    for (const auto& member : map) pairs.emplace_back(member.first, member.second);
    return pairs;
  }
  std::set<std::string> known;
  add_members(pairs, known, map, 0);
  return pairs;
}

/// Turns nodes into values of variables. What is too deep, or too large because of aliases, becomes
/// null below the topmost level: a template that names it is not resolved.
class ValueReader {
 public:
  nlohmann::json value(const YAML::Node& node, int depth = 0) {
    if (node.IsScalar()) return scalar(node);
    if (depth > kMaxDepth || ++visits_ > kMostVisits) return nullptr;
    if (node.IsSequence()) {
      auto list = nlohmann::json::array();
      for (const auto& one : node) list.push_back(value(one, depth + 1));
      return list;
    }
    if (!node.IsMap()) return nullptr;
    auto map = nlohmann::json::object();
    for (const auto& [key, one] : members_of(node))
      if (key.IsScalar()) map.emplace(key.Scalar(), value(one, depth + 1));
    return map;
  }

 private:
  static constexpr int kMaxDepth = 20, kMostVisits = 100'000;

  /// Digits that no quotes make a text are a number.
  static nlohmann::json scalar(const YAML::Node& node) {
    constexpr std::size_t kMostDigits = 15;
    const auto& text = node.Scalar();
    const bool number = node.Tag() == "?" && !text.empty() && text.size() <= kMostDigits &&
                        text.find_first_not_of("0123456789") == std::string::npos &&
                        (text.size() == 1 || text[0] != '0');
    return number ? nlohmann::json(std::stoll(text)) : nlohmann::json(text);
  }

  int visits_ = 0;
};

class AnsibleYamlParser {
 public:
  AnsibleYamlParser(const std::string& name, std::uint16_t source, std::size_t bytes,
                    std::size_t most_hosts, AnsibleGroups& groups, InputErrors& errors)
      : name_(name),
        source_(source),
        most_visits_(bytes + kVisitsByAlias),
        most_hosts_(most_hosts),
        groups_(groups),
        errors_(errors) {}

  void document(const YAML::Node& root) {
    if (!root.IsMap()) return fail(root, "", "an inventory is a mapping of groups");
    if (root["plugin"])
      return fail(root, "plugin",
                  "a plugin's configuration: run ansible-inventory --list and pass its output");
    for (const auto& group : members_of(root)) add_group(group.first, group.second, 0);
  }

 private:
  AnsiblePlace place(const YAML::Node& node) const {
    const auto mark = node.Mark();
    if (mark.is_null()) return {source_, 0, 0};
    return {source_, static_cast<std::uint32_t>(mark.line + 1),
            static_cast<std::uint32_t>(mark.column + 1)};
  }

  void fail(const YAML::Node& node, std::string text, std::string remedy) {
    const auto [source, line, column] = place(node);
    errors_.add({name_, line, column, std::move(text), std::move(remedy)});
  }

  /// Counts a step; false, said once, when there were too many.
  bool may_go_on(const YAML::Node& node, int depth) {
    if (++visits_ <= most_visits_ && depth <= kMaxDepth) return true;
    if (!std::exchange(gave_up_, true))
      fail(node, "", "too deep or too large: does it use many aliases?");
    return false;
  }

  AnsibleGroups::Id add_group(const YAML::Node& name, const YAML::Node& group, int depth) {
    const auto id = groups_.add_group(name.IsScalar() ? name.Scalar() : "");
    if (!name.IsScalar()) fail(name, "", "a group's name is a plain word");
    if (group.IsNull() || !may_go_on(group, depth)) return id;
    if (!group.IsMap()) {
      fail(group, name.IsScalar() ? name.Scalar() : "",
           "a group is a mapping with hosts, children and vars");
      return id;
    }
    for (const auto& part : members_of(group)) {
      const auto& [key, value] = std::pair{part.first, part.second};
      const auto& word = key.IsScalar() ? key.Scalar() : "";
      if (word == "vars") add_variables(value, id);
      if (word == "children") add_children(value, id, depth);
      if (word == "hosts") add_hosts(value, id, depth);
    }
    return id;
  }

  void add_variables(const YAML::Node& variables, AnsibleGroups::Id group) {
    if (!variables.IsMap()) return;
    for (const auto& variable : members_of(variables))
      if (variable.first.IsScalar() && !variable.second.IsNull())
        groups_.set_group_variable(group, variable.first.Scalar(), values_.value(variable.second));
  }

  void add_children(const YAML::Node& children, AnsibleGroups::Id group, int depth) {
    if (children.IsNull()) return;
    if (children.IsScalar())
      return add_child(group, groups_.add_group(children.Scalar()), children);
    if (!children.IsMap())
      return fail(children, "children", "children is a mapping of groups, not a list");
    for (const auto& child : members_of(children)) {
      if (!may_go_on(child.first, depth)) return;
      add_child(group, add_group(child.first, child.second, depth + 1), child.first);
    }
  }

  void add_child(AnsibleGroups::Id group, AnsibleGroups::Id child, const YAML::Node& name) {
    if (!groups_.add_child(group, child))
      fail(name, name.Scalar(), "a group is its own descendant");
  }

  void add_hosts(const YAML::Node& hosts, AnsibleGroups::Id group, int depth) {
    if (hosts.IsNull()) return;
    if (hosts.IsScalar()) return add_host(hosts, {}, group);
    if (!hosts.IsMap())
      return fail(hosts, "hosts", "hosts is a mapping (web01:), not a list (- web01)");
    for (const auto& host : members_of(hosts)) {
      if (!may_go_on(host.first, depth)) return;
      add_host(host.first, host.second, group);
    }
  }

  void add_host(const YAML::Node& name, const YAML::Node& variables, AnsibleGroups::Id group) {
    if (!name.IsScalar()) return fail(name, "", "a host's name is a plain word");
    const auto& pattern = name.Scalar();
    const auto [host, port, bad_port] = split_ansible_port(pattern);
    if (bad_port) return fail(name, pattern, "a port is a number from 1 to 65535");
    std::vector<std::string> hosts;
    const auto room = most_hosts_ - std::min(most_hosts_, groups_.host_count());
    if (const char* fault = expand_ansible_ranges(host, room, hosts))
      return fail(name, pattern, fault);
    std::vector<std::pair<std::string, nlohmann::json>> kept;
    if (variables.IsMap())
      for (const auto& variable : members_of(variables))
        if (variable.first.IsScalar() && groups_.keeps(variable.first.Scalar()))
          kept.emplace_back(variable.first.Scalar(), values_.value(variable.second));
    for (const auto& one : hosts) {
      const auto id = groups_.add_host(one, port.value_or(0), group, place(name));
      for (const auto& [key, value] : kept) groups_.set_host_variable(id, key, value);
    }
  }

  const std::string& name_;
  std::uint16_t source_;
  std::uint64_t most_visits_;
  std::size_t most_hosts_;
  AnsibleGroups& groups_;
  InputErrors& errors_;
  ValueReader values_;
  std::uint64_t visits_ = 0;
  bool gave_up_ = false;
};

}  // namespace

namespace {

/// Calls visit(root) with the document that `text` is, unless it is none.
template <typename Visit>
void load_yaml(std::string_view text, const std::string& name, InputErrors& errors,
               const Visit& visit) {
  text = without_bom(text);
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    const auto line = std::ranges::count(text.substr(0, nul), '\n') + 1;
    return errors.add({name, static_cast<std::uint32_t>(line), 0, "", kNulByte});
  }
  try {
    visit(YAML::Load(std::string{text}));
  } catch (const YAML::Exception& error) {
    const bool known = !error.mark.is_null();
    errors.add({name, known ? static_cast<std::uint32_t>(error.mark.line + 1) : 0,
                known ? static_cast<std::uint32_t>(error.mark.column + 1) : 0, "",
                "not valid YAML: " + error.msg});
  }
}

}  // namespace

void parse_ansible_yaml(std::string_view text, const std::string& name, std::uint16_t source,
                        std::size_t most_hosts, AnsibleGroups& groups, InputErrors& errors) {
  load_yaml(text, name, errors, [&](const YAML::Node& root) {
    AnsibleYamlParser(name, source, text.size(), most_hosts, groups, errors).document(root);
  });
}

void parse_ansible_variables(std::string_view text, const std::string& name,
                             const std::function<bool(std::string_view)>& wanted,
                             const std::function<void(const std::string&, nlohmann::json)>& visit,
                             InputErrors& errors) {
  load_yaml(text, name, errors, [&](const YAML::Node& root) {
    ValueReader values;
    for (const auto& [key, value] : members_of(root))
      if (key.IsScalar() && wanted(key.Scalar())) visit(key.Scalar(), values.value(value));
  });
}

}  // namespace fleetscan::inventory
