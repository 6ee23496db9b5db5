#include "tests/simulator/libcrypto.h"

#include <stdexcept>

namespace fleetscan::simulator {

const std::uint8_t* octets(std::string_view bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

std::uint8_t* octets(std::string& bytes) { return reinterpret_cast<std::uint8_t*>(bytes.data()); }

void check(bool worked, const char* what) {
  if (!worked) throw std::runtime_error(std::string("libcrypto cannot ") + what);
}

std::string digest(const char* name, std::string_view bytes) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  std::size_t length = 0;
  check(EVP_Q_digest(nullptr, name, nullptr, bytes.data(), bytes.size(), octets(out), &length) == 1,
        "compute a digest");
  out.resize(length);
  return out;
}

BigNumber number(std::string_view big_endian) {
  return BigNumber(BN_bin2bn(octets(big_endian), static_cast<int>(big_endian.size()), nullptr));
}

std::string magnitude(const BIGNUM* value) {
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
  BN_bn2bin(value, octets(bytes));
  return bytes;
}

}  // namespace fleetscan::simulator
