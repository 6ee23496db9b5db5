#include "scanner/plan/scan_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/clock.h"
#include "base/numbers.h"
#include "base/prefix.h"
#include "base/stable_hash.h"
#include "inventory/target.h"
#include "scanner/plan/adaptive_pace.h"
#include "scanner/probe/ending.h"
#include "scanner/probe/further_keys.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/probe_request.h"
#include "scanner/probe/result.h"
#include "scanner/probe/retry_policy.h"
#include "scanner/ssh/algorithms.h"
#include "scanner/ssh/key_exchange.h"
namespace fleetscan::plan {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

// Targets taken in ahead of their turn: 21 dark /24s in a row, each 64 in flight and the rest
// parked, still leave room for others.
constexpr std::size_t kLookAhead = 4096;
// ... of whom so many at most are ready to be probed.
constexpr std::size_t kAtHand = 64;

constexpr auto kShortestWait = 2s;  // before a retry that is shortened
constexpr auto kSlack = 500ms;      // retries aim this much before the last moment, for queues

// With more retries waiting than this, further ones wait kShortestWait only: bounded memory.
constexpr std::size_t kManyWaiting = 8192;

constexpr unsigned kMaxPostponed = 10;  // times per target, kPostponement apart
constexpr auto kPostponement = 2s;
constexpr double kMinWindow = 4;
constexpr double kMinWindowWhenLate = 128;
// Between two connections to one address: no faster than a person who tries port after port.
constexpr auto kPause = 100ms;
// Between two keys of one target: what OpenSSH takes amiss in who leaves without a login
// (PerSourcePenalties, noauth) is forgotten after as long, so that nothing adds up.
constexpr auto kKeyPause = 1s;
constexpr double kWidening = 0.25;  // per answer: a quarter more with each round of them

/// For the caps, in place of an address that only the proxy knows: one for each name, in a /64 of
/// its own. Nothing is ever sent there, or shown.
Address stand_in(const std::string& name) {
  const auto hash = stable_hash(name);
  std::array<std::uint8_t, 16> bytes{1};
  for (std::size_t i = 0; i < 7; ++i) bytes[i + 1] = static_cast<std::uint8_t>(hash >> (8 * i));
  return Address::v6(bytes);
}

}  // namespace

ScanPlan::ScanPlan(const ScanLimits& limits, const ssh::KeyExchangeFactory& exchanges,
                   TimePoint now)
    : limits_(limits),
      exchanges_(exchanges),
      bucket_(limits.rate, now),
      pace_(limits.per_subnet),
      window_(static_cast<double>(std::min(limits.concurrency, kAtFirst))) {
  if (limits_.patience >= kShortestWait) return;
  limits_.retry.retries = 0;
  limits_.retry.diagnose = false;
}

bool ScanPlan::takes_more(std::size_t looked_up) const {
  const auto queued = first_pending_ - first_in_flight_;
  return ready_.size() < kAtHand && queued + looked_up < kLookAhead;
}

void ScanPlan::add(inventory::Target&& target, std::optional<Micros> resolve, TimePoint now,
                   std::optional<Address> other_family) {
  const auto id = next_id_++;
  auto& host = hosts_[id];
  host.target = std::move(target);
  host.place = host.target.address.value_or(stand_in(host.target.lookup_name()));
  host.resolve = resolve;
  host.other_family = other_family;
  ++first_pending_;
  if (stopped()) return retire(id, stopped_because_, now);
  ready_.push_back(id);
}

void ScanPlan::no_more_targets(TimePoint now) {
  no_more_ = true;
  if (first_pending_ == 0) pull_retries_forward(now);
}

std::optional<probe::ProbeRequest> ScanPlan::next(TimePoint now) {
  release_due(now);
  while (!ready_.empty() && static_cast<double>(in_flight_ + 1) <= window_) {
    if (bucket_.ready_at(now) > now) return std::nullopt;
    const auto id = ready_.front();
    ready_.pop_front();
    auto& host = hosts_.at(id);
    if (!enter_lanes(id, host)) continue;
    if (auto why = obstacle(host, now); !why.empty()) {
      leave_lanes(host, now);
      retire(id, std::move(why), now);
      continue;
    }
    return launch(id, host, now);
  }
  return std::nullopt;
}

void ScanPlan::release_due(TimePoint now) {
  if (limits_.deadline && now >= *limits_.deadline && !stopped())
    stop(std::string(probe::kDeadlinePassed), now);
  for (const auto id : waiting_.pop_due(now)) {
    if (hosts_.at(id).retry) --retries_waiting_;
    ready_.push_front(id);
  }
}

