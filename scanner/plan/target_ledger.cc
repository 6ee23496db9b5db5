#include "scanner/plan/target_ledger.h"

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

// The ports of an address lie apart as its neighbors do: see std::hash<Address>.
std::uint64_t hash_of(const Address& address, std::uint16_t port) {
  return std::hash<Address>{}(address) ^ port * std::uint64_t{0xd6e8feb86659fd93};
}

/// What a slot keeps of a hash: never 0, and room for a count.
std::uint64_t tag_of(std::uint64_t hash) { return (hash & ~kCountBits) | (kCountBits + 1); }

}  // namespace

unsigned TargetLedger::connections(const Address& address, std::uint16_t port) const {
  return count(hash_of(address, port));
}

unsigned TargetLedger::count(std::uint64_t hash) const {
  const auto recent = recent_.get(hash);
  return recent > 0 ? recent : older_.get(hash);
}

void TargetLedger::add(const Address& address, std::uint16_t port) {
  const auto hash = hash_of(address, port);
  set(hash, std::min(count(hash) + 1, kMost));
}

void TargetLedger::undo(const Address& address, std::uint16_t port) {
  const auto hash = hash_of(address, port);
  if (const auto made = count(hash); made > 0) set(hash, made - 1);
}

void TargetLedger::set(std::uint64_t hash, unsigned count) {
  if (count == 0 && older_.get(hash) > 0) older_.set(hash, 0);  // it would be asked next
  recent_.set(hash, count);
  if (recent_.size() >= kRemembered) older_ = std::exchange(recent_, {});
}

unsigned TargetLedger::Counts::get(std::uint64_t hash) const {
  return static_cast<unsigned>(slots_[place(tag_of(hash))] & kCountBits);
}

void TargetLedger::Counts::set(std::uint64_t hash, unsigned count) {
  const auto tag = tag_of(hash);
  auto& slot = slots_[place(tag)];
  if (slot == 0) ++size_;
  slot = tag | count;
  if (2 * size_ > slots_.size()) grow();
}

// Where this tag is, or would be. REQUIRES: a slot is empty
std::size_t TargetLedger::Counts::place(std::uint64_t tag) const {
  const auto mask = slots_.size() - 1;
  auto at = static_cast<std::size_t>(tag >> 40) & mask;
  while (slots_[at] != 0 && (slots_[at] & ~kCountBits) != tag) at = (at + 1) & mask;
  return at;
}

void TargetLedger::Counts::grow() {
  const auto before = std::exchange(slots_, std::vector<std::uint64_t>(2 * slots_.size()));
  for (const auto slot : before)
    if (slot != 0) slots_[place(slot & ~kCountBits)] = slot;
}

}  // namespace fleetscan::plan
