#pragma once
// The table of key exchange methods and host key algorithms that this build can prove a host key
// with, and which engine each belongs to: our own exchange, or libssh2.

#include <cstdint>
#include <span>
#include <string_view>

#include "scanner/ssh/kexinit.h"

namespace fleetscan::ssh {

enum class Engine : std::uint8_t {
  own,      ///< own_exchange.h
  libssh2,  ///< libssh2_exchange.h: finite fields, SHA-1, DSA
};

enum class Hash : std::uint8_t { sha1, sha256, sha384, sha512 };

/// The elliptic curve on which both sides make a key pair.
enum class Curve : std::uint8_t { none, x25519, p256, p384, p521 };

/// The key encapsulation that a hybrid method adds to its curve (FIPS 203).
enum class Kem : std::uint8_t { none, mlkem768, mlkem1024 };

struct Method {
  std::string_view name;
  Engine engine;
  Curve curve = Curve::none;
  Kem kem = Kem::none;
  Hash hash = Hash::sha256;
};

/// The kinds of host keys. `other` are those whose form only libssh2 knows.
enum class KeyForm : std::uint8_t { ed25519, ecdsa, rsa, sk_ed25519, sk_ecdsa, other };

struct KeyAlgorithm {
  std::string_view name;      ///< as in KEXINIT
  std::string_view key_type;  ///< with which the key's blob begins
  std::string_view signature_name;
  Engine engine;
  KeyForm form;
  Hash hash = Hash::sha256;
};

/// In our order of preference, which is the newest OpenSSH's, then what only others have, then what
/// only old servers need.
[[nodiscard]] std::span<const Method> methods();
[[nodiscard]] std::span<const KeyAlgorithm> key_algorithms();

[[nodiscard]] const Method* find_method(std::string_view name);               ///< null: none here
[[nodiscard]] const KeyAlgorithm* find_key_algorithm(std::string_view name);  ///< null: none here

/// The type of the bare key that it proves: "ssh-rsa" of rsa-sha2-512-cert-v01@openssh.com.
[[nodiscard]] std::string_view bare_type(const KeyAlgorithm& algorithm);
/// Those of `names` that prove a key of this bare type.
[[nodiscard]] NameList algorithms_for(std::string_view bare_type, const NameList& names);

/// What a client's and a server's offer lead to (RFC 4253 section 7.1). Null where they share no
/// name, or the shared one is not in the table.
struct Choice {
  const Method* method = nullptr;
  const KeyAlgorithm* key = nullptr;

  [[nodiscard]] bool is_own() const {
    return method && key && method->engine == Engine::own && key->engine == Engine::own;
  }
};
[[nodiscard]] Choice choose(const NameList& our_methods, const NameList& our_keys,
                            const Kexinit& server);

}  // namespace fleetscan::ssh
