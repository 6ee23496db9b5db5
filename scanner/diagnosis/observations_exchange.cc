// From the identification to the proved key.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/numbers.h"
#include "scanner/diagnosis/causes.h"
#include "scanner/diagnosis/observations.h"
#include "scanner/diagnosis/sighting.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"
#include "scanner/ssh/identification.h"
#include "scanner/ssh/software.h"

namespace fleetscan::diagnosis {

using enum CauseId;
using Sentence = std::optional<std::string>;

namespace {

/// It failed after the identification, in either phase of the key exchange.
bool failed_in_exchange(const probe::Attempt& attempt) {
  const auto phase = probe::row(attempt.outcome).phase;
  return phase == probe::Phase::kexinit || phase == probe::Phase::kex;
}

bool stalled(const Case& c) {
  return c.outcome == probe::Outcome::kexinit_stalled || c.outcome == probe::Outcome::kex_stalled ||
         c.outcome == probe::Outcome::kex_mtu_blackhole;
}

bool reached(const probe::Attempt& attempt) { return probe::is_reached(attempt.outcome); }

/// A retry with that flag, after the failure, and how it ended.
template <typename Wanted>
const probe::Attempt* retry_with(const Case& c, Wanted wanted) {
  const auto found = std::ranges::find_if(
      c.result.attempts, [&](const probe::Attempt& attempt) { return attempt.evidence.*wanted; });
  return found == c.result.attempts.end() ? nullptr : &*found;
}

Sentence hole_in_answers(const Case& c) {
  if (!stalled(c) || !c.seen.tcp_info || c.seen.tcp_info->rcv_ooopack == 0) return {};
  return fmt::format(
      "{} from the server arrived after a large one that did not (maximum segment {} bytes)",
      counted(c.seen.tcp_info->rcv_ooopack, "segment"), c.seen.tcp_info->snd_mss);
}

Sentence ours_repeated(const Case& c) {
  if (!stalled(c) || !c.seen.sent_kexinit || !c.seen.tcp_info) return {};
  const auto& tcp = *c.seen.tcp_info;
  if (tcp.unacked == 0 || tcp.retrans < 2 || !probe::heard_us(c.seen)) return {};
  return fmt::format(
      "our segments of up to {} bytes were retransmitted {} times and not acknowledged, although "
      "smaller ones before them were",
      tcp.snd_mss, tcp.retrans);
}

Sentence never_heard(const Case& c) {
  if (!stalled(c) || !probe::never_heard_us(c.seen)) return {};
  return fmt::format(
      "its identification arrived, and ours was sent {} times and never acknowledged: the path "
      "went "
      "silent at our first words",
      c.seen.tcp_info->retrans + 1);
}

Sentence clamped_repeated(const Case& c) {
  const auto* retry = retry_with(c, &probe::Evidence::mss_clamped);
  const bool lost = retry && retry->evidence.tcp_info && failed_in_exchange(*retry) &&
                    retry->evidence.tcp_info->unacked > 0 && retry->evidence.tcp_info->retrans > 1;
  if (!stalled(c) || !lost) return {};
  return "small segments of ours were retransmitted and not acknowledged either";
}

Sentence nothing_missing(const Case& c) {
  if (!stalled(c) || !c.seen.tcp_info) return {};
  const auto& tcp = *c.seen.tcp_info;
  if (tcp.unacked > 0 || tcp.rcv_ooopack > 0 || !probe::heard_us(c.seen)) return {};
  return fmt::format("all {} bytes that we sent are acknowledged and no segment is missing",
                     tcp.bytes_acked - 1);
}

Sentence clamping_helps(const Case& c) {
  const auto* retry = retry_with(c, &probe::Evidence::mss_clamped);
  if (!stalled(c) || !retry || !reached(*retry)) return {};
  const auto mss = retry->evidence.tcp_info ? retry->evidence.tcp_info->snd_mss : 0;
  return fmt::format("a retry with segments of at most {} bytes completed", mss);
}

Sentence clamping_does_not_help(const Case& c) {
  const auto* retry = retry_with(c, &probe::Evidence::mss_clamped);
  if (!stalled(c) || !retry || !failed_in_exchange(*retry)) return {};
  return "a retry with small segments stalled as well";
}

Sentence path_mtu_learnt(const Case& c) {
  const bool small = c.seen.tcp_info && c.seen.tcp_info->pmtu > 0 && c.seen.tcp_info->pmtu < 1500;
  if (!stalled(c) || !small) return {};
  return fmt::format("the path's MTU is known here to be {}, below Ethernet's 1500",
                     c.seen.tcp_info->pmtu);
}

Sentence another_method_helps(const Case& c) {
  const auto* retry = retry_with(c, &probe::Evidence::other_method);
  if (!retry || !reached(*retry)) return {};
  return "a retry with another key exchange method completed";
}

Sentence another_method_fails(const Case& c) {
  const auto* retry = retry_with(c, &probe::Evidence::other_method);
  if (!retry || reached(*retry)) return {};
  return "another key exchange method did not work either";
}

bool closed_early(const Case& c) {
  return c.outcome == probe::Outcome::kexinit_closed || c.outcome == probe::Outcome::kexinit_reset;
}

/// From 9.8 to 10.2 it is the second process, which confines itself after the identification, that
/// dies; from 10.3 on that process sends the identification.
Sentence child_after_ident(const Case& c) {
  const auto version = ssh::openssh_version(c.seen.ident_line.value_or(""));
  const bool second =
      version && *version >= ssh::OpensshVersion{9, 8} && *version < ssh::OpensshVersion{10, 3};
  if (!closed_early(c) || !second) return {};
  return fmt::format(
      "OpenSSH {}.{} confines itself after the identification: it exits there if /run/sshd or its "
      "sandbox is broken",
      version->major, version->minor);
}

bool reset_later(const Case& c) {
  return c.outcome == probe::Outcome::kexinit_reset || c.outcome == probe::Outcome::kex_reset;
}

/// A program that dies with our words unread resets as a filter does, but its kernel has them.
Sentence reset_unacknowledged(const Case& c) {
  if (!reset_later(c) || c.seen.sent_kexinit || !c.seen.tcp_info || probe::heard_us(c.seen))
    return {};
  return "the reset came in place of an acknowledgment of our identification";
}

Sentence reset_after_acknowledgment(const Case& c) {
  if (!reset_later(c) || c.seen.sent_kexinit || !probe::heard_us(c.seen)) return {};
  return "the server's kernel had acknowledged our identification before the reset: a program that "
         "dies before it has read everything resets so";
}

Sentence windows_child(const Case& c) {
  const auto ident = c.seen.ident_line.value_or("");
  if (!(reset_later(c) || closed_early(c)) || ident.find("for_Windows") == std::string::npos)
    return {};
  return "OpenSSH for Windows ends so when the process that it starts for a connection cannot run";
}

bool is_openssh(const Case& c) {
  return c.seen.ident_line && ssh::software_of(*c.seen.ident_line).starts_with("OpenSSH");
}

/// OpenSSH would have complained in words.
Sentence left_unheard(const Case& c) {
  const auto after = probe::after_identification(c.seen);
  if (!closed_early(c) || is_openssh(c) || !probe::too_soon_for_an_answer(c.seen, after)) return {};
  return fmt::format(
      "it left {} after its identification, as servers do that were sent something else before our "
      "words, such as a PROXY header",
      duration_text(after));
}

/// The attempt that only listened shows it; the others may show more.
Sentence left_without_us(const Case& c) {
  const auto found = std::ranges::find_if(c.result.attempts, [](const probe::Attempt& attempt) {
    return probe::unprovoked(attempt.evidence);
  });
  if (found == c.result.attempts.end() || is_openssh(c)) return {};
  return "asked again, we said nothing, and it ended all the same: what it reads is not ours";
}

/// It read our identification as part of a line that others had begun, and our KEXINIT as the rest
/// of it. A server that only waits for our KEXINIT would like it.
Sentence swallowed_ours(const Case& c) {
  const auto& seen = c.seen;
  const auto silence = seen.held_back ? 2 * probe::kSpeakDelay : probe::kSpeakDelay;
  const auto after = probe::after_identification(seen) - silence;
  const bool at_once = after >= std::chrono::milliseconds{-50} &&
                       after <= probe::round_trip(seen) + std::chrono::milliseconds{200};
  if (!closed_early(c) || is_openssh(c) || !seen.sent_kexinit || !at_once) return {};
  return "it did not answer our identification, and left at what we sent next, as servers do that "
         "read ours as the end of a binary PROXY header";
}

/// What four bytes of a PROXY header are as a packet's length: "PROX", or version 2's "\r\n\r\n".
Sentence took_a_header_for_a_length(const Case& c) {
  if (!c.seen.disconnect) return {};
  for (const std::string_view length : {"1347571544", "218762506"})
    if (c.seen.disconnect->text.find(length) != std::string::npos)
      return fmt::format(
          "it complains of a packet of {} bytes: that number is the beginning of a PROXY header",
          length);
  return {};
}

Sentence complains_of_ours(const Case& c) {
  const bool malformed = c.outcome == probe::Outcome::kexinit_malformed;
  if (!malformed || !ssh::rejects_identification(c.seen.text)) return {};
  return "it rejected an identification a while after ours: something changed ours on the way, or "
         "the server takes no such client";
}

Sentence long_exchange(const Case& c) {
  const auto took = probe::exchange_time(c.seen);
  if (c.outcome != probe::Outcome::ok_slow || probe::kept_waiting(c.seen) > std::chrono::seconds{2})
    return {};
  return fmt::format("its part of the key exchange took {}", duration_text(took));
}

Sentence no_disconnect(const Case& c) {
  if (c.outcome != probe::Outcome::kex_closed || !c.seen.sent_kexinit) return {};
  return "closed without SSH_MSG_DISCONNECT although the algorithms match: its process ended";
}

Sentence too_many_connections(const Case& c) {
  if (!c.seen.disconnect || c.seen.disconnect->reason != 12) return {};
  return "reason 12 means too many connections";
}

Sentence host_not_allowed(const Case& c) {
  if (!c.seen.disconnect || c.seen.disconnect->reason != 1) return {};
  return "reason 1 means that our address is not allowed to connect";
}

Sentence exchange_failed(const Case& c) {
  if (!c.seen.disconnect) return {};
  const auto reason = c.seen.disconnect->reason;
  if (reason != 2 && reason != 3) return {};
  return reason == 3 ? "reason 3 means that the key exchange failed"
                     : "reason 2 means a protocol error";
}

Sentence no_match_in_words(const Case& c) {
  if (!c.seen.disconnect) return {};
  const auto& words = c.seen.disconnect->text;
  for (const auto* word : {"no match", "No match", "negotiat", "algorithm"})
    if (words.find(word) != std::string::npos)
      return "its message is about algorithms: " + in_quotes(words);
  return {};
}

Sentence words_for_packets(const Case& c) {
  const bool malformed =
      c.outcome == probe::Outcome::kexinit_malformed || c.outcome == probe::Outcome::kex_malformed;
  if (!malformed || c.seen.text.empty()) return {};
  return "it continues in text where SSH has packets: " + in_quotes(c.seen.text);
}

/// A server that fails, or somebody in between, fails every time; damage hits one packet.
Sentence gone_without_a_change(const Case& c) {
  const bool damaged = c.outcome == probe::Outcome::kexinit_malformed ||
                       c.outcome == probe::Outcome::kex_malformed ||
                       c.outcome == probe::Outcome::kex_signature_invalid;
  if (!damaged || !c.recovered || retry_with(c, &probe::Evidence::other_method)) return {};
  return "the next attempt, with the same method, completed: what was sent is sound, what arrived "
         "was not";
}

/// OpenSSH's proofs are right. Servers that encode a number without care fail once in 256, where it
/// begins with a zero (RFC 4251 section 5, mpint).
Sentence one_proof_of_many(const Case& c) {
  const bool once = c.outcome == probe::Outcome::kex_signature_invalid && c.recovered;
  if (!once || is_openssh(c) || !c.seen.ident_line) return {};
  return fmt::format(
      "one proof was wrong and the next was not: servers that lose a leading zero fail so now and "
      "then, and {} is not OpenSSH",
      in_quotes(ssh::software_of(*c.seen.ident_line)));
}

Sentence server_complains(const Case& c) {
  if (c.outcome != probe::Outcome::banner_proxy_mismatch) return {};
  return fmt::format("its complaint came {} after its identification, too soon to answer ours",
                     duration_text(probe::after_identification(c.seen)));
}

Sentence revoked_key(const Case& c) {
  if (!c.seen.host_key || c.seen.host_key->known != probe::Known::revoked) return {};
  return "known_hosts marks this key as revoked: nobody should answer with it";
}

}  // namespace

std::vector<Observation> exchange_observations() {
  // clang-format off
  return {
    {"hole_in_answers", hole_in_answers, {{mtu_black_hole, kStrong}, {server_hung, 1 / kStrong}, {key_exchange_failure, 1 / kStrong}}, true},
    {"ours_repeated", ours_repeated, {{mtu_black_hole, kStrong}, {drop_after_handshake, kMild}, {server_hung, 1 / kStrong}, {key_exchange_failure, 1 / kStrong}}, true},
    {"never_heard", never_heard, {{drop_after_handshake, kDecisive}, {ssh_inspection, kDecisive}, {mtu_black_hole, 1 / kDecisive}, {server_hung, 1 / kDecisive}, {key_exchange_failure, 1 / kDecisive}}, true},
    {"clamped_repeated", clamped_repeated, {{drop_after_handshake, kStrong}, {ssh_inspection, kStrong}, {mtu_black_hole, 1 / kStrong}}, true},
    {"nothing_missing", nothing_missing, {{server_hung, kMild}, {key_exchange_failure, kMild}, {drop_after_handshake, 1 / kStrong}}, true},
    {"clamping_helps", clamping_helps, {{mtu_black_hole, kDecisive * kStrong}}, true},
    {"clamping_does_not_help", clamping_does_not_help, {{mtu_black_hole, 1 / kDecisive}}, true},
    {"path_mtu_learnt", path_mtu_learnt, {{mtu_black_hole, kMild}}, true},
    {"another_method_helps", another_method_helps, {{key_exchange_failure, kDecisive}, {server_hung, 1 / kStrong}}},
    {"another_method_fails", another_method_fails, {{server_hung, kMild}, {ssh_inspection, kMild}}},
    {"child_after_ident", child_after_ident, {{service_child_broken, kStrong}}},
    {"reset_unacknowledged", reset_unacknowledged, {{ssh_inspection, kMild}}, true},
    {"reset_after_acknowledgment", reset_after_acknowledgment, {{service_child_broken, kMild}, {key_exchange_failure, kMild}}, true},
    {"windows_child", windows_child, {{service_child_broken, kStrong}}},
    {"left_unheard", left_unheard, {{proxy_protocol, kStrong}}, true},
    {"left_without_us", left_without_us, {{proxy_protocol, kDecisive}, {ssh_inspection, 1 / kStrong}, {service_child_broken, 1 / kMild}, {client_refused, 1 / kDecisive}, {key_exchange_failure, 1 / kDecisive}}},
    {"swallowed_ours", swallowed_ours, {{proxy_protocol, kDecisive}, {service_child_broken, 1 / kStrong}, {client_refused, kMild}}, true},
    {"took_a_header_for_a_length", took_a_header_for_a_length, {{proxy_protocol, kDecisive * kDecisive}}},
    {"complains_of_ours", complains_of_ours, {{ssh_inspection, kDecisive}, {wrong_service, 1 / kStrong}}, true},
    {"long_exchange", long_exchange, {{slow_key_exchange, kDecisive}, {slow_before_banner, 1 / kDecisive}}},
    {"no_disconnect", no_disconnect, {{key_exchange_failure, kMild}}},
    {"too_many_connections", too_many_connections, {{connection_limit, kDecisive}, {key_exchange_failure, 1 / kStrong}}},
    {"host_not_allowed", host_not_allowed, {{source_ban, kDecisive}, {tcp_wrappers, kMild}, {key_exchange_failure, 1 / kStrong}}},
    {"exchange_failed", exchange_failed, {{key_exchange_failure, kStrong}}},
    {"no_match_in_words", no_match_in_words, {{no_common_algorithms, kDecisive * kMild}}},
    {"words_for_packets", words_for_packets, {{wrong_service, kStrong}}},
    {"gone_without_a_change", gone_without_a_change, {{path_damage, kDecisive * kStrong}}},
    {"one_proof_of_many", one_proof_of_many, {{key_exchange_failure, kDecisive * kMild}, {path_damage, 1 / kStrong}}},
    {"server_complains", server_complains, {{proxy_protocol, kMild}}, true},
    {"revoked_key", revoked_key, {{interception, kDecisive}}},
  };
  // clang-format on
}

}  // namespace fleetscan::diagnosis
