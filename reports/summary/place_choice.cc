#include "reports/summary/place_choice.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "reports/summary/enrichment.h"
#include "reports/summary/failing_places.h"

namespace fleetscan::summary {

PlaceChoice::PlaceChoice(const std::vector<Candidate>& candidates,
                         const std::vector<Enrichment>& enrichments, std::vector<bool> explained)
    : candidates_(candidates), enrichments_(enrichments), explained_(std::move(explained)) {
  for (std::size_t i = 0; i < candidates.size(); ++i)
    remaining_.push_back(candidates[i].place.failing);
  for (std::size_t i = 0; i < candidates.size(); ++i) offer(i);
  // What a candidate gains only shrinks, so a stale number is an upper bound of the true one.
  while (!queue_.empty()) {
    const auto [stale, minus_index] = queue_.top();
    queue_.pop();
    const auto index = candidates.size() - minus_index;
    const auto gain = refresh(index);
    if (gain <= 0) continue;
    if (gain < stale)
      queue_.emplace(gain, minus_index);
    else
      take(index, gain);
  }
}

double PlaceChoice::gain_of(std::size_t index, std::size_t failing) const {
  const auto& [place, failure] = candidates_[index];
  const auto gone = place.failing.size() - failing;
  return enrichments_[failure].gain(failing, place.hosts - std::min(place.hosts, gone),
                                    place.price);
}

void PlaceChoice::offer(std::size_t index) {
  queue_.emplace(refresh(index), candidates_.size() - index);
}

double PlaceChoice::refresh(std::size_t index) {
  auto& ids = remaining_[index];
  std::erase_if(ids, [this](std::size_t id) { return explained_[id]; });
  return gain_of(index, ids.size());
}

void PlaceChoice::take(std::size_t index, double gain) {
  const auto parts = better_parts(index, gain);
  for (const auto part : parts)
    if (const auto of_part = refresh(part); of_part > 0) take(part, of_part);
  if (!parts.empty()) return offer(index);
  for (const auto id : remaining_[index]) explained_[id] = true;
  taken_.push_back({&candidates_[index], std::move(remaining_[index])});
  remaining_[index].clear();
}

std::vector<std::size_t> PlaceChoice::better_parts(std::size_t whole, double gain) {
  std::vector<bool> free(explained_.size());
  for (const auto id : remaining_[whole]) free[id] = true;
  std::vector<std::pair<double, std::size_t>> inside;
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    const auto own = refresh(i);
    const auto& ids = remaining_[i];
    if (own <= 0 || ids.size() >= remaining_[whole].size()) continue;
    const auto shared = std::ranges::count_if(ids, [&](std::size_t id) { return free[id]; });
    if (static_cast<std::size_t>(shared) == ids.size()) inside.emplace_back(-own, i);
  }
  std::ranges::sort(inside);
  double sum = 0;
  std::vector<std::size_t> parts;
  for (const auto& [minus_own, i] : inside) {
    const auto& ids = remaining_[i];
    const auto left = std::ranges::count_if(ids, [&](std::size_t id) { return free[id]; });
    const auto own = gain_of(i, static_cast<std::size_t>(left));
    if (own <= 0) continue;
    sum += own;
    parts.push_back(i);
    for (const auto id : ids) free[id] = false;
  }
  if (sum <= gain) parts.clear();
  return parts;
}

}  // namespace fleetscan::summary
