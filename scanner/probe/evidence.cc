#include "scanner/probe/evidence.h"

#include "base/clock.h"

namespace fleetscan::probe {

Micros round_trip(const Evidence& evidence) {
  if (evidence.tcp_info && evidence.tcp_info->rtt_us > 0) return Micros{evidence.tcp_info->rtt_us};
  return evidence.ms.connect.value_or(Micros{0});
}

bool heard_us(const Evidence& evidence) {
  return evidence.tcp_info && evidence.tcp_info->bytes_acked > 1;
}

bool is_prohibition(const IcmpError& error) {
  // RFC 1812 section 5.2.7.1: 9, 10 and 13; RFC 4443 section 3.1: 1, 5 (ingress policy) and 6.
  const auto code = error.code;
  if (error.from.is_v4()) return error.type == 3 && (code == 9 || code == 10 || code == 13);
  return error.type == 1 && (code == 1 || code == 5 || code == 6);
}

}  // namespace fleetscan::probe
