#include "scanner/net/via_proxy.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "scanner/net/direct_tcp.h"
#include "scanner/net/proxied.h"
#include "scanner/net/socket_watch.h"
#include "scanner/net/transport.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/probe_machine.h"
#include "scanner/probe/probe_request.h"
#include "scanner/proxy/answer.h"
#include "scanner/proxy/negotiation.h"

namespace fleetscan::net {
namespace {

using std::chrono_literals::operator""s;

// More than that in a row are no accident; then one is tried so often.
constexpr unsigned kManyLost = 32;
constexpr auto kTrialEach = 1s;

/// The connection to the proxy is, whatever the target does.
bool is_lost(const probe::Evidence& seen, const probe::Evidence& of_the_proxy) {
  if (seen.origin == probe::ErrorOrigin::stream)
    return seen.error != ECONNRESET && seen.error != EPIPE;
  const auto& tcp = of_the_proxy.tcp_info;
  return seen.close == probe::Close::timeout && tcp && tcp->unacked > 0 && tcp->retrans > 0;
}

}  // namespace

bool ViaProxy::Shared::is_given_up(TimePoint now) const {
  return lost >= kManyLost && now - tried < kTrialEach;
}

ViaProxy::ViaProxy(const probe::ProbeRequest& request, SocketWatch& watch, Shared& shared)
    : watch_(watch),
      shared_(shared),
      to_proxy_{.id = request.id, .port = shared.proxy.port},
      handshake_(shared.proxy, destination_of(request)) {}

std::optional<probe::Failed> ViaProxy::start(TimePoint now) {
  if (shared_.proxy.addresses.empty() || shared_.is_given_up(now))
    return probe::Failed{EHOSTUNREACH, probe::ErrorOrigin::proxy};
  shared_.tried = now;
  return connect(now);
}

// Each address of the proxy's name, the one that answered last first.
std::optional<probe::Failed> ViaProxy::connect(TimePoint now) {
  const auto& addresses = shared_.proxy.addresses;
  std::optional<probe::Failed> failed;
  for (; tried_ < addresses.size(); ++tried_) {
    to_proxy_.address = addresses[(shared_.address + tried_) % addresses.size()];
    failed = tcp_.emplace(to_proxy_, watch_).start(now);
    if (!failed) return std::nullopt;
  }
  return failed;
}

Opening ViaProxy::open(std::uint32_t events, TimePoint now, probe::Evidence& evidence) {
  if (tcp_->is_open()) return talk(events, now, evidence);
  probe::Evidence of_the_proxy;
  const auto opening = tcp_->open(events, now, of_the_proxy);
  if (opening.state == Opening::State::failed) return unreachable(opening.error, now, evidence);
  if (opening.state != Opening::State::open) return opening;
  shared_.address = (shared_.address + tried_) % shared_.proxy.addresses.size();
  tried_ = 0;
  shared_.lost = 0;
  return talk(events, now, evidence);
}

Opening ViaProxy::unreachable(int error, TimePoint now, probe::Evidence& evidence) {
  ++tried_;
  if (tried_ < shared_.proxy.addresses.size() && !connect(now)) return {};
  evidence.proxy = proxy::Answer::unreachable;
  ++shared_.lost;
  return {Opening::State::failed, error, probe::ErrorOrigin::proxy};
}

// Says and hears what can be said and heard now.
Opening ViaProxy::talk(std::uint32_t events, TimePoint now, probe::Evidence& evidence) {
  int error = flush();
  if (error == 0 || error == EPIPE || error == ECONNRESET) error = listen(events);
  const auto& so_far = handshake_.talk();
  evidence.proxy = so_far.answer;
  if (so_far.is_over() || error != 0) return conclude(error, now, evidence);
  if (so_far.step != proxy::Step::asked || asked_) return {};
  asked_ = now;
  return {Opening::State::asked};
}

/// @return 0, or why the proxy takes no more
int ViaProxy::flush() {
  auto& output = handshake_.talk().output;
  while (!output.empty()) {
    const auto [count, error] = tcp_->send(output);
    output.erase(0, count);
    if (error == EAGAIN) return 0;
    if (error != 0) return error;
  }
  return 0;
}

/// Reads until there is nothing more, or the handshake is over, which bounds what a proxy may say.
/// @return 0, or the error that ended the connection
int ViaProxy::listen(std::uint32_t events) {
  auto& talk = handshake_.talk();
  std::array<char, 1024> space;
  while (!talk.is_over()) {
    const auto receipt = tcp_->receive(space, events);
    switch (receipt.kind) {
      case Receipt::Kind::nothing: return 0;
      case Receipt::Kind::failed: handshake_.end(); return receipt.error;
      case Receipt::Kind::end: handshake_.end(); return 0;
      case Receipt::Kind::bytes: handshake_.receive({space.data(), receipt.count});
    }
    if (const int error = flush(); error != 0) return error;
  }
  return 0;
}

/// REQUIRES: the handshake is over, or the connection failed with `error`
Opening ViaProxy::conclude(int error, TimePoint now, probe::Evidence& evidence) {
  const auto& talk = handshake_.talk();
  open_ = talk.step == proxy::Step::granted;
  const bool speaks = talk.is_over() && talk.answer != proxy::Answer::hung_up &&
                      talk.answer != proxy::Answer::nonsense;
  if (speaks) shared_.heard = now;
  if (open_) return {Opening::State::open};
  if (!talk.is_over()) evidence.proxy = proxy::Answer::hung_up;
  evidence.text = talk.words;
  return {Opening::State::failed, error != 0 ? error : error_of(talk.answer),
          probe::ErrorOrigin::proxy};
}

Receipt ViaProxy::receive(std::span<char> space, std::uint32_t events) {
  auto& early = handshake_.talk().rest;
  if (early.empty()) {
    auto receipt = tcp_->receive(space, events);
    if (receipt.kind == Receipt::Kind::nothing) receipt.error = 0;  // of the way to the proxy
    return receipt;
  }
  const auto count = early.copy(space.data(), space.size());
  early.erase(0, count);
  return {.kind = Receipt::Kind::bytes, .more = true, .count = count};
}

Dispatch ViaProxy::send(std::string_view bytes) {
  return open_ ? tcp_->send(bytes) : Dispatch{.error = EAGAIN};
}

std::optional<int> ViaProxy::take_soft_error(probe::Evidence&) {
  probe::Evidence of_the_proxy;
  return tcp_->take_soft_error(of_the_proxy) ? std::optional(0) : std::nullopt;
}

// What the kernel knows can only speak against the way to the proxy, not of the target. A proxy
// that answered others since it was asked is there: it waits for the target.
void ViaProxy::complete(probe::Evidence& evidence, TimePoint earliest) const {
  if (!tcp_) return;
  if (!tcp_->is_open() && evidence.close == probe::Close::timeout) ++shared_.lost;
  probe::Evidence of_the_proxy{.phase = evidence.phase, .close = evidence.close};
  tcp_->complete(of_the_proxy, earliest);
  evidence.unsent += of_the_proxy.unsent;
  if (is_lost(evidence, of_the_proxy)) evidence.proxy = proxy::Answer::unreachable;
  const bool waits = evidence.proxy == proxy::Answer::accepted && asked_ && !open_;
  if (waits && shared_.heard >= *asked_) evidence.proxy = proxy::Answer::asked;
}

}  // namespace fleetscan::net
