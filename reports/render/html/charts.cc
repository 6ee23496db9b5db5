#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/json_writer.h"
#include "base/numbers.h"
#include "base/prefix.h"
#include "reports/render/html/html_writer.h"
#include "reports/render/html/sections.h"
#include "reports/summary/report.h"
#include "reports/summary/subnet_tree.h"
#include "reports/summary/summary.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::render {
namespace {

constexpr std::size_t kMaxStaticCells = 600;
constexpr std::size_t kMaxCells = 4000;

/// 0 to 3: none, below 10 and 50 percent, and from there on.
int heat(const summary::Tally& tally) {
  const auto failing = tally.failing() * 100, hosts = tally.hosts();
  return failing == 0 ? 0 : failing < 10 * hosts ? 1 : failing < 50 * hosts ? 2 : 3;
}

Markup heat_class(int level) {
  constexpr Markup kClasses[] = {"h0", "h1", "h2", "h3"};
  return kClasses[level];
}

/// The prefix under whose heading a cell stands.
Prefix heading_of(const Prefix& prefix) {
  const int step = prefix.base().is_v4() ? 8 : 16;
  return {prefix.base(), std::max(prefix.length() - step, 0)};
}

/// What tells a prefix from the others under its heading: ".42" of 10.1.42.0/24, ":2a" of
/// 2001:db8:0:2a::/64.
std::string name_in_cell(const Prefix& prefix) {
  const auto& bytes = prefix.base().bytes();
  const auto last = static_cast<std::size_t>(std::max(prefix.length() - 1, 0));
  if (prefix.base().is_v4()) return fmt::format(".{}", bytes[last / 8]);
  const auto group = last / 16 * 2;
  return fmt::format(":{:x}", bytes[group] << 8U | bytes[group + 1]);
}

// Its accessible name begins with what is seen of it.
void write_cell(HtmlWriter& html, const summary::PrefixTally& cell) {
  const auto& [prefix, tally] = cell;
  const auto name = prefix.to_string();
  html.markup("<a class=\"").markup(heat_class(heat(tally))).markup("\" href=\"#q=subnet:");
  html.fragment(name).markup("\" title=\"").text(name).markup(": ").number(tally.failing());
  html.markup(" of ").number(tally.hosts()).markup(" fail\" aria-label=\"");
  html.text(name_in_cell(prefix)).markup(" ").number(tally.failing()).markup(" of ");
  html.number(tally.hosts()).markup(" fail in ").text(name).markup("\"><small>");
  html.text(name_in_cell(prefix)).markup("</small> ").number(tally.failing()).markup("</a>\n");
}

void write_cells(HtmlWriter& html, const std::vector<summary::PrefixTally>& cells) {
  std::optional<Prefix> heading;
  for (const auto& cell : cells) {
    if (const auto next = heading_of(cell.prefix); heading != next) {
      if (heading) html.markup("</div></div>\n");
      html.markup("<div class=\"heatrow\"><span>").text(next.to_string()).markup("</span><div>");
      heading = next;
    }
    write_cell(html, cell);
  }
  if (heading) html.markup("</div></div>\n");
}

void write_subnet_table(HtmlWriter& html, std::vector<summary::PrefixTally> cells) {
  constexpr std::size_t kMaxRows = 100;
  std::ranges::stable_sort(cells, std::greater(),
                           [](const auto& cell) { return cell.tally.failing(); });
  html.markup(
      "<details><summary>Subnets as a table, most failures first</summary>\n"
      "<div class=\"scroll\"><table><thead><tr><th>"
      "Subnet</th><th class=\"num\">Hosts</th><th class=\"num\">Failing</th><th "
      "class=\"num\">Share</th>"
      "<th>Most frequent failure</th></tr></thead>\n<tbody>\n");
  for (std::size_t i = 0; i < std::min(cells.size(), kMaxRows); ++i) {
    const auto& [prefix, tally] = cells[i];
    html.markup("<tr><th scope=\"row\" class=\"host\"><a href=\"#q=subnet:")
        .fragment(prefix.to_string())
        .markup("\">");
    html.text(prefix.to_string()).markup("</a></th><td class=\"num\">").number(tally.hosts());
    html.markup("</td><td class=\"num\">")
        .number(tally.failing())
        .markup("</td><td class=\"num\">");
    html.text(percent(tally.failing(), tally.hosts())).markup("</td><td>");
    const std::pair<const probe::Outcome, std::uint64_t>* worst = nullptr;
    for (const auto& entry : tally.classes())
      if (probe::state_of(entry.first) == probe::State::unreachable &&
          (!worst || entry.second > worst->second))
        worst = &entry;
    if (worst) html.markup("<code>").text(probe::to_string(worst->first)).markup("</code>");
    html.markup("</td></tr>\n");
  }
  html.markup("</tbody></table></div>\n");
  if (cells.size() > kMaxRows)
    html.markup("<p class=\"note\">and ")
        .number(cells.size() - kMaxRows)
        .markup(" more; report.json lists them</p>\n");
  html.markup("</details>\n");
}

/// The labels by key; a key with many values shows those with most failures.
void write_labels(HtmlWriter& html, const summary::Summary& summary) {
  constexpr std::size_t kMaxValues = 60;
  std::map<std::string_view, std::vector<std::pair<std::string_view, const summary::Tally*>>> keys;
  for (const auto& [label, tally] : summary.labels.entries()) {
    const auto equals = label.find('=');
    const std::string_view text(label);
    keys[text.substr(0, equals)].emplace_back(text.substr(equals + 1), &tally);
  }
  if (keys.empty()) return;
  for (auto& [key, values] : keys) {
    std::ranges::stable_sort(values, std::greater(),
                             [](const auto& value) { return value.second->failing(); });
    html.markup("<div class=\"heatrow labels\"><span><bdi>").text(key).markup("</bdi></span><div>");
    for (std::size_t i = 0; i < std::min(values.size(), kMaxValues); ++i) {
      const auto& [value, tally] = values[i];
      const auto label = '"' + std::string(key) + '=' + std::string(value) + '"';
      html.markup("<a class=\"")
          .markup(heat_class(heat(*tally)))
          .markup("\" href=\"#q=label:")
          .fragment(label);
      html.markup("\"><bdi>")
          .text(value)
          .markup("</bdi> ")
          .number(tally->failing())
          .markup("<small>/");
      html.number(tally->hosts()).markup("</small></a>\n");
    }
    if (values.size() > kMaxValues)
      html.markup("<span class=\"note\">and ")
          .number(values.size() - kMaxValues)
          .markup(" more</span>");
    html.markup("</div></div>\n");
  }
}

// ---- timeline ----

struct Series {
  Markup name;
  std::vector<double> values;
};

/// One strip: a filled line over the run, its top value at the right.
void write_strip(HtmlWriter& html, const Series& series, Markup tone) {
  constexpr double kWidth = 900, kHeight = 36;
  const double top = std::max(std::ranges::max(series.values), 1.0);
  const double step = kWidth / static_cast<double>(series.values.size());
  html.markup("<div class=\"strip\"><span>")
      .markup(series.name)
      .markup("</span><svg class=\"")
      .markup(tone);
  html.markup(
      "\" viewBox=\"0 0 900 37\" width=\"900\" height=\"37\" preserveAspectRatio=\"none\" "
      "aria-hidden=\"true\"><path fill=\"#7f97b5\" d=\"M0 "
      "36");
  for (std::size_t i = 0; i < series.values.size(); ++i) {
    const double y = kHeight - (kHeight - 2) * series.values[i] / top;
    html.markup("V").coordinate(y).markup("H").coordinate(static_cast<double>(i + 1) * step);
  }
  html.markup("V36Z\"/></svg><span class=\"num\">")
      .markup("max ")
      .number(static_cast<std::uint64_t>(top + 0.5));
  html.markup("</span></div>\n");
}

}  // namespace

