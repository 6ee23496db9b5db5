#include "commands/descriptor_limit.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstddef>
#include <limits>

namespace fleetscan::commands {
namespace {

// Standard streams, the loop's own, output files, the resolver's sockets and /etc/hosts.
constexpr rlim_t kOthers = 64;

}  // namespace

std::size_t make_room_for_connections(std::size_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  const rlim_t needed = descriptors_needed(wanted);
  if (limit.rlim_cur < needed) {
    rlimit raised{std::min(needed, limit.rlim_max), limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  if (limit.rlim_cur >= needed) return wanted;
  return std::max<std::size_t>(1, limit.rlim_cur - std::min(limit.rlim_cur / 2, kOthers));
}

std::size_t descriptors_needed(std::size_t connections) { return connections + kOthers; }

std::size_t descriptors_allowed() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max == RLIM_INFINITY)
    return std::numeric_limits<std::size_t>::max();
  return limit.rlim_max;
}

}  // namespace fleetscan::commands
