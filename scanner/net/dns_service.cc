#include "scanner/net/dns_service.h"

#include <ares.h>
#include <uv.h>

#include <cstddef>
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
    case ARES_SUCCESS: return NameStatus::found;
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

// What two families' answers say of a name: a question without an answer leaves all open.
NameStatus both(NameStatus a, NameStatus b) {
  for (const auto status : {NameStatus::found, NameStatus::failure, NameStatus::no_address})
    if (a == status || b == status) return status;
  return NameStatus::not_found;
}

std::vector<int> each_alone(Families families) {
  if (families == Families::both) return {family_of(Families::v4), family_of(Families::v6)};
  return {family_of(families)};
}

}  // namespace

class DnsService::Channel {
 public:
  /// @param families        address families; each is a question of its own to c-ares
  /// @param flags, lookups  as a DnsChannel takes them
  Channel(uv_loop_t& loop, const ResolverSettings& settings, std::vector<int> families, int flags,
          std::string lookups, Done done)
      : families_(std::move(families)),
        done_(std::move(done)),
        dns_(loop, settings, flags, std::move(lookups)) {}

  void ask(const std::string& name) {
    dns_.opened();
    auto question = std::make_unique<Question>(*this, name);
    question->open = families_.size();
    auto* asked = question.release();  // the last on_answer owns it
    asking_ = asked;
    for (const int family : families_) {
      ares_addrinfo_hints hints{};
      hints.ai_family = family;
      hints.ai_socktype = SOCK_STREAM;
      hints.ai_flags = ARES_AI_NOSORT;  // it would open a socket even for a single address
      ares_getaddrinfo(dns_.get(), name.c_str(), nullptr, &hints, on_answer, asked);
    }
    // Answered already, from /etc/hosts, if on_answer has cleared this; else a server will.
    if (asking_ == asked) asked->inside_ask = false;
    asking_ = nullptr;
  }

 private:
  struct Question {
    Question(Channel& asked, std::string looked_up) : channel(asked), name(std::move(looked_up)) {}

    Channel& channel;
    std::string name;
    NameAnswer answer{NameStatus::not_found};
    std::size_t open = 0;
    bool inside_ask = true;
  };

  static void on_answer(void* argument, int status, int timeouts, ares_addrinfo* result) {
    auto* question = static_cast<Question*>(argument);
    const std::unique_ptr<ares_addrinfo, decltype(&ares_freeaddrinfo)> info(result,
                                                                            ares_freeaddrinfo);
    add(question->answer, status, timeouts, info.get());
    if (--question->open == 0) question->channel.answered(std::unique_ptr<Question>(question));
  }

  static void add(NameAnswer& answer, int status, int timeouts, const ares_addrinfo* info) {
    const auto before = answer.addresses.size();
    for (auto* node = info ? info->nodes : nullptr; node; node = node->ai_next)
      if (auto address = Address::from_sockaddr(*node->ai_addr))
        answer.addresses.push_back(*address);
    const bool none = status == ARES_SUCCESS && answer.addresses.size() == before;
    answer.status = both(answer.status, none ? NameStatus::no_address : status_of(status));
    answer.refused |= status == ARES_ECONNREFUSED;
    answer.unanswered |= status == ARES_ETIMEOUT || status == ARES_ECONNREFUSED;
    answer.delayed |= timeouts > 0 || answer.unanswered;
  }

  void answered(std::unique_ptr<Question> question) {
    if (dns_.closing()) return;
    if (asking_ == question.get()) asking_ = nullptr;
    dns_.answered();
    auto& answer = question->answer;
    answer.unanswered &= answer.status == NameStatus::failure;
    sort_by_preference(answer.addresses, own_address);
    answer.from_server = !question->inside_ask && answer.status != NameStatus::failure;
    done_(question->name, std::move(answer));
  }

  std::vector<int> families_;
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
      loop, settings, std::vector{family_of(families_)},
      settings.all_addresses ? 0 : ARES_FLAG_IGNTC, where,
      [this](const std::string& name, NameAnswer answer) { answered(name, std::move(answer)); });
  second_ = std::make_unique<Channel>(loop, settings, each_alone(families_), ARES_FLAG_NOCHECKRESP,
                                      where, done_);
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

// No address may mean that none of them fitted, or that one family has none and the question for
// the other was lost; c-ares says "refused" for want of a server as well as for servers that all
// say SERVFAIL.
void DnsService::answered(const std::string& name, NameAnswer&& answer) {
  const bool none = answer.status == NameStatus::no_address && answer.from_server;
  if (none || answer.refused) return second_->ask(name);
  done_(name, std::move(answer));
}

}  // namespace fleetscan::net
