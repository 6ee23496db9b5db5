#include "commands/compare_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <system_error>

#include "commands/console.h"
#include "reports/comparison.h"
#include "reports/report_file.h"
#include "reports/result_file.h"

namespace fleetscan {
namespace {

struct Feed {
  Comparer& comparer;
  void operator()(std::monostate) const {}
  void operator()(const RunInfo& run) const { comparer.run(run); }
  void operator()(const HostResult& result) const { comparer.add(result); }
  void operator()(const RunEnd& end) const { comparer.end(end); }
};

}  // namespace

int run_compare(std::vector<std::string> arguments) {
  CLI::App app("Says what differs between results files: runs, or vantages. Sends no packet.",
               "fleetscan compare");
  std::vector<std::string> inputs;
  std::string json, html;
  bool quiet = false;
  app.add_option("RESULTS", inputs, "two or more results files, the oldest first")
      ->required()
      ->expected(2, 1000);
  app.add_option("--json", json, "all of it as one JSON document; - is standard output");
  app.add_option("--html", html, "all of it as one page");
  app.add_flag("-q,--quiet", quiet, "the exit status says it");
  app.footer("exit status: 0 the same, 1 different, 2 not compared, 4 an output is not written");
  std::ranges::reverse(arguments);  // as CLI11 wants them
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  Comparer comparer;
  try {
    for (const auto& input : inputs) {
      comparer.begin(input);
      for (const auto& complaint :
           read_result_file(input, [&](Record&& record) { std::visit(Feed{comparer}, record); }))
        std::fprintf(stderr, "fleetscan: %s\n", complaint.c_str());
    }
  } catch (const std::system_error& error) {
    std::fprintf(stderr, "fleetscan: %s\n", error.what());
    return kExitUsage;
  }
  const auto comparison = comparer.finish();
  if (!json.empty()) write_report(json, comparison_json(comparison));
  if (!html.empty()) write_report(html, comparison_html(comparison));
  if (!quiet && json != "-" && html != "-") write_report("-", comparison_text(comparison));
  return comparison.same() ? 0 : 1;
}

}  // namespace fleetscan
