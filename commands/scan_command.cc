#include "commands/scan_command.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <random>
#include <utility>
#include <variant>

#include "base/clock.h"
#include "base/escape.h"
#include "base/lock_file.h"
#include "base/numbers.h"
#include "commands/confinement.h"
#include "commands/console.h"
#include "commands/descriptor_limit.h"
#include "commands/option_table.h"
#include "commands/outputs.h"
#include "commands/run_folder.h"
#include "commands/run_rules.h"
#include "commands/scan_inputs.h"
#include "commands/scan_run.h"

namespace fleetscan::commands {
namespace {

/// All shards of a scan run at once, and each has hosts in every subnet: together they keep what
/// was asked for.
void share_limits(plan::ScanLimits& limits, unsigned shards) {
  limits.per_subnet = std::max<std::size_t>(1, limits.per_subnet / shards);
  limits.rate /= shards;
}

std::string random_id() {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 4; ++i) id += fmt::format("{:08x}", random());
  return id;
}

/// @return what went wrong; empty if every output can be written as far as is known by now
OutputErrors make_output_folder(const Options& options) {
  std::error_code error;
  if (!options.output_dir.empty()) std::filesystem::create_directories(options.output_dir, error);
  if (!error) return {};
  return {"cannot make the folder " + printable(options.output_dir) + ": " + error.message()};
}

probe::RunInfo describe(const Options& options, const inventory::Inventory& inventory,
                        const std::string& version) {
  probe::RunInfo info;
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

/// What the environment decides where the options leave it open.
void heed_environment(Options& options) {
  heed_github(options);
  // Half of the threads look names up; without this they are two.
  if (options.resolver.system) setenv("UV_THREADPOOL_SIZE", "128", 0);
}

/// All that a scan is about, read and found good.
struct Plan {
  std::unique_ptr<const inventory::Inventory> inventory;
  std::vector<inventory::Target> canaries;
  std::optional<inventory::KnownHosts> known_hosts;
  RunRules rules;
  probe::RunInfo info;
  std::optional<records::InterruptedRun> interrupted;
};

/// Opens the results that are to be finished; they keep the name and the start that they have.
/// @return false after saying why they cannot be
bool take_up(const std::string& path, Plan& plan) {
  plan.interrupted.emplace(path);
  const auto earlier = plan.interrupted->info();
  if (!earlier) return true;
  if (const auto fault = resume_fault(*earlier, plan.info); !fault.empty()) {
    say(printable(path) + ": " + fault);
    return false;
  }
  plan.info = *earlier;
  return true;
}

/// @return the plan, or the status to leave with after saying what is wrong
std::variant<Plan, int> prepare(Options& options, const std::string& version) {
  Plan plan;
  if (!settle_shard(options)) return kExitUsage;
  plan.inventory = read_inventories(options);
  if (!plan.inventory) return kExitUsage;
  if (const auto shard = plan.inventory->shard()) share_limits(options.limits, shard->count);
  auto canaries = read_canaries(options);
  if (!canaries) return kExitUsage;
  plan.canaries = std::move(*canaries);
  if (!options.known_hosts.empty()) {
    plan.known_hosts = read_known_hosts(options.known_hosts);
    if (!plan.known_hosts) return kExitUsage;
  }
  plan.rules = load_rules(options);
  for (const auto& fault : plan.rules.faults) say(fault);
  if (!plan.rules.faults.empty()) return kExitUsage;
  if (!plan.rules.unwritable.empty()) return leave_unwritten({plan.rules.unwritable});
  plan.info = describe(options, *plan.inventory, version);
  if (!options.resume.empty() && !take_up(options.resume, plan)) return kExitUsage;
  return plan;
}

/// What to tell beside the results, one sentence each.
std::vector<std::string> notes_on(const ScanRun& scan, const RunRecorder& recorder,
                                  const std::string& lowered) {
  std::vector<std::string> notes;
  if (!lowered.empty()) notes.push_back(lowered);
  if (scan.postponed() > 0)
    notes.push_back(
        fmt::format("{} connections had to wait: this machine ran out of descriptors, ports or "
                    "memory",
                    grouped(scan.postponed())));
  if (scan.echoes_forbidden())
    notes.emplace_back(
        "no ICMP echo was sent, which would tell dead hosts from filtered ports: "
        "net.ipv4.ping_group_range leaves this user out");
  for (const auto& note : recorder.notes())
    if (!note.empty()) notes.push_back(note);
  return notes;
}

/// Gives up every right that the rest of the scan does not need.
void give_up_rights(const Options& options, const std::string& output_dir) {
  // Beside the history is room for what it notes down meanwhile; /tmp will be out of reach.
  if (!options.history.empty()) {
    const auto beside = std::filesystem::absolute(options.history).parent_path();
    setenv("SQLITE_TMPDIR", beside.c_str(), 0);
  }
  const auto confinement = options.no_sandbox ? Confinement{false, 0, false, "--no-sandbox"}
                                              : confine(needed_files(options, output_dir));
  if (options.verbose > 0) say(confinement.to_string());
}

int run_locked_scan(Options options, const std::string& version) {
  heed_environment(options);
  auto prepared = prepare(options, version);
  if (const auto* status = std::get_if<int>(&prepared)) return *status;
  auto& plan = std::get<Plan>(prepared);

  const auto directory = options.output_dir;
  if (options.keep > 0)
    options.output_dir = run_folder(directory, plan.info.started, plan.info.run_id);
  if (const auto errors = make_output_folder(options); !errors.empty())
    return leave_unwritten(errors);
  const auto outputs = outputs_of(options);
  ReportSet reports(outputs);
  if (!reports.errors().empty()) return leave_unwritten(reports.errors());
  const auto lowered = lower_concurrency(options);

  RunRecorder recorder(reports, std::move(plan.rules.settings), std::move(plan.rules.history));
  recorder.begin(plan.info);
  give_up_rights(options, directory);
  ScanRun scan(options, *plan.inventory, std::move(plan.canaries), std::move(plan.known_hosts),
               recorder);
  if (plan.interrupted) scan.resume(*plan.interrupted);
  scan.run();
  auto end = scan.end();
  if (plan.interrupted) end.duration = wall_now() - plan.info.started;
  recorder.end(end);
  const auto report = recorder.finish();
  if (plan.interrupted && reports.errors().empty()) plan.interrupted->forget();
  if (options.keep > 0) keep_runs(directory, options.output_dir, options.keep);

  if (!options.quiet || report.gate.verdict != summary::GateVerdict::pass) {
    for (const auto& note : notes_on(scan, recorder, lowered)) say(note);
    print_summary(options, report, files_of(outputs.paths));
  }
  if (const auto errors = recorder.errors(); !errors.empty()) return leave_unwritten(errors);
  if (scan.signal() != 0) return exit_by_signal(scan.signal());
  return summary::exit_status(report.gate, options.exit_zero);
}

}  // namespace

int run_scan(Options options, const std::string& version) {
  if (options.cron) {
    options.quiet = true;
    options.color = Color::never;
  }
  // A history takes runs one after the other.
  if (options.lock.empty() && !options.history.empty()) options.lock = options.history + ".lock";
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

}  // namespace fleetscan::commands
