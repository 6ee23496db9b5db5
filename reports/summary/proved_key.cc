#include "reports/summary/proved_key.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/ascii.h"
#include "base/sha256.h"
#include "scanner/probe/evidence.h"
#include "scanner/ssh/algorithms.h"
#include "scanner/ssh/host_key_proof.h"
#include "scanner/ssh/public_key.h"
#include "scanner/ssh/wire.h"

namespace fleetscan::summary {
namespace {

constexpr std::uint32_t kOfHost = 2;

bool is_type(std::string_view type) {
  const auto* algorithm = ssh::find_key_algorithm(type);
  return algorithm && ssh::bare_type(*algorithm) == type;
}

/// Nothing where it is not what the record says.
std::optional<ProvedCertificate> proved_certificate(const std::string& blob,
                                                    const std::string& bare) {
  const auto key = ssh::parse_public_key(blob);
  if (!key || !key->certificate || key->bare_blob() != bare) return std::nullopt;
  const auto& said = *key->certificate;
  if (said.kind != kOfHost || ssh::check_authority(said) != ssh::Proof::good) return std::nullopt;
  ProvedCertificate proved{.blob = blob,
                           .authority_type = std::string(*ssh::WireReader(said.authority).string()),
                           .authority = std::string(said.authority),
                           .principals = {said.principals.begin(), said.principals.end()},
                           .valid_after = said.valid_after,
                           .valid_before = {}};
  if (said.valid_before != std::numeric_limits<std::uint64_t>::max())
    proved.valid_before = said.valid_before;
  proved.sha1 = ssh::WireReader(said.signature).string() == "ssh-rsa";
  return proved;
}

}  // namespace

bool ProvedCertificate::is_good_for(const std::string& name, std::uint64_t now) const {
  const auto names_it = [&](const auto& principal) { return lower(principal) == name; };
  return !sha1 && valid_after <= now && now < valid_before.value_or(~std::uint64_t{0}) &&
         std::ranges::any_of(principals, names_it);
}

std::variant<ProvedKey, std::string> proved_key(const probe::HostKey& recorded) {
  if (!recorded.verified) return "it was not proved";
  if (!is_type(recorded.type)) return "its type is none that can be proved";
  if (recorded.blob.empty()) return "its record has no blob";
  const auto key = ssh::parse_public_key(recorded.blob);
  if (!key || key->certificate || key->type != recorded.type)
    return "its blob is no " + recorded.type + " key";
  if (fingerprint(sha256(recorded.blob)) != recorded.sha256)
    return "its blob has another fingerprint";
  ProvedKey proved{recorded.type, recorded.blob, recorded.sha256, key->bits};
  if (!recorded.certificate || recorded.certificate->blob.empty()) return proved;
  proved.certificate = proved_certificate(recorded.certificate->blob, recorded.blob);
  if (!proved.certificate) return "its certificate is none of this key";
  return proved;
}

}  // namespace fleetscan::summary
