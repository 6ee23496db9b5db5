#include "scanner/diagnosis/sighting.h"

#include <fmt/format.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/numbers.h"
#include "scanner/probe/classify.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/outcome.h"
#include "scanner/proxy/answer.h"
#include "scanner/ssh/kexinit.h"
#include "scanner/ssh/known_names.h"

namespace fleetscan::diagnosis {
namespace {

std::string after(const std::optional<Micros>& time) {
  return time ? duration_text(*time) : "an unknown time";
}

std::string times(std::uint64_t count) {
  return count == 1 ? "once" : fmt::format("{} times", count);
}

probe::TcpInfo tcp(const probe::Evidence& e) { return e.tcp_info.value_or(probe::TcpInfo{}); }

std::string closed_without_a_byte(const probe::Evidence& e) {
  return fmt::format("{} without a byte {} after the connection, at a round trip of {}",
                     e.close == probe::Close::rst ? "reset" : "closed", after(e.closed_after),
                     duration_text(probe::round_trip(e)));
}

std::string first_line(const probe::Evidence& e) {
  return "its first line is " + in_quotes(e.ident_line.value_or(e.head));
}

std::string other_service(const probe::Evidence& e) {
  const auto service = e.service ? *e.service + " answers here: " : "";
  return service + (e.text.empty() ? "the first bytes are not SSH" : in_quotes(e.text));
}

/// It identified itself, and then the connection ended or stalled.
std::string ended_in_exchange(const probe::Evidence& e) {
  const auto* phase =
      e.phase == probe::Phase::kex ? "during the key exchange" : "before its KEXINIT";
  const auto ident = in_quotes(e.ident_line.value_or(""));
  if (e.close == probe::Close::timeout)
    return fmt::format("{} arrived, then nothing for the rest of {} {}", ident,
                       after(e.closed_after), phase);
  return fmt::format("{} arrived, then the connection was {} {} after it was established, {}",
                     ident, e.close == probe::Close::rst ? "reset" : "closed",
                     after(e.closed_after), phase);
}

std::string disconnected(const probe::Evidence& e) {
  if (!e.disconnect) return ended_in_exchange(e);
  return fmt::format("it disconnected with reason {} and the message {}", e.disconnect->reason,
                     in_quotes(e.disconnect->text));
}

std::string strange_packet(const probe::Evidence& e) {
  return e.text.empty() ? std::string("it sent bytes that are not a packet of this phase")
                        : "instead of a packet, it sent " + in_quotes(e.text);
}

std::string offer(const probe::Evidence& e, std::string_view who) {
  if (e.as_client && e.slot == ssh::Slot::host_key_bits)
    return fmt::format("its RSA key has {} bits, too few for {}",
                       e.host_key ? e.host_key->bits.value_or(0) : 0, who);
  if (e.as_client && e.slot == ssh::Slot::group_bits)
    return fmt::format("the group that it chose is too small for {}", who);
  if (e.slot == ssh::Slot::host_key_bits)
    return fmt::format("its RSA key has {} bits, current clients want 1024 or more",
                       e.host_key ? e.host_key->bits.value_or(0) : 0);
  if (e.slot == ssh::Slot::group_bits)
    return "the group that it chose has fewer than the 2048 bits that current clients ask for";
  if (!e.slot || !e.kexinit) return "the algorithm lists have nothing in common";
  const auto names = fmt::format("{}", fmt::join((*e.kexinit)[*e.slot], ","));
  const auto unknown = ssh::unknown_names(*e.kexinit, *e.slot);
  return fmt::format("in slot {} it offers nothing that {} accepts: {}{}", ssh::to_string(*e.slot),
                     who, in_quotes(names),
                     unknown.empty() ? ""
                                     : ", of which this build does not know " +
                                           in_quotes(fmt::format("{}", fmt::join(unknown, ","))) +
                                           ": newer than it, or private");
}

std::string key(const probe::Evidence& e) {
  if (!e.host_key) return "the host key is not the known one";
  return fmt::format("it proved that it holds {} {}, which is {}", e.host_key->type,
                     e.host_key->sha256,
                     e.host_key->known == probe::Known::revoked ? "revoked" : "not the known key");
}

std::string_view said_by_proxy(proxy::Answer answer) {
  using enum proxy::Answer;
  switch (answer) {
    case none: return "it did not take our connection in time";
    case accepted: return "it took our connection, and said nothing in time";
    case asked: return "it has our request, and did not say in time whether the host answers";
    case granted: return "it connected us";
    case refused: return "the host refused the connection";
    case timed_out: return "the host did not answer in time";
    case host_unreachable: return "the host is unreachable";
    case network_unreachable: return "the network is unreachable";
    case unresolved: return "the name cannot be resolved";
    case forbidden: return "its rules do not allow it";
    case wants_login: return "it wants a user name and a password";
    case login_failed: return "it does not take our user name and password";
    case failed: return "it failed, and does not say why";
    case unsupported: return "it does not support such a request";
    case hung_up: return "it closed the connection without an answer";
    case nonsense: return "what it said is not of its protocol";
    case unreachable: return "it cannot be reached, or was lost";
  }
  return "";
}

/// What the proxy said, where the connection ended with that.
std::string of_proxy(const probe::Evidence& e) {
  const auto words = e.text.empty() ? "" : ": " + in_quotes(e.text);
  const auto error = *e.proxy == proxy::Answer::unreachable && e.error != 0
                         ? fmt::format(" ({})", error_name(e.error))
                         : "";
  return fmt::format("the proxy, after {}: {}{}{}", after(e.elapsed), said_by_proxy(*e.proxy),
                     error, words);
}

/// A close in the words of a proxy: when it passes that on, and how, says nothing.
std::string closed_behind_proxy(const probe::Evidence& e) {
  return fmt::format("the proxy connected us, and then closed without a byte after {}",
                     after(e.closed_after));
}

}  // namespace

std::string in_quotes(std::string_view raw) {
  if (raw.size() > kMaxQuote) return fmt::format("\"{}...\"", raw.substr(0, kMaxQuote));
  return fmt::format("\"{}\"", raw);
}

std::string error_name(int error) {
  const auto* name = strerrorname_np(error);
  return name ? name : fmt::format("error {}", error);
}

// Long because it is one table, a case for each class; without a default, so that the compiler
// names the class that has none.
std::string sighting(probe::Outcome outcome, const probe::Evidence& e) {
  using enum probe::Outcome;
  if (!probe::is_let_through(e) && probe::classify(e) == outcome) return of_proxy(e);
  if (e.proxy && outcome == banner_closed_late) return closed_behind_proxy(e);
  switch (outcome) {
    case ok_slow:
      return fmt::format("the identification arrived {} after the connection", after(e.ms.banner));
    case ok_legacy_algorithms: return offer(e, "a current client");
    case connect_refused:
      return fmt::format("the address answered our SYN with RST after {}", after(e.elapsed));
    case connect_rejected:
      return fmt::format(
          "refused after {} without a TCP segment in return: an ICMP message refused it",
          after(e.elapsed));
    case connect_unreachable:
      return fmt::format("an ICMP message came back after {}: {}", after(e.elapsed),
                         error_name(e.error));
    case connect_host_down:
      return fmt::format("nothing on the last hop claimed the address within {} ({})",
                         after(e.elapsed), error_name(e.error));
    case connect_timeout:
      return fmt::format("no answer within {} to a SYN sent {}", after(e.elapsed),
                         times(tcp(e).retrans + 1));
    case connect_reset:
      return fmt::format("reset {} after our SYN, before any byte", after(e.elapsed));
    case banner_throttled: return "text sent instead of an identification: " + in_quotes(e.text);
    case banner_wrapper_refused:
    case banner_closed_fast:
    case banner_closed_after_start:
    case banner_closed_late:
    case banner_reset: return closed_without_a_byte(e);
    case banner_silent:
      return fmt::format("the connection was established, but no byte arrived within {}",
                         after(e.closed_after));
    case banner_blackholed:
      return fmt::format("our identification was sent {} and not acknowledged within {}",
                         times(tcp(e).retrans + 1), after(e.closed_after));
    case banner_incomplete:
      return fmt::format("{} of an identification arrived, but never its end: {}",
                         counted(e.bytes_in, "byte"), in_quotes(e.head));
    case banner_wrong_service: return other_service(e);
    case banner_tarpit:
      return fmt::format("{} arrived in {} without an identification among them, first {}",
                         counted(e.bytes_in, "byte"), after(e.elapsed), in_quotes(e.text));
    case banner_text_closed:
      return fmt::format("it sent {} and {} the connection after {}", in_quotes(e.text),
                         e.close == probe::Close::rst ? "reset" : "closed", after(e.closed_after));
    case banner_ssh1_only:
    case banner_malformed: return first_line(e);
    case banner_proxy_mismatch:
      return fmt::format("after {} it sent {}", in_quotes(e.ident_line.value_or("")),
                         in_quotes(e.text));
    case kexinit_disconnect:
    case kex_disconnect: return disconnected(e);
    case kexinit_malformed:
    case kex_malformed: return strange_packet(e);
    case kexinit_no_common:
      return offer(e, e.as_client ? "the client that was asked for" : "any client we know");
    case kexinit_closed:
    case kexinit_reset:
    case kexinit_stalled:
    case kex_mtu_blackhole:
    case kex_stalled:
    case kex_closed:
    case kex_reset: return ended_in_exchange(e);
    case kex_signature_invalid: return "the signature that should prove the host key is wrong";
    case host_key_changed: return key(e);
    case scanner_resources:
    case scanner_network:
    case scanner_aborted:
      if (probe::classify(e) != outcome)
        return "this machine's own network or a proxy on it may have done this";
      return fmt::format("this machine itself refused: {}", error_name(e.error));
    case ok:
    case ok_kex_unverified:
    case ok_after_retry:
    case resolve_not_found:
    case resolve_no_address:
    case resolve_failure:
    case resolve_suspicious:
    case proxy_unreachable:
    case proxy_auth:
    case proxy_refused:
    case proxy_failure:
    case scanner_resolver:
    case scanner_failure:
    case not_probed:
    case skipped: break;
  }
  return std::string(probe::row(outcome).seen);
}

}  // namespace fleetscan::diagnosis
