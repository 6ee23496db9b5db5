#pragma once
// VantageRun runs one scan from several vantages: it gives each its targets, and takes in what they
// see. It probes nothing itself; this machine is a vantage like the others.

#include <poll.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "commands/options.h"
#include "commands/progress.h"
#include "commands/progress_display.h"
#include "commands/run_recorder.h"
#include "commands/scan_run.h"
#include "inventory/inventory.h"
#include "inventory/known_hosts.h"
#include "inventory/target.h"
#include "reports/records/interrupted_run.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"
#include "vantages/intake.h"
#include "vantages/remote_command.h"
#include "vantages/session.h"
#include "vantages/vantage.h"

namespace fleetscan::commands {

/// The constructor prepares all that will be started, so that the process can give up the right to
/// start anything before it reads the first byte from a vantage.
///
/// Each target is asked from each vantage, or with `--split` from one of them: then the share of a
/// vantage that is lost is handed to the others, but for what it has told already.
class VantageRun {
 public:
  /// The references must outlive this.
  /// @param scan_options  see options_for_vantages()
  /// @param program  the bytes to be pushed; empty for none
  /// @param known_hosts  the keys to expect
  VantageRun(const Options& options, const inventory::Inventory& inventory,
             std::vector<std::string> scan_options, std::string program,
             std::optional<inventory::KnownHosts> known_hosts);

  /// The names of the vantages that each target is asked from; none with `--split`.
  [[nodiscard]] std::vector<std::string> joined() const;

  /// Takes over what an interrupted scan from these vantages has left: nobody asks that again.
  void resume(records::InterruptedRun& interrupted, RunRecorder& recorder);

  /// Returns once every vantage is done or lost. The first SIGINT or SIGTERM ends them all.
  [[nodiscard]] ScanEnding run(RunRecorder& recorder);

 private:
  /// How often a vantage's share can be handed to another one.
  static constexpr std::size_t kMostHandovers = 7;
  static constexpr std::size_t kMaxWaiting = 1024 * 1024;  ///< bytes that wait for their reader
  static constexpr std::chrono::seconds kDeadlineGrace{30};

  struct Place {
    vantages::Vantage vantage;
    std::list<vantages::Session> sessions;  ///< the first one, and those for what is handed over
    std::string trouble;                    ///< the first that it had
    std::vector<std::size_t> own = {};      ///< of a jump host: what is behind it
    std::set<std::size_t> told = {};        ///< by the scan that is resumed
  };

  void prepare(vantages::Vantage vantage, std::size_t sessions);
  [[nodiscard]] bool follows(const inventory::Target& target) const;
  void prepare_jumps();
  [[nodiscard]] Place* place_of(const std::string& vantage);
  [[nodiscard]] bool is_told(const Place& place, std::size_t number) const;
  void share_out();
  void turn();
  void close_sessions();
  void hand_over();
  void give(Place& place, const std::vector<std::size_t>& numbers);
  void stop_all(const std::string& why);
  [[nodiscard]] bool any_active() const;
  [[nodiscard]] vantages::Session* unused(Place& place);
  [[nodiscard]] probe::HostResult with_key_expected(probe::HostResult&& result);
  void take(const std::string& vantage, std::size_t number, probe::HostResult&& result);
  void settle_silent();
  void deliver(const probe::HostResult& result);
  [[nodiscard]] probe::RunEnd end() const;

  const Options& options_;
  const inventory::Inventory& inventory_;
  std::string program_;
  std::optional<inventory::KnownHosts> known_hosts_;
  vantages::Launch launch_;
  vantages::TargetBook book_;
  std::vector<inventory::Target> skipped_;
  std::vector<std::size_t> open_;  ///< targets that are reached without a jump
  std::map<std::string, std::vector<std::size_t>> behind_;  ///< the others, by their route
  std::vector<std::size_t> orphans_;                        ///< of vantages that were lost
  std::vector<bool> heard_;  ///< of each target of the book: some vantage told of it
  std::list<Place> places_;  ///< vantages, then jump hosts
  std::size_t joined_ = 0;   ///< how many are vantages
  std::map<const vantages::Session*, bool> closed_;
  RunRecorder* recorder_ = nullptr;
  TimePoint started_;
  Progress progress_;
  ProgressDisplay display_;
  std::map<probe::Outcome, std::uint64_t> counts_;
  bool cut_short_ = false;
};

}  // namespace fleetscan::commands
