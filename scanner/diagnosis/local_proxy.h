#pragma once
// LocalProxy recognizes a proxy on this machine, or right beside it, that takes every connection.

#include <cstddef>
#include <optional>
#include <set>

#include "base/clock.h"
#include "base/prefix.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::diagnosis {

/// A transparent proxy (a TUN client, a secure web gateway, a captive portal) accepts connections
/// to every address, within a time that no network needs, and then ends them all in one way. Fed
/// with the results of a run; pure. One host that is reached, or that ends in another way, refutes
/// it; hosts of this machine itself do, too.
class LocalProxy {
 public:
  static constexpr std::size_t kHosts = 8;    ///< that must end alike, at least
  static constexpr std::size_t kSubnets = 3;  ///< in which they must lie, at least
  /// The longest round trip that is taken for a proxy's: a switch and two network cards need more.
  /// A busy machine makes one in four longer, but not beyond the second limit.
  static constexpr Micros kRoundTrip{100}, kBusyRoundTrip{1000};

  /// Takes the next result; one without a connection says nothing.
  void see(const probe::HostResult& result);
  /// Says that there is none.
  void refute() { refuted_ = true; }

  [[nodiscard]] bool refuted() const { return refuted_; }
  /// This result may be a proxy's doing, as may all before it.
  [[nodiscard]] bool may_explain(const probe::HostResult& result) const {
    return !refuted_ && fits(result);
  }
  /// All results were alike, and enough.
  [[nodiscard]] bool found() const {
    return !refuted_ && hosts_ >= kHosts && subnets_.size() >= kSubnets;
  }

 private:
  [[nodiscard]] bool fits(const probe::HostResult& result) const;

  bool refuted_ = false;
  std::size_t hosts_ = 0;
  std::size_t slow_ = 0;      ///< of them, those beyond kRoundTrip
  std::set<Prefix> subnets_;  ///< kSubnets at most
  std::optional<probe::Outcome> outcome_;
};

}  // namespace fleetscan::diagnosis
