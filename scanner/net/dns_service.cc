#include "scanner/net/dns_service.h"

#include <ares.h>
#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/address.h"
#include "scanner/net/address_order.h"
#include "scanner/net/hosts_file.h"
#include "scanner/net/name_service.h"
#include "scanner/net/own_address.h"
#include "scanner/net/resolver_settings.h"
#include "scanner/net/uv_handle.h"

namespace fleetscan::net {
namespace {

// How often c-ares looks for questions that timed out, and at sockets that nobody watches.
constexpr std::uint64_t kTickMs = 50;

// Answers to a thousand questions may arrive while the loop is busy elsewhere.
constexpr int kReceiveBufferBytes = 1 << 20;

constexpr const char* kHostsFile = "/etc/hosts";
// As c-ares has it: the file first, then name servers ("b" as in BIND).
constexpr std::string_view kFileFirst = "fb", kServersOnly = "b";

NameStatus status_of(int status) {
  switch (status) {
    case ARES_ENOTFOUND:
    case ARES_ENONAME:
    case ARES_EBADNAME: return NameStatus::not_found;
    case ARES_ENODATA: return NameStatus::no_address;
    default: return NameStatus::failure;
  }
}

void check(int status, const char* attempted) {
  if (status == ARES_SUCCESS) return;
  throw std::runtime_error(std::string{attempted} + ": " + ares_strerror(status));
}

/// Where this system looks names up, in c-ares' letters.
std::string lookups() {
  ares_channel channel = nullptr;
  check(ares_init(&channel), "reading /etc/resolv.conf");
  ares_options options{};
  int mask = 0;
  check(ares_save_options(channel, &options, &mask), "reading /etc/resolv.conf");
  std::string found = options.lookups ? options.lookups : "";
  ares_destroy_options(&options);
  ares_destroy(channel);
  return found;
}

bool asked_for(const Address& address, Families families) {
  return families == Families::both || (families == Families::v4) == address.is_v4();
}

}  // namespace

class DnsService::Channel {
 public:
  /// @param flags  c-ares', beside those that follow from the settings
  /// @param lookups  empty: where this system does
  Channel(uv_loop_t& loop, const ResolverSettings& settings, int flags, std::string lookups,
          Done done)
      : loop_(loop),
        families_(settings.families),
        done_(std::move(done)),
        timer_(make_handle<uv_timer_t>(loop, this, uv_timer_init)) {
    ares_options options{};
    const auto& server = settings.server;
    options.flags = ARES_FLAG_EDNS | (server ? ARES_FLAG_NOSEARCH : 0) | flags;
    options.ednspsz = kDatagramBytes;
    options.timeout = kTimeoutMs;
    options.tries = kTries;
    options.socket_receive_buffer_size = kReceiveBufferBytes;
    options.sock_state_cb = [](void* self, ares_socket_t socket, int read, int write) {
      static_cast<Channel*>(self)->watch(socket, read != 0, write != 0);
    };
    options.sock_state_cb_data = this;
    options.lookups = lookups.data();
    check(ares_init_options(&channel_, &options,
                            ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS |
                                ARES_OPT_TRIES | ARES_OPT_SOCK_RCVBUF | ARES_OPT_SOCK_STATE_CB |
                                (lookups.empty() ? 0 : ARES_OPT_LOOKUPS)),
          "reading /etc/resolv.conf");
    if (!server) return;
    const auto address = host_and_port(server->address.to_string(), server->port);
    check(ares_set_servers_ports_csv(channel_, address.c_str()), "setting --dns-server");
  }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  ~Channel() {
    closing_ = true;  // ares_destroy answers every open question
    ares_destroy(channel_);
  }

  void ask(const std::string& name) {
    if (open_++ == 0) uv_timer_start(timer_.get(), on<&Channel::look_after>, kTickMs, kTickMs);
    auto question = std::make_unique<Question>(Question{*this, name, true});
    ares_addrinfo_hints hints{};
    hints.ai_family = family_of(families_);
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = ARES_AI_NOSORT;   // it would open a socket even for a single address
    auto* asked = question.release();  // on_answer owns it
    asking_ = asked;
    ares_getaddrinfo(channel_, asked->name.c_str(), nullptr, &hints, on_answer, asked);
    // Answered already, from /etc/hosts, if on_answer has cleared this; else a server will.
    if (asking_ == asked) asked->inside_ask = false;
    asking_ = nullptr;
  }

 private:
  struct Question {
    Channel& channel;
    std::string name;
    bool inside_ask;
  };

