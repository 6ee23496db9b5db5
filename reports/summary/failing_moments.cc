#include "reports/summary/failing_moments.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/wall_time.h"
#include "reports/summary/enrichment.h"
#include "reports/summary/failing_places.h"
#include "reports/summary/host_table.h"

namespace fleetscan::summary {
namespace {

constexpr std::size_t kFewestSlices = 4;

std::string name_of(WallTime from, WallTime until) {
  constexpr std::size_t kDate = 11, kSeconds = 8;
  return readable(from).substr(0, kDate + kSeconds) + " to " + readable(until).substr(kDate);
}

}  // namespace

FailingMoments::FailingMoments(const std::vector<HostRow>& rows, const std::vector<bool>& explained)
    : rows_(rows) {
  WallTime last = WallTime::min();
  for (std::size_t id = 0; id < rows.size(); ++id) {
    if (explained[id] || !rows[id].tried) continue;
    ids_.push_back(id);
    begin_ = std::min(begin_, *rows[id].tried);
    last = std::max(last, *rows[id].tried);
  }
  if (ids_.empty()) return;
  begin_ = std::chrono::floor<std::chrono::seconds>(begin_);
  const auto span = std::chrono::floor<std::chrono::seconds>(last - begin_) + width_;
  constexpr auto kSlices = static_cast<std::chrono::seconds::rep>(kMost);
  width_ = std::chrono::seconds((span.count() + kSlices - 1) / kSlices);
  slices_ = slice_of(last) + 1;
}

std::size_t FailingMoments::slice_of(WallTime time) const {
  return static_cast<std::size_t>((time - begin_) / width_);
}

std::vector<FailingMoments::Count> FailingMoments::counts(const FailureKind& failure) const {
  std::vector<Count> counts(slices_);
  for (const auto id : ids_) {
    auto& slice = counts[slice_of(*rows_[id].tried)];
    ++slice.hosts;
    if (failure.holds(rows_[id].outcome)) ++slice.failing;
  }
  return counts;
}

double FailingMoments::background(const FailureKind& failure) const {
  const auto failing =
      std::ranges::count_if(ids_, [&](std::size_t id) { return failure.holds(rows_[id].outcome); });
  return (static_cast<double>(failing) + 0.5) / (static_cast<double>(ids_.size()) + 1);
}

FailingPlace FailingMoments::place(const FailureKind& failure, std::size_t first,
                                   std::size_t end) const {
  FailingPlace place{.kind = PlaceKind::moment};
  place.from = begin_ + first * width_;
  place.until = begin_ + end * width_;
  place.name = name_of(place.from, place.until);
  for (const auto id : ids_) {
    const auto slice = slice_of(*rows_[id].tried);
    if (slice < first || slice >= end) continue;
    ++place.hosts;
    if (failure.holds(rows_[id].outcome)) place.failing.push_back(id);
  }
  return place;
}

std::vector<FailingPlace> FailingMoments::of(const FailureKind& failure, std::size_t kinds,
                                             std::uint64_t min_failing) const {
  std::vector<FailingPlace> places;
  if (slices_ < kFewestSlices) return places;
  const auto slices = counts(failure);
  const Enrichment enrichment(failure.background, min_failing);
  const auto price = Enrichment::price_of(slices_ * (slices_ + 1) / 2 * kinds);
  std::vector<std::pair<std::size_t, std::size_t>> open{{0, slices_}};
  while (!open.empty()) {
    const auto [begin, end] = open.back();
    open.pop_back();
    double most = 0;
    std::size_t best_first = 0, best_end = 0;
    for (auto first = begin; first < end; ++first) {
      if (slices[first].failing == 0) continue;
      Count window;
      for (auto last = first; last < end; ++last) {
        window.failing += slices[last].failing, window.hosts += slices[last].hosts;
        if (slices[last].failing == 0) continue;
        const auto gain = enrichment.gain(window.failing, window.hosts, price);
        if (gain <= most) continue;
        most = gain, best_first = first, best_end = last + 1;
      }
    }
    if (most <= 0) continue;
    places.push_back(place(failure, best_first, best_end));
    places.back().price = price;
    open.emplace_back(begin, best_first);
    open.emplace_back(best_end, end);
  }
  return places;
}

}  // namespace fleetscan::summary
