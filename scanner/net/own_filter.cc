#include "scanner/net/own_filter.h"

#include <cerrno>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/special_address.h"
#include "scanner/net/own_address.h"
#include "scanner/net/socket.h"
#include "scanner/probe/classify.h"
#include "scanner/probe/evidence.h"

namespace fleetscan::net {
namespace {

bool says_host_unreachable(const probe::IcmpError& icmp) {
  return icmp.from.is_v4() ? icmp.type == 3 && icmp.code == 1 : icmp.type == 1 && icmp.code == 3;
}

}  // namespace

bool own_filter_answers(const Address& target, std::uint16_t port,
                        const std::optional<probe::IcmpError>& icmp, Micros after) {
  const auto own = own_address(target);
  if (!own || *own == target || is_loopback(target)) return false;
  if (icmp)
    return icmp->from == *own && !(says_host_unreachable(*icmp) && after > probe::kNeighborFailure);
  Socket trial;
  // What a filter of ours refuses is refused before connect() comes back.
  const int error = trial.connect_on_loopback(target, port);
  return (error == 0 ? trial.take_error() : error) == ECONNREFUSED;
}

}  // namespace fleetscan::net
