#include "inventory/inventory.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/address.h"
#include "inventory/permutation.h"
#include "inventory/share.h"
#include "inventory/target.h"
#include "inventory/target_source.h"
#include "inventory/target_table.h"

namespace fleetscan::inventory {
namespace {

/// Gives the targets at the indices that `indices` holds or makes, those of one shard.
template <typename Indices>
class ShareSource : public TargetSource {
 public:
  ShareSource(std::shared_ptr<const TargetTable> table, Indices indices, std::uint64_t positions,
              std::optional<ShardChoice> shard, std::uint64_t size)
      : table_(std::move(table)),
        indices_(std::move(indices)),
        positions_(positions),
        shard_(shard),
        size_(size) {}

  std::optional<Target> next() override {
    while (position_ < positions_) {
      const auto index = indices_(position_++);
      if (!shard_ || shard_->has(table_->stable_hash(index))) return table_->at(index);
    }
    return std::nullopt;
  }
  [[nodiscard]] std::uint64_t size() const override { return size_; }

 private:
  std::shared_ptr<const TargetTable> table_;
  Indices indices_;
  std::uint64_t positions_;
  std::optional<ShardChoice> shard_;
  std::uint64_t size_;
  std::uint64_t position_ = 0;
};

}  // namespace

std::unique_ptr<TargetSource> Inventory::visit() const {
  return std::make_unique<ShareSource<Permutation>>(table_, Permutation{table_->size(), seed_},
                                                    sampled_, shard_, size_);
}

std::unique_ptr<TargetSource> Inventory::list() const {
  if (sampled_ == table_->size()) {
    return std::make_unique<ShareSource<std::identity>>(table_, std::identity{}, sampled_, shard_,
                                                        size_);
  }
  const Permutation order{table_->size(), seed_};
  std::vector<std::uint64_t> sample(sampled_);
  for (std::uint64_t i = 0; i < sampled_; ++i) sample[i] = order(i);
  std::ranges::sort(sample);
  const auto at = [sample = std::move(sample)](std::uint64_t i) { return sample[i]; };
  return std::make_unique<ShareSource<decltype(at)>>(table_, at, sampled_, shard_, size_);
}

void Inventory::choose_share(const std::optional<Sample>& sample,
                             const std::optional<ShardChoice>& shard) {
  const auto all = table_->size();
  sampled_ = sample ? sample->of(all) : all;
  shard_ = shard;
  size_ = sampled_;
  if (!shard) return;
  const Permutation order{all, seed_};
  size_ = 0;
  for (std::uint64_t i = 0; i < sampled_; ++i)
    if (shard->has(table_->stable_hash(order(i)))) ++size_;
}

void Inventory::add_subnet_labels(Target& target, const Address& address) const {
  if (const auto id = subnets_.find(address)) target.labels = subnets_.added_to(target.labels, *id);
}

}  // namespace fleetscan::inventory
