#pragma once
// Loads the rules that a run will be judged by: the files and expressions that the options name.

#include <memory>
#include <string>
#include <vector>

#include "commands/options.h"
#include "commands/run_recorder.h"
#include "reports/history/history.h"
#include "scanner/probe/result.h"

namespace fleetscan::commands {

struct RunRules {
  RecorderSettings settings = {};
  std::unique_ptr<history::History> history = {};  ///< null if none is wanted
  std::vector<std::string> faults = {};            ///< all of them; then nothing is to be probed
  std::string unwritable = {};                     ///< why the history cannot be; empty if it can
};

/// Reads the baseline and opens the history.
[[nodiscard]] RunRules load_rules(
    const Options& options, history::History::Access access = history::History::Access::write);

/// Why the scan that `earlier` began cannot be finished as `now`; empty if it can.
[[nodiscard]] std::string resume_fault(const probe::RunInfo& earlier, const probe::RunInfo& now);

}  // namespace fleetscan::commands
