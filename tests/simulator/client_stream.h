#pragma once
// What a client has said so far: its identification, KEXINIT, key exchange messages and goodbye.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "scanner/ssh/binary_packet.h"

namespace fleetscan::simulator {

/// Takes a client's bytes in any split. What is no SSH is noticed and then discarded unread.
class ClientStream {
 public:
  void receive(std::string_view bytes);

  [[nodiscard]] bool any_bytes() const { return any_bytes_; }
  [[nodiscard]] bool identified() const { return state_ >= State::packets; }
  /// Without its line end. REQUIRES: identified()
  [[nodiscard]] const std::string& identification() const { return line_; }
  /// The payload of SSH_MSG_KEXINIT; empty until it has arrived.
  [[nodiscard]] const std::string& kexinit() const { return kexinit_; }
  /// The latest message of the numbers 30 to 49 (RFC 4250 section 4.1.2); take_ removes it.
  [[nodiscard]] bool has_kex_message() const { return !kex_message_.empty(); }
  [[nodiscard]] std::string take_kex_message();
  /// How many such messages have arrived, the taken ones included.
  [[nodiscard]] std::size_t kex_messages() const { return kex_messages_; }
  /// Bytes followed the client's SSH_MSG_NEWKEYS: encrypted ones, which nobody here can read.
  [[nodiscard]] bool encrypted() const { return encrypted_; }
  /// No identification, or no packets behind it.
  [[nodiscard]] bool nonsense() const { return state_ == State::nonsense; }
  /// The text of a readable SSH_MSG_DISCONNECT.
  [[nodiscard]] const std::optional<std::string>& goodbye() const { return goodbye_; }

 private:
  enum class State : std::uint8_t { nonsense, identification, packets, encrypted };

  void take_identification(std::string_view bytes);
  void handle(const ssh::Packet& packet);

  State state_ = State::identification;
  bool any_bytes_ = false;
  bool encrypted_ = false;
  std::size_t kex_messages_ = 0;
  std::string line_;  ///< the identification, while not yet whole with what follows
  ssh::PacketReader packets_;
  std::string kexinit_;
  std::string kex_message_;
  std::optional<std::string> goodbye_;
};

}  // namespace fleetscan::simulator
