#pragma once
// How many connections were made to which address.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>

#include "inventory/address.h"

namespace fleetscan {

/// Counts exactly for the addresses first met among the last kRemembered ones, so that a scan of
/// millions stays in bounded memory; older ones start again from 0.
class AddressLedger {
 public:
  static constexpr std::size_t kRemembered = 131072;

  [[nodiscard]] unsigned connections(const Address& address) const;
  void add(const Address& address);
  /// Takes one add() back.
  void undo(const Address& address);

 private:
  using Key = std::uint64_t;  ///< a hash: two of 131,072 addresses share one in 1 of 10^9 scans

  std::unordered_map<Key, unsigned> counts_;
  std::deque<Key> order_;  ///< of first meeting
};

}  // namespace fleetscan
