#include "scanner/plan/address_ledger.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "base/address.h"

namespace fleetscan::plan {
namespace {

constexpr std::uint64_t kCountBits = 0xff;

std::uint64_t hash_of(const Address& address) { return std::hash<Address>{}(address); }

/// What a slot keeps of a hash: never 0, and room for a count.
std::uint64_t tag_of(std::uint64_t hash) { return (hash & ~kCountBits) | (kCountBits + 1); }

}  // namespace

unsigned AddressLedger::connections(const Address& address) const {
  const auto hash = hash_of(address);
  const auto recent = recent_.get(hash);
  return recent > 0 ? recent : older_.get(hash);
}

void AddressLedger::add(const Address& address) {
  set(hash_of(address), std::min(connections(address) + 1, kMost));
}

void AddressLedger::undo(const Address& address) {
  if (const auto count = connections(address); count > 0) set(hash_of(address), count - 1);
}

void AddressLedger::set(std::uint64_t hash, unsigned count) {
  if (count == 0 && older_.get(hash) > 0) older_.set(hash, 0);  // it would be asked next
  recent_.set(hash, count);
  if (recent_.size() >= kRemembered) older_ = std::exchange(recent_, {});
}

unsigned AddressLedger::Counts::get(std::uint64_t hash) const {
  return static_cast<unsigned>(slots_[place(tag_of(hash))] & kCountBits);
}

void AddressLedger::Counts::set(std::uint64_t hash, unsigned count) {
  const auto tag = tag_of(hash);
  auto& slot = slots_[place(tag)];
  if (slot == 0) ++size_;
  slot = tag | count;
  if (2 * size_ > slots_.size()) grow();
}

// Where this tag is, or would be. REQUIRES: a slot is empty
std::size_t AddressLedger::Counts::place(std::uint64_t tag) const {
  const auto mask = slots_.size() - 1;
  auto at = static_cast<std::size_t>(tag >> 40) & mask;
  while (slots_[at] != 0 && (slots_[at] & ~kCountBits) != tag) at = (at + 1) & mask;
  return at;
}

void AddressLedger::Counts::grow() {
  const auto before = std::exchange(slots_, std::vector<std::uint64_t>(2 * slots_.size()));
  for (const auto slot : before)
    if (slot != 0) slots_[place(slot & ~kCountBits)] = slot;
}

}  // namespace fleetscan::plan
