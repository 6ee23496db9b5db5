#pragma once
// One connection's walk through its script. No socket, no clock.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/simulator/client_stream.h"
#include "tests/simulator/key_exchange.h"
#include "tests/simulator/script.h"

namespace fleetscan::simulator {

using TimePoint = std::chrono::steady_clock::time_point;

/// What the owner of a connection has to do next.
struct Turn {
  enum class Kind : std::uint8_t {
    send,    ///< `bytes`, then ask again
    sleep,   ///< ask again at `until`, or when the client has sent something
    listen,  ///< ask again when the client has sent something
    finish,  ///< send FIN, then read until the client leaves
    close,
    reset,
  };
  Kind kind;
  std::string_view bytes = {};  ///< valid until the next call
  TimePoint until = {};
};

class Conversation {
 public:
  /// @param script, exchange  must outlive the conversation or its next start().
  /// @param seed  decides what is random: the same seed, the same conversation.
  void start(const Script& script, const KeyExchange& exchange, std::uint64_t seed);

  void receive(std::string_view bytes) { client_.receive(bytes); }
  [[nodiscard]] Turn next(TimePoint now);

  [[nodiscard]] const ClientStream& client() const { return client_; }
  [[nodiscard]] bool proved() const { return proved_; }  ///< the signed reply was handed out

 private:
  [[nodiscard]] Turn send(TimePoint now);
  /// Takes one step; nothing if the next one can follow at once.
  [[nodiscard]] std::optional<Turn> take(const Step& step, TimePoint now);
  [[nodiscard]] std::optional<Turn> await(bool arrived);
  [[nodiscard]] std::optional<Turn> prove(bool falsely);
  [[nodiscard]] std::string random_line();
  [[nodiscard]] std::uint64_t random();

  const Script* script_ = nullptr;
  const KeyExchange* exchange_ = nullptr;
  std::size_t step_ = 0;
  TimePoint wake_{};      ///< nothing happens before; the epoch: no pause under way
  std::string_view out_;  ///< not yet handed out; points into the script or into made_
  std::string made_;      ///< bytes that no script could know
  bool refused_ = false;  ///< finish once out_ is gone
  bool proved_ = false;
  std::uint64_t random_ = 0;
  std::string group_request_;
  ClientStream client_;
};

}  // namespace fleetscan::simulator
