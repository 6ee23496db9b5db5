#pragma once
// A PlaceChoice is the shortest description of which hosts fail: a few of the places that they have
// in common.

#include <cstddef>
#include <queue>
#include <utility>
#include <vector>

#include "reports/summary/enrichment.h"
#include "reports/summary/failing_places.h"

namespace fleetscan::summary {

/// A place where hosts fail alike, or in any way.
struct Candidate {
  FailingPlace place;
  std::size_t failure;  ///< its kind, an index
};

/// Always the candidate that gains most, unless smaller ones inside it together gain more.
class PlaceChoice {
 public:
  struct Taken {
    const Candidate* candidate;
    RowIds explained;
  };

  /// Makes the choice. Refers to the candidates and enrichments.
  /// @param enrichments  of each kind of failure
  /// @param explained    by row, whether it needs no place any more
  PlaceChoice(const std::vector<Candidate>& candidates, const std::vector<Enrichment>& enrichments,
              std::vector<bool> explained);

  [[nodiscard]] std::vector<Taken>& taken() { return taken_; }
  [[nodiscard]] const std::vector<bool>& explained() const { return explained_; }

 private:
  [[nodiscard]] double gain_of(std::size_t index, std::size_t failing) const;
  void offer(std::size_t index);
  double refresh(std::size_t index);
  /// Takes the candidate, or the smaller ones inside it if they gain more.
  void take(std::size_t index, double gain);
  /// Candidates that explain some of the same hosts each, and together more than `gain`; empty if
  /// there are none.
  std::vector<std::size_t> better_parts(std::size_t whole, double gain);

  const std::vector<Candidate>& candidates_;
  const std::vector<Enrichment>& enrichments_;
  std::vector<bool> explained_;
  std::vector<RowIds> remaining_;
  std::priority_queue<std::pair<double, std::size_t>> queue_;  // gain, count minus index
  std::vector<Taken> taken_;
};

}  // namespace fleetscan::summary
