#include "reports/summary/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "base/exit_status.h"
#include "base/numbers.h"
#include "inventory/labels.h"
#include "reports/summary/bounded_tally.h"
#include "reports/summary/condition.h"
#include "reports/summary/gate_words.h"
#include "reports/summary/past.h"
#include "reports/summary/subnet_tree.h"
#include "reports/summary/summary.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::summary {
namespace {

/// How many of how many hosts: exactly, or from `low` to `high`.
struct Range {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  std::uint64_t whole = 0;
};

/// The same as the condition's number counts it, and as people read it.
struct Value {
  double low = 0;
  double high = 0;
  std::string text;
  bool missing = false;  ///< `text` says why there is none
};

constexpr double kEndless = 1e15;  // more than any limit

Value no_value(std::string why) { return {0, 0, std::move(why), true}; }

std::uint64_t judged(const Tally& tally) { return tally.hosts() - tally.in(probe::State::skipped); }

Range open(std::uint64_t count, const Tally& all) {
  return {count, count + all.in(probe::State::unknown), judged(all)};
}

Range exactly(std::uint64_t count, const Tally& all) { return {count, count, judged(all)}; }

Tally labeled(const BoundedTally& labels, std::string_view label) {
  const auto wanted = inventory::parse_label(label);
  Tally sum;
  for (const auto& [name, tally] : labels.entries()) {
    const auto equals = name.find('=');
    if (name.substr(0, equals) != wanted->key) continue;
    if (inventory::has_label({{std::string(wanted->key), name.substr(equals + 1)}}, wanted->key,
                             wanted->value))
      sum.add(tally);
  }
  return sum;
}

class Judge {
 public:
  Judge(const Summary& summary, const GateRules& rules, const std::optional<Past>& past)
      : summary_(summary), rules_(rules), past_(past) {}

  [[nodiscard]] Criterion criterion(const Condition& condition) const {
    const auto value = measure(condition);
    return {condition, value.text, verdict(condition, value)};
  }

 private:
  [[nodiscard]] static GateVerdict verdict(const Condition& condition, const Value& value) {
    if (value.missing) return GateVerdict::incomplete;
    const bool holds = condition.holds(value.low);
    const bool exact =
        condition.comparator == Comparator::equal || condition.comparator == Comparator::different;
    // An exact comparison may hold, or fail, in the middle of a range alone.
    const bool between = exact && value.low < value.high && condition.limit >= value.low &&
                         condition.limit <= value.high;
    if (between || holds != condition.holds(value.high)) return GateVerdict::incomplete;
    return holds ? GateVerdict::fail : GateVerdict::pass;
  }

  [[nodiscard]] static Value value_of(const Condition& condition, const Range& range) {
    const auto number = [&](std::uint64_t count) {
      const auto value = static_cast<double>(count);
      if (!condition.percent) return value;
      return range.whole == 0 ? 0 : 100 * value / static_cast<double>(range.whole);
    };
    const auto words = [&](std::uint64_t count) {
      return condition.percent ? percent(count, range.whole) : grouped(count);
    };
    auto text = words(range.low);
    if (range.high != range.low) text += " to " + words(range.high);
    if (condition.percent)
      text += fmt::format(", {} of {}", grouped(range.low), grouped(range.whole));
    return {number(range.low), number(range.high), std::move(text)};
  }

