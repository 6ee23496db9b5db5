#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/numbers.h"
#include "base/wall_time.h"
#include "reports/render/html/html_writer.h"
#include "reports/render/html/sections.h"
#include "reports/render/name_folding.h"
#include "reports/summary/changes.h"
#include "reports/summary/past.h"
#include "reports/summary/report.h"
#include "reports/summary/subnet_tree.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::render {
namespace {

constexpr std::size_t kMaxFoldedBytes = 240;
constexpr double kWidth = 900;  // of a drawing, in its own units
constexpr double kHeight = 120;

/// The frequent classes have a tone of their own in the drawing, the others share the last one.
constexpr Markup kTones[] = {"t0", "t1", "t2", "t3", "t4"};
constexpr Markup kFills[] = {"#b3261e", "#d9962b", "#5f7ea6", "#8a6a9e", "#a3a6ab"};
constexpr std::size_t kOwnTones = std::size(kTones) - 1;

using Runs = std::span<const summary::PastRun>;

std::string day(WallTime time) { return to_rfc3339(time).substr(0, 10); }

void write_change(HtmlWriter& html, std::string_view query, std::string_view words,
                  const std::vector<std::string>& names) {
  if (names.empty()) return;
  html.markup("<div><dt>");
  if (!query.empty()) html.markup("<a href=\"#q=").fragment(query).markup("\">");
  html.text(words);
  if (!query.empty()) html.markup("</a>");
  html.markup("</dt><dd class=\"names\"><bdi>").names(folded_line(names, kMaxFoldedBytes));
  html.markup("</bdi></dd></div>\n");
}

/// The filter that shows a change's hosts in the table; empty for subnets and for hosts that are
/// not told apart there.
std::string_view query_for(const summary::Change& change) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kQueries{
      {{"new", "is:new"},
       {"key_changed", "is:rekeyed"},
       {"recovered", "is:recovered"},
       {"software_changed", "is:upgraded"},
       {"flapping", "is:flapping"}}};
  const auto found = std::ranges::find(kQueries, change.key,
                                       &std::pair<std::string_view, std::string_view>::first);
  return found == kQueries.end() ? std::string_view{} : found->second;
}

std::string words_for(const summary::Change& change) {
  const auto count = change.names->size();
  if (change.key == "dark_subnets") return counted(count, "subnet", "gone dark");
  if (change.key == "key_changed") return counted(count, "host key", "changed");
  if (change.key == "software_changed") return counted(count, "host", "with other software");
  return grouped(count) + ' ' + std::string(change.words);
}

/// The failing classes of all the runs together, most frequent first, at most kOwnTones.
std::vector<probe::Outcome> frequent_classes(Runs runs) {
  summary::Tally sum;
  for (const auto& run : runs)
    for (const auto& [outcome, count] : run.tally.classes()) sum.add(outcome, count);
  std::vector<probe::Outcome> found;
  for (const auto& [outcome, count] : sum.classes())
    if (probe::state_of(outcome) == probe::State::unreachable) found.push_back(outcome);
  std::ranges::stable_sort(found, std::greater(),
                           [&](probe::Outcome outcome) { return sum[outcome]; });
  found.resize(std::min(found.size(), kOwnTones));
  return found;
}

class Columns {
 public:
  Columns(HtmlWriter& html, std::size_t runs)
      : html_(html),
        step_(kWidth / static_cast<double>(runs)),
        width_(std::min(step_ * 0.86, 60.0)) {}

  void begin(Markup label) {
    html_.markup("<svg viewBox=\"0 0 900 120\" width=\"900\" height=\"120\" ");
    html_.markup("preserveAspectRatio=\"none\" role=\"img\" aria-label=\"");
    html_.markup(label).markup("\">");
    html_.markup(
        "<line class=\"top\" stroke=\"#dcdcd8\" x1=\"0\" x2=\"900\" y1=\"0.5\" y2=\"0.5\"/>");
  }
  /// In the middle of its run's column.
  void bar(std::size_t run, Markup tone, Markup fill, double top, double height) {
    html_.markup("<rect class=\"").markup(tone).markup("\" fill=\"").markup(fill).markup("\" x=\"");
    html_.coordinate(static_cast<double>(run) * step_ + (step_ - width_) / 2).markup("\" y=\"");
    html_.coordinate(top).markup("\" width=\"").coordinate(width_).markup("\" height=\"");
    html_.coordinate(height).markup("\"/>");
  }
  void end() { html_.markup("</svg>\n"); }

 private:
  HtmlWriter& html_;
  double step_;
  double width_;
};

/// A date under its bar: each, or where they are many the first one and the last one.
void write_axis(HtmlWriter& html, Runs runs) {
  constexpr std::size_t kMostDates = 8;
  const bool each = runs.size() <= kMostDates;
  html.markup(each ? Markup("<p class=\"axis each\">") : Markup("<p class=\"axis\">"));
  for (std::size_t i = 0; i < runs.size(); ++i)
    if (each || i == 0 || i + 1 == runs.size())
      html.markup("<span>").text(day(runs[i].started).substr(5)).markup("</span> ");
  html.markup("</p>\n");
}

