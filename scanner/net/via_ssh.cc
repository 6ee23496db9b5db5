#include "scanner/net/via_ssh.h"

#include <sys/epoll.h>

#include <cerrno>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "scanner/net/proxied.h"
#include "scanner/net/socket_watch.h"
#include "scanner/net/ssh_link.h"
#include "scanner/net/transport.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/probe_machine.h"
#include "scanner/probe/probe_request.h"
#include "scanner/proxy/answer.h"

namespace fleetscan::net {

ViaSsh::ViaSsh(const probe::ProbeRequest& request, SocketWatch& /*watch*/, SshLink& link)
    : request_(request), link_(link) {}

ViaSsh::~ViaSsh() {
  if (stream_) link_.close(*stream_);
}

std::optional<probe::Failed> ViaSsh::start(TimePoint) {
  if (link_.is_lost()) return probe::Failed{EHOSTUNREACH, probe::ErrorOrigin::proxy};
  link_.wake(request_.id);
  return std::nullopt;
}

Opening ViaSsh::open(std::uint32_t, TimePoint now, probe::Evidence& evidence) {
  if (is_lost()) return {Opening::State::failed, EHOSTUNREACH, probe::ErrorOrigin::proxy};
  if (!stream_) {
    stream_ = link_.open(request_.id, destination_of(request_));
    if (!stream_) return {};
    asked_ = now;
    evidence.proxy = proxy::Answer::accepted;
    return {Opening::State::asked};
  }
  const auto& channel = link_.look(*stream_);
  evidence.proxy = channel.answer;
  if (channel.answer == proxy::Answer::accepted) return {};
  open_ = channel.answer == proxy::Answer::granted;
  if (open_) return {Opening::State::open};
  evidence.text = channel.words;
  return {Opening::State::failed, error_of(channel.answer), probe::ErrorOrigin::proxy};
}

bool ViaSsh::has_news() const {
  if (is_lost()) return true;
  if (!stream_) return false;
  const auto& channel = link_.look(*stream_);
  if (!open_) return channel.answer != proxy::Answer::accepted;
  return !channel.received.empty() || channel.ended;
}

std::uint32_t ViaSsh::pending_events() const { return has_news() ? std::uint32_t{EPOLLIN} : 0; }

bool ViaSsh::may_receive(std::uint32_t) const { return has_news(); }

Receipt ViaSsh::receive(std::span<char> space, std::uint32_t) {
  const auto& channel = link_.look(*stream_);
  if (const auto count = link_.read(*stream_, space); count > 0)
    return {.kind = Receipt::Kind::bytes, .more = has_news(), .count = count};
  if (is_lost()) return {.kind = Receipt::Kind::failed, .error = ECONNRESET};
  if (channel.ended) return {.kind = Receipt::Kind::end};
  return {};
}

Dispatch ViaSsh::send(std::string_view bytes) {
  if (!open_) return {.error = EAGAIN};
  if (is_lost() || link_.look(*stream_).closed) return {.error = EPIPE};
  const auto count = link_.send(*stream_, bytes);
  return {.count = count, .error = count < bytes.size() ? EAGAIN : 0};
}

// Whatever the attempt came to: without a bastion it is no word of the target. One that answered
// since it was asked waits for the target.
void ViaSsh::complete(probe::Evidence& evidence, TimePoint) const {
  const bool silent =
      evidence.close == probe::Close::timeout && stream_ && link_.is_silent(*stream_, steady_now());
  if (is_lost() || silent) {
    evidence.proxy = proxy::Answer::unreachable;
    if (is_lost() && evidence.text.empty()) evidence.text = link_.words();
    return;
  }
  const bool waits = evidence.proxy == proxy::Answer::accepted && asked_ && !open_;
  if (waits && link_.heard(*stream_) >= *asked_) evidence.proxy = proxy::Answer::asked;
}

}  // namespace fleetscan::net
