#pragma once
// SubnetMap assigns labels (site, owner, contact) to prefixes. The longest prefix wins.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/input_error.h"
#include "base/range_rows.h"
#include "inventory/label_filter.h"
#include "inventory/target.h"

namespace fleetscan::inventory {

class SubnetMap {
 public:
  SubnetMap() = default;

  /// Parses a CSV whose header has a column prefix (cidr, subnet, network); the others are labels.
  [[nodiscard]] static SubnetMap parse(std::string_view text, const std::string& source,
                                       InputErrors& errors);

  /// Takes out the labels that must not be any.
  void filter(LabelFilter& filter);

  [[nodiscard]] bool empty() const { return v4_.empty() && v6_.empty(); }

  /// Number of the longest prefix around the address; nothing if there is none.
  [[nodiscard]] std::optional<std::uint32_t> find(const Address& address) const;

  /// `labels` and those of prefix number `id` whose keys are not in `labels`.
  [[nodiscard]] std::shared_ptr<const Labels> added_to(const std::shared_ptr<const Labels>& labels,
                                                       std::uint32_t id) const;

  /// Calls back for each stretch from first to last that lies in a prefix, in rising order.
  template <typename Key>
  void for_each_in(Key first, Key last,
                   const std::function<void(Key first, Key last, std::uint32_t id)>& visit) const;

 private:
  template <typename Key>
  [[nodiscard]] const RangeRows<Key>& rows() const;

  // Disjoint and sorted; `annotation` is the number of the innermost prefix.
  RangeRows<std::uint32_t> v4_;
  RangeRows<uint128> v6_;
  std::vector<Labels> labels_;
};

}  // namespace fleetscan::inventory
