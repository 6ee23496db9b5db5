#include "commands/scan_run.h"

#include <fmt/format.h>
#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/escape.h"
#include "base/numbers.h"
#include "base/output_file.h"
#include "base/special_address.h"
#include "commands/console.h"
#include "commands/options.h"
#include "commands/outputs.h"
#include "commands/progress.h"
#include "commands/run_recorder.h"
#include "commands/terminal.h"
#include "inventory/inventory.h"
#include "inventory/known_hosts.h"
#include "inventory/target.h"
#include "inventory/target_source.h"
#include "reports/records/interrupted_run.h"
#include "scanner/diagnosis/conclude.h"
#include "scanner/net/scheduler.h"
#include "scanner/net/uv_handle.h"
#include "scanner/plan/canaries.h"
#include "scanner/probe/classify.h"
#include "scanner/probe/ending.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"
#include "scanner/proxy/proxy.h"

namespace fleetscan::commands {
namespace {

/// Targets that were chosen one by one.
class TargetList final : public inventory::TargetSource {
 public:
  explicit TargetList(std::vector<inventory::Target> targets) : targets_(std::move(targets)) {}
  std::optional<inventory::Target> next() override {
    if (given_ == targets_.size()) return std::nullopt;
    return std::move(targets_[given_++]);
  }
  [[nodiscard]] std::uint64_t size() const override { return targets_.size(); }

