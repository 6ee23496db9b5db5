#include "commands/compare_command.h"

#include <cstdio>
#include <system_error>
#include <utility>

#include "base/output_file.h"
#include "commands/console.h"
#include "commands/subcommand_lines.h"
#include "reports/records/result_file.h"
#include "reports/summary/comparison.h"

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
  CompareLine line;
  if (const auto instead = parse(line.app, std::move(arguments))) return answer(*instead);
  Comparer comparer;
  try {
    for (const auto& input : line.inputs) {
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
  if (!line.json.empty()) write_report(line.json, comparison_json(comparison));
  if (!line.html.empty()) write_report(line.html, comparison_html(comparison));
  if (!line.quiet && line.json != "-" && line.html != "-")
    write_report("-", comparison_text(comparison));
  return comparison.same() ? 0 : 1;
}

}  // namespace fleetscan
