#pragma once
// Results of a scan that never took place: a seeded fleet with the failures that real ones have.

#include <cstdint>
#include <random>

#include "scanner/probe/result.h"

namespace fleetscan::test {

struct FleetShape {
  std::uint64_t hosts = 1000;
  unsigned failing_percent = 5;
  std::uint64_t seed = 1;
  bool hostile = false;  ///< idents, names, labels and reasons come from the hostile corpus
};

/// Hosts web0001 to ... in /24s of 10.0.0.0/8, racks and sites. About half of the failures are
/// whole subnets or racks, the rest is scattered. The same shape gives the same fleet everywhere.
class SyntheticFleet {
 public:
  explicit SyntheticFleet(const FleetShape& shape);

  [[nodiscard]] probe::RunInfo run() const;
  [[nodiscard]] probe::HostResult next();  ///< call it FleetShape::hosts times
  [[nodiscard]] probe::RunEnd end() const;

 private:
  [[nodiscard]] std::uint64_t below(std::uint64_t bound);
  [[nodiscard]] Micros around(std::int64_t micros);
  [[nodiscard]] probe::Outcome outcome_of(std::uint64_t subnet);
  void make_hostile(probe::HostResult& result);
  void fill(probe::Attempt& attempt, const Address& address, std::size_t software);

  FleetShape shape_;
  std::mt19937_64 random_;
  std::uint64_t made_ = 0;
  std::map<probe::Outcome, std::uint64_t> counts_;
};

}  // namespace fleetscan::test
