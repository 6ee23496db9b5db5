#pragma once
// A Summary is a scan's results folded into what reports say. The order of the
// results does not matter.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "reports/summary/bounded_tally.h"
#include "reports/summary/certificate_census.h"
#include "reports/summary/client_outlook.h"
#include "reports/summary/host_table.h"
#include "reports/summary/key_census.h"
#include "reports/summary/patients.h"
#include "reports/summary/quantiles.h"
#include "reports/summary/sshfp_census.h"
#include "reports/summary/subnet_tree.h"
#include "reports/summary/timeline.h"
#include "scanner/diagnosis/neighborhood.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::summary {

inline constexpr std::size_t kPhases = 5;  ///< those that take time: resolve to kex

/// Fed from one results file, or from several that are shards of one scan or ran one after the
/// other. Memory is bounded but for the subnets, which cost 9 bytes a host,
/// and the host keys, which cost 32, with a certificate 200 more.
class Summary {
 public:
  explicit Summary(Rows rows = Rows::automatic) : hosts(rows) {}

  /// What a further run says is joined with what the earlier ones said.
  void begin(const probe::RunInfo& info);
  void add(const probe::HostResult& result);
  void end(const probe::RunEnd& end);

  /// Every run that began ended, and said that it was complete.
  [[nodiscard]] bool complete() const { return runs_ > 0 && ends_ == runs_ && all_complete_; }
  [[nodiscard]] std::chrono::milliseconds duration() const { return duration_; }
  [[nodiscard]] std::uint64_t failing() const { return total.failing(); }
  /// Targets of the runs that have no result at all.
  [[nodiscard]] std::uint64_t missing() const {
    return run.targets > total.hosts() ? run.targets - total.hosts() : 0;
  }
  /// Targets that the runs did not get to, whether or not a result says so.
  [[nodiscard]] std::uint64_t unreached() const {
    return missing() + total[probe::Outcome::not_probed];
  }

  probe::RunInfo run;
  Tally total;
  std::array<Quantiles, kPhases> phases;  ///< of the phases that were finished, first to last
  SubnetTree subnets;
  BoundedTally labels{kMaxLabels};  ///< "key=value"
  BoundedTally software{1'000};     ///< of the identification: "OpenSSH_9.2p1", raw
  BoundedTally idents{1'000};       ///< the whole identification, raw
  BoundedTally key_types{100};
  KeyCensus keys;
  CertificateCensus certificates;
  SshfpCensus sshfp;
  ClientOutlook outlook;
  /// By the vantage that saw them; empty where no vantage was named.
  BoundedTally vantages{2 * probe::kMostVantages};
  std::uint64_t partial = 0;  ///< hosts that some vantages reach, and others do not
  std::uint64_t open = 0;     ///< hosts that some vantage could not judge, and none fails to reach
  std::vector<probe::VantageEnd> vantage_ends = {};
  BoundedTally notes{100};  ///< what was left out, and why
  Timeline timeline;
  HostTable hosts;
  diagnosis::Neighbors neighbors;
  probe::Canaries canaries = {};       ///< of the run that reached none; else of the last run
  std::uint64_t retried = 0;           ///< hosts with more than one attempt
  std::uint64_t keys_unverified = 0;   ///< host keys that were seen, their proof not
  Patients doctors = {};               ///< what hosts found out about themselves
  std::uint64_t unreadable_lines = 0;  ///< of the results files

 private:
  std::uint64_t runs_ = 0;
  std::uint64_t ends_ = 0;
  bool all_complete_ = true;
  std::chrono::milliseconds duration_{0};
};

}  // namespace fleetscan::summary
