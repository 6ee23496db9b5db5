#pragma once
// A SecondOpinion holds a scan's likeliest cause against what the host found out about itself.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/summary/host_table.h"
#include "reports/summary/patients.h"
#include "scanner/diagnosis/causes.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::summary {

/// What the host makes of the scan's likeliest cause.
enum class Standing : std::uint8_t {
  confirmed,  ///< it names the same
  refuted,    ///< it names another, or excludes what only the host can have
  undecided,  ///< it names none: what stands on the path is out of its sight
};

[[nodiscard]] std::string_view to_string(Standing standing);

struct SecondOpinion {
  std::string target;  ///< as the results name it; raw
  probe::Outcome outcome = probe::Outcome::not_probed;
  std::optional<diagnosis::CauseId> scan;  ///< the likeliest cause; nothing if the host is reached
  std::optional<diagnosis::CauseId> host;  ///< the cause that the host names
  /// The likeliest of the scan's causes that the host does not rule out.
  std::optional<diagnosis::CauseId> left;
  Standing standing = Standing::undecided;
  std::string evidence;  ///< raw; empty if the host names none
  std::string fix;       ///< raw

  /// The host and the scan name two causes, or the host names one although it is reached.
  [[nodiscard]] bool contradiction() const { return host && host != scan; }
  /// The cause, both heard.
  [[nodiscard]] std::optional<diagnosis::CauseId> joint() const { return host ? host : left; }
  /// In one sentence, without the evidence.
  [[nodiscard]] std::string sentence() const;
};

struct SecondOpinions {
  std::vector<SecondOpinion> opinions;  ///< in the order of the records
  std::vector<std::string> strangers;   ///< hosts of records that no row is of; raw
};

/// Joins records to the rows that they are about: the host's name and port, or else its address and
/// port. Of a host that has no row, what the patients tell counts.
[[nodiscard]] SecondOpinions second_opinions(const Patients& patients,
                                             const std::vector<HostRow>& rows);

}  // namespace fleetscan::summary
