#pragma once
// Results: what a scan says about each target, and about itself. Plain values;
// reports read only these.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "inventory/share.h"
#include "inventory/target.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::probe {

/// One connection.
struct Attempt {
  Outcome outcome = Outcome::not_probed;
  Evidence evidence = {};
};

/// A host key of another type than the one that the attempts proved, asked for by a connection of
/// its own (`--host-keys all`). Whatever came of it, the host's class is not concerned.
struct FurtherKey {
  std::string type;                       ///< of the bare key: "ssh-rsa"
  Outcome outcome = Outcome::not_probed;  ///< of that connection
  std::optional<HostKey> key = {};        ///< if it was proved

  bool operator==(const FurtherKey&) const = default;
};
/// More than there are types.
inline constexpr std::size_t kMaxFurtherKeys = 16;

/// What came of an ICMP echo to a host that did not let us connect.
enum class Echo : std::uint8_t {
  unasked,
  answered,
  silent,
  forbidden,  ///< this system lets us send none
};

/// A ranked explanation (CONTRACT: causes).
struct Cause {
  std::string name;                  ///< "max_startups"
  double confidence = 0;             ///< 0 to 1
  std::vector<std::string> because;  ///< whole sentences; may quote foreign text, raw
};

/// Everything a scan saw of one target, before it is judged. diagnosis::conclude() turns it into a
/// HostResult.
struct HostEvidence {
  inventory::Target target;
  std::vector<Attempt> attempts = {};         ///< in order of time; empty if not probed or resolved
  std::vector<FurtherKey> further_keys = {};  ///< in our order of preference
  std::optional<Micros> resolve = {};         ///< how long the name look-up took
  Echo echo = Echo::unasked;
  std::string note = {};                           ///< as HostResult::note
  Outcome without_attempts = Outcome::not_probed;  ///< the class if there are no attempts
};

inline constexpr std::size_t kMostVantages = 32;  ///< of a run

/// What one vantage says about a target (`--from`).
struct View {
  std::string vantage;
  Outcome outcome = Outcome::not_probed;
  std::optional<Phase> phase = {};
  std::string cause = {};  ///< the likeliest one's name; may be empty

  bool operator==(const View&) const = default;
};

/// The verdict about one target. Exactly one per target of the scan. Made by diagnosis::conclude(),
/// or read back from a record; nothing changes its class, deciding attempt or attempts afterwards.
struct HostResult {
  inventory::Target target;
  Outcome outcome = Outcome::not_probed;
  std::vector<Attempt> attempts = {};  ///< in order of time; empty when not probed or not resolved
  std::vector<FurtherKey> further_keys = {};
  std::size_t rests_on = 0;            ///< index of the attempt that decides the class; 0 if none
  std::optional<Micros> resolve = {};  ///< how long the name look-up took
  Echo echo = Echo::unasked;
  std::string note = {};  ///< one sentence on what was left out and why; may be empty
  std::vector<Cause> causes = {};
  std::string vantage = {};      ///< that asked; empty where the run has but one
  std::vector<View> views = {};  ///< of a joint verdict: one for each vantage, in the run's order

  [[nodiscard]] State state() const { return state_of(outcome); }
  /// The attempt that decides the class; null if there was none.
  [[nodiscard]] const Attempt* decisive() const {
    return rests_on < attempts.size() ? &attempts[rests_on] : nullptr;
  }
};

/// One of the runs that a merged results file was made of.
struct RunPart {
  std::optional<inventory::ShardChoice> shard = {};  ///< nothing: the whole inventory
  WallTime started = {};
  std::string run_id = {};
  std::uint64_t targets = 0;
  bool complete = false;
  std::chrono::milliseconds duration{0};

  bool operator==(const RunPart&) const = default;
};

/// The first line of a results file.
struct RunInfo {
  std::string run_id;
  std::string tool;  ///< version
  WallTime started = {};
  std::optional<std::string> vantage = {};
  std::vector<std::string> sources = {};
  std::string inventory_sha256 = {};  ///< of the sorted target names
  std::uint64_t targets = 0;          ///< of this run: of its shard, if it has one
  std::optional<inventory::ShardChoice> shard =
      {};  ///< which part of the inventory this run scanned
  Depth depth = Depth::kex;
  std::map<std::string, std::string> options = {};  ///< effective values, by long option name
  std::vector<RunPart> parts = {};                  ///< of a merged file; empty for all others
  /// Each target is asked from every one of them; empty if from one alone.
  std::vector<std::string> vantages = {};
};

/// Of the hosts that must be reachable from here (`--canary`).
struct Canaries {
  std::uint64_t asked = 0;
  std::uint64_t reached = 0;

  [[nodiscard]] bool all_failed() const { return asked > 0 && reached == 0; }
  bool operator==(const Canaries&) const = default;
};

/// How one vantage fared.
struct VantageEnd {
  std::string vantage;
  std::uint64_t given = 0;   ///< targets that it was to ask
  std::uint64_t judged = 0;  ///< ... and of how many it told what it saw
  std::string trouble = {};  ///< what went wrong with it, raw; empty if nothing did

  bool operator==(const VantageEnd&) const = default;
};

/// The last line of a results file. A file without one comes from an interrupted run.
struct RunEnd {
  bool complete = false;
  std::uint64_t probed = 0;
  std::map<Outcome, std::uint64_t> counts = {};
  std::chrono::milliseconds duration{0};
  Canaries canaries = {};
  std::vector<VantageEnd> vantages = {};  ///< empty where no vantage was named

  /// Counts targets; those that were skipped or not probed are not `probed`.
  void count(const std::map<Outcome, std::uint64_t>& targets) {
    counts = targets;
    probed = 0;
    for (const auto& [outcome, number] : targets)
      if (outcome != Outcome::not_probed && outcome != Outcome::skipped) probed += number;
  }
};

}  // namespace fleetscan::probe
