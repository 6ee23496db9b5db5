#pragma once
// Annotations: what an inventory says of its targets besides their names, such as labels, why one
// is skipped, the address family to use. Few differ, so each is kept once.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/address.h"
#include "inventory/target.h"

namespace fleetscan::inventory {

/// What several targets share; number 0 is the empty one.
struct Annotation {
  std::shared_ptr<const Labels> labels = {};
  std::string skip_reason = {};
  std::optional<Family> family = {};
  std::string jumps = {};
  bool odd = false;  ///< an entry that could not be read; the same host read elsewhere counts more
};

/// Keeps each different annotation once, and names it by a number.
class Annotations {
 public:
  Annotations();
  std::uint32_t add(const Annotation& annotation);
  std::uint32_t united(std::uint32_t a, std::uint32_t b);
  [[nodiscard]] const Annotation& operator[](std::uint32_t id) const { return all_[id]; }
  [[nodiscard]] std::size_t size() const { return all_.size(); }

 private:
  std::vector<Annotation> all_;
  std::unordered_map<std::string, std::uint32_t> by_content_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> unions_;
  std::shared_ptr<const Labels> last_labels_;  ///< of the last one that had nothing else
  std::uint32_t last_ = 0;
};

}  // namespace fleetscan::inventory
