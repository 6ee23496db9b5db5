#pragma once
// A ScanPlan decides who is probed next, and when: caps, pace, retries. Pure: no socket, no clock.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/clock.h"
#include "base/prefix.h"
#include "inventory/target.h"
#include "scanner/plan/adaptive_pace.h"
#include "scanner/plan/deadline_queue.h"
#include "scanner/plan/lanes.h"
#include "scanner/plan/recycled_map.h"
#include "scanner/plan/target_ledger.h"
#include "scanner/plan/token_bucket.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/probe_request.h"
#include "scanner/probe/result.h"
#include "scanner/probe/retry_policy.h"
#include "scanner/ssh/key_exchange.h"

namespace fleetscan::plan {

struct ScanLimits {
  std::size_t concurrency = 1024;  ///< connections in flight
  std::size_t per_subnet = 64;     ///< ... of which in one /24 or /64
  double rate = 0;                 ///< new connections per second; 0 = no limit
  bool adaptive = false;           ///< less per subnet where our load makes attempts fail
  probe::RetryLimits retry = {};   ///< its `connections` holds for all names of a target
  /// Host keys of each target, the first included: connections for further ones come on top of
  /// `retry.connections`, and they hold for all names of a target, too.
  unsigned keys = 1;
  /// How much longer than its last first attempt a scan may take for retries.
  std::chrono::milliseconds patience{15000};
  std::optional<TimePoint> deadline = {};  ///< nothing starts from then on
};

/// Turns targets into probes and gathers their attempts, exactly one HostEvidence per target.
///
///     add() -> ready -> in flight -> finished() -> take_ended()
///               ^  \                    |
///               |   parked (subnet or address is busy)
///               +---- waiting <---------+ (retry)
///
/// There is one connection at a time to an address, with a pause before the next of several. Every
/// target has its first attempt; further ones are made while fewer than `retry.connections` were
/// made to that address and port, whatever names led there. A
/// retry waits as the outcome table says while first attempts are still under way. Once the last
/// of them has ended, at L, waiting retries are pulled forward so that they start by L + patience
/// minus what the host's first attempt took, though no sooner than 2 s after its end; who cannot
/// fit is left out, and the result's note says so. Who stalled in the key exchange is given, when
/// asked again, all the time that is left: it may only be slow. An attempt that failed for want of
/// descriptors, ports or memory here is no attempt: the plan slows down and makes it again. It
/// slows down as well where this machine is late (Evidence::lateness), and starts with kAtFirst
/// connections in flight at most until it is known not to be.
///
/// A target that proved a host key is then asked for its keys of other types, if `keys` says so:
/// once all first attempts have ended (or kManyWaiting targets wait for that), one after the other,
/// kKeyPause apart. No such connection is made again, and none after one that came no further than
/// the identification: who turns us away is left in peace.
///
/// Memory is O(in flight + waiting + look-ahead + subnets in flight).
class ScanPlan {
 public:
  /// More are in flight only when as many answers came without lateness of this machine.
  static constexpr std::size_t kAtFirst = 1024;
  /// What of lateness makes the plan slow down.
  static constexpr std::chrono::milliseconds kLate{50};

  /// @param exchanges  what the probes exchange keys with; must outlive the plan
  ScanPlan(const ScanLimits& limits, const ssh::KeyExchangeFactory& exchanges, TimePoint now);

  /// Whether it has need of further targets: it looks past subnets that are at their cap, but takes
  /// in no more ahead of time than is good for the processor's caches.
  /// @param looked_up  targets whose names are being looked up, and that will be added
  [[nodiscard]] bool takes_more(std::size_t looked_up = 0) const;
  /// @param target   with its address, unless the plan is stopped, or the proxy resolves its name
  /// @param resolve  how long the look-up of its name took
  /// @param other_family  the name's address of the other family, if it has one that may be probed
  void add(inventory::Target&& target, std::optional<Micros> resolve, TimePoint now,
           std::optional<Address> other_family = {});
  /// There will be no further add().
  void no_more_targets(TimePoint now);

  /// The next connection to make now; nothing if a limit is reached or none is left.
  [[nodiscard]] std::optional<probe::ProbeRequest> next(TimePoint now);
  /// Whom a request that next() gave and that is not finished() goes to.
  [[nodiscard]] const inventory::Target& target(std::uint64_t id) const {
    return hosts_.at(id).target;
  }
  /// Takes the answer to a request that next() gave.
  void finished(std::uint64_t id, probe::Attempt&& attempt, TimePoint now);

  /// An ICMP echo is asked of the host whose first attempt is about to be finished(): its result
  /// waits until it was heard() of.
  /// @return false when it is too late for that
  [[nodiscard]] bool listen(std::uint64_t id);
  void heard(std::uint64_t id, probe::Echo echo, TimePoint now);

  /// Starts nothing more; who is not in flight gets its result, as does each later add().
  /// @param why  "the deadline passed"; goes into notes
  void stop(const std::string& why, TimePoint now);
  /// Gives results to those in flight, whose answers will not come. REQUIRES: stopped()
  void abandon(TimePoint now);
  [[nodiscard]] bool stopped() const { return !stopped_because_.empty(); }
  [[nodiscard]] const std::string& stopped_because() const { return stopped_because_; }

  /// Replaces `ended` by the targets that ended since the last call, to be judged. The plan reuses
  /// the memory of the attempts that `ended` still holds.
  void take_ended(std::vector<probe::HostEvidence>& ended);

  /// When next() may say something new without any other event; nothing: never.
  [[nodiscard]] std::optional<TimePoint> wake_at(TimePoint now);
  /// Every target has its result.
  [[nodiscard]] bool done() const { return no_more_ && hosts_.empty(); }

