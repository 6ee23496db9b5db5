#include "tests/simulator/fleet.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "tests/simulator/packet_filter.h"

namespace fleetscan::simulator {
namespace {

using namespace std::chrono_literals;

constexpr int kBacklog = 4096;
constexpr int kAcceptsInARow = 64;
// How long cryptography may keep a new connection waiting: hosts that close at once must do so
// within the 2 ms by which they are known.
constexpr auto kAcceptDelay = 250us;
constexpr int kSendsInARow = 16;  // then others have their turn
constexpr std::size_t kReadBytes = 65536;
constexpr auto kAfterFin = 10s;  // how long to wait for a client to leave
constexpr TimePoint kNever = TimePoint::max();

int check(int result, const char* attempt) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), attempt);
  return result;
}

void set(int socket, int level, int option, int value) {
  check(setsockopt(socket, level, option, &value, sizeof value), "set a socket option");
}

int listening_socket(int family) {
  const int socket =
      check(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "open a socket");
  set(socket, SOL_SOCKET, SO_REUSEADDR, 1);
  set(socket, IPPROTO_TCP, TCP_NODELAY, 1);  // inherited; a dripped byte shall be a segment
  check(setsockopt(socket, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3), "bind to the loopback device");
  return socket;
}

void bind_and_listen(int socket, const Address& address, std::uint16_t port) {
  sockaddr_storage name{};
  const auto length = address.to_sockaddr(port, name);
  check(bind(socket, reinterpret_cast<const sockaddr*>(&name), length),
        ("bind to " + host_and_port(address.to_string(), port)).c_str());
  check(listen(socket, kBacklog), "listen");
}

sockaddr_storage local_name(int socket) {
  sockaddr_storage name{};
  socklen_t length = sizeof name;
  check(getsockname(socket, reinterpret_cast<sockaddr*>(&name), &length), "ask for our own name");
  return name;
}

std::uint64_t mix(const HostId& host, std::uint64_t nth) {
  return HashHostId{}(host) ^ (nth + 1) * 0xbf58476d1ce4e5b9;
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}
Descriptor::Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

/// What epoll points to; the listeners and the wake descriptor have no connection.
struct Fleet::Listener {
  Descriptor socket;
  std::uint16_t v6_port;  ///< 0 for IPv4
};

struct Fleet::Connection {
  int socket = -1;
  bool writable_watched = false;
  bool finished = false;  ///< FIN is sent
  bool proof_counted = false;
  HostId host;
  const Script* script = nullptr;
  TimePoint wake = kNever;
  std::string pending;  ///< what the socket did not take
  Conversation conversation;
};

Fleet::Fleet(const Scenario& scenario, const std::vector<std::uint16_t>& ports)
    : scenario_(scenario),
      epoll_(check(epoll_create1(EPOLL_CLOEXEC), "create an epoll instance")),
      buffer_(kReadBytes, '\0') {
  for (const auto port : ports) listen_v4(port);
  for (const auto port : scenario.v6_ports()) listen_v6(port);
  watch_listeners(true);
}

Fleet::~Fleet() {
  for (auto& connection : connections_) {
    if (connection.socket >= 0) ::close(connection.socket);
  }
}

void Fleet::listen_v4(std::uint16_t port) {
  Descriptor socket(listening_socket(AF_INET));
  if (const auto filter = syn_filter(scenario_); !filter.empty()) attach(socket.get(), filter);
  bind_and_listen(socket.get(), Address::v4(INADDR_ANY), port);
  const auto name = local_name(socket.get());
  ports_.push_back(ntohs(reinterpret_cast<const sockaddr_in&>(name).sin_port));
  listeners_.push_back(std::make_unique<Listener>(Listener{std::move(socket), 0}));
}

