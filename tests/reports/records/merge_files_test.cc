#include "reports/records/merge_files.h"

#include <doctest/doctest.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/stable_hash.h"
#include "reports/records/result_lines.h"
#include "tests/support/synthetic_fleet.h"

using namespace fleetscan;
using namespace fleetscan::inventory;
using namespace fleetscan::probe;
using namespace fleetscan::records;
using Ending = MergeSummary::Ending;

namespace {

/// A folder with a synthetic scan, cut into shards by the stable hash of its targets.
class ShardedScan {
 public:
  explicit ShardedScan(unsigned shards) {
    test::SyntheticFleet fleet({.hosts = 500, .hostile = true});
    std::vector<HostResult> hosts(500);
    for (auto& host : hosts) host = fleet.next();
    for (unsigned i = 1; i <= shards; ++i) write({i, shards}, fleet.run(), hosts);
  }
  ~ShardedScan() { std::filesystem::remove_all(folder_); }
  ShardedScan(const ShardedScan&) = delete;
  ShardedScan& operator=(const ShardedScan&) = delete;

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(path(name)).rdbuf();
    return text.str();
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
  }

 private:
  void write(const ShardChoice& shard, RunInfo run, const std::vector<HostResult>& hosts) {
    RunEnd end{.complete = true};
    std::string lines;
    for (const auto& host : hosts) {
      if (!shard.has(stable_hash(host.target.name()))) continue;
      append_line(lines, host);
      ++end.counts[host.outcome];
      ++end.probed;
    }
    run.run_id = "shard" + std::to_string(shard.index);
    run.shard = shard;
    run.targets = end.probed;
    std::string head;
    append_line(head, run);
    append_line(lines, end);
    write(std::to_string(shard.index), head + lines);
  }

  std::filesystem::path folder_ = []() -> std::filesystem::path {
    std::string pattern = std::filesystem::temp_directory_path() / "merge-XXXXXX";
    return mkdtemp(pattern.data());
  }();
};

}  // namespace

TEST_CASE("merge_files: shards, in any order, plain or gzip, into one file") {
  const ShardedScan scan(3);
  const auto first = merge_files({scan.path("1"), scan.path("2"), scan.path("3")}, scan.path("a"));
  CHECK(first.ending == Ending::complete);
  CHECK(first.messages.empty());
  CHECK(first.done == "500 hosts of 3 runs");
  const auto merged = scan.read("a");
  CHECK(std::ranges::count(merged, '\n') == 502);

  const auto packed = gzopen(scan.path("2.gz").c_str(), "wb");
  gzputs(packed, scan.read("2").c_str());
  gzclose(packed);
  CHECK(merge_files({scan.path("3"), scan.path("2.gz"), scan.path("1")}, scan.path("b")).ending ==
        Ending::complete);
  CHECK(scan.read("b") == merged);
}

TEST_CASE("merge_files: the output may be an input") {
  const ShardedScan scan(2);
  CHECK(merge_files({scan.path("1")}, scan.path("all")).ending == Ending::incomplete);
  CHECK(merge_files({scan.path("all"), scan.path("2")}, scan.path("all")).ending ==
        Ending::complete);
  CHECK(merge_files({scan.path("1"), scan.path("2")}, scan.path("other")).ending ==
        Ending::complete);
  CHECK(scan.read("all") == scan.read("other"));
}

TEST_CASE("merge_files: says what is missing") {
  const ShardedScan scan(3);
  const auto merged = merge_files({scan.path("1"), scan.path("3")}, scan.path("out"));
  CHECK(merged.ending == Ending::incomplete);
  CHECK(merged.messages == std::vector<std::string>{"shard 2 of 3 is missing"});
  CHECK(scan.read("out").find("{\"type\":\"end\",\"complete\":false") != std::string::npos);
}

TEST_CASE("merge_files: an input that does not end is not read on") {
  const ShardedScan scan(1);
  const auto merged = merge_files({scan.path("1"), "/dev/zero"}, scan.path("out"));
  CHECK(merged.ending == Ending::refused);
  REQUIRE(merged.messages.size() == 3);
  CHECK(merged.messages[1] == "/dev/zero:2: 64 MiB without a record: the rest is not read");
  CHECK(merged.messages[2] == "/dev/zero: it contains no run record");
}

TEST_CASE("merge_files: a part that is an input is not written over") {
  const ShardedScan scan(1);
  scan.write("out.part", scan.read("1"));
  const auto merged = merge_files({scan.path("out.part")}, scan.path("out"));
  CHECK(merged.ending == Ending::refused);
  CHECK(scan.read("out.part") == scan.read("1"));
}

TEST_CASE("merge_files: nothing is written where nothing can be") {
  const ShardedScan scan(1);
  scan.write("text", "this is no results file\n");
  CHECK(merge_files({scan.path("1"), scan.path("none")}, scan.path("out")).ending ==
        Ending::refused);
  CHECK(merge_files({scan.path("1"), scan.path("text")}, scan.path("out")).ending ==
        Ending::refused);
  CHECK_FALSE(std::filesystem::exists(scan.path("out")));
  CHECK_FALSE(std::filesystem::exists(scan.path("out.part")));
  CHECK(merge_files({scan.path("1")}, scan.path("no/folder/out")).ending == Ending::unwritable);
}
