#include "scanner/ssh/own_exchange.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "scanner/ssh/algorithms.h"
#include "scanner/ssh/binary_packet.h"
#include "scanner/ssh/ephemeral_keys.h"
#include "scanner/ssh/host_key_proof.h"
#include "scanner/ssh/key_exchange.h"
#include "scanner/ssh/libcrypto.h"
#include "scanner/ssh/wire.h"

namespace fleetscan::ssh {
namespace {

// SSH_MSG_KEX_ECDH_INIT and _REPLY; the hybrid methods use the same numbers.
constexpr char kInit = 30;
constexpr std::uint8_t kReply = 31;

}  // namespace

OwnExchange::OwnExchange(const EphemeralKeys& keys, const Identifications& identifications,
                         std::string kexinit, bool sent, const Choice& choice, bool skip_guess)
    : keys_(keys), choice_(choice), kexinit_(std::move(kexinit)), sent_(sent), skip_(skip_guess) {
  append_string(hashed_, identifications.ours);
  append_string(hashed_, identifications.servers);
  append_string(hashed_, kexinit_);
}

KeyExchange::Status OwnExchange::start() {
  if (!std::exchange(sent_, true)) output_ += make_packet(kexinit_, kMinKexinitBytes);
  return Status::waiting;
}

std::string OwnExchange::take_output() { return std::exchange(output_, {}); }

KeyExchange::Status OwnExchange::receive(std::string_view packet) {
  const auto payload = payload_of(packet);
  if (!payload || host_key_) return Status::malformed;
  if (!answered_) return take_kexinit(*payload);
  if (std::exchange(skip_, false)) return Status::waiting;
  return take_reply(*payload);
}

KeyExchange::Status OwnExchange::take_kexinit(std::string_view payload) {
  if (static_cast<Message>(payload.front()) != Message::kexinit) return Status::malformed;
  append_string(hashed_, payload);
  std::string init(1, kInit);
  append_string(init, keys_.share(*choice_.method));
  output_ += make_packet(init);
  answered_ = true;
  return Status::waiting;
}

KeyExchange::Status OwnExchange::take_reply(std::string_view payload) {
  WireReader reader(payload);
  const auto message = reader.byte();
  const auto key = reader.string(), share = reader.string(), signature = reader.string();
  if (message != kReply || !key || !share || !signature || !reader.at_end())
    return Status::malformed;
  if (!is_proof_of(*choice_.key, *key, *signature)) return Status::malformed;
  const auto secret = keys_.secret(*choice_.method, *share);
  if (!secret) return Status::malformed;
  switch (check_proof(*choice_.key, *key, exchange_hash(*key, *share, *secret), *signature)) {
    case Proof::good: host_key_ = std::string{*key}; return Status::proved;
    case Proof::wrong: return Status::bad_signature;
    case Proof::malformed: break;
  }
  return Status::malformed;
}

std::string OwnExchange::exchange_hash(std::string_view key, std::string_view share,
                                       std::string_view secret) const {
  auto hashed = hashed_;
  append_string(hashed, key);
  append_string(hashed, keys_.share(*choice_.method));
  append_string(hashed, share);
  return hash_of(choice_.method->hash, hashed.append(secret));
}

}  // namespace fleetscan::ssh
