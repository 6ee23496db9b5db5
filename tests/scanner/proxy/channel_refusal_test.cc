#include "scanner/proxy/channel_refusal.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

using namespace fleetscan::proxy;

TEST_CASE("Channel refusals: whose failure it is") {
  const struct {
    std::uint32_t reason;
    std::string description;
    Answer answer;
  } cases[] = {
      {1, "open failed", Answer::forbidden},
      {1, "Connection refused", Answer::forbidden},
      {2, "Connection refused", Answer::refused},
      {2, "Error connecting: Connection refused", Answer::refused},
      {2, "dial tcp 192.0.2.1:22: connect: connection refused", Answer::refused},
      {2, "Connection timed out", Answer::timed_out},
      {2, "dial tcp 192.0.2.1:22: i/o timeout", Answer::timed_out},
      {2, "No route to host", Answer::host_unreachable},
      {2, "Host is unreachable", Answer::host_unreachable},
      {2, "Network is unreachable", Answer::network_unreachable},
      {2, "Name or service not known", Answer::unresolved},
      {2, "No address associated with hostname", Answer::unresolved},
      {2, "nodename nor servname provided, or not known", Answer::unresolved},
      {2, "Name does not resolve", Answer::unresolved},
      {2, "lookup web01: no such host", Answer::unresolved},
      {2, "Temporary failure in name resolution", Answer::failed},
      {2, "Too many open files", Answer::failed},
      {2, "open failed", Answer::failed},
      {2, "", Answer::failed},
      {3, "unknown channel type", Answer::unsupported},
      {4, "Connection refused", Answer::failed},
      {0, "Connection refused", Answer::failed},
      {4294967295U, "", Answer::failed},
  };
  for (const auto& [reason, description, answer] : cases) {
    CAPTURE(reason);
    CAPTURE(description);
    CHECK(meaning_of_refusal(reason, description) == answer);
  }
}
