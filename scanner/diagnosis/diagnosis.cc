#include "scanner/diagnosis/diagnosis.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "scanner/diagnosis/causes.h"
#include "scanner/diagnosis/circumstances.h"
#include "scanner/diagnosis/neighborhood.h"
#include "scanner/diagnosis/observations.h"
#include "scanner/diagnosis/sighting.h"
#include "scanner/diagnosis/suspects.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::diagnosis {
namespace {

// What is left for causes that nobody thought of, beside weights that sum to 1.
constexpr double kUnthoughtOf = 0.1;
// What a cause that was no suspect of its class gets when something all but proves it.
constexpr double kSurprise = 0.05;
// Less likely causes are left out: they would only be noise.
constexpr double kLeastConfidence = 0.02;

/// Weights that evidence moves, and why.
class Ranking {
 public:
  explicit Ranking(double unthought_of) : unthought_of_(unthought_of) {}

  void suspect(CauseId cause, double weight, std::vector<std::string> because) {
    entries_[cause] = {weight, std::move(because)};
  }

  void observe(const std::string& sentence, const std::vector<Effect>& effects) {
    for (const auto& [cause, factor] : effects) {
      auto found = entries_.find(cause);
      if (found == entries_.end()) {
        if (factor < kDecisive) continue;
        found = entries_.emplace(cause, Entry{kSurprise, {}}).first;
      }
      if (factor == 1) continue;
      found->second.weight *= factor;
      found->second.because.push_back(factor > 1 ? sentence : "against it: " + sentence);
    }
  }

  [[nodiscard]] std::vector<probe::Cause> causes() const {
    double sum = unthought_of_;
    for (const auto& [cause, entry] : entries_) sum += entry.weight;
    std::vector<probe::Cause> ranked;
    for (const auto& [cause, entry] : entries_) {
      const auto confidence = std::round(entry.weight / sum * 1000) / 1000;
      if (confidence < kLeastConfidence) continue;
      ranked.push_back({std::string(to_string(cause)), confidence, entry.because});
    }
    std::ranges::stable_sort(ranked, std::greater<>{}, &probe::Cause::confidence);
    return ranked;
  }

 private:
  struct Entry {
    double weight = 0;
    std::vector<std::string> because = {};
  };

  double unthought_of_;
  std::map<CauseId, Entry> entries_;
};

/// The attempt that shows what is to be explained; null if there was none.
const probe::Attempt* explained(const probe::HostResult& result) {
  if (result.outcome != probe::Outcome::ok_after_retry) return result.decisive();
  const auto failed = std::ranges::find_if(result.attempts, [](const probe::Attempt& attempt) {
    return probe::is_failure(attempt.outcome);
  });
  return failed == result.attempts.end() ? nullptr : &*failed;
}

// How likely a failure behind a proxy is a matter of where the proxy stands.
double weight_of_proxy_path(probe::Outcome outcome) {
  switch (probe::row(outcome).phase.value_or(probe::Phase::done)) {
    case probe::Phase::resolve:
    case probe::Phase::connect: return 0.3;
    case probe::Phase::banner: return 0.1;
    case probe::Phase::proxy:  // has it among its suspects
    case probe::Phase::kexinit:
    case probe::Phase::kex:
    case probe::Phase::done: break;
  }
  return 0;
}

/// What the class brings to mind, but for causes whose evidence a proxy hides.
std::vector<Suspect> suspects_behind_proxy(probe::Outcome outcome) {
  const auto all = suspects(outcome);
  std::vector<Suspect> left(all.begin(), all.end());
  if (probe::row(outcome).phase == probe::Phase::proxy) return left;
  std::erase_if(left, [](const Suspect& suspect) { return is_of_direct_path(suspect.cause); });
  if (const auto weight = weight_of_proxy_path(outcome); weight > 0 && !left.empty())
    left.push_back({CauseId::proxy_path, weight});
  return left;
}

std::vector<probe::Cause> of_its_own(const probe::HostResult& result) {
  static const probe::Evidence kNothing;
  const auto* attempt = explained(result);
  const bool recovered = result.outcome == probe::Outcome::ok_after_retry;
  if (recovered && !attempt) return {};
  const auto outcome = recovered ? attempt->outcome : result.outcome;
  const auto& seen = attempt ? attempt->evidence : kNothing;

  Ranking ranking(kUnthoughtOf);
  const auto plain = suspects(outcome);
  const auto suspected = seen.proxy ? suspects_behind_proxy(outcome)
                                    : std::vector<Suspect>(plain.begin(), plain.end());
  if (suspected.empty()) return {};
  for (const auto& [cause, weight] : suspected)
    ranking.suspect(cause, weight, {sighting(outcome, seen)});
  const Case host{result, outcome, seen, recovered};
  for (const auto& observation : observations()) {
    if (observation.of_direct_path && seen.proxy) continue;
    if (const auto sentence = observation.sees(host))
      ranking.observe(*sentence, observation.effects);
  }
  return ranking.causes();
}

}  // namespace

std::vector<probe::Cause> diagnose(const probe::HostResult& result,
                                   const Neighborhood& neighborhood, const Earlier& earlier) {
  return reconsider(of_its_own(result), result.outcome, neighborhood, earlier);
}

std::vector<probe::Cause> reconsider(const std::vector<probe::Cause>& causes,
                                     probe::Outcome outcome, const Neighborhood& neighborhood,
                                     const Earlier& earlier) {
  if (causes.empty()) return {};
  auto found = circumstances(outcome, neighborhood, earlier);
  if (found.empty()) return causes;
  double sum = 0;
  for (const auto& cause : causes) sum += cause.confidence;
  Ranking ranking(std::max(1 - sum, 0.0));
  for (const auto& cause : causes)
    if (const auto id = parse_cause(cause.name))
      ranking.suspect(*id, cause.confidence, cause.because);
  const bool behind_proxy = std::ranges::find(causes, to_string(CauseId::proxy_path),
                                              &probe::Cause::name) != causes.end();
  for (auto& [sentence, effects] : found) {
    if (behind_proxy)
      std::erase_if(effects, [](const Effect& effect) { return is_of_direct_path(effect.cause); });
    ranking.observe(sentence, effects);
  }
  return ranking.causes();
}

}  // namespace fleetscan::diagnosis
