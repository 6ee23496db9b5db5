#pragma once
// RunRecorder passes a run's results on to reports, baseline and history.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "commands/joint_results.h"
#include "commands/report_set.h"
#include "reports/history/history.h"
#include "reports/summary/baseline.h"
#include "reports/summary/certificate_census.h"
#include "reports/summary/condition.h"
#include "reports/summary/past.h"
#include "reports/summary/report.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::commands {

/// What a run is held against, but for the reports.
struct RecorderSettings {
  std::vector<summary::Condition> fail_if = {summary::Condition{}};
  summary::Authorities authorities = {};
  std::optional<summary::Baseline> baseline = {};
  bool update_baseline = false;
  std::string baseline_path = {};  ///< where an update goes
  bool vantages = false;           ///< there will be several: what they say is joined
};

/// One run: begin(), add() for each host, end(), finish().
class RunRecorder {
 public:
  /// @param reports  must outlive the recorder
  /// @param history  null for none
  RunRecorder(ReportSet& reports, RecorderSettings settings,
              std::unique_ptr<history::History> history)
      : reports_(reports), settings_(std::move(settings)), history_(std::move(history)) {
    if (settings_.vantages) joint_ = std::make_unique<JointResults>();
  }

  void begin(const probe::RunInfo& run);
  /// Where the run has several vantages, their results are joined: the verdict is that of all.
  void add(const probe::HostResult& result);
  void end(probe::RunEnd end);
  void flush() { reports_.flush(); }
  /// Bytes of results that a slow reader has yet to take.
  [[nodiscard]] std::size_t waiting() const { return reports_.waiting(); }

  /// Whether "new" means anything: there is something to compare with.
  [[nodiscard]] bool compares() const { return history_ || settings_.baseline; }
  /// A failure that neither the baseline accepts nor the last run saw.
  [[nodiscard]] bool newly_fails(const probe::HostResult& result);

  /// What is known of the runs before it, where no history takes this one down.
  void compare_with(summary::Past past) { past_ = std::move(past); }

  /// Judges the run, writes every output and the baseline.
  /// @return what the reports say; valid as long as this object and its ReportSet
  [[nodiscard]] summary::Report finish();

  /// What could not be written, reports included.
  [[nodiscard]] OutputErrors errors() const;
  /// What else is worth saying: "baseline: 3 added, 1 removed".
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

 private:
  void take(const probe::HostResult& verdict);
  void take_rest();
  void write_baseline();
  /// Runs `write(history)`; when it fails, notes why and gives the history up: it has no part of
  /// the run then.
  template <typename Write>
  void record(Write write);

  ReportSet& reports_;
  RecorderSettings settings_;
  std::unique_ptr<history::History> history_;
  std::optional<summary::BaselineCheck> check_;
  std::optional<summary::Past> past_;
  std::string vantage_;
  std::unique_ptr<JointResults> joint_;
  std::map<probe::Outcome, std::uint64_t> counts_;  ///< of verdicts, since the run began
  std::uint64_t behind_jumps_ = 0;                  ///< skipped, but could be scanned from there
  WallTime started_;
  OutputErrors errors_;
  std::vector<std::string> notes_;
};

}  // namespace fleetscan::commands
