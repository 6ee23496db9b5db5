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
#include <tuple>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/ascii.h"
#include "inventory/entry.h"
#include "inventory/formats/ansible_connection.h"
#include "inventory/formats/ansible_filters.h"
#include "inventory/formats/ansible_template.h"
#include "inventory/formats/ssh_settings.h"
#include "inventory/jump_route.h"
#include "inventory/labels.h"
#include "inventory/target.h"

namespace fleetscan::inventory {
namespace {

constexpr AnsibleGroups::Id kAll = 0, kUngrouped = 1;

using Variables = TemplateVariables;

}  // namespace

AnsibleGroups::AnsibleGroups(const std::vector<std::string>& label_from)
    : kept_{"ansible_group_priority"}, label_from_(label_from) {
  const auto& connection = ansible_connection_variables();
  kept_.insert(connection.begin(), connection.end());
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
    if (port != 0) hosts_[id].variables.emplace("ansible_port", std::to_string(port));
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

namespace {

// Where it connects to, under which name, and by which way.
void connect(Entry& entry, const AnsibleConnection& connection) {
  const auto without_user = entry.host.substr(entry.host.rfind('@') + 1);
  if (connection.address != entry.host && connection.address != without_user) {
    entry.kind = Entry::Kind::alias;
    entry.connect = connection.address;
  }
  if (connection.address == without_user) entry.host = without_user;
  entry.port = connection.port.value_or(0);
  if (connection.settings.family == "inet") entry.family = Family::v4;
  if (connection.settings.family == "inet6") entry.family = Family::v6;
}

}  // namespace

Labels AnsibleGroups::labels_of(const Membership& membership, const Variables& variables) const {
  Labels labels;
  if (!membership.label.empty()) labels.emplace("group", membership.label);
  for (const auto& name : label_from_)
    if (const auto value = variables.find(name); value != variables.end())
      if (const auto text = ansible_text(value->second)) labels.insert_or_assign(name, *text);
  return labels;
}

void AnsibleGroups::for_each(const OnEntry& sink, const OnFault& fail,
                             const SshConfigOf& config_of) const {
  View view(*this);
  std::map<Labels, std::shared_ptr<const Labels>> shared;
  const auto by_case = names_differing_by_case();
  for (const auto& host : hosts_) {
    const auto& membership = view.membership(host);
    if (const auto& why = host.unreadable.empty() ? membership.unreadable : host.unreadable;
        !why.empty()) {
      fail(host.place, host.name, host.name, why);
      continue;
    }
    const auto variables = view.variables(host);
    const TemplateScope scope{host.name, variables,
                              [&](std::string_view name) { return view.of_host(name); },
                              [&](std::string_view group) { return view.hosts_in(group); },
                              host.vaulted || membership.vaulted};
    AnsibleConnection connection(scope);
    const auto config = [&](const std::string& path) {
      return config_of ? config_of(path, host.place.source) : nullptr;
    };
    if (auto unknown = connection.read(config)) {
      fail(host.place, host.name, unknown->text.empty() ? host.name : unknown->text,
           std::move(unknown->remedy));
      continue;
    }
    auto labels = labels_of(membership, variables);
    auto& share = shared[labels];
    if (!share && !labels.empty()) share = std::make_shared<const Labels>(std::move(labels));
    Entry entry{.host = host.name, .kind = Entry::Kind::plain, .labels = share};
    entry.line = host.place.line;
    entry.column = host.place.column;
    entry.exact = by_case.contains(host.name);
    connect(entry, connection);
    const auto reason = connection.skip_reason();
    entry.skip_reason = reason;
    const auto jumps = reason.empty() ? std::string{} : jump_route(connection.settings);
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

}  // namespace fleetscan::inventory
