#pragma once
// One connection to make.

#include <cstdint>

#include "inventory/address.h"

namespace fleetscan {

struct ProbeRequest {
  std::uint64_t id = 0;  ///< chosen by the caller, handed back with the attempt
  Address address = {};
  std::uint16_t port = 22;
  bool clamp_mss = false;  ///< set TCP_MAXSEG below every usual path MTU
};

}  // namespace fleetscan
