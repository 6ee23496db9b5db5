#include "scanner/diagnosis/observations.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <vector>

namespace fleetscan::diagnosis {
namespace {

std::vector<Observation> all_families() {
  std::vector<Observation> rows;
  for (const auto family :
       {connect_observations, banner_observations, exchange_observations, course_observations})
    std::ranges::move(family(), std::back_inserter(rows));
  return rows;
}

}  // namespace

std::span<const Observation> observations() {
  static const auto kRows = all_families();
  return kRows;
}

}  // namespace fleetscan::diagnosis
