#include "inventory/formats/ansible_groups.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/ascii.h"
#include "base/secrets.h"
#include "base/shell_words.h"
#include "inventory/entry.h"
#include "inventory/expression.h"
#include "inventory/formats/ansible_filters.h"
#include "inventory/formats/ansible_template.h"
#include "inventory/formats/ssh_blocks.h"
#include "inventory/formats/ssh_settings.h"
#include "inventory/jump_route.h"
#include "inventory/labels.h"
#include "inventory/target.h"

namespace fleetscan::inventory {
namespace {

constexpr std::string_view kHost = "ansible_host", kOldHost = "ansible_ssh_host";
constexpr std::string_view kPort = "ansible_port", kOldPort = "ansible_ssh_port";
constexpr std::string_view kConnection = "ansible_connection";
constexpr std::array<std::string_view, 3> kSshArguments{
    "ansible_ssh_common_args", "ansible_ssh_extra_args", "ansible_ssh_args"};
constexpr AnsibleGroups::Id kAll = 0, kUngrouped = 1;

using Variables = TemplateVariables;

/// What stands in ssh's arguments for a template that cannot be resolved: as an option of its own,
/// a jump host; as part of an option's value, a text that no host and no port has.
constexpr std::string_view kUnknownArgument = "-J\x01";
constexpr char kUnknownMark = '\x01';

/// The value of the last of the names that is set; null if none is.
const nlohmann::json* last_of(const Variables& variables, std::string_view name,
                              std::string_view stronger) {
  for (const auto one : {stronger, name})
    if (const auto found = variables.find(one);
        found != variables.end() && !found->second.is_null())
      return &found->second;
  return nullptr;
}

/// Why the host is not to be probed by us; empty if it is.
std::string skip_reason(const std::string& connection, const SshSettings& settings) {
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
  if (std::ranges::find(kSsh, connection) == kSsh.end())
    return "not reached by SSH: ansible_connection is " + without_secrets(connection);
  auto proxy = settings.proxy();
  for (auto at = proxy.find(kUnknownArgument); at != std::string::npos;
       at = proxy.find(kUnknownArgument))
    proxy.replace(at, kUnknownArgument.size(), "{{...}}");
  return proxy.empty() ? "" : "reached only through another host: " + proxy;
}

/// A variable of a host that cannot be known here.
struct Unknown {
  std::string text, remedy;
};

/// What Ansible makes of one host's variables: the words that it calls ssh with.
class Connection {
 public:
  using ConfigOf = std::function<const SshBlocks*(const std::string& path)>;

  explicit Connection(const TemplateScope& scope) : scope_(scope) {}

  std::string address, type;
  SshSettings settings;
  std::optional<std::uint16_t> port = {};

  /// @return what is unknown, if anything is
  std::optional<Unknown> read(const ConfigOf& config_of) {
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
      return Unknown{"", "its ssh reads a configuration that is not found here: -F " +
                             without_secrets(*settings.config_file)};
    if (settings.host_name) address = expanded_host_name(*settings.host_name, address);
    if (!settings.port) return std::nullopt;
    port = parse_port_number(*settings.port);
    if (!port) return Unknown{*settings.port, "ansible_port is a number from 1 to 65535"};
    return std::nullopt;
  }

 private:
  std::string value(std::string_view name, std::string_view stronger) {
    const auto* found = last_of(scope_.variables, name, stronger);
    if (!found) return "";
    const auto text = ansible_text(*found);
    if (!text) note({"", std::string{name} + " is a text or a number"});
    return text ? resolved(name, *text) : "";
  }

