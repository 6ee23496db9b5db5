#include "inventory/shard_environment.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

namespace fleetscan::inventory {
namespace {

constexpr auto kCountVariable = "FLEETSCAN_SHARDS";

std::optional<unsigned> parse_number(std::string_view text) {
  unsigned value = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

/// An engine that numbers its jobs in one variable.
struct Engine {
  const char* name;
  const char* index;
  const char* count;  ///< null: it does not tell
  unsigned first;     ///< the number of its first job
};

constexpr Engine kEngines[] = {
    {"a Kubernetes Indexed Job", "JOB_COMPLETION_INDEX", nullptr, 0},
    {"a Nomad job", "NOMAD_ALLOC_INDEX", nullptr, 0},
    {"GNU parallel", "PARALLEL_SEQ", nullptr, 1},
    {"GitLab's parallel jobs", "CI_NODE_INDEX", "CI_NODE_TOTAL", 1},
    {"CircleCI's parallel jobs", "CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", 0},
    {"Buildkite's parallel jobs", "BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", 0},
    {"Azure's parallel jobs", "SYSTEM_JOBPOSITIONINPHASE", "SYSTEM_TOTALJOBSINPHASE", 1},
};

using Answer = std::variant<FoundShard, std::string>;

/// One look at the environment.
class Finder {
 public:
  explicit Finder(const Environment& environment) : environment_(environment) {}

  Answer find() {
    std::vector<FoundShard> found;
    if (environment_("SLURM_ARRAY_TASK_ID")) add(found, slurm());
    for (const auto& engine : kEngines)
      if (environment_(engine.index)) add(found, numbered(engine));
    if (!complaint_.empty()) return complaint_;
    if (found.empty())
      return "--shard auto: neither Slurm, Kubernetes, Nomad, GNU parallel nor a CI system has "
             "numbered this job: give --shard I/N";
    for (const auto& other : found)
      if (other.shard != found.front().shard)
        return fmt::format("--shard auto: {} says {}/{}, {} says {}/{}: give --shard I/N",
                           found.front().engine, found.front().shard.index,
                           found.front().shard.count, other.engine, other.shard.index,
                           other.shard.count);
    return found.front();
  }

 private:
  void add(std::vector<FoundShard>& found, std::optional<FoundShard> shard) {
    if (shard) found.push_back(std::move(*shard));
  }

  std::optional<unsigned> number(const char* variable) {
    const auto text = environment_(variable);
    const auto value = text ? parse_number(*text) : std::nullopt;
    if (!value) complain(fmt::format("{} is {}", variable, text ? "not a number" : "not set"));
    return value;
  }

  void complain(const std::string& what) {
    if (complaint_.empty()) complaint_ = "--shard auto: " + what + ": give --shard I/N";
  }

  std::optional<FoundShard> checked(const char* engine, std::uint64_t index, unsigned count) {
    if (const auto shard = ShardChoice::parse(fmt::format("{}/{}", index, count)))
      return FoundShard{*shard, engine};
    complain(fmt::format("{} makes this part {} of {}", engine, index, count));
    return std::nullopt;
  }

  /// Without a count from the user, the array must be gapless: a single task that is submitted
  /// again would else take itself for the whole.
  std::optional<FoundShard> slurm() {
    constexpr auto kName = "a Slurm array";
    const auto id = number("SLURM_ARRAY_TASK_ID");
    if (environment_(kCountVariable)) {
      const auto count = number(kCountVariable);
      if (!id || !count) return std::nullopt;
      return checked(kName, *id, *count);
    }
    const auto first = number("SLURM_ARRAY_TASK_MIN"), last = number("SLURM_ARRAY_TASK_MAX");
    const auto count = number("SLURM_ARRAY_TASK_COUNT");
    if (!id || !first || !last || !count) return std::nullopt;
    if (*first > 1 || *last - *first + 1 != *count || *id < *first) {
      complain(
          fmt::format("the Slurm array {}-{} of {} tasks does not begin with 0 or 1, or has "
                      "gaps: set {}=N and number the tasks from 1",
                      *first, *last, *count, kCountVariable));
      return std::nullopt;
    }
    return checked(kName, std::uint64_t{*id} - *first + 1, *count);
  }

  std::optional<FoundShard> numbered(const Engine& engine) {
    if (!engine.count && !environment_(kCountVariable)) {
      complain(fmt::format("{} does not tell how many parts there are: set {}=N", engine.name,
                           kCountVariable));
      return std::nullopt;
    }
    const auto index = number(engine.index);
    const auto count = number(engine.count ? engine.count : kCountVariable);
    if (!index || !count) return std::nullopt;
    return checked(engine.name, std::uint64_t{*index} + 1 - engine.first, *count);
  }

  const Environment& environment_;
  std::string complaint_;
};

}  // namespace

Answer find_shard(const Environment& environment) { return Finder(environment).find(); }

}  // namespace fleetscan::inventory
