#include "scanner/ssh/public_key.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "scanner/ssh/algorithms.h"
#include "scanner/ssh/wire.h"

namespace fleetscan::ssh {
namespace {

constexpr std::size_t kEd25519Bytes = 32;
constexpr unsigned kMinRsaBits = 512, kMaxRsaBits = 16384;
constexpr unsigned kMaxDsaBits = 4096;
constexpr std::size_t kMaxPrincipals = 256;  // as OpenSSH

struct Type {
  std::string_view name, certified_name;
  KeyForm form;
  std::string_view curve = {};
  unsigned bits = 0;
};

// clang-format off
constexpr std::array kTypes{
  Type{"ssh-ed25519", "ssh-ed25519-cert-v01@openssh.com", KeyForm::ed25519, {}, 256},
  Type{"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256-cert-v01@openssh.com", KeyForm::ecdsa, "nistp256", 256},
  Type{"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384-cert-v01@openssh.com", KeyForm::ecdsa, "nistp384", 384},
  Type{"ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521-cert-v01@openssh.com", KeyForm::ecdsa, "nistp521", 521},
  Type{"ssh-rsa", "ssh-rsa-cert-v01@openssh.com", KeyForm::rsa},
  Type{"sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519-cert-v01@openssh.com", KeyForm::sk_ed25519, {}, 256},
  Type{"sk-ecdsa-sha2-nistp256@openssh.com", "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", KeyForm::sk_ecdsa, "nistp256", 256},
};
// clang-format on

unsigned bit_length(std::string_view number) {
  if (number.empty()) return 0;
  const auto first = static_cast<std::uint8_t>(number.front());
  return static_cast<unsigned>(8 * (number.size() - 1)) +
         static_cast<unsigned>(std::bit_width(first));
}

bool is_odd(std::string_view number) { return !number.empty() && (number.back() & 1) != 0; }

bool read_rsa(WireReader& reader, PublicKey& key) {
  const auto exponent = reader.mpint(), modulus = reader.mpint();
  if (!exponent || !modulus || !is_odd(*exponent) || bit_length(*exponent) < 2) return false;
  key.exponent = *exponent;
  key.modulus = *modulus;
  key.bits = bit_length(*modulus);
  return is_odd(*modulus) && key.bits >= kMinRsaBits && key.bits <= kMaxRsaBits;
}

bool read_ecdsa(WireReader& reader, const Type& type, PublicKey& key) {
  const auto curve = reader.string(), point = reader.string();
  if (!curve || !point || *curve != type.curve) return false;
  key.point = *point;
  return point->size() == 1 + 2 * ((type.bits + 7) / 8) && point->front() == '\x04';
}

bool read_ed25519(WireReader& reader, PublicKey& key) {
  const auto point = reader.string();
  key.point = point.value_or("");
  return key.point.size() == kEd25519Bytes;
}

bool read_application(WireReader& reader, PublicKey& key) {
  const auto application = reader.string();
  key.application = application.value_or("");
  return application.has_value();
}

bool read_fields(WireReader& reader, const Type& type, PublicKey& key) {
  key.bits = type.bits;
  switch (type.form) {
    case KeyForm::ed25519: return read_ed25519(reader, key);
    case KeyForm::ecdsa: return read_ecdsa(reader, type, key);
    case KeyForm::rsa: return read_rsa(reader, key);
    case KeyForm::sk_ed25519: return read_ed25519(reader, key) && read_application(reader, key);
    case KeyForm::sk_ecdsa: return read_ecdsa(reader, type, key) && read_application(reader, key);
    case KeyForm::other: break;
  }
  return false;
}

bool read_principals(std::string_view list, Certificate& certificate) {
  WireReader reader(list);
  while (!reader.at_end()) {
    const auto name = reader.string();
    if (!name || certificate.principals.size() == kMaxPrincipals) return false;
    certificate.principals.push_back(*name);
  }
  return true;
}

/// Everything behind the key's own fields.
/// @param blob  all of it, for what was signed
bool read_certificate(WireReader& reader, std::string_view blob, Certificate& certificate) {
  const auto serial = reader.uint64();
  const auto kind = reader.uint32();
  const auto key_id = reader.string(), principals = reader.string();
  const auto after = reader.uint64(), before = reader.uint64();
  const auto critical = reader.string(), extensions = reader.string(), reserved = reader.string();
  const auto authority = reader.string();
  const auto certified = blob.size() - reader.rest().size();
  const auto signature = reader.string();
  if (!serial || !kind || !key_id || !principals || !after || !before || !critical || !extensions ||
      !reserved || !authority || !signature || !reader.at_end())
    return false;
  certificate.serial = *serial;
  certificate.kind = *kind;
  certificate.key_id = *key_id;
  certificate.valid_after = *after;
  certificate.valid_before = *before;
  certificate.authority = *authority;
  certificate.certified = blob.substr(0, certified);
  certificate.signature = *signature;
  return read_principals(*principals, certificate);
}

/// @param reader  behind the type's name
std::optional<PublicKey> parse_known(const Type& type, WireReader& reader, std::string_view blob,
                                     bool certified) {
  PublicKey key;
  key.type = type.name;
  key.form = type.form;
  if (certified && !reader.string()) return std::nullopt;  // a nonce
  const auto from = reader.rest();
  if (!read_fields(reader, type, key)) return std::nullopt;
  key.fields = from.substr(0, from.size() - reader.rest().size());
  if (!certified) return reader.at_end() ? std::optional{key} : std::nullopt;
  if (!read_certificate(reader, blob, key.certificate.emplace())) return std::nullopt;
  return key;
}

/// Those that only libssh2 verifies, and those that nobody here knows.
std::optional<PublicKey> parse_other(std::string_view type, WireReader& reader) {
  if (type.empty() || reader.at_end()) return std::nullopt;
  PublicKey key;
  key.type = type;
  key.fields = reader.rest();
  if (type != "ssh-dss") return key;
  for (int number = 0; number < 4; ++number) {  // p, q, g, y
    const auto value = reader.mpint();
    if (!value || bit_length(*value) > kMaxDsaBits) return std::nullopt;
    if (number == 0) key.bits = bit_length(*value);
  }
  return reader.at_end() ? std::optional{key} : std::nullopt;
}

}  // namespace

std::string PublicKey::bare_blob() const {
  std::string blob;
  append_string(blob, type);
  return blob.append(fields);
}

std::optional<PublicKey> parse_public_key(std::string_view blob) {
  WireReader reader(blob);
  const auto name = reader.string();
  if (!name) return std::nullopt;
  const auto found = std::ranges::find_if(
      kTypes, [&](const Type& type) { return type.name == *name || type.certified_name == *name; });
  if (found == kTypes.end()) return parse_other(*name, reader);
  return parse_known(*found, reader, blob, *name != found->name);
}

}  // namespace fleetscan::ssh