bool ScanPlan::enter_lanes(Id id, const Host& host) {
  const auto subnet = subnet_of(host.address());
  if (!subnets_.enter(subnet, id, places(subnet))) return false;
  if (addresses_.enter(host.address(), id, 1)) return true;
  leave_subnet(subnet);
  return false;
}

void ScanPlan::leave_lanes(const Host& host, TimePoint now) {
  addresses_.leave(host.address(), 1, [&](Id id) { pause(id, now); });
  leave_subnet(subnet_of(host.address()));
}

void ScanPlan::pause(Id id, TimePoint now) {
  waiting_.push(id, now + kPause);
  if (hosts_.at(id).retry) ++retries_waiting_;
}

void ScanPlan::leave_subnet(const Prefix& subnet) {
  subnets_.leave(subnet, places(subnet), [this](Id id) { ready_.push_front(id); });
}

std::size_t ScanPlan::places(const Prefix& subnet) const {
  return limits_.adaptive ? pace_.window(subnet) : limits_.per_subnet;
}

// Why the host's turn, which has come, is not used after all; empty if it is.
std::string ScanPlan::obstacle(const Host& host, TimePoint now) const {
  const auto port = host.target.port;
  if (host.asks_keys && key_ledger_.connections(host.address(), port) + 1 >= limits_.keys)
    return fmt::format("further host keys not asked for: {} has used up its {}",
                       host_and_port(host.address().to_string(), port),
                       counted(limits_.keys, "key") + " (--max-keys-per-host)");
  if (!host.retry) return {};
  if (ledger_.connections(host.address(), port) >= limits_.retry.connections)
    return fmt::format(
        "not retried: {} has used up its {} (--max-connections-per-host)",
        host.target.address ? host_and_port(host.address().to_string(), port) : host.target.name(),
        counted(limits_.retry.connections, "connection"));
  if (first_attempts_ended_ && now > latest_start(host))
    return "not retried: no time was left within --patience";
  return {};
}

probe::ProbeRequest ScanPlan::launch(Id id, Host& host, TimePoint now) {
  static_cast<void>(bucket_.take(now));  // ready_at() has promised it
  ledger_of(host).add(host.address(), host.target.port);
  host.in_flight = true;
  host.started = now;
  ++in_flight_;
  if (host.attempts.empty()) ++first_in_flight_;
  probe::ProbeRequest request{
      .id = id,
      .address = host.address(),
      .name = host.target.address ? std::string() : host.target.lookup_name(),
      .port = host.target.port,
      .question = host.retry ? host.retry->question : probe::Question::again,
      .longer = longer(host, now)};
  if (host.asks_keys)
    request.key_type = ssh::find_key_algorithm(host.keys[host.keys_asked].type)->key_type;
  return request;
}

// Who was silent may only have been slow: all the time that is left is for the second attempt.
std::chrono::milliseconds ScanPlan::longer(const Host& host, TimePoint now) const {
  const bool silent =
      !host.attempts.empty() && host.attempts.back().outcome == probe::Outcome::banner_silent;
  if (!host.retry || (host.retry->question != probe::Question::small && !silent))
    return std::chrono::milliseconds{0};
  const auto end = first_attempts_ended_.value_or(now) + limits_.patience;
  return std::chrono::floor<std::chrono::milliseconds>(end - now);
}

void ScanPlan::finished(Id id, probe::Attempt&& attempt, TimePoint now) {
  auto& host = hosts_.at(id);
  const bool first = host.attempts.empty();
  host.in_flight = false;
  host.ended = now;
  --in_flight_;
  if (first) --first_in_flight_;
  if (limits_.adaptive && attempt.outcome != probe::Outcome::scanner_resources)
    pace_.finished(subnet_of(host.address()), may_be_our_load(attempt.outcome));
  leave_lanes(host, now);
  if (attempt.outcome == probe::Outcome::scanner_resources && postpone(id, host, now)) return;

  if (attempt.evidence.lateness >= kLate)
    narrow(kMinWindowWhenLate, now);
  else
    widen();
  if (host.asks_keys) return take_key(id, host, std::move(attempt), now);
  if (first) host.first_took = now - host.started;
  take_down(host, std::move(attempt));
  host.retry = stopped() ? std::nullopt
                         : probe::next_step(host.attempts, limits_.retry, exchanges_,
                                            host.other_family.has_value());
  if (host.retry)
    wait_for_retry(id, host, now);
  else
    attempts_over(id, host, now);
  if (first) first_attempt_over(now);
}

