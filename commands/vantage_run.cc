#include "commands/vantage_run.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
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
#include "commands/terminal.h"
#include "inventory/expression.h"
#include "inventory/inventory.h"
#include "inventory/target.h"
#include "scanner/diagnosis/conclude.h"
#include "scanner/probe/ending.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"
#include "vantages/session.h"
#include "vantages/vantage.h"

namespace fleetscan::commands {
namespace {

volatile std::sig_atomic_t received = 0;  // a handler has nothing else to write to

void receive(int number) { received = number; }

/// Takes the signals while it lives.
class Signals {
 public:
  Signals() {
    received = 0;
    struct sigaction action {};
    action.sa_handler = receive;
    for (std::size_t i = 0; i < kNumbers.size(); ++i)
      ::sigaction(kNumbers[i], &action, &before_[i]);
    action.sa_handler = SIG_IGN;
    ::sigaction(SIGCHLD, &action, &child_before_);
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals() {
    for (std::size_t i = 0; i < kNumbers.size(); ++i)
      ::sigaction(kNumbers[i], &before_[i], nullptr);
    ::sigaction(SIGCHLD, &child_before_, nullptr);
  }

 private:
  static constexpr std::array<int, 2> kNumbers{SIGINT, SIGTERM};
  std::array<struct sigaction, 2> before_{};
  struct sigaction child_before_ {};
};

probe::HostResult unprobed(inventory::Target target, probe::Outcome outcome, std::string note) {
  probe::HostEvidence nothing;
  nothing.target = std::move(target);
  nothing.without_attempts = outcome;
  nothing.note = std::move(note);
  return diagnosis::conclude(std::move(nothing));
}

}  // namespace

VantageRun::VantageRun(const Options& options, const inventory::Inventory& inventory,
                       std::vector<std::string> scan_options, std::string program)
    : options_(options),
      inventory_(inventory),
      program_(std::move(program)),
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

ScanEnding VantageRun::run(RunRecorder& recorder) {
  const Signals signals;
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
    if (const int now = received; now != signal) {
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
  std::vector<std::vector<std::size_t>> shares(joined_);
  for (std::size_t i = 0; i < open_.size(); ++i)
    for (std::size_t place = 0; place < shares.size(); ++place)
      if (!options_.split || i % shares.size() == place) shares[place].push_back(open_[i]);
  std::size_t next = 0;
  for (auto& place : places_) give(place, place.own.empty() ? shares[next++] : place.own);
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
      if (options_.split && place.own.empty() && !cut_short_) hand_over(session.intake().silent());
    }
}

void VantageRun::hand_over(const std::vector<std::size_t>& numbers) {
  std::vector<Place*> able;
  for (auto& place : places_)
    if (place.own.empty() && place.trouble.empty() && unused(place)) able.push_back(&place);
  if (able.empty()) return;
  std::vector<std::vector<std::size_t>> shares(able.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) shares[i % shares.size()].push_back(numbers[i]);
  for (std::size_t i = 0; i < able.size(); ++i) give(*able[i], shares[i]);
}

void VantageRun::stop_all(const std::string& why) {
  for (auto& place : places_)
    for (auto& session : place.sessions)
      if (session.active()) session.stop(why);
}

void VantageRun::take(const std::string& vantage, std::size_t number, probe::HostResult&& result) {
  if (const auto* attempt = result.decisive(); attempt && attempt->evidence.address)
    inventory_.add_subnet_labels(result.target, *attempt->evidence.address);
  heard_[number] = true;
  result.vantage = vantage;
  deliver(result);
}

void VantageRun::deliver(const probe::HostResult& result) {
  ++counts_[result.outcome];
  progress_.add(result.state());
  recorder_->add(result);
}

/// Targets of which no vantage told.
void VantageRun::settle_silent() {
  for (std::size_t number = 0; number < book_.size(); ++number)
    if (!heard_[number])
      deliver(unprobed(
          book_[number], probe::Outcome::not_probed,
          received != 0 ? std::string(received == SIGINT ? probe::kInterrupted : probe::kTerminated)
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
    for (const auto& session : place.sessions) {
      told.given += session.intake().given();
      told.judged += session.intake().heard();
    }
  }
  return end;
}

}  // namespace fleetscan::commands
