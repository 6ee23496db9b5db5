#pragma once
// The steps of a scan, as values: what it is about, what it came to, what to say about it.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "commands/options.h"
#include "commands/run_rules.h"
#include "commands/scan_run.h"
#include "inventory/inventory.h"
#include "inventory/known_hosts.h"
#include "inventory/target.h"
#include "reports/records/interrupted_run.h"
#include "reports/summary/gate.h"
#include "scanner/probe/result.h"
#include "vantages/bastion.h"

namespace fleetscan::commands {

/// All that a scan is about, read and found good.
struct PreparedScan {
  std::unique_ptr<const inventory::Inventory> inventory;
  std::vector<inventory::Target> canaries;
  std::optional<inventory::KnownHosts> known_hosts;
  RunRules rules;
  probe::RunInfo info;
  std::optional<records::InterruptedRun> interrupted;  ///< to be finished
  bool resumes = false;                                ///< ... and `info` is what it had begun
  std::unique_ptr<vantages::Bastion> bastion;          ///< that the scan goes through; may be null
};

/// Reads inventory, canaries, host keys and rules.
/// @param options  whose shard, sources and limits are settled on the way
/// @param version  of fleetscan
/// @return the scan, or the status to leave with after saying what is wrong
[[nodiscard]] std::variant<PreparedScan, int> prepare_scan(Options& options,
                                                           const std::string& version);

/// Probes all that was prepared, and records every result. A second SIGINT or SIGTERM leaves the
/// process at once, so that what was streamed stays on disk and can be resumed.
/// @param run  of what was prepared; its recorder has begun
[[nodiscard]] ScanEnding carry_out(ScanRun& run, PreparedScan& scan);

/// By the clock on the wall: a scan that is resumed began in another process.
[[nodiscard]] std::chrono::milliseconds time_since(WallTime start);

/// What to tell about a scan beside its results, one sentence each.
[[nodiscard]] std::vector<std::string> notes_on(const ScanEnding& ending);

/// With which status a scan leaves whose outputs are all written.
[[nodiscard]] int exit_status(const Options& options, const ScanEnding& ending,
                              const summary::Gate& gate);

}  // namespace fleetscan::commands
