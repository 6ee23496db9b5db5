#pragma once
// AnsibleVariables adds to the groups of an inventory what lies beside it: files of variables and
// an ansible.cfg.

#include <string>
#include <vector>

#include "base/input_error.h"
#include "inventory/ansible_variable_files.h"
#include "inventory/formats/ansible_groups.h"

namespace fleetscan::inventory {

class AnsibleVariables {
 public:
  /// @param strict  what cannot be read is an error; else a note, and its hosts are not understood
  /// Refers to `errors` and `notes`, where it tells of what it met.
  AnsibleVariables(bool strict, InputErrors& errors, std::vector<std::string>& notes)
      : strict_(strict), errors_(errors), notes_(notes) {}

  /// The files in `folders`, each of which is read once.
  [[nodiscard]] std::vector<AnsibleVariableFile> find(const std::vector<std::string>& folders);

  /// What the ansible.cfg that belongs to the file `inventory` says of all hosts. It gives way to
  /// what any inventory says of some.
  void add_settings(const std::string& inventory, AnsibleGroups& groups);

  /// What the file says, if its host or group is known.
  void add(const AnsibleVariableFile& file, AnsibleGroups& groups);

 private:
  void add_unreadable(const AnsibleVariableFile& file, const InputError& error,
                      AnsibleGroups::Id id, AnsibleGroups& groups);
  void note_once(std::string text);

  bool strict_;
  InputErrors& errors_;
  std::vector<std::string>& notes_;
};

}  // namespace fleetscan::inventory
