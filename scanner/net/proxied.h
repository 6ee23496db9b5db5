#pragma once
// What transports through a proxy have in common.

#include <cerrno>

#include "scanner/probe/probe_request.h"
#include "scanner/proxy/answer.h"
#include "scanner/proxy/negotiation.h"

namespace fleetscan::net {

/// Where the proxy is to connect to for a probe.
[[nodiscard]] inline proxy::Destination destination_of(const probe::ProbeRequest& request) {
  proxy::Destination there{.name = request.name, .port = request.port};
  if (there.name.empty()) there.address = request.address;
  return there;
}

/// What the failure would have been without a proxy, as errno; 0 if it is the proxy's own.
[[nodiscard]] constexpr int error_of(proxy::Answer answer) {
  switch (answer) {
    case proxy::Answer::refused: return ECONNREFUSED;
    case proxy::Answer::timed_out: return ETIMEDOUT;
    case proxy::Answer::host_unreachable: return EHOSTUNREACH;
    case proxy::Answer::network_unreachable: return ENETUNREACH;
    default: return 0;
  }
}

}  // namespace fleetscan::net
