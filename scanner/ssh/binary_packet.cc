#include "scanner/ssh/binary_packet.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "scanner/ssh/wire.h"

namespace fleetscan::ssh {
namespace {

constexpr std::size_t kBlock = 8;  // of a packet without a cipher
constexpr std::size_t kMinPadding = 4;
constexpr std::size_t kMaxPadding = 255;
constexpr std::size_t kMaxWords = 255;  // kept of a stream that is not made of packets
constexpr std::size_t kHeader = 5;      // packet_length and padding_length

}  // namespace

void PacketReader::receive(std::string_view bytes) {
  buffer_.erase(0, consumed_);
  consumed_ = 0;
  if (broken_) bytes = bytes.substr(0, kMaxWords - std::min(kMaxWords, buffer_.size()));
  buffer_.append(bytes);
}

std::optional<Packet> PacketReader::next() {
  WireReader header(pending());
  const auto length = header.uint32();
  if (broken_ || !length) return std::nullopt;
  // The least is padding_length, one byte of payload and four of padding. OpenSSH also wants whole
  // blocks of 8; some old servers do not keep to that, so it is not asked for here.
  broken_ = *length > kMaxPacketLength || *length < 1 + 1 + kMinPadding;
  if (broken_ || pending().size() < 4 + std::size_t{*length}) return std::nullopt;

  const auto padding = header.byte();
  broken_ = !padding || *padding < kMinPadding || *padding + 2u > *length;
  if (broken_) return std::nullopt;
  const auto whole = pending().substr(0, 4 + std::size_t{*length});
  consumed_ += whole.size();
  return Packet{whole, whole.substr(kHeader, *length - 1 - *padding)};
}

std::optional<std::string_view> payload_of(std::string_view packet) {
  WireReader header(packet);
  const auto length = header.uint32();
  const auto padding = header.byte();
  if (!length || !padding || *length != packet.size() - 4 || *padding + 2u > *length)
    return std::nullopt;
  return packet.substr(kHeader, *length - 1 - *padding);
}

std::string make_packet(std::string_view payload, std::size_t min_size) {
  std::size_t padding = kBlock - (kHeader + payload.size()) % kBlock;
  if (padding < kMinPadding) padding += kBlock;
  while (padding + kBlock <= kMaxPadding && kHeader + payload.size() + padding < min_size)
    padding += kBlock;

  std::string packet;
  packet.reserve(kHeader + payload.size() + padding);
  append_uint32(packet, static_cast<std::uint32_t>(1 + payload.size() + padding));
  packet.push_back(static_cast<char>(padding));
  packet.append(payload);
  packet.append(padding, '\0');
  return packet;
}

}  // namespace fleetscan::ssh
