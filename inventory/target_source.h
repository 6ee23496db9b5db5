#pragma once
// A TargetSource gives a scan its targets, one at a time.

#include <cstdint>
#include <optional>

#include "inventory/target.h"

namespace fleetscan::inventory {

/// A stream of targets. Costs no memory per target where the inventory states a range.
class TargetSource {
 public:
  TargetSource() = default;
  TargetSource(const TargetSource&) = delete;
  TargetSource& operator=(const TargetSource&) = delete;
  virtual ~TargetSource() = default;

  /// The next target in visiting order; nothing once all were given.
  [[nodiscard]] virtual std::optional<Target> next() = 0;

  /// How many targets next() gives in all.
  [[nodiscard]] virtual std::uint64_t size() const = 0;
};

}  // namespace fleetscan::inventory