// The first attempts of all come before any further key.
void ScanPlan::attempts_over(Id id, Host& host, TimePoint now) {
  if (limits_.keys > 1 && !stopped() && !host.target.canary)
    host.keys = probe::further_keys(host.attempts, exchanges_.profile().host_keys);
  if (!host.lacks_key()) return retire(id, {}, now);
  host.asks_keys = true;
  ++keys_pending_;
  if (first_attempts_ended_) return waiting_.push(id, now + kKeyPause);
  for_keys_.push_back(id);
  if (for_keys_.size() <= kManyWaiting) return;
  waiting_.push(for_keys_.front(), now + kKeyPause);
  for_keys_.pop_front();
}

void ScanPlan::take_key(Id id, Host& host, probe::Attempt&& attempt, TimePoint now) {
  auto& asked = host.keys[host.keys_asked++];
  asked.outcome = attempt.outcome;
  asked.key = std::move(attempt.evidence.host_key);
  const bool let_in = attempt.evidence.phase > probe::Phase::banner;
  if (stopped() || !let_in || !host.lacks_key()) return retire(id, {}, now);
  waiting_.push(id, now + kKeyPause);
}

// Most hosts have one attempt, half a kilobyte: the room for it is used again.
void ScanPlan::take_down(Host& host, probe::Attempt&& attempt) {
  if (host.attempts.empty() && !rooms_.empty()) {
    host.attempts.swap(rooms_.back());
    rooms_.pop_back();
  }
  host.attempts.push_back(std::move(attempt));
}

bool ScanPlan::postpone(Id id, Host& host, TimePoint now) {
  ledger_of(host).undo(host.address(), host.target.port);
  narrow(kMinWindow, now);
  if (stopped() || host.postponed == kMaxPostponed) return false;
  ++host.postponed;
  ++postponed_;
  if (host.retry) {
    host.retry->wait = kPostponement;
    wait_for_retry(id, host, now);
  } else {
    waiting_.push(id, now + kPostponement);
  }
  return true;
}

// Halves what is in flight, once a second at most: one shortage fails many starts together.
void ScanPlan::narrow(double least, TimePoint now) {
  if (narrowed_ && now - *narrowed_ < 1s) return;
  narrowed_ = now;
  const auto most = static_cast<double>(limits_.concurrency);
  window_ = std::min(most, std::max(least, static_cast<double>(in_flight_) / 2));
}

void ScanPlan::widen() {
  const auto step = narrowed_ ? kWidening : 1;  // doubled with each round, until it was too much
  window_ = std::min(static_cast<double>(limits_.concurrency), window_ + step);
}

// REQUIRES: host.retry is set
void ScanPlan::wait_for_retry(Id id, Host& host, TimePoint now, Duration lead) {
  if (retries_waiting_ >= kManyWaiting && !host.retry->wait_is_meaning)
    host.retry->wait = std::min<std::chrono::milliseconds>(host.retry->wait, kShortestWait);
  const auto when = moment(host, lead);
  if (!when) return retire(id, "not retried: --patience leaves no time for the wait", now);
  waiting_.push(id, *when);
  ++retries_waiting_;
  last_retry_ = std::max(last_retry_.value_or(*when), *when);
}

// When the retry starts: after its own wait if that fits, earlier if it must and may.
// @param lead  how much earlier still, to let others go through the same caps
std::optional<TimePoint> ScanPlan::moment(const Host& host, Duration lead) const {
  const auto wanted = host.ended + host.retry->wait;
  if (!first_attempts_ended_) return wanted;
  const auto latest = latest_start(host);
  if (wanted + kSlack + lead <= latest) return wanted;
  const auto earliest =
      host.retry->wait_is_meaning
          ? wanted
          : host.ended + std::min<std::chrono::milliseconds>(host.retry->wait, kShortestWait);
  if (earliest > latest) return std::nullopt;
  return std::max(earliest, std::min(wanted, latest - kSlack - lead));
}

TimePoint ScanPlan::latest_start(const Host& host) const {
  return *first_attempts_ended_ + limits_.patience - host.first_took;
}

void ScanPlan::first_attempt_over(TimePoint now) {
  if (--first_pending_ == 0 && no_more_) pull_retries_forward(now);
}

