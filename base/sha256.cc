#include "base/sha256.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <new>
#include <string>
#include <string_view>

#include "base/base64.h"

namespace fleetscan {

Sha256Digest sha256(std::string_view bytes) {
  Sha256Digest digest;
  if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()),
                 nullptr, EVP_sha256(), nullptr) != 1)
    throw std::bad_alloc();  // SHA-256 of bytes in memory fails for no other reason
  return digest;
}

std::string fingerprint(const Sha256Digest& digest) {
  auto text = "SHA256:" + encode_base64({digest.data(), digest.size()});
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1)
    throw std::bad_alloc();
}

void Sha256::add(std::string_view bytes) {
  EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
}

std::string Sha256::hex() {
  std::array<unsigned char, 32> digest{};
  EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr);
  return fmt::format("{:02x}", fmt::join(digest, ""));
}

}  // namespace fleetscan
