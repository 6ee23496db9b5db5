#include "scanner/net/tcp_state.h"

#include <linux/tcp.h>  // not netinet/tcp.h: its tcp_info ends before the fields that matter here
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <optional>

namespace fleetscan::net {
namespace {

/// Of the clock by which the kernel stamps segments.
std::chrono::nanoseconds tick() {
  timespec length{};
  if (clock_getres(CLOCK_MONOTONIC_COARSE, &length) != 0) return std::chrono::milliseconds{10};
  return std::chrono::seconds{length.tv_sec} + std::chrono::nanoseconds{length.tv_nsec};
}

}  // namespace

std::optional<TcpState> read_tcp_state(int descriptor) {
  static const auto one_tick = std::chrono::ceil<std::chrono::microseconds>(tick());
  tcp_info info{};
  socklen_t size = sizeof info;
  if (getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
  return TcpState{.info = {.state = info.tcpi_state,
                           .segs_in = info.tcpi_segs_in,
                           .unacked = info.tcpi_unacked,
                           .retrans = info.tcpi_total_retrans,
                           .rcv_ooopack = info.tcpi_rcv_ooopack,
                           .bytes_acked = info.tcpi_bytes_acked,
                           .snd_mss = info.tcpi_snd_mss,
                           .pmtu = info.tcpi_pmtu,
                           .rtt_us = info.tcpi_rtt},
                  .heard_within = std::chrono::milliseconds{info.tcpi_last_ack_recv} + one_tick,
                  .data_within = std::chrono::milliseconds{info.tcpi_last_data_recv},
                  .held_by_peer = info.tcpi_rwnd_limited > 0};
}

}  // namespace fleetscan::net
