#pragma once
// Reads ssh_config(5): the hosts that it names, and how ssh(1) would connect to each.

#include <functional>
#include <string>
#include <vector>

#include "base/input_error.h"
#include "inventory/entry.h"

namespace fleetscan::inventory {

struct SshConfigFile {
  std::string name;
  std::string text;
};

/// Finds the files that an Include names: a pattern as it stands there, quotes removed.
using SshInclude = std::function<std::vector<SshConfigFile>(const std::string& pattern)>;

/// Hands over each name of a Host line that is no pattern, once, with what holds for it: HostName
/// (%h and %% expanded), Port and AddressFamily, of each the first value whose Host or Match block
/// applies. A host behind a ProxyJump or ProxyCommand has that as its skip reason. Of Match,
/// `all`, `host` and `originalhost` are understood; a block with any other criterion is taken not
/// to apply, and said once in `notes`.
/// At most 10,000 files are included in all, 16 deep.
/// @param label_from  keywords whose value becomes a label of that name: "User", "Tag"
void parse_ssh_config(const SshConfigFile& file, const SshInclude& include,
                      const std::vector<std::string>& label_from, const EntrySink& sink,
                      InputErrors& errors, std::vector<std::string>& notes);

}  // namespace fleetscan::inventory
