#include "scanner/scan_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <utility>

#include "inventory/inventory_file.h"
#include "inventory/known_hosts.h"
#include "inventory/shard_environment.h"
#include "reports/escape.h"
#include "reports/github_summary.h"
#include "reports/interrupted_run.h"
#include "reports/lock_file.h"
#include "reports/report_set.h"
#include "reports/run_folder.h"
#include "reports/run_recorder.h"
#include "reports/run_rules.h"
#include "reports/terminal_summary.h"
#include "scanner/descriptor_limit.h"
#include "scanner/event_loop.h"
#include "scanner/numbers.h"
#include "scanner/progress_display.h"
#include "scanner/scheduler.h"
#include "scanner/verdict.h"

namespace fleetscan {
namespace {

TimePoint steady_now() { return TimePoint::clock::now(); }

WallTime wall_now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

void say(const std::string& text) { std::fprintf(stderr, "fleetscan: %s\n", text.c_str()); }

int refuse(const InputErrors& errors) {
  for (const auto& error : errors.kept()) say(error.to_string());
  if (errors.more() > 0) say(fmt::format("... and {} more", grouped(errors.more())));
  return kExitUsage;
}

/// The environment's number for this job in place of "auto"; false after saying what is wrong.
bool settle_shard(Options& options) {
  auto& shard = options.inventory.shard;
  if (shard != "auto") return true;
  const auto answer = find_shard([](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
  });
  if (const auto* complaint = std::get_if<std::string>(&answer)) {
    say(*complaint);
    return false;
  }
  const auto& found = std::get<FoundShard>(answer);
  shard = fmt::format("{}/{}", found.shard.index, found.shard.count);
  if (!options.quiet) say(fmt::format("shard {}, as {} numbers it", shard, found.engine));
  return true;
}

/// All shards of a scan run at once, and each has hosts in every subnet: together they keep what
/// was asked for.
void share_limits(ScanLimits& limits, unsigned shards) {
  limits.per_subnet = std::max<std::size_t>(1, limits.per_subnet / shards);
  limits.rate /= shards;
}

/// The inventory, or nothing after saying why.
std::unique_ptr<const Inventory> load(const Options& options) {
  auto loaded = load_inventory(options.inventory);
  if (!loaded.inventory) {
    refuse(loaded.errors);
    return nullptr;
  }
  if (loaded.inventory->size() == 0 && !options.allow_empty) {
    say("the inventory names no targets (--allow-empty accepts that)");
    return nullptr;
  }
  if (!options.quiet)
    for (const auto& note : loaded.inventory->notes()) say(note);
  return std::move(loaded.inventory);
}

/// The expected host keys; nothing after saying what is wrong with the file.
std::optional<KnownHosts> load_known_hosts(const std::string& path) {
  KnownHosts known_hosts;
  InputErrors errors;
  const auto text = read_inventory(path);
  if (const auto* error = std::get_if<InputError>(&text))
    errors.add(*error);
  else
    known_hosts.add(std::get<0>(text), path, errors);
  if (errors.empty()) return known_hosts;
  refuse(errors);
  return std::nullopt;
}

Outputs outputs_of(const Options& options) {
  Outputs outputs;
  outputs.rows = static_cast<Rows>(options.rows);
  const auto add = [&](std::vector<std::string>& places, const std::string& path,
                       const char* name) {
    if (!options.output_dir.empty())
      places.push_back(std::filesystem::path(options.output_dir) / name);
    if (!path.empty()) places.push_back(path);
  };
  const auto add_file = [](std::vector<std::string>& places, const std::string& path) {
    if (!path.empty()) places.push_back(path);
  };
  add(outputs.jsonl, options.jsonl, "results.jsonl");
  add(outputs.json, options.json, "report.json");
  add(outputs.html, options.html, "report.html");
  add_file(outputs.csv, options.csv);
  add_file(outputs.junit, options.junit);
  add_file(outputs.prometheus, options.prometheus);
  if (const char* summary = std::getenv("GITHUB_STEP_SUMMARY"); summary && options.github)
    add_file(outputs.github, summary);
  return outputs;
}

bool uses_standard_output(const Options& options) {
  return std::ranges::count(options.places(), "-") > 0;
}

std::string random_id() {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 4; ++i) id += fmt::format("{:08x}", random());
  return id;
}

Known known(KeyVerdict verdict) {
  switch (verdict) {
    case KeyVerdict::unknown: return Known::unknown;
    case KeyVerdict::match: return Known::match;
    case KeyVerdict::changed: return Known::changed;
    case KeyVerdict::revoked: return Known::revoked;
  }
  return Known::unknown;
}

/// Targets that were chosen one by one.
class TargetList final : public TargetSource {
 public:
  explicit TargetList(std::vector<Target> targets) : targets_(std::move(targets)) {}
  std::optional<Target> next() override {
    if (given_ == targets_.size()) return std::nullopt;
    return std::move(targets_[given_++]);
  }
  [[nodiscard]] std::uint64_t size() const override { return targets_.size(); }

