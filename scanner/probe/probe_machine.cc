#include "scanner/probe/probe_machine.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/clock.h"
#include "base/sha256.h"
#include "scanner/probe/classify.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/probe_request.h"
#include "scanner/probe/probe_settings.h"
#include "scanner/proxy/answer.h"
#include "scanner/ssh/algorithms.h"
#include "scanner/ssh/binary_packet.h"
#include "scanner/ssh/client_profiles.h"
#include "scanner/ssh/diffie_hellman.h"
#include "scanner/ssh/disconnect.h"
#include "scanner/ssh/identification.h"
#include "scanner/ssh/kexinit.h"
#include "scanner/ssh/key_exchange.h"
#include "scanner/ssh/public_key.h"
#include "scanner/ssh/service_signatures.h"

namespace fleetscan::probe {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr std::string_view kGoodbye = "fleetscan reachability check, no login attempted";
// Version 1 of the PROXY protocol (HAProxy's doc/proxy-protocol.txt, section 2.1): it claims
// nobody's address, the receiver takes that of the connection.
constexpr std::string_view kProxyHeader = "PROXY UNKNOWN\r\n";
// A timeout of about kWrapperClose waits this much longer, so that the close is still seen.
constexpr auto kWrapperSlack = 500ms;
// A smaller RSA key proves nothing to a client of today (OpenSSH's RequiredRSASize).
constexpr unsigned kMinRsaBits = 1024;
// A proxy may take this part of the connect timeout until it has our request: the rest is for the
// target.
constexpr int kProxyPart = 2;
// How long the words of another protocol may go on once they are recognized.
constexpr auto kSettle = 300ms;
// Text that keeps coming in so many pieces and never turns into an identification is a tarpit's.
constexpr unsigned kTarpitReads = 3;
// Whoever begins to talk so late, and neither by an identification nor in a known protocol, does it
// on purpose: endlessh sends its first line after 10 s.
constexpr auto kLateWords = 6s;
constexpr unsigned kMaxSkipped = 100;
constexpr std::size_t kMaxText = 255;
constexpr std::size_t kMaxPrincipals = 16;
// All that a peer may send: identification, KEXINIT and a key exchange take a few kilobytes, the
// largest legal ones under 110.
constexpr std::uint64_t kMaxBytes = 128 * 1024;

Micros micros(TimePoint::duration duration) { return std::chrono::duration_cast<Micros>(duration); }

std::chrono::milliseconds banner_budget(const ProbeSettings& settings) {
  const auto timeout = settings.banner_timeout;
  const bool near =
      timeout > kWrapperClose - kWrapperSlack && timeout < kWrapperClose + kWrapperSlack;
  return near ? kWrapperClose + kWrapperSlack : timeout;
}

std::chrono::milliseconds speak_delay(const ProbeSettings& settings) {
  return std::min(kSpeakDelay, settings.banner_timeout / 2);
}

bool is_text(std::string_view bytes) {
  return std::ranges::all_of(
      bytes, [](char c) { return (c >= ' ' && c < 127) || c == '\t' || c == '\r' || c == '\n'; });
}

/// The first line that says something; failing that, all there is.
std::string first_line(std::string_view text) {
  auto line = text;
  line.remove_prefix(std::min(text.find_first_not_of("\r\n"), text.size()));
  line = line.substr(0, line.find_first_of("\r\n"));
  return std::string{(line.empty() ? text : line).substr(0, kMaxText)};
}

/// Contents of a certificate come from the peer: bounded in number and length.
HostCertificate host_certificate(const ssh::Certificate& certificate) {
  HostCertificate said;
  said.authority = fingerprint(sha256(certificate.authority));
  for (const auto name : certificate.principals) {
    if (said.principals.size() == kMaxPrincipals) break;
    said.principals.emplace_back(name.substr(0, kMaxText));
  }
  said.valid_after = certificate.valid_after;
  if (certificate.valid_before != std::numeric_limits<std::uint64_t>::max())
    said.valid_before = certificate.valid_before;
  return said;
}

std::string if_short(std::string_view blob) {
  return std::string(blob.size() <= kMaxKeyBlob ? blob : std::string_view());
}

/// @param blob  that `key` was parsed from
HostKey host_key(const ssh::PublicKey& key, std::string_view blob) {
  const auto bare = key.bare_blob();
  HostKey proved{std::string{key.type}, fingerprint(sha256(bare)), true};
  proved.blob = if_short(bare);
  if (key.bits > 0) proved.bits = key.bits;
  if (!key.certificate) return proved;
  proved.certificate = host_certificate(*key.certificate);
  proved.certificate->blob = if_short(blob);
  return proved;
}

}  // namespace

