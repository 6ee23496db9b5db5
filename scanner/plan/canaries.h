#pragma once
// Canaries: hosts that must be reachable from here. If none is, the trouble is
// ours and not the fleet's.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "inventory/target.h"
#include "inventory/target_source.h"
#include "scanner/probe/result.h"

namespace fleetscan::plan {

/// Gives the canaries, marked as such, then what `fleet` has. They are probed as any target, within
/// the same limits.
class CanariesFirst final : public inventory::TargetSource {
 public:
  CanariesFirst(std::vector<inventory::Target> canaries,
                std::unique_ptr<inventory::TargetSource> fleet);
  std::optional<inventory::Target> next() override;
  [[nodiscard]] std::uint64_t size() const override { return fleet_->size(); }  ///< of the fleet

 private:
  std::vector<inventory::Target> canaries_;
  std::size_t given_ = 0;
  std::unique_ptr<inventory::TargetSource> fleet_;
};

/// Counts a canary's verdict. Names that do not resolve, and skipped ones, count as not reached.
void count(probe::Canaries& canaries, const probe::HostResult& result);

}  // namespace fleetscan::plan
