#include "tests/simulator/client_stream.h"

#include <utility>

#include "scanner/ssh/disconnect.h"

namespace fleetscan::simulator {
namespace {

constexpr std::size_t kMaxIdentification = 8192;  // what OpenSSH accepts

}  // namespace

void ClientStream::receive(std::string_view bytes) {
  if (bytes.empty()) return;
  any_bytes_ = true;
  if (state_ == State::identification) {
    take_identification(bytes);
  } else if (state_ == State::packets) {
    packets_.receive(bytes);
  } else if (state_ == State::encrypted) {
    encrypted_ = true;
  }
  while (state_ == State::packets) {
    const auto packet = packets_.next();
    if (packet) {
      handle(*packet);
    } else if (packets_.broken()) {
      state_ = State::nonsense;
    } else {
      return;
    }
  }
}

void ClientStream::take_identification(std::string_view bytes) {
  line_ += bytes;
  const auto end = line_.find('\n');
  if (end == std::string::npos && line_.size() <= kMaxIdentification) return;
  if (end == std::string::npos || end > kMaxIdentification || !line_.starts_with("SSH-")) {
    state_ = State::nonsense;
    return;
  }
  packets_.receive(std::string_view(line_).substr(end + 1));
  line_.resize(end > 0 && line_[end - 1] == '\r' ? end - 1 : end);
  state_ = State::packets;
}

void ClientStream::handle(const ssh::Packet& packet) {
  const auto message = packet.message();
  if (message == ssh::Message::kexinit) {
    kexinit_ = packet.payload;
  } else if (message == ssh::Message::newkeys) {
    state_ = State::encrypted;
    encrypted_ = !packets_.pending().empty();
  } else if (message >= ssh::Message::kex_first && message <= ssh::Message::kex_last) {
    kex_message_ = packet.payload;
    ++kex_messages_;
  } else if (message == ssh::Message::disconnect) {
    if (const auto disconnect = ssh::parse_disconnect(packet.payload)) goodbye_ = disconnect->text;
  }
}

std::string ClientStream::take_kex_message() { return std::exchange(kex_message_, {}); }

}  // namespace fleetscan::simulator
