#include "commands/vantage_run.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/escape.h"
#include "commands/console.h"
#include "commands/options.h"
#include "commands/run_recorder.h"
#include "commands/scan_run.h"
#include "commands/stop_signals.h"
#include "commands/terminal.h"
#include "inventory/expression.h"
#include "inventory/inventory.h"
#include "inventory/known_hosts.h"
#include "inventory/target.h"
#include "reports/records/interrupted_run.h"
#include "scanner/diagnosis/conclude.h"
#include "scanner/probe/ending.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/expected_key.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"
#include "vantages/session.h"
#include "vantages/vantage.h"

namespace fleetscan::commands {
namespace {

probe::HostResult unprobed(inventory::Target target, probe::Outcome outcome, std::string note) {
  probe::HostEvidence nothing;
  nothing.target = std::move(target);
  nothing.without_attempts = outcome;
  nothing.note = std::move(note);
  return diagnosis::conclude(std::move(nothing));
}

}  // namespace

VantageRun::VantageRun(const Options& options, const inventory::Inventory& inventory,
                       std::vector<std::string> scan_options, std::string program,
                       std::optional<inventory::KnownHosts> known_hosts)
    : options_(options),
      inventory_(inventory),
      program_(std::move(program)),
      known_hosts_(std::move(known_hosts)),
      book_(options.resolver.all_addresses),
      started_(steady_now()),
      progress_(0, started_),
      display_(options.quiet ? ProgressStyle::none : options.progress,
               look_at(STDERR_FILENO, options.color), started_) {
  launch_.ssh = options.ssh;
  launch_.options = std::move(scan_options);
  if (!program_.empty()) launch_.pushed_size = program_.size();
  const auto source = inventory.visit();
  while (auto target = source->next()) {
    if (!target->skip_reason.empty() && !follows(*target)) {
      if (options.follow_jumps) target->jumps.clear();  // it does not help
      skipped_.push_back(std::move(*target));
      continue;
    }
    (target->skip_reason.empty() ? open_ : behind_[target->jumps]).push_back(book_.size());
    target->skip_reason.clear();
    book_.add(std::move(*target));
  }
  heard_.resize(book_.size());
  auto from = options.vantages;
  if (from.empty() && !open_.empty()) from.push_back({"local"});
  const auto spare = options.split ? std::min(kMostHandovers, from.size() - 1) : 0;
  for (const auto& vantage : from) prepare(vantage, 1 + spare);
  joined_ = places_.size();
  prepare_jumps();
  const auto times = options.split ? 1 : joined_;
  progress_ =
      Progress(skipped_.size() + open_.size() * times + book_.size() - open_.size(), started_);
}

void VantageRun::prepare(vantages::Vantage vantage, std::size_t sessions) {
  auto& place = places_.emplace_back(Place{std::move(vantage), {}, {}});
  for (std::size_t i = 0; i < sessions; ++i)
    place.sessions.emplace_back(
        place.vantage, launch_, book_,
        [this, name = place.vantage.name](std::size_t number, probe::HostResult&& result) {
          take(name, number, std::move(result));
        });
}

/// What is behind a jump host is scanned only if a scanner there could look it up.
bool VantageRun::follows(const inventory::Target& target) const {
  if (!options_.follow_jumps || target.jumps.empty()) return false;
  return target.address || !inventory::check_name(target.lookup_name());
}

/// All hosts of one jump by one connection. The last of several jumps is where fleetscan runs.
void VantageRun::prepare_jumps() {
  for (auto& [route, numbers] : behind_) {
    prepare(vantages::vantage_at(route), 1);
    places_.back().own = std::move(numbers);
  }
}

std::vector<std::string> VantageRun::joined() const {
  std::vector<std::string> names;
  if (!options_.split && !options_.from.empty())
    for (const auto& place : places_)
      if (place.own.empty()) names.push_back(place.vantage.name);
  return names;
}

VantageRun::Place* VantageRun::place_of(const std::string& vantage) {
  const auto found = std::ranges::find_if(
      places_, [&](const Place& place) { return place.vantage.name == vantage; });
  return found == places_.end() ? nullptr : &*found;
}

void VantageRun::resume(records::InterruptedRun& interrupted, RunRecorder& recorder) {
  recorder_ = &recorder;
  const bool from_each = !joined().empty();
  interrupted.read(
      [&](const probe::HostResult& result) {
        const auto number = book_.find(result.target);
        auto* place = place_of(result.vantage);
        const bool skipped = result.state() == probe::State::skipped;
        if (skipped || number == book_.size() || (from_each && !place)) return;
        heard_[number] = true;
        if (place) place->told.insert(number);
        deliver(result);
      },
      from_each);
}

/// A jump host's targets, and those that are split, are asked from one place alone.
bool VantageRun::is_told(const Place& place, std::size_t number) const {
  return joined().empty() || !place.own.empty() ? heard_[number] : place.told.contains(number);
}

ScanEnding VantageRun::run(RunRecorder& recorder) {
  const StopSignals signals;
  recorder_ = &recorder;
  for (auto& target : skipped_) {
    auto reason = target.skip_reason;
    deliver(unprobed(std::move(target), probe::Outcome::skipped, std::move(reason)));
  }
  share_out();
  int signal = 0;
  while (any_active()) {
    turn();
    close_sessions();
    if (const int now = StopSignals::received(); now != signal) {
      display_.clear();
      if (signal == 0) say("stopping: what the vantages have told is kept");
      signal = now;
      cut_short_ = true;
      stop_all(std::string(signal == SIGINT ? probe::kInterrupted : probe::kTerminated));
    }
    if (options_.deadline && steady_now() > started_ + *options_.deadline + kDeadlineGrace) {
      cut_short_ = true;
      stop_all(std::string(probe::kDeadlinePassed));
    }
  }
  settle_silent();
  display_.clear();
  return {.end = end(), .signal = signal};
}

void VantageRun::share_out() {
  std::size_t next = 0;
  for (auto& place : places_) {
    std::vector<std::size_t> share = place.own;
    if (share.empty()) {
      for (std::size_t i = 0; i < open_.size(); ++i)
        if (!options_.split || i % joined_ == next) share.push_back(open_[i]);
      ++next;
    }
    std::erase_if(share, [&](std::size_t number) { return is_told(place, number); });
    give(place, share);
  }
}

void VantageRun::give(Place& place, const std::vector<std::size_t>& numbers) {
  auto* session = unused(place);
  if (session && !numbers.empty()) session->give(numbers, program_, steady_now());
}

vantages::Session* VantageRun::unused(Place& place) {
  const auto found =
      std::ranges::find_if(place.sessions, [](const auto& session) { return !session.started(); });
  return found == place.sessions.end() ? nullptr : &*found;
}

bool VantageRun::any_active() const {
  return std::ranges::any_of(places_, [](const Place& place) {
    return std::ranges::any_of(place.sessions, &vantages::Session::active);
  });
}

void VantageRun::turn() {
  recorder_->flush();
  const bool listen = recorder_->waiting() <= kMaxWaiting;
  std::vector<pollfd> polled;
  for (const auto& place : places_)
    for (const auto& session : place.sessions)
      if (session.active()) session.add_to(polled, listen);
  const auto wait =
      std::chrono::duration_cast<std::chrono::milliseconds>(ProgressDisplay::kInterval);
  static_cast<void>(::poll(polled.data(), polled.size(), static_cast<int>(wait.count())));
  const auto now = steady_now();
  for (auto& place : places_)
    for (auto& session : place.sessions)
      if (session.active()) session.turn(now, listen);
  display_.show(progress_, now, {});
}

/// Notes the trouble of those that are over, and finds others for what they leave behind.
void VantageRun::close_sessions() {
  for (auto& place : places_)
    for (auto& session : place.sessions) {
      if (!session.started() || session.active() || std::exchange(closed_[&session], true))
        continue;
      const auto trouble = session.trouble();
      if (trouble.empty()) continue;
      if (place.trouble.empty()) place.trouble = trouble;
      display_.clear();
      if (!options_.quiet) say(printable(place.vantage.name) + ": " + printable(trouble));
      if (options_.split && place.own.empty() && !cut_short_) {
        const auto silent = session.intake().silent();
        orphans_.insert(orphans_.end(), silent.begin(), silent.end());
      }
    }
  if (!orphans_.empty() && !cut_short_) hand_over();
}

/// Those that are done with their own take what others left behind: so each keeps its pace, and
/// what several leave is one share.
void VantageRun::hand_over() {
  std::vector<Place*> able;
  for (auto& place : places_) {
    const bool busy = std::ranges::any_of(place.sessions, &vantages::Session::active);
    if (place.own.empty() && place.trouble.empty() && !busy && unused(place))
      able.push_back(&place);
  }
  if (able.empty()) return;
  std::vector<std::vector<std::size_t>> shares(able.size());
  for (std::size_t i = 0; i < orphans_.size(); ++i)
    shares[i % shares.size()].push_back(orphans_[i]);
  orphans_.clear();
  for (std::size_t i = 0; i < able.size(); ++i) give(*able[i], shares[i]);
}

void VantageRun::stop_all(const std::string& why) {
  for (auto& place : places_)
    for (auto& session : place.sessions)
      if (session.active()) session.stop(why);
}

/// Keys are judged here, whatever a vantage says of them.
probe::HostResult VantageRun::with_key_expected(probe::HostResult&& result) {
  bool wrong = false;
  for (auto& attempt : result.attempts) {
    if (!attempt.evidence.host_key) continue;
    attempt.evidence.host_key->known = probe::Known::unchecked;
    if (!known_hosts_) continue;
    probe::hold_against(*known_hosts_, result.target, attempt);
    wrong = wrong || attempt.outcome == probe::Outcome::host_key_changed;
  }
  return wrong ? diagnosis::conclude_again(std::move(result), {}) : std::move(result);
}

void VantageRun::take(const std::string& vantage, std::size_t number, probe::HostResult&& result) {
  if (const auto* attempt = result.decisive(); attempt && attempt->evidence.address)
    inventory_.add_subnet_labels(result.target, *attempt->evidence.address);
  heard_[number] = true;
  auto judged = with_key_expected(std::move(result));
  judged.vantage = vantage;
  deliver(judged);
}

void VantageRun::deliver(const probe::HostResult& result) {
  ++counts_[result.outcome];
  progress_.add(result.state());
  recorder_->add(result);
}

/// Targets of which no vantage told.
void VantageRun::settle_silent() {
  const int signal = StopSignals::received();
  for (std::size_t number = 0; number < book_.size(); ++number)
    if (!heard_[number])
      deliver(unprobed(
          book_[number], probe::Outcome::not_probed,
          signal != 0 ? std::string(signal == SIGINT ? probe::kInterrupted : probe::kTerminated)
                      : "no vantage could ask it"));
}

probe::RunEnd VantageRun::end() const {
  probe::RunEnd end;
  end.complete = !cut_short_;
  end.count(counts_);
  end.duration = std::chrono::duration_cast<std::chrono::milliseconds>(steady_now() - started_);
  for (const auto& place : places_) {
    auto& told = end.vantages.emplace_back();
    told.vantage = place.vantage.name;
    told.trouble = place.trouble;
    told.given = told.judged = place.told.size();
    for (const auto& session : place.sessions) {
      told.given += session.intake().given();
      told.judged += session.intake().heard();
    }
  }
  return end;
}

}  // namespace fleetscan::commands
