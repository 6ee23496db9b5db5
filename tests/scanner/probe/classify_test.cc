#include "scanner/probe/classify.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <string>

using namespace fleetscan;
using namespace fleetscan::probe;
using namespace std::chrono_literals;

namespace {

TcpInfo tcp(std::uint32_t segs_in, std::uint64_t acked = 1, std::uint32_t unacked = 0,
            std::uint32_t retrans = 0, std::uint32_t ooo = 0) {
  return {.state = 1,
          .segs_in = segs_in,
          .unacked = unacked,
          .retrans = retrans,
          .rcv_ooopack = ooo,
          .bytes_acked = acked,
          .snd_mss = 1448,
          .pmtu = 1500,
          .rtt_us = 400};
}

Evidence failed(int error, ErrorOrigin origin, std::uint32_t segs_in, Micros elapsed = 1ms) {
  Evidence e;
  e.phase = Phase::connect;
  e.close = Close::error;
  e.error = error;
  e.origin = origin;
  e.elapsed = elapsed;
  if (origin != ErrorOrigin::local) e.tcp_info = tcp(segs_in);
  return e;
}

Evidence ended(Phase phase, Close close, Micros after, std::optional<TcpInfo> info = tcp(2)) {
  Evidence e;
  e.phase = phase;
  e.close = close;
  e.closed_after = after;
  e.ms.connect = 400us;
  e.tcp_info = info;
  return e;
}

Evidence spoken(Evidence e) {
  e.spoke = true;
  return e;
}

Evidence with_text(std::string text, Close close = Close::fin) {
  auto e = ended(Phase::banner, close, 1ms);
  e.bytes_in = text.size();
  e.text = std::move(text);
  return e;
}

Evidence late(Micros lateness, Evidence e) {
  e.lateness = lateness;
  return e;
}

Evidence sent_kexinit(Evidence e) {
  e.spoke = e.sent_kexinit = true;
  e.bytes_in = 1200;
  return e;
}

Evidence found(Finding finding, Phase phase = Phase::banner, Micros banner = 5ms) {
  Evidence e;
  e.finding = finding;
  e.phase = phase;
  e.ms.banner = banner;
  return e;
}

Evidence with_key(Known known, bool verified = true) {
  auto e = found(Finding::reached, Phase::done);
  e.host_key = HostKey{"ssh-ed25519", "SHA256:abc", verified, known};
  return e;
}

}  // namespace

