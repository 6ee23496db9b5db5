#pragma once
// A ProbeRequest is one connection to make.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/address.h"

namespace fleetscan::probe {

/// What a connection is to find out.
enum class Question : std::uint8_t {
  again,         ///< does it fail, or does it still?
  small,         ///< does it work with a clamped MSS?
  other_method,  ///< ... with another key exchange method?
  other_family,  ///< ... at the name's address of the other family?
  listen,        ///< does it end before we say anything? If not, as again
  header,        ///< ... if a PROXY header comes first?
};

struct ProbeRequest {
  std::uint64_t id = 0;  ///< chosen by the caller, handed back with the attempt
  Address address = {};
  std::string name = {};  ///< in place of the address, for a proxy that resolves it; else empty
  std::uint16_t port = 22;
  Question question = Question::again;
  /// How long the identification, and then KEXINIT and key exchange, may take, where the settings'
  /// time was not enough.
  std::chrono::milliseconds longer{0};
  /// Only a host key of this type is asked for: a bare type of algorithms.h; empty: any.
  std::string_view key_type = {};
};

}  // namespace fleetscan::probe
