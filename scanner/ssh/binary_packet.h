#pragma once
// The binary packet protocol before encryption (RFC 4253 section 6).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fleetscan::ssh {

/// Message numbers that can occur before encryption (RFC 4250 section 4.1).
enum class Message : std::uint8_t {
  disconnect = 1,
  ignore = 2,
  unimplemented = 3,
  debug = 4,
  ext_info = 7,
  kexinit = 20,
  newkeys = 21,
  kex_first = 30,  ///< 30 to 49 belong to the key exchange method
  kex_last = 49,
};

/// The largest packet_length that is taken for one: RFC 4253 section 6.1 asks for 35,000.
inline constexpr std::uint32_t kMaxPacketLength = 35000;

/// A packet as it arrived. Both views live until the reader's next call.
struct Packet {
  std::string_view whole;    ///< length, padding and all
  std::string_view payload;  ///< never empty

  [[nodiscard]] Message message() const {
    return static_cast<Message>(static_cast<std::uint8_t>(payload.front()));
  }
};

/// Cuts a byte stream into packets. Holds at most one packet of kMaxPacketLength plus what one
/// receive() brought.
class PacketReader {
 public:
  void receive(std::string_view bytes);

  /// The next whole packet; nothing when more bytes are needed or the stream is broken.
  [[nodiscard]] std::optional<Packet> next();

  /// Lengths were impossible: packet_length too large or too small, no room for the padding.
  /// Final: no packet comes after it.
  [[nodiscard]] bool broken() const { return broken_; }
  /// What has arrived and was not yet given out as a packet; of a broken stream the first bytes.
  [[nodiscard]] std::string_view pending() const {
    return std::string_view{buffer_}.substr(consumed_);
  }

 private:
  std::string buffer_;
  std::size_t consumed_ = 0;
  bool broken_ = false;
};

/// The payload of one whole packet; nothing if its lengths are impossible or it has none.
[[nodiscard]] std::optional<std::string_view> payload_of(std::string_view packet);

/// Frames a payload, with the padding that an unencrypted packet needs, or with more of it so that
/// the packet has at least `min_size` bytes where 255 bytes of padding allow (RFC 4253 section 6:
/// arbitrary padding up to that). Padding is not part of any signature.
[[nodiscard]] std::string make_packet(std::string_view payload, std::size_t min_size = 0);

}  // namespace fleetscan::ssh
