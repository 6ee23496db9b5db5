#pragma once
// OwnExchange: our own key exchange, for what modern servers speak (RFC 8731, RFC 5656,
// draft-ietf-sshm-mlkem-hybrid-kex).

#include <optional>
#include <string>
#include <string_view>

#include "scanner/ssh/algorithms.h"
#include "scanner/ssh/ephemeral_keys.h"
#include "scanner/ssh/key_exchange.h"

namespace fleetscan::ssh {

class OwnExchange final : public KeyExchange {
 public:
  /// @param keys  must outlive it
  /// @param identifications  ours, then the server's, without line endings
  /// @param kexinit  the payload of our KEXINIT
  /// @param sent  somebody has sent it already
  /// REQUIRES: choice.is_own(), keys.know(*choice.method)
  OwnExchange(const EphemeralKeys& keys, const Identifications& identifications,
              std::string kexinit, bool sent, const Choice& choice, bool skip_guess);

  Status start() override;
  Status receive(std::string_view packet) override;
  [[nodiscard]] std::string take_output() override;
  [[nodiscard]] std::optional<std::string> host_key() const override { return host_key_; }
  [[nodiscard]] Agreed agreed() const override { return {choice_.method->name, choice_.key->name}; }

 private:
  Status take_kexinit(std::string_view payload);
  Status take_reply(std::string_view payload);
  [[nodiscard]] std::string exchange_hash(std::string_view key, std::string_view share,
                                          std::string_view secret) const;

  const EphemeralKeys& keys_;
  Choice choice_;
  std::string hashed_;     ///< identifications and KEXINITs: what the hash begins with
  std::string kexinit_;    ///< ours
  bool sent_;              ///< it
  bool skip_;              ///< the server's next packet: it guessed another method (RFC 4253 s. 7)
  bool answered_ = false;  ///< the server's KEXINIT
  std::string output_;
  std::optional<std::string> host_key_;
};

}  // namespace fleetscan::ssh
