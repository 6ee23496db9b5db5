#pragma once
// Hosts, groups and variables as Ansible understands them, gathered from one or more inventories.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "inventory/entry.h"
#include "inventory/formats/ansible_template.h"
#include "inventory/formats/ssh_blocks.h"
#include "inventory/target.h"

namespace fleetscan::inventory {

/// Where a host was named first.
struct AnsiblePlace {
  std::uint16_t source = 0;
  std::uint32_t line = 0, column = 0;
};

/// The semantics are those of ansible-core 2.14: "all" and "ungrouped" exist from the start, a
/// group's hosts are those of its descendants too, and the variables of deeper groups win over
/// those of higher ones, a host's own over all.
class AnsibleGroups {
 public:
  /// @param label_from  host variables that become labels; only they, those that say how to
  ///                    connect, and those that templates name are kept
  explicit AnsibleGroups(const std::vector<std::string>& label_from = {});

  /// Keeps each variable that a template of `text` names, "{{ name }}". To be called for every text
  /// before the first is parsed.
  void keep_templated(std::string_view text);

  using Id = std::uint32_t;

  Id add_group(std::string_view name);
  [[nodiscard]] std::optional<Id> find_group(std::string_view name) const;
  /// @return false if that would make a loop
  bool add_child(Id parent, Id child);
  /// A host that is known already keeps its place and its port. @param port 0 = none
  Id add_host(std::string_view name, std::uint16_t port, Id group, const AnsiblePlace& place);
  [[nodiscard]] std::optional<Id> find_host(std::string_view name) const;
  /// Whether a variable of that name is kept.
  [[nodiscard]] bool keeps(std::string_view variable) const;
  /// @param value  as of TemplateVariables; null counts as not set
  void set_group_variable(Id group, std::string_view name, nlohmann::json value);
  /// The same, of a file in group_vars: stronger than what any inventory says of any group.
  void set_group_file_variable(Id group, std::string_view name, nlohmann::json value);
  void set_host_variable(Id host, std::string_view name, nlohmann::json value);
  /// Says that there are variables of it that cannot be read.
  void set_group_vaulted(Id group) { groups_[group].vaulted = true; }
  void set_host_vaulted(Id host) { hosts_[host].vaulted = true; }
  /// The same, where what cannot be read may say how to connect: its hosts are not understood.
  void set_group_unreadable(Id group, std::string why) { groups_[group].unreadable = why; }
  void set_host_unreadable(Id host, std::string why) { hosts_[host].unreadable = why; }

  [[nodiscard]] bool empty() const { return hosts_.empty(); }
  [[nodiscard]] std::size_t host_count() const { return hosts_.size(); }

  /// Hands over each host, in the order of their first appearance, with its groups as label
  /// "group", and its connection as ssh gets it from Ansible: address, port, whether it is reached
  /// by SSH at all and without a jump host. Templates are resolved as far as variables allow.
  /// @param fail  told of a host whose connection cannot be understood: its name, and why
  using OnEntry = std::function<void(const Entry&, std::uint16_t source)>;
  using OnFault = std::function<void(const AnsiblePlace&, std::string_view host,
                                     std::string_view text, std::string remedy)>;
  /// @param config_of  the ssh_config that a host's ssh arguments name by -F, relative to where
  ///                   the host's source is; null if there is none
  using SshConfigOf =
      std::function<const SshBlocks*(const std::string& path, std::uint16_t source)>;
  void for_each(const OnEntry& sink, const OnFault& fail, const SshConfigOf& config_of = {}) const;

  /// Calls back for each group, and each host.
  void for_each_name(const std::function<void(Id, const std::string& name)>& on_group,
                     const std::function<void(Id, const std::string& name)>& on_host) const;

  /// Each group in order of creation with all its hosts, in the order that a subscript of a
  /// pattern counts them.
  void for_each_group(const std::function<void(const std::string& name,
                                               const std::vector<std::string_view>&)>& visit) const;

 private:
  using Variables = TemplateVariables;
  struct Group {
    std::string name;
    std::vector<Id> children, parents, hosts;
    std::set<Id> host_set;
    Variables variables, file_variables;
    int priority = 1;
    bool vaulted = false;
    std::string unreadable = {};  ///< why; usually empty
  };
  struct Host {
    std::string name;
    AnsiblePlace place;
    std::vector<Id> groups;
    Variables variables;
    bool vaulted = false;
    std::string unreadable = {};
  };
  /// What all hosts with the same groups share.
  struct Membership {
    std::string label;  ///< names of all groups but "all" and "ungrouped", sorted, comma-joined
    Variables variables;
    bool vaulted = false;
    std::string unreadable = {};
  };
  class View;

  [[nodiscard]] std::set<std::string, std::less<>> names_differing_by_case() const;
  [[nodiscard]] std::set<Id> with_ancestors(const std::vector<Id>& groups) const;
  [[nodiscard]] bool is_ancestor(Id ancestor, Id group) const;
  [[nodiscard]] std::vector<int> depths() const;
  [[nodiscard]] std::vector<Id> groups_of(const Host& host) const;
  [[nodiscard]] Membership membership(const std::vector<Id>& groups,
                                      const std::vector<int>& depths) const;
  [[nodiscard]] Labels labels_of(const Membership& membership, const Variables& variables) const;
  [[nodiscard]] std::vector<std::string_view> hosts_below(Id group) const;

  std::set<std::string, std::less<>> kept_;
  std::vector<std::string> label_from_;
  std::vector<Group> groups_;
  std::vector<Host> hosts_;
  std::unordered_map<std::string, Id> group_ids_, host_ids_;
};

}  // namespace fleetscan::inventory
