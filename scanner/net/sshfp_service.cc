#include "scanner/net/sshfp_service.h"

#include <uv.h>

#include <optional>

#include "scanner/net/dns_channel.h"
#include "scanner/net/resolver_settings.h"

#define CARES_NO_DEPRECATED  // the oldest release that we build with has no others
#include <ares.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <utility>

#include "base/ascii.h"
#include "base/clock.h"
#include "scanner/net/sshfp_message.h"
#include "scanner/probe/evidence.h"
#include "scanner/ssh/sshfp.h"

namespace fleetscan::net {
namespace {

constexpr int kInternet = 1, kSshfp = 44;  // class and type of the records
// Of the second byte of flags: asks to be told whether the answer was validated (RFC 6840 section
// 5.7).
constexpr std::size_t kFlags = 3;
constexpr unsigned char kAuthentic = 0x20;

struct FreeQuery {
  void operator()(unsigned char* query) const { ares_free_string(query); }
};
using Query = std::unique_ptr<unsigned char, FreeQuery>;

/// A question in the form in which it is sent; null for a name that none can be asked for.
Query query_for(const std::string& name, int& size) {
  std::random_device random;
  unsigned char* query = nullptr;
  const auto id = static_cast<unsigned short>(random());
  const int status = ares_create_query(name.c_str(), kInternet, kSshfp, id, 1, &query, &size,
                                       DnsChannel::kDatagramBytes);
  if (status != ARES_SUCCESS) return nullptr;
  query[kFlags] |= kAuthentic;
  return Query(query);
}

}  // namespace

probe::Publication publication(const SshfpAnswer& answer, const probe::HostKey& key) {
  if (answer.failed || key.blob.empty()) return {};
  probe::Publication published{probe::Published::none, answer.dnssec};
  if (answer.records.empty()) return published;
  const auto match = ssh::match_sshfp(answer.records, key.type, key.blob);
  published.sha1_only = match.sha1 > 0 && match.sha256 == 0;
  if (match.candidates() == 0)
    published.verdict = probe::Published::unlisted;
  else
    published.verdict =
        match.matching == match.candidates() ? probe::Published::match : probe::Published::mismatch;
  return published;
}

struct SshfpService::Question {
  SshfpService& service;
  std::string name;
};

SshfpService::SshfpService(uv_loop_t& loop, const ResolverSettings& settings, Done on_done)
    : on_done_(std::move(on_done)),
      window_(settings.in_flight),
      dns_(loop, settings, ARES_FLAG_NOCHECKRESP, {}) {}

void SshfpService::ask(std::uint64_t id, const std::string& name) {
  const auto key = lower(name);
  if (const auto known = known_.find(key); known != known_.end())
    return on_done_(id, SshfpAnswer{known->second});
  if (unanswered_ >= kGiveUp) return on_done_(id, {});
  auto& ids = waiting_[key];
  ids.push_back(id);
  if (ids.size() > 1) return;
  to_ask_.push_back(key);
  ask_more();
}

void SshfpService::ask_more() {
  while (asked_ < window_.size() && !to_ask_.empty()) {
    const auto name = std::move(to_ask_.front());
    to_ask_.pop_front();
    send(name);
  }
}

void SshfpService::send(const std::string& name) {
  int size = 0;
  const auto query = query_for(name, size);
  if (!query) return settle(name, {.failed = false});  // a name that the DNS cannot hold
  ++asked_;
  dns_.opened();
  ares_send(dns_.get(), query.get(), size, on_answer, new Question{*this, name});
}

void SshfpService::on_answer(void* argument, int status, int timeouts, unsigned char* message,
                             int size) {
  const std::unique_ptr<Question> question(static_cast<Question*>(argument));
  auto& self = question->service;
  if (self.dns_.closing()) return;
  self.dns_.answered();
  --self.asked_;
  self.window_.ended(timeouts > 0 || status == ARES_ETIMEOUT, steady_now());
  const auto said =
      status == ARES_SUCCESS
          ? read_sshfp(std::span<const unsigned char>(message, static_cast<std::size_t>(size)))
          : std::nullopt;
  if (status == ARES_SUCCESS)
    self.unanswered_ = 0;
  else
    ++self.unanswered_;
  SshfpAnswer answer;
  if (said) {
    answer = {false, probe::Dnssec::none, said->records};
    if (said->authentic)
      answer.dnssec =
          self.dns_.asks_this_machine() ? probe::Dnssec::validated : probe::Dnssec::claimed;
  }
  self.settle(question->name, std::move(answer));
  self.unanswered_ >= kGiveUp ? self.give_up() : self.ask_more();
}

void SshfpService::settle(const std::string& name, SshfpAnswer answer) {
  const auto entry = waiting_.extract(name);
  if (entry.empty()) return;
  for (const auto id : entry.mapped()) on_done_(id, answer);
  if (answer.failed) return;
  if (known_.size() >= kRemembered) known_.clear();
  known_.emplace(name, std::move(answer));
}

void SshfpService::give_up() {
  to_ask_.clear();
  for (const auto& [name, ids] : std::exchange(waiting_, {}))
    for (const auto id : ids) on_done_(id, {});
}

}  // namespace fleetscan::net
