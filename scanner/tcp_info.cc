#include "scanner/tcp_info.h"

#include <linux/tcp.h>  // not netinet/tcp.h: its tcp_info ends before the fields that matter here
#include <netinet/in.h>
#include <sys/socket.h>

namespace fleetscan {

std::optional<TcpInfo> read_tcp_info(int descriptor) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
  return TcpInfo{.state = info.tcpi_state,
                 .segs_in = info.tcpi_segs_in,
                 .unacked = info.tcpi_unacked,
                 .retrans = info.tcpi_total_retrans,
                 .rcv_ooopack = info.tcpi_rcv_ooopack,
                 .bytes_acked = info.tcpi_bytes_acked,
                 .snd_mss = info.tcpi_snd_mss,
                 .pmtu = info.tcpi_pmtu,
                 .rtt_us = info.tcpi_rtt};
}

}  // namespace fleetscan