  static void on_answer(void* argument, int status, int timeouts, ares_addrinfo* result) {
    const std::unique_ptr<Question> question(static_cast<Question*>(argument));
    const std::unique_ptr<ares_addrinfo, decltype(&ares_freeaddrinfo)> info(result,
                                                                            ares_freeaddrinfo);
    auto& self = question->channel;
    if (self.closing_) return;
    if (self.asking_ == question.get()) self.asking_ = nullptr;
    if (--self.open_ == 0) uv_timer_stop(self.timer_.get());
    NameAnswer answer{status_of(status), {}, false};
    for (auto* node = info ? info->nodes : nullptr; node; node = node->ai_next)
      if (auto address = Address::from_sockaddr(*node->ai_addr))
        answer.addresses.push_back(*address);
    if (status == ARES_SUCCESS)
      answer.status = answer.addresses.empty() ? NameStatus::no_address : NameStatus::found;
    sort_by_preference(answer.addresses, own_address);
    answer.refused = status == ARES_ECONNREFUSED;
    answer.unanswered = status == ARES_ETIMEOUT || answer.refused;
    answer.delayed = timeouts > 0 || answer.unanswered;
    answer.from_server = !question->inside_ask && answer.status != NameStatus::failure;
    self.done_(question->name, std::move(answer));
  }

  // c-ares opens and closes its sockets itself; the loop only tells it when they are ready.
  void watch(ares_socket_t socket, bool read, bool write) {
    if (!read && !write) {
      polls_.erase(socket);
      return;
    }
    auto& poll = polls_[socket];
    if (!poll) poll = make_poll(loop_, this, socket);
    if (!poll) return;  // the system cannot watch it now: look_after_unwatched() does
    uv_poll_start(poll.get(), (read ? UV_READABLE : 0) | (write ? UV_WRITABLE : 0), on_ready);
  }

  static void on_ready(uv_poll_t* poll, int status, int events) {
    auto* self = static_cast<Channel*>(poll->data);
    if (!self) return;
    uv_os_fd_t socket = ARES_SOCKET_BAD;
    uv_fileno(reinterpret_cast<uv_handle_t*>(poll), &socket);
    if (status < 0) events = UV_READABLE | UV_WRITABLE;  // c-ares finds the error by itself
    ares_process_fd(self->channel_, events & UV_READABLE ? socket : ARES_SOCKET_BAD,
                    events & UV_WRITABLE ? socket : ARES_SOCKET_BAD);
  }

  // All that came is read before a question counts as timed out: we may be late ourselves.
  void look_after() {
    std::vector<std::pair<ares_socket_t, ares_socket_t>> sockets;  // watch() may change polls_
    sockets.reserve(polls_.size());
    for (const auto& [socket, poll] : polls_)
      sockets.emplace_back(socket, poll ? ARES_SOCKET_BAD : socket);
    for (const auto& [readable, writable] : sockets) ares_process_fd(channel_, readable, writable);
    ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  }

  uv_loop_t& loop_;
  Families families_;
  Done done_;
  ares_channel channel_ = nullptr;
  bool closing_ = false;
  std::size_t open_ = 0;  ///< questions without an answer
  const Question* asking_ = nullptr;
  std::unordered_map<ares_socket_t, UvHandle<uv_poll_t>> polls_;  ///< null: it is not watched
  UvHandle<uv_timer_t> timer_;
};

DnsService::DnsService(uv_loop_t& loop, const ResolverSettings& settings, Done done)
    : families_(settings.families), done_(std::move(done)) {
  check(ares_library_init(ARES_LIB_INIT_ALL), "starting the resolver library");
  // c-ares would read the file again for every name.
  const bool file_first = lookups() == kFileFirst;
  if (file_first) file_ = HostsFile::read(kHostsFile);
  const std::string where{file_first ? kServersOnly : ""};
  datagrams_ = std::make_unique<Channel>(
      loop, settings, settings.all_addresses ? 0 : ARES_FLAG_IGNTC, where,
      [this](const std::string& name, NameAnswer answer) { answered(name, std::move(answer)); });
  second_ = std::make_unique<Channel>(loop, settings, ARES_FLAG_NOCHECKRESP, where, done_);
}

DnsService::~DnsService() {
  second_.reset();
  datagrams_.reset();
  ares_library_cleanup();
}

void DnsService::ask(const std::string& name) {
  NameAnswer listed{NameStatus::found, file_.addresses(name)};
  std::erase_if(listed.addresses, [this](const auto& a) { return !asked_for(a, families_); });
  if (!listed.addresses.empty()) {
    sort_by_preference(listed.addresses, own_address);
    return done_(name, std::move(listed));
  }
  datagrams_->ask(name);
}

// No address may mean that none of them fitted; c-ares says "refused" for want of a server as well
// as for servers that all say SERVFAIL.
void DnsService::answered(const std::string& name, NameAnswer&& answer) {
  const bool none = answer.status == NameStatus::no_address && answer.from_server;
  if (none || answer.refused) return second_->ask(name);
  done_(name, std::move(answer));
}

}  // namespace fleetscan::net
