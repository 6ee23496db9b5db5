#include "scanner/ssh/algorithms.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "scanner/ssh/kexinit.h"

namespace fleetscan::ssh {
namespace {

using enum Engine;

// clang-format off
constexpr std::array kMethods{
  Method{"mlkem768x25519-sha256", own, Curve::x25519, Kem::mlkem768, Hash::sha256},
  Method{"curve25519-sha256", own, Curve::x25519, Kem::none, Hash::sha256},
  Method{"curve25519-sha256@libssh.org", own, Curve::x25519, Kem::none, Hash::sha256},
  Method{"ecdh-sha2-nistp256", own, Curve::p256, Kem::none, Hash::sha256},
  Method{"ecdh-sha2-nistp384", own, Curve::p384, Kem::none, Hash::sha384},
  Method{"ecdh-sha2-nistp521", own, Curve::p521, Kem::none, Hash::sha512},
  Method{"mlkem768nistp256-sha256", own, Curve::p256, Kem::mlkem768, Hash::sha256},
  Method{"mlkem1024nistp384-sha384", own, Curve::p384, Kem::mlkem1024, Hash::sha384},
  Method{"diffie-hellman-group-exchange-sha256", libssh2},
  Method{"diffie-hellman-group16-sha512", libssh2},
  Method{"diffie-hellman-group18-sha512", libssh2},
  Method{"diffie-hellman-group14-sha256", libssh2},
  Method{"diffie-hellman-group14-sha1", libssh2},
  Method{"diffie-hellman-group-exchange-sha1", libssh2},
  Method{"diffie-hellman-group1-sha1", libssh2},
};

constexpr std::array kKeyAlgorithms{
  KeyAlgorithm{"ssh-ed25519-cert-v01@openssh.com", "ssh-ed25519-cert-v01@openssh.com", "ssh-ed25519", own, KeyForm::ed25519},
  KeyAlgorithm{"ecdsa-sha2-nistp256-cert-v01@openssh.com", "ecdsa-sha2-nistp256-cert-v01@openssh.com", "ecdsa-sha2-nistp256", own, KeyForm::ecdsa, Hash::sha256},
  KeyAlgorithm{"ecdsa-sha2-nistp384-cert-v01@openssh.com", "ecdsa-sha2-nistp384-cert-v01@openssh.com", "ecdsa-sha2-nistp384", own, KeyForm::ecdsa, Hash::sha384},
  KeyAlgorithm{"ecdsa-sha2-nistp521-cert-v01@openssh.com", "ecdsa-sha2-nistp521-cert-v01@openssh.com", "ecdsa-sha2-nistp521", own, KeyForm::ecdsa, Hash::sha512},
  KeyAlgorithm{"sk-ssh-ed25519-cert-v01@openssh.com", "sk-ssh-ed25519-cert-v01@openssh.com", "sk-ssh-ed25519@openssh.com", own, KeyForm::sk_ed25519},
  KeyAlgorithm{"sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com", own, KeyForm::sk_ecdsa},
  KeyAlgorithm{"rsa-sha2-512-cert-v01@openssh.com", "ssh-rsa-cert-v01@openssh.com", "rsa-sha2-512", own, KeyForm::rsa, Hash::sha512},
  KeyAlgorithm{"rsa-sha2-256-cert-v01@openssh.com", "ssh-rsa-cert-v01@openssh.com", "rsa-sha2-256", own, KeyForm::rsa, Hash::sha256},
  KeyAlgorithm{"ssh-ed25519", "ssh-ed25519", "ssh-ed25519", own, KeyForm::ed25519},
  KeyAlgorithm{"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", own, KeyForm::ecdsa, Hash::sha256},
  KeyAlgorithm{"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", own, KeyForm::ecdsa, Hash::sha384},
  KeyAlgorithm{"ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521", own, KeyForm::ecdsa, Hash::sha512},
  KeyAlgorithm{"sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519@openssh.com", own, KeyForm::sk_ed25519},
  KeyAlgorithm{"sk-ecdsa-sha2-nistp256@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com", own, KeyForm::sk_ecdsa},
  KeyAlgorithm{"rsa-sha2-512", "ssh-rsa", "rsa-sha2-512", own, KeyForm::rsa, Hash::sha512},
  KeyAlgorithm{"rsa-sha2-256", "ssh-rsa", "rsa-sha2-256", own, KeyForm::rsa, Hash::sha256},
  KeyAlgorithm{"ssh-rsa", "ssh-rsa", "ssh-rsa", libssh2, KeyForm::rsa, Hash::sha1},
  KeyAlgorithm{"ssh-dss", "ssh-dss", "ssh-dss", libssh2, KeyForm::other, Hash::sha1},
};
// clang-format on

template <typename Table>
auto find(const Table& table, std::string_view name) -> decltype(table.data()) {
  const auto found = std::ranges::find(table, name, [](const auto& row) { return row.name; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace

std::span<const Method> methods() { return kMethods; }
std::span<const KeyAlgorithm> key_algorithms() { return kKeyAlgorithms; }

const Method* find_method(std::string_view name) { return find(kMethods, name); }
const KeyAlgorithm* find_key_algorithm(std::string_view name) { return find(kKeyAlgorithms, name); }

// A certificate's key signs by the bare key's algorithm.
std::string_view bare_type(const KeyAlgorithm& algorithm) {
  return find_key_algorithm(algorithm.signature_name)->key_type;
}

NameList algorithms_for(std::string_view bare_type, const NameList& names) {
  NameList list;
  for (const auto& name : names)
    if (const auto* known = find_key_algorithm(name); known && ssh::bare_type(*known) == bare_type)
      list.push_back(name);
  return list;
}

Choice choose(const NameList& our_methods, const NameList& our_keys, const Kexinit& server) {
  return {find_method(first_common(our_methods, server[Slot::kex])),
          find_key_algorithm(first_common(our_keys, server[Slot::host_key]))};
}

}  // namespace fleetscan::ssh
