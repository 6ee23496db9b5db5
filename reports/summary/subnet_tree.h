#pragma once
// SubnetTree counts results by address, for any prefix, and finds the fewest prefixes
// that cover the failures.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "base/address.h"
#include "base/prefix.h"
#include "reports/summary/subnet_results.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::summary {

/// How many results ended in which class.
class Tally {
 public:
  void add(probe::Outcome outcome, std::uint64_t count = 1);
  void add(const Tally& other);

  [[nodiscard]] std::uint64_t hosts() const { return hosts_; }
  [[nodiscard]] std::uint64_t in(probe::State state) const;
  [[nodiscard]] std::uint64_t failing() const { return in(probe::State::unreachable); }
  [[nodiscard]] std::uint64_t operator[](probe::Outcome outcome) const;
  /// Only classes that occur, in the order of the enumeration.
  [[nodiscard]] const std::map<probe::Outcome, std::uint64_t>& classes() const { return classes_; }

  bool operator==(const Tally&) const = default;

 private:
  std::uint64_t hosts_ = 0;
  std::map<probe::Outcome, std::uint64_t> classes_;
};

struct PrefixTally {
  Prefix prefix;
  Tally tally;
};

/// Addresses among which failures gather.
struct Concentration {
  Address first = {};                 ///< that of its lowest host
  Address last = {};                  ///< that of its highest
  std::optional<Prefix> prefix = {};  ///< around them; none: the range is no prefix
  std::uint64_t hosts = 0;            ///< in it, healthy ones, too

  bool operator==(const Concentration&) const = default;
};

/// A binary trie of prefixes, fed one result at a time and in any order. Its nodes are implied: the
/// results lie in order of address, and a node is a run of neighbors that begin with the same
/// bits. Memory is O(subnets and the classes in each), for IPv6 also O(hosts of large host bits).
class SubnetTree {
 public:
  void add(const Address& address, probe::Outcome outcome);

  /// All results within `prefix`, of whatever length.
  [[nodiscard]] Tally count(const Prefix& prefix) const;

  /// The longest of the lengths /24, /20, ... /8 for IPv4 and /64, /56, ... /16 for IPv6 at which
  /// at most `cells` prefixes hold results (or the shortest of them, if none is short enough).
  struct Lengths {
    int v4 = 24;
    int v6 = 64;
  };
  [[nodiscard]] Lengths lengths_for(std::size_t cells) const;

  /// Every prefix of these lengths that holds a result, in order of address.
  [[nodiscard]] std::vector<PrefixTally> at_length(Lengths lengths) const;

  using Fails = std::function<bool(probe::Outcome)>;
  /// Of so many failing among so many hosts.
  using Gain = std::function<double(std::uint64_t failing, std::uint64_t hosts)>;

  /// The disjoint prefixes that together gain most. Each is drawn as tightly around its hosts as it
  /// can be. Neighbors that gain more as one range of addresses are joined. In order of address.
  /// @param gain_of_range  null: none are joined
  [[nodiscard]] std::vector<Concentration> concentrations(const Fails& fails, const Gain& gain,
                                                          const Gain& gain_of_range = {}) const;

  [[nodiscard]] std::size_t subnets() const { return subnets_.size(); }

 private:
  std::map<Prefix, SubnetResults> subnets_;
};

}  // namespace fleetscan::summary
