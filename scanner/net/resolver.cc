#include "scanner/net/resolver.h"

#include <uv.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/ascii.h"
#include "base/clock.h"
#include "base/special_address.h"
#include "scanner/net/dns_service.h"
#include "scanner/net/name_service.h"
#include "scanner/net/resolver_settings.h"
#include "scanner/net/system_service.h"
#include "scanner/net/uv_handle.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::net {
namespace {

std::unique_ptr<NameService> make_service(uv_loop_t& loop, const ResolverSettings& settings,
                                          NameService::Done done) {
  if (settings.system)
    return std::make_unique<SystemService>(loop, settings.families, std::move(done));
  return std::make_unique<DnsService>(loop, settings, std::move(done));
}

// Before a name is asked for again.
constexpr std::chrono::seconds kPause{1};

}  // namespace

Resolver::Resolver(uv_loop_t& loop, const ResolverSettings& settings, Done on_done)
    : settings_(settings),
      on_done_(std::move(on_done)),
      window_(settings.in_flight),
      deliver_(make_handle<uv_timer_t>(loop, this, uv_timer_init)),
      patience_(make_handle<uv_timer_t>(loop, this, uv_timer_init)),
      again_timer_(make_handle<uv_timer_t>(loop, this, uv_timer_init)),
      service_(make_service(loop, settings, [this](const Name& name, NameAnswer answer) {
        on_answer(name, std::move(answer));
      })) {}

void Resolver::look_up(std::uint64_t id, const std::string& name) {
  ++open_;
  const auto key = lower(name);
  if (const auto known = known_.find(key); known != known_.end()) {
    deliveries_.emplace_back(id, known->second);
    return schedule_delivery();
  }
  if (dead_) {
    deliveries_.emplace_back(id, Resolution{probe::Outcome::scanner_resolver});
    return schedule_delivery();
  }
  auto& question = questions_[key];
  question.ids.push_back(id);
  if (question.ids.size() > 1) return;
  to_ask_.push_back(key);
  ask_more();
}

void Resolver::ask_more() {
  while (asked_ < window_.size() && !to_ask_.empty()) {
    const auto name = std::move(to_ask_.front());
    to_ask_.pop_front();
    auto& question = questions_.at(name);
    if (question.started == TimePoint{}) question.started = steady_now();
    ++asked_;
    if (!control_) await_answer();
    service_->ask(name);
  }
}

void Resolver::on_answer(const Name& name, NameAnswer answer) {
  --asked_;
  window_.ended(answer.delayed, steady_now());
  if (answer.from_server) answered_by_server(name);
  if (dead_) return;  // settled already
  switch (answer.status) {
    case NameStatus::found: {
      const auto outcome = sift(answer);
      settle(name, outcome, std::move(answer.addresses));
      break;
    }
    case NameStatus::not_found: settle(name, probe::Outcome::resolve_not_found, {}); break;
    case NameStatus::no_address: settle(name, probe::Outcome::resolve_no_address, {}); break;
    case NameStatus::failure:
      if (answer.unanswered)
        unanswered(name);
      else if (control_)
        settle(name, probe::Outcome::resolve_failure, {});
      else
        failures_.push_back(name);
  }
  schedule_delivery();
}

void Resolver::answered_by_server(const Name& name) {
  control_ = name;
  uv_timer_stop(patience_.get());
  settle_failures(probe::Outcome::resolve_failure);
}

void Resolver::unanswered(const Name& name) {
  const auto question = questions_.find(name);
  if (question == questions_.end()) return give_up();  // it was the control
  const auto now = steady_now();
  if (now + kPause <= question->second.started + settings_.patience) {
    again_.emplace_back(now + kPause, name);
    if (again_.size() == 1) start_timer(*again_timer_, now + kPause, on<&Resolver::ask_again>);
    return;
  }
  failures_.push_back(name);
  if (control_ && failures_.size() == 1) ask_control();
}

void Resolver::ask_control() {
  await_answer();
  ++asked_;
  service_->ask(*control_);
}

void Resolver::await_answer() {
  if (uv_is_active(reinterpret_cast<uv_handle_t*>(patience_.get())) != 0) return;
  const auto longest = std::max(settings_.dead_after, settings_.patience);
  uv_timer_start(patience_.get(), on<&Resolver::give_up>,
                 static_cast<std::uint64_t>(longest.count()), 0);
}

void Resolver::ask_again() {
  const auto now = steady_now();
  for (; !again_.empty() && again_.front().first <= now; again_.pop_front())
    if (questions_.contains(again_.front().second)) to_ask_.push_front(again_.front().second);
  if (!again_.empty()) start_timer(*again_timer_, again_.front().first, on<&Resolver::ask_again>);
  ask_more();
}

// Takes out what is no host's address, unless nothing else is there.
probe::Outcome Resolver::sift(NameAnswer& answer) const {
  if (!answer.from_server) return probe::Outcome::ok;
  const auto usable = [this](const Address& address) { return may_mean_a_host(address); };
  if (std::ranges::none_of(answer.addresses, usable)) return probe::Outcome::resolve_suspicious;
  std::erase_if(answer.addresses, std::not_fn(usable));
  return probe::Outcome::ok;
}

bool Resolver::may_mean_a_host(const Address& address) const {
  if (!no_hosts_address(address)) return true;
  const bool of_this_machine =
      settings_.system || (settings_.server && is_loopback(settings_.server->address));
  return of_this_machine && is_loopback(address);
}

void Resolver::settle(const Name& name, probe::Outcome outcome, std::vector<Address> addresses) {
  const auto entry = questions_.extract(name);
  if (entry.empty()) return;
  const auto took = std::chrono::duration_cast<Micros>(steady_now() - entry.mapped().started);
  const Resolution resolution{outcome, std::move(addresses), took};
  for (const auto id : entry.mapped().ids) deliveries_.emplace_back(id, resolution);
  const bool failed =
      outcome == probe::Outcome::resolve_failure || outcome == probe::Outcome::scanner_resolver;
  if (!failed) remember(name, resolution);
  schedule_delivery();
}

void Resolver::settle_failures(probe::Outcome outcome) {
  for (const auto& name : std::exchange(failures_, {})) settle(name, outcome, {});
}

void Resolver::remember(const Name& name, const Resolution& resolution) {
  known_.emplace(name, resolution);
  known_order_.push_back(name);
  if (known_order_.size() <= kRemembered) return;
  known_.erase(known_order_.front());
  known_order_.pop_front();
}

void Resolver::schedule_delivery() { uv_timer_start(deliver_.get(), on<&Resolver::deliver>, 0, 0); }

void Resolver::deliver() {
  ask_more();
  if (asked_ == 0 && to_ask_.empty() && again_.empty()) {  // nothing more can tell whom to blame
    uv_timer_stop(patience_.get());
    settle_failures(probe::Outcome::scanner_resolver);
  }
  for (const auto& [id, resolution] : std::exchange(deliveries_, {})) {
    --open_;
    on_done_(id, resolution);
  }
}

void Resolver::give_up() {
  dead_ = true;
  to_ask_.clear();
  again_.clear();
  failures_.clear();
  std::vector<Name> names;
  names.reserve(questions_.size());
  for (const auto& [name, question] : questions_) names.push_back(name);
  for (const auto& name : names) settle(name, probe::Outcome::scanner_resolver, {});
}

}  // namespace fleetscan::net
