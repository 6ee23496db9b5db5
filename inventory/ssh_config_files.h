#pragma once
// SshConfigFiles finds the files of ssh_config(5) that inventories lead to: by Include, and by the
// ssh arguments of Ansible's hosts. All that they include is bounded together.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/input_error.h"
#include "inventory/formats/ssh_blocks.h"

namespace fleetscan::inventory {

class SshConfigFiles {
 public:
  /// @param notes  what the user should know is added to them
  explicit SshConfigFiles(std::vector<std::string>& notes) : notes_(notes) {}

  /// The files that an Include names; none behind 1 GiB of them.
  [[nodiscard]] std::vector<SshConfigFile> included(const std::string& pattern,
                                                    InputErrors& errors);

  /// The file that ssh arguments in an inventory name, read once. Ansible is usually started in the
  /// folder of the inventory, or above it.
  /// @return null where there is none
  [[nodiscard]] const SshBlocks* named_by(const std::string& path, const std::string& inventory,
                                          InputErrors& errors);

 private:
  void count(const SshConfigFile& file, InputErrors& errors);
  std::unique_ptr<SshBlocks> read(const std::string& path, InputErrors& errors);

  std::vector<std::string>& notes_;
  std::map<std::string, std::unique_ptr<SshBlocks>> named_;  ///< by path
  std::uint64_t included_bytes_ = 0;
};

}  // namespace fleetscan::inventory
