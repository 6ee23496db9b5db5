#include "inventory/odd_entries.h"

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <vector>

#include "base/input_error.h"
#include "base/numbers.h"

namespace fleetscan::inventory {

void OddEntries::add(const InputError& error) {
  constexpr std::size_t kShown = 3, kMostKinds = 1000;
  const Key key{error.source, error.remedy};
  const auto [known, is_new] = numbers_.try_emplace(key, kinds_.size());
  if (is_new && kinds_.size() == kMostKinds) {
    numbers_.erase(known);
    ++more_;
    return;
  }
  if (is_new) kinds_.emplace_back(key, Kind{});
  auto& kind = kinds_[known->second].second;
  if (kind.shown.size() < kShown)
    kind.shown.push_back(error.to_string());
  else
    ++kind.others;
}

void OddEntries::tell(std::vector<std::string>& notes) const {
  for (const auto& [key, kind] : kinds_) {
    for (const auto& text : kind.shown) notes.push_back(text + "; left out");
    if (kind.others > 0)
      notes.push_back(fmt::format("{}: {} more left out: {}", excerpt(key.first),
                                  grouped(kind.others), key.second));
  }
  if (more_ > 0) notes.push_back(fmt::format("{} more entries left out", grouped(more_)));
}

}  // namespace fleetscan::inventory
