#pragma once
// Scheduler runs a scan: asks the plan who is next, resolves names, starts
// probes, hands results on.

#include <uv.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "base/clock.h"
#include "inventory/inventory.h"
#include "inventory/known_hosts.h"
#include "inventory/target.h"
#include "inventory/target_source.h"
#include "scanner/net/echo_service.h"
#include "scanner/net/resolver.h"
#include "scanner/net/resolver_settings.h"
#include "scanner/net/sshfp_service.h"
#include "scanner/net/uv_handle.h"
#include "scanner/net/worker_pool.h"
#include "scanner/plan/deadline_queue.h"
#include "scanner/plan/scan_plan.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/probe_settings.h"
#include "scanner/probe/result.h"

namespace fleetscan::net {

struct ScanSettings {
  probe::ProbeSettings probe = {};
  plan::ScanLimits limits = {};
  ResolverSettings resolver = {};
  bool sshfp = false;    ///< ask the DNS which host keys it publishes
  unsigned threads = 1;  ///< that probe
  /// Where all addresses are probed: how many targets there may be, each address counted as one.
  std::uint64_t max_targets = std::numeric_limits<std::uint64_t>::max();
};

/// What the user's files say about hosts: an address is looked up when a name led to it, a host key
/// once it was proved. Either may be null.
struct HostDirectory {
  const inventory::Inventory* inventory = nullptr;  ///< exclusions, and labels of subnets
  inventory::KnownHosts* known_hosts = nullptr;     ///< keys to expect
};

/// What a scan asks and tells its owner. Only `result` must be set.
struct ScanHooks {
  /// Takes one verdict with its causes; called exactly once per target (per
  /// address of it, where all are probed), from the loop.
  std::function<void(const probe::HostResult&)> result = {};
  /// A target's first attempt has failed so, and it will be asked again.
  std::function<void(const inventory::Target&, probe::Outcome)> failed_once = {};
  /// Every target has its result.
  std::function<void()> done = {};
  /// Results pile up: nothing is started, and no target taken in, until it says otherwise. Asked
  /// often.
  std::function<bool()> hold = {};
};

/// Owns everything that a scan has open. Destroying it ends the scan without further calls; it must
/// not be destroyed from a hook.
class Scheduler {
 public:
  /// How long what is in flight may still finish once a scan was stopped.
  static constexpr std::chrono::seconds kGrace{2};

  /// Starts at the loop's next turn. `loop`, `source` and what `directory` points to must outlive
  /// the scheduler.
  Scheduler(uv_loop_t& loop, inventory::TargetSource& source, const ScanSettings& settings,
            const HostDirectory& directory, ScanHooks hooks);
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// Starts nothing more; within kGrace every target has its result. Not to be called from a hook.
  /// @param why  "interrupted"; goes into notes
  void stop(const std::string& why);

  /// It was stopped, or its deadline passed: not every target was probed.
  [[nodiscard]] bool stopped() const { return plan_.stopped(); }
  /// Starts that were put off because this machine ran out of something.
  [[nodiscard]] std::uint64_t postponed() const { return plan_.postponed(); }
  /// This system grants no sockets for ICMP echoes, and some would have been sent.
  [[nodiscard]] bool echoes_forbidden() const { return echoes_forbidden_; }
  /// Targets that failed and will be asked again.
  [[nodiscard]] std::uint64_t asked_again() const { return plan_.asked_again(); }
  /// How much longer the slow ones in flight, and those that wait for a retry, may take at worst.
  [[nodiscard]] std::chrono::milliseconds tail() const;

 private:
  struct LookUp {
    inventory::Target target;
    bool again = false;  ///< asked a second time, after the name server had failed
  };

  void wake();
  void step();
  [[nodiscard]] bool takes_more() const;
  void pull();
  [[nodiscard]] bool launch();
  void deliver();
  void hand_over(probe::HostEvidence& evidence);
  [[nodiscard]] bool asks_dns(const probe::HostEvidence& evidence) const;
  void ask_dns(probe::HostEvidence&& evidence);
  void published(std::uint64_t id, const SshfpAnswer& answer);
  void ask_for_echo(std::uint64_t id, probe::Outcome outcome);
  void arm_timer();
  void on_timer();
  void break_off();
  void break_off_dns();

  void take_in(inventory::Target&& target, TimePoint now);
  void leave_to_proxy(inventory::Target&& target, TimePoint now);
  void resolved(std::uint64_t id, const Resolution& resolution);
  [[nodiscard]] bool one_too_many();
  void located(inventory::Target target, Micros took, const std::vector<Address>& addresses);
  [[nodiscard]] std::optional<std::string> excluded(const Address& address,
                                                    std::uint16_t port) const;
  [[nodiscard]] std::optional<Address> other_family(const inventory::Target& target,
                                                    const std::vector<Address>& addresses) const;
  [[nodiscard]] bool ask_again_later(std::uint64_t id, const Resolution& resolution);
  void probed(std::uint64_t id, probe::Attempt&& attempt, TimePoint when);
  void end_unprobed(inventory::Target&& target, probe::Outcome outcome, std::string note,
                    std::optional<Micros> took = std::nullopt);

  inventory::TargetSource& source_;
  ScanSettings settings_;
  HostDirectory directory_;
  ScanHooks hooks_;
  plan::ScanPlan plan_;

  bool held_ = false;  ///< when last asked
  bool source_dry_ = false;
  bool told_plan_ = false;
  bool done_ = false;
  std::uint64_t next_look_up_ = 0;
  std::uint64_t further_addresses_ = 0;  ///< that became targets, beside each name's first
  std::unordered_map<std::uint64_t, LookUp> look_ups_;
  plan::DeadlineQueue again_;               ///< look-ups that wait to be asked again
  std::vector<probe::HostEvidence> ended_;  ///< reused
  std::uint64_t next_key_question_ = 0;
  /// Their attempts are over, and the DNS was asked about their keys.
  std::unordered_map<std::uint64_t, probe::HostEvidence> await_dns_;
  std::optional<TimePoint> broken_off_at_;
  bool echoes_forbidden_ = false;

  UvHandle<uv_timer_t> timer_;
  UvHandle<uv_idle_t> idle_;  ///< active while there is work that waits for nothing
  std::unique_ptr<Resolver> resolver_;
  std::unique_ptr<WorkerPool> worker_;
  std::unique_ptr<EchoService> echo_service_;
  std::unique_ptr<SshfpService> sshfp_service_;  ///< null where the DNS is not asked
};

}  // namespace fleetscan::net
