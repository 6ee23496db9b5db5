#include "scanner/ssh/libcrypto.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <string_view>

#include "scanner/ssh/algorithms.h"

namespace fleetscan::ssh {
namespace {

constexpr std::array<const char*, 4> kHashNames{"SHA1", "SHA256", "SHA384", "SHA512"};

using Digests = std::array<std::unique_ptr<EVP_MD, FreeBy<EVP_MD_free>>, kHashNames.size()>;

Digests fetch_digests() {
  Digests digests;
  for (std::size_t i = 0; i < digests.size(); ++i)
    digests[i].reset(EVP_MD_fetch(nullptr, kHashNames[i], nullptr));
  return digests;
}

}  // namespace

NistCurve nist_curve(Curve curve) {
  if (curve == Curve::p256) return {"P-256", 65};
  return curve == Curve::p384 ? NistCurve{"P-384", 97} : NistCurve{"P-521", 133};
}

Pkey point_on_curve(Curve curve, std::string_view point) {
  const auto [name, size] = nist_curve(curve);
  if (point.size() != size || point.front() != '\x04') return nullptr;
  std::string group{name}, bytes{point};
  const std::array params{
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size()),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, bytes.data(), bytes.size()),
      OSSL_PARAM_construct_end()};
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  if (!context) throw std::bad_alloc();
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY,
                        const_cast<OSSL_PARAM*>(params.data())) != 1)
    return nullptr;
  return Pkey(key);
}

const EVP_MD* digest(Hash hash) {
  static const Digests digests = fetch_digests();
  return digests[static_cast<std::size_t>(hash)].get();
}

std::string hash_of(Hash hash, std::string_view bytes) {
  const auto* md = digest(hash);
  std::string value(md ? static_cast<std::size_t>(EVP_MD_get_size(md)) : 0, '\0');
  if (!md || EVP_Digest(bytes.data(), bytes.size(), octets(value), nullptr, md, nullptr) != 1)
    throw std::bad_alloc();  // a digest of bytes in memory fails for no other reason
  return value;
}

}  // namespace fleetscan::ssh
