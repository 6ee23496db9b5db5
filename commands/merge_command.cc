#include "commands/merge_command.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/exit_status.h"
#include "commands/console.h"
#include "commands/subcommand_lines.h"
#include "reports/records/diagnosis_record.h"
#include "reports/records/merge_files.h"
#include "reports/summary/host_table.h"
#include "reports/summary/report.h"
#include "reports/summary/summary.h"
#include "scanner/probe/result.h"

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

/// Ranks the causes of all merged hosts again, and finds what they have in common.
class Verdicts final : public records::LastWord {
 public:
  void begin(const probe::RunInfo& run) override { summary_.begin(run); }
  void add(const probe::HostResult& result) override { summary_.add(result); }
  void write(const std::function<void(const records::Diagnosis&)>& write) override {
    const auto report = summary::make_report(summary_);
    for (const auto& row : report.rows)
      if (const auto diagnosis = summary::diagnosis_of(row, report)) write(*diagnosis);
  }

 private:
  summary::Summary summary_{summary::Rows::failed};
};

}  // namespace

int run_merge(std::vector<std::string> arguments) {
  MergeLine line;
  if (const auto instead = parse(line.app, std::move(arguments))) return answer(*instead);
  Verdicts verdicts;
  const auto summary = records::merge_files(line.inputs, line.output, &verdicts);
  for (const auto& message : summary.messages) say(message);
  if (!line.quiet && !summary.done.empty()) say(summary.done);
  return exit_status(summary.ending);
}

}  // namespace fleetscan::commands
