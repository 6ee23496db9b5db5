#pragma once
// SHA-256 (FIPS 180-4), and how OpenSSH prints the digest of a key.

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace fleetscan {

using Sha256Digest = std::array<char, 32>;

[[nodiscard]] Sha256Digest sha256(std::string_view bytes);

/// "SHA256:" and unpadded base64.
[[nodiscard]] std::string fingerprint(const Sha256Digest& digest);

/// The digest of a text that comes in pieces.
class Sha256 {
 public:
  Sha256();
  void add(std::string_view bytes);
  /// 64 hexadecimal digits. Call once.
  [[nodiscard]] std::string hex();

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace fleetscan
