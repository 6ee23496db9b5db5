#pragma once
// Finds out which shard a job should scan, from the environment that its engine sets.

#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "inventory/share.h"

namespace fleetscan::inventory {

/// The value of an environment variable; nothing if it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// A shard that the environment names, and who named it: "a Slurm array".
struct FoundShard {
  ShardChoice shard;
  std::string engine;

  bool operator==(const FoundShard&) const = default;
};

/// Finds out which part a job is to take, for `--shard auto`: of a Slurm array, a Kubernetes
/// Indexed Job, a Nomad job, GNU parallel, or a CI system's parallel jobs. Where the engine does
/// not tell how many parts there are, FLEETSCAN_SHARDS does.
/// @return else, in one sentence, what is missing or contradictory, and the remedy
[[nodiscard]] std::variant<FoundShard, std::string> find_shard(const Environment& environment);

}  // namespace fleetscan::inventory