ProbeMachine::ProbeMachine(const ProbeSettings& settings, Question question, TimePoint now,
                           std::chrono::milliseconds longer, std::string_view key_type)
    : settings_(settings),
      started_(now),
      phase_began_(now),
      phase_deadline_(now + settings.connect_timeout),
      question_(question),
      key_type_(key_type),
      no_longer_(now + longer) {
  if (settings.proxy) {
    evidence_.proxy = proxy::Answer::none;
    evidence_.phase = Phase::proxy;
    phase_deadline_ = now + settings.connect_timeout / kProxyPart;
  }
  evidence_.as_client = settings.client != nullptr;
  evidence_.mss_clamped = question == Question::small;
  evidence_.other_method = question == Question::other_method;
  evidence_.other_family = question == Question::other_family;
  evidence_.held_back = question == Question::listen;
  evidence_.sent_header = question == Question::header;
}

void ProbeMachine::handle(const Event& event, TimePoint now) {
  // What was received is judged before what came after it.
  if (!done_ && wants_resume() && !std::holds_alternative<Received>(event)) on(Resume{}, now);
  if (done_) return;
  std::visit([&](const auto& happened) { on(happened, now); }, event);
}

std::string ProbeMachine::take_output() {
  evidence_.bytes_out += output_.size();
  return std::exchange(output_, {});
}

TimePoint ProbeMachine::deadline() const {
  return speak_at_ ? std::min(*speak_at_, phase_deadline_) : phase_deadline_;
}

std::chrono::milliseconds ProbeMachine::budget(std::chrono::milliseconds timeout,
                                               TimePoint now) const {
  const auto left = std::chrono::floor<std::chrono::milliseconds>(no_longer_ - now);
  return std::max(timeout, std::min(left, kLonger * timeout));
}

void ProbeMachine::on(const Asked&, TimePoint now) {
  if (evidence_.phase != Phase::proxy) return;
  evidence_.phase = Phase::connect;
  evidence_.ms.proxy = micros(now - started_);
  phase_began_ = now;
  phase_deadline_ = started_ + settings_.connect_timeout;
}

void ProbeMachine::on(const Connected&, TimePoint now) {
  on(Asked{}, now);
  if (evidence_.phase != Phase::connect) return;
  evidence_.ms.connect = micros(now - phase_began_);
  connected_ = phase_began_ = now;
  if (settings_.depth == Depth::tcp) return finish(Finding::reached, now);
  if (evidence_.sent_header) output_ += kProxyHeader;
  evidence_.phase = Phase::banner;
  phase_deadline_ = now + budget(banner_budget(settings_), now);
  speak_at_ = now + speak_delay(settings_);
}

void ProbeMachine::on(const Received& event, TimePoint now) {
  evidence_.bytes_in += event.bytes.size();
  if (evidence_.bytes_in > kMaxBytes) return finish(Finding::malformed_packet, now);
  if (speak_at_) speak_at_ = now + speak_delay(settings_);
  if (evidence_.phase == Phase::banner) return read_identification(event.bytes, now);
  keep_head(event.bytes);
  packets_.receive(event.bytes);
  read_packets(now);
}

void ProbeMachine::keep_head(std::string_view bytes) {
  evidence_.head.append(bytes.substr(0, kHeadBytes - evidence_.head.size()));
}

void ProbeMachine::on(const Eof&, TimePoint now) {
  evidence_.close = send_failed_ ? Close::rst : Close::fin;
  if (evidence_.phase == Phase::banner) {
    quote_head();
    return finish(evidence_.service ? Finding::wrong_service : Finding::ended, now);
  }
  if (packets_.broken()) return read_words(now);
  finish(Finding::ended, now);
}

void ProbeMachine::on(const Failed& event, TimePoint now) {
  evidence_.error = event.error;
  evidence_.origin = event.origin;
  const bool reset = event.error == ECONNRESET || event.error == EPIPE;
  evidence_.close = reset ? Close::rst : event.error == ETIMEDOUT ? Close::timeout : Close::error;
  if (evidence_.proxy && proxy::is_about_target(*evidence_.proxy)) on(Asked{}, now);
  if (evidence_.proxy == proxy::Answer::unresolved) evidence_.phase = Phase::resolve;
  if (evidence_.phase == Phase::banner) quote_head();
  finish(evidence_.service ? Finding::wrong_service : Finding::ended, now);
}