TEST_CASE("classify: every class that one attempt's evidence can have") {
  using enum ErrorOrigin;
  using enum Outcome;
  const struct {
    std::string name;
    Evidence evidence;
    Outcome outcome;
  } cases[] = {
      // clang-format off
      {"reached", found(Finding::reached, Phase::done), ok},
      {"identification after just 2 s", found(Finding::reached, Phase::done, 2s), ok},
      {"identification later", found(Finding::reached, Phase::done, 2001ms), ok_slow},
      {"identification later, seen late", late(300ms, found(Finding::reached, Phase::done, 2300ms)), ok},
      {"identification later still", late(300ms, found(Finding::reached, Phase::done, 2301ms)), ok_slow},
      {"a slow key exchange", [] { auto e = found(Finding::reached, Phase::done); e.ms.kex = 5001ms; return e; }(), ok_slow},
      {"it answered our words, which were late", [] { auto e = found(Finding::reached, Phase::done, 2100ms); e.spoke_first = true; e.ms.connect = 300ms; return e; }(), ok},
      {"it was late for all our words", [] { auto e = found(Finding::reached, Phase::done, 3s); e.spoke_first = true; return e; }(), ok_slow},
      {"legacy", found(Finding::legacy_only, Phase::done), ok_legacy_algorithms},
      {"unverified", found(Finding::kex_unverified, Phase::done), ok_kex_unverified},

      {"RST to the SYN", failed(ECONNREFUSED, connect, 1), connect_refused},
      {"ICMP port-unreachable", failed(ECONNREFUSED, connect, 0), connect_rejected},
      {"ICMP host-unreachable", failed(EHOSTUNREACH, connect, 0), connect_unreachable},
      {"the same over IPv6, after a retransmission", failed(EHOSTUNREACH, connect, 0, 1020ms), connect_unreachable},
      {"failed neighbor look-up", failed(EHOSTUNREACH, connect, 0, 3060ms), connect_host_down},
      {"ICMP net-unreachable", failed(ENETUNREACH, connect, 0), connect_unreachable},
      {"ICMP protocol-unreachable", failed(ENOPROTOOPT, connect, 0), connect_unreachable},
      {"ICMPv6 prohibited", failed(EACCES, connect, 0), connect_unreachable},
      {"kernel gave up", failed(ETIMEDOUT, connect, 0), connect_timeout},
      {"no answer", ended(Phase::connect, Close::timeout, 0us, tcp(0)), connect_timeout},
      {"RST to the handshake", failed(ECONNRESET, connect, 2), connect_reset},

      {"no descriptor", failed(EMFILE, local, 0), scanner_resources},
      {"no port", failed(EADDRNOTAVAIL, local, 0), scanner_resources},
      {"no memory", failed(ENOBUFS, local, 0), scanner_resources},
      {"no room in epoll", failed(ENOSPC, local, 0), scanner_resources},
      {"no route here", failed(ENETUNREACH, local, 0), scanner_network},
      {"no IPv6 here", failed(EAFNOSUPPORT, local, 0), scanner_network},
      {"own firewall", failed(EPERM, local, 0), scanner_network},
      {"refused without a packet", failed(ECONNREFUSED, local, 0), scanner_network},
      {"destroyed here", failed(ECONNABORTED, connect, 0), scanner_aborted},
      {"an error that nobody knows", failed(ENOTTY, connect, 0), scanner_failure},

      {"reset at once", ended(Phase::banner, Close::rst, 500us), connect_reset},
      {"reset after a while", ended(Phase::banner, Close::rst, 50ms), banner_reset},
      {"reset when we spoke", spoken(ended(Phase::banner, Close::rst, 1501ms)), banner_reset},
      {"closed at once", ended(Phase::banner, Close::fin, 900us), banner_closed_fast},
      {"just 2.5 ms beyond the round trip", ended(Phase::banner, Close::fin, 2900us), banner_closed_fast},
      {"later", ended(Phase::banner, Close::fin, 2901us), banner_closed_after_start},
      {"200 ms", ended(Phase::banner, Close::fin, 200ms), banner_closed_after_start},
      {"more", ended(Phase::banner, Close::fin, 250ms), banner_closed_late},
      {"HAProxy's three retries", ended(Phase::banner, Close::fin, 3s), banner_closed_late},
      {"TCP wrappers", ended(Phase::banner, Close::fin, 5009ms), banner_wrapper_refused},
      {"TCP wrappers after we spoke", spoken(ended(Phase::banner, Close::rst, 5009ms)), banner_wrapper_refused},
      {"5 s, by one who has read our words", [] { auto e = spoken(ended(Phase::banner, Close::fin, 5009ms)); e.tcp_info = tcp(2, 26); return e; }(), banner_closed_late},
      {"not at 5.0 s", ended(Phase::banner, Close::fin, 4600ms), banner_closed_late},
      {"nor", ended(Phase::banner, Close::fin, 5401ms), banner_closed_late},
      {"has our identification", spoken(ended(Phase::banner, Close::timeout, 5s, tcp(2, 26))), banner_silent},
      {"has it not", spoken(ended(Phase::banner, Close::timeout, 5s, tcp(1, 1, 1, 4))), banner_blackholed},
      {"part of an identification", [] { auto e = ended(Phase::banner, Close::timeout, 5s); e.bytes_in = 7; return e; }(), banner_incomplete},
      {"and then closed", [] { auto e = ended(Phase::banner, Close::fin, 5ms); e.bytes_in = 7; return e; }(), banner_incomplete},
      {"MaxStartups", with_text("Exceeded MaxStartups"), banner_throttled},
      {"penalty", with_text("Not allowed at this time", Close::rst), banner_throttled},
      {"other words", with_text("Too many connections"), banner_text_closed},
      {"tarpit", found(Finding::tarpit), banner_tarpit},
      {"other protocol", found(Finding::wrong_service), banner_wrong_service},
      {"SSH-1", found(Finding::ssh1_only), banner_ssh1_only},
      {"malformed", found(Finding::malformed_ident), banner_malformed},
      {"PROXY protocol", found(Finding::proxy_mismatch, Phase::kexinit), banner_proxy_mismatch},

      {"closed", ended(Phase::kexinit, Close::fin, 1ms), kexinit_closed},
      {"reset", ended(Phase::kexinit, Close::rst, 1ms), kexinit_reset},
      {"disconnect", found(Finding::disconnect, Phase::kexinit), kexinit_disconnect},
      {"no packet", found(Finding::malformed_packet, Phase::kexinit), kexinit_malformed},
      {"no algorithm", found(Finding::no_common, Phase::kexinit), kexinit_no_common},
      {"stalled", sent_kexinit(ended(Phase::kexinit, Close::timeout, 10s, tcp(3, 2000))), kexinit_stalled},

      {"closed in kex", ended(Phase::kex, Close::fin, 1ms), kex_closed},
      {"reset in kex", ended(Phase::kex, Close::rst, 1ms), kex_reset},
      {"disconnect in kex", found(Finding::disconnect, Phase::kex), kex_disconnect},
      {"no packet in kex", found(Finding::malformed_packet, Phase::kex), kex_malformed},
      {"wrong proof", found(Finding::bad_signature, Phase::kex), kex_signature_invalid},
      {"stalled in kex", sent_kexinit(ended(Phase::kex, Close::timeout, 10s, tcp(3, 2000))), kex_stalled},
      {"a segment of theirs is missing", sent_kexinit(ended(Phase::kex, Close::timeout, 10s, tcp(3, 2000, 0, 0, 1))), kex_mtu_blackhole},
      {"ours are sent in vain", sent_kexinit(ended(Phase::kex, Close::timeout, 10s, tcp(3, 26, 2, 4))), kex_mtu_blackhole},
      {"the known key", with_key(Known::match), ok},
      {"a key of nobody we know", with_key(Known::unknown), ok},
      {"another key than the known one", with_key(Known::changed), host_key_changed},
      {"a revoked key", with_key(Known::revoked), host_key_changed},
      {"another key that was not proved", with_key(Known::changed, false), ok},
      {"the library gave up", found(Finding::library_failure, Phase::kex), scanner_failure},
      {"for want of memory", found(Finding::out_of_memory, Phase::kex), scanner_resources},
      // clang-format on
  };
  for (const auto& [name, evidence, outcome] : cases) {
    CAPTURE(name);
    CHECK(to_string(classify(evidence)) == to_string(outcome));
  }
}

