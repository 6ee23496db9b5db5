#pragma once
// Selection: the part of an inventory that the user requested, by Ansible pattern and by label.

#include <optional>
#include <string>
#include <vector>

#include "base/input_error.h"
#include "inventory/formats/ansible_groups.h"
#include "inventory/limit.h"
#include "inventory/target_table.h"
#include "inventory/where.h"

namespace fleetscan::inventory {

class Selection {
 public:
  /// @param limit  of --limit; may be empty
  /// @param where  of each --where
  void parse(const std::string& limit, const std::vector<std::string>& where, InputErrors& errors);

  /// Drops from `table` what is not wanted, and says how many, and which term matches nothing.
  /// @param groups  Ansible's; the label "group" makes more
  void apply(TargetTable& table, const AnsibleGroups& groups, const TargetTable::OnDrop& on_drop,
             std::vector<std::string>& notes);

 private:
  void apply_limit(TargetTable& table, const AnsibleGroups& groups,
                   const TargetTable::OnDrop& on_drop);
  [[nodiscard]] std::vector<LimitGroup> limit_groups(TargetTable& table,
                                                     const AnsibleGroups& ansible) const;

  std::string limit_text_;
  std::optional<Limit> limit_;
  std::vector<std::string> where_texts_;
  std::vector<Where> where_;
};

}  // namespace fleetscan::inventory
