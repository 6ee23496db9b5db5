#include "reports/render/comparison_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "base/json_writer.h"
#include "base/numbers.h"
#include "base/wall_time.h"
#include "reports/render/name_folding.h"
#include "reports/summary/comparison.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/outcome_family.h"

namespace fleetscan::render {
namespace {

constexpr std::size_t kMaxRows = 20;  // of each table

void more(std::string& out, std::size_t rows, const std::string& what) {
  if (rows > kMaxRows) out += "  and " + counted(rows - kMaxRows, "more " + what) + '\n';
}

void append_counts(std::string& out, const std::vector<std::uint64_t>& counts) {
  for (const auto count : counts) out += fmt::format("  {:>10}", grouped(count));
}

void append_sides(std::string& out, const summary::Comparison& comparison) {
  for (std::size_t i = 0; i < comparison.sides.size(); ++i) {
    const auto& side = comparison.sides[i];
    out += fmt::format("  {}  {}  {}{}\n", i + 1, printable(side.name),
                       to_rfc3339(side.run.started), side.complete ? "" : "  INCOMPLETE");
  }
}

/// Hosts that every side says the same of.
struct Group {
  std::vector<std::optional<probe::Outcome>> outcomes;
  std::vector<std::string> targets;
};

/// From what works to what fails comes first, then what recovered, then other changes.
int rank(const Group& group) {
  const auto fails = [](const std::optional<probe::Outcome>& outcome) {
    return outcome && probe::is_failure(*outcome);
  };
  const bool first = fails(group.outcomes.front()), last = fails(group.outcomes.back());
  if (!first && last) return 0;
  return first && !last ? 1 : 2;
}

std::vector<Group> grouped_hosts(const summary::Comparison& comparison) {
  std::map<std::vector<std::size_t>, Group> by_outcomes;
  for (const auto& host : comparison.differing) {
    std::vector<std::size_t> key;
    key.reserve(host.outcomes.size());
    for (const auto& outcome : host.outcomes)
      key.push_back(outcome ? static_cast<std::size_t>(*outcome) + 1 : 0);
    auto& group = by_outcomes[key];
    group.outcomes = host.outcomes;
    group.targets.push_back(host.target);
  }
  std::vector<Group> groups;
  groups.reserve(by_outcomes.size());
  for (auto& [key, group] : by_outcomes) groups.push_back(std::move(group));
  std::ranges::stable_sort(groups, [](const Group& a, const Group& b) {
    return std::pair(rank(a), b.targets.size()) < std::pair(rank(b), a.targets.size());
  });
  return groups;
}

void append_groups(std::string& out, const summary::Comparison& comparison) {
  constexpr std::size_t kMaxNamesBytes = 2000;
  if (comparison.same()) return;
  const auto groups = grouped_hosts(comparison);
  out += comparison.vantages ? "\nHosts that differ\n" : "\nChanges, from first to last\n";
  for (std::size_t i = 0; i < std::min(groups.size(), kMaxRows); ++i) {
    const auto& [outcomes, targets] = groups[i];
    out += fmt::format("  {:>10}  ", grouped(targets.size()));
    for (std::size_t side = 0; side < outcomes.size(); ++side)
      out += fmt::format("{}{}",
                         side == 0             ? ""
                         : comparison.vantages ? " | "
                                               : " -> ",
                         outcomes[side] ? probe::to_string(*outcomes[side]) : "absent");
    out += "  " + folded_line(targets, kMaxNamesBytes) + '\n';
  }
  more(out, groups.size(), "difference");
}

/// Those of whose family the sides have seen different numbers.
void append_classes(std::string& out, const std::vector<summary::ComparedClass>& classes) {
  std::map<probe::Outcome, std::vector<std::uint64_t>> families;
  for (const auto& each : classes) {
    auto& sums = families[probe::family_of(each.outcome)];
    sums.resize(each.hosts.size());
    for (std::size_t side = 0; side < sums.size(); ++side) sums[side] += each.hosts[side];
  }
  std::string rows;
  for (const auto& each : classes) {
    const auto& sums = families[probe::family_of(each.outcome)];
    if (std::ranges::count(sums, sums.front()) == std::ssize(sums)) continue;
    append_counts(rows, each.hosts);
    rows += fmt::format("  {}\n", probe::to_string(each.outcome));
  }
  if (!rows.empty()) out += "\nClasses with other numbers\n" + rows;
}

void write_counts(JsonWriter& json, std::string_view key,
                  const std::vector<std::uint64_t>& counts) {
  json.key(key).begin_array();
  for (const auto count : counts) json.number(count);
  json.end_array();
}

void write_sides(JsonWriter& json, const summary::Comparison& comparison) {
  json.key("sides").begin_array();
  for (const auto& side : comparison.sides) {
    json.begin_object().key("name").string(side.name).key("run_id").string(side.run.run_id);
    json.key("vantage").optional(side.run.vantage);
    json.key("started").string(to_rfc3339(side.run.started));
    json.key("complete").boolean(side.complete).end_object();
  }
  json.end_array();
}

void write_hosts(JsonWriter& json, const summary::Comparison& comparison) {
  json.key("differing").begin_array();
  for (const auto& host : comparison.differing) {
    json.begin_object().key("target").string(host.target).key("classes").begin_array();
    for (const auto& outcome : host.outcomes)
      outcome ? json.string(probe::to_string(*outcome)) : json.null();
    json.end_array().end_object();
  }
  json.end_array();
}

}  // namespace

std::string comparison_text(const summary::Comparison& comparison) {
  std::string out =
      fmt::format("{}  {} of {} {}\n", comparison.same() ? "SAME" : "DIFFERS",
                  grouped(comparison.differing.size()), counted(comparison.hosts, "host"),
                  comparison.differing.size() == 1 || comparison.hosts == 1 ? "differs" : "differ");
  append_sides(out, comparison);
  if (comparison.hosts == 0) return out;
  append_groups(out, comparison);
  out += comparison.vantages ? "\nResult from each vantage\n" : "\nResult in each run\n";
  for (const auto& pattern : comparison.patterns) {
    out += fmt::format("  {:>10} ", grouped(pattern.hosts));
    for (const auto seen : pattern.seen) out += fmt::format(" {:<6}", summary::to_string(seen));
    out += "  " + printable(pattern.meaning) + "\n";
  }
  append_classes(out, comparison.classes);
  if (!comparison.subnets.empty()) out += "\nFailing hosts by subnet\n";
  for (std::size_t i = 0; i < std::min(comparison.subnets.size(), kMaxRows); ++i) {
    const auto& subnet = comparison.subnets[i];
    append_counts(out, subnet.failing);
    out += fmt::format("  of {} in {}\n", grouped(subnet.hosts), subnet.prefix.to_string());
  }
  more(out, comparison.subnets.size(), "subnet");
  return out;
}

std::string comparison_json(const summary::Comparison& comparison) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("schema").string("fleetscan.comparison/1");
  json.key("same").boolean(comparison.same()).key("by");
  json.string(comparison.vantages ? "vantage" : "run").key("hosts").number(comparison.hosts);
  write_sides(json, comparison);
  json.key("patterns").begin_array();
  for (const auto& pattern : comparison.patterns) {
    json.begin_object().key("seen").begin_array();
    for (const auto seen : pattern.seen) json.string(summary::to_string(seen));
    json.end_array().key("hosts").number(pattern.hosts);
    json.key("meaning").string(pattern.meaning).end_object();
  }
  json.end_array().key("classes").begin_array();
  for (const auto& each : comparison.classes) {
    json.begin_object().key("class").string(probe::to_string(each.outcome));
    write_counts(json, "hosts", each.hosts);
    json.end_object();
  }
  json.end_array().key("moves").begin_array();
  for (const auto& move : comparison.moves) {
    json.begin_object().key("from").string(probe::to_string(move.from));
    json.key("to").string(probe::to_string(move.to)).key("hosts").number(move.hosts).end_object();
  }
  json.end_array().key("subnets").begin_array();
  for (const auto& subnet : comparison.subnets) {
    json.begin_object().key("prefix").string(subnet.prefix.to_string());
    json.key("hosts").number(subnet.hosts);
    write_counts(json, "failing", subnet.failing);
    json.end_object();
  }
  json.end_array();
  write_hosts(json, comparison);
  json.end_object();
  return out += '\n';
}

}  // namespace fleetscan::render
