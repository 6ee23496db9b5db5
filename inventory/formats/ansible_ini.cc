#include "inventory/formats/ansible_ini.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/input_error.h"
#include "base/lines.h"
#include "base/shell_words.h"
#include "inventory/formats/ansible_groups.h"
#include "inventory/formats/ansible_ranges.h"

namespace fleetscan::inventory {
namespace {

bool is_comment(std::string_view rest) { return rest.empty() || rest.front() == '#'; }

/// "22 # c" and "'a b'" are literals to Ansible: their comment and quotes go.
std::string_view literal(std::string_view value) {
  if (value.empty()) return value;
  const char quote = value.front();
  if (quote == '\'' || quote == '"') {
    const auto close = value.find(quote, 1);
    const bool whole = close != npos && is_comment(trimmed(value.substr(close + 1)));
    return whole ? value.substr(1, close - 1) : value;
  }
  const auto digits = value.find_first_not_of("0123456789");
  if (digits != npos && digits > 0 && is_comment(trimmed(value.substr(digits))))
    return value.substr(0, digits);
  return value;
}

struct Section {
  std::string_view group;
  std::string_view kind;  ///< "hosts", "children", "vars"
};

class AnsibleIniParser {
 public:
  AnsibleIniParser(const std::string& name, std::uint16_t source, std::size_t most_hosts,
                   AnsibleGroups& groups, InputErrors& errors)
      : name_(name), source_(source), most_hosts_(most_hosts), groups_(groups), errors_(errors) {}

  void line(std::string_view line, std::uint32_t number) {
    number_ = number;
    column_ = 0;
    if (const char* fault = line_fault(line)) return fail(line.substr(0, 80), fault);
    const auto text = trimmed(line);
    column_ = static_cast<std::uint32_t>(text.data() - line.data() + 1);
    if (text.empty() || text.front() == '#' || text.front() == ';') return;
    if (text.front() == '[' && section(text)) return;
    if (kind_ == Kind::hosts) return host(text);
    if (kind_ == Kind::vars) return variable(text);
    if (kind_ == Kind::children) return child(text);
    fail(text.substr(0, text.find_first_of(" \t=")), "the section above it is not understood");
  }

  void finish() {
    for (const auto& [name, place] : undeclared_) {
      const auto& [line, parents, vars] = place;
      number_ = line;
      column_ = 1;
      fail(name, vars ? "variables of a group that is not declared anywhere"
                      : "a child that is not declared anywhere: add its [section]");
    }
  }

 private:
  enum class Kind { hosts, children, vars, none };
  struct Undeclared {
    std::uint32_t line = 0;
    std::vector<AnsibleGroups::Id> parents;
    bool vars = false;
  };

  void fail(std::string_view text, std::string remedy) {
    errors_.add({name_, number_, column_, std::string{text}, std::move(remedy)});
  }

  /// @return false if the line is no section: "[::1]:22" is a host.
  bool section(std::string_view text) {
    const auto close = text.find(']');
    if (close == npos || !is_comment(trimmed(text.substr(close + 1)))) {
      if (!text.ends_with(']')) return false;
      kind_ = Kind::none;
      fail(text, "a section is [group], [group:children] or [group:vars]");
      return true;
    }
    const auto inside = text.substr(1, close - 1);
    const auto colon = inside.find(':');
    const auto group = inside.substr(0, colon);
    const auto kind = colon == npos ? "hosts" : inside.substr(colon + 1);
    if (group.empty() || group.find_first_of(" \t[") != npos ||
        (kind != "hosts" && kind != "children" && kind != "vars")) {
      kind_ = Kind::none;
      fail(text, "a section is [group], [group:children] or [group:vars]");
      return true;
    }
    kind_ = kind == "hosts" ? Kind::hosts : kind == "vars" ? Kind::vars : Kind::children;
    const bool known = groups_.find_group(group).has_value();
    group_ = groups_.add_group(group);
    const auto waiting = undeclared_.find(group);
    if (kind_ == Kind::vars) {
      if (!known && waiting == undeclared_.end())
        undeclared_[std::string{group}] = {number_, {}, true};
    } else if (waiting != undeclared_.end()) {
      const auto parents = std::move(waiting->second.parents);
      undeclared_.erase(waiting);
      for (const auto parent : parents) add_child(parent, group_, group);
    }
    return true;
  }

  void add_child(AnsibleGroups::Id parent, AnsibleGroups::Id child, std::string_view name) {
    if (!groups_.add_child(parent, child)) fail(name, "a group is its own descendant");
  }

  void child(std::string_view text) {
    const auto end = std::min(text.find_first_of(" \t"), text.size());
    const auto name = text.substr(0, end);
    if (name.find_first_of(":]") != npos || !is_comment(trimmed(text.substr(end))))
      return fail(text, "below [group:children] each line is the name of a group");
    const auto waiting = undeclared_.find(name);
    if (const auto known = groups_.find_group(name); known && waiting == undeclared_.end())
      return add_child(group_, *known, name);
    auto& [line, parents, vars] = undeclared_[std::string{name}];
    if (line == 0) line = number_;
    parents.push_back(group_);
  }

  void variable(std::string_view text) {
    const auto equals = text.find('=');
    if (equals == npos) return fail(text, "below [group:vars] each line is key=value");
    groups_.set_group_variable(group_, trimmed(text.substr(0, equals)),
                               std::string{literal(trimmed(text.substr(equals + 1)))});
  }

  void host(std::string_view text) {
    const auto words = shell_words(text);
    if (!words) return fail(text, "a quote is not closed");
    if (words->empty()) return;
    std::vector<std::pair<std::string_view, std::string_view>> variables;
    for (const std::string_view word : std::span{*words}.subspan(1)) {
      const auto equals = word.find('=');
      if (equals == npos) return fail(words->front(), "after the host come variables, key=value");
      if (groups_.keeps(word.substr(0, equals)))
        variables.emplace_back(word.substr(0, equals), literal(word.substr(equals + 1)));
    }
    const auto [pattern, port, bad_port] = split_ansible_port(words->front());
    if (bad_port) return fail(words->front(), "a port is a number from 1 to 65535");
    std::vector<std::string> hosts;
    const auto room = most_hosts_ - std::min(most_hosts_, groups_.host_count());
    if (const char* fault = expand_ansible_ranges(pattern, room, hosts))
      return fail(words->front(), fault);
    for (const auto& host : hosts) {
      const auto id = groups_.add_host(host, port.value_or(0), group_, {source_, number_, column_});
      for (const auto& [key, value] : variables)
        groups_.set_host_variable(id, key, std::string{value});
    }
  }

  const std::string& name_;
  std::uint16_t source_;
  std::size_t most_hosts_;
  AnsibleGroups& groups_;
  InputErrors& errors_;
  std::uint32_t number_ = 0, column_ = 0;
  Kind kind_ = Kind::hosts;
  AnsibleGroups::Id group_ = *groups_.find_group("ungrouped");
  std::map<std::string, Undeclared, std::less<>> undeclared_;  ///< groups that wait for a section
};

}  // namespace

void parse_ansible_ini(std::string_view text, const std::string& name, std::uint16_t source,
                       std::size_t most_hosts, AnsibleGroups& groups, InputErrors& errors) {
  AnsibleIniParser parser(name, source, most_hosts, groups, errors);
  for_each_line(text,
                [&](std::string_view line, std::uint32_t number) { parser.line(line, number); });
  parser.finish();
}

}  // namespace fleetscan::inventory
