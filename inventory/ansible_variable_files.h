#pragma once
// The files of variables that lie beside an Ansible inventory: group_vars/web.yml,
// host_vars/web01/main.yml.

#include <string>
#include <vector>

#include "base/input_error.h"

namespace fleetscan::inventory {

struct AnsibleVariableFile {
  bool of_host = false;  ///< in host_vars
  std::string name;      ///< of the host or group
  std::string path, text;
};

/// All of them in `folder`, in the order in which later ones win, as ansible-core 2.14 finds them:
/// NAME or else NAME.yml, .yaml, .json; below a folder NAME all files, sorted.
/// @param errors  told of what cannot be read
[[nodiscard]] std::vector<AnsibleVariableFile> ansible_variable_files(const std::string& folder,
                                                                      InputErrors& errors);

}  // namespace fleetscan::inventory
