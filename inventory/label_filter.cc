#include "inventory/label_filter.h"

#include <fmt/format.h>

#include <cstddef>
#include <memory>
#include <string>

#include "base/input_error.h"
#include "base/secrets.h"
#include "inventory/target.h"

namespace fleetscan::inventory {

bool LabelFilter::is_secret(const std::string& name, const std::string& value) {
  constexpr std::size_t kMostNames = 100'000;
  if (secret_names_.size() > kMostNames) secret_names_.clear();
  const auto [known, is_new] = secret_names_.try_emplace(name);
  if (is_new) known->second = is_secret_name(name);
  return known->second || looks_like_secret(value);
}

std::shared_ptr<const Labels> LabelFilter::filtered(const std::shared_ptr<const Labels>& labels) {
  if (!labels || labels == last_) return labels ? last_filtered_ : nullptr;
  last_ = last_filtered_ = labels;
  std::shared_ptr<Labels> kept;
  for (const auto& [name, value] : *labels) {
    if (!is_secret(name, value)) continue;
    if (!kept) kept = std::make_shared<Labels>(*labels);
    kept->erase(name);
    taken_.insert(name);
  }
  if (kept) last_filtered_ = kept->empty() ? nullptr : kept;
  return last_filtered_;
}

std::string LabelFilter::note() const {
  constexpr std::size_t kMostShown = 10;
  std::string names;
  std::size_t count = 0;
  for (const auto& name : taken_) {
    if (++count > kMostShown) break;
    names += (names.empty() ? "" : ", ") + excerpt(name);
  }
  if (count > kMostShown) names += fmt::format(" and {} more", taken_.size() - kMostShown);
  return names.empty() ? "" : "no labels, for they look like secrets: " + names;
}

}  // namespace fleetscan::inventory