  [[nodiscard]] Value measure(const Condition& condition) const {
    const auto& total = summary_.total;
    const auto state = [&](probe::State which) {
      auto range = from_everywhere(total.in(which));
      if (!probe::is_failure(which)) range.low -= std::min(range.low, summary_.open);
      if (!probe::is_failure(which)) range.high -= summary_.open;
      return value_of(condition, range);
    };
    switch (condition.measure) {
      case Measure::failing:
        return value_of(condition, from_everywhere(total.failing() - known().total.failing()));
      case Measure::unreachable: return state(probe::State::unreachable);
      case Measure::reachable: return state(probe::State::reachable);
      case Measure::degraded: return state(probe::State::degraded);
      case Measure::unknown:
        return value_of(condition, exactly(total.in(probe::State::unknown), total));
      case Measure::fresh: return fresh(condition);
      case Measure::recovered:
        if (!past_) return no_value("not known without --history");
        return value_of(condition, open(past_->recovered.size(), total));
      case Measure::flapping: return changed(condition, &Past::flapping);
      case Measure::key_changed: return changed(condition, &Past::key_changed);
      case Measure::software_changed: return changed(condition, &Past::software_changed);
      case Measure::added: return changed(condition, &Past::added);
      case Measure::removed: return changed(condition, &Past::removed);
      case Measure::dark_subnets: return changed(condition, &Past::dark);
      case Measure::certificate_days: return certificate_days();
      case Measure::certificate_bad: return certificate_bad(condition);
      case Measure::sshfp_mismatch: return sshfp(condition, summary_.sshfp.differing.size());
      case Measure::sshfp_missing: return sshfp(condition, summary_.sshfp.missing);
      case Measure::in_class: return in_class(condition);
      case Measure::subnet_max_failing: return worst_subnet(condition);
      case Measure::label_failing: return label(condition);
      case Measure::partial: return value_of(condition, from_everywhere(summary_.partial));
      case Measure::vantage_failing: return vantage(condition);
    }
    return {};
  }

  /// Hosts that a vantage could not judge may be otherwise from there.
  [[nodiscard]] Range from_everywhere(std::uint64_t count) const {
    auto range = open(count, summary_.total);
    range.high += summary_.open;
    return range;
  }

  [[nodiscard]] Value vantage(const Condition& condition) const {
    const auto& entries = summary_.vantages.entries();
    const auto found = entries.find(condition.label);
    if (found == entries.end()) return no_value("no such vantage in this run");
    return value_of(condition, open(found->second.failing(), found->second));
  }

  [[nodiscard]] const KnownFailures& known() const {
    static const KnownFailures kNone;
    return rules_.known ? *rules_.known : kNone;
  }

  [[nodiscard]] Value fresh(const Condition& condition) const {
    const auto& total = summary_.total;
    if (!past_ && !rules_.known) return no_value("not known without --history or --baseline");
    if (!past_ || (past_->first && rules_.known))
      return value_of(condition, from_everywhere(total.failing() - known().total.failing()));
    if (past_->first) return {0, 0, "0, for the first run has nothing to compare with"};
    const auto accepted = std::ranges::count_if(
        past_->fresh, [&](const auto& target) { return known().targets.contains(target); });
    const auto count = past_->fresh.size() - static_cast<std::uint64_t>(accepted);
    return value_of(condition, from_everywhere(count));
  }

  /// What earlier runs tell is exact: a host that could not be judged has not changed.
  [[nodiscard]] Value changed(const Condition& condition,
                              std::vector<std::string> Past::*names) const {
    if (!past_) return no_value("not known without --history");
    return value_of(condition, exactly(((*past_).*names).size(), summary_.total));
  }

  /// Without a certificate that ends no time is too short.
  [[nodiscard]] Value certificate_days() const {
    const auto first = summary_.certificates.first_to_expire();
    if (!first) return {kEndless, kEndless, "none"};
    const auto days = first->days(summary_.run.started);
    const auto number = static_cast<double>(days);
    return {number, number, fmt::format("{}, {}", counted(days, "day"), printable(first->target))};
  }

  [[nodiscard]] Value certificate_bad(const Condition& condition) const {
    const auto bad = summary_.certificates.faults(rules_.authorities, summary_.run.started).size();
    return value_of(condition, exactly(bad, summary_.total));
  }