void Fleet::listen_v6(std::uint16_t port) {
  const auto loopback = *Address::parse("::1");
  const auto by = scenario_.find(loopback, port).behavior->by;
  if (by == Behavior::By::absence) return;
  Descriptor socket(listening_socket(AF_INET6));
  if (by == Behavior::By::syn_filter) attach(socket.get(), size_filter(0));
  bind_and_listen(socket.get(), loopback, port);
  listeners_.push_back(std::make_unique<Listener>(Listener{std::move(socket), port}));
}

void Fleet::watch_listeners(bool watch) {
  if (std::exchange(accepting_, watch) == watch) return;
  for (const auto& listener : listeners_) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = listener.get();
    check(epoll_ctl(epoll_.get(), watch ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, listener->socket.get(),
                    &event),
          "watch a listener");
  }
}

void Fleet::serve(TimePoint end, int wake_descriptor, const std::function<bool()>& interrupted) {
  epoll_event wake{};
  wake.events = EPOLLIN;
  check(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_descriptor, &wake), "watch for signals");
  std::array<epoll_event, 512> events{};
  for (;;) {
    const int count =
        epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), patience(end));
    if (count < 0 && errno != EINTR) check(count, "wait for events");
    now_ = std::chrono::steady_clock::now();
    if (now_ >= end) break;
    bool leave = false;
    for (int i = 0; i < count; ++i) {
      const auto& event = events[static_cast<std::size_t>(i)];
      void* const source = event.data.ptr;  // which is not aligned there
      const auto listener =
          std::ranges::find(listeners_, source, [](const auto& l) -> void* { return l.get(); });
      if (source == nullptr) {
        leave = interrupted();
      } else if (listener != listeners_.end()) {
        accept_from(**listener);
      } else {
        ready(*static_cast<Connection*>(source), event.events);
        if (std::chrono::steady_clock::now() - accepted_ > kAcceptDelay) accept_all();
      }
    }
    if (leave) break;
    ring_alarms();
    idle_.insert(idle_.end(), closing_.begin(), closing_.end());
    if (!closing_.empty()) watch_listeners(true);
    closing_.clear();
  }
  check(epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, wake_descriptor, nullptr), "unwatch signals");
}

int Fleet::patience(TimePoint end) const {
  const auto next = alarms_.empty() ? end : std::min(end, alarms_.top().time);
  const auto left = next - std::chrono::steady_clock::now();
  if (left <= Duration::zero()) return 0;
  // Rounded up: waking early would only mean to wait again.
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count());
}

void Fleet::accept_all() {
  now_ = std::chrono::steady_clock::now();
  for (const auto& listener : listeners_)
    if (accepting_) accept_from(*listener);
}

void Fleet::accept_from(const Listener& listener) {
  accepted_ = std::chrono::steady_clock::now();
  for (int i = 0; i < kAcceptsInARow; ++i) {
    const int socket =
        accept4(listener.socket.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket >= 0) {
      open(socket, listener);
    } else if (errno == EMFILE || errno == ENFILE) {
      watch_listeners(false);  // until a connection ends
      return;
    } else {
      return;
    }
  }
}

void Fleet::open(int socket, const Listener& listener) {
  auto address = Address::parse("::1").value();
  std::uint16_t port = listener.v6_port;
  if (port == 0) {
    const auto name = local_name(socket);
    address = Address::v4(ntohl(reinterpret_cast<const sockaddr_in&>(name).sin_addr.s_addr));
  }
  const HostId host{address, port};
  const auto nth = statistics_.opened(host);
  const auto seed = mix(host, nth);
  const auto& rule = scenario_.find(address, port);
  const auto& script =
      Scenario::script_for(rule, nth, static_cast<double>(seed >> 11) / 9007199254740992.0);

  if (idle_.empty()) idle_.push_back(&connections_.emplace_back());
  auto& connection = *idle_.back();
  idle_.pop_back();
  connection.socket = socket;
  connection.host = host;
  connection.script = &script;
  connection.conversation.start(script, exchange_, seed);
  if (script.drop_over) attach(socket, size_filter(*script.drop_over));
  epoll_event event{};
  event.events = (script.reads ? EPOLLIN : 0U) | EPOLLRDHUP;
  event.data.ptr = &connection;
  check(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket, &event), "watch a connection");
  step(connection);
}

