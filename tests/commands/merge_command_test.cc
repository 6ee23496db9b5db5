#include "commands/merge_command.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "tests/commands/given.h"
#include "tests/inventory/support/temporary_files.h"
#include "tests/support/captured_output.h"

namespace fleetscan::commands {
namespace {

using probe::Outcome;
using test::host_result;

/// Both shards of one scan, a host in each.
struct Shards {
  static std::string shard(unsigned index, const std::string& host) {
    auto run = test::nightly_run(index, 1);
    run.shard = {index, 2};
    run.inventory_sha256 = "00ff";
    return results(run, {host_result(host, Outcome::ok)});
  }

  test::TemporaryFiles files = {};
  std::string first = files.write("1.jsonl", shard(1, "a"));
  std::string second = files.write("2.jsonl", shard(2, "b"));
  std::string output = files.path() + "/all.jsonl";
};

test::Ended merge(const std::vector<std::string>& words) {
  return test::ended([&] { return run_merge(words); });
}

TEST_CASE("merge: all shards are a whole scan, with status 0") {
  const Shards shards;
  const auto merged = merge({shards.second, shards.first, "-o", shards.output});
  CHECK(merged.status == 0);
  CHECK(merged.out.empty());
  CHECK(merged.err == "fleetscan: 2 hosts of 2 runs\n");
  CHECK(std::ranges::count(content(shards.output), '\n') == 4);
  CHECK(merge({shards.first, shards.second, "-o", shards.output, "-q"}).err.empty());
}

TEST_CASE("merge: on standard output stand records alone") {
  const Shards shards;
  const auto merged = merge({shards.first, shards.second, "-o", "-"});
  CHECK(merged.status == 0);
  CHECK(merged.out.starts_with("{\"type\":\"run\""));
  CHECK(std::ranges::count(merged.out, '\n') == 4);
}

TEST_CASE("merge: a missing shard is written as far as it goes and said, even if quiet") {
  const Shards shards;
  const auto merged = merge({shards.second, "-o", shards.output, "-q"});
  CHECK(merged.status == 3);
  CHECK(merged.err == "fleetscan: shard 1 of 2 is missing\n");
  CHECK(content(shards.output).find("\"complete\":false") != std::string::npos);
}

TEST_CASE("merge: what is no part of the scan is refused, and nothing is written") {
  Shards shards;
  auto other = test::nightly_run(1, 1);
  other.inventory_sha256 = "0000";
  const auto foreign =
      shards.files.write("foreign", results(other, {host_result("z", Outcome::ok)}));
  const std::vector<std::vector<std::string>> cases{
      {shards.first, foreign, "-o", shards.output},
      {shards.first, "/nonexistent/2.jsonl", "-o", shards.output},
      {shards.first, shards.second},  // no output is named
      {"-o", shards.output},
  };
  for (const auto& words : cases) {
    const auto refused = merge(words);
    CAPTURE(refused.err);
    CHECK(refused.status == 2);
    CHECK(refused.err.starts_with("fleetscan: "));
    CHECK_FALSE(std::filesystem::exists(shards.output));
  }
}

TEST_CASE("merge: an input that is not there is named with the reason") {
  const auto refused = merge({"/nonexistent/1.jsonl", "-o", "-"});
  CHECK(refused.err == "fleetscan: cannot read /nonexistent/1.jsonl: No such file or directory\n");
}

TEST_CASE("merge: an output that cannot be written is status 4") {
  const Shards shards;
  const auto merged = merge({shards.first, shards.second, "-o", "/nonexistent/all.jsonl"});
  CHECK(merged.status == 4);
  CHECK(merged.err.find("/nonexistent/all.jsonl") != std::string::npos);
}

}  // namespace
}  // namespace fleetscan::commands
