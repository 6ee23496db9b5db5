#pragma once
// One connection to make.

#include <cstdint>

#include "base/address.h"
#include "scanner/probe/retry_policy.h"

namespace fleetscan::probe {

struct ProbeRequest {
  std::uint64_t id = 0;  ///< chosen by the caller, handed back with the attempt
  Address address = {};
  std::uint16_t port = 22;
  Question question = Question::again;  ///< what the connection is to find out
};

}  // namespace fleetscan::probe