TEST_CASE("classify: a clamped attempt is never called a black hole by itself") {
  auto evidence = sent_kexinit(ended(Phase::kex, Close::timeout, 10s, tcp(3, 26, 2, 4)));
  evidence.mss_clamped = true;
  CHECK(to_string(classify(evidence)) == "kex_stalled");
}

TEST_CASE("classify: a soft ICMP error does not hide that nothing of ours arrived") {
  auto evidence = spoken(ended(Phase::banner, Close::timeout, 5s, tcp(1, 1, 1, 4)));
  evidence.error = EHOSTUNREACH;
  evidence.origin = ErrorOrigin::stream;
  CHECK(to_string(classify(evidence)) == "banner_blackholed");
}

TEST_CASE(
    "classify: a close that this machine may have seen late counts as the earliest possible") {
  const struct {
    Micros lateness, closed;
    Outcome outcome;
  } cases[] = {
      {0ms, 20ms, Outcome::banner_closed_after_start},
      {10ms, 20ms, Outcome::banner_closed_after_start},
      {20ms, 20ms, Outcome::banner_closed_fast},
      {100ms, 250ms, Outcome::banner_closed_after_start},
      {100ms, 1s, Outcome::banner_closed_late},
      {300ms, 5s, Outcome::banner_wrapper_refused},
  };
  for (const auto& [lateness, closed, outcome] : cases) {
    CAPTURE(lateness.count());
    CAPTURE(closed.count());
    const auto seen = late(lateness, ended(Phase::banner, Close::fin, closed));
    CHECK(to_string(classify(seen)) == to_string(outcome));
    CHECK(is_weak(outcome, seen) == (lateness > 0ms));
  }
  CHECK_FALSE(
      is_weak(Outcome::connect_timeout, late(1s, ended(Phase::connect, Close::timeout, 4s))));
}

