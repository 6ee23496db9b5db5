#include "reports/records/interrupted_run.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

using namespace fleetscan;
using namespace fleetscan::records;
namespace fs = std::filesystem;

namespace {

/// The first lines of a results file: of its run, and of its first host.
struct Lines {
  Lines() {
    std::ifstream golden(FLEETSCAN_SOURCE "/tests/golden/results.jsonl");
    std::getline(golden, run);
    std::getline(golden, host);
    run += '\n';
    host += '\n';
  }
  std::string run, host;
};

/// A folder in which a scan of results.jsonl was killed, maybe more than once.
class Killed {
 public:
  Killed() { fs::create_directory(folder_); }
  ~Killed() { fs::remove_all(folder_); }
  Killed(const Killed&) = delete;
  Killed& operator=(const Killed&) = delete;

  void leaves(const std::string& part) const { std::ofstream(path() + ".part") << part; }
  [[nodiscard]] std::string path() const { return folder_ / "results.jsonl"; }

 private:
  fs::path folder_ = fs::temp_directory_path() / ("interrupted-" + std::to_string(::getpid()));
};

/// What a scan that resumes makes of it: "fresh" (nothing was found yet), "no run", or how many
/// hosts are done.
std::string resumed(const Killed& killed) {
  InterruptedRun interrupted(killed.path());
  if (!interrupted.info()) return interrupted.ends_at_once() ? "fresh" : "no run";
  interrupted.read([](const probe::HostResult&) {});
  return std::to_string(interrupted.done());
}

}  // namespace

TEST_CASE("InterruptedRun: a scan killed once, or as often as it was resumed, loses nothing") {
  const Lines lines;
  const auto torn_run = lines.run.substr(0, 8), torn_host = lines.host.substr(0, 30);
  struct Row {
    std::string first, second;
    std::optional<std::string> then, finally;
  };
  const Row rows[] = {
      {"", "fresh", "", "fresh"},
      {"", "fresh", torn_run, "fresh"},
      {torn_run, "fresh", "", "fresh"},
      {torn_run, "fresh", torn_run, "fresh"},
      {"", "fresh", lines.run, "0"},
      {torn_run, "fresh", lines.run + lines.host, "1"},
      {lines.run, "0", "", "0"},
      {lines.run, "0", lines.run + lines.host, "1"},
      {lines.run + lines.host, "1", "", "1"},
      {lines.run + lines.host, "1", torn_run, "1"},
      {lines.run + torn_host, "0", lines.run + lines.host, "1"},
      {lines.run + lines.host, "1", lines.run + lines.host, "1"},
      {lines.run + lines.host, "1", {}, "1"},
      {"127.0.0.1\n", "no run", {}, "no run"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.first);
    CAPTURE(row.then.value_or("nothing"));
    const Killed killed;
    killed.leaves(row.first);
    CHECK(resumed(killed) == row.second);
    if (row.then) killed.leaves(*row.then);
    CHECK(resumed(killed) == row.finally.value());
    CHECK(resumed(killed) == row.finally.value());
  }
}
