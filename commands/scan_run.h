#pragma once
// ScanRun runs one scan on a loop of its own, from the first target to the last result.

#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "commands/options.h"
#include "commands/progress.h"
#include "commands/progress_display.h"
#include "commands/run_recorder.h"
#include "inventory/inventory.h"
#include "inventory/known_hosts.h"
#include "inventory/target.h"
#include "inventory/target_source.h"
#include "reports/records/interrupted_run.h"
#include "scanner/diagnosis/local_proxy.h"
#include "scanner/net/event_loop.h"
#include "scanner/net/scheduler.h"
#include "scanner/net/uv_handle.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::commands {

/// What a scan came to, beside its results.
struct ScanEnding {
  probe::RunEnd end = {};
  int signal = 0;               ///< that ended it; 0: none did
  bool abandoned = false;       ///< a second signal came: results are missing
  std::uint64_t postponed = 0;  ///< connections that waited for this machine's resources
  bool echoes_forbidden = false;
  std::uint64_t weak = 0;  ///< verdicts by milliseconds that this machine's lateness makes weak
};

/// Hands every result to the recorder, shows progress, and obeys SIGINT and SIGTERM: the first ends
/// the scan within Scheduler::kGrace, a second one abandons it. SIGUSR1 prints how far it has come.
class ScanRun {
 public:
  /// The references must outlive this.
  /// @param canaries  are probed first; their results are counted, not recorded
  /// @param known_hosts  the host keys to expect, if any are known
  ScanRun(const Options& options, const inventory::Inventory& inventory,
          std::vector<inventory::Target> canaries, std::optional<inventory::KnownHosts> known_hosts,
          RunRecorder& recorder);

  /// Takes over what an interrupted scan has found already. Before run().
  void resume(records::InterruptedRun& interrupted);

  /// Returns once every target has its result, or the scan is abandoned: then what was streamed is
  /// flushed, and destroying this may wait for a look-up of a name.
  [[nodiscard]] ScanEnding run();

 private:
  /// Of how few targets each first failure is told at once.
  static constexpr std::uint64_t kFew = 10;

  /// New failures that are asked again at the end. An outage of more is no accident.
  static constexpr std::size_t kMaxConfirmed = 2000;

  /// Failures that wait for the canaries; further ones are recorded as they are.
  static constexpr std::size_t kMaxDoubtful = 10000;

  /// Bytes of results that may wait for their reader.
  static constexpr std::size_t kMaxWaiting = 1024 * 1024;

  [[nodiscard]] probe::RunEnd end() const;
  /// No canary was reached yet, and some are still being asked.
  [[nodiscard]] bool canaries_open() const {
    return canaries_.reached == 0 && canaries_.asked < canaries_expected_;
  }
  [[nodiscard]] net::ScanSettings settings() const;
  [[nodiscard]] unsigned threads_that_pay() const;
  [[nodiscard]] net::ScanHooks hooks();
  void scan(const net::ScanSettings& settings);
  [[nodiscard]] bool piles_up();
  [[nodiscard]] net::UvHandle<uv_signal_t> watch_signal(int number);
  [[nodiscard]] net::UvHandle<uv_timer_t> start_ticking();
  void on_signal(int number);
  void on_tick();
  [[nodiscard]] Outlook outlook() const;
  void on_first_failure(const inventory::Target& target, probe::Outcome outcome);

  void confirm();
  [[nodiscard]] bool held_back(const probe::HostResult& result);
  void on_result(const probe::HostResult& result);
  void on_canary(const probe::HostResult& result);
  void release_doubtful();
  [[nodiscard]] std::string_view our_trouble(const probe::HostResult& result) const;
  void take(const probe::HostResult& result);
  void settle(const probe::HostResult& result);
  void deliver(const probe::HostResult& result);
  void print_line(const probe::HostResult& result);

  const Options& options_;
  const inventory::Inventory& inventory_;
  std::optional<inventory::KnownHosts> known_hosts_;
  RunRecorder& recorder_;
  std::size_t canaries_expected_;
  std::unique_ptr<inventory::TargetSource> source_;
  TimePoint started_;
  Progress progress_;
  ProgressDisplay display_;
  std::map<probe::Outcome, std::uint64_t> counts_;
  probe::Canaries canaries_;
  /// Failures, until it is known how the canaries fare and whether a proxy makes them.
  std::vector<probe::HostResult> doubtful_;
  diagnosis::LocalProxy proxy_;
  std::map<std::string, probe::HostResult> held_;  ///< to be confirmed, by target
  bool confirms_;
  bool stopped_ = false;  ///< the first pass was
  int signal_ = 0;
  bool abandoned_ = false;
  std::uint64_t weak_ = 0;
  net::EventLoop loop_;
  std::optional<net::Scheduler> scheduler_;
};

}  // namespace fleetscan::commands
