#pragma once
// Recognizes which other protocol a peer's first bytes belong to.

#include <optional>
#include <string_view>

namespace fleetscan::ssh {

/// Names the protocol, e.g. "http", from the first bytes that a peer sent, spoken to or not.
/// @return nothing when no signature fits; also for anything that begins like an identification.
[[nodiscard]] std::optional<std::string_view> recognize_service(std::string_view head);

}  // namespace fleetscan::ssh
