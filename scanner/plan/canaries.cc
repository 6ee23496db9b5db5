#include "scanner/plan/canaries.h"

#include <utility>

namespace fleetscan {
namespace {

constexpr std::string_view kSource = "--canary";

}  // namespace

CanariesFirst::CanariesFirst(std::vector<Target> canaries, std::unique_ptr<TargetSource> fleet)
    : canaries_(std::move(canaries)), fleet_(std::move(fleet)) {
  for (auto& canary : canaries_) canary.source = kSource;
}

std::optional<Target> CanariesFirst::next() {
  if (given_ == canaries_.size()) return fleet_->next();
  return canaries_[given_++];
}

bool is_canary(const Target& target) { return target.source == kSource; }

void count(Canaries& canaries, const HostResult& result) {
  const auto state = result.state();
  ++canaries.asked;
  if (state == State::reachable || state == State::degraded) ++canaries.reached;
}

}  // namespace fleetscan
