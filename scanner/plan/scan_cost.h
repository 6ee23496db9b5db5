#pragma once
// Estimates what a scan will cost at worst, before it starts. Pure.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/prefix.h"
#include "inventory/target.h"
#include "scanner/plan/scan_plan.h"
#include "scanner/probe/probe_settings.h"

namespace fleetscan::plan {

struct ScanCost {
  std::uint64_t targets = 0;  ///< that will be probed
  std::uint64_t skipped = 0;
  std::uint64_t names = 0;           ///< targets whose name must be looked up
  std::uint64_t subnets = 0;         ///< /24 and /64 prefixes; names are in none before look-up
  std::uint64_t largest_subnet = 0;  ///< targets in the fullest of them
  std::uint64_t connections_at_least = 0;
  std::uint64_t connections_at_most = 0;
  std::uint64_t in_flight = 0;  ///< connections at a time
  /// Every host silent until each phase's timeout, every one asked again.
  std::chrono::milliseconds worst_duration{0};
};

/// Counts targets one by one; memory is O(subnets).
class ScanCostCounter {
 public:
  ScanCostCounter(const ScanLimits& limits, const probe::ProbeSettings& probe)
      : limits_(limits), probe_(probe) {}

  void add(const inventory::Target& target);
  /// @param deadline  `--deadline`, if any
  [[nodiscard]] ScanCost cost(std::optional<std::chrono::milliseconds> deadline) const;

 private:
  /// How long it takes to try each target once.
  [[nodiscard]] std::chrono::milliseconds longest_pass(const ScanCost& cost) const;

  ScanLimits limits_;
  probe::ProbeSettings probe_;
  ScanCost counted_;
  std::map<Prefix, std::uint64_t> subnets_;
};

/// Lines for a terminal.
[[nodiscard]] std::string to_text(const ScanCost& cost, const ScanLimits& limits);

}  // namespace fleetscan::plan