  std::string resolved(std::string_view name, const std::string& text) {
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

  bool add_config(const ConfigOf& config_of) {
    const auto& path = *settings.config_file;
    if (path == "none" || path == "/dev/null") return true;
    const auto* blocks = path.find(kUnknownMark) == std::string::npos ? config_of(path) : nullptr;
    if (blocks) settings = blocks->settings_for(address, settings);
    return blocks;
  }

  /// Templates may stay unknown where they do not decide about host, port and way.
  void add_arguments(std::string_view name) {
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

  void note(Unknown unknown) {
    if (!unknown_) unknown_ = std::move(unknown);
  }

  const TemplateScope& scope_;
  std::optional<Unknown> unknown_;
};

}  // namespace

AnsibleGroups::AnsibleGroups(const std::vector<std::string>& label_from)
    : kept_{std::string{kHost},    std::string{kOldHost},    std::string{kPort},
            std::string{kOldPort}, std::string{kConnection}, "ansible_group_priority"},
      label_from_(label_from) {
  kept_.insert(kSshArguments.begin(), kSshArguments.end());
  kept_.insert(label_from.begin(), label_from.end());
  add_group("all");
  add_group("ungrouped");
}

AnsibleGroups::Id AnsibleGroups::add_group(std::string_view name) {
  const auto [found, is_new] =
      group_ids_.try_emplace(std::string{name}, static_cast<Id>(groups_.size()));
  if (is_new) {
    groups_.emplace_back();
    groups_.back().name = name;
  }
  return found->second;
}

std::optional<AnsibleGroups::Id> AnsibleGroups::find_group(std::string_view name) const {
  const auto found = group_ids_.find(std::string{name});
  if (found == group_ids_.end()) return std::nullopt;
  return found->second;
}

std::optional<AnsibleGroups::Id> AnsibleGroups::find_host(std::string_view name) const {
  const auto found = host_ids_.find(std::string{name});
  if (found == host_ids_.end()) return std::nullopt;
  return found->second;
}

std::set<AnsibleGroups::Id> AnsibleGroups::with_ancestors(const std::vector<Id>& groups) const {
  std::set<Id> seen;
  std::vector<Id> open = groups;
  while (!open.empty()) {
    const auto id = open.back();
    open.pop_back();
    if (seen.insert(id).second)
      open.insert(open.end(), groups_[id].parents.begin(), groups_[id].parents.end());
  }
  return seen;
}

bool AnsibleGroups::is_ancestor(Id ancestor, Id group) const {
  return with_ancestors({group}).contains(ancestor);
}

bool AnsibleGroups::add_child(Id parent, Id child) {
  auto& children = groups_[parent].children;
  if (std::ranges::find(children, child) != children.end()) return true;
  if (is_ancestor(child, parent)) return false;
  children.push_back(child);
  groups_[child].parents.push_back(parent);
  return true;
}

AnsibleGroups::Id AnsibleGroups::add_host(std::string_view name, std::uint16_t port, Id group,
                                          const AnsiblePlace& place) {
  const auto [found, is_new] =
      host_ids_.try_emplace(std::string{name}, static_cast<Id>(hosts_.size()));
  const auto id = found->second;
  if (is_new) {
    hosts_.push_back({.name = std::string{name}, .place = place, .groups = {}, .variables = {}});
    if (port != 0) hosts_[id].variables.emplace(kPort, std::to_string(port));
  }
  if (groups_[group].host_set.insert(id).second) {
    groups_[group].hosts.push_back(id);
    hosts_[id].groups.push_back(group);
  }
  return id;
}

bool AnsibleGroups::keeps(std::string_view variable) const { return kept_.contains(variable); }

void AnsibleGroups::set_group_variable(Id group, std::string_view name, nlohmann::json value) {
  if (name == "ansible_group_priority") {
    const auto text = ansible_text(value).value_or("");
    std::from_chars(text.data(), text.data() + text.size(), groups_[group].priority);
  } else if (keeps(name)) {
    groups_[group].variables.insert_or_assign(std::string{name}, std::move(value));
  }
}

void AnsibleGroups::set_group_file_variable(Id group, std::string_view name, nlohmann::json value) {
  if (keeps(name))
    groups_[group].file_variables.insert_or_assign(std::string{name}, std::move(value));
}

void AnsibleGroups::keep_templated(std::string_view text) {
  for_each_template_name(text, [this](std::string_view name) { kept_.emplace(name); });
}

void AnsibleGroups::set_host_variable(Id host, std::string_view name, nlohmann::json value) {
  if (keeps(name)) hosts_[host].variables.insert_or_assign(std::string{name}, std::move(value));
}

/// The longest way down from "all", which every group hangs below.
std::vector<int> AnsibleGroups::depths() const {
  std::vector<int> result(groups_.size(), 1);
  result.at(kAll) = 0;
  std::vector<std::size_t> waiting(groups_.size());
  std::vector<Id> ready;
  for (Id id = 0; id < groups_.size(); ++id) {
    waiting[id] = groups_[id].parents.size();
    if (waiting[id] == 0) ready.push_back(id);
  }
  while (!ready.empty()) {
    const auto id = ready.back();
    ready.pop_back();
    for (const auto child : groups_[id].children) {
      result[child] = std::max(result[child], result[id] + 1);
      if (--waiting[child] == 0) ready.push_back(child);
    }
  }
  return result;
}

AnsibleGroups::Membership AnsibleGroups::membership(const std::vector<Id>& groups,
                                                    const std::vector<int>& depths) const {
  auto all = with_ancestors(groups);
  all.insert(kAll);
  std::vector<Id> order(all.begin(), all.end());
  std::ranges::sort(order, {}, [&](Id id) {
    return std::tuple(depths[id], groups_[id].priority, std::string_view{groups_[id].name});
  });
  Membership result;
  Labels labels;
  for (const auto variables : {&Group::variables, &Group::file_variables})
    for (const auto id : order)
      for (const auto& [name, value] : groups_[id].*variables)
        result.variables.insert_or_assign(name, value);
  for (const auto id : order) {
    if (id != kAll && id != kUngrouped) add_label(labels, "group", groups_[id].name);
  }
  if (!labels.empty()) result.label = labels.begin()->second;
  for (const auto id : order) {
    result.vaulted = result.vaulted || groups_[id].vaulted;
    if (result.unreadable.empty()) result.unreadable = groups_[id].unreadable;
  }
  return result;
}

/// As Ansible settles it once all is read: whoever is in a group is not ungrouped.
std::vector<AnsibleGroups::Id> AnsibleGroups::groups_of(const Host& host) const {
  auto groups = host.groups;
  const bool grouped =
      std::ranges::any_of(groups, [](Id id) { return id != kAll && id != kUngrouped; });
  if (grouped) std::erase(groups, kUngrouped);
  std::ranges::sort(groups);
  return groups;
}

/// What the hosts are once everything is read. What many ask for is computed once.
class AnsibleGroups::View {
 public:
  explicit View(const AnsibleGroups& groups) : groups_(groups), depths_(groups.depths()) {}