void ProbeMachine::on(const SoftError& event, TimePoint) {
  evidence_.error = event.error;
  evidence_.origin = ErrorOrigin::stream;
}

void ProbeMachine::on(const SendFailed& event, TimePoint) {
  // The failed send has used up the socket's error: what is read next looks like an orderly end.
  send_failed_ = true;
  evidence_.error = event.error;
  evidence_.origin = ErrorOrigin::stream;
}

void ProbeMachine::on(const Tick&, TimePoint now) {
  if (now >= phase_deadline_) return overdue(now);
  if (speak_at_ && now >= *speak_at_) speak_first(now);
}

void ProbeMachine::on(const Resume&, TimePoint now) {
  if (!wants_resume()) return;
  const auto packet = std::exchange(for_exchange_, {});
  const auto waited = now - waits_since_;
  phase_began_ += waited;
  phase_deadline_ += waited;
  evidence_.lateness = std::max(evidence_.lateness, micros(waited));
  if (!exchange_) start_exchange(now);
  if (!done_) advance_exchange(exchange_->receive(packet), now);
  if (!done_) read_packets(now);
}

void ProbeMachine::read_identification(std::string_view bytes, TimePoint now) {
  if (reads_++ == 0) first_words_ = now;
  const auto state = identification_.receive(bytes);
  if (state == ssh::IdentificationReader::State::found) return identified(bytes, now);
  keep_head(bytes);
  if (state == ssh::IdentificationReader::State::endless) {
    quote_head();
    if (evidence_.service) return finish(Finding::wrong_service, now);
    return finish(identification_.in_identification() ? Finding::malformed_ident : Finding::tarpit,
                  now);
  }
  if (evidence_.service || identification_.in_identification()) return;
  if (ssh::recognize_service(evidence_.head)) {
    quote_head();
    settle(now);
  }
}

/// @param bytes  in which the identification ended
void ProbeMachine::identified(std::string_view bytes, TimePoint now) {
  evidence_.ident_line = identification_.take_line();
  evidence_.service.reset();
  evidence_.text.clear();
  evidence_.ms.banner = micros(now - connected_);
  phase_began_ = now;
  const auto ident = ssh::parse_identification(*evidence_.ident_line);
  const bool meets_us = ident && ident->speaks_ssh2() && !identification_.invalid();
  if (meets_us && settings_.depth == Depth::banner) {
    evidence_.head.clear();  // its identification says more; most never had one
    return finish(Finding::reached, now);
  }
  keep_head(bytes);
  if (!ident) return finish(Finding::malformed_ident, now);
  if (ident->speaks_only_ssh1()) return finish(Finding::ssh1_only, now);
  if (!meets_us) return finish(Finding::malformed_ident, now);

  listening_ = question_ == Question::listen && !evidence_.spoke;
  if (!listening_ && !evidence_.spoke) introduce_ourselves();
  evidence_.phase = Phase::kexinit;
  phase_deadline_ = now + budget(settings_.kex_timeout, now);
  speak_at_ = now + speak_delay(settings_);
  packets_.receive(identification_.rest());
  read_packets(now);
}

void ProbeMachine::read_packets(TimePoint now) {
  while (!done_ && for_exchange_.empty()) {
    const auto packet = packets_.next();
    if (!packet) break;
    read_packet(*packet, now);
  }
  if (!done_ && for_exchange_.empty() && packets_.broken()) read_words(now);
}

void ProbeMachine::read_packet(const ssh::Packet& packet, TimePoint now) {
  switch (packet.message()) {
    case ssh::Message::disconnect:
      evidence_.disconnect = ssh::parse_disconnect(packet.payload);
      return finish(evidence_.disconnect ? Finding::disconnect : Finding::malformed_packet, now);
    case ssh::Message::ignore:
    case ssh::Message::unimplemented:
    case ssh::Message::debug:
      // Under strict key exchange a client must hang up on them (OpenSSH's PROTOCOL 1.10).
      if (++skipped_ > kMaxSkipped || (evidence_.kexinit && evidence_.kexinit->strict_kex()))
        finish(Finding::malformed_packet, now);
      return;
    case ssh::Message::kexinit:
      if (evidence_.phase != Phase::kexinit) return finish(Finding::malformed_packet, now);
      read_kexinit(packet.payload, now);
      if (!done_) wait_for_resume(std::string{packet.whole}, now);
      return;
    default: break;
  }
  const bool of_method =
      packet.message() >= ssh::Message::kex_first && packet.message() <= ssh::Message::kex_last;
  if (evidence_.phase != Phase::kex || !of_method) return finish(Finding::malformed_packet, now);
  wait_for_resume(std::string{packet.whole}, now);
}