TEST_CASE("classify: a peer is not blamed for bytes of ours that never left") {
  auto seen = sent_kexinit(ended(Phase::kex, Close::timeout, 10s));
  CHECK(classify(seen) == Outcome::kex_stalled);
  seen.unsent = 800;
  CHECK(classify(seen) == Outcome::scanner_resources);
  seen.close = Close::fin;  // it did not wait for them
  CHECK(classify(seen) == Outcome::kex_closed);
}

TEST_CASE("classify: what a proxy says of the target is the target's, all else is ours") {
  using enum Outcome;
  using proxy::Answer;
  const struct {
    Answer answer;
    Phase phase;
    Close close;
    Outcome outcome;
  } cases[] = {
      {Answer::none, Phase::proxy, Close::timeout, proxy_unreachable},
      {Answer::none, Phase::proxy, Close::error, proxy_unreachable},
      {Answer::unreachable, Phase::proxy, Close::error, proxy_unreachable},
      {Answer::accepted, Phase::proxy, Close::timeout, proxy_failure},
      {Answer::accepted, Phase::connect, Close::timeout, proxy_failure},
      {Answer::asked, Phase::connect, Close::timeout, connect_timeout},
      {Answer::timed_out, Phase::connect, Close::timeout, connect_timeout},
      {Answer::refused, Phase::connect, Close::error, connect_refused},
      {Answer::host_unreachable, Phase::connect, Close::error, connect_unreachable},
      {Answer::network_unreachable, Phase::connect, Close::error, connect_unreachable},
      {Answer::unresolved, Phase::resolve, Close::error, resolve_failure},
      {Answer::forbidden, Phase::connect, Close::error, proxy_refused},
      {Answer::wants_login, Phase::proxy, Close::error, proxy_auth},
      {Answer::login_failed, Phase::proxy, Close::error, proxy_auth},
      {Answer::failed, Phase::connect, Close::error, proxy_failure},
      {Answer::unsupported, Phase::connect, Close::error, proxy_failure},
      {Answer::hung_up, Phase::connect, Close::error, proxy_failure},
      {Answer::nonsense, Phase::connect, Close::error, proxy_failure},
      {Answer::nonsense, Phase::connect, Close::timeout, proxy_failure},
      // The connection to the proxy was lost in the middle.
      {Answer::unreachable, Phase::banner, Close::timeout, proxy_unreachable},
  };
  for (const auto& [answer, phase, close, outcome] : cases) {
    Evidence e;
    e.proxy = answer;
    e.phase = phase;
    e.close = close;
    e.origin = ErrorOrigin::proxy;
    CAPTURE(static_cast<int>(answer));
    CAPTURE(to_string(phase));
    CHECK(to_string(classify(e)) == to_string(outcome));
  }
  Evidence here;
  here.proxy = Answer::none;
  here.phase = Phase::proxy;
  here.error = EMFILE;
  here.origin = ErrorOrigin::local;
  CHECK(classify(here) == scanner_resources);
  here.error = ENETUNREACH;
  CHECK(classify(here) == proxy_unreachable);
  Evidence resolved_here;  // and the proxy speaks of a name
  resolved_here.proxy = Answer::unresolved;
  resolved_here.address = Address::v4(1);
  CHECK(classify(resolved_here) == proxy_failure);
}

TEST_CASE("classify: behind a proxy, no class rests on milliseconds or on the kind of an end") {
  using enum Outcome;
  const auto behind = [](Phase phase, Close close, Micros after) {
    auto e = ended(phase, close, after, std::nullopt);
    e.proxy = proxy::Answer::granted;
    return classify(e);
  };
  for (const Micros after : {Micros{0}, Micros{500}, Micros{30ms}, Micros{5s}})
    for (const auto close : {Close::fin, Close::rst})
      CHECK(behind(Phase::banner, close, after) == banner_closed_late);
  CHECK(behind(Phase::banner, Close::timeout, 5s) == banner_silent);
  CHECK(behind(Phase::kexinit, Close::rst, 9ms) == kexinit_closed);
  CHECK(behind(Phase::kex, Close::rst, 9ms) == kex_closed);
  CHECK(behind(Phase::kex, Close::timeout, 10s) == kex_stalled);
}
