#include "scanner/plan/scan_cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/numbers.h"
#include "base/prefix.h"
#include "inventory/target.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/probe_settings.h"
#include "scanner/probe/retry_policy.h"

namespace fleetscan::plan {
namespace {

using Millis = std::chrono::milliseconds;

Millis::rep waves(std::uint64_t count, std::uint64_t at_a_time) {
  return static_cast<Millis::rep>((count + at_a_time - 1) / at_a_time);
}

Millis longest_attempt(const probe::ProbeSettings& probe) {
  auto longest = probe.connect_timeout;
  if (probe.depth >= probe::Depth::banner) longest += probe.banner_timeout;
  if (probe.depth >= probe::Depth::kexinit) longest += probe.kex_timeout;
  return longest;
}

unsigned attempts_at_most(const probe::RetryLimits& retry) {
  return std::min(1 + retry.retries, retry.connections);
}

}  // namespace

void ScanCostCounter::add(const inventory::Target& target) {
  if (!target.skip_reason.empty()) {
    ++counted_.skipped;
    return;
  }
  ++counted_.targets;
  if (!target.address) {
    ++counted_.names;
    return;
  }
  auto& hosts = subnets_[subnet_of(*target.address)];
  counted_.largest_subnet = std::max(counted_.largest_subnet, ++hosts);
}

ScanCost ScanCostCounter::cost(std::optional<Millis> deadline) const {
  auto cost = counted_;
  cost.subnets = subnets_.size();
  cost.connections_at_least = cost.targets;
  cost.connections_at_most = cost.targets * limits_.retry.connections;
  cost.in_flight = std::min<std::uint64_t>(limits_.concurrency, cost.targets);
  cost.worst_duration = longest_pass(cost) * attempts_at_most(limits_.retry);
  if (limits_.retry.retries > 0) cost.worst_duration += limits_.patience;
  if (deadline) cost.worst_duration = std::min(cost.worst_duration, *deadline);
  return cost;
}

Millis ScanCostCounter::longest_pass(const ScanCost& cost) const {
  const auto turns = std::max(waves(cost.targets, limits_.concurrency),
                              waves(cost.largest_subnet, limits_.per_subnet));
  const auto silent = longest_attempt(probe_) * turns;
  if (limits_.rate <= 0) return silent;
  const auto paced = static_cast<double>(cost.targets) * 1000 / limits_.rate;
  return std::max(silent, Millis{static_cast<Millis::rep>(paced)} + longest_attempt(probe_));
}

std::string to_text(const ScanCost& cost, const ScanLimits& limits) {
  std::string text;
  const auto line = [&](std::string_view what, const std::string& value) {
    text += fmt::format("{:<16} {}\n", what, value);
  };
  line("targets", cost.skipped == 0 ? grouped(cost.targets)
                                    : fmt::format("{} ({} more are skipped)", grouped(cost.targets),
                                                  grouped(cost.skipped)));
  line("names", grouped(cost.names) + " to look up");
  line("subnets", fmt::format("{} (/24 or /64), the largest of {} targets", grouped(cost.subnets),
                              grouped(cost.largest_subnet)));
  line("connections",
       fmt::format("{} to {}, at most {} per address", grouped(cost.connections_at_least),
                   grouped(cost.connections_at_most), limits.retry.connections));
  line("at a time",
       fmt::format("{}, {} in one subnet", grouped(cost.in_flight), grouped(limits.per_subnet)));
  line("pace", limits.adaptive    ? std::string("as fast as it does no harm")
               : limits.rate <= 0 ? std::string("no limit")
                                  : fmt::format("{} new connections per second", limits.rate));
  line("at worst", duration_text(cost.worst_duration) + ", if no host answers");
  return text;
}

}  // namespace fleetscan::plan
