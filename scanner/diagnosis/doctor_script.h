#pragma once
// The script that looks for a failure's cause on the failing host itself: doctor.sh, with the texts
// of causes.yaml and with what is known about that host.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/diagnosis/causes.h"

namespace fleetscan::diagnosis {

/// What the script begins with; its own options come after it. Nothing here is trusted.
struct DoctorCase {
  std::string host = {};  ///< as the inventory names it; "" for the name that the host gives itself
  std::uint16_t port = 22;
  std::string address = {};            ///< of the host; "" for any
  std::string client = {};             ///< our address, as the host sees it; "" if not known
  std::string outcome = {};            ///< the class that was seen; "" if none
  std::vector<CauseId> suspects = {};  ///< likeliest first
  bool json = false;                   ///< the script prints a record (fleetscan.doctor/1)
};

/// A whole script in POSIX sh. It changes nothing, and is the same for the same case.
[[nodiscard]] std::string doctor_script(const DoctorCase& known);

/// The text of doctor.sh, which has a place for the settings and one for the texts.
[[nodiscard]] std::string_view doctor_sh();

}  // namespace fleetscan::diagnosis
