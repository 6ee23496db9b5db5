#include "scanner/net/echo_service.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <uv.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>

#include "base/address.h"
#include "base/clock.h"
#include "base/file_descriptor.h"
#include "scanner/net/uv_handle.h"
#include "scanner/probe/result.h"

namespace fleetscan::net {
namespace {

using std::chrono_literals::operator""s;

constexpr unsigned kPackets = 2;
constexpr auto kPause = 1s;  // between them

/// Header and payload. The kernel fills in the checksum and the identifier; who is answered shows
/// from the payload alone, as a sequence number would be too short.
struct Message {
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint16_t checksum = 0;
  std::uint16_t identifier = 0;
  std::uint16_t sequence = 0;
  std::uint64_t id = 0;
};

constexpr std::uint8_t kRequest[] = {8, 128};
constexpr std::uint8_t kReply[] = {0, 129};

std::size_t index(Family family) { return family == Family::v4 ? 0 : 1; }

}  // namespace

/// One socket, opened with its first request.
class EchoService::Channel {
 public:
  Channel(EchoService& owner, Family family) : owner_(owner), family_(family) {
    constexpr int kType = SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
    socket_ = FileDescriptor(family == Family::v4 ? ::socket(AF_INET, kType, IPPROTO_ICMP)
                                                  : ::socket(AF_INET6, kType, IPPROTO_ICMPV6));
    if (!socket_) {
      forbidden_ = errno == EACCES || errno == EPERM;
      return;
    }
    poll_ = make_poll(owner.loop_, this, socket_.number());
    if (!poll_) return;
    uv_poll_start(poll_.get(), UV_READABLE, on<&Channel::receive>);
    uv_unref(reinterpret_cast<uv_handle_t*>(poll_.get()));  // the timer keeps the loop alive
  }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  [[nodiscard]] bool forbidden() const { return forbidden_; }

  [[nodiscard]] bool send(std::uint64_t id, const Address& address, unsigned sequence) {
    if (!poll_) return false;
    Message message{.type = kRequest[index(family_)]};
    message.sequence = htons(static_cast<std::uint16_t>(sequence));
    message.id = id;
    sockaddr_storage peer{};
    const auto length = address.to_sockaddr(0, peer);
    return ::sendto(socket_.number(), &message, sizeof message, 0,
                    reinterpret_cast<const sockaddr*>(&peer), length) == sizeof message;
  }

 private:
  void receive() {
    Message message;
    sockaddr_storage from{};
    socklen_t length = sizeof from;
    while (::recvfrom(socket_.number(), &message, sizeof message, 0,
                      reinterpret_cast<sockaddr*>(&from), &length) == sizeof message) {
      const auto address = Address::from_sockaddr(reinterpret_cast<const sockaddr&>(from));
      if (address && message.type == kReply[index(family_)]) owner_.answered(message.id, *address);
      length = sizeof from;
    }
  }

  EchoService& owner_;
  Family family_;
  FileDescriptor socket_;
  bool forbidden_ = false;
  UvHandle<uv_poll_t> poll_;  // last member: lets go of the socket before it is closed
};

EchoService::EchoService(uv_loop_t& loop, Done on_done)
    : loop_(loop),
      on_done_(std::move(on_done)),
      timer_(make_handle<uv_timer_t>(loop, this, uv_timer_init)) {}

EchoService::~EchoService() = default;

EchoService::Channel* EchoService::channel(Family family) {
  auto& channel = channels_[index(family)];
  if (!channel) channel = std::make_unique<Channel>(*this, family);
  return channel.get();
}

void EchoService::ask(std::uint64_t id, const Address& address) {
  auto& open = open_[id] = {address};
  send(id, open);
  arm_timer();
}

void EchoService::send(std::uint64_t id, Open& open) {
  auto* way = channel(open.address.family());
  const bool went = way->send(id, open.address, ++open.sent);
  if (!went && open.sent == 1)
    open.echo = way->forbidden() ? probe::Echo::forbidden : probe::Echo::unasked;
  const bool over = open.echo != probe::Echo::silent;
  deadlines_.push(id, over ? steady_now() : steady_now() + kPause);
}

void EchoService::answered(std::uint64_t id, const Address& from) {
  const auto found = open_.find(id);
  if (found != open_.end() && found->second.address == from) end(id, probe::Echo::answered);
}

void EchoService::end(std::uint64_t id, probe::Echo echo) {
  open_.erase(id);
  deadlines_.cancel(id);
  on_done_(id, echo);
}

void EchoService::serve_deadlines() {
  for (const auto id : deadlines_.pop_due(steady_now())) {
    auto& open = open_.at(id);
    if (open.echo == probe::Echo::silent && open.sent < kPackets)
      send(id, open);
    else
      end(id, open.echo);
  }
  arm_timer();
}

void EchoService::arm_timer() {
  const auto next = deadlines_.next();
  if (!next) {
    uv_timer_stop(timer_.get());
    return;
  }
  start_timer(*timer_, *next, on<&EchoService::serve_deadlines>);
}

}  // namespace fleetscan::net