  [[nodiscard]] std::size_t in_flight() const { return in_flight_; }
  /// When the last of those in flight that were started by `before` was; TimePoint::min() if none.
  [[nodiscard]] TimePoint last_start(TimePoint before) const;
  [[nodiscard]] std::size_t retries_waiting() const { return retries_waiting_; }
  /// Targets that failed and whose result is still to come: they are asked again.
  [[nodiscard]] std::size_t asked_again() const {
    return hosts_.size() - first_pending_ - keys_pending_;
  }
  /// Whether this request's target is to be asked again after its first attempt.
  [[nodiscard]] bool is_asked_again(std::uint64_t id) const {
    const auto found = hosts_.find(id);
    return found != hosts_.end() && found->second.attempts.size() == 1 && !found->second.asks_keys;
  }
  /// When the last first attempt ended; nothing as long as there may be further ones.
  [[nodiscard]] std::optional<TimePoint> first_attempts_ended() const {
    return first_attempts_ended_;
  }
  /// When the last of the retries known so far starts.
  [[nodiscard]] std::optional<TimePoint> last_retry() const { return last_retry_; }
  /// Starts that were put off because this machine ran out of something.
  [[nodiscard]] std::uint64_t postponed() const { return postponed_; }

 private:
  using Id = std::uint64_t;
  using Duration = TimePoint::duration;

  struct Host {
    inventory::Target target;
    Address place = {};  ///< its address, or what stands for it where the proxy resolves its name
    std::optional<Micros> resolve = {};
    std::optional<Address> other_family = {};
    std::vector<probe::Attempt> attempts = {};
    std::optional<probe::RetryStep> retry = {};  ///< the attempt to come, unless it is the first
    TimePoint started = {};                      ///< of the last attempt
    TimePoint ended = {};
    Duration first_took{0};
    unsigned postponed = 0;
    bool in_flight = false;
    probe::Echo echo = probe::Echo::unasked;
    bool listening = false;                ///< for its echo
    std::optional<std::string> note = {};  ///< of the result that waits for nothing but the echo
    std::vector<probe::FurtherKey> keys = {};  ///< to be asked for, once the attempts are over
    std::size_t keys_asked = 0;                ///< the first ones of them
    bool asks_keys = false;                    ///< the attempts are over

    [[nodiscard]] bool lacks_key() const {
      return keys_asked < keys.size() && keys[keys_asked].outcome == probe::Outcome::not_probed;
    }

    /// Where the attempt under way, or to come, goes to.
    [[nodiscard]] const Address& address() const {
      const bool other = retry && retry->question == probe::Question::other_family;
      return other ? *other_family : place;
    }
  };

  void release_due(TimePoint now);
  [[nodiscard]] bool enter_lanes(Id id, const Host& host);
  void leave_lanes(const Host& host, TimePoint now);
  void leave_subnet(const Prefix& subnet);
  [[nodiscard]] std::size_t places(const Prefix& subnet) const;
  [[nodiscard]] std::string obstacle(const Host& host, TimePoint now) const;
  [[nodiscard]] probe::ProbeRequest launch(Id id, Host& host, TimePoint now);

  void take_down(Host& host, probe::Attempt&& attempt);
  [[nodiscard]] bool postpone(Id id, Host& host, TimePoint now);
  void pause(Id id, TimePoint now);
  void narrow(double least, TimePoint now);
  void widen();

  void wait_for_retry(Id id, Host& host, TimePoint now, Duration lead = {});
  [[nodiscard]] std::optional<TimePoint> moment(const Host& host, Duration lead) const;
  [[nodiscard]] TimePoint latest_start(const Host& host) const;
  [[nodiscard]] std::chrono::milliseconds longer(const Host& host, TimePoint now) const;
  void first_attempt_over(TimePoint now);
  void pull_retries_forward(TimePoint now);

  void attempts_over(Id id, Host& host, TimePoint now);
  void take_key(Id id, Host& host, probe::Attempt&& attempt, TimePoint now);
  [[nodiscard]] TargetLedger& ledger_of(const Host& host) {
    return host.asks_keys ? key_ledger_ : ledger_;
  }

  void retire(Id id, std::string note, TimePoint now);

  ScanLimits limits_;
  const ssh::KeyExchangeFactory& exchanges_;
  TokenBucket bucket_;
  AdaptivePace pace_;
  Lanes<Prefix> subnets_;
  Lanes<Address> addresses_;
  TargetLedger ledger_, key_ledger_;

  Id next_id_ = 0;
  RecycledMap<Id, Host> hosts_;
  std::deque<Id> ready_;
  DeadlineQueue waiting_;    ///< for a retry, a postponed first attempt, or a further key
  std::deque<Id> for_keys_;  ///< whom to ask for further keys when all first attempts have ended
  std::vector<probe::HostEvidence> ended_;
  std::vector<std::vector<probe::Attempt>>
      rooms_;  ///< empty: for attempts, left by targets that ended

  double window_;  ///< connections in flight that this machine bears, at most the concurrency
  std::optional<TimePoint> narrowed_;
  std::size_t in_flight_ = 0;
  std::size_t first_in_flight_ = 0;
  std::size_t first_pending_ = 0;  ///< first attempts not yet ended, in flight or not
  std::size_t retries_waiting_ = 0;
  std::size_t keys_pending_ = 0;  ///< targets that are asked, or will be, for further keys
  std::uint64_t postponed_ = 0;
  std::optional<TimePoint> last_retry_;

  bool no_more_ = false;
  std::optional<TimePoint> first_attempts_ended_;  ///< L
  std::string stopped_because_;
};

}  // namespace fleetscan::plan