 private:
  std::vector<Target> targets_;
  std::size_t given_ = 0;
};

/// One scan on a loop of its own, from its first target to its last result.
class ScanRun {
 public:
  ScanRun(const Options& options, const Inventory& inventory, std::optional<KnownHosts> known_hosts,
          RunRecorder& recorder)
      : options_(options),
        inventory_(inventory),
        known_hosts_(std::move(known_hosts)),
        recorder_(recorder),
        source_(inventory.visit()),
        started_(steady_now()),
        progress_(inventory.size(), started_),
        display_(options.quiet ? ProgressStyle::none : options.progress,
                 look_at(STDERR_FILENO, options.color), started_),
        confirms_(recorder.compares() && !options.no_confirm) {}

  /// Returns once every target has its result.
  void run() {
    auto& loop = loop_.uv();
    const auto interrupt = watch_signal(SIGINT);
    const auto terminate = watch_signal(SIGTERM);
    const auto tick = make_handle<uv_timer_t>(loop, this, uv_timer_init);
    const auto interval = static_cast<std::uint64_t>(ProgressDisplay::kInterval.count());
    uv_timer_start(
        tick.get(),
        [](uv_timer_t* timer) {
          if (auto* self = static_cast<ScanRun*>(timer->data)) self->on_tick();
        },
        interval, interval);
    scheduler_.emplace(loop, *source_, settings(), hooks());
    uv_run(&loop, UV_RUN_DEFAULT);
    confirm();
    display_.clear();
  }

  /// Takes over what an interrupted scan has found already. Before run().
  void resume(InterruptedRun& interrupted) {
    interrupted.read([this](const HostResult& result) {
      ++counts_[result.outcome];
      recorder_.add(result);
    });
    source_ = interrupted.remaining(std::move(source_));
    progress_ = Progress(source_->size(), started_);
  }

  [[nodiscard]] RunEnd end() const {
    RunEnd end;
    end.complete = !stopped_ && !scheduler_->stopped();
    end.counts = counts_;
    for (const auto& [outcome, count] : counts_)
      if (outcome != Outcome::not_probed && outcome != Outcome::skipped) end.probed += count;
    end.duration = std::chrono::duration_cast<std::chrono::milliseconds>(steady_now() - started_);
    return end;
  }

  /// The signal that ended the scan; 0 if none did.
  [[nodiscard]] int signal() const { return signal_; }
  [[nodiscard]] std::uint64_t postponed() const { return scheduler_->postponed(); }

 private:
  [[nodiscard]] ScanSettings settings() const {
    ScanSettings settings{options_.probe, options_.limits, options_.resolver};
    settings.threads = options_.threads > 0 ? options_.threads : threads_that_pay();
    if (options_.deadline) settings.limits.deadline = started_ + *options_.deadline;
    return settings;
  }

  /// Cryptography is what keeps a core busy. All else is the kernel's work, and little.
  [[nodiscard]] unsigned threads_that_pay() const {
    return options_.probe.depth == Depth::kex ? std::max(1U, uv_available_parallelism()) : 1;
  }

  ScanHooks hooks() {
    ScanHooks hooks;
    hooks.result = [this](const HostResult& result) { on_result(result); };
    hooks.done = [this] { uv_stop(&loop_.uv()); };
    hooks.excluded = [this](const Address& address, std::uint16_t port) {
      return inventory_.excluded(address, port);
    };
    if (known_hosts_) {
      hooks.known = [this](const Target& target, const HostKey& key) {
        return known(known_hosts_->check(target.host, target.address->to_string(), target.port,
                                         key.type, key.sha256));
      };
    }
    return hooks;
  }

  [[nodiscard]] UvHandle<uv_signal_t> watch_signal(int number) {
    auto handle = make_handle<uv_signal_t>(loop_.uv(), this, uv_signal_init);
    uv_signal_start(
        handle.get(),
        [](uv_signal_t* signal, int received) {
          if (auto* self = static_cast<ScanRun*>(signal->data)) self->on_signal(received);
        },
        number);
    return handle;
  }

  void on_signal(int number) {
    if (std::exchange(signal_, number) != 0) {  // asked twice: at once, with what is on disk
      recorder_.flush();
      display_.clear();
      std::_Exit(128 + number);
    }
    display_.clear();
    say("stopping: what is in flight has 2 s to finish; once more to leave at once");
    scheduler_->stop("the scan was interrupted");
  }

