#pragma once
// TargetLedger counts the connections made to each target: an address and a port.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/address.h"

namespace fleetscan::plan {

/// Counts exactly for the targets among the last kRemembered ones that were met, and for at most
/// as many before them, so that a scan of millions stays in bounded memory (4 MB); older ones start
/// again from 0. Every probe asks twice: what is asked lies in one cache line.
class TargetLedger {
 public:
  static constexpr std::size_t kRemembered = 131072;
  static constexpr unsigned kMost = 255;  ///< where counting ends

  [[nodiscard]] unsigned connections(const Address& address, std::uint16_t port) const;
  void add(const Address& address, std::uint16_t port);
  /// Takes one add() back.
  void undo(const Address& address, std::uint16_t port);

 private:
  /// Counts by hash, with open addressing and linear probing; none is ever taken out. Two of
  /// 131,072 targets share a count in 1 of 10^6 scans.
  class Counts {
   public:
    [[nodiscard]] unsigned get(std::uint64_t hash) const;
    void set(std::uint64_t hash, unsigned count);
    [[nodiscard]] std::size_t size() const { return size_; }

   private:
    [[nodiscard]] std::size_t place(std::uint64_t tag) const;
    void grow();

    static constexpr std::size_t kFirstSlots = 1024;

    /// A tag and, in its lowest byte, the count; 0: empty. At most half of them are taken.
    std::vector<std::uint64_t> slots_ = std::vector<std::uint64_t>(kFirstSlots);
    std::size_t size_ = 0;
  };

  [[nodiscard]] unsigned count(std::uint64_t hash) const;
  void set(std::uint64_t hash, unsigned count);

  Counts recent_;  ///< kRemembered at most
  Counts older_;   ///< what was recent before these
};

}  // namespace fleetscan::plan
