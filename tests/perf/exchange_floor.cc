// exchange_floor: what a proved Ed25519 key costs at least: one X25519 and one verification, both
// by libsodium, for each host. It opens no connection.

#include <sodium.h>

#include <array>
#include <cstdint>
#include <cstdio>

#include "tests/perf/figures.h"

namespace fleetscan::perf {
namespace {

struct Keys {
  std::array<unsigned char, crypto_scalarmult_SCALARBYTES> secret{};
  std::array<unsigned char, crypto_scalarmult_BYTES> peer{};
  std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> host_key{};
  std::array<unsigned char, crypto_sign_BYTES> signature{};
  std::array<unsigned char, crypto_hash_sha256_BYTES> message{};
};

Keys make_keys() {
  Keys keys;
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> host_secret{};
  randombytes_buf(keys.secret.data(), keys.secret.size());
  crypto_scalarmult_base(keys.peer.data(), keys.secret.data());
  crypto_sign_keypair(keys.host_key.data(), host_secret.data());
  crypto_sign_detached(keys.signature.data(), nullptr, keys.message.data(), keys.message.size(),
                       host_secret.data());
  return keys;
}

bool prove(const Keys& keys) {
  std::array<unsigned char, crypto_scalarmult_BYTES> shared{};
  return crypto_scalarmult(shared.data(), keys.secret.data(), keys.peer.data()) == 0 &&
         crypto_sign_verify_detached(keys.signature.data(), keys.message.data(),
                                     keys.message.size(), keys.host_key.data()) == 0;
}

}  // namespace
}  // namespace fleetscan::perf

/// The same arguments as the other measuring programs; only the number of hosts matters.
int main(int argc, char** argv) {
  using namespace fleetscan::perf;
  const auto arguments = parse_arguments(argc, argv);
  if (sodium_init() < 0) return 1;
  const auto keys = make_keys();
  std::uint32_t proved = 0;
  const Stopwatch stopwatch;
  for (std::uint32_t i = 0; i < arguments.count; ++i)
    if (prove(keys)) ++proved;
  std::puts(stopwatch.figures("exchange floor", proved, arguments.count).c_str());
}
