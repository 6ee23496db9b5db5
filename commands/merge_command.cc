#include "commands/merge_command.h"

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "base/exit_status.h"
#include "commands/console.h"
#include "commands/subcommand_lines.h"
#include "reports/records/merge_files.h"

namespace fleetscan::commands {
namespace {

int exit_status(records::MergeSummary::Ending ending) {
  switch (ending) {
    case records::MergeSummary::Ending::complete: return kExitPassed;
    case records::MergeSummary::Ending::incomplete: return kExitUndecided;
    case records::MergeSummary::Ending::refused: return kExitUsage;
    case records::MergeSummary::Ending::unwritable: return kExitOutput;
  }
  return kExitOutput;
}

}  // namespace

int run_merge(std::vector<std::string> arguments) {
  MergeLine line;
  if (const auto instead = parse(line.app, std::move(arguments))) return answer(*instead);
  const auto summary = records::merge_files(line.inputs, line.output);
  for (const auto& message : summary.messages) say(message);
  if (!line.quiet && !summary.done.empty()) say(summary.done);
  return exit_status(summary.ending);
}

}  // namespace fleetscan::commands
