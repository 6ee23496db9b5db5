#pragma once
// Reads ssh_config(5): the hosts that it names, and how ssh(1) would connect to each.

#include <string>
#include <vector>

#include "base/input_error.h"
#include "inventory/entry.h"
#include "inventory/formats/ssh_blocks.h"

namespace fleetscan::inventory {

/// Hands over each name of a Host line that is no pattern, once, with what holds for it: HostName
/// (%h and %% expanded), Port and AddressFamily, of each the first value whose Host or Match block
/// applies. A host behind a ProxyJump or ProxyCommand has that as its skip reason. A Match block
/// with a criterion that is not evaluated here is taken not to apply, and said once in `notes`.
/// @param label_from  keywords whose value becomes a label of that name: "User", "Tag"
void parse_ssh_config(const SshConfigFile& file, const SshInclude& include,
                      const std::vector<std::string>& label_from, const EntrySink& sink,
                      InputErrors& errors, std::vector<std::string>& notes);

}  // namespace fleetscan::inventory
