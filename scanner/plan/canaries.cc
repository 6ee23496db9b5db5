#include "scanner/plan/canaries.h"

#include <utility>

namespace fleetscan::plan {
namespace {

constexpr std::string_view kSource = "--canary";

}  // namespace

CanariesFirst::CanariesFirst(std::vector<inventory::Target> canaries,
                             std::unique_ptr<inventory::TargetSource> fleet)
    : canaries_(std::move(canaries)), fleet_(std::move(fleet)) {
  for (auto& canary : canaries_) canary.source = kSource;
}

std::optional<inventory::Target> CanariesFirst::next() {
  if (given_ == canaries_.size()) return fleet_->next();
  return canaries_[given_++];
}

bool is_canary(const inventory::Target& target) { return target.source == kSource; }

void count(probe::Canaries& canaries, const probe::HostResult& result) {
  ++canaries.asked;
  if (probe::is_reached(result.outcome)) ++canaries.reached;
}

}  // namespace fleetscan::plan
