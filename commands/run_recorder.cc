#include "commands/run_recorder.h"

#include <memory>
#include <system_error>

#include "base/numbers.h"
#include "base/output_file.h"
#include "base/wall_time.h"
#include "commands/joint_results.h"
#include "reports/history/history.h"
#include "reports/history/sqlite.h"
#include "reports/summary/baseline.h"
#include "reports/summary/report.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::commands {

void RunRecorder::begin(const probe::RunInfo& run) {
  vantage_ = run.vantage.value_or("");
  started_ = run.started;
  reports_.begin(run);
  if (settings_.baseline)
    check_.emplace(*settings_.baseline, summary::date_of(run.started), settings_.update_baseline);
  record([&](history::History& history) { history.begin(run); });
  take_rest();
  if (!run.vantages.empty() && !joint_) joint_ = std::make_unique<JointResults>();
  if (joint_) joint_->begin(run.vantages);
}

void RunRecorder::add(const probe::HostResult& result) {
  if (!joint_ || !joint_->concerns(result)) return take(result);
  reports_.add_view(result);
  if (const auto verdict = joint_->add(result)) take(*verdict);
}

void RunRecorder::take_rest() {
  if (!joint_) return;
  joint_->finish([this](const probe::HostResult& verdict) { take(verdict); });
}

void RunRecorder::take(const probe::HostResult& result) {
  ++counts_[result.outcome];
  if (result.outcome == probe::Outcome::skipped && !result.target.jumps.empty()) ++behind_jumps_;
  reports_.add(result);
  if (check_) check_->add(result);
  record([&](history::History& history) { history.add(result); });
}

void RunRecorder::end(probe::RunEnd end) {
  take_rest();
  if (joint_) end.count(counts_);
  counts_.clear();
  reports_.end(end);
  record([&](history::History& history) {
    const auto later = history.later_run(vantage_, started_, WallTime::max());
    if (later)
      notes_.push_back("history: an earlier run says that it began later, " + to_rfc3339(*later) +
                       ": a clock was wrong");
    const auto id = history.end(end);
    if (history.run(id)->complete) past_ = history.past(id);
  });
}

template <typename Write>
void RunRecorder::record(Write write) {
  if (!history_) return;
  try {
    write(*history_);
  } catch (const history::SqliteError& error) {
    errors_.emplace_back(error.what());
    history_.reset();
  }
}

bool RunRecorder::newly_fails(const probe::HostResult& result) {
  if (result.state() != probe::State::unreachable) return false;
  const auto target = result.target.name();
  if (settings_.baseline && settings_.baseline->find(target, result.outcome)) return false;
  bool failed_before = false;
  record([&](history::History& history) {
    failed_before = history.failed(vantage_, target).value_or(false);
  });
  return !failed_before;
}

summary::Report RunRecorder::finish() {
  take_rest();
  if (behind_jumps_ > 0)
    notes_.push_back(counted(behind_jumps_, "host", "behind a jump host left out") +
                     ": --follow-jumps scans from there");
  if (check_ && settings_.update_baseline) write_baseline();
  if (check_ && check_->known().expired > 0)
    notes_.push_back("baseline: " + counted(check_->known().expired, "entry",
                                            check_->known().expired == 1
                                                ? "has expired and fails again"
                                                : "have expired and fail again"));
  return reports_.finish(
      past_, {settings_.fail_if, check_ ? &check_->known() : nullptr, settings_.authorities});
}

void RunRecorder::write_baseline() {
  if (!reports_.summary().complete()) {
    notes_.emplace_back("baseline: not updated, because the run is not complete");
    return;
  }
  try {
    write_report(settings_.baseline_path, check_->baseline().text());
    notes_.push_back("baseline: " + grouped(check_->added()) + " added, " +
                     grouped(check_->removed()) + " removed, " +
                     grouped(check_->baseline().size()) + " in total");
  } catch (const std::system_error& error) {
    errors_.emplace_back(error.what());
  }
}

OutputErrors RunRecorder::errors() const {
  auto all = reports_.errors();
  all.insert(all.end(), errors_.begin(), errors_.end());
  return all;
}

}  // namespace fleetscan::commands
