#include "commands/report_set.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "reports/render/terminal_summary.h"
#include "tests/support/synthetic_fleet.h"

using namespace fleetscan;
using namespace fleetscan::summary;
using namespace fleetscan::render;
using namespace fleetscan::commands;

namespace {

class Folder {
 public:
  Folder() {
    char name[] = "/tmp/fleetscan-test-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path + '/' + name; }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path), {}));
  }
  std::string path;
};

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void feed(ReportSet& reports, std::uint64_t hosts, bool hostile = false) {
  test::SyntheticFleet fleet(
      {.hosts = hosts, .failing_percent = 20, .seed = 2, .hostile = hostile});
  reports.begin(fleet.run());
  for (std::uint64_t i = 0; i < hosts; ++i) reports.add(fleet.next());
  reports.end(fleet.end());
}

}  // namespace

TEST_CASE("ReportFile: nothing stands at its place before it is whole") {
  Folder folder;
  const auto path = folder / "report.json";
  write_report(path, "old");
  {
    ReportFile file(path);
    file.write("new");
    file.flush();
    CHECK(content(path) == "old");
    CHECK(folder.files() == 2);
  }
  CHECK(content(path) == "old");
  CHECK(folder.files() == 1);
  write_report(path, "new");
  CHECK(content(path) == "new");
  CHECK(folder.files() == 1);
}

TEST_CASE("ReportFile: errors say what was attempted, and foreign names are shown harmless") {
  CHECK_THROWS_WITH_AS(ReportFile("/nonexistent/\x1b/report.json"),
                       "cannot create /nonexistent/\\x1b/report.json: No such file or directory",
                       std::system_error);
  ReportFile full("/dev/full");
  full.write("x");
  CHECK_THROWS_WITH_AS(full.commit(), "cannot write /dev/full: No space left on device",
                       std::system_error);
  write_report("/dev/null", "not moved away");
  CHECK(std::filesystem::is_character_file("/dev/null"));
}

TEST_CASE("ReportSet: rendered again from its own results, every document is the same") {
  for (const bool hostile : {false, true}) {
    Folder live, again;
    ReportSet reports({.paths = {{"jsonl", {live / "results.jsonl"}},
                                 {"json", {live / "report.json"}},
                                 {"html", {live / "report.html"}}}});
    feed(reports, 1500, hostile);
    const auto report = reports.finish();
    CHECK(reports.errors().empty());
    CHECK(live.files() == 3);

    ReportSet second({.paths = {{"jsonl", {again / "results.jsonl"}},
                                {"json", {again / "report.json"}},
                                {"html", {again / "report.html"}}}});
    CHECK(read_results(live / "results.jsonl", second).empty());
    const auto second_report = second.finish();
    for (const std::string name : {"results.jsonl", "report.json", "report.html"}) {
      CAPTURE(name);
      CHECK(content(live / name) == content(again / name));
    }
    CHECK(terminal_summary(report, {}) == terminal_summary(second_report, {}));
  }
}

TEST_CASE("ReportSet: one output's failure leaves the others alone") {
  Folder folder;
  ReportSet reports({.paths = {{"jsonl", {"/dev/full"}},
                               {"json", {"/nonexistent/report.json"}},
                               {"html", {folder / "report.html"}}}});
  CHECK(reports.errors().size() == 1);  // known before anything was fed
  feed(reports, 200);
  static_cast<void>(reports.finish());
  CHECK(reports.errors().size() == 2);
  CHECK(content(folder / "report.html").starts_with("<!doctype html>"));
}

TEST_CASE("ReportSet: an interrupted run is told as incomplete") {
  Folder folder;
  ReportSet reports({.paths = {{"jsonl", {folder / "results.jsonl"}}}});
  feed(reports, 300);
  static_cast<void>(reports.finish());
  const auto whole = content(folder / "results.jsonl");
  std::ofstream(folder / "cut.jsonl", std::ios::binary) << whole.substr(0, whole.size() / 2);
  ReportSet second({});
  CHECK(read_results(folder / "cut.jsonl", second).size() == 1);
  const auto report = second.finish();
  CHECK(report.gate.verdict == GateVerdict::incomplete);
  CHECK(second.summary().unreadable_lines == 1);
}

TEST_CASE("read_results: gzip, several files, a file that is not there") {
  Folder folder;
  ReportSet reports({.paths = {{"jsonl", {folder / "results.jsonl"}}}});
  feed(reports, 50);
  static_cast<void>(reports.finish());
  const auto text = content(folder / "results.jsonl");
  gzFile packed = gzopen((folder / "results.jsonl.gz").c_str(), "wb");
  gzwrite(packed, text.data(), static_cast<unsigned>(text.size()));
  gzclose(packed);
  ReportSet second({});
  CHECK(read_results(folder / "results.jsonl.gz", second).empty());
  CHECK(read_results(folder / "results.jsonl", second).empty());
  CHECK(second.summary().total.hosts() == 100);
  CHECK(second.summary().complete());
  CHECK_THROWS_AS(static_cast<void>(read_results(folder / "none", second)), std::system_error);
}
