#include "scanner/diagnosis/circumstances.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/numbers.h"
#include "scanner/diagnosis/causes.h"
#include "scanner/diagnosis/diagnosis.h"
#include "scanner/diagnosis/neighborhood.h"
#include "scanner/diagnosis/observations.h"
#include "scanner/diagnosis/sighting.h"
#include "scanner/probe/outcome.h"
#include "scanner/ssh/software.h"

namespace fleetscan::diagnosis {
namespace {

using enum CauseId;
using List = std::vector<Circumstance>;

constexpr std::uint64_t kEnough = 3;  // hosts that a crowd must have to say something

bool fails_alike(const Crowd& crowd) {
  return crowd.hosts >= kEnough && share(crowd.alike, crowd.hosts) >= 0.8;
}

bool is_well(const Crowd& crowd) {
  return crowd.hosts >= kEnough && share(crowd.healthy, crowd.hosts) >= 0.8;
}

std::vector<Effect> by_seat(double host, double path) {
  std::vector<Effect> effects;
  for (const auto& row : causes()) {
    if (row.seat == Seat::host) effects.push_back({row.cause, host});
    if (row.seat == Seat::path) effects.push_back({row.cause, path});
  }
  return effects;
}

std::vector<Effect> on_ourselves(double factor) {
  return {{scanner_network, factor}, {scanner_firewall, factor}, {scanner_resolver, factor}};
}

std::string tally(std::uint64_t part, const Crowd& crowd, std::string_view place) {
  return fmt::format("{} of {} other hosts {} {}", grouped(part), grouped(crowd.hosts), place,
                     crowd.name);
}

/// Who fails alike in a place has a cause in common; who fails alone has one of his own.
void add_place(List& list, const Crowd& crowd, std::string_view place, probe::Outcome outcome,
               double factor) {
  if (fails_alike(crowd))
    list.push_back({fmt::format("{} fail the same way ({})", tally(crowd.alike, crowd, place),
                                probe::to_string(outcome)),
                    by_seat(1 / factor, factor)});
  else if (is_well(crowd)) {
    auto effects = by_seat(factor, 1 / factor);
    effects.push_back({source_ban, factor});  // a host bans by itself
    list.push_back({tally(crowd.healthy, crowd, place) + " are healthy", std::move(effects)});
  }
}

void add_software(List& list, const Crowd& crowd, probe::Outcome outcome) {
  if (!fails_alike(crowd)) return;
  auto named = crowd;
  named.name = in_quotes(crowd.name);
  list.push_back({fmt::format("{} fail the same way ({})", tally(crowd.alike, named, "with"),
                              probe::to_string(outcome)),
                  {{service_child_broken, kStrong},
                   {key_exchange_failure, kStrong},
                   {legacy_algorithms, kMild},
                   {no_common_algorithms, kMild},
                   {ssh_inspection, 1 / kMild}}});
}

/// Nearly everybody at once: that is near us, and likelier still if nobody gets through.
void add_moment(List& list, const Crowd& crowd, probe::Outcome outcome) {
  if (crowd.hosts + 1 < Neighbors::kFewHosts || share(crowd.alike, crowd.hosts) < 0.8) return;
  const auto factor = crowd.healthy == 0 ? kDecisive : kStrong;
  const bool answered = probe::is_refusal(outcome);
  const auto phase = probe::row(outcome).phase;
  std::vector<Effect> effects;
  if (phase == probe::Phase::resolve)
    effects = {{scanner_resolver, factor}};
  else if (phase == probe::Phase::connect)
    effects = {{scanner_firewall, answered ? factor * kMild : factor},
               {scanner_network, answered ? 1 : factor * kMild}};
  else
    effects = {{ssh_inspection, kMild}};
  // Never enough to bring it to mind where there is no proxy.
  effects.push_back({proxy_path, kStrong});
  const auto reached = crowd.healthy == 0   ? "none was reached"
                       : crowd.healthy == 1 ? "1 was reached"
                                            : grouped(crowd.healthy) + " were reached";
  list.push_back({fmt::format("{} fail the same way ({}), {}", tally(crowd.alike, crowd, "in"),
                              probe::to_string(outcome), reached),
                  std::move(effects)});
}

void add_patterns(List& list, const Neighborhood& around, probe::Outcome outcome) {
  const auto part = share(around.subnet.alike, around.subnet.hosts);
  const bool patchy =
      around.subnet.hosts >= 8 && part > 0.05 && part < 0.7 && around.subnet.healthy >= kEnough;
  if (outcome == probe::Outcome::connect_timeout && patchy)
    list.push_back({fmt::format("{} do not answer either, {} are healthy: scattered packet loss",
                                tally(around.subnet.alike, around.subnet, "in"),
                                grouped(around.subnet.healthy)),
                    {{conntrack_full, kMild}}});
  if (outcome == probe::Outcome::banner_throttled && around.run.alike >= kEnough &&
      share(around.run.alike, around.run.hosts) >= 0.5)
    list.push_back({fmt::format("{} throttle us as well: what they have in common is our address",
                                tally(around.run.alike, around.run, "in")),
                    {{source_penalty, kMild}}});
  if (around.other_family && probe::row(outcome).phase == probe::Phase::connect)
    list.push_back({"the address of the other family of the same name is reached",
                    {{family_mismatch, kDecisive * kDecisive},
                     {host_off, 1 / kDecisive},
                     {wrong_name, 1 / kStrong}}});
  if (around.same_key > 0)
    list.push_back(
        {counted(around.same_key, "other host", "proved to hold the same unexpected key"),
         {{interception, kDecisive}, {host_key_replaced, 1 / kStrong}, {wrong_name, 1 / kMild}}});
}

/// What refuses us alone, and is alone in it, has something against our address: a filter on the
/// way would treat its neighbors alike.
void add_aversion(List& list, const Neighborhood& around, probe::Outcome outcome) {
  if (!around.reached_elsewhere || !is_well(around.subnet)) return;
  if (probe::row(outcome).phase != probe::Phase::connect) return;
  list.push_back({"it fails from some vantages only, and " +
                      tally(around.subnet.healthy, around.subnet, "in") + " are healthy",
                  {{source_ban, kDecisive}}});
}

void add_trials(List& list, const Neighborhood& around) {
  if (around.canaries == Trial::passed)
    list.push_back({"the canaries were reached from here", on_ourselves(1 / kDecisive)});
  if (around.canaries == Trial::failed)
    list.push_back({"no canary was reached from here either", on_ourselves(kDecisive)});
}

void add_earlier(List& list, const Earlier& earlier, probe::Outcome outcome) {
  if (earlier.reached > 0)
    list.push_back({fmt::format("reached in {} of {}", grouped(earlier.reached),
                                counted(earlier.runs, "earlier run")),
                    {{source_ban, kMild},
                     {source_penalty, kMild},
                     {wrong_name, 1 / kStrong},
                     {wrong_service, 1 / kStrong}}});
  else if (earlier.runs >= kEnough)
    list.push_back({fmt::format("never reached in {} earlier runs", grouped(earlier.runs)),
                    {{wrong_name, kStrong},
                     {firewall_drop, kMild},
                     {firewall_reject, kMild},
                     {source_ban, 1 / kStrong}}});
  if (earlier.last == probe::Outcome::banner_silent && outcome == probe::Outcome::connect_timeout)
    list.push_back(
        {"silent after the connection in the last run, now no answer to SYN: its accept queue has "
         "filled up",
         {{server_hung, kDecisive}}});
  if (earlier.ident && outcome == probe::Outcome::banner_closed_fast) {
    const auto version = ssh::openssh_version(*earlier.ident);
    if (version && *version <= ssh::OpensshVersion{8, 1})
      list.push_back({"in the last run it was " + in_quotes(*earlier.ident) +
                          ", which applies MaxStartups silently",
                      {{max_startups, kStrong}}});
  }
}

/// What is reached from elsewhere fails for our address, or on our path.
std::vector<Effect> on_our_side(double ours, double host) {
  auto effects = by_seat(host, ours);
  std::erase_if(effects, [](const Effect& effect) { return effect.cause == mixed_backends; });
  for (const auto cause : {source_ban, source_penalty, rate_limit_rule, tcp_wrappers})
    effects.push_back({cause, ours});
  return effects;
}

void add_vantages(List& list, const Earlier& earlier) {
  if (earlier.vantages_reached > 0)
    list.push_back({counted(earlier.vantages_reached, "other vantage",
                            earlier.vantages_reached == 1 ? "reaches it" : "reach it"),
                    on_our_side(kStrong, 1 / kStrong)});
  if (earlier.vantages_alike > 0)
    list.push_back(
        {counted(earlier.vantages_alike, "other vantage",
                 earlier.vantages_alike == 1 ? "fails the same way" : "fail the same way"),
         {{source_ban, 1 / kDecisive},
          {source_penalty, 1 / kStrong},
          {rate_limit_rule, 1 / kStrong},
          {interception, 1 / kMild},
          {max_startups, kMild},
          {scanner_network, 1 / kDecisive},
          {scanner_firewall, 1 / kDecisive}}});
}

}  // namespace

std::vector<Circumstance> circumstances(probe::Outcome outcome, const Neighborhood& around,
                                        const Earlier& earlier) {
  List list;
  add_place(list, around.subnet, "in", outcome, kStrong);
  add_place(list, around.label, "with", outcome, kMild);
  add_software(list, around.software, outcome);
  add_moment(list, around.moment, outcome);
  add_patterns(list, around, outcome);
  add_aversion(list, around, outcome);
  add_trials(list, around);
  add_earlier(list, earlier, outcome);
  add_vantages(list, earlier);
  return list;
}

}  // namespace fleetscan::diagnosis
