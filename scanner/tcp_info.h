#pragma once
// Linux's TCP_INFO of a socket.

#include <optional>

#include "scanner/evidence.h"

namespace fleetscan {

/// Nothing if the kernel refuses; fields that an older kernel does not fill are zero.
[[nodiscard]] std::optional<TcpInfo> read_tcp_info(int descriptor);

}  // namespace fleetscan
