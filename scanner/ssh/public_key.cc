#include "scanner/ssh/public_key.h"

#include <openssl/evp.h>

#include <array>

#include "scanner/ssh/wire.h"

namespace fleetscan::ssh {
namespace {

constexpr std::size_t kEd25519Bytes = 32;
constexpr std::size_t kMinRsaModulusBytes = 64;

bool is_rsa(WireReader& reader) {
  const auto exponent = reader.string();
  const auto modulus = reader.string();
  return exponent && modulus && !exponent->empty() && modulus->size() >= kMinRsaModulusBytes &&
         reader.at_end();
}

bool is_ecdsa(WireReader& reader) {
  const auto curve = reader.string();
  const auto point = reader.string();
  return curve && point && point->size() >= 65 && point->front() == '\x04' && reader.at_end();
}

bool is_ed25519(WireReader& reader) {
  const auto key = reader.string();
  return key && key->size() == kEd25519Bytes && reader.at_end();
}

}  // namespace

std::optional<std::string> public_key_type(std::string_view blob) {
  WireReader reader(blob);
  const auto type = reader.string();
  if (!type || type->empty()) return std::nullopt;
  bool well_formed = !reader.at_end();
  if (*type == "ssh-rsa") well_formed = is_rsa(reader);
  if (*type == "ssh-ed25519") well_formed = is_ed25519(reader);
  if (type->starts_with("ecdsa-sha2-nistp") && type->find('@') == std::string_view::npos)
    well_formed = is_ecdsa(reader);
  if (!well_formed) return std::nullopt;
  return std::string{*type};
}

std::string fingerprint(std::string_view blob) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_Digest(blob.data(), blob.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1)
    throw std::bad_alloc{};  // SHA-256 of bytes in memory fails for no other reason
  std::array<unsigned char, 4 * ((EVP_MAX_MD_SIZE + 2) / 3) + 1> base64{};
  const int size = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(length));
  std::string text(base64.begin(), base64.begin() + size);
  text.erase(text.find_last_not_of('=') + 1);
  return "SHA256:" + text;
}

}  // namespace fleetscan::ssh