// Retries that share a cap cannot all start at the last moment: all but the last batch that goes
// through it start one batch earlier, and so on.
void ScanPlan::pull_retries_forward(TimePoint now) {
  if (first_attempts_ended_) return;
  first_attempts_ended_ = now;
  last_retry_.reset();
  std::vector<std::pair<TimePoint, Id>> latest;
  for (const auto id : waiting_.pop_due(TimePoint::max()))
    if (hosts_.at(id).retry)
      latest.emplace_back(latest_start(hosts_.at(id)), id);
    else
      for_keys_.push_back(id);
  for (const auto id : std::exchange(for_keys_, {})) waiting_.push(id, now + kKeyPause);
  std::ranges::sort(latest, std::greater{});
  retries_waiting_ = 0;

  std::map<Prefix, std::size_t> in_subnet;
  std::size_t index = 0;
  for (const auto& [when, id] : latest) {
    auto& host = hosts_.at(id);
    const auto neighbors = in_subnet[subnet_of(host.address())]++;
    const auto batches = std::max(index / limits_.concurrency, neighbors / limits_.per_subnet);
    Duration lead = host.first_took * static_cast<Duration::rep>(batches);
    if (limits_.rate > 0)
      lead +=
          std::chrono::milliseconds{std::llround(1000 * static_cast<double>(index) / limits_.rate)};
    ++index;
    wait_for_retry(id, host, now, lead);
  }
}

bool ScanPlan::listen(Id id) {
  auto& host = hosts_.at(id);
  host.listening = !stopped() && host.attempts.empty();
  return host.listening;
}

void ScanPlan::heard(Id id, probe::Echo echo, TimePoint now) {
  const auto found = hosts_.find(id);
  if (found == hosts_.end()) return;
  found->second.echo = echo;
  found->second.listening = false;
  if (found->second.note) retire(id, *found->second.note, now);
}

void ScanPlan::stop(const std::string& why, TimePoint now) {
  stopped_because_ = why;
  ready_.clear();
  static_cast<void>(waiting_.pop_due(TimePoint::max()));
  for_keys_.clear();
  retries_waiting_ = 0;
  subnets_.unpark_all();
  addresses_.unpark_all();
  std::vector<Id> idle;
  for (auto& [id, host] : hosts_) {
    host.listening = false;
    if (!host.in_flight) idle.push_back(id);
  }
  std::ranges::sort(idle);
  for (const auto id : idle) {
    const auto& host = hosts_.at(id);
    const auto* what = host.attempts.empty() ? ""
                       : host.asks_keys      ? "further host keys not asked for: "
                                             : "not retried: ";
    retire(id, host.note.value_or(what + why), now);
  }
}

void ScanPlan::abandon(TimePoint now) {
  std::vector<Id> left;
  for (const auto& [id, host] : hosts_) left.push_back(id);
  std::ranges::sort(left);
  for (const auto id : left) {
    auto& host = hosts_.at(id);
    --in_flight_;
    if (host.attempts.empty()) --first_in_flight_;
    leave_lanes(host, now);
    retire(id, "broken off: " + stopped_because_, now);
  }
}

void ScanPlan::retire(Id id, std::string note, TimePoint now) {
  const auto found = hosts_.find(id);
  if (found->second.listening) {
    found->second.note = std::move(note);
    return;
  }
  auto& host = found->second;
  const bool unprobed = host.attempts.empty();
  if (host.asks_keys) --keys_pending_;
  auto& ended = ended_.emplace_back();
  ended.target = std::move(host.target);
  ended.attempts = std::move(host.attempts);
  ended.further_keys = std::move(host.keys);
  ended.resolve = host.resolve;
  ended.echo = host.echo;
  ended.note = std::move(note);
  hosts_.erase(found);
  if (unprobed) first_attempt_over(now);
}

void ScanPlan::take_ended(std::vector<probe::HostEvidence>& ended) {
  for (auto& gone : ended) {
    if (rooms_.size() == kAtHand) break;
    gone.attempts.clear();
    rooms_.push_back(std::move(gone.attempts));
  }
  ended.clear();
  ended.swap(ended_);
}

TimePoint ScanPlan::last_start(TimePoint before) const {
  auto last = TimePoint::min();
  for (const auto& [id, host] : hosts_)
    if (host.in_flight && host.started <= before) last = std::max(last, host.started);
  return last;
}

std::optional<TimePoint> ScanPlan::wake_at(TimePoint now) {
  auto wake = waiting_.next();
  const auto earlier = [&](TimePoint when) { wake = std::min(wake.value_or(when), when); };
  if (limits_.deadline && !stopped()) earlier(*limits_.deadline);
  if (!ready_.empty() && static_cast<double>(in_flight_ + 1) <= window_)
    earlier(bucket_.ready_at(now));
  return wake;
}

}  // namespace fleetscan::plan