void ProbeMachine::wait_for_resume(std::string packet, TimePoint now) {
  for_exchange_ = std::move(packet);
  waits_since_ = now;
}

void ProbeMachine::read_kexinit(std::string_view payload, TimePoint now) {
  auto kexinit = ssh::parse_kexinit(payload);
  // Under strict key exchange nothing may come before it (OpenSSH's PROTOCOL 1.10).
  if (!kexinit || (kexinit->strict_kex() && skipped_ > 0))
    return finish(Finding::malformed_packet, now);
  evidence_.kexinit = std::make_shared<const ssh::Kexinit>(*std::move(kexinit));
  evidence_.ms.kexinit = micros(now - phase_began_);
  phase_began_ = now;
  if (!listening_) speak_at_.reset();

  const auto comparison = settings_.client
                              ? ssh::compare_with_client(*settings_.client, *evidence_.kexinit)
                              : ssh::compare_with_clients(*evidence_.kexinit);
  evidence_.slot = comparison.slot;
  if (comparison.agreement == ssh::Agreement::nobody) return finish(Finding::no_common, now);
  if (comparison.agreement == ssh::Agreement::newer) return finish(Finding::kex_unverified, now);
  if (comparison.agreement == ssh::Agreement::legacy) if_proved_ = Finding::legacy_only;
  if (settings_.depth == Depth::kexinit) return finish(if_proved_, now);
  if (const auto slot = settings_.key_exchanges->missing_slot(*evidence_.kexinit))
    return unverified(slot, now);
  evidence_.phase = Phase::kex;
}

/// This build cannot go on, a current client could.
void ProbeMachine::unverified(std::optional<ssh::Slot> slot, TimePoint now) {
  if (!evidence_.slot) evidence_.slot = slot;
  finish(if_proved_ == Finding::reached ? Finding::kex_unverified : if_proved_, now);
}

/// The server said something that is no packet: its words explain themselves, once complete.
void ProbeMachine::read_words(TimePoint now) {
  const auto words = packets_.pending();
  const bool text = is_text(words);
  const bool complete = evidence_.close != Close::none || words.size() >= kMaxText ||
                        words.find('\n') != std::string_view::npos;
  if (text && !complete) return settle(now);
  if (text) evidence_.text = first_line(words);
  const auto after = micros(now - connected_) - *evidence_.ms.banner;
  const bool of_another = ssh::rejects_identification(evidence_.text) &&
                          (listening_ || too_soon_for_an_answer(evidence_, after));
  finish(of_another ? Finding::proxy_mismatch : Finding::malformed_packet, now);
}

void ProbeMachine::put_off(TimePoint::duration late) {
  phase_deadline_ += 2 * late;
  evidence_.lateness = std::max(evidence_.lateness, micros(late));
}

void ProbeMachine::introduce_ourselves() {
  output_ += settings_.ident + "\r\n";
  evidence_.spoke = true;
}

/// It waits for us, as it should. Our silence is not the server's time.
void ProbeMachine::stop_listening(TimePoint now) {
  listening_ = false;
  introduce_ourselves();
  phase_began_ = waits_since_ = now;
  phase_deadline_ = now + budget(settings_.kex_timeout, now);
  if (evidence_.phase == Phase::kexinit) speak_at_ = now + speak_delay(settings_);
}

void ProbeMachine::speak_first(TimePoint now) {
  speak_at_.reset();
  if (listening_) return stop_listening(now);
  if (evidence_.phase == Phase::banner) {
    introduce_ourselves();
    evidence_.spoke_first = true;
  } else if (evidence_.phase == Phase::kexinit && settings_.depth == Depth::kex) {
    start_exchange(now);
  }
}

