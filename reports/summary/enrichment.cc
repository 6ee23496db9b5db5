#include "reports/summary/enrichment.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace fleetscan::summary {
namespace {

constexpr double kChanceOfError = 0.01;  // that a fleet without any common place gets a finding
constexpr double kMinShare = 0.05;
constexpr double kMinOddsRatio = 3;

double times_log(double count, double share, double background) {
  return count == 0 ? 0 : count * std::log(share / background);
}

/// Whether the place fails clearly more than everything else: large fleets make small differences
/// certain, but not worth telling.
bool stands_out(double share, double background) {
  return share >= kMinShare && share * (1 - background) >= kMinOddsRatio * background * (1 - share);
}

}  // namespace

double Enrichment::gain(std::uint64_t failing, std::uint64_t hosts, double price) const {
  if (failing < min_failing_ || hosts == 0) return 0;
  const auto bad = static_cast<double>(failing);
  const auto good = static_cast<double>(std::max(hosts, failing) - failing);
  const auto share = bad / (bad + good);
  if (!stands_out(share, background_)) return 0;
  return times_log(bad, share, background_) + times_log(good, 1 - share, 1 - background_) - price;
}

double Enrichment::price_of(std::size_t places) {
  return std::log(static_cast<double>(std::max<std::size_t>(places, 1)) / kChanceOfError);
}

}  // namespace fleetscan::summary
