#pragma once
// Reads the attempts of a host record.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_reader.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/result.h"
#include "scanner/ssh/kexinit.h"

namespace fleetscan::records {

/// Reads algorithm lists. Servers of one kind offer the same ones, and these are half of what their
/// records hold: what was read lately is known again by its bytes.
class KexinitReader {
 public:
  [[nodiscard]] std::shared_ptr<const ssh::Kexinit> read(JsonReader& json);

 private:
  static constexpr std::size_t kMost = 8;
  struct Recent {
    std::string text;
    std::shared_ptr<const ssh::Kexinit> kexinit;
  };
  std::vector<Recent> recent_;
  std::size_t oldest_ = 0;
};

/// Reads what result_lines writes of one attempt. @throws JsonError
[[nodiscard]] probe::Attempt read_attempt(JsonReader& json, KexinitReader& kexinits);

/// Likewise of the keys that were asked for beside the attempts. @throws JsonError if they are more
/// than kMaxFurtherKeys
[[nodiscard]] std::vector<probe::FurtherKey> read_further_keys(JsonReader& json);

/// Reads one of the members that say what was seen of the server.
/// @return false, with nothing read, for another key.
[[nodiscard]] bool read_seen(JsonReader& json, std::string_view key, probe::Evidence& seen,
                             KexinitReader& kexinits);

}  // namespace fleetscan::records
