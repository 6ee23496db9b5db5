#pragma once
// Patients are the hosts that doctors' records are about: what they found out about themselves, and
// what the scan came to of each.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "reports/records/doctor_record.h"
#include "scanner/diagnosis/causes.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::summary {

/// Reports leave hosts out where there are many. Those that there is a record of are kept here, if
/// it was added before their results; memory is O(records).
class Patients {
 public:
  /// What the scan says of a host.
  struct Seen {
    std::string target;  ///< as the results name it; raw
    probe::Outcome outcome = probe::Outcome::not_probed;
    std::vector<diagnosis::CauseId> causes;  ///< likeliest first
    std::optional<WallTime> tried;           ///< its first attempt
  };

  void add(records::DoctorRecord record);
  void see(const probe::HostResult& result);

  [[nodiscard]] const std::vector<records::DoctorRecord>& records() const { return records_; }
  /// What was seen of the record's host, by its name and port, or else by its address and port;
  /// null if nothing was.
  [[nodiscard]] const Seen* seen(const records::DoctorRecord& record) const;

 private:
  std::vector<records::DoctorRecord> records_;
  std::map<std::string, std::optional<Seen>> seen_;  ///< by "host:port" and "address:port"
};

}  // namespace fleetscan::summary