  /// A name that was not answered for may have any record.
  [[nodiscard]] Value sshfp(const Condition& condition, std::uint64_t count) const {
    const auto& census = summary_.sshfp;
    if (!summary_.run.options.contains("sshfp") && census.hosts() == 0)
      return no_value("not known without --sshfp");
    return value_of(condition, {count, count + census.unanswered, judged(summary_.total)});
  }

  [[nodiscard]] Value in_class(const Condition& condition) const {
    const auto& total = summary_.total;
    const auto count = total[condition.outcome] - known().total[condition.outcome];
    const auto state = probe::state_of(condition.outcome);
    const bool exact = state == probe::State::unknown || state == probe::State::skipped;
    return value_of(condition, exact ? exactly(count, total) : from_everywhere(count));
  }

  [[nodiscard]] Value worst_subnet(const Condition& condition) const {
    Value worst{-1, 0, "0"};
    for (const auto& [prefix, tally] : summary_.subnets.at_length({})) {
      const auto accepted = known().subnets.count(prefix).failing();
      auto value = value_of(condition, open(tally.failing() - accepted, tally));
      const auto high = std::max(worst.high, value.high);
      if (value.low > worst.low) {
        worst = std::move(value);
        worst.text += " (" + prefix.to_string() + ")";
      }
      worst.high = high;
    }
    worst.low = std::max(worst.low, 0.0);
    return worst;
  }

  [[nodiscard]] Value label(const Condition& condition) const {
    const auto all = labeled(summary_.labels, condition.label);
    if (summary_.labels.full()) return no_value("too many labels to count");
    const auto accepted = labeled(known().labels, condition.label).failing();
    return value_of(condition, open(all.failing() - accepted, all));
  }

  const Summary& summary_;
  const GateRules& rules_;
  const std::optional<Past>& past_;
};

}  // namespace

std::string_view to_string(GateVerdict verdict) {
  switch (verdict) {
    case GateVerdict::pass: return "PASS";
    case GateVerdict::fail: return "FAIL";
    case GateVerdict::incomplete: return "INCOMPLETE";
  }
  return "?";
}

int exit_status(const Gate& gate, bool exit_zero) {
  switch (gate.verdict) {
    case GateVerdict::pass: return kExitPassed;
    case GateVerdict::fail:
      return !exit_zero ? kExitFailed : gate.unjudged > 0 ? kExitUndecided : kExitPassed;
    case GateVerdict::incomplete: return kExitUndecided;
  }
  return kExitUndecided;
}

Gate judge(const Summary& summary, const GateRules& rules, const std::optional<Past>& past) {
  Gate gate;
  if (rules.known) gate.known = rules.known->total.failing();
  gate.unjudged = summary.total.in(probe::State::unknown);
  const Judge judge(summary, rules, past);
  for (const auto& condition : rules.fail_if) gate.criteria.push_back(judge.criterion(condition));
  if (!summary.complete() || summary.missing() > 0) {
    gate.reason = reason_of_end(summary);
    return gate;
  }
  if (summary.canaries.all_failed()) {
    gate.reason = (summary.canaries.asked == 1 ? "the canary was not reached"
                                               : "none of the " + grouped(summary.canaries.asked) +
                                                     " canaries was reached") +
                  std::string(": the problem is on this side");
    return gate;
  }
  const auto any = [&](GateVerdict verdict) {
    return std::ranges::any_of(gate.criteria,
                               [&](const auto& each) { return each.verdict == verdict; });
  };
  gate.verdict = any(GateVerdict::fail)         ? GateVerdict::fail
                 : any(GateVerdict::incomplete) ? GateVerdict::incomplete
                                                : GateVerdict::pass;
  gate.reason = reason_for(summary, gate, past ? &*past : nullptr);
  if (gate.verdict == GateVerdict::pass && summary.unreadable_lines > 0) {
    gate.verdict = GateVerdict::incomplete;
    gate.reason = counted(summary.unreadable_lines, "line", "of the results cannot be read");
  }
  return gate;
}

}  // namespace fleetscan::summary
