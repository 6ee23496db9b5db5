#include "inventory/annotations.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/address.h"
#include "inventory/labels.h"
#include "inventory/target.h"

namespace fleetscan::inventory {
namespace {

std::string serialized(const Annotation& annotation) {
  std::string result = annotation.skip_reason;
  if (!annotation.jumps.empty()) result += "\n>" + annotation.jumps;
  if (annotation.odd) result += "\n?";
  if (annotation.family) result += *annotation.family == Family::v4 ? "\n4" : "\n6";
  if (annotation.labels)
    for (const auto& [key, value] : *annotation.labels) ((result += '\n') += key) += '=' + value;
  return result;
}

}  // namespace

Annotations::Annotations() { add({}); }

std::uint32_t Annotations::add(const Annotation& annotation) {
  const bool only_labels = annotation.skip_reason.empty() && !annotation.family && !annotation.odd;
  if (!all_.empty() && only_labels && annotation.labels == last_labels_) return last_;
  const auto next = static_cast<std::uint32_t>(all_.size());
  const auto [found, is_new] = by_content_.try_emplace(serialized(annotation), next);
  if (is_new) all_.push_back(annotation);
  if (only_labels) {
    last_labels_ = annotation.labels;
    last_ = found->second;
  }
  return found->second;
}

std::uint32_t Annotations::united(std::uint32_t a, std::uint32_t b) {
  if (a == b) return a;
  if (all_[a].odd != all_[b].odd) return all_[a].odd ? b : a;
  if (b == 0) return a;
  if (a == 0) return b;
  const auto known = unions_.find({a, b});
  if (known != unions_.end()) return known->second;
  static const Labels kNone;
  const auto &first = all_[a], &second = all_[b];
  const auto labels = inventory::united(first.labels ? *first.labels : kNone,
                                        second.labels ? *second.labels : kNone);
  const auto id = add({std::make_shared<const Labels>(labels),
                       first.skip_reason.empty() ? second.skip_reason : first.skip_reason,
                       first.family == second.family ? first.family : std::nullopt,
                       first.skip_reason.empty() ? second.jumps : first.jumps, first.odd});
  unions_.emplace(std::pair{a, b}, id);
  return id;
}

}  // namespace fleetscan::inventory
