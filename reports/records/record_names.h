#pragma once
// The names of evidence members in result records, shared by their writer and their reader.

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/names.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/result.h"
#include "scanner/proxy/answer.h"
#include "scanner/ssh/kexinit.h"

namespace fleetscan::records {

inline constexpr Names<probe::Close, 5> kCloses{{"none", "fin", "rst", "error", "timeout"}};
inline constexpr Names<probe::ErrorOrigin, 5> kOrigins{
    {"none", "local", "connect", "stream", "proxy"}};
inline constexpr Names<proxy::Answer, 17> kAnswers{
    {"none", "accepted", "asked", "granted", "refused", "timed_out", "host_unreachable",
     "network_unreachable", "unresolved", "forbidden", "wants_login", "login_failed", "failed",
     "unsupported", "hung_up", "nonsense", "unreachable"}};
static_assert(kAnswers.names.size() == static_cast<std::size_t>(proxy::Answer::unreachable) + 1);
inline constexpr Names<probe::Known, 5> kKnowns{
    {"unchecked", "unknown", "match", "changed", "revoked"}};
inline constexpr Names<probe::Published, 5> kPublished{
    {"none", "unlisted", "match", "mismatch", "failed"}};
inline constexpr Names<probe::Dnssec, 3> kDnssec{{"none", "claimed", "validated"}};
inline constexpr Names<probe::Finding, 15> kFindings{
    {"reached", "ended", "tarpit", "malformed_ident", "ssh1_only", "wrong_service",
     "proxy_mismatch", "malformed_packet", "disconnect", "no_common", "legacy_only",
     "kex_unverified", "bad_signature", "library_failure", "out_of_memory"}};
static_assert(kFindings.names.size() ==
              static_cast<std::size_t>(probe::Finding::out_of_memory) + 1);
inline constexpr Names<ssh::Slot, ssh::kAllSlots> kSlotNames{
    {"kex", "host_key", "cipher_c2s", "cipher_s2c", "mac_c2s", "mac_s2c", "compression_c2s",
     "compression_s2c", "host_key_bits", "group_bits"}};

struct Flag {
  std::string_view name;
  bool probe::Evidence::*member;
};
inline constexpr Flag kFlags[] = {{"spoke", &probe::Evidence::spoke},
                                  {"spoke_first", &probe::Evidence::spoke_first},
                                  {"sent_kexinit", &probe::Evidence::sent_kexinit},
                                  {"mss_clamped", &probe::Evidence::mss_clamped},
                                  {"other_method", &probe::Evidence::other_method},
                                  {"other_family", &probe::Evidence::other_family},
                                  {"held_back", &probe::Evidence::held_back},
                                  {"sent_header", &probe::Evidence::sent_header},
                                  {"as_client", &probe::Evidence::as_client}};
inline constexpr Names<probe::Echo, 4> kEchoes{{"unasked", "answered", "silent", "forbidden"}};

inline constexpr std::pair<std::string_view, std::optional<Micros> probe::PhaseTimes::*>
    kPhaseTimes[] = {{"resolve", &probe::PhaseTimes::resolve},
                     {"connect", &probe::PhaseTimes::connect},
                     {"banner", &probe::PhaseTimes::banner},
                     {"kexinit", &probe::PhaseTimes::kexinit},
                     {"kex", &probe::PhaseTimes::kex}};

}  // namespace fleetscan::records