  /// Asks those that newly fail once more, now that all the others are done.
  void confirm() {
    stopped_ = scheduler_->stopped();
    confirms_ = false;
    if (held_.empty()) return;
    std::vector<Target> targets;
    for (const auto& [name, result] : held_) targets.push_back(result.target);
    if (!stopped_) {
      source_ = std::make_unique<TargetList>(std::move(targets));
      auto again = settings();
      again.limits.retry.retries = 0;
      again.limits.retry.connections = 1;
      scheduler_.emplace(loop_.uv(), *source_, again, hooks());
      uv_run(&loop_.uv(), UV_RUN_DEFAULT);
    }
    for (const auto& [name, result] : std::exchange(held_, {})) deliver(result);
  }

  [[nodiscard]] bool held_back(const HostResult& result) {
    if (!confirms_ || held_.size() >= kMaxConfirmed || result.attempts.empty() ||
        result.attempts.size() >= options_.limits.retry.connections ||
        !recorder_.newly_fails(result))
      return false;
    held_.emplace(result.target.name(), result);
    return true;
  }

  void on_result(const HostResult& result) {
    if (held_back(result)) return;
    const auto held = held_.find(result.target.name());
    if (held == held_.end()) return deliver(result);
    auto both = std::move(held->second);
    held_.erase(held);
    if (result.state() != State::unknown && result.state() != State::skipped) {
      both.attempts.insert(both.attempts.end(), result.attempts.begin(), result.attempts.end());
      both.outcome = verdict(both.attempts).outcome;
    }
    deliver(both);
  }

  void deliver(const HostResult& result) {
    ++counts_[result.outcome];
    progress_.add(result.state());
    recorder_.add(result);
    if (options_.verbose == 0) return;
    display_.clear();
    auto line =
        fmt::format("{:<26} {}", to_string(result.outcome), printable(result.target.name()));
    if (!result.note.empty()) line += "  (" + printable(result.note) + ")";
    std::fprintf(uses_standard_output(options_) ? stderr : stdout, "%s\n", line.c_str());
  }

  void on_tick() {
    if (signal_ == 0) display_.show(progress_, steady_now(), scheduler_->tail());
    recorder_.flush();
  }

