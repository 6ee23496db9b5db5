#pragma once
// Owning handles and byte strings for libcrypto.

#include <openssl/bn.h>
#include <openssl/evp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace fleetscan::simulator {

template <auto function>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    function(object);
  }
};

using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using BigNumber = std::unique_ptr<BIGNUM, Free<BN_free>>;
using NumberContext = std::unique_ptr<BN_CTX, Free<BN_CTX_free>>;

[[nodiscard]] const std::uint8_t* octets(std::string_view bytes);
[[nodiscard]] std::uint8_t* octets(std::string& bytes);

/// @throws std::runtime_error "libcrypto cannot `what`" unless it worked.
void check(bool worked, const char* what);

/// Digest of `bytes`, raw. REQUIRES: `name` is known to libcrypto, e.g. "SHA256".
[[nodiscard]] std::string digest(const char* name, std::string_view bytes);

[[nodiscard]] BigNumber number(std::string_view big_endian);
[[nodiscard]] std::string magnitude(const BIGNUM* value);  ///< big-endian, no leading zeros

}  // namespace fleetscan::simulator
