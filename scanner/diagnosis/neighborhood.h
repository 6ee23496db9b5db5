#pragma once
// A Neighborhood summarizes the rest of a run around one failing host.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/address.h"
#include "base/clock.h"
#include "base/prefix.h"
#include "inventory/target.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::diagnosis {

/// The other hosts of one subnet, label, software, moment or run. A host counts once it was
/// reached or has failed; the one that is asked about is left out.
struct Crowd {
  std::string name = {};  ///< "10.4.7.0/24", "rack=b7", "OpenSSH_7.4" (raw)
  std::uint64_t hosts = 0;
  std::uint64_t healthy = 0;
  std::uint64_t alike = 0;  ///< failed in the same class

  bool operator==(const Crowd&) const = default;
};

/// What places a host among the others.
struct Whereabouts {
  probe::Outcome outcome = probe::Outcome::not_probed;
  std::optional<Address> address = {};
  std::string_view name = {};  ///< the target's; empty unless each of its addresses is a target
  const inventory::Labels* labels = nullptr;  ///< null: none
  std::string_view ident = {};                ///< its identification, raw; empty if unknown
  std::optional<WallTime> tried = {};         ///< its first attempt
  std::string_view unexpected_key = {};       ///< fingerprint of a host key that should be another
  bool reached_elsewhere = false;             ///< a joint verdict: it fails from some vantages only
};
/// What it refers to must outlive it.
[[nodiscard]] Whereabouts whereabouts(const probe::HostResult& result);

enum class Trial : std::uint8_t { unasked, passed, failed };

struct Neighborhood {
  Crowd subnet = {};    ///< the same /24 or /64
  Crowd label = {};     ///< of the host's labels the one with the largest share of alike ones
  Crowd software = {};  ///< that of the host, if it identified itself
  Crowd moment = {};    ///< first tried in the same ten seconds
  Crowd run = {};
  bool reached_elsewhere = false;   ///< it fails from some vantages only
  bool other_family = false;        ///< the same name's address of the other family was reached
  std::uint64_t same_key = 0;       ///< other hosts that proved the same unexpected key
  Trial canaries = Trial::unasked;  ///< hosts that must be reachable are

  bool operator==(const Neighborhood&) const = default;
};

/// A fold over results, in any order. Memory is O(subnets + labels + moments + failing hosts with
/// an unexpected key + names each of whose addresses is a target); software names, which peers
/// invent, are at most kMaxSoftware: beyond that a draw (base/drawn.h) keeps the same ones whatever
/// the order.
class Neighbors {
 public:
  static constexpr std::size_t kMaxSoftware = 4096;
  static constexpr std::uint64_t kFewHosts = 20;  ///< fewer say nothing about the run
  static constexpr std::chrono::seconds kMoment{10};

  void add(const probe::HostResult& result);
  void set_canaries(const probe::Canaries& canaries);

  /// REQUIRES: `failing` was added
  [[nodiscard]] Neighborhood around(const Whereabouts& failing) const;

  struct Suspicion {
    probe::Outcome outcome;  ///< what nearly all hosts end as
    probe::Cause cause;      ///< what that says of us
  };
  /// At least 80% of the hosts, and no fewer than kFewHosts, fail in one class: that speaks of us
  /// rather than of them. Nothing otherwise.
  [[nodiscard]] std::optional<Suspicion> suspicion() const;

 private:
  struct Count {
    std::uint64_t hosts = 0;
    std::uint64_t healthy = 0;
    std::map<probe::Outcome, std::uint64_t> failing = {};

    void add(probe::Outcome outcome);
    [[nodiscard]] Crowd without(probe::Outcome failing, std::string name) const;
  };
  struct Families {
    bool v4 = false, v6 = false;
  };
  using DrawnName = std::pair<std::uint64_t, std::string>;  ///< its ticket first

  template <typename Counts, typename Key>
  [[nodiscard]] static Crowd look_up(const Counts& counts, const Key& key, probe::Outcome failing,
                                     std::string name);

  std::unordered_map<Prefix, Count> subnets_;
  std::map<std::string, Count> labels_;
  std::map<DrawnName, Count> software_;
  std::map<std::int64_t, Count> moments_;
  std::map<std::string, std::uint64_t, std::less<>> unexpected_keys_;
  std::map<std::string, Families, std::less<>> reached_families_;  ///< by name
  Count run_;
  bool behind_proxy_ = false;  ///< some host is: so are all of the run
  Trial canaries_ = Trial::unasked;
  WallTime first_ = WallTime::max();
  WallTime last_ = WallTime::min();
};

}  // namespace fleetscan::diagnosis
