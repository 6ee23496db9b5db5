#include "scanner/proxy/channel_refusal.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/ascii.h"
#include "scanner/proxy/answer.h"

namespace fleetscan::proxy {
namespace {

struct Wording {
  std::string_view text;  ///< lower case
  Answer answer;
};
// A name server that fails is no fault of the name: its words are not among these.
constexpr Wording kWordings[] = {
    {"connection refused", Answer::refused},
    {"timed out", Answer::timed_out},
    {"i/o timeout", Answer::timed_out},
    {"no route to host", Answer::host_unreachable},
    {"host is unreachable", Answer::host_unreachable},
    {"host is down", Answer::host_unreachable},
    {"network is unreachable", Answer::network_unreachable},
    {"name or service not known", Answer::unresolved},
    {"no address associated with", Answer::unresolved},
    {"nodename nor servname provided", Answer::unresolved},
    {"name does not resolve", Answer::unresolved},
    {"no such host", Answer::unresolved},
};

Answer meaning_of(std::string_view description) {
  std::string lowered(description);
  std::ranges::transform(lowered, lowered.begin(), [](char c) { return lower(c); });
  const auto* found = std::ranges::find_if(kWordings, [&](const Wording& wording) {
    return lowered.find(wording.text) != std::string::npos;
  });
  return found == std::end(kWordings) ? Answer::failed : found->answer;
}

}  // namespace

Answer meaning_of_refusal(std::uint32_t reason, std::string_view description) {
  constexpr std::uint32_t kProhibited = 1, kConnectFailed = 2, kUnknownType = 3;
  switch (reason) {
    case kProhibited: return Answer::forbidden;
    case kConnectFailed: return meaning_of(description);
    case kUnknownType: return Answer::unsupported;
    default: return Answer::failed;
  }
}

}  // namespace fleetscan::proxy
