#include "inventory/selection.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/input_error.h"
#include "base/numbers.h"
#include "base/text_file.h"
#include "inventory/formats/ansible_groups.h"
#include "inventory/limit.h"
#include "inventory/target.h"
#include "inventory/target_table.h"
#include "inventory/where.h"

namespace fleetscan::inventory {
namespace {

/// The comma-joined groups of all targets with this annotation.
std::string_view group_label(TargetTable& table, std::uint32_t annotation) {
  const auto& labels = table.annotations()[annotation].labels;
  if (!labels) return {};
  const auto found = labels->find("group");
  return found == labels->end() ? std::string_view{} : found->second;
}

template <typename Visit>
void for_each_group(std::string_view label, const Visit& visit) {
  while (!label.empty()) {
    const auto comma = std::min(label.find(','), label.size());
    visit(label.substr(0, comma));
    label.remove_prefix(std::min(comma + 1, label.size()));
  }
}

void note_dropped(std::uint64_t before, std::uint64_t after, std::string_view option,
                  std::vector<std::string>& notes) {
  if (before != after)
    notes.push_back(counted(before - after, "target", "left out by " + std::string{option}));
}

}  // namespace

void Selection::parse(const std::string& limit, const std::vector<std::string>& where,
                      InputErrors& errors) {
  if (!limit.empty()) {
    std::optional<InputError> unreadable;
    auto parsed = Limit::parse(limit, [&](const std::string& path) -> std::optional<std::string> {
      auto text = read_text(path, "a list of hosts");
      if (auto* names = std::get_if<std::string>(&text)) return std::move(*names);
      unreadable = std::get<InputError>(text);
      return std::nullopt;
    });
    if (unreadable)
      errors.add(*unreadable);
    else if (const auto* wrong = std::get_if<std::string>(&parsed))
      errors.add({"--limit", 0, 0, *wrong, "a pattern is like web:&fra:!canary, db* or ~db[0-9]+"});
    else
      limit_ = std::get<Limit>(std::move(parsed));
  }
  limit_text_ = limit;
  where_texts_ = where;
  for (const auto& text : where) {
    if (auto parsed = Where::parse(text))
      where_.push_back(*std::move(parsed));
    else
      errors.add({"--where", 0, 0, text, "write KEY=VALUE or KEY!=VALUE"});
  }
}

void Selection::apply(TargetTable& table, const AnsibleGroups& groups,
                      const TargetTable::OnDrop& on_drop, std::vector<std::string>& notes) {
  static const Labels kNone;
  const auto all = table.size();
  for (std::size_t i = 0; i < where_.size(); ++i) {
    const auto holds = [&](std::string_view, std::uint32_t annotation) {
      const auto& labels = table.annotations()[annotation].labels;
      return where_[i].holds(labels ? *labels : kNone);
    };
    table.keep(holds, false, "left out by --where " + where_texts_[i], on_drop);
  }
  const auto left = table.size();
  note_dropped(all, left, "--where", notes);
  if (!limit_) return;
  apply_limit(table, groups, on_drop);
  note_dropped(left, table.size(), "--limit", notes);
  for (const auto& term : limit_->unmatched())
    notes.push_back("--limit: \"" + excerpt(term) + "\" matches no group and no host");
}

void Selection::apply_limit(TargetTable& table, const AnsibleGroups& groups,
                            const TargetTable::OnDrop& on_drop) {
  std::vector<std::string> hosts;
  table.for_each_name([&](std::string_view host, std::uint32_t) { hosts.emplace_back(host); });
  limit_->bind(limit_groups(table, groups), hosts);
  std::map<std::uint32_t, std::uint64_t> bits;
  const auto selects = [&](std::string_view host, std::uint32_t annotation) {
    const auto [found, is_new] = bits.try_emplace(annotation);
    if (is_new) found->second = limit_->by_groups(group_label(table, annotation));
    return limit_->selects(host, found->second);
  };
  table.keep(selects, limit_->looks_at_hosts(), "left out by --limit " + limit_text_, on_drop);
}

/// Ansible's groups in its order, and then those that are only labels.
std::vector<LimitGroup> Selection::limit_groups(TargetTable& table,
                                                const AnsibleGroups& ansible) const {
  std::vector<LimitGroup> groups;
  std::map<std::string, std::size_t, std::less<>> known;
  ansible.for_each_group([&](const std::string& name, const auto& hosts) {
    known.emplace(name, groups.size());
    groups.push_back({name, {}});
    if (limit_->has_subscript())
      for (const auto host : hosts) groups.back().hosts.push_back(TargetTable::canonical(host));
  });
  const auto from_ansible = groups.size();
  for (std::uint32_t id = 0; id < table.annotations().size(); ++id)
    for_each_group(group_label(table, id), [&](std::string_view name) {
      if (known.emplace(name, groups.size()).second) groups.push_back({std::string{name}, {}});
    });
  table.for_each_name([&](std::string_view host, std::uint32_t id) {
    if (ansible.find_host(host)) return;
    groups.front().hosts.emplace_back(host);
    for_each_group(group_label(table, id), [&](std::string_view name) {
      const auto at = known.find(name)->second;
      if (at >= from_ansible) groups[at].hosts.emplace_back(host);
    });
  });
  return groups;
}

}  // namespace fleetscan::inventory
