#include "commands/targets_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>

#include "base/escape.h"
#include "base/exit_status.h"
#include "base/numbers.h"
#include "base/output_file.h"
#include "commands/descriptor_limit.h"
#include "commands/options.h"
#include "commands/scan_inputs.h"
#include "inventory/inventory.h"
#include "inventory/target.h"
#include "scanner/plan/scan_cost.h"

namespace fleetscan::commands {
namespace {

/// "  # 192.0.2.1": what an alias stands for; empty for what stands for itself.
std::string behind(const inventory::Target& target) {
  const auto address = target.address ? target.address->to_string() : target.lookup;
  if (address.empty() || address == target.host) return "";
  return "  # " + printable(address);
}

void print_targets(const inventory::Inventory& inventory, bool verbose, ReportFile& out) {
  const auto source = inventory.list();
  while (const auto target = source->next()) {
    if (target->skip_reason.empty())
      out.write(printable(target->name()) + (verbose ? behind(*target) : "") + "\n");
    else if (verbose)
      out.write(
          fmt::format("# {}: {}\n", printable(target->name()), printable(target->skip_reason)));
  }
  for (const auto& dropped : inventory.dropped())
    out.write(
        fmt::format("# {}{}: {}\n", printable(dropped.text),
                    dropped.count > 1 ? fmt::format(" ({} targets)", grouped(dropped.count)) : "",
                    printable(dropped.reason)));
}

std::string descriptors_text(std::size_t connections, std::size_t wanted) {
  auto text = fmt::format("{} of the {} that this process can open",
                          grouped(descriptors_needed(connections)), grouped(descriptors_allowed()));
  if (connections < wanted)
    text += fmt::format(": too few for {} connections at a time (ulimit -n)", grouped(wanted));
  return text;
}

std::string plan_text(const Options& options, const inventory::Inventory& inventory) {
  auto limits = options.limits;
  const auto wanted = limits.concurrency;
  limits.concurrency = make_room_for_connections(wanted);
  plan::ScanCostCounter counter(limits, options.probe);
  const auto source = inventory.list();
  while (const auto target = source->next()) counter.add(*target);
  const auto cost = counter.cost(options.deadline);
  const auto open = std::min<std::size_t>(limits.concurrency, cost.in_flight);
  const auto least = std::min<std::size_t>(wanted, cost.targets);
  return plan::to_text(cost, limits) +
         fmt::format("{:<16} {}\n", "descriptors", descriptors_text(open, least));
}

}  // namespace

int list_targets(Options options) {
  if (!settle_shard(options)) return kExitUsage;
  const auto inventory = read_inventories(options);
  if (!inventory) return kExitUsage;
  ReportFile out("-");
  if (options.plan)
    out.write(plan_text(options, *inventory));
  else
    print_targets(*inventory, options.verbose > 0, out);
  out.commit();
  return 0;
}

}  // namespace fleetscan::commands
