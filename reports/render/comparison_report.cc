#include "reports/render/comparison_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/escape.h"
#include "base/json_writer.h"
#include "base/numbers.h"
#include "base/wall_time.h"
#include "reports/summary/comparison.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::render {
namespace {

constexpr std::size_t kMaxRows = 20;  // of each table

void more(std::string& out, std::size_t rows, std::string_view what) {
  if (rows > kMaxRows) out += fmt::format("  and {} more {}\n", grouped(rows - kMaxRows), what);
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
      fmt::format("{}  {} of {} hosts differ\n", comparison.same() ? "SAME" : "DIFFERS",
                  grouped(comparison.differing.size()), grouped(comparison.hosts));
  append_sides(out, comparison);
  if (comparison.hosts == 0) return out;
  out += "\nHosts by result in each run\n";
  for (const auto& pattern : comparison.patterns) {
    out += fmt::format("  {:>10} ", grouped(pattern.hosts));
    for (const auto seen : pattern.seen) out += fmt::format(" {:<6}", summary::to_string(seen));
    out += "  " + printable(pattern.meaning) + "\n";
  }
  out += "\nClasses\n";
  for (const auto& each : comparison.classes) {
    append_counts(out, each.hosts);
    out += fmt::format("  {}\n", probe::to_string(each.outcome));
  }
  if (!comparison.moves.empty()) out += "\nFrom the first to the last\n";
  for (std::size_t i = 0; i < std::min(comparison.moves.size(), kMaxRows); ++i) {
    const auto& move = comparison.moves[i];
    out += fmt::format("  {:>10}  {} -> {}\n", grouped(move.hosts), probe::to_string(move.from),
                       probe::to_string(move.to));
  }
  more(out, comparison.moves.size(), "pairs of classes");
  if (!comparison.subnets.empty()) out += "\nFailing hosts by subnet\n";
  for (std::size_t i = 0; i < std::min(comparison.subnets.size(), kMaxRows); ++i) {
    const auto& subnet = comparison.subnets[i];
    append_counts(out, subnet.failing);
    out += fmt::format("  of {} in {}\n", grouped(subnet.hosts), subnet.prefix.to_string());
  }
  more(out, comparison.subnets.size(), "subnets");
  if (!comparison.same()) out += "\nHosts that differ\n";
  for (std::size_t i = 0; i < std::min(comparison.differing.size(), kMaxRows); ++i) {
    const auto& host = comparison.differing[i];
    out += "  " + printable(host.target) + ":";
    for (const auto& outcome : host.outcomes)
      out += fmt::format(" {}", outcome ? probe::to_string(*outcome) : "absent");
    out += '\n';
  }
  more(out, comparison.differing.size(), "hosts: all of them are in --json and --html");
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
