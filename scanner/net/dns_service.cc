#include "scanner/net/dns_service.h"

#include <ares.h>
#include <uv.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "scanner/net/address_order.h"
#include "scanner/net/dns_channel.h"
#include "scanner/net/hosts_file.h"
#include "scanner/net/name_service.h"
#include "scanner/net/own_address.h"
#include "scanner/net/resolver_settings.h"

namespace fleetscan::net {
namespace {

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

bool asked_for(const Address& address, Families families) {
  return families == Families::both || (families == Families::v4) == address.is_v4();
}

}  // namespace

class DnsService::Channel {
 public:
  /// @param flags, lookups  as a DnsChannel takes them
  Channel(uv_loop_t& loop, const ResolverSettings& settings, int flags, std::string lookups,
          Done done)
      : families_(settings.families),
        done_(std::move(done)),
        dns_(loop, settings, flags, std::move(lookups)) {}

  void ask(const std::string& name) {
    dns_.opened();
    auto question = std::make_unique<Question>(Question{*this, name, true});
    ares_addrinfo_hints hints{};
    hints.ai_family = family_of(families_);
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = ARES_AI_NOSORT;   // it would open a socket even for a single address
    auto* asked = question.release();  // on_answer owns it
    asking_ = asked;
    ares_getaddrinfo(dns_.get(), asked->name.c_str(), nullptr, &hints, on_answer, asked);
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
    if (self.dns_.closing()) return;
    if (self.asking_ == question.get()) self.asking_ = nullptr;
    self.dns_.answered();
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

  Families families_;
  Done done_;
  const Question* asking_ = nullptr;
  DnsChannel dns_;  // last: closing it calls back
};

DnsService::DnsService(uv_loop_t& loop, const ResolverSettings& settings, Done done)
    : families_(settings.families), done_(std::move(done)) {
  // c-ares would read the file again for every name.
  const bool file_first = DnsChannel::lookups() == kFileFirst;
  if (file_first) file_ = HostsFile::read(kHostsFile);
  const std::string where{file_first ? kServersOnly : ""};
  datagrams_ = std::make_unique<Channel>(
      loop, settings, settings.all_addresses ? 0 : ARES_FLAG_IGNTC, where,
      [this](const std::string& name, NameAnswer answer) { answered(name, std::move(answer)); });
  second_ = std::make_unique<Channel>(loop, settings, ARES_FLAG_NOCHECKRESP, where, done_);
}

DnsService::~DnsService() = default;

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
