#include "scanner/proxy/socks5.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/address.h"
#include "scanner/proxy/answer.h"
#include "scanner/proxy/negotiation.h"

namespace fleetscan::proxy {
namespace {

constexpr char kVersion = 5, kLoginVersion = 1, kConnect = 1;
constexpr char kNoLogin = 0, kPassword = 2, kNoMethod = '\xff';
constexpr char kV4 = 1, kName = 3, kV6 = 4;

std::uint8_t octet(char c) { return static_cast<std::uint8_t>(c); }

/// A field behind an octet that has its length.
std::string counted_text(const std::string& text) { return static_cast<char>(text.size()) + text; }

std::string address_field(const Destination& destination) {
  if (!destination.address) return kName + counted_text(destination.name);
  const auto& address = *destination.address;
  const auto* bytes = reinterpret_cast<const char*>(address.bytes().data());
  return (address.is_v4() ? kV4 : kV6) +
         std::string(bytes, static_cast<std::size_t>(address.bits()) / 8);
}

/// RFC 1928 section 6. X'06' is what servers say when nothing answers.
Answer meaning(std::uint8_t reply) {
  switch (reply) {
    case 1: return Answer::failed;
    case 2: return Answer::forbidden;
    case 3: return Answer::network_unreachable;
    case 4: return Answer::host_unreachable;
    case 5: return Answer::refused;
    case 6: return Answer::timed_out;
    case 7:
    case 8: return Answer::unsupported;
    default: return Answer::nonsense;
  }
}

/// Of a reply, from its address on; nothing for a type that there is not.
std::optional<std::size_t> bound_address_size(char type, char first) {
  switch (type) {
    case kV4: return 4;
    case kName: return 1 + std::size_t{octet(first)};
    case kV6: return 16;
    default: return std::nullopt;
  }
}

}  // namespace

Socks5::Socks5(Destination destination, const std::optional<Credentials>& credentials)
    : destination_(std::move(destination)), credentials_(credentials) {
  const std::string methods =
      credentials_ ? std::string{kNoLogin, kPassword} : std::string{kNoLogin};
  if (credentials_) talk_.secrets = {credentials_->password};
  talk_.output = kVersion + counted_text(methods);
}

void Socks5::receive(std::string_view bytes) {
  received_ += bytes;
  while (!talk_.is_over() && read_one()) continue;
  if (!talk_.is_over() && !received_.empty()) talk_.answer = Answer::nonsense;  // so far
}

/// @return false when it takes more bytes
bool Socks5::read_one() {
  if (received_.size() < 2) return false;
  const char version = awaited_ == Awaited::login ? kLoginVersion : kVersion;
  if (received_[0] != version) {
    talk_.end(Answer::nonsense, received_);
    return true;
  }
  switch (awaited_) {
    case Awaited::method: read_method(); return true;
    case Awaited::login: read_login(); return true;
    case Awaited::reply: return read_reply();
  }
  return false;
}

void Socks5::read_method() {
  const char method = received_[1];
  received_.erase(0, 2);
  if (method == kNoLogin) return request();
  if (method == kPassword && credentials_) return log_in();
  if (method != kNoMethod) return talk_.end(Answer::nonsense);
  talk_.end(credentials_ ? Answer::login_failed : Answer::wants_login);
}

void Socks5::log_in() {
  awaited_ = Awaited::login;
  talk_.output +=
      kLoginVersion + counted_text(credentials_->user) + counted_text(credentials_->password);
}

void Socks5::read_login() {
  const bool accepted = received_[1] == 0;
  received_.erase(0, 2);
  accepted ? request() : talk_.end(Answer::login_failed);
}

void Socks5::request() {
  awaited_ = Awaited::reply;
  talk_.step = Step::asked;
  talk_.answer = Answer::asked;
  talk_.output += std::string{kVersion, kConnect, 0} + address_field(destination_) +
                  static_cast<char>(destination_.port >> 8) +
                  static_cast<char>(destination_.port & 0xff);
}

// A refusal is over with its code: what some servers send behind it is too short.
bool Socks5::read_reply() {
  const auto code = octet(received_[1]);
  if (code != 0) {
    talk_.end(meaning(code));
    return true;
  }
  constexpr std::size_t kHead = 4, kPort = 2;
  if (received_.size() <= kHead) return false;
  const auto address = bound_address_size(received_[3], received_[kHead]);
  if (!address) {
    talk_.end(Answer::nonsense, received_);
    return true;
  }
  const auto size = kHead + *address + kPort;
  if (received_.size() < size) return false;
  talk_.grant(std::string_view{received_}.substr(size));
  return true;
}

}  // namespace fleetscan::proxy
