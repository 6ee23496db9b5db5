#pragma once
// The server's side of the key exchange, up to and including its SSH_MSG_NEWKEYS.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tests/simulator/client_stream.h"
#include "tests/simulator/server.h"

namespace fleetscan::simulator {

/// The answer to one key exchange message of a client.
struct Answer {
  enum class Kind : std::uint8_t {
    more,    ///< send `bytes`, if any, and wait for the next message
    proof,   ///< `bytes` holds the signed reply and SSH_MSG_NEWKEYS: the exchange is complete
    refuse,  ///< send `bytes`, if any, and close
  };
  Kind kind = Kind::refuse;
  std::string bytes = {};
};

/// The secrets of all simulated servers: one ephemeral value per method for the whole run. Nothing
/// here is worth protecting, and a fleet on one core has no time to make a new one per client.
///
/// Knows curve25519-sha256 (RFC 8731), diffie-hellman-group14-sha256 and -sha1 (RFC 8268, RFC 4253
/// section 8) and diffie-hellman-group-exchange-sha256 and -sha1 (RFC 4419).
class KeyExchange {
 public:
  KeyExchange();
  ~KeyExchange();
  KeyExchange(const KeyExchange&) = delete;
  KeyExchange& operator=(const KeyExchange&) = delete;

  /// Answers the message that `client` holds, and takes it.
  /// @param group_request  state of one connection between two calls; empty at first.
  /// @param false_proof  sign something else than the exchange hash.
  /// REQUIRES: client.identified(), client.kexinit() not empty, client.has_kex_message()
  [[nodiscard]] Answer answer(const Server& server, ClientStream& client,
                              std::string& group_request, bool false_proof) const;

 private:
  struct Secrets;
  struct Method;
  struct Agreed;

  [[nodiscard]] Answer reply(const Agreed& agreed, const Server& server, const ClientStream& client,
                             std::string_view client_public, std::string_view group_request,
                             bool false_proof) const;

  std::unique_ptr<Secrets> secrets_;
};

}  // namespace fleetscan::simulator