 private:
  std::vector<inventory::Target> targets_;
  std::size_t given_ = 0;
};

/// Whether results are of use to nobody but the reader of standard output.
bool for_one_reader(const Options& options) {
  std::size_t outputs = 0;
  for (const auto& [format, paths] : options.outputs) outputs += paths.size();
  return outputs == 1 && on_standard_output(options.outputs) == 1 && options.output_dir.empty() &&
         options.history.empty() && !options.update_baseline;
}

}  // namespace

ScanRun::ScanRun(const Options& options, const inventory::Inventory& inventory,
                 std::vector<inventory::Target> canaries,
                 std::optional<inventory::KnownHosts> known_hosts, RunRecorder& recorder)
    : options_(options),
      inventory_(inventory),
      known_hosts_(std::move(known_hosts)),
      recorder_(recorder),
      canaries_expected_(canaries.size()),
      source_(std::make_unique<plan::CanariesFirst>(std::move(canaries), inventory.visit())),
      started_(steady_now()),
      progress_(inventory.size(), started_),
      display_(options.quiet ? ProgressStyle::none : options.progress,
               look_at(STDERR_FILENO, options.color), started_),
      confirms_(recorder.compares() && !options.no_confirm) {}

void ScanRun::resume(records::InterruptedRun& interrupted) {
  interrupted.read([this](const probe::HostResult& result) {
    ++counts_[result.outcome];
    recorder_.add(result);
  });
  source_ = interrupted.remaining(std::move(source_));
  progress_ = Progress(source_->size(), started_);
}

ScanEnding ScanRun::run() {
  const auto interrupt = watch_signal(SIGINT);
  const auto terminate = watch_signal(SIGTERM);
  const auto ask = watch_signal(SIGUSR1);
  const auto tick = start_ticking();
  scan(settings());
  if (!abandoned_) release_doubtful();
  proxy_.refute();  // of what is asked again, single results count
  if (!abandoned_) confirm();
  display_.clear();
  return {end(), signal_, abandoned_, scheduler_->postponed(), scheduler_->echoes_forbidden(),
          weak_};
}

void ScanRun::scan(const net::ScanSettings& settings) {
  const net::HostDirectory directory{&inventory_, known_hosts_ ? &*known_hosts_ : nullptr};
  scheduler_.emplace(loop_.uv(), *source_, settings, directory, hooks());
  uv_run(&loop_.uv(), UV_RUN_DEFAULT);
}

probe::RunEnd ScanRun::end() const {
  probe::RunEnd end;
  end.complete = !stopped_ && !scheduler_->stopped();
  end.count(counts_);
  end.canaries = canaries_;
  end.duration = std::chrono::duration_cast<std::chrono::milliseconds>(steady_now() - started_);
  return end;
}

net::ScanSettings ScanRun::settings() const {
  net::ScanSettings settings{options_.probe, options_.limits, options_.resolver};
  settings.resolver.patience = options_.limits.patience;
  settings.max_targets = options_.inventory.max_targets;
  settings.sshfp = options_.sshfp;
  settings.threads = options_.threads > 0 ? options_.threads : threads_that_pay();
  if (options_.proxy && options_.proxy->kind == proxy::Kind::ssh)
    settings.threads = 1;  // all share one connection
  if (options_.deadline) settings.limits.deadline = started_ + *options_.deadline;
  return settings;
}

// Cryptography is what keeps a core busy. All else is the kernel's work, and little.
unsigned ScanRun::threads_that_pay() const {
  return options_.probe.depth == probe::Depth::kex ? std::max(1U, uv_available_parallelism()) : 1;
}

net::ScanHooks ScanRun::hooks() {
  net::ScanHooks hooks;
  hooks.result = [this](const probe::HostResult& result) { on_result(result); };
  hooks.hold = [this] { return piles_up(); };
  if (display_.shows() && progress_.total() <= kFew)
    hooks.failed_once = [this](const auto& target, probe::Outcome outcome) {
      on_first_failure(target, outcome);
    };
  hooks.done = [this] { uv_stop(&loop_.uv()); };
  return hooks;
}

// A reader of our results is slow: then the scan is slow, too, instead of growing.
bool ScanRun::piles_up() {
  if (recorder_.waiting() > kMaxWaiting) recorder_.flush();
  return recorder_.waiting() > kMaxWaiting;
}

net::UvHandle<uv_signal_t> ScanRun::watch_signal(int number) {
  auto handle = net::make_handle<uv_signal_t>(loop_.uv(), this, uv_signal_init);
  uv_signal_start(handle.get(), net::on<&ScanRun::on_signal>, number);
  return handle;
}

net::UvHandle<uv_timer_t> ScanRun::start_ticking() {
  auto timer = net::make_handle<uv_timer_t>(loop_.uv(), this, uv_timer_init);
  const auto interval = static_cast<std::uint64_t>(ProgressDisplay::kInterval.count());
  uv_timer_start(timer.get(), net::on<&ScanRun::on_tick>, interval, interval);
  return timer;
}

void ScanRun::on_signal(int number) {
  if (number == SIGUSR1) {
    display_.clear();
    return say(progress_.line(steady_now(), outlook()));
  }
  if (std::exchange(signal_, number) != 0) {  // asked twice: at once, with what is on disk
    recorder_.flush();
    abandoned_ = true;
    return uv_stop(&loop_.uv());
  }
  display_.clear();
  say("stopping: probes in flight have 2 s to finish; press again to quit at once");
  scheduler_->stop(std::string(number == SIGINT ? probe::kInterrupted : probe::kTerminated));
}

void ScanRun::on_tick() {
  if (signal_ == 0) display_.show(progress_, steady_now(), outlook());
  recorder_.flush();
  if (!scheduler_->stopped() && for_one_reader(options_) && reader_is_gone(STDOUT_FILENO))
    scheduler_->stop("nobody reads the results any more");
}

// What waits for the canaries, or to be confirmed, has failed as well.
Outlook ScanRun::outlook() const {
  return {scheduler_->tail(), scheduler_->asked_again() + doubtful_.size() + held_.size()};
}

void ScanRun::on_first_failure(const inventory::Target& target, probe::Outcome outcome) {
  if (target.canary || signal_ != 0) return;
  display_.clear();
  say(fmt::format("{}: {}; asked again, at most {} more, and Ctrl-C keeps this",
                  printable(target.name()), probe::to_string(outcome),
                  duration_text(scheduler_->tail())));
}

// Asks those that newly fail once more, now that all the others are done.
void ScanRun::confirm() {
  stopped_ = scheduler_->stopped();
  confirms_ = false;
  if (held_.empty()) return;
  std::vector<inventory::Target> targets;
  targets.reserve(held_.size());
  for (const auto& [name, result] : held_) targets.push_back(result.target);
  if (!stopped_) {
    source_ = std::make_unique<TargetList>(std::move(targets));
    auto again = settings();
    again.limits.retry.retries = 0;
    again.limits.retry.connections = 1;
    scan(again);
  }
  for (const auto& [name, result] : std::exchange(held_, {})) deliver(result);
}

bool ScanRun::held_back(const probe::HostResult& result) {
  if (!confirms_ || held_.size() >= kMaxConfirmed || result.attempts.empty() ||
      result.attempts.size() >= options_.limits.retry.connections || !recorder_.newly_fails(result))
    return false;
  held_.emplace(result.target.name(), result);
  return true;
}

void ScanRun::on_result(const probe::HostResult& result) {
  if (result.target.canary) return on_canary(result);
  proxy_.see(result);
  const bool doubtful = canaries_open() || proxy_.may_explain(result);
  if (doubtful && probe::is_failure(result.outcome) && doubtful_.size() < kMaxDoubtful)
    return doubtful_.push_back(result);
  if (!doubtful_.empty() && !canaries_open() && proxy_.refuted()) release_doubtful();
  take(result);
}

void ScanRun::on_canary(const probe::HostResult& result) {
  plan::count(canaries_, result);
  proxy_.see(result);
  if (!canaries_open() && proxy_.refuted()) release_doubtful();
}

void ScanRun::release_doubtful() {
  for (const auto& result : std::exchange(doubtful_, {})) take(result);
}

// What shows that this side is in trouble; empty if nothing does.
std::string_view ScanRun::our_trouble(const probe::HostResult& result) const {
  if (result.resolve && result.target.address && is_stand_in(*result.target.address))
    return "its name resolves to an address that proxies hand out in place of others";
  if (!canaries_open() && canaries_.all_failed()) return "no canary was reached";
  if (proxy_.found()) return "a proxy on this side seems to take every connection";
  return {};
}

void ScanRun::take(const probe::HostResult& result) {
  const auto why = our_trouble(result);
  why.empty() ? settle(result) : settle(diagnosis::doubt(probe::HostResult{result}, why));
}

void ScanRun::settle(const probe::HostResult& result) {
  if (held_back(result)) return;
  if (held_.empty()) return deliver(result);
  const auto held = held_.find(result.target.name());
  if (held == held_.end()) return deliver(result);
  auto first = std::move(held->second);
  held_.erase(held);
  if (result.state() != probe::State::unknown && result.state() != probe::State::skipped) {
    first = diagnosis::conclude_again(std::move(first), result.attempts);
    first.further_keys = result.further_keys;
  }
  deliver(first);
}

void ScanRun::deliver(const probe::HostResult& result) {
  ++counts_[result.outcome];
  const auto* decisive = result.decisive();
  if (decisive && probe::is_weak(result.outcome, decisive->evidence)) ++weak_;
  progress_.add(result.state());
  recorder_.add(result);
  // Those that fail are told in full at the end, as the whole run explains them.
  if (options_.verbose > 1 && !probe::needs_attention(result.state())) print_line(result);
}

void ScanRun::print_line(const probe::HostResult& result) {
  display_.clear();
  auto line =
      fmt::format("{:<26} {}", probe::to_string(result.outcome), printable(result.target.name()));
  if (!result.note.empty()) line += "  (" + printable(result.note) + ")";
  std::fprintf(on_standard_output(options_.outputs) > 0 ? stderr : stdout, "%s\n", line.c_str());
}

}  // namespace fleetscan::commands
