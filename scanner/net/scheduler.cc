#include "scanner/net/scheduler.h"

#include <fmt/format.h>
#include <uv.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/clock.h"
#include "base/special_address.h"
#include "inventory/target_source.h"
#include "scanner/diagnosis/conclude.h"
#include "scanner/net/echo_service.h"
#include "scanner/net/resolver.h"
#include "scanner/net/resolver_settings.h"
#include "scanner/net/sshfp_service.h"
#include "scanner/net/uv_handle.h"
#include "scanner/net/worker_pool.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/expected_key.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/probe_settings.h"
#include "scanner/probe/result.h"
#include "scanner/proxy/negotiation.h"

namespace fleetscan::net {
namespace {

using Millis = std::chrono::milliseconds;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""us;

// How long taking in targets, and starting probes, may keep the loop from its sockets: causes are
// told apart by milliseconds.
constexpr auto kTurn = 300us;

// Targets taken in, and probes started, between two looks at the clock.
constexpr unsigned kTakenAtOnce = 16, kStartedAtOnce = 4;

// An attempt that has taken this long will probably take all the time it may.
constexpr auto kSlow = 1s;

// Hosts whose keys the DNS is asked about, before no further targets are taken in.
constexpr std::size_t kMostAwaited = 4096;

// How often to ask whether results still pile up.
constexpr auto kHeld = 10ms;

Millis longest_attempt(const probe::ProbeSettings& probe) {
  return probe.connect_timeout + probe.banner_timeout + probe.kex_timeout;
}

bool asked_for(Family family, Families families) {
  return families == Families::both || (families == Families::v4) == (family == Family::v4);
}

/// "resolves to 0.0.0.0, the unspecified address"; empty for all other resolutions.
std::string odd_address(const Resolution& resolution) {
  if (resolution.outcome != probe::Outcome::resolve_suspicious) return {};
  const auto& address = resolution.addresses.front();
  return fmt::format("resolves to {}, {}", address.to_string(), no_hosts_address(address).value());
}

}  // namespace

Scheduler::Scheduler(uv_loop_t& loop, inventory::TargetSource& source, const ScanSettings& settings,
                     const HostDirectory& directory, ScanHooks hooks)
    : source_(source),
      settings_(settings),
      directory_(directory),
      hooks_(std::move(hooks)),
      plan_(settings.limits, *settings.probe.key_exchanges, steady_now()),
      timer_(make_handle<uv_timer_t>(loop, this, uv_timer_init)),
      idle_(make_handle<uv_idle_t>(loop, this, uv_idle_init)),
      resolver_(std::make_unique<Resolver>(
          loop, settings.resolver,
          [this](std::uint64_t id, const Resolution& resolution) { resolved(id, resolution); })),
      worker_(std::make_unique<WorkerPool>(
          loop, settings.probe, settings.threads,
          [this](std::uint64_t id, probe::Attempt&& attempt, TimePoint when) {
            probed(id, std::move(attempt), when);
          })),
      echo_service_(std::make_unique<EchoService>(loop, [this](std::uint64_t id, probe::Echo echo) {
        if (echo == probe::Echo::forbidden) echoes_forbidden_ = true;
        plan_.heard(id, echo, steady_now());
        wake();
      })) {
  if (settings.sshfp)
    sshfp_service_ = std::make_unique<SshfpService>(
        loop, settings.resolver,
        [this](std::uint64_t id, const SshfpAnswer& answer) { published(id, answer); });
  wake();
}

void Scheduler::wake() { uv_idle_start(idle_.get(), on<&Scheduler::step>); }

void Scheduler::step() {
  held_ = hooks_.hold && hooks_.hold();
  if (!held_) pull();
  const bool more_launches = !held_ && launch();
  deliver();
  // The idle handle calls again, after the sockets.
  if (!held_ && (more_launches || takes_more())) return;
  uv_idle_stop(idle_.get());
  arm_timer();
  if (done_ || !told_plan_ || !plan_.done() || !await_dns_.empty()) return;
  done_ = true;
  uv_timer_stop(timer_.get());
  if (hooks_.done) hooks_.done();
}

bool Scheduler::takes_more() const {
  return !source_dry_ && plan_.takes_more(look_ups_.size()) && await_dns_.size() < kMostAwaited;
}

// Takes in targets while the plan takes more, and for a turn at most.
void Scheduler::pull() {
  auto now = steady_now();
  for (const auto id : again_.pop_due(now))
    resolver_->look_up(id, look_ups_.at(id).target.lookup_name());
  const auto end = now + kTurn;
  for (unsigned taken = 1; takes_more(); ++taken) {
    if (taken % kTakenAtOnce == 0 && (now = steady_now()) >= end) return;
    auto target = source_.next();
    if (target)
      take_in(std::move(*target), now);
    else
      source_dry_ = true;
  }
  if (source_dry_ && look_ups_.empty() && !told_plan_) {
    told_plan_ = true;
    plan_.no_more_targets(now);
  }
}

void Scheduler::take_in(inventory::Target&& target, TimePoint now) {
  if (!target.skip_reason.empty()) {
    auto reason = target.skip_reason;
    return end_unprobed(std::move(target), probe::Outcome::skipped, std::move(reason));
  }
  // There may be millions left: they take no detour through the plan.
  if (plan_.stopped())
    return end_unprobed(std::move(target), probe::Outcome::not_probed, plan_.stopped_because());
  if (target.address) target.address = destination(*target.address);
  if (target.address && !asked_for(target.address->family(), settings_.resolver.families))
    return end_unprobed(std::move(target), probe::Outcome::resolve_no_address, {});
  if (target.address) return plan_.add(std::move(target), {}, now);
  if (settings_.probe.proxy && settings_.probe.proxy->resolves)
    return leave_to_proxy(std::move(target), now);
  const auto id = next_look_up_++;
  const auto name = target.lookup_name();
  look_ups_.emplace(id, LookUp{std::move(target)});
  resolver_->look_up(id, name);
}

// The proxy resolves its name.
void Scheduler::leave_to_proxy(inventory::Target&& target, TimePoint now) {
  if (proxy::is_host_name(target.lookup_name())) return plan_.add(std::move(target), {}, now);
  end_unprobed(std::move(target), probe::Outcome::resolve_not_found,
               "no proxy is asked for such a name");
}

// @return whether there is more to do at once
bool Scheduler::launch() {
  auto now = steady_now();
  const auto end = now + kTurn;
  for (unsigned started = 1; now < end; ++started) {
    const auto request = plan_.next(now);
    if (plan_.stopped() && !broken_off_at_) stop({});
    if (!request) return false;
    worker_->start(*request);
    if (started % kStartedAtOnce == 0) now = steady_now();
  }
  return true;
}

void Scheduler::deliver() {
  plan_.take_ended(ended_);
  for (auto& evidence : ended_)
    asks_dns(evidence) ? ask_dns(std::exchange(evidence, {})) : hand_over(evidence);
}

void Scheduler::hand_over(probe::HostEvidence& evidence) {
  auto result = diagnosis::conclude(std::exchange(evidence, {}));
  hooks_.result(result);
  evidence.attempts = std::move(result.attempts);  // the plan uses their memory again
}

// A name of which some key was proved.
bool Scheduler::asks_dns(const probe::HostEvidence& evidence) const {
  if (!sshfp_service_ || Address::parse(evidence.target.lookup_name())) return false;
  return std::ranges::any_of(evidence.attempts, [](const auto& attempt) {
    return attempt.evidence.host_key && attempt.evidence.host_key->verified;
  });
}

void Scheduler::ask_dns(probe::HostEvidence&& evidence) {
  const auto id = next_key_question_++;
  const auto name = evidence.target.lookup_name();
  await_dns_.emplace(id, std::move(evidence));
  sshfp_service_->ask(id, name);
}

// No class is concerned: ssh asks the DNS only where it is told to.
void Scheduler::published(std::uint64_t id, const SshfpAnswer& answer) {
  auto entry = await_dns_.extract(id);
  if (entry.empty()) return;
  auto& evidence = entry.mapped();
  const auto complete = [&](std::optional<probe::HostKey>& key) {
    if (key && key->verified) key->published = publication(answer, *key);
  };
  for (auto& attempt : evidence.attempts) complete(attempt.evidence.host_key);
  for (auto& further : evidence.further_keys) complete(further.key);
  hand_over(evidence);
  wake();
}

void Scheduler::arm_timer() {
  const auto now = steady_now();
  auto next = plan_.wake_at(now);
  for (const auto other : {again_.next(), worker_ ? broken_off_at_ : std::nullopt})
    if (other) next = std::min(next.value_or(*other), *other);
  if (held_) next = now + kHeld;
  if (!next) {
    uv_timer_stop(timer_.get());
    return;
  }
  start_timer(*timer_, *next, on<&Scheduler::on_timer>);
}

void Scheduler::on_timer() {
  if (worker_ && broken_off_at_ && steady_now() >= *broken_off_at_) break_off();
  wake();
}

void Scheduler::resolved(std::uint64_t id, const Resolution& resolution) {
  if (ask_again_later(id, resolution)) return wake();
  auto entry = look_ups_.extract(id);
  auto& target = entry.mapped().target;
  wake();
  if (resolution.outcome != probe::Outcome::ok)
    return end_unprobed(std::move(target), resolution.outcome, odd_address(resolution),
                        resolution.took);
  auto addresses = resolution.addresses;
  if (target.family)
    std::erase_if(addresses, [&](const Address& a) { return a.family() != *target.family; });
  if (addresses.empty())
    return end_unprobed(std::move(target), probe::Outcome::resolve_no_address, {}, resolution.took);
  target.each_address = settings_.resolver.all_addresses && addresses.size() > 1;
  const std::size_t probed = target.each_address ? addresses.size() : 1;
  for (std::size_t i = 0; i < probed; ++i) {
    target.address = destination(addresses[i]);
    if (i > 0 && one_too_many())
      end_unprobed(inventory::Target{target}, probe::Outcome::not_probed,
                   fmt::format("more addresses than --max-targets {}", settings_.max_targets),
                   resolution.took);
    else
      located(target, resolution.took, addresses);
  }
}

// REQUIRES: it is not its name's first address
bool Scheduler::one_too_many() {
  if (source_.size() + further_addresses_ >= settings_.max_targets) return true;
  ++further_addresses_;
  return false;
}

// The target is at its address, as its name was resolved.
void Scheduler::located(inventory::Target target, Micros took,
                        const std::vector<Address>& addresses) {
  if (directory_.inventory) directory_.inventory->add_subnet_labels(target, *target.address);
  if (auto reason = excluded(*target.address, target.port))
    return end_unprobed(std::move(target), probe::Outcome::skipped, std::move(*reason), took);
  const auto other = target.each_address ? std::nullopt : other_family(target, addresses);
  plan_.add(std::move(target), took, steady_now(), other);
}

std::optional<std::string> Scheduler::excluded(const Address& address, std::uint16_t port) const {
  return directory_.inventory ? directory_.inventory->excluded(address, port) : std::nullopt;
}

std::optional<Address> Scheduler::other_family(const inventory::Target& target,
                                               const std::vector<Address>& addresses) const {
  const auto first = target.address->family();
  for (const auto& address : addresses)
    if (address.family() != first && !excluded(address, target.port)) return address;
  return std::nullopt;
}

bool Scheduler::ask_again_later(std::uint64_t id, const Resolution& resolution) {
  auto& look_up = look_ups_.at(id);
  const auto& policy = probe::row(resolution.outcome);
  const bool pays = resolution.outcome == probe::Outcome::resolve_failure && !look_up.again &&
                    settings_.limits.retry.retries > 0 &&
                    settings_.limits.patience >= policy.wait && resolution.took < policy.wait;
  if (!pays) return false;
  look_up.again = true;
  again_.push(id, steady_now() + policy.wait);
  return true;
}

void Scheduler::probed(std::uint64_t id, probe::Attempt&& attempt, TimePoint when) {
  if (directory_.known_hosts)
    probe::hold_against(*directory_.known_hosts, plan_.target(id), attempt);
  const auto outcome = attempt.outcome;
  ask_for_echo(id, outcome);
  plan_.finished(id, std::move(attempt), when);
  if (hooks_.failed_once && probe::is_failure(outcome) && plan_.is_asked_again(id))
    hooks_.failed_once(plan_.target(id), outcome);
  wake();
}

// A dead host, a filtered port: asked beside the scan, while the retry waits. Not what a proxy
// cannot reach: an echo would come from here.
void Scheduler::ask_for_echo(std::uint64_t id, probe::Outcome outcome) {
  const auto& limits = settings_.limits;
  if (outcome != probe::Outcome::connect_timeout || !limits.retry.diagnose) return;
  if (settings_.probe.proxy) return;
  if (limits.patience >= EchoService::kPatience && plan_.listen(id))
    echo_service_->ask(id, *plan_.target(id).address);
}

void Scheduler::end_unprobed(inventory::Target&& target, probe::Outcome outcome, std::string note,
                             std::optional<Micros> took) {
  hooks_.result(diagnosis::conclude({.target = std::move(target),
                                     .resolve = took,
                                     .note = std::move(note),
                                     .without_attempts = outcome}));
}

void Scheduler::stop(const std::string& why) {
  if (broken_off_at_) return;
  const auto now = steady_now();
  if (!plan_.stopped()) plan_.stop(why, now);
  broken_off_at_ = now + kGrace;
  resolver_.reset();
  again_ = {};
  for (auto& [id, look_up] : std::exchange(look_ups_, {}))
    plan_.add(std::move(look_up.target), {}, now);
  wake();
}

void Scheduler::break_off() {
  worker_.reset();
  echo_service_.reset();
  if (sshfp_service_) break_off_dns();
  plan_.abandon(steady_now());
}

// Whoever waits for the DNS, or would, gets no answer.
void Scheduler::break_off_dns() {
  sshfp_service_.reset();
  std::vector<std::uint64_t> open;
  open.reserve(await_dns_.size());
  for (const auto& [id, evidence] : await_dns_) open.push_back(id);
  for (const auto id : open) published(id, {});
}

Millis Scheduler::tail() const {
  const auto now = steady_now();
  const auto longest = longest_attempt(settings_.probe);
  const auto last_slow = plan_.last_start(now - kSlow);
  auto end = last_slow == TimePoint::min() ? now : std::max(now, last_slow + longest);
  if (plan_.retries_waiting() > 0 && plan_.last_retry())
    end = std::max(end, std::min(*plan_.last_retry() + longest, end + settings_.limits.patience));
  if (const auto ended = plan_.first_attempts_ended();
      ended && *ended + settings_.limits.patience > now)
    end = std::min(end, *ended + settings_.limits.patience);
  return std::chrono::duration_cast<Millis>(end - now);
}

}  // namespace fleetscan::net
