#pragma once
// What a proxy says of the connection that it was asked for.

#include <cstdint>

namespace fleetscan::proxy {

/// Ordered as a talk goes: what stands before `granted` is no answer yet.
enum class Answer : std::uint8_t {
  none,      ///< it has not even taken our connection
  accepted,  ///< it has, and has said nothing
  asked,     ///< it has talked with us, or meanwhile with others, and has our request
  granted,   ///< bytes now go to the target
  // what it says of the target
  refused,              ///< the target refused the connection
  timed_out,            ///< the target did not answer it
  host_unreachable,     ///< no way to the host; by some, also a name that it cannot resolve
  network_unreachable,  ///< no way to the network, or none from the proxy
  unresolved,           ///< it cannot resolve the name
  // what it says of itself
  forbidden,     ///< its rules do not let us
  wants_login,   ///< it wants a user name and a password, and we have none
  login_failed,  ///< it does not take ours
  failed,        ///< it could not, for whatever reason
  unsupported,   ///< it does not do what was asked
  // what we make of it
  hung_up,      ///< it ended the connection without an answer
  nonsense,     ///< it does not speak its protocol, or talks without end
  unreachable,  ///< it did not take our connection
};

/// Speaks of the target, which the proxy has tried to reach.
[[nodiscard]] constexpr bool is_about_target(Answer answer) {
  return answer >= Answer::refused && answer <= Answer::unresolved;
}

}  // namespace fleetscan::proxy