void write_heat_map(HtmlWriter& html, const summary::Report& report) {
  const auto& subnets = report.summary.subnets;
  const auto cells = subnets.at_length(subnets.lengths_for(kMaxCells));
  if (cells.empty() || report.summary.failing() == 0) return;
  html.markup("<section id=\"subnets\"><h2>Where they fail</h2>\n<p class=\"legend\">");
  html.markup("Failing hosts in each subnet: <span><b class=\"h0\">0</b> none</span> <span><b ");
  html.markup("class=\"h1\">1</b> below 10%</span> <span><b class=\"h2\">1</b> below ");
  html.markup("half</span> <span><b class=\"h3\">1</b> half or more</span></p>\n");
  html.markup("<div id=\"heat\" class=\"heat\">");
  if (cells.size() <= kMaxStaticCells) write_cells(html, cells);
  html.markup("</div>\n</section>\n");
}

void write_places(HtmlWriter& html, const summary::Report& report) {
  const auto& subnets = report.summary.subnets;
  const auto cells = subnets.at_length(subnets.lengths_for(kMaxCells));
  if (cells.empty() && report.summary.labels.entries().empty()) return;
  html.markup(
      "<section id=\"places\"><details class=\"fold\" open><summary><h2>By place</h2></summary>\n");
  write_labels(html, report.summary);
  if (!cells.empty()) write_subnet_table(html, cells);
  html.markup("</details></section>\n");
}

