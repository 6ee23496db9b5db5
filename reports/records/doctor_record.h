#pragma once
// What the script of `fleetscan doctor` found on a host: its record, fleetscan.doctor/1.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/clock.h"
#include "scanner/diagnosis/causes.h"

namespace fleetscan::records {

/// Texts are raw: whoever may write on that host may have written them.
struct DoctorRecord {
  struct Finding {
    diagnosis::CauseId cause;
    bool named = false;    ///< false: only noticed
    bool certain = false;  ///< the host's own state leaves no doubt
    std::string evidence;
    std::string fix;
  };

  std::string host;  ///< as the inventory has it, or what the host calls itself
  std::uint16_t port = 22;
  std::optional<Address> address = {};    ///< of the host
  std::optional<WallTime> up_since = {};  ///< by its own clock
  std::vector<Finding> findings = {};     ///< likeliest first
  std::vector<diagnosis::CauseId> excluded = {};

  /// The cause that the host names; null if it names none.
  [[nodiscard]] const Finding* named() const;
};

/// No record is longer.
inline constexpr std::size_t kMaxDoctorBytes = 1U << 20U;

/// Reads a whole record. Of lists no more is kept than a script writes, of texts 2000 bytes; causes
/// of a newer version are left out.
/// @throws JsonError when it is longer than kMaxDoctorBytes, not JSON, or not a doctor's record
[[nodiscard]] DoctorRecord read_doctor_record(std::string_view text);

}  // namespace fleetscan::records