void Fleet::ready(Connection& connection, std::uint32_t events) {
  if (connection.socket < 0) return;  // closed earlier in this turn
  if ((events & EPOLLIN) != 0) {
    read(connection);
  } else if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
    close(connection, false);
  }
  if ((events & EPOLLOUT) != 0 && connection.socket >= 0 && flush(connection)) step(connection);
}

void Fleet::read(Connection& connection) {
  const auto count = recv(connection.socket, buffer_.data(), buffer_.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) return close(connection, false);
  connection.conversation.receive({buffer_.data(), static_cast<std::size_t>(count)});
  if (connection.pending.empty() && !connection.finished) step(connection);
}

/// Asks the conversation what comes next until it has to wait.
void Fleet::step(Connection& connection) {
  for (int sends = 0; sends < kSendsInARow;) {
    const auto turn = connection.conversation.next(now_);
    switch (turn.kind) {
      case Turn::Kind::send:
        ++sends;
        connection.pending = turn.bytes;
        if (!flush(connection)) return;
        break;
      case Turn::Kind::sleep: return wake_at(connection, turn.until);
      case Turn::Kind::listen: return;
      case Turn::Kind::finish: return finish(connection);
      case Turn::Kind::close: return close(connection, false);
      case Turn::Kind::reset: return close(connection, true);
    }
  }
  wake_at(connection, now_ + 1ns);  // not due in this turn of the loop
}

/// Sends what is pending; false if something is left, or the connection is gone.
bool Fleet::flush(Connection& connection) {
  auto& pending = connection.pending;
  while (!pending.empty()) {
    const auto sent = send(connection.socket, pending.data(), pending.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
      close(connection, false);
      return false;
    }
    if (sent < 0) {
      watch(connection, true);
      return false;
    }
    pending.erase(0, static_cast<std::size_t>(sent));
  }
  if (connection.writable_watched) watch(connection, false);
  if (connection.conversation.proved() && !std::exchange(connection.proof_counted, true)) {
    statistics_.proved();
  }
  return true;
}

void Fleet::finish(Connection& connection) {
  connection.finished = true;
  shutdown(connection.socket, SHUT_WR);
  wake_at(connection, now_ + kAfterFin);
}

void Fleet::wake_at(Connection& connection, TimePoint time) {
  if (connection.wake == time) return;
  connection.wake = time;
  alarms_.push({time, &connection});
}

void Fleet::watch(Connection& connection, bool writable) {
  connection.writable_watched = writable;
  epoll_event event{};
  event.events =
      (connection.script->reads ? EPOLLIN : 0U) | (writable ? EPOLLOUT : 0U) | EPOLLRDHUP;
  event.data.ptr = &connection;
  check(epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection.socket, &event), "watch a connection");
}

void Fleet::close(Connection& connection, bool with_reset) {
  if (with_reset) {
    const linger now{1, 0};
    setsockopt(connection.socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
  ::close(connection.socket);
  statistics_.closed(connection.host);
  if (const auto& goodbye = connection.conversation.client().goodbye()) {
    statistics_.goodbye(*goodbye);
  }
  connection.socket = -1;
  connection.wake = kNever;
  connection.finished = connection.writable_watched = connection.proof_counted = false;
  connection.pending.clear();
  closing_.push_back(&connection);
}

void Fleet::ring_alarms() {
  now_ = std::chrono::steady_clock::now();
  while (!alarms_.empty() && alarms_.top().time <= now_) {
    const auto [time, connection] = alarms_.top();
    alarms_.pop();
    if (connection->wake != time) continue;
    connection->wake = kNever;
    if (connection->finished) {
      close(*connection, false);
    } else if (connection->pending.empty()) {
      step(*connection);
    }
  }
}

}  // namespace fleetscan::simulator
