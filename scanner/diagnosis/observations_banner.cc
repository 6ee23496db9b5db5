// Between the connection and the identification.

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/numbers.h"
#include "scanner/diagnosis/causes.h"
#include "scanner/diagnosis/observations.h"
#include "scanner/diagnosis/sighting.h"
#include "scanner/probe/classify.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::diagnosis {

using enum CauseId;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using Sentence = std::optional<std::string>;

namespace {

Micros closed_after(const Case& c) { return c.seen.closed_after.value_or(Micros{0}); }

bool closed_empty(const Case& c) {
  const bool closed = c.seen.close == probe::Close::fin || c.seen.close == probe::Close::rst;
  return c.seen.phase == probe::Phase::banner && closed && c.seen.bytes_in == 0;
}

Micros beyond_round_trip(const Case& c) {
  return std::max(closed_after(c) - probe::round_trip(c.seen), Micros{0});
}

Sentence at_five_seconds(const Case& c) {
  if (c.outcome != probe::Outcome::banner_wrapper_refused) return {};
  return fmt::format(
      "closed {} after the connection: libwrap waits that long before it closes, and so do proxies "
      "with a timeout of 5 s",
      duration_text(closed_after(c)));
}

Sentence in_the_acceptor(const Case& c) {
  if (!closed_empty(c) || c.seen.spoke || beyond_round_trip(c) > 2ms) return {};
  return fmt::format("{} beyond the round trip is too short for a server process to have started",
                     duration_text(beyond_round_trip(c)));
}

Sentence after_a_start(const Case& c) {
  if (c.outcome != probe::Outcome::banner_closed_after_start) return {};
  return fmt::format("{} beyond the round trip is what a server process takes to start and die",
                     duration_text(beyond_round_trip(c)));
}

Sentence late_ourselves(const Case& c, probe::Outcome outcome) {
  const bool counts =
      c.outcome == outcome && beyond_round_trip(c) > 2ms && probe::is_weak(c.outcome, c.seen);
  if (!counts) return {};
  return fmt::format("this machine was late by up to {}: the {} before the close say little",
                     duration_text(c.seen.lateness), duration_text(beyond_round_trip(c)));
}

Sentence late_for_a_start(const Case& c) {
  return late_ourselves(c, probe::Outcome::banner_closed_fast);
}

Sentence late_for_a_limit(const Case& c) {
  return late_ourselves(c, probe::Outcome::banner_closed_after_start);
}

/// HAProxy tries a backend three times, a second apart; timeouts are whole seconds, too.
Sentence on_a_whole_second(const Case& c) {
  const auto off = (closed_after(c) - probe::round_trip(c.seen)) % Micros{1s};
  const bool whole = closed_after(c) > 900ms && (off < 60ms || off > 960ms);
  if (c.outcome != probe::Outcome::banner_closed_late || c.seen.spoke_first) {
    if (!closed_empty(c) || closed_after(c) < 2900ms || closed_after(c) > 3100ms) return {};
  }
  if (!whole || c.outcome == probe::Outcome::banner_wrapper_refused) return {};
  return fmt::format(
      "closed {} after the connection: a proxy's retries and timeouts end on whole seconds",
      duration_text(closed_after(c)));
}

/// Neither a timer's moment nor an answer to us: work took so long, on a slow or loaded machine.
Sentence closed_off_any_second(const Case& c) {
  const bool itself = c.outcome == probe::Outcome::banner_closed_late && closed_empty(c) &&
                      !c.seen.spoke && c.seen.close == probe::Close::fin;
  if (!itself || on_a_whole_second(c)) return {};
  return fmt::format(
      "closed {} after the connection, before we said a word and off any whole second: on a slow "
      "machine a server process takes so long to start and die",
      duration_text(closed_after(c)));
}

/// SSH servers speak without being asked (RFC 4253 section 4.2, as all of them do it).
Sentence closed_on_our_words(const Case& c) {
  if (!probe::closed_on_our_words(c.seen)) return {};
  return fmt::format(
      "silent for {}, then {} as soon as it received our identification: it expects another "
      "protocol, or something in between rejects SSH",
      duration_text(probe::kSpeakDelay), c.seen.close == probe::Close::rst ? "reset" : "closed");
}

bool reset_on_our_words(const Case& c) {
  return c.seen.close == probe::Close::rst && probe::closed_on_our_words(c.seen) && c.seen.tcp_info;
}

/// A kernel acknowledges the first bytes of a connection at once, before its program resets.
Sentence reset_unheard(const Case& c) {
  if (!reset_on_our_words(c) || probe::heard_us(c.seen)) return {};
  return "the reset came with the first SSH bytes of the connection, in place of their "
         "acknowledgment";
}

Sentence reset_heard(const Case& c) {
  if (!reset_on_our_words(c) || !probe::heard_us(c.seen)) return {};
  return "a kernel had acknowledged our identification before the reset: a program received it";
}

Sentence reset_unprovoked(const Case& c) {
  const bool reset = c.seen.close == probe::Close::rst && closed_empty(c) && !c.seen.spoke;
  if (!reset || c.outcome == probe::Outcome::banner_wrapper_refused) return {};
  return fmt::format("reset after {} though we had sent nothing yet",
                     duration_text(closed_after(c)));
}

/// A proxy reads what we say while it waits for its backend; its FIN then comes at a timeout.
Sentence closed_after_reading_us(const Case& c) {
  const auto since_we_spoke = closed_after(c) - Micros{probe::kSpeakDelay};
  const bool later = closed_empty(c) && c.seen.close == probe::Close::fin && c.seen.spoke_first &&
                     since_we_spoke > 250ms && probe::heard_us(c.seen);
  if (!later) return {};
  return fmt::format(
      "closed by FIN {} after it had received our identification: TCP wrappers read nothing, and "
      "would have had to reset",
      duration_text(since_we_spoke));
}

/// Who waits for a PROXY header says nothing before it.
Sentence may_want_a_header(const Case& c) {
  if (!probe::closed_on_our_words(c.seen)) return {};
  return "a server or balancer that expects a PROXY header does this, too: ours has none";
}

const probe::Attempt* asked_with_a_header(const Case& c) {
  const auto& attempts = c.result.attempts;
  const auto found =
      std::ranges::find_if(attempts, [](const auto& a) { return a.evidence.sent_header; });
  return found == attempts.end() ? nullptr : &*found;
}

Sentence opened_by_a_header(const Case& c) {
  const auto* asked = asked_with_a_header(c);
  if (!asked || !asked->evidence.ident_line) return {};
  return "asked again with a PROXY header before our words, it introduced itself at once: " +
         in_quotes(*asked->evidence.ident_line);
}

/// There is a second, binary version of it, which we do not try.
Sentence shut_to_a_header(const Case& c) {
  const auto* asked = asked_with_a_header(c);
  if (!asked || asked->evidence.phase < probe::Phase::banner || asked->evidence.ident_line)
    return {};
  return "asked again with a PROXY header of version 1 before our words, it said nothing either";
}

Sentence silent_but_heard(const Case& c) {
  if (c.outcome != probe::Outcome::banner_silent || !probe::heard_us(c.seen)) return {};
  return fmt::format(
      "a kernel acknowledged {} bytes of our identification, the host's or a proxy's: the path to "
      "it "
      "works, the service is silent",
      c.seen.tcp_info->bytes_acked - 1);
}

Sentence our_packets_lost(const Case& c) {
  const bool repeated = c.outcome == probe::Outcome::banner_blackholed && c.seen.tcp_info &&
                        c.seen.tcp_info->segs_in > 1;
  if (!repeated) return {};
  return fmt::format("it sent SYN-ACK {} times: our packets are lost, not its answers",
                     c.seen.tcp_info->segs_in);
}

Sentence its_packets_lost(const Case& c) {
  const bool once = c.outcome == probe::Outcome::banner_blackholed && c.seen.tcp_info &&
                    c.seen.tcp_info->segs_in == 1;
  if (!once) return {};
  return "one SYN-ACK and then nothing, not even a retransmission: its answers are lost";
}

Sentence says_max_startups(const Case& c) {
  if (!c.seen.text.starts_with(probe::kMaxStartups)) return {};
  return "OpenSSH 8.2 to 9.7 says this only for MaxStartups and PerSourceMaxStartups";
}

bool contains_any(std::string_view text, std::initializer_list<std::string_view> words) {
  const auto same = [](char a, char b) { return lower(a) == b; };
  return std::ranges::any_of(words, [&](std::string_view word) {
    return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
  });
}

std::string_view words_of(const Case& c) {
  if (c.outcome == probe::Outcome::banner_text_closed) return c.seen.text;
  return c.seen.disconnect ? std::string_view{c.seen.disconnect->text} : std::string_view{};
}

Sentence speaks_of_a_limit(const Case& c) {
  const auto words = words_of(c);
  if (!contains_any(words, {"too many", "limit", "busy", "exceeded", "try again", "maximum"}))
    return {};
  return "its message is about a limit: " + in_quotes(words);
}

Sentence speaks_of_access(const Case& c) {
  const auto words = words_of(c);
  if (!contains_any(words, {"denied", "not allowed", "refused", "forbidden", "not permitted",
                            "unauthori", "blocked", "banned", "blacklist", "not welcome"}))
    return {};
  return "its message is about permission: " + in_quotes(words);
}

Sentence speaks_of_the_client(const Case& c) {
  const auto words = words_of(c);
  if (!contains_any(words, {"client version", "your client", "ssh client", "unsupported client",
                            "unsupported version", "upgrade your", "client is not supported"}))
    return {};
  return "its message is about the client: " + in_quotes(words);
}

Sentence speaks_of_its_files(const Case& c) {
  const auto words = words_of(c);
  if (!contains_any(words, {"no such file", "privilege separation", "host key", "hostkey", "cannot",
                            "usage:", "error while loading", "config", "bad option", "permission",
                            "terminating", "fatal", "does not exist", "unable to load"}))
    return {};
  return "its message is about its own files or startup: " + in_quotes(words);
}

/// A proxy's answer has no Server header; HAProxy writes "Bad request" and "Request Time-out".
Sentence http_proxy(const Case& c) {
  const std::string_view head = c.seen.head;
  const bool http = c.seen.service == "http";
  const bool haproxy = head.find("400 Bad request") != std::string_view::npos ||
                       head.find("408 Request Time-out") != std::string_view::npos ||
                       contains_any(head, {"server: awselb", "server: haproxy", "server: envoy"});
  if (!http || !haproxy) return {};
  return "the answer " + in_quotes(c.seen.text) +
         " comes from a proxy in HTTP mode, not from a web server";
}

Sentence on_a_resolver_timeout(const Case& c) {
  const auto took = c.seen.ms.banner.value_or(Micros{0});
  const auto off = took % Micros{5s};
  if (took < 4900ms || (off > 300ms && off < 4900ms)) return {};
  return fmt::format("{} is a multiple of a resolver's timeout of 5 s", duration_text(took));
}

/// Some of an identification and an orderly end: who sent it ended, the path delivered even that.
Sentence ended_within_a_line(const Case& c) {
  const bool closed = c.seen.close == probe::Close::fin || c.seen.close == probe::Close::rst;
  if (c.outcome != probe::Outcome::banner_incomplete || !closed) return {};
  return fmt::format(
      "{} {} after the connection, within the line: its end arrived, so the path works",
      c.seen.close == probe::Close::rst ? "reset" : "closed", duration_text(closed_after(c)));
}

/// Reported is the time of the server, not of our own silence.
Sentence late_identification(const Case& c) {
  const auto waited = probe::kept_waiting(c.seen);
  if (c.outcome != probe::Outcome::ok_slow || waited <= 2s) return {};
  return fmt::format("it kept us waiting {} for its identification", duration_text(waited));
}

/// Whatever is wrong with its line, or with what came before it: it means to be an SSH server.
Sentence an_identification_all_the_same(const Case& c) {
  const auto line = std::string_view{c.seen.ident_line ? *c.seen.ident_line : c.seen.head};
  const bool speaks = line.find("SSH-2.0-") != std::string_view::npos ||
                      line.find("SSH-1.99-") != std::string_view::npos;
  if (c.outcome != probe::Outcome::banner_malformed || !speaks) return {};
  return "it announces version 2 of SSH, in a form that clients refuse";
}

Sentence missing_before(const Case& c) {
  const bool hole = c.outcome == probe::Outcome::banner_incomplete && c.seen.tcp_info &&
                    c.seen.tcp_info->rcv_ooopack > 0;
  if (!hole) return {};
  return counted(c.seen.tcp_info->rcv_ooopack, "segment",
                 "arrived after one that is missing: the path loses packets");
}

}  // namespace