void ProbeMachine::start_exchange(TimePoint now) {
  exchange_ =
      settings_.key_exchanges->make({.identifications = {settings_.ident, *evidence_.ident_line},
                                     .server = evidence_.kexinit.get(),
                                     .other_method = question_ == Question::other_method,
                                     .key_type = key_type_});
  evidence_.sent_kexinit = true;
  advance_exchange(exchange_->start(), now);
}

void ProbeMachine::advance_exchange(ssh::KeyExchange::Status status, TimePoint now) {
  output_ += exchange_->take_output();
  if (evidence_.method.empty()) {
    const auto agreed = exchange_->agreed();
    evidence_.method = agreed.method;
    evidence_.key_algorithm = agreed.key_algorithm;
  }
  switch (status) {
    case ssh::KeyExchange::Status::waiting: return;
    case ssh::KeyExchange::Status::proved: return proved(now);
    case ssh::KeyExchange::Status::bad_signature: return finish(Finding::bad_signature, now);
    case ssh::KeyExchange::Status::malformed: return finish(Finding::malformed_packet, now);
    case ssh::KeyExchange::Status::unsupported: return unverified(std::nullopt, now);
    case ssh::KeyExchange::Status::failed: return finish(Finding::library_failure, now);
    case ssh::KeyExchange::Status::out_of_memory: return finish(Finding::out_of_memory, now);
  }
}

void ProbeMachine::proved(TimePoint now) {
  const auto blob = exchange_->host_key().value_or("");
  const auto key = ssh::parse_public_key(blob);
  if (!key) return finish(Finding::library_failure, now);
  evidence_.host_key = host_key(*key, blob);
  evidence_.ms.kex = micros(now - phase_began_);
  const auto* client = settings_.client;
  if (key->form == ssh::KeyForm::rsa && key->bits < (client ? client->rsa_bits : kMinRsaBits))
    too_small(ssh::Slot::host_key_bits);
  const auto least = client ? client->group_bits : ssh::kMinGroupBits;
  if (exchange_->group_bits().value_or(least) < least) too_small(ssh::Slot::group_bits);
  finish(if_proved_, now);
}

/// For a client of today, which has an elder that takes it; or for the one that was asked for.
void ProbeMachine::too_small(ssh::Slot slot) {
  if (!evidence_.slot) evidence_.slot = slot;
  if_proved_ = settings_.client ? Finding::no_common : Finding::legacy_only;
}

void ProbeMachine::overdue(TimePoint now) {
  evidence_.close = Close::timeout;
  if (evidence_.phase == Phase::banner && evidence_.bytes_in > 0) {
    if (evidence_.service) return finish(Finding::wrong_service, now);
    if (!identification_.in_identification()) {
      quote_head();
      const bool drips = reads_ >= kTarpitReads || first_words_ - connected_ >= kLateWords;
      return finish(drips ? Finding::tarpit : Finding::wrong_service, now);
    }
  }
  if (packets_.broken()) return read_words(now);
  finish(Finding::ended, now);
}

/// Keeps the peer's first words, and the name of its protocol if we know it. A line that begins
/// like an identification is kept as evidence, not as words.
void ProbeMachine::quote_head() {
  if (identification_.in_identification() && identification_.pre_lines() == 0) return;
  if (const auto service = ssh::recognize_service(evidence_.head)) evidence_.service = *service;
  evidence_.text = first_line(evidence_.head);
}

/// Gives the peer a moment to finish what it says, but not beyond the phase.
void ProbeMachine::settle(TimePoint now) {
  phase_deadline_ = std::min(phase_deadline_, now + kSettle);
}

void ProbeMachine::finish(Finding finding, TimePoint now) {
  done_ = true;
  const bool reached = finding == Finding::reached || finding == Finding::legacy_only ||
                       finding == Finding::kex_unverified;
  const bool up = evidence_.close == Close::none || evidence_.close == Close::timeout;
  if (evidence_.spoke && evidence_.ident_line && up && !send_failed_)
    output_ += ssh::make_packet(ssh::make_disconnect(ssh::kDisconnectByApplication, kGoodbye));
  evidence_.finding = finding;
  evidence_.elapsed = micros(now - started_);
  if (evidence_.phase > Phase::connect && evidence_.close != Close::none)
    evidence_.closed_after = micros(now - connected_);
  if (reached) evidence_.phase = Phase::done;
  exchange_.reset();
}

}  // namespace fleetscan::probe
