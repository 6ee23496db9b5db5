#include "commands/scan_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/escape.h"
#include "base/exit_status.h"
#include "base/numbers.h"
#include "commands/console.h"
#include "commands/option_table.h"
#include "commands/options.h"
#include "commands/proxy_setup.h"
#include "commands/run_rules.h"
#include "commands/scan_inputs.h"
#include "commands/scan_run.h"
#include "inventory/inventory.h"
#include "reports/summary/gate.h"
#include "scanner/plan/scan_plan.h"
#include "scanner/probe/result.h"

namespace fleetscan::commands {
namespace {

WallTime wall_now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

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

/// Opens the results that are to be finished; they keep the name and the start that they have.
/// @return false after saying why they cannot be
bool take_up(const std::string& path, PreparedScan& scan) {
  scan.interrupted.emplace(path);
  std::optional<probe::RunInfo> earlier;
  try {
    earlier = scan.interrupted->info();
  } catch (const std::system_error& error) {
    say(error.what());
    return false;
  }
  if (!earlier) {
    const bool blank = scan.interrupted->ends_at_once();
    say(printable(path) + (blank ? ": that scan had found nothing yet, so all targets are probed"
                                 : ": it contains no run that could be resumed"));
    return blank;
  }
  if (const auto fault = resume_fault(*earlier, scan.info); !fault.empty()) {
    say(printable(path) + ": " + fault);
    return false;
  }
  scan.info = *earlier;
  scan.resumes = true;
  return true;
}

}  // namespace

std::variant<PreparedScan, int> prepare_scan(Options& options, const std::string& version) {
  PreparedScan scan;
  if (!settle_shard(options) || !settle_proxy(options)) return kExitUsage;
  scan.bastion = prepare_bastion(options);
  scan.inventory = read_inventories(options);
  if (!scan.inventory) return kExitUsage;
  if (const auto shard = scan.inventory->shard()) {
    share_limits(options.limits, shard->count);
    if (options.proxy)
      options.limits.concurrency =
          std::max<std::size_t>(1, options.limits.concurrency / shard->count);
  }
  auto canaries = read_canaries(options);
  if (!canaries) return kExitUsage;
  scan.canaries = std::move(*canaries);
  if (!options.known_hosts.empty()) {
    scan.known_hosts = read_known_hosts(options.known_hosts);
    if (!scan.known_hosts) return kExitUsage;
  }
  scan.rules = load_rules(options);
  for (const auto& fault : scan.rules.faults) say(fault);
  if (!scan.rules.faults.empty()) return kExitUsage;
  if (!scan.rules.unwritable.empty()) return leave_unwritten({scan.rules.unwritable});
  scan.info = describe(options, *scan.inventory, version);
  if (!options.resume.empty() && !take_up(options.resume, scan)) return kExitUsage;
  if (scan.bastion) reach_bastion(*scan.bastion, options);
  return scan;
}

std::chrono::milliseconds time_since(WallTime start) { return wall_now() - start; }

ScanEnding carry_out(ScanRun& run, PreparedScan& scan) {
  if (scan.interrupted) run.resume(*scan.interrupted);
  auto ending = run.run();
  std::signal(SIGUSR1, SIG_IGN);  // asks for a progress that there is no more
  if (ending.abandoned) std::_Exit(exit_by_signal(ending.signal));
  return ending;
}

std::vector<std::string> notes_on(const ScanEnding& ending) {
  std::vector<std::string> notes;
  if (ending.postponed > 0)
    notes.push_back(counted(ending.postponed, "connection",
                            "had to wait: this machine ran out of descriptors, ports or memory"));
  if (ending.weak > 0)
    notes.push_back(fmt::format("this machine was late: {} verdict{} by timing {} weak",
                                grouped(ending.weak), ending.weak == 1 ? "" : "s",
                                ending.weak == 1 ? "is" : "are"));
  if (ending.echoes_forbidden)
    notes.emplace_back(
        "no ICMP echo was sent, which would tell dead hosts from filtered ports: "
        "net.ipv4.ping_group_range excludes this user; allow it by "
        "sysctl net.ipv4.ping_group_range='0 2147483647'");
  return notes;
}

int exit_status(const Options& options, const ScanEnding& ending, const summary::Gate& gate) {
  if (ending.signal != 0) return exit_by_signal(ending.signal);
  return summary::exit_status(gate, options.exit_zero);
}

}  // namespace fleetscan::commands
