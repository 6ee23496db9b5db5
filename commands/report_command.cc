#include "commands/report_command.h"

#include <string>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "base/exit_status.h"
#include "base/input_error.h"
#include "base/output_file.h"
#include "commands/console.h"
#include "commands/doctor_files.h"
#include "commands/options.h"
#include "commands/outputs.h"
#include "commands/report_set.h"
#include "commands/results_input.h"
#include "commands/run_recorder.h"
#include "commands/run_rules.h"
#include "commands/subcommand_lines.h"
#include "commands/usage.h"
#include "reports/history/history.h"
#include "reports/records/result_file.h"
#include "reports/records/schema.h"
#include "reports/summary/gate.h"
#include "reports/summary/report.h"
#include "reports/summary/summary.h"

namespace fleetscan::commands {
namespace {

/// The unfinished files of other scans among the inputs whose place an output would take.
std::vector<std::string> overwritten(const std::vector<std::string>& inputs,
                                     const std::vector<std::string>& outputs) {
  std::vector<std::string> faults;
  for (const auto& input : inputs)
    for (const auto& output : outputs)
      if (would_replace(output, input))
        faults.push_back("writing " + printable(output) + " would destroy " + printable(input) +
                         ": finish that scan with --resume, or write elsewhere");
  return faults;
}

int refuse(const std::vector<std::string>& faults) {
  for (const auto& fault : faults) say(fault);
  return kExitUsage;
}

int render(const std::vector<std::string>& inputs, const Options& options) {
  auto rules = load_rules(options, history::History::Access::read);
  if (!rules.unwritable.empty()) rules.faults.push_back(rules.unwritable);  // here: not readable
  if (!rules.faults.empty()) return refuse(rules.faults);
  const auto outputs = outputs_of(options);
  if (const auto faults = overwritten(inputs, files_of(outputs.paths)); !faults.empty())
    return refuse(faults);
  ReportSet reports(outputs);
  RunRecorder recorder(reports, std::move(rules.settings), nullptr);
  InputErrors errors;
  auto doctors = read_doctor_files(options.doctors, errors);
  say(errors);
  if (doctors.empty() && !options.doctors.empty()) return kExitUsage;
  for (auto& record : doctors) reports.summary().doctors.add(std::move(record));
  const auto bad_lines = read_results(inputs, records::feed(recorder));
  if (!bad_lines) return kExitUsage;
  reports.summary().unreadable_lines += *bad_lines;
  if (rules.history) {
    const auto run = rules.history->find(reports.summary().run.run_id);
    if (!run) return refuse({"the history does not have this run: fleetscan history import"});
    if (rules.history->run(*run)->complete) recorder.compare_with(rules.history->past(*run));
  }
  const auto report = recorder.finish();
  if (on_standard_output(options.outputs) == 0) print_summary(options, report, {});
  return reports.errors().empty() ? summary::exit_status(report.gate)
                                  : leave_unwritten(reports.errors());
}

}  // namespace

int run_report(std::vector<std::string> arguments) {
  ReportLine line;
  if (const auto instead = parse(line.app, std::move(arguments))) return answer(*instead);
  heed_github(line.options);
  if (const auto errors = make_output_folder(line.options); !errors.empty())
    return leave_unwritten(errors);
  return render(line.inputs, line.options);
}

int print_schema(std::vector<std::string> arguments) {
  std::string names;
  for (const auto& schema : records::schemas()) {
    if (arguments == std::vector{std::string(schema.name)}) {
      write_report("-", schema.text());
      return 0;
    }
    (names += names.empty() ? "" : "|") += schema.name;
  }
  return answer(usage_error("fleetscan", "write: fleetscan schema " + names));
}

}  // namespace fleetscan::commands
