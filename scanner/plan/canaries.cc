#include "scanner/plan/canaries.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "inventory/target.h"
#include "inventory/target_source.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::plan {

CanariesFirst::CanariesFirst(std::vector<inventory::Target> canaries,
                             std::unique_ptr<inventory::TargetSource> fleet)
    : canaries_(std::move(canaries)), fleet_(std::move(fleet)) {
  for (auto& target : canaries_) {
    target.source = "--canary";
    target.canary = true;
  }
}

std::optional<inventory::Target> CanariesFirst::next() {
  if (given_ == canaries_.size()) return fleet_->next();
  return canaries_[given_++];
}

void count(probe::Canaries& canaries, const probe::HostResult& result) {
  ++canaries.asked;
  if (probe::is_reached(result.outcome)) ++canaries.reached;
}

}  // namespace fleetscan::plan
