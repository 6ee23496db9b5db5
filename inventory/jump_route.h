#pragma once
// The way by which ssh reaches a host: through which jump hosts.

#include <string>

namespace fleetscan::inventory {

struct SshSettings;

/// The jump hosts of ProxyJump, or of a ProxyCommand that is no more than `ssh -W %h:%p`, in order
/// and as `ssh -J` takes them: "admin@gate1:2222,gate2". They go on a command line, so each has
/// letters, digits and ._-@:[]% only, and at most eight make a route.
/// @return empty if there are none, or if the way is another one
[[nodiscard]] std::string jump_route(const SshSettings& settings);

}  // namespace fleetscan::inventory