std::vector<Observation> banner_observations() {
  // clang-format off
  return {
    {"at_five_seconds", at_five_seconds, {{tcp_wrappers, kMild}}, true},
    {"in_the_acceptor", in_the_acceptor, {{connection_limit, kMild}, {service_child_broken, 1 / kMild}}, true},
    {"after_a_start", after_a_start, {{service_child_broken, kMild}, {connection_limit, 1 / kMild}}, true},
    {"late_for_a_start", late_for_a_start, {{service_child_broken, kStrong}}, true},
    {"late_for_a_limit", late_for_a_limit, {{connection_limit, kStrong}, {service_child_broken, 1 / kStrong}}, true},
    {"on_a_whole_second", on_a_whole_second, {{no_live_backend, kStrong}, {wrong_service, 1 / kMild}}, true},
    {"closed_off_any_second", closed_off_any_second, {{service_child_broken, kStrong}, {no_live_backend, 1 / kMild}, {wrong_service, 1 / kStrong}, {proxy_protocol, 1 / kStrong}, {tcp_wrappers, 1 / kDecisive}}, true},
    {"closed_on_our_words", closed_on_our_words, {{wrong_service, kStrong * kMild}, {no_live_backend, 1 / kStrong}, {service_child_broken, 1 / kStrong}, {connection_limit, 1 / kStrong}}, true},
    {"reset_unheard", reset_unheard, {{ssh_inspection, kStrong}, {wrong_service, 1 / kMild}, {proxy_protocol, 1 / kMild}}, true},
    {"reset_heard", reset_heard, {{wrong_service, kMild}, {proxy_protocol, kMild}, {firewall_reset, 1 / kStrong}}, true},
    {"may_want_a_header", may_want_a_header, {{proxy_protocol, kStrong}}, true},
    {"opened_by_a_header", opened_by_a_header, {{proxy_protocol, kDecisive * kDecisive}}},
    {"shut_to_a_header", shut_to_a_header, {{proxy_protocol, 1 / kStrong}}},
    {"closed_after_reading_us", closed_after_reading_us, {{tcp_wrappers, 1 / (kDecisive * kDecisive)}, {no_live_backend, kStrong}, {connection_limit, kMild}, {service_child_broken, 1 / kStrong}, {wrong_service, 1 / kMild}}, true},
    {"reset_unprovoked", reset_unprovoked, {{firewall_reset, kMild}, {no_live_backend, kMild}, {service_down, kMild}, {ssh_inspection, 1 / kStrong}, {service_child_broken, 1 / kMild}}, true},
    {"silent_but_heard", silent_but_heard, {{server_hung, kMild}, {drop_after_handshake, 1 / kDecisive}}, true},
    {"our_packets_lost", our_packets_lost, {{drop_after_handshake, kMild}}, true},
    {"its_packets_lost", its_packets_lost, {{drop_after_handshake, kMild}, {server_hung, 1 / kMild}}, true},
    {"says_max_startups", says_max_startups, {{max_startups, kStrong}, {source_penalty, 1 / (kDecisive * kDecisive)}}},
    {"speaks_of_a_limit", speaks_of_a_limit, {{connection_limit, kStrong}}},
    {"speaks_of_access", speaks_of_access, {{tcp_wrappers, kStrong}, {source_ban, kMild}}},
    {"speaks_of_the_client", speaks_of_the_client, {{client_refused, kDecisive * kStrong}}},
    {"speaks_of_its_files", speaks_of_its_files, {{service_child_broken, kStrong}}},
    {"http_proxy", http_proxy, {{http_load_balancer, kDecisive * kStrong}}},
    {"on_a_resolver_timeout", on_a_resolver_timeout, {{slow_before_banner, kStrong}}, true},
    {"ended_within_a_line", ended_within_a_line, {{drop_after_handshake, 1 / kDecisive}, {mtu_black_hole, 1 / kDecisive}, {server_hung, 1 / kStrong}, {tarpit, 1 / kMild}, {service_child_broken, kStrong}, {ssh_inspection, kMild}}, true},
    {"late_identification", late_identification, {{slow_before_banner, kStrong}, {slow_key_exchange, 1 / kDecisive}}},
    {"an_identification_all_the_same", an_identification_all_the_same, {{bad_identification, kStrong}, {wrong_service, 1 / kMild}}},
    {"missing_before", missing_before, {{drop_after_handshake, kStrong}, {mtu_black_hole, kMild}}, true},
  };
  // clang-format on
}

}  // namespace fleetscan::diagnosis
