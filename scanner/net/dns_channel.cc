#include "scanner/net/dns_channel.h"

#include <sys/socket.h>

#define CARES_NO_DEPRECATED  // the oldest release that we build with has no others
#include <ares.h>
#include <uv.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/special_address.h"
#include "scanner/net/resolver_settings.h"
#include "scanner/net/uv_handle.h"

namespace fleetscan::net {
namespace {

// How often c-ares looks for questions that timed out, and at sockets that nobody watches.
constexpr std::uint64_t kTickMs = 50;

// Answers to a thousand questions may arrive while the loop is busy elsewhere.
constexpr int kReceiveBufferBytes = 1 << 20;

void check(int status, const char* attempted) {
  if (status == ARES_SUCCESS) return;
  throw std::runtime_error(std::string{attempted} + ": " + ares_strerror(status));
}

Address address_of(const ares_addr_port_node& server) {
  std::array<std::uint8_t, 16> bytes{};
  if (server.family == AF_INET6) {
    std::memcpy(bytes.data(), &server.addr, bytes.size());
    return Address::v6(bytes);
  }
  std::memcpy(bytes.data(), &server.addr, 4);
  return Address::v4(std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
                     std::uint32_t{bytes[2]} << 8 | bytes[3]);
}

}  // namespace

DnsChannel::DnsChannel(uv_loop_t& loop, const ResolverSettings& settings, int flags,
                       std::string lookups)
    : loop_(loop), timer_(make_handle<uv_timer_t>(loop, this, uv_timer_init)) {
  check(ares_library_init(ARES_LIB_INIT_ALL), "starting the resolver library");
  ares_options options{};
  const auto& server = settings.server;
  options.flags = ARES_FLAG_EDNS | (server ? ARES_FLAG_NOSEARCH : 0) | flags;
  options.ednspsz = kDatagramBytes;
  options.timeout = kTimeoutMs;
  options.tries = kTries;
  options.socket_receive_buffer_size = kReceiveBufferBytes;
  options.sock_state_cb = [](void* self, ares_socket_t socket, int read, int write) {
    static_cast<DnsChannel*>(self)->watch(socket, read != 0, write != 0);
  };
  options.sock_state_cb_data = this;
  options.lookups = lookups.data();
  check(ares_init_options(&channel_, &options,
                          ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
                              ARES_OPT_SOCK_RCVBUF | ARES_OPT_SOCK_STATE_CB |
                              (lookups.empty() ? 0 : ARES_OPT_LOOKUPS)),
        "reading /etc/resolv.conf");
  if (!server) return;
  const auto address = host_and_port(server->address.to_string(), server->port);
  check(ares_set_servers_ports_csv(channel_, address.c_str()), "setting --dns-server");
}

DnsChannel::~DnsChannel() {
  closing_ = true;  // ares_destroy answers every open question
  ares_destroy(channel_);
  ares_library_cleanup();
}

void DnsChannel::opened() {
  if (open_++ == 0) uv_timer_start(timer_.get(), on<&DnsChannel::look_after>, kTickMs, kTickMs);
}

void DnsChannel::answered() {
  if (--open_ == 0) uv_timer_stop(timer_.get());
}

std::string DnsChannel::lookups() {
  ares_channel channel = nullptr;
  check(ares_library_init(ARES_LIB_INIT_ALL), "starting the resolver library");
  check(ares_init(&channel), "reading /etc/resolv.conf");
  ares_options options{};
  int mask = 0;
  check(ares_save_options(channel, &options, &mask), "reading /etc/resolv.conf");
  std::string found = options.lookups ? options.lookups : "";
  ares_destroy_options(&options);
  ares_destroy(channel);
  ares_library_cleanup();
  return found;
}

bool DnsChannel::asks_this_machine() const {
  ares_addr_port_node* servers = nullptr;
  if (ares_get_servers_ports(channel_, &servers) != ARES_SUCCESS || !servers) return false;
  bool all = true;
  for (const auto* server = servers; server; server = server->next)
    all = all && is_loopback(address_of(*server));
  ares_free_data(servers);
  return all;
}

// c-ares opens and closes its sockets itself; the loop only tells it when they are ready.
void DnsChannel::watch(int socket, bool read, bool write) {
  if (!read && !write) {
    polls_.erase(socket);
    return;
  }
  auto& poll = polls_[socket];
  if (!poll) poll = make_poll(loop_, this, socket);
  if (!poll) return;  // the system cannot watch it now: look_after() does
  uv_poll_start(poll.get(), (read ? UV_READABLE : 0) | (write ? UV_WRITABLE : 0), on_ready);
}

void DnsChannel::on_ready(uv_poll_t* poll, int status, int events) {
  auto* self = static_cast<DnsChannel*>(poll->data);
  if (!self) return;
  uv_os_fd_t socket = ARES_SOCKET_BAD;
  uv_fileno(reinterpret_cast<uv_handle_t*>(poll), &socket);
  if (status < 0) events = UV_READABLE | UV_WRITABLE;  // c-ares finds the error by itself
  ares_process_fd(self->channel_, events & UV_READABLE ? socket : ARES_SOCKET_BAD,
                  events & UV_WRITABLE ? socket : ARES_SOCKET_BAD);
}

// All that came is read before a question counts as timed out: we may be late ourselves.
void DnsChannel::look_after() {
  std::vector<std::pair<ares_socket_t, ares_socket_t>> sockets;  // watch() may change polls_
  sockets.reserve(polls_.size());
  for (const auto& [socket, poll] : polls_)
    sockets.emplace_back(socket, poll ? ARES_SOCKET_BAD : socket);
  for (const auto& [readable, writable] : sockets) ares_process_fd(channel_, readable, writable);
  ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

}  // namespace fleetscan::net
