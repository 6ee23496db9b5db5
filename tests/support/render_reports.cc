// Renders reports from stored results, as `fleetscan report` does, for tests that need no scanner:
//   render_reports RESULTS.jsonl FOLDER [all|failed]
// Prints the terminal summary.

#include <cstdio>
#include <string>
#include <system_error>

#include "base/exit_status.h"
#include "commands/report_set.h"
#include "reports/render/terminal_summary.h"

int main(int argc, char** argv) try {
  using namespace fleetscan;
  using namespace fleetscan::summary;
  using namespace fleetscan::render;
  using namespace fleetscan::commands;
  if (argc < 3) return 2;
  const std::string folder = std::string(argv[2]) + '/', rows = argc > 3 ? argv[3] : "";
  ReportSet reports({.paths = {{"json", {folder + "report.json"}},
                               {"html", {folder + "report.html"}},
                               {"csv", {folder + "report.csv"}},
                               {"junit", {folder + "junit.xml"}},
                               {"prometheus", {folder + "fleetscan.prom"}}},
                     .github = folder + "summary.md",
                     .rows = rows == "all"      ? Rows::all
                             : rows == "failed" ? Rows::failed
                                                : Rows::automatic});
  for (const auto& complaint : read_results(argv[1], reports))
    std::fprintf(stderr, "%s\n", complaint.c_str());
  const auto report = reports.finish();
  for (const auto& error : reports.errors()) std::fprintf(stderr, "%s\n", error.c_str());
  std::fputs(terminal_summary(report, {}).c_str(), stdout);
  return reports.errors().empty() ? exit_status(report.gate) : kExitOutput;
} catch (const std::system_error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
