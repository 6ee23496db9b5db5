#include "reports/summary/key_census.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/base64.h"
#include "base/sha256.h"
#include "scanner/probe/evidence.h"

namespace fleetscan::summary {
namespace {

constexpr std::string_view kPrefix = "SHA256:";

std::optional<Sha256Digest> digest_of(std::string_view sha256) {
  if (!sha256.starts_with(kPrefix)) return std::nullopt;
  const auto bytes = decode_base64(std::string(sha256.substr(kPrefix.size())) + '=');
  Sha256Digest digest;
  if (!bytes || bytes->size() != digest.size()) return std::nullopt;
  std::ranges::copy(*bytes, digest.begin());
  return digest;
}

}  // namespace

std::optional<std::uint64_t> key_tag(std::string_view sha256) {
  const auto digest = digest_of(sha256);
  if (!digest) return std::nullopt;
  std::uint64_t tag = 0;
  std::memcpy(&tag, digest->data(), sizeof tag);
  return tag;
}

std::optional<std::uint64_t> key_tag(const probe::HostKey& key) {
  return key.verified ? key_tag(key.sha256) : std::nullopt;
}

void KeyCensus::add(const probe::HostKey& key) {
  if (!key.verified) return;
  if (const auto digest = digest_of(key.sha256)) proved_[key.type].push_back(*digest);
}

std::vector<SharedKey> KeyCensus::shared() {
  std::vector<SharedKey> found;
  for (auto& [type, digests] : proved_) {
    std::ranges::sort(digests);
    for (auto first = digests.begin(); first != digests.end();) {
      const auto next =
          std::find_if(first, digests.end(), [&](const auto& d) { return d != *first; });
      if (const auto hosts = static_cast<std::uint64_t>(next - first); hosts > 1)
        found.push_back({type, fingerprint(*first), hosts});
      first = next;
    }
  }
  std::ranges::stable_sort(found, std::greater(), &SharedKey::hosts);
  return found;
}

}  // namespace fleetscan::summary
