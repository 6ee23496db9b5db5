#include "scanner/evidence.h"

namespace fleetscan {

Micros round_trip(const Evidence& evidence) {
  if (evidence.tcp_info && evidence.tcp_info->rtt_us > 0) return Micros{evidence.tcp_info->rtt_us};
  return evidence.ms.connect.value_or(Micros{0});
}

bool heard_us(const Evidence& evidence) {
  return evidence.tcp_info && evidence.tcp_info->bytes_acked > 1;
}

}  // namespace fleetscan
