#include "commands/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/numbers.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::commands {
namespace {

using std::chrono_literals::operator""ms;
using Seconds = std::chrono::duration<double>;

// A sample more often than this tells nothing new.
constexpr auto kSampleInterval = 500ms;

// Rounded up, so that it says "0s" only at the end.
std::string clock_text(std::chrono::milliseconds duration) {
  const auto seconds = (std::max<std::int64_t>(0, duration.count()) + 999) / 1000;
  if (seconds >= 3600) return fmt::format("{}h{:02}m", seconds / 3600, seconds / 60 % 60);
  if (seconds >= 60) return fmt::format("{}m{:02}s", seconds / 60, seconds % 60);
  return fmt::format("{}s", seconds);
}

}  // namespace

void Progress::add(probe::State state) {
  ++done_;
  switch (state) {
    case probe::State::reachable:
    case probe::State::degraded: ++reached_; break;
    case probe::State::unreachable: ++failed_; break;
    case probe::State::unknown: ++unknown_; break;
    case probe::State::skipped: break;
  }
}

double Progress::rate(TimePoint now) {
  while (samples_.size() > 1 && now - samples_[1].first >= kRateWindow) samples_.pop_front();
  const auto [since, before] = samples_.front();
  const Seconds passed = now - since;
  const double rate =
      passed > Seconds::zero() ? static_cast<double>(done_ - before) / passed.count() : 0;
  if (now - samples_.back().first >= kSampleInterval) samples_.emplace_back(now, done_);
  return rate;
}

std::string Progress::line(TimePoint now, const Outlook& outlook) {
  const auto& [tail, again] = outlook;
  const auto per_second = rate(now);
  const auto left = static_cast<double>(total_ - std::min(done_ + again, total_));  // not asked yet
  auto counts = fmt::format("ok {} · failed {}", grouped(reached_), grouped(failed_ + again));
  if (left == 0 && again > 0)
    return fmt::format("{}/{} done · about {} more, {} to be asked again · {}", grouped(done_),
                       grouped(total_), clock_text(tail), grouped(again), counts) +
           unknown_text();
  if (again > 0) counts += fmt::format(", {} of them to be asked again", grouped(again));
  const auto percent = total_ == 0 ? 100 : std::min<std::uint64_t>(100, done_ * 100 / total_);
  auto text = fmt::format("{}% {}/{}", percent, grouped(done_), grouped(total_));
  constexpr double kForeseeable = 100 * 3600;
  const double by_rate = per_second > 0 ? left / per_second : kForeseeable;
  const auto eta =
      tail + std::chrono::milliseconds{std::llround(1000 * std::min(by_rate, kForeseeable))};
  if (left > 0 && eta < std::chrono::hours{100}) text += " · ETA " + clock_text(eta);
  return text + fmt::format(" · {}{} · {}/s", counts, unknown_text(),
                            grouped(static_cast<std::uint64_t>(per_second + 0.5)));
}

std::string Progress::unknown_text() const {
  return unknown_ > 0 ? fmt::format(" · unknown {}", grouped(unknown_)) : std::string();
}

}  // namespace fleetscan::commands
