#include "commands/scan_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ios>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/escape.h"
#include "base/exit_status.h"
#include "base/input_error.h"
#include "base/lock_file.h"
#include "base/output_file.h"
#include "commands/account.h"
#include "commands/confinement.h"
#include "commands/console.h"
#include "commands/descriptor_limit.h"
#include "commands/doctor_files.h"
#include "commands/doctor_visits.h"
#include "commands/options.h"
#include "commands/outputs.h"
#include "commands/report_set.h"
#include "commands/resume_hint.h"
#include "commands/run_folder.h"
#include "commands/run_recorder.h"
#include "commands/run_rules.h"
#include "commands/scan_run.h"
#include "commands/scan_session.h"
#include "commands/stop_signals.h"
#include "commands/vantage_options.h"
#include "commands/vantage_run.h"
#include "inventory/inventory.h"
#include "reports/records/interrupted_run.h"
#include "reports/summary/gate.h"
#include "reports/summary/report.h"
#include "reports/summary/summary.h"
#include "scanner/net/own_networks.h"
#include "scanner/plan/scan_plan.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"
#include "scanner/ssh/client_profiles.h"
#include "scanner/ssh/key_exchange.h"

namespace fleetscan::commands {
namespace {

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

/// Gives up every right that the rest of the scan does not need.
/// @return nothing, after saying so, if that is less than what was asked for
std::optional<Confinement> give_up_rights(const Options& options, const std::string& output_dir,
                                          const PreparedScan& scan) {
  // Beside the history is room for what it notes down meanwhile; /tmp will be out of reach.
  if (!options.history.empty()) {
    const auto beside = std::filesystem::absolute(options.history).parent_path();
    setenv("SQLITE_TMPDIR", beside.c_str(), 0);
  }
  static_cast<void>(net::own_networks());  // told by a kind of socket that will be out of reach
  auto needed = needed_files(options, output_dir);
  needed.ports = needed_ports(options, *scan.inventory, scan.canaries);
  auto confinement = options.sandbox == Sandbox::off ? Confinement{false, 0, false, "--no-sandbox"}
                                                     : confine(needed);
  if (options.sandbox == Sandbox::strict && !confinement.missing.empty()) {
    say("--sandbox strict: this system lacks " + confinement.missing +
        "; --sandbox auto does without");
    return std::nullopt;
  }
  if (options.verbose > 0) say(confinement.to_string());
  return confinement;
}

/// The newest client's key exchange methods that this build cannot speak: a server that fails in
/// one of them alone looks well from here.
void tell_untried_methods(const Options& options) {
  if (options.verbose == 0 || options.probe.depth != probe::Depth::kex) return;
  const auto& client =
      options.probe.client ? *options.probe.client : ssh::client_profiles().front();
  auto untried = client.kex;
  std::erase_if(untried, [ours = ssh::key_exchanges().profile().kex](const auto& name) {
    return std::ranges::find(ours, name) != ours.end();
  });
  if (!untried.empty())
    say(fmt::format("key exchange methods not tried, for this build's libraries lack them: {}",
                    fmt::join(untried, ", ")));
}

/// Chooses this run's folder and makes it.
/// @return why it cannot be made
OutputErrors settle_output_folder(Options& options, const probe::RunInfo& run) {
  if (options.keep == 0) return make_output_folder(options);
  const auto directory = options.output_dir;
  options.output_dir = run_folder(directory, run.started, run.run_id);
  auto errors = make_output_folder(options);
  if (errors.empty()) prepare_link(directory, options.output_dir);
  return errors;
}

/// Prints notes and summary, unless --quiet finds nothing wrong.
void print_outcome(const Options& options, const summary::Report& report,
                   const std::vector<std::string>& notes, const Outputs& outputs,
                   const std::string& next) {
  if (options.quiet && report.gate.verdict == summary::GateVerdict::pass) return;
  for (const auto& note : notes)
    if (!note.empty()) say(note);
  print_summary(options, report, files_of(outputs.paths), next);
}

/// The results files of this run.
std::vector<std::string> results_of(const Outputs& outputs) {
  const auto found = outputs.paths.find("jsonl");
  return found == outputs.paths.end() ? std::vector<std::string>() : found->second;
}

/// What is left of this run can be resumed; old runs are not needed any more.
void clear_up(const Options& options, const std::string& directory,
              const std::vector<std::string>& results, OutputErrors& errors) try {
  for (const auto& path : results)
    if (path != "-" && std::filesystem::exists(part_of(path)))
      errors.push_back("--resume " + printable(path) + " finishes this scan");
  if (options.keep > 0) keep_runs(directory, options.output_dir, options.keep);
} catch (const std::system_error& error) {
  errors.emplace_back(error.what());
}

/// The bytes of the program that is to be pushed.
/// @return nothing after saying why it cannot be read
std::optional<std::string> read_program(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (file.good() && !bytes.empty()) return bytes;
  say("--push: cannot read " + printable(path));
  return std::nullopt;
}

/// @return the scan from vantages, prepared, or the status to leave with after saying what is wrong
std::variant<std::unique_ptr<VantageRun>, int> prepare_vantages(const Options& options,
                                                                PreparedScan& scan) {
  const auto other_vantages = [&](const std::vector<std::string>& now) {
    if (!scan.resumes || scan.info.vantages == now) return false;
    say(printable(options.resume) + ": it was a scan from other vantages; give the same --from");
    return true;
  };
  if (!has_vantages(options)) {
    if (other_vantages({})) return kExitUsage;
    return nullptr;
  }
  auto theirs = options_for_vantages(options, *scan.inventory);
  if (const auto* fault = std::get_if<std::string>(&theirs)) {
    say(*fault);
    return kExitUsage;
  }
  std::string program;
  if (!options.push.empty()) {
    auto bytes = read_program(options.push);
    if (!bytes) return kExitUsage;
    program = std::move(*bytes);
  }
  auto run = std::make_unique<VantageRun>(options, *scan.inventory, std::get<0>(std::move(theirs)),
                                          std::move(program), std::move(scan.known_hosts));
  if (other_vantages(run->joined())) return kExitUsage;
  scan.info.vantages = run->joined();
  scan.rules.settings.vantages = !scan.info.vantages.empty();
  return run;
}

/// Has the failing hosts examined, and joins what they say.
/// @return what there is to say about it
std::vector<std::string> visit(DoctorVisits& visits, summary::Summary& summary) {
  auto found = visits.run();
  for (auto& record : found.records) summary.doctors.add(std::move(record));
  return std::move(found.notes);
}

int run_locked_scan(Options options, const std::string& version) {
  heed_environment(options);
  auto prepared = prepare_scan(options, version);
  if (const auto* status = std::get_if<int>(&prepared)) return *status;
  auto& scan = std::get<PreparedScan>(prepared);

  auto elsewhere = prepare_vantages(options, scan);
  if (const auto* status = std::get_if<int>(&elsewhere)) return *status;
  const auto vantage_run = std::get<0>(std::move(elsewhere));

  std::optional<DoctorVisits> visits;
  if (!options.doctor_from.empty()) visits.emplace(options);
  InputErrors doubtful;
  auto doctors = read_doctor_files(options.doctors, doubtful);
  say(doubtful);
  if (doctors.empty() && !options.doctors.empty()) return kExitUsage;

  const auto directory = options.output_dir;
  if (const auto errors = settle_output_folder(options, scan.info); !errors.empty())
    return leave_unwritten(errors);
  const auto outputs = outputs_of(options);
  ReportSet reports(outputs);
  if (!reports.errors().empty()) return leave_unwritten(reports.errors());
  for (auto& record : doctors) reports.summary().doctors.add(std::move(record));
  std::vector<std::string> notes{lower_concurrency(options)};

  RunRecorder recorder(reports, std::move(scan.rules.settings), std::move(scan.rules.history));
  tell_untried_methods(options);
  const auto confinement = give_up_rights(options, directory, scan);
  if (!confinement) return kExitUndecided;
  recorder.begin(scan.info);
  // Lives until everything is written: a look-up that hangs may hold up its end.
  std::optional<ScanRun> run;
  ScanEnding ending;
  if (vantage_run) {
    if (scan.interrupted) vantage_run->resume(*scan.interrupted, recorder);
    confine_reports(*confinement);  // what vantages send is all that it will read
    ending = vantage_run->run(recorder);
  } else {
    run.emplace(options, *scan.inventory, std::move(scan.canaries), std::move(scan.known_hosts),
                recorder);
    ending = carry_out(*run, scan);
  }
  if (scan.interrupted) ending.end.duration = time_since(scan.info.started);
  recorder.end(ending.end);
  auto& summary = reports.summary();
  if (visits) visits->plan(summary.hosts.sorted(summary.neighbors, nullptr), !vantage_run);
  if (!vantage_run) confine_reports(*confinement);
  if (visits && ending.signal == 0) {
    for (auto& note : visit(*visits, summary)) notes.push_back(std::move(note));
    ending.signal = StopSignals::received();
  }
  const auto report = recorder.finish();
  auto errors = recorder.errors();
  const auto results = results_of(outputs);
  if (scan.interrupted && reports.errors().empty() && !results.empty()) scan.interrupted->forget();
  clear_up(options, directory, results, errors);

  for (const auto& more : {notes_on(ending), recorder.notes()})
    notes.insert(notes.end(), more.begin(), more.end());
  const auto next = ending.end.complete ? std::string() : resume_hint(options, results);
  print_outcome(options, report, notes, outputs, next);
  if (!errors.empty()) return leave_unwritten(errors);
  return exit_status(options, ending, report.gate);
}

}  // namespace

int run_scan(Options options, const std::string& version) {
  std::signal(SIGUSR1, SIG_IGN);  // until there is a progress to ask for
  if (options.cron) {
    options.quiet = true;
    options.color = Color::never;
  }
  if (!options.user.empty()) {
    if (const auto fault = become(options.user); !fault.empty()) {
      say("--user: " + fault);
      return kExitUsage;
    }
  }
  // A history takes runs one after the other.
  if (options.lock.empty() && !options.history.empty()) options.lock = options.history + ".lock";
  std::optional<LockFile> lock;
  if (!options.lock.empty()) {
    lock.emplace(options.lock, fmt::format("{}", fmt::join(options.inventory.targets, " ")),
                 options.lock_wait);
    if (!lock->held()) {
      say(printable(options.lock) + " is locked by " + lock->holder());
      return kExitUndecided;
    }
  }
  return run_locked_scan(std::move(options), version);
}

}  // namespace fleetscan::commands
