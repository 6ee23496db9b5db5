#include "commands/history_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/escape.h"
#include "base/json_writer.h"
#include "base/numbers.h"
#include "base/wall_time.h"
#include "reports/history/history.h"
#include "reports/render/name_folding.h"
#include "reports/render/text_page.h"
#include "reports/summary/changes.h"
#include "reports/summary/past.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::commands {
namespace {

using history::HostInterval;
using history::RecordedRun;
using Intervals = std::vector<HostInterval>;

std::string run_head(const RecordedRun& run) {
  return fmt::format("{:>6}  {:<16}  {:<12}", run.id, minute_text(run.started),
                     printable(run.vantage));
}

std::string_view mark(const RecordedRun& run) { return run.complete ? "" : "  INCOMPLETE"; }

/// Leaves the run's object open.
JsonWriter& begin_run(JsonWriter& json, const RecordedRun& run) {
  json.begin_object().key("id").number(run.id).key("run_id").string(run.run_id);
  json.key("vantage").string(run.vantage).key("started").string(to_rfc3339(run.started));
  json.key("complete").boolean(run.complete).key("hosts").number(run.tally.hosts());
  json.key("failing").number(run.tally.failing()).key("new").number(run.fresh);
  json.key("recovered").number(run.recovered).key("classes").begin_object();
  for (const auto& [outcome, count] : run.tally.classes())
    json.key(probe::to_string(outcome)).number(count);
  return json.end_object();
}

bool fails(const HostInterval& interval) {
  const auto outcome = probe::parse_outcome(interval.what);
  return outcome && probe::is_failure(*outcome);
}

/// "fra1: fails since 2026-11-22 02:15 (connect_refused)" of the vantage's last interval.
/// @param states  of one vantage, oldest first, not empty
std::string headline(const Intervals& states, const std::optional<WallTime>& left) {
  const auto& last = states.back();
  if (left)
    return fmt::format("not in the inventory since {}, when it was {}", minute_text(*left),
                       last.what);
  auto since = last.from;
  for (auto at = states.rbegin(); at != states.rend() && fails(*at) == fails(last); ++at)
    since = at->from;
  return fmt::format("{} since {} ({})", fails(last) ? "fails" : "works", minute_text(since),
                     last.what);
}

std::optional<WallTime> left_inventory(const Intervals& absences, const std::string& vantage) {
  for (const auto& each : absences)
    if (each.vantage == vantage && !each.until) return each.from;
  return std::nullopt;
}

void append_headlines(std::string& out, const std::string& target,
                      const history::HostHistory& host) {
  Intervals states;
  for (std::size_t i = 0; i < host.states.size(); ++i) {
    states.push_back(host.states[i]);
    const auto& vantage = host.states[i].vantage;
    if (i + 1 < host.states.size() && host.states[i + 1].vantage == vantage) continue;
    out += printable(target) + (vantage.empty() ? "" : " from " + printable(vantage)) + ": " +
           headline(states, left_inventory(host.absences, vantage)) + '\n';
    states.clear();
  }
}

void append_intervals(std::string& out, std::string_view title, const Intervals& intervals) {
  constexpr std::string_view kNow = "now";
  for (const auto& each : intervals)
    out += fmt::format("  {:<9} {:<10} {} to {:<16}  {}\n", title, printable(each.vantage),
                       minute_text(each.from), each.until ? minute_text(*each.until) : kNow,
                       printable(each.what));
}

void write_intervals(JsonWriter& json, std::string_view key, const Intervals& intervals) {
  json.key(key).begin_array();
  for (const auto& each : intervals) {
    json.begin_object().key("vantage").string(each.vantage).key("what").string(each.what);
    json.key("from").string(to_rfc3339(each.from)).key("until");
    each.until ? json.string(to_rfc3339(*each.until)) : json.null();
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::string runs_text(const std::vector<RecordedRun>& runs, bool heading) {
  std::string out;
  if (heading && !runs.empty())
    out = fmt::format("{:>6}  {:<16}  {:<12}  {:>9}  {:>9}  {:>7}  {:>9}\n", "run", "started (UTC)",
                      "vantage", "hosts", "failing", "new", "recovered");
  for (const auto& run : runs)
    out += fmt::format("{}  {:>9}  {:>9}  {:>7}  {:>9}{}\n", run_head(run),
                       grouped(run.tally.hosts()), grouped(run.tally.failing()), grouped(run.fresh),
                       grouped(run.recovered), mark(run));
  return out;
}

std::string trend_text(const std::vector<RecordedRun>& runs, bool heading) {
  constexpr std::size_t kBar = 40;  // of all hosts
  std::string out;
  if (heading && !runs.empty())
    out = fmt::format("{:>6}  {:<16}  {:<12}  {:>9}  {:>6}\n", "run", "started (UTC)", "vantage",
                      "failing", "share");
  for (const auto& run : runs) {
    const auto part = share(run.tally.failing(), run.tally.hosts());
    auto length = static_cast<std::size_t>(part * kBar + 0.5);
    if (run.tally.failing() > 0) length = std::max<std::size_t>(length, 1);
    const auto bar = length == 0 ? std::string() : "  " + std::string(length, '#');
    out += fmt::format("{}  {:>9}  {:>6}{}{}\n", run_head(run), grouped(run.tally.failing()),
                       percent(run.tally.failing(), run.tally.hosts()), bar, mark(run));
  }
  return out;
}

std::string runs_json(const std::vector<RecordedRun>& runs) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const auto& run : runs) begin_run(json, run).end_object();
  json.end_array();
  return out += '\n';
}

std::string changes_text(const RecordedRun& run, const summary::Past& past, bool latest,
                         const render::TerminalStyle& style) {
  constexpr std::size_t kMaxNamesBytes = 4000, kMoreNames = 14;
  render::TextPage page(style);
  const auto from = run.vantage.empty() ? std::string() : " from " + printable(run.vantage);
  page.paragraph(fmt::format("run {}{}, {}: {}", run.id, from, minute_text(run.started),
                             counted(run.tally.hosts(), "host")));
  if (!run.complete) {
    page.paragraph("an incomplete run is not compared");
    return page.take();
  }
  if (past.first) page.paragraph("the first run: nothing to compare with");
  const auto add = [&](std::string_view what, const std::vector<std::string>& names) {
    if (names.empty()) return;
    const auto head = fmt::format("{:<18} {:>7}  ", what, grouped(names.size()));
    page.paragraph(head + render::folded_line(
                              names, page.names_room(head.size() + kMoreNames, kMaxNamesBytes)));
  };
  for (const auto& change : summary::changes(past, past.fresh)) add(change.words, *change.names);
  page.paragraph(fmt::format("{:<18} {:>7}", latest ? "failing now" : "failing then",
                             grouped(run.tally.failing())));
  return page.take();
}

std::string changes_json(const RecordedRun& run, const summary::Past& past) {
  std::string out;
  JsonWriter json(out);
  begin_run(json, run).key("first").boolean(past.first).key("changes").begin_object();
  for (const auto& change : summary::changes(past, past.fresh))
    json.key(change.key).strings(*change.names);
  json.end_object().key("failing_since").begin_object();
  for (const auto& [target, since] : past.failing_since) json.key(target).string(to_rfc3339(since));
  json.end_object().end_object();
  return out += '\n';
}

std::string host_text(const std::string& target, const history::HostHistory& host) {
  std::string out;
  append_headlines(out, target, host);
  append_intervals(out, "state", host.states);
  append_intervals(out, "inventory", host.absences);
  append_intervals(out, "host key", host.keys);
  append_intervals(out, "software", host.software);
  return out;
}

std::string host_json(const std::string& target, const history::HostHistory& host) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("target").string(target);
  write_intervals(json, "states", host.states);
  write_intervals(json, "absences", host.absences);
  write_intervals(json, "host_keys", host.keys);
  write_intervals(json, "software", host.software);
  json.end_object();
  return out += '\n';
}

}  // namespace fleetscan::commands
