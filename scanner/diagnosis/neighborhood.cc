#include "scanner/diagnosis/neighborhood.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/drawn.h"
#include "base/numbers.h"
#include "base/prefix.h"
#include "scanner/diagnosis/causes.h"
#include "scanner/diagnosis/joint_verdict.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"
#include "scanner/ssh/software.h"

namespace fleetscan::diagnosis {
namespace {

std::int64_t moment(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()) / Neighbors::kMoment;
}

std::pair<std::uint64_t, std::string> drawn(std::string_view name) {
  return {draw(name), std::string(name)};
}

}  // namespace

Whereabouts whereabouts(const probe::HostResult& result) {
  Whereabouts found{.outcome = result.outcome,
                    .address = result.target.address,
                    .name = result.target.each_address ? std::string_view{result.target.host}
                                                       : std::string_view{},
                    .labels = result.target.labels.get(),
                    .reached_elsewhere = reach(result.views) == Reach::some};
  for (const auto& attempt : result.attempts) {
    const auto& seen = attempt.evidence;
    if (!found.address) found.address = seen.address;
    if (found.ident.empty() && seen.ident_line) found.ident = *seen.ident_line;
    if (!found.tried) found.tried = seen.started;
    if (attempt.outcome == probe::Outcome::host_key_changed && seen.host_key)
      found.unexpected_key = seen.host_key->sha256;
  }
  return found;
}

void Neighbors::Count::add(probe::Outcome outcome) {
  ++hosts;
  if (probe::is_reached(outcome))
    ++healthy;
  else
    ++failing[outcome];
}

Crowd Neighbors::Count::without(probe::Outcome one, std::string name) const {
  Crowd crowd{std::move(name), hosts - 1, healthy, 0};
  const auto alike = failing.find(one);
  if (alike != failing.end()) crowd.alike = alike->second - 1;
  return crowd;
}

void Neighbors::add(const probe::HostResult& result) {
  const auto outcome = result.outcome;
  if (!probe::is_reached(outcome) && !probe::is_failure(outcome)) return;
  const auto host = whereabouts(result);
  run_.add(outcome);
  behind_proxy_ |= !result.attempts.empty() && result.attempts.front().evidence.proxy.has_value();
  if (host.address) subnets_[subnet_of(*host.address)].add(outcome);
  if (!host.name.empty() && host.address && probe::is_reached(outcome)) {
    auto& families = reached_families_[std::string(host.name)];
    (host.address->is_v4() ? families.v4 : families.v6) = true;
  }
  if (host.labels)
    for (const auto& [key, value] : *host.labels) labels_[key + '=' + value].add(outcome);
  if (!host.ident.empty()) {
    software_[drawn(ssh::software_of(host.ident))].add(outcome);
    if (software_.size() > kMaxSoftware) software_.erase(std::prev(software_.end()));
  }
  if (host.tried) {
    moments_[moment(*host.tried)].add(outcome);
    first_ = std::min(first_, *host.tried);
    last_ = std::max(last_, *host.tried);
  }
  if (!host.unexpected_key.empty()) ++unexpected_keys_[std::string(host.unexpected_key)];
}

void Neighbors::set_canaries(const probe::Canaries& canaries) {
  canaries_ = canaries.asked == 0     ? Trial::unasked
              : canaries.all_failed() ? Trial::failed
                                      : Trial::passed;
}

template <typename Counts, typename Key>
Crowd Neighbors::look_up(const Counts& counts, const Key& key, probe::Outcome outcome,
                         std::string name) {
  const auto found = counts.find(key);
  return found == counts.end() ? Crowd{} : found->second.without(outcome, std::move(name));
}

Neighborhood Neighbors::around(const Whereabouts& one) const {
  Neighborhood found;
  found.canaries = canaries_;
  found.reached_elsewhere = one.reached_elsewhere;
  found.run = run_.without(one.outcome, "this run");
  if (one.address) {
    const auto prefix = subnet_of(*one.address);
    found.subnet = look_up(subnets_, prefix, one.outcome, prefix.to_string());
  }
  if (const auto name = reached_families_.find(one.name);
      name != reached_families_.end() && one.address)
    found.other_family = one.address->is_v4() ? name->second.v6 : name->second.v4;
  if (one.labels) {
    for (const auto& [key, value] : *one.labels) {
      const auto name = key + '=' + value;
      auto crowd = look_up(labels_, name, one.outcome, name);
      if (found.label.name.empty() ||
          share(crowd.alike, crowd.hosts) > share(found.label.alike, found.label.hosts))
        found.label = std::move(crowd);
    }
  }
  if (!one.ident.empty()) {
    const auto name = ssh::software_of(one.ident);
    found.software = look_up(software_, drawn(name), one.outcome, std::string(name));
  }
  if (one.tried)
    found.moment = look_up(moments_, moment(*one.tried), one.outcome, "the same ten seconds");
  const auto same = unexpected_keys_.find(one.unexpected_key);
  if (same != unexpected_keys_.end()) found.same_key = same->second - 1;
  return found;
}

std::optional<Neighbors::Suspicion> Neighbors::suspicion() const {
  if (run_.hosts < kFewHosts || canaries_ == Trial::passed) return std::nullopt;
  const auto most =
      std::ranges::max_element(run_.failing, {}, [](auto& entry) { return entry.second; });
  if (most == run_.failing.end() || share(most->second, run_.hosts) < 0.8) return std::nullopt;
  const auto [outcome, count] = *most;
  const auto cause = behind_proxy_ ? CauseId::proxy_path
                     : probe::row(outcome).phase == probe::Phase::resolve
                         ? CauseId::scanner_resolver
                     : probe::is_refusal(outcome) ? CauseId::scanner_firewall
                                                  : CauseId::scanner_network;
  // One host that is reached shows that our side works at least in part.
  const double confidence = canaries_ == Trial::failed ? 0.9 : run_.healthy == 0 ? 0.6 : 0.3;
  const auto span = last_ > first_ ? last_ - first_ : WallTime::duration{0};
  auto sentence = fmt::format(
      "{} of {} hosts, probed within {}, ended in {}", grouped(count), grouped(run_.hosts),
      duration_text(std::chrono::duration_cast<Micros>(span)), probe::to_string(outcome));
  return Suspicion{outcome, {std::string(to_string(cause)), confidence, {std::move(sentence)}}};
}

}  // namespace fleetscan::diagnosis
