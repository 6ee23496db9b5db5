#include "tests/support/dns_server.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace fleetscan::test {
namespace {

constexpr std::size_t kHeaderBytes = 12;

void append16(std::string& bytes, unsigned value) {
  bytes += static_cast<char>(value >> 8 & 0xff);
  bytes += static_cast<char>(value & 0xff);
}

/// The dotted name at the start of a question (RFC 1035 section 4.1.2).
std::string read_name(std::string_view question) {
  std::string name;
  while (!question.empty() && question[0] != 0) {
    const auto length = static_cast<std::size_t>(question[0]);
    if (!name.empty()) name += '.';
    name += question.substr(1, length);
    question.remove_prefix(std::min(length + 1, question.size()));
  }
  return name;
}

}  // namespace

DnsServer::DnsServer(uv_loop_t& loop, Zone zone, std::chrono::milliseconds delay,
                     std::uint16_t port)
    : zone_(std::move(zone)),
      delay_ms_(static_cast<std::uint64_t>(delay.count())),
      socket_(net::make_handle<uv_udp_t>(loop, this, uv_udp_init)),
      timer_(net::make_handle<uv_timer_t>(loop, this, uv_timer_init)) {
  sockaddr_in address{};
  uv_ip4_addr("127.0.0.1", port, &address);
  if (uv_udp_bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), 0) != 0)
    throw std::runtime_error("the name server of the tests has no port");
  int size = sizeof address;
  uv_udp_getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  uv_udp_recv_start(socket_.get(), on_alloc, on_datagram);
  uv_unref(reinterpret_cast<uv_handle_t*>(socket_.get()));  // it never ends by itself
  uv_unref(reinterpret_cast<uv_handle_t*>(timer_.get()));
}

void DnsServer::on_alloc(uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
  auto& space = static_cast<DnsServer*>(handle->data)->buffer_;
  *buffer = uv_buf_init(space.data(), static_cast<unsigned>(space.size()));
}

void DnsServer::on_datagram(uv_udp_t* socket, ssize_t size, const uv_buf_t* buffer,
                            const sockaddr* from, unsigned) {
  auto* self = static_cast<DnsServer*>(socket->data);
  if (!self || !from || size < static_cast<ssize_t>(kHeaderBytes)) return;
  auto reply = self->answer({buffer->base, static_cast<std::size_t>(size)});
  const auto& to = *reinterpret_cast<const sockaddr_in*>(from);
  if (reply.empty()) return;
  if (self->delay_ms_ == 0) return self->send(std::move(reply), to);
  self->late_.push_back({uv_now(socket->loop) + self->delay_ms_, std::move(reply), to});
  if (self->late_.size() == 1) uv_timer_start(self->timer_.get(), on_due, self->delay_ms_, 0);
}

void DnsServer::send(std::string reply, const sockaddr_in& to) {
  auto bytes = uv_buf_init(reply.data(), static_cast<unsigned>(reply.size()));
  uv_udp_try_send(socket_.get(), &bytes, 1, reinterpret_cast<const sockaddr*>(&to));
}

void DnsServer::on_due(uv_timer_t* timer) {
  auto* self = static_cast<DnsServer*>(timer->data);
  if (!self) return;
  auto& late = self->late_;
  for (; !late.empty() && late.front().due <= uv_now(timer->loop); late.pop_front())
    self->send(std::move(late.front().reply), late.front().to);
  if (!late.empty()) uv_timer_start(timer, on_due, late.front().due - uv_now(timer->loop), 0);
}

// RFC 1035 section 4.1: header, question, answers whose names point back to the question.
std::string DnsServer::answer(std::string_view query) {
  const auto name = read_name(query.substr(kHeaderBytes));
  const auto question = query.substr(kHeaderBytes, name.size() + 2 + 4);
  const bool v6 = question[question.size() - 3] == 28;
  ++asked[name + (v6 ? " AAAA" : " A")];
  const auto reply = zone_(name);
  if (reply.silent || (reply.silent_v4 && !v6)) return {};
  std::string records;
  unsigned count = 0;
  for (const auto& address : reply.addresses) {
    if (address.is_v4() == v6) continue;
    ++count;
    append16(records, 0xc00c);
    append16(records, v6 ? 28 : 1);
    append16(records, 1);   // IN
    append16(records, 0);   // a TTL
    append16(records, 60);  // ... of 60 s
    append16(records, v6 ? 16 : 4);
    records.append(reinterpret_cast<const char*>(address.bytes().data()), v6 ? 16 : 4);
  }
  std::string bytes(query.substr(0, 2));
  append16(bytes, (reply.truncated ? 0x8380U : 0x8180U) | static_cast<unsigned>(reply.rcode));
  append16(bytes, 1);
  append16(bytes, count);
  append16(bytes, 0);
  append16(bytes, 0);
  return bytes + std::string{question} + records;
}

}  // namespace fleetscan::test