void write_failing(HtmlWriter& html, Runs runs) {
  const auto classes = frequent_classes(runs);
  const auto failing = [](const summary::PastRun& run) { return run.tally.failing(); };
  const auto top =
      std::max<std::uint64_t>(1, failing(*std::ranges::max_element(runs, {}, failing)));
  html.markup("<figure class=\"trend\"><figcaption><h3>Failing hosts, by class</h3> <span>now <b>");
  html.number(failing(runs.back())).markup("</b>, top line <b>").number(top);
  html.markup("</b></span></figcaption>\n");
  Columns columns(html, runs.size());
  columns.begin("Failing hosts of the last runs by class; the numbers are in the table below");
  for (std::size_t i = 0; i < runs.size(); ++i) {
    double y = kHeight;
    const auto bar = [&](std::size_t tone, std::uint64_t count) {
      const double height = kHeight * static_cast<double>(count) / static_cast<double>(top);
      if (count > 0) columns.bar(i, kTones[tone], kFills[tone], y -= height, height);
    };
    auto rest = failing(runs[i]);
    for (std::size_t k = 0; k < classes.size(); ++k) {
      bar(k, runs[i].tally[classes[k]]);
      rest -= runs[i].tally[classes[k]];
    }
    bar(kOwnTones, rest);
  }
  columns.end();
  write_axis(html, runs);
  html.markup("<p class=\"note key\">");
  for (std::size_t k = 0; k < classes.size(); ++k)
    html.markup("<span><i class=\"")
        .markup(kTones[k])
        .markup("\"></i>")
        .text(probe::to_string(classes[k]))
        .markup("</span> ");
  html.markup("<span><i class=\"t4\"></i>others</span></p></figure>\n");
}

/// New failures upwards, recovered hosts downwards, on one scale. The first run's place stays
/// empty: to a history's first run every failure is new.
void write_turns(HtmlWriter& html, Runs runs) {
  std::uint64_t top = 1, fresh = 0, recovered = 0;
  for (const auto& run : runs.subspan(1)) {
    top = std::max({top, run.fresh, run.recovered});
    fresh += run.fresh;
    recovered += run.recovered;
  }
  html.markup("<figure class=\"trend\"><figcaption><h3>New and recovered</h3> <span>new <b>");
  html.number(fresh).markup("</b>, recovered <b>").number(recovered);
  html.markup("</b></span></figcaption>\n");
  Columns columns(html, runs.size());
  columns.begin("Newly failing hosts (up) and recovered ones (down) in the last runs");
  const auto height = [&](std::uint64_t count) {
    return kHeight / 2 * static_cast<double>(count) / static_cast<double>(top);
  };
  for (std::size_t i = 1; i < runs.size(); ++i) {
    if (runs[i].fresh > 0)
      columns.bar(i, "unreachable", "#cf4a41", kHeight / 2 - height(runs[i].fresh),
                  height(runs[i].fresh));
    if (runs[i].recovered > 0)
      columns.bar(i, "reachable", "#4f9d6b", kHeight / 2, height(runs[i].recovered));
  }
  html.markup("<line x1=\"0\" x2=\"900\" y1=\"60\" y2=\"60\"/>");
  columns.end();
  write_axis(html, runs);
  html.markup("<p class=\"note key\"><span><i class=\"unreachable\"></i>newly failing</span> ");
  html.markup("<span><i class=\"reachable\"></i>recovered</span></p></figure>\n");
}

void write_table(HtmlWriter& html, Runs runs) {
  html.markup(
      "<details><summary>The runs as a table</summary>\n<div class=\"scroll\" "
      "tabindex=\"0\"><table>");
  html.markup("<thead><tr><th>Started</th><th class=\"num\">Failing</th><th class=\"num\">");
  html.markup("Degraded</th><th class=\"num\">New</th><th class=\"num\">Recovered</th>");
  html.markup("</tr></thead><tbody>\n");
  for (const auto& run : runs) {
    html.markup("<tr><td>").text(readable(run.started));
    for (const auto count :
         {run.tally.failing(), run.tally.in(probe::State::degraded), run.fresh, run.recovered})
      html.markup("</td><td class=\"num\">").number(count);
    html.markup("</td></tr>\n");
  }
  html.markup("</tbody></table></div></details>\n");
}

}  // namespace

void write_changes(HtmlWriter& html, const summary::Report& report) {
  static const summary::Past kNoPast;
  const auto& past = report.past ? *report.past : kNoPast;
  const auto* before = past.before();
  if (!before && !report.known && past.runs.empty()) return;
  html.markup("<section id=\"changes\"><h2>");
  if (before) {
    html.markup("Since the run of <time datetime=\"").text(to_rfc3339(before->started));
    html.markup("\">").text(readable(before->started)).markup("</time></h2>\n");
  } else if (report.known) {
    html.markup("Beside what the baseline accepts</h2>\n");
  } else {
    html.markup(
        "What changed</h2>\n<p class=\"note\">The first complete run in this history: the ");
    html.markup("next one can be compared with it.</p>\n</section>\n");
    return;
  }
  const auto changes = summary::changes(past, report.fresh);
  if (std::ranges::all_of(changes, [](const auto& change) { return change.names->empty(); })) {
    html.markup("<p>Nothing changed.</p>\n</section>\n");
    return;
  }
  html.markup("<dl class=\"changes\">\n");
  for (const auto& change : changes)
    write_change(html, query_for(change), words_for(change), *change.names);
  html.markup("</dl>\n</section>\n");
}

void write_trend(HtmlWriter& html, const summary::Report& report) {
  constexpr std::size_t kMaxRuns = 30;
  if (!report.past || report.past->runs.size() < 2) return;
  Runs runs(report.past->runs);
  runs = runs.last(std::min(runs.size(), kMaxRuns));
  html.markup(
      "<section id=\"trend\"><details class=\"fold\" open><summary><h2>The last "
      "runs</h2></summary>\n<div class=\"charts\">\n");
  write_failing(html, runs);
  write_turns(html, runs);
  html.markup("</div>\n");
  write_table(html, runs);
  html.markup("</details></section>\n");
}

}  // namespace fleetscan::render