  const Membership& membership(const Host& host) {
    auto ids = groups_.groups_of(host);
    const auto known = memberships_.find(ids);
    if (known != memberships_.end()) return known->second;
    auto membership = groups_.membership(ids, depths_);
    return memberships_.emplace(std::move(ids), std::move(membership)).first->second;
  }

  Variables variables(const Host& host) {
    auto variables = membership(host).variables;
    for (const auto& [name, value] : host.variables) variables.insert_or_assign(name, value);
    return variables;
  }

  /// What a template names by "hostvars"; null if there is no such host.
  const Variables* of_host(std::string_view name) {
    const auto id = groups_.find_host(name);
    if (!id) return nullptr;
    const auto [known, is_new] = of_hosts_.try_emplace(*id);
    if (is_new) known->second = variables(groups_.hosts_[*id]);
    return &known->second;
  }

  std::vector<std::string_view> hosts_in(std::string_view group) {
    const auto id = groups_.find_group(group);
    if (!id) return {};
    const auto [known, is_new] = hosts_in_.try_emplace(*id);
    if (is_new) known->second = groups_.hosts_below(*id);
    return known->second;
  }

 private:
  const AnsibleGroups& groups_;
  std::vector<int> depths_;
  std::map<std::vector<Id>, Membership> memberships_;
  std::map<Id, Variables> of_hosts_;
  std::map<Id, std::vector<std::string_view>> hosts_in_;
};

void AnsibleGroups::for_each(const OnEntry& sink, const OnFault& fail,
                             const SshConfigOf& config_of) const {
  View view(*this);
  std::map<Labels, std::shared_ptr<const Labels>> shared;
  const auto by_case = names_differing_by_case();
  for (const auto& host : hosts_) {
    const auto& membership = view.membership(host);
    const auto variables = view.variables(host);
    Labels labels;
    if (!membership.label.empty()) labels.emplace("group", membership.label);
    for (const auto& name : label_from_)
      if (const auto value = variables.find(name); value != variables.end())
        if (const auto text = ansible_text(value->second)) labels.insert_or_assign(name, *text);
    auto& share = shared[labels];
    if (!share && !labels.empty()) share = std::make_shared<const Labels>(labels);

    Entry entry{.host = host.name, .kind = Entry::Kind::plain, .labels = share};
    entry.line = host.place.line;
    entry.column = host.place.column;
    entry.exact = by_case.contains(host.name);
    const TemplateScope scope{host.name, variables,
                              [&](std::string_view name) { return view.of_host(name); },
                              [&](std::string_view group) { return view.hosts_in(group); },
                              host.vaulted || membership.vaulted};
    if (const auto& why = host.unreadable.empty() ? membership.unreadable : host.unreadable;
        !why.empty()) {
      fail(host.place, host.name, host.name, why);
      continue;
    }
    Connection connection(scope);
    const auto config = [&](const std::string& path) {
      return config_of ? config_of(path, host.place.source) : nullptr;
    };
    if (auto unknown = connection.read(config)) {
      fail(host.place, host.name, unknown->text.empty() ? host.name : unknown->text,
           std::move(unknown->remedy));
      continue;
    }
    const auto without_user = std::string_view{host.name}.substr(host.name.rfind('@') + 1);
    if (connection.address == without_user)
      entry.host = without_user;
    else if (connection.address != host.name)
      entry.kind = Entry::Kind::alias;
    if (entry.kind == Entry::Kind::alias) entry.connect = connection.address;
    entry.port = connection.port.value_or(0);
    if (connection.settings.family == "inet") entry.family = Family::v4;
    if (connection.settings.family == "inet6") entry.family = Family::v6;
    const auto reason = skip_reason(connection.type, connection.settings);
    entry.skip_reason = reason;
    const auto jumps = reason.empty() ? std::string() : jump_route(connection.settings);
    entry.jumps = jumps;
    sink(entry, host.place.source);
  }
}

std::set<std::string, std::less<>> AnsibleGroups::names_differing_by_case() const {
  std::map<std::string, std::vector<std::string_view>> spelled;
  for (const auto& host : hosts_)
    if (auto low = lower(host.name); low != host.name) spelled[std::move(low)].push_back(host.name);
  std::set<std::string, std::less<>> result;
  for (const auto& [low, names] : spelled) {
    const bool also_low = find_host(low).has_value();
    if (names.size() + (also_low ? 1 : 0) < 2) continue;
    result.insert(names.begin(), names.end());
    if (also_low) result.insert(low);
  }
  return result;
}

void AnsibleGroups::for_each_name(
    const std::function<void(Id, const std::string&)>& on_group,
    const std::function<void(Id, const std::string&)>& on_host) const {
  for (Id id = 0; id < groups_.size(); ++id) on_group(id, groups_[id].name);
  for (Id id = 0; id < hosts_.size(); ++id) on_host(id, hosts_[id].name);
}

std::vector<std::string_view> AnsibleGroups::hosts_below(Id group) const {
  // Breadth first, as Ansible walks: a group may be met again on the same level.
  std::vector<Id> order{group};
  std::set<Id> seen{group};
  std::vector<Id> level = groups_[group].children;
  if (group == kAll)
    for (Id id = 1; id < groups_.size(); ++id)
      if (groups_[id].parents.empty() && std::ranges::find(level, id) == level.end())
        level.push_back(id);
  while (!level.empty()) {
    std::vector<Id> next;
    for (const auto id : level) {
      if (!seen.insert(id).second) continue;
      order.push_back(id);
      next.insert(next.end(), groups_[id].children.begin(), groups_[id].children.end());
    }
    level = std::move(next);
  }
  std::vector<std::string_view> hosts;
  std::set<Id> listed;
  for (const auto id : order)
    for (const auto host : groups_[id].hosts)
      if (listed.insert(host).second) hosts.push_back(hosts_[host].name);
  return hosts;
}

void AnsibleGroups::for_each_group(
    const std::function<void(const std::string&, const std::vector<std::string_view>&)>& visit)
    const {
  for (Id id = 0; id < groups_.size(); ++id) visit(groups_[id].name, hosts_below(id));
}

namespace {

struct Bounds {
  std::uint64_t first = 0, last = 0, step = 1;
  std::size_t width = 0;
  bool letters = false;
};

constexpr std::ptrdiff_t kMostRanges = 16;
constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  constexpr std::size_t kMaxDigits = 15;
  if (error != std::errc{} || end != text.data() + text.size() || text.size() > kMaxDigits)
    return std::nullopt;
  return value;
}

const char* parse_bounds(std::string_view text, Bounds& bounds) {
  std::array<std::string_view, 3> parts{"0", "", "1"};
  std::size_t count = 0;
  while (true) {
    if (count == parts.size()) return "a range is [first:last] or [first:last:step]";
    const auto colon = text.find(':');
    if (colon != 0 || count > 0) parts[count] = text.substr(0, colon);
    ++count;
    if (colon == std::string_view::npos) break;
    text.remove_prefix(colon + 1);
  }
  const auto& [first, last, step] = parts;
  if (count < 2 || last.empty()) return "a range is [first:last] or [first:last:step]";
  if (first.size() > 1 && first[0] == '0') {
    bounds.width = first.size();
    if (last.size() != bounds.width) return "both ends of a range have the same width";
  }
  bounds.letters = first.size() == 1 && last.size() == 1 &&
                   kLetters.find(first) != std::string_view::npos &&
                   kLetters.find(last) != std::string_view::npos;
  const auto low = bounds.letters ? kLetters.find(first) : number_in(first);
  const auto high = bounds.letters ? kLetters.find(last) : number_in(last);
  const auto by = number_in(step);
  if (!low || !high || !by || *by == 0) return "a range is [first:last] or [first:last:step]";
  if (*low > *high) return "a range goes from a lower to a higher end";
  bounds.first = *low;
  bounds.last = *high;
  bounds.step = *by;
  return nullptr;
}

}  // namespace

const char* expand_ansible_ranges(std::string_view pattern, std::size_t limit,
                                  std::vector<std::string>& hosts) {
  const auto open = pattern.find('[');
  if (open == std::string_view::npos) {
    if (hosts.size() >= limit) return "expands to more hosts than --max-targets allows";
    hosts.emplace_back(pattern);
    return nullptr;
  }
  if (std::ranges::count(pattern, '[') > kMostRanges) return "at most 16 ranges in one name";
  const auto close = pattern.find(']', open);
  if (close == std::string_view::npos) return "the bracket is not closed";
  Bounds bounds;
  if (const char* fault = parse_bounds(pattern.substr(open + 1, close - open - 1), bounds))
    return fault;
  for (auto value = bounds.first; value <= bounds.last; value += bounds.step) {
    std::string host{pattern.substr(0, open)};
    if (bounds.letters) {
      host += kLetters[value];
    } else {
      const auto digits = std::to_string(value);
      if (digits.size() < bounds.width) host.append(bounds.width - digits.size(), '0');
      host += digits;
    }
    host += pattern.substr(close + 1);
    if (const char* fault = expand_ansible_ranges(host, limit, hosts)) return fault;
  }
  return nullptr;
}

AnsibleHost split_ansible_port(std::string_view pattern) {
  AnsibleHost result{.host = pattern};
  std::string_view digits;
  if (pattern.starts_with('[') && pattern.find("]:") != std::string_view::npos &&
      pattern.find(']') == pattern.rfind("]:")) {
    const auto close = pattern.find(']');
    result.host = pattern.substr(1, close - 1);
    digits = pattern.substr(close + 2);
  } else {
    std::size_t colon = std::string_view::npos, colons = 0;
    for (std::size_t i = 0, depth = 0; i < pattern.size(); ++i) {
      if (pattern[i] == '[') ++depth;
      if (pattern[i] == ']' && depth > 0) --depth;
      if (pattern[i] == ':' && depth == 0) colon = i, ++colons;
    }
    if (colons != 1) return result;
    result.host = pattern.substr(0, colon);
    digits = pattern.substr(colon + 1);
  }
  result.port = parse_port_number(digits);
  result.bad_port = !result.port;
  return result;
}

}  // namespace fleetscan::inventory
