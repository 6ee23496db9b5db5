#include "commands/compare_command.h"

#include <cstdio>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/exit_status.h"
#include "base/output_file.h"
#include "commands/console.h"
#include "commands/joint_results.h"
#include "commands/subcommand_lines.h"
#include "commands/usage.h"
#include "reports/records/result_file.h"
#include "reports/render/comparison_report.h"
#include "reports/summary/comparison.h"
#include "scanner/probe/result.h"

namespace fleetscan::commands {
namespace {

struct Sink {
  summary::Comparer& comparer;
  void begin(const probe::RunInfo& run) const { comparer.run(run); }
  void add(const probe::HostResult& result) const { comparer.add(result); }
  void end(const probe::RunEnd& end) const { comparer.end(end); }
};

}  // namespace

int run_compare(std::vector<std::string> arguments) {
  CompareLine line;
  if (const auto instead = parse(line.app, std::move(arguments))) return answer(*instead);
  if (line.inputs.size() < 2)
    return answer(usage_error("fleetscan compare", "name two or more results files"));
  summary::Comparer comparer;
  try {
    for (const auto& input : line.inputs) {
      comparer.begin(input);
      Sink sink{comparer};
      Joined joined(sink);
      for (const auto& complaint : records::read_result_file(input, records::feed(joined)))
        say(complaint);
      joined.finish();
    }
  } catch (const std::system_error& error) {
    say(error.what());
    return kExitUsage;
  }
  const auto comparison = comparer.finish();
  if (!line.json.empty()) write_report(line.json, render::comparison_json(comparison));
  if (!line.html.empty()) write_report(line.html, render::comparison_html(comparison));
  if (!line.quiet && line.json != "-" && line.html != "-")
    print_page(render::comparison_text(comparison));
  return comparison.same() ? kExitPassed : kExitFailed;
}

}  // namespace fleetscan::commands
