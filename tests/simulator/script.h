#pragma once
// What a simulated host does with a connection: a list of steps.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulator/server.h"

namespace fleetscan::simulator {

using Duration = std::chrono::nanoseconds;

struct Step {
  enum class Kind : std::uint8_t {
    send,            ///< `bytes`
    pause,           ///< for `time` plus a random share of `jitter`
    await_bytes,     ///< until the client has sent anything
    await_ident,     ///< until its identification line is whole
    await_kexinit,   ///< until its KEXINIT is whole
    await_exchange,  ///< until it has sent a key exchange message
    prove,           ///< answer key exchange messages up to the signed reply
    prove_falsely,   ///< the same with a signature over something else
    farewell,        ///< until the client leaves or sends what only its session keys can read
    chatter,         ///< send a random line that is no identification
    again,           ///< back to the first step
    hold,            ///< read and discard until the client leaves
    finish,          ///< send FIN, read on until the client leaves
    close,           ///< close at once: FIN, or RST where unread bytes are left, as in any program
    reset,           ///< RST
  };
  Kind kind;
  std::string bytes = {};
  Duration time = {};
  Duration jitter = {};

  bool operator==(const Step&) const = default;
};

struct Script {
  std::vector<Step> steps = {};       ///< ends with farewell, again, hold, finish, close or reset
  bool reads = true;                  ///< false: the host never reads, as a program that dies early
  std::optional<Duration> drip = {};  ///< send single bytes, this far apart
  /// The path loses what comes from the client in segments over this many bytes, TCP header
  /// included.
  std::optional<std::uint32_t> drop_over = {};
  std::shared_ptr<const Server> server = {};  ///< for the steps that need one
};

}  // namespace fleetscan::simulator
