#include "scanner/ssh/public_key.h"

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

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

}  // namespace fleetscan::ssh