  const Options& options_;
  const Inventory& inventory_;
  std::optional<KnownHosts> known_hosts_;
  RunRecorder& recorder_;
  std::unique_ptr<TargetSource> source_;
  TimePoint started_;
  Progress progress_;
  ProgressDisplay display_;
  std::map<Outcome, std::uint64_t> counts_;
  /// New failures that are asked again at the end, by target. An outage of more is no accident.
  static constexpr std::size_t kMaxConfirmed = 2000;
  std::map<std::string, HostResult> held_;
  bool confirms_;
  bool stopped_ = false;  ///< the first pass was
  int signal_ = 0;
  EventLoop loop_;
  std::optional<Scheduler> scheduler_;
};

/// @return what went wrong; empty if every output can be written as far as is known by now
OutputErrors make_output_folder(const Options& options) {
  std::error_code error;
  if (!options.output_dir.empty()) std::filesystem::create_directories(options.output_dir, error);
  if (!error) return {};
  return {"cannot make the folder " + printable(options.output_dir) + ": " + error.message()};
}

int report_errors(const OutputErrors& errors) {
  for (const auto& error : errors) say(error);
  return kExitOutput;
}

RunInfo describe(const Options& options, const Inventory& inventory, const std::string& version) {
  RunInfo info;
  info.run_id = random_id();
  info.tool = version;
  info.started = wall_now();
  info.sources = inventory.sources();
  info.inventory_sha256 = inventory.sha256();
  info.targets = inventory.size();
  if (!options.vantage.empty()) info.vantage = options.vantage;
  info.shard = inventory.shard();
  info.depth = options.probe.depth;
  info.options = effective_options(options);
  return info;
}

/// @return what to say about it; empty if nothing was lowered
std::string lower_concurrency(Options& options) {
  auto& wanted = options.limits.concurrency;
  const auto possible = make_room_for_connections(wanted);
  std::string note;
  if (possible < wanted)
    note = fmt::format(
        "this system's limit on descriptors (ulimit -n) allows {} connections at a time instead "
        "of {}",
        possible, wanted);
  wanted = possible;
  return note;
}

/// A mail's subject, and an empty line.
std::string mail_head(const Options& options, const Report& report) {
  auto head = fmt::format("fleetscan {}: {} ({}", to_string(report.gate.verdict),
                          report.gate.reason, printable(options.inventory.targets.at(0)));
  if (options.inventory.targets.size() > 1) head += ", ...";
  if (!options.vantage.empty()) head += ", from " + printable(options.vantage);
  return head + ")\n\n";
}

void print_summary(const Options& options, const Report& report, const Outputs& outputs) {
  const bool to_stderr = uses_standard_output(options);
  const auto terminal = look_at(to_stderr ? STDERR_FILENO : STDOUT_FILENO, options.color);
  std::vector<std::string> files;
  for (const auto* places : {&outputs.html, &outputs.json, &outputs.jsonl, &outputs.csv,
                             &outputs.junit, &outputs.prometheus})
    for (const auto& path : *places)
      if (path != "-") files.push_back(path);
  const auto head = options.cron ? mail_head(options, report) : std::string();
  const auto text =
      head + terminal_summary(report, {terminal.colour, terminal.unicode, terminal.width}, files) +
      (options.github ? github_annotations(report) : "");
  if (to_stderr) {
    std::fputs(text.c_str(), stderr);
    return;
  }
  std::fflush(stdout);  // what --verbose has printed comes first
  write_report("-", text);
}

int run_locked_scan(Options options, const std::string& version) {
  if (!settle_shard(options)) return kExitUsage;
  if (const char* action = std::getenv("GITHUB_ACTIONS");
      action && action == std::string_view("true"))
    options.github = true;
  const auto inventory = load(options);
  if (!inventory) return kExitUsage;
  if (const auto shard = inventory->shard()) share_limits(options.limits, shard->count);
  std::optional<KnownHosts> known_hosts;
  if (!options.known_hosts.empty()) {
    known_hosts = load_known_hosts(options.known_hosts);
    if (!known_hosts) return kExitUsage;
  }
  auto rules = load_rules(options);
  for (const auto& fault : rules.faults) say(fault);
  if (!rules.faults.empty()) return kExitUsage;
  if (!rules.unwritable.empty()) return report_errors({rules.unwritable});
  auto info = describe(options, *inventory, version);
  std::optional<InterruptedRun> interrupted;
  if (!options.resume.empty()) {
    interrupted.emplace(options.resume);
    if (const auto earlier = interrupted->info()) {
      if (const auto fault = resume_fault(*earlier, info); !fault.empty()) {
        say(printable(options.resume) + ": " + fault);
        return kExitUsage;
      }
      info = *earlier;
    }
  }
  const auto directory = options.output_dir;
  if (options.keep > 0) options.output_dir = run_folder(directory, info.started, info.run_id);
  if (const auto errors = make_output_folder(options); !errors.empty())
    return report_errors(errors);
  const auto outputs = outputs_of(options);
  ReportSet reports(outputs);
  if (!reports.errors().empty()) return report_errors(reports.errors());
  auto notes = std::vector{lower_concurrency(options)};
  // Half of the threads look names up; without this they are two.
  if (options.resolver.system) setenv("UV_THREADPOOL_SIZE", "128", 0);

  RunRecorder recorder(reports, std::move(rules.settings), std::move(rules.history));
  recorder.begin(info);
  ScanRun scan(options, *inventory, std::move(known_hosts), recorder);
  if (interrupted) scan.resume(*interrupted);
  scan.run();
  auto end = scan.end();
  if (interrupted) end.duration = wall_now() - info.started;
  recorder.end(end);
  const auto report = recorder.finish();
  if (interrupted && reports.errors().empty()) interrupted->forget();
  if (options.keep > 0) keep_runs(directory, options.output_dir, options.keep);

  if (scan.postponed() > 0)
    notes.push_back(
        fmt::format("{} connections had to wait: this machine ran out of descriptors, ports or "
                    "memory",
                    grouped(scan.postponed())));
  notes.insert(notes.end(), recorder.notes().begin(), recorder.notes().end());
  const bool passed = report.gate.verdict == GateVerdict::pass;
  if (!options.quiet || !passed) {
    for (const auto& note : notes)
      if (!note.empty()) say(note);
    print_summary(options, report, outputs);
  }
  if (const auto errors = recorder.errors(); !errors.empty()) return report_errors(errors);
  if (scan.signal() != 0) return 128 + scan.signal();
  return exit_status(report.gate, options.exit_zero);
}

}  // namespace

int run_scan(Options options, const std::string& version) {
  if (options.cron) {
    options.quiet = true;
    options.color = Color::never;
  }
  std::optional<LockFile> lock;
  if (!options.lock.empty()) {
    lock.emplace(options.lock, fmt::format("{}", fmt::join(options.inventory.targets, " ")));
    if (!lock->held()) {
      say(printable(options.lock) + " is locked by " + lock->holder());
      return kExitUndecided;
    }
  }
  return run_locked_scan(std::move(options), version);
}

int list_targets(Options options) {
  if (!settle_shard(options)) return kExitUsage;
  const auto inventory = load(options);
  if (!inventory) return kExitUsage;
  ReportFile out("-");
  const auto source = inventory->list();
  while (const auto target = source->next()) {
    if (!target->skip_reason.empty()) continue;
    out.write(printable(target->name()) + "\n");
  }
  out.commit();
  return 0;
}

}  // namespace fleetscan
