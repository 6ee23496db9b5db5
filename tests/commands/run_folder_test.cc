#include "commands/run_folder.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <set>
#include <system_error>

#include "base/output_file.h"
#include "base/wall_time.h"
#include "tests/inventory/support/temporary_files.h"

namespace fleetscan::commands {
namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string>;

constexpr const char* kRun1 = "20261118T021500Z-aaaaaaaa";
constexpr const char* kRun2 = "20261119T021500Z-bbbbbbbb";
constexpr const char* kRun3 = "20261120T021500Z-1f2e3d4c";

/// A folder of runs, each with a report in it.
class Runs {
 public:
  explicit Runs(std::initializer_list<const char*> names) {
    for (const auto* name : names) files_.write(std::string(name) + "/report.json", "{}");
  }

  void keep(const std::string& run, std::size_t count) const {
    keep_runs(files_.path(), files_.path() + '/' + run, count);
  }
  /// All there is, but for the link.
  [[nodiscard]] Names names() const {
    Names names;
    for (const auto& entry : fs::directory_iterator(files_.path()))
      if (!entry.is_symlink()) names.insert(entry.path().filename());
    return names;
  }
  [[nodiscard]] std::string latest() const {
    return fs::read_symlink(fs::path(files_.path()) / kLatest);
  }
  [[nodiscard]] std::string path() const { return files_.path(); }
  void write(const std::string& name) { files_.write(name, ""); }

 private:
  test::TemporaryFiles files_;
};

TEST_CASE("run_folder: is named after the second it started in and the run's id") {
  CHECK(run_folder("/runs", *parse_rfc3339("2026-11-20T02:15:00.999Z"),
                   "1f2e3d4c5b6a79880123456789abcdef") == std::string("/runs/") + kRun3);
}

TEST_CASE("keep_runs: the oldest go, and the link shows the newest") {
  const Runs runs({kRun1, kRun2, kRun3});
  runs.keep(kRun3, 2);
  CHECK(runs.names() == Names{kRun2, kRun3});
  CHECK(runs.latest() == kRun3);  // relative: the folder can be moved as a whole
}

TEST_CASE("keep_runs: fewer than are to be kept stay") {
  const Runs runs({kRun1, kRun2});
  runs.keep(kRun2, 2);
  CHECK(runs.names() == Names{kRun1, kRun2});
}

TEST_CASE("keep_runs: the link is moved on from the run before, even over a torn one") {
  const Runs runs({kRun1, kRun2});
  runs.keep(kRun1, 9);
  CHECK(runs.latest() == kRun1);
  fs::create_symlink("nowhere", fs::path(runs.path()) / "latest.part");
  runs.keep(kRun2, 9);
  CHECK(runs.latest() == kRun2);
  CHECK(runs.names() == Names{kRun1, kRun2});
}

TEST_CASE("prepare_link: the link waits beside, and the one before it stays until the run ends") {
  const Runs runs({kRun1, kRun2});
  runs.keep(kRun1, 9);
  prepare_link(runs.path(), runs.path() + '/' + kRun2);
  CHECK(runs.latest() == kRun1);
  CHECK(fs::read_symlink(fs::path(runs.path()) / "latest.part") == kRun2);
  runs.keep(kRun2, 9);
  CHECK(runs.latest() == kRun2);
}

TEST_CASE("keep_runs: the run that has just ended stays, although a clock went back") {
  const Runs runs({kRun1, kRun2, kRun3});
  runs.keep(kRun1, 1);
  CHECK(runs.names() == Names{kRun1});
}

TEST_CASE("keep_runs: as many stay as are wanted, wherever the new one sorts") {
  for (const auto* newest : {kRun1, kRun2, kRun3}) {
    const Runs runs({kRun1, kRun2, kRun3});
    runs.keep(newest, 2);
    CHECK(runs.names().size() == 2);
    CHECK(runs.names().contains(newest));
  }
}

TEST_CASE("keep_runs: a run that is being written stays") {
  const Runs runs({kRun1, kRun2});
  {
    const ReportFile other(runs.path() + '/' + kRun1 + "/results.jsonl");
    runs.keep(kRun2, 1);
    CHECK(runs.names() == Names{kRun1, kRun2});
  }
  runs.keep(kRun2, 1);
  CHECK(runs.names() == Names{kRun2});
}

TEST_CASE("keep_runs: what is no link is not replaced by one") {
  const Runs runs({kRun1, kRun2});
  fs::create_directory(fs::path(runs.path()) / kLatest);
  CHECK_THROWS_WITH_AS(
      runs.keep(kRun2, 1),
      ("cannot point at the latest run: " + runs.path() + "/latest: Is a directory").c_str(),
      std::system_error);
  CHECK(runs.names() == Names{kLatest, kRun1, kRun2});  // and nothing is left beside it
}

TEST_CASE("keep_runs: what is not named like a run is left alone") {
  Runs runs({kRun1, kRun2, "19990101", "20261118T021500Z-zzzzzzzz", "20261118T021500Z-aaaaaaaa.old",
             "notes"});
  runs.write("20261117T021500Z-aaaaaaaa");  // a file
  runs.keep(kRun2, 1);
  CHECK(runs.names() == Names{kRun2, "19990101", "20261118T021500Z-zzzzzzzz",
                              "20261118T021500Z-aaaaaaaa.old", "notes",
                              "20261117T021500Z-aaaaaaaa"});
}

TEST_CASE("keep_runs: a folder that is not there is an error") {
  CHECK_THROWS_AS(keep_runs("/nonexistent/runs", std::string("/nonexistent/runs/") + kRun1, 1),
                  std::system_error);
}

}  // namespace
}  // namespace fleetscan::commands
