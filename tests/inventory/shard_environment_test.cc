#include "inventory/shard_environment.h"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

using namespace fleetscan;
using namespace fleetscan::inventory;

TEST_CASE("find_shard") {
  struct Case {
    std::string name;
    std::map<std::string, std::string> environment;
    std::string expected;  ///< "3/8 a Slurm array", or a part of the complaint
  };
  // clang-format off
  const std::vector<Case> cases = {
      {"nothing", {}, "neither Slurm"},
      {"a count alone says nothing", {{"FLEETSCAN_SHARDS", "8"}}, "neither Slurm"},
      {"Slurm from 0", {{"SLURM_ARRAY_TASK_ID", "2"}, {"SLURM_ARRAY_TASK_MIN", "0"},
                        {"SLURM_ARRAY_TASK_MAX", "7"}, {"SLURM_ARRAY_TASK_COUNT", "8"}}, "3/8 a Slurm array"},
      {"Slurm from 1", {{"SLURM_ARRAY_TASK_ID", "8"}, {"SLURM_ARRAY_TASK_MIN", "1"},
                        {"SLURM_ARRAY_TASK_MAX", "8"}, {"SLURM_ARRAY_TASK_COUNT", "8"}}, "8/8 a Slurm array"},
      {"Slurm, one task again", {{"SLURM_ARRAY_TASK_ID", "5"}, {"SLURM_ARRAY_TASK_MIN", "5"},
                        {"SLURM_ARRAY_TASK_MAX", "5"}, {"SLURM_ARRAY_TASK_COUNT", "1"}}, "set FLEETSCAN_SHARDS=N"},
      {"Slurm, one task again, count given", {{"SLURM_ARRAY_TASK_ID", "5"}, {"SLURM_ARRAY_TASK_MIN", "5"},
                        {"SLURM_ARRAY_TASK_MAX", "5"}, {"SLURM_ARRAY_TASK_COUNT", "1"},
                        {"FLEETSCAN_SHARDS", "8"}}, "5/8 a Slurm array"},
      {"Slurm, the first task again", {{"SLURM_ARRAY_TASK_ID", "1"}, {"FLEETSCAN_SHARDS", "8"}}, "1/8 a Slurm array"},
      {"Slurm from 0, count given", {{"SLURM_ARRAY_TASK_ID", "0"}, {"FLEETSCAN_SHARDS", "8"}}, "part 0 of 8"},
      {"Slurm with gaps", {{"SLURM_ARRAY_TASK_ID", "3"}, {"SLURM_ARRAY_TASK_MIN", "1"},
                        {"SLURM_ARRAY_TASK_MAX", "5"}, {"SLURM_ARRAY_TASK_COUNT", "3"}}, "has gaps"},
      {"Slurm, incomplete", {{"SLURM_ARRAY_TASK_ID", "3"}}, "SLURM_ARRAY_TASK_MIN is not set"},
      {"Kubernetes", {{"JOB_COMPLETION_INDEX", "0"}, {"FLEETSCAN_SHARDS", "4"}}, "1/4 a Kubernetes Indexed Job"},
      {"Kubernetes without a count", {{"JOB_COMPLETION_INDEX", "0"}}, "set FLEETSCAN_SHARDS=N"},
      {"Nomad", {{"NOMAD_ALLOC_INDEX", "3"}, {"FLEETSCAN_SHARDS", "4"}}, "4/4 a Nomad job"},
      {"Nomad, more than said", {{"NOMAD_ALLOC_INDEX", "4"}, {"FLEETSCAN_SHARDS", "4"}}, "part 5 of 4"},
      {"GNU parallel", {{"PARALLEL_SEQ", "2"}, {"FLEETSCAN_SHARDS", "4"}}, "2/4 GNU parallel"},
      {"GNU parallel from 0", {{"PARALLEL_SEQ", "0"}, {"FLEETSCAN_SHARDS", "4"}}, "part 0 of 4"},
      {"GitLab", {{"CI_NODE_INDEX", "2"}, {"CI_NODE_TOTAL", "5"}}, "2/5 GitLab's parallel jobs"},
      {"CircleCI", {{"CIRCLE_NODE_INDEX", "2"}, {"CIRCLE_NODE_TOTAL", "5"}}, "3/5 CircleCI's parallel jobs"},
      {"Buildkite", {{"BUILDKITE_PARALLEL_JOB", "0"}, {"BUILDKITE_PARALLEL_JOB_COUNT", "5"}}, "1/5 Buildkite's"},
      {"Azure", {{"SYSTEM_JOBPOSITIONINPHASE", "5"}, {"SYSTEM_TOTALJOBSINPHASE", "5"}}, "5/5 Azure's"},
      {"not a number", {{"CI_NODE_INDEX", "two"}, {"CI_NODE_TOTAL", "5"}}, "CI_NODE_INDEX is not a number"},
      {"an engine inside another, agreed", {{"CI_NODE_INDEX", "2"}, {"CI_NODE_TOTAL", "5"},
                        {"PARALLEL_SEQ", "2"}, {"FLEETSCAN_SHARDS", "5"}}, "2/5 "},
      {"an engine inside another", {{"CI_NODE_INDEX", "2"}, {"CI_NODE_TOTAL", "5"},
                        {"PARALLEL_SEQ", "3"}, {"FLEETSCAN_SHARDS", "5"}}, "GNU parallel says 3/5, GitLab's"},
  };
  // clang-format on
  for (const auto& [name, environment, expected] : cases) {
    CAPTURE(name);
    const auto answer = find_shard([&](const std::string& variable) -> std::optional<std::string> {
      const auto found = environment.find(variable);
      if (found == environment.end()) return std::nullopt;
      return found->second;
    });
    std::string text;
    if (const auto* found = std::get_if<FoundShard>(&answer))
      text = std::to_string(found->shard.index) + '/' + std::to_string(found->shard.count) + ' ' +
             found->engine;
    else
      text = std::get<std::string>(answer);
    CAPTURE(text);
    CHECK(text.find(expected) != text.npos);
  }
}
