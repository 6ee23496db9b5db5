#pragma once
// Reads Linux's TCP_INFO of a socket.

#include <chrono>
#include <optional>

#include "scanner/probe/evidence.h"

namespace fleetscan::net {

/// What the kernel tells of a connection, and how long ago it last heard the peer.
struct TcpState {
  probe::TcpInfo info;
  /// At most that long ago the last segment with an acknowledgement came, a FIN among them. The
  /// kernel counts in ticks of some milliseconds: one is added, so that this is never too short.
  std::chrono::microseconds heard_within;
  /// So long ago the last bytes came, in ticks likewise.
  std::chrono::microseconds data_within{0};
  bool held_by_peer = false;  ///< its window kept us from sending
};

/// Nothing if the kernel refuses; fields that an older kernel does not fill are zero.
[[nodiscard]] std::optional<TcpState> read_tcp_state(int descriptor);

}  // namespace fleetscan::net
