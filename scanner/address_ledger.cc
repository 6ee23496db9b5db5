#include "scanner/address_ledger.h"

#include <functional>

namespace fleetscan {
namespace {

std::uint64_t key_of(const Address& address) { return std::hash<Address>{}(address); }

}  // namespace

unsigned AddressLedger::connections(const Address& address) const {
  const auto found = counts_.find(key_of(address));
  return found == counts_.end() ? 0 : found->second;
}

void AddressLedger::add(const Address& address) {
  const auto [place, added] = counts_.try_emplace(key_of(address), 0);
  ++place->second;
  if (!added) return;
  order_.push_back(place->first);
  if (order_.size() <= kRemembered) return;
  counts_.erase(order_.front());
  order_.pop_front();
}

void AddressLedger::undo(const Address& address) {
  const auto found = counts_.find(key_of(address));
  if (found != counts_.end() && found->second > 0) --found->second;
}

}  // namespace fleetscan
