#pragma once
// Sha256: the SHA-256 digest of a text that arrives in pieces.

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace fleetscan {

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
