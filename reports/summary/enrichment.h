#pragma once
// An Enrichment says how much the failures of one place are worth being told as a finding: how
// surprising they are, less what it costs to name the place.

#include <cstddef>
#include <cstdint>

namespace fleetscan::summary {

/// The place is described by its own rate of failures, everything else by one background rate. What
/// that description gains over the background alone is the log-likelihood ratio of Kulldorff's scan
/// statistic (Communications in Statistics 26, 1997); the place is paid for with the logarithm of
/// the number of places it was chosen from (minimum description length, Rissanen 1978), which is
/// also Bonferroni's correction for looking at all of them.
class Enrichment {
 public:
  /// @param background   share of hosts that fail elsewhere, above 0 and below 1
  /// @param min_failing  fewer failures than that are never a finding
  Enrichment(double background, std::uint64_t min_failing)
      : background_(background), min_failing_(min_failing) {}

  /// In nats; 0 or less where chance explains it, or where the place fails hardly more than others.
  /// @param price  of naming the place: price_of()
  [[nodiscard]] double gain(std::uint64_t failing, std::uint64_t hosts, double price) const;

  /// @param places  of one kind, among which this one was found
  [[nodiscard]] static double price_of(std::size_t places);

 private:
  double background_;
  std::uint64_t min_failing_;
};

}  // namespace fleetscan::summary
