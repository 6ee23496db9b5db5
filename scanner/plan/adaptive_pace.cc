#include "scanner/plan/adaptive_pace.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "base/prefix.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::plan {
namespace {

constexpr double kShortestEpoch = 8;
constexpr double kMargin = 0.1;  // more failures than that above the accepted ones are ours

}  // namespace

bool may_be_our_load(probe::Outcome outcome) {
  using enum probe::Outcome;
  constexpr std::array kOfLoad{connect_timeout,    connect_reset, banner_throttled,
                               banner_closed_fast, banner_reset,  banner_silent,
                               banner_blackholed,  kexinit_reset, kexinit_stalled,
                               kex_reset,          kex_stalled};
  return std::ranges::find(kOfLoad, outcome) != kOfLoad.end();
}

void AdaptivePace::finished(const Prefix& prefix, bool failed) {
  auto& subnet = subnets_.try_emplace(prefix, Subnet{static_cast<double>(most_)}).first->second;
  subnet.answered = subnet.answered || !failed;
  ++subnet.ended;
  subnet.failed += failed ? 1 : 0;
  if (subnet.ended >= std::max(kShortestEpoch, subnet.window)) end_epoch(subnet);
}

void AdaptivePace::end_epoch(Subnet& subnet) const {
  const double share = subnet.failed / subnet.ended, most = static_cast<double>(most_);
  subnet.failed = subnet.ended = 0;
  if (std::exchange(subnet.settling, false) || !subnet.answered) return;
  if (share <= subnet.accepted + kMargin) {
    subnet.window = std::min(most, subnet.window + std::max(1.0, subnet.window / 8));
  } else if (subnet.window >= 2) {
    subnet.window /= 2;
    subnet.settling = true;
  } else {
    subnet.accepted = share;
    subnet.window = most;
  }
}

std::size_t AdaptivePace::window(const Prefix& prefix) const {
  const auto found = subnets_.find(prefix);
  return found == subnets_.end() ? most_ : static_cast<std::size_t>(found->second.window);
}

}  // namespace fleetscan::plan
