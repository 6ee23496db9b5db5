#pragma once
// Reads a scan's inputs: this run's shard, the inventory, the canaries, the expected host keys.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "commands/options.h"
#include "inventory/inventory.h"
#include "inventory/known_hosts.h"
#include "inventory/target.h"

namespace fleetscan::commands {

/// Puts the number of this job, as the engine that runs it tells in the environment, in place of
/// `--shard auto`.
/// @return false after saying what is wrong
[[nodiscard]] bool settle_shard(Options& options);

/// @return null after saying all that is wrong; an inventory without targets is wrong, too, unless
///     it is allowed
[[nodiscard]] std::unique_ptr<const inventory::Inventory> read_inventories(const Options& options);

/// The hosts that must be reachable from here.
/// @return nothing after saying what is wrong with them
[[nodiscard]] std::optional<std::vector<inventory::Target>> read_canaries(const Options& options);

/// The expected host keys.
/// @return nothing after saying what is wrong with the file
[[nodiscard]] std::optional<inventory::KnownHosts> read_known_hosts(const std::string& path);

}  // namespace fleetscan::commands
