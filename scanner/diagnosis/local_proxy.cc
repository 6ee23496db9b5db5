#include "scanner/diagnosis/local_proxy.h"

#include <cstddef>

#include "base/prefix.h"
#include "base/special_address.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::diagnosis {
namespace {

constexpr std::size_t kFewSlow = 2;  // among the first hosts

}  // namespace

void LocalProxy::see(const probe::HostResult& result) {
  if (refuted_ || result.attempts.empty()) return;
  if (!fits(result)) return refute();
  outcome_ = result.outcome;
  ++hosts_;
  if (probe::round_trip(result.decisive()->evidence) > kRoundTrip) ++slow_;
  if (slow_ > kFewSlow + hosts_ / 4) return refute();
  if (subnets_.size() < kSubnets) subnets_.insert(subnet_of(*result.target.address));
}

bool LocalProxy::fits(const probe::HostResult& result) const {
  const auto* decisive = result.decisive();
  if (!decisive || !result.target.address || is_loopback(*result.target.address)) return false;
  const auto& seen = decisive->evidence;
  return probe::is_failure(result.outcome) && result.outcome == outcome_.value_or(result.outcome) &&
         seen.ms.connect && seen.bytes_in == 0 && seen.tcp_info && seen.tcp_info->rtt_us > 0 &&
         probe::round_trip(seen) <= kBusyRoundTrip;
}

}  // namespace fleetscan::diagnosis
