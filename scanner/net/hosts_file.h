#pragma once
// HostsFile: this machine's own file of hosts (hosts(5)), read once.

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/address.h"

namespace fleetscan::net {

class HostsFile {
 public:
  HostsFile() = default;  ///< names no host
  /// Passes over what is no address with names behind it.
  explicit HostsFile(std::string_view text);

  /// The file at `path`; no hosts if it cannot be read.
  [[nodiscard]] static HostsFile read(const std::string& path);

  /// In the order of the file; empty if it does not name `host`, whatever its case.
  [[nodiscard]] const std::vector<Address>& addresses(std::string_view host) const;

 private:
  std::unordered_map<std::string, std::vector<Address>> hosts_;  ///< by names in lower case
};

}  // namespace fleetscan::net
