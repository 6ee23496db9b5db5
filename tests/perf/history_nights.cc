// A year of nightly scans in one history: how large the file gets, and how long things take.
//   history_nights HOSTS NIGHTS FILE [MAX_BYTES_PER_HOST]
// Prints one line of JSON. Fails when the file is larger than that.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "reports/history/history.h"
#include "tests/support/host_result.h"

namespace {

using namespace fleetscan;
using namespace fleetscan::probe;
using namespace fleetscan::history;

double seconds(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

/// A fleet in which, each night, about 1% of the hosts change their state, 0.3% are upgraded and
/// 0.05% get a new key; every tenth night one host in 400 fails, all of them neighbors.
class Fleet {
 public:
  explicit Fleet(std::uint64_t hosts) : hosts_(hosts) {
    for (auto& host : hosts_) host = {Outcome::ok, random_(), random_() % 12};
    for (auto& host : hosts_)
      if (below(1000) < 30) host.outcome = kFailures[below(std::size(kFailures))];
  }

  void next_night() {
    dark_ = below(10) == 0 ? below(hosts_.size()) : hosts_.size();
    for (auto& host : hosts_) {
      const bool fails = state_of(host.outcome) == State::unreachable;
      const auto luck = below(100'000);
      if (fails && luck < 16'000) host.outcome = Outcome::ok;
      if (!fails && luck < 500) host.outcome = kFailures[below(std::size(kFailures))];
      if (below(1000) < 3) host.software = (host.software + 1) % 40;
      if (below(100'000) < 50) host.key = random_();
    }
  }

  [[nodiscard]] HostResult at(std::size_t index) const {
    const auto& host = hosts_[index];
    const auto number = std::to_string(10'000'000 + index);
    const bool dark = index >= dark_ && index < dark_ + hosts_.size() / 400;
    const auto outcome = dark ? Outcome::connect_unreachable : host.outcome;
    const auto subnet = index / kSubnet;
    const auto address = "10." + std::to_string(subnet >> 8U) + '.' +
                         std::to_string(subnet & 255U) + '.' + std::to_string(1 + index % kSubnet);
    const bool up = state_of(outcome) != State::unreachable;
    test::Said said{{}, {}, address};
    if (up) {
      auto key = std::to_string(host.key);
      key.resize(43, 'x');
      said.key = key;
      said.ident = "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u" + std::to_string(host.software);
    }
    return test::host_result("web" + number.substr(1) + ".example.net", outcome, said);
  }
  [[nodiscard]] std::size_t size() const { return hosts_.size(); }

 private:
  static constexpr std::size_t kSubnet = 250;
  static constexpr Outcome kFailures[] = {Outcome::connect_timeout, Outcome::connect_refused,
                                          Outcome::banner_closed_after_start,
                                          Outcome::resolve_not_found};
  struct Host {
    Outcome outcome = Outcome::ok;
    std::uint64_t key = 0;
    std::uint64_t software = 0;
  };
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  std::mt19937_64 random_{1};
  std::vector<Host> hosts_;
  std::size_t dark_ = ~std::size_t{0} / 2;  ///< the first of the neighbors that fail
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  const auto hosts = std::strtoull(argv[1], nullptr, 10);
  const auto nights = std::strtoull(argv[2], nullptr, 10);
  const std::string path = argv[3];
  std::filesystem::remove(path);
  Fleet fleet(hosts);
  std::vector<double> adding, ending;
  std::int64_t run = 0;
  std::uint64_t fresh = 0, recovered = 0;
  {
    History history(path, History::Access::write);
    for (std::uint64_t night = 0; night < nights; ++night) {
      if (night > 0) fleet.next_night();
      std::vector<HostResult> results;
      for (std::size_t i = 0; i < fleet.size(); ++i) results.push_back(fleet.at(i));
      adding.push_back(seconds([&] {
        history.begin(test::nightly_run(night, hosts));
        for (const auto& result : results) history.add(result);
      }));
      ending.push_back(seconds([&] { run = history.end({.complete = true}); }));
      const auto recorded = history.run(run);
      fresh += night > 0 ? recorded->fresh : 0;
      recovered += recorded->recovered;
    }
  }
  const auto bytes = std::filesystem::file_size(path);
  std::size_t slowest = adding.size() - 1;  // but for the first one, to which every host is new
  for (std::size_t night = 1; night < adding.size(); ++night)
    if (adding[night] + ending[night] > adding[slowest] + ending[slowest]) slowest = night;
  History history(path, History::Access::read);
  const auto host = fleet.at(hosts / 2).target.name();
  const auto timed = [](const std::function<void()>& query) {
    std::vector<double> times;
    for (int i = 0; i < 5; ++i) times.push_back(seconds(query));
    return median(times) * 1000;
  };
  const double changes = timed([&] { (void)history.past(run); });
  const double old = timed([&] { (void)history.past(run / 2); });
  const double trend = timed([&] { (void)history.runs({}, 400); });
  const double one = timed([&] { (void)history.host(host); });
  std::printf(
      "{\"hosts\":%llu,\"nights\":%llu,\"bytes\":%llu,\"bytes_per_host\":%.1f,"
      "\"new_failures\":%llu,\"recovered\":%llu,"
      "\"first_night_s\":%.3f,\"night_s\":%.3f,\"night_end_s\":%.3f,"
      "\"slowest_night\":%zu,\"slowest_adding_s\":%.3f,\"slowest_ending_s\":%.3f,"
      "\"changes_ms\":%.1f,\"old_changes_ms\":%.1f,\"trend_ms\":%.1f,\"host_ms\":%.1f}\n",
      hosts, nights, static_cast<unsigned long long>(bytes),
      static_cast<double>(bytes) / static_cast<double>(hosts),
      static_cast<unsigned long long>(fresh), static_cast<unsigned long long>(recovered),
      adding[0] + ending[0], median(adding) + median(ending), median(ending), slowest,
      adding[slowest], ending[slowest], changes, old, trend, one);
  const double limit = argc > 4 ? std::strtod(argv[4], nullptr) : 0;
  return limit > 0 && static_cast<double>(bytes) / static_cast<double>(hosts) > limit ? 1 : 0;
}