std::string subnet_cells(const summary::Report& report) {
  const auto& subnets = report.summary.subnets;
  auto cells = subnets.at_length(subnets.lengths_for(kMaxCells));
  if (cells.size() <= kMaxStaticCells) cells.clear();  // the page has them already
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const auto& [prefix, tally] : cells) {
    json.begin_array().string(prefix.to_string()).string(heading_of(prefix).to_string());
    json.string(name_in_cell(prefix));
    json.number(tally.hosts()).number(tally.failing()).number(heat(tally)).end_array();
  }
  json.end_array();
  return out;
}

void write_timeline(HtmlWriter& html, const summary::Report& report) {
  const auto& timeline = report.summary.timeline;
  const auto& intervals = timeline.intervals();
  if (intervals.empty()) return;
  const auto seconds = static_cast<double>(timeline.interval().count());
  Series probes{"probes ended per second", {}}, failed{"failures per second", {}};
  Series in_flight{"connections open at the end of a step", {}},
      own{"our own errors per second", {}};
  std::uint64_t started = 0, ended = 0;
  for (const auto& interval : intervals) {
    started += interval.started;
    ended += interval.ended;
    in_flight.values.push_back(static_cast<double>(started - std::min(started, ended)));
    probes.values.push_back(static_cast<double>(interval.ended) / seconds);
    failed.values.push_back(static_cast<double>(interval.failed) / seconds);
    own.values.push_back(static_cast<double>(interval.own_fault) / seconds);
  }
  html.markup(
      "<section id=\"timeline\"><details class=\"fold\" open><summary><h2>During the "
      "run</h2></summary>\n<div class=\"strips\">\n");
  write_strip(html, probes, "plain");
  if (std::ranges::max(in_flight.values) > 0) write_strip(html, in_flight, "plain");
  write_strip(html, failed, "bad");
  if (std::ranges::max(own.values) > 0) write_strip(html, own, "warn");
  const auto length =
      std::chrono::seconds(timeline.interval() * static_cast<std::int64_t>(intervals.size()));
  html.markup("</div>\n<p class=\"note\">From the start on the left to ")
      .text(duration_text(length));
  html.markup(" on the right, in steps of ")
      .text(duration_text(timeline.interval()))
      .markup(".</p>\n</details></section>\n");
}

}  // namespace fleetscan::render
