#include "reports/summary/gate_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "base/numbers.h"
#include "reports/summary/condition.h"
#include "reports/summary/gate.h"
#include "reports/summary/past.h"
#include "reports/summary/summary.h"
#include "scanner/probe/ending.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::summary {
namespace {

/// What the number before it counts.
std::string counted_thing(const Condition& condition, bool one) {
  switch (condition.measure) {
    case Measure::failing: return "failing";
    case Measure::unreachable: return "unreachable";
    case Measure::reachable: return "reachable";
    case Measure::degraded: return "degraded";
    case Measure::unknown: return "of unknown state";
    case Measure::fresh: return "newly failing";
    case Measure::recovered: return "recovered";
    case Measure::flapping: return "flapping";
    case Measure::key_changed: return one ? "host key changed" : "host keys changed";
    case Measure::software_changed: return "with other software";
    case Measure::added: return "new in the inventory";
    case Measure::removed: return "gone from the inventory";
    case Measure::dark_subnets: return one ? "subnet gone dark" : "subnets gone dark";
    case Measure::certificate_days: return {};
    case Measure::certificate_bad: return one ? "bad certificate" : "bad certificates";
    case Measure::sshfp_mismatch:
      return one ? "host differing from its SSHFP records" : "hosts differing from SSHFP records";
    case Measure::sshfp_missing:
      return one ? "host without an SSHFP record" : "hosts without an SSHFP record";
    case Measure::in_class: return std::string(probe::to_string(condition.outcome));
    case Measure::subnet_max_failing: return "failing";
    case Measure::label_failing: return "of " + condition.label + " failing";
    case Measure::partial: return "reached from some vantages only";
    case Measure::vantage_failing: return "failing from " + condition.label;
  }
  return {};
}

/// ", limit 50%"; empty where nothing at all is allowed.
std::string limit_of(const Condition& condition) {
  const auto limit = fmt::format("{}{}", condition.limit, condition.percent ? "%" : "");
  switch (condition.comparator) {
    case Comparator::above: return condition.limit == 0 ? "" : ", limit " + limit;
    case Comparator::at_least: return ", less than " + limit + " allowed";
    case Comparator::below: return ", at least " + limit + " required";
    case Comparator::at_most: return ", more than " + limit + " required";
    case Comparator::equal: return ", anything but " + limit + " allowed";
    case Comparator::different: return ", exactly " + limit + " required";
  }
  return {};
}

std::string hosts_fail(const Summary& summary) {
  const auto all = summary.total.hosts();
  if (all == 1) return "the only host fails";
  return fmt::format("{} of {} {}", grouped(summary.failing()), counted(all, "host"),
                     summary.failing() == 1 ? "fails" : "fail");
}

std::string none_fails(const Summary& summary) {
  const auto all = summary.total.hosts();
  const auto degraded = summary.total.in(probe::State::degraded);
  const auto skipped = summary.total.in(probe::State::skipped);
  if (all == 0) return "there is no host";
  if (skipped == all) return all == 1 ? "the only host was skipped" : "all hosts were skipped";
  if (degraded > 0) return "no host fails, " + grouped(degraded) + " degraded";
  if (skipped > 0) return "no host fails, " + grouped(skipped) + " skipped";
  return all == 1 ? "the host is reachable" : "all " + counted(all, "host") + " are reachable";
}

std::string reason_to_pass(const Summary& summary, const Gate& gate, const Past* past) {
  if (summary.failing() == 0) return none_fails(summary);
  const bool accepted = gate.known == summary.failing();
  const auto fails = hosts_fail(summary) + (accepted ? ", as the baseline accepts" : "");
  if (gate.is_default() || accepted) return fails;
  const auto& first = gate.criteria.front();
  const bool about_new = first.condition.measure == Measure::fresh;
  if (about_new && past && past->first && !gate.known)
    return "first run: nothing to compare with, " + fails;
  return phrase(first) + (about_new ? ", " + fails : "");
}

}  // namespace

std::string phrase(const Criterion& criterion) {
  const auto& [condition, value, verdict] = criterion;
  if (condition.measure == Measure::certificate_days)
    return "first certificate to expire: " + value + limit_of(condition);
  const auto number = value.substr(0, value.find_first_of(",("));
  const auto shown = number.substr(0, number.find_last_not_of(' ') + 1);
  auto text =
      fmt::format("{} {}", shown == "0" ? "none" : shown, counted_thing(condition, shown == "1"));
  if (const auto place = value.find('('); place != value.npos)
    text += " in " + value.substr(place + 1, value.find(')', place) - place - 1);
  return text + limit_of(condition);
}

std::string reason_for(const Summary& summary, const Gate& gate, const Past* past) {
  const auto unjudged = grouped(gate.unjudged) + " of " + counted(summary.total.hosts(), "host") +
                        " could not be judged";
  if (gate.verdict == GateVerdict::incomplete && gate.unjudged > 0) return unjudged;
  if (gate.verdict == GateVerdict::incomplete && summary.open > 0)
    return grouped(summary.open) + " of " + counted(summary.total.hosts(), "host") +
           " could not be judged from every vantage";
  const auto tripped = std::ranges::find_if(
      gate.criteria, [&](const auto& criterion) { return criterion.verdict == gate.verdict; });
  switch (gate.verdict) {
    case GateVerdict::incomplete: return tripped->condition.text + ": " + tripped->value;
    case GateVerdict::fail:
      if (tripped->condition.measure != Measure::failing) return phrase(*tripped);
      return hosts_fail(summary) +
             (gate.known.value_or(0) > 0 ? ", " + grouped(*gate.known) + " of them known" : "");
    case GateVerdict::pass:
      if (summary.failing() == 0 && gate.unjudged > 0) return unjudged;
      return reason_to_pass(summary, gate, past);
  }
  return {};
}

std::string reason_of_end(const Summary& summary) {
  const auto all = std::max(summary.run.targets, summary.total.hosts());
  const auto reached = grouped(all - summary.unreached()) + " of " + counted(all, "host");
  for (const auto why : {probe::kInterrupted, probe::kTerminated, probe::kDeadlinePassed})
    for (const auto& [note, tally] : summary.notes.entries())
      if (note.ends_with(why)) return std::string(why) + " after " + reached;
  return "the run ended after " + reached;
}

}  // namespace fleetscan::summary
