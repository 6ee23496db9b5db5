#include "scanner/proxy/ssh_channels.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "scanner/proxy/answer.h"
#include "scanner/proxy/channel_refusal.h"
#include "scanner/proxy/negotiation.h"
#include "scanner/ssh/wire.h"

namespace fleetscan::proxy {
namespace {

// OpenSSH's PROTOCOL.mux and mux.c
constexpr std::uint32_t kHello = 1, kVersion = 4, kAskProxy = 0x1000000f, kProxy = 0x8000000f;

// RFC 4254 section 9
constexpr char kOpen = 90, kConfirmation = 91, kFailure = 92, kWindowAdjust = 93, kData = 94,
               kExtendedData = 95, kEof = 96, kClose = 97, kRequest = 98, kRequestFailure = 100;

constexpr std::size_t kLengthBytes = 4;

std::string uint32_bytes(std::uint32_t value) {
  std::string bytes;
  ssh::append_uint32(bytes, value);
  return bytes;
}

std::string string_bytes(std::string_view text) {
  std::string bytes;
  ssh::append_string(bytes, text);
  return bytes;
}

/// An SSH packet without padding, as the client passes it on.
void append_message(std::string& out, char type, std::string_view payload) {
  ssh::append_uint32(out, static_cast<std::uint32_t>(payload.size() + 2));
  out += '\0';
  out += type;
  out += payload;
}

}  // namespace

SshChannels::SshChannels()
    : output_(string_bytes(uint32_bytes(kHello) + uint32_bytes(kVersion)) +
              string_bytes(uint32_bytes(kAskProxy) + uint32_bytes(0))) {}

SshChannels::Id SshChannels::open(const Destination& destination) {
  // As OpenSSH has it for a stream that comes from no socket.
  constexpr std::uint32_t kNoPort = 65535;
  const auto host = destination.address ? destination.address->to_string() : destination.name;
  ++held_;
  return request("direct-tcpip",
                 string_bytes(host) + uint32_bytes(destination.port) + string_bytes("127.0.0.1") +
                     uint32_bytes(kNoPort),
                 true);
}

void SshChannels::ping() { request("ping@fleetscan", {}, false); }

SshChannels::Id SshChannels::request(std::string_view type, std::string_view more, bool held) {
  const auto id = next_++;
  channels_[id].held = held;
  if (!held) ++abandoned_;
  append_message(output_, kOpen,
                 string_bytes(type) + uint32_bytes(id) + uint32_bytes(kWindow) +
                     uint32_bytes(kMaxData) + std::string(more));
  return id;
}

std::size_t SshChannels::send(Id id, std::string_view bytes) {
  auto& entry = channels_.at(id);
  if (entry.answer != Answer::granted || entry.closed) return 0;
  const auto count = std::min(
      {bytes.size(), std::size_t{entry.their_window}, std::size_t{entry.their_max_packet}});
  if (count == 0) return 0;
  append_message(output_, kData, uint32_bytes(entry.theirs) + string_bytes(bytes.substr(0, count)));
  entry.their_window -= static_cast<std::uint32_t>(count);
  return count;
}

std::size_t SshChannels::read(Id id, std::span<char> space) {
  auto& entry = channels_.at(id);
  const auto count = entry.received.copy(space.data(), space.size());
  entry.received.erase(0, count);
  if (!entry.ended) widen(entry);
  return count;
}

/// Lets them send as much as there is room for again, once that pays.
void SshChannels::widen(Entry& entry) {
  const auto room = kWindow - static_cast<std::uint32_t>(entry.received.size());
  if (room - entry.window < kWindow / 2) return;
  append_message(output_, kWindowAdjust,
                 uint32_bytes(entry.theirs) + uint32_bytes(room - entry.window));
  entry.window = room;
}

void SshChannels::close(Id id) {
  const auto found = channels_.find(id);
  if (found == channels_.end() || !found->second.held) return;
  auto& entry = found->second;
  --held_;
  entry.held = false;
  entry.received.clear();
  if (entry.answer == Answer::accepted) {
    ++abandoned_;
    return;
  }
  if (entry.answer != Answer::granted || entry.closed)
    channels_.erase(found);
  else
    send_close(entry);
}

void SshChannels::send_close(Entry& entry) {
  entry.close_sent = true;
  append_message(output_, kClose, uint32_bytes(entry.theirs));
}

void SshChannels::receive(std::string_view bytes) {
  if (!fault_.empty()) return;
  received_ += bytes;
  std::size_t taken = 0;
  while (fault_.empty()) {
    const auto rest = std::string_view(received_).substr(taken);
    const auto size = ssh::WireReader(rest).uint32();
    if (!size) break;
    if (*size > kMaxPacket) return refuse("it sent a message that is too long");
    if (rest.size() - kLengthBytes < *size) break;
    take_packet(rest.substr(kLengthBytes, *size));
    taken += kLengthBytes + *size;
  }
  received_.erase(0, taken);
}

void SshChannels::take_packet(std::string_view packet) {
  const ssh::WireReader reader(packet);
  switch (stage_) {
    case Stage::hello: return take_hello(reader);
    case Stage::confirmation: return take_confirmation(reader);
    case Stage::channels: return take_message(reader);
  }
}

void SshChannels::take_hello(ssh::WireReader reader) {
  const auto type = reader.uint32(), version = reader.uint32();
  if (type != kHello || version != kVersion)
    return refuse("this ssh shares its connection by another protocol");
  stage_ = Stage::confirmation;
}

void SshChannels::take_confirmation(ssh::WireReader reader) {
  const auto type = reader.uint32(), number = reader.uint32();
  if (type == kProxy && number) {
    stage_ = Stage::channels;
    return;
  }
  const auto words = reader.string();
  refuse("this ssh does not share its connection: " + std::string(words.value_or("no reason")));
}

void SshChannels::take_message(ssh::WireReader reader) {
  const auto padding = reader.byte(), type = reader.byte();
  const auto id = reader.uint32();
  if (!padding || !type || !id) return refuse("it sent a message that is too short");
  ++heard_;
  const auto found = channels_.find(*id);
  if (found == channels_.end()) return;  // of one that is gone
  auto& entry = found->second;
  const bool answers = *type == kConfirmation || *type == kFailure;
  if (entry.closed || entry.answer != (answers ? Answer::accepted : Answer::granted))
    return refuse("it sent a message that nothing led to");
  switch (*type) {
    case kConfirmation: return on_granted(*id, entry, reader);
    case kFailure: return on_refused(*id, entry, reader);
    case kWindowAdjust: return on_window(entry, reader);
    case kData: return on_data(*id, entry, reader, false);
    case kExtendedData: return on_data(*id, entry, reader, true);
    case kEof:
      entry.ended = true;
      if (entry.held) news_.push_back(*id);
      return;
    case kClose: return on_close(*id, entry);
    case kRequest: return on_request(entry, reader);
    default: return;
  }
}

void SshChannels::on_granted(Id id, Entry& entry, ssh::WireReader& reader) {
  const auto theirs = reader.uint32(), window = reader.uint32(), most = reader.uint32();
  if (!theirs || !window || !most) return refuse("it sent a message that is too short");
  if (!entry.held) --abandoned_;
  entry.answer = Answer::granted;
  entry.theirs = *theirs;
  entry.their_window = *window;
  entry.their_max_packet = std::min(*most, kMaxData);
  entry.held ? news_.push_back(id) : send_close(entry);
}

void SshChannels::on_refused(Id id, Entry& entry, ssh::WireReader& reader) {
  const auto reason = reader.uint32();
  const auto description = reader.string();
  if (!reason || !description) return refuse("it sent a message that is too short");
  ++refused_;
  if (!entry.held) {
    --abandoned_;
    channels_.erase(id);
    return;
  }
  entry.answer = meaning_of_refusal(*reason, *description);
  entry.words = description->substr(0, Negotiation::kMaxWords);
  news_.push_back(id);
}

void SshChannels::on_window(Entry& entry, ssh::WireReader& reader) {
  const auto more = reader.uint32();
  if (!more || *more > ~entry.their_window) return refuse("it opened a window too wide");
  entry.their_window += *more;
}

/// Extended data has no meaning for a stream, but counts.
void SshChannels::on_data(Id id, Entry& entry, ssh::WireReader& reader, bool extended) {
  if (extended && !reader.uint32()) return refuse("it sent a message that is too short");
  const auto data = reader.string();
  if (!data) return refuse("it sent a message that is too short");
  if (data->size() > entry.window || entry.ended)
    return refuse("it sent more of a stream than it may");
  entry.window -= static_cast<std::uint32_t>(data->size());
  if (!entry.held) return;  // its end is on the way to them
  if (extended) return widen(entry);
  entry.received += *data;
  news_.push_back(id);
}

void SshChannels::on_request(const Entry& entry, ssh::WireReader& reader) {
  const auto name = reader.string();
  const auto wants_reply = reader.byte();
  if (!name || !wants_reply) return refuse("it sent a message that is too short");
  if (*wants_reply != 0 && !entry.close_sent)
    append_message(output_, kRequestFailure, uint32_bytes(entry.theirs));
}

void SshChannels::on_close(Id id, Entry& entry) {
  entry.ended = entry.closed = true;
  if (!entry.close_sent) send_close(entry);
  if (entry.held)
    news_.push_back(id);
  else
    channels_.erase(id);
}

std::vector<SshChannels::Id> SshChannels::take_news() { return std::exchange(news_, {}); }

void SshChannels::refuse(std::string fault) {
  if (fault_.empty()) fault_ = std::move(fault);
}

}  // namespace fleetscan::proxy
