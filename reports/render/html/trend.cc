#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/wall_time.h"
#include "reports/render/html/html_writer.h"
#include "reports/render/html/sections.h"
#include "reports/render/name_folding.h"
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
constexpr std::size_t kOwnTones = std::size(kTones) - 1;

using Runs = std::span<const summary::PastRun>;

std::string day(WallTime time) { return to_rfc3339(time).substr(0, 10); }

void write_change(HtmlWriter& html, std::string_view query, std::string_view words,
                  const std::vector<std::string>& names) {
  if (names.empty()) return;
  html.markup("<div><dt>");
  if (!query.empty()) html.markup("<a href=\"#q=").fragment(query).markup("\">");
  html.number(names.size()).markup(" ").text(words);
  if (!query.empty()) html.markup("</a>");
  html.markup("</dt><dd class=\"names\"><bdi>").text(folded_line(names, kMaxFoldedBytes));
  html.markup("</bdi></dd></div>\n");
}

void write_changes(HtmlWriter& html, const summary::Past& past) {
  const auto* before = past.before();
  if (!before) {
    html.markup("<p class=\"note\">The first complete run in this history: the next one can be ");
    html.markup("compared with it.</p>\n");
    return;
  }
  html.markup("<h3>Since the run of <time datetime=\"").text(to_rfc3339(before->started));
  html.markup("\">").text(readable(before->started)).markup("</time></h3>\n");
  const std::vector<std::string>* all[] = {
      &past.fresh,       &past.recovered,        &past.dark,
      &past.key_changed, &past.software_changed, &past.flapping};
  if (std::ranges::all_of(all, [](const auto* names) { return names->empty(); })) {
    html.markup("<p>Nothing changed.</p>\n");
    return;
  }
  html.markup("<dl class=\"changes\">\n");
  write_change(html, "is:new", "newly failing", past.fresh);
  write_change(html, "is:recovered", "recovered", past.recovered);
  write_change(html, "", "subnets gone dark", past.dark);
  write_change(html, "is:rekeyed", "host keys changed", past.key_changed);
  write_change(html, "is:upgraded", "software changed", past.software_changed);
  write_change(html, "is:flapping", "flapping", past.flapping);
  html.markup("</dl>\n");
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
      : html_(html), step_(kWidth / static_cast<double>(std::max<std::size_t>(runs, 12))) {}

  void begin(Markup label) {
    html_.markup("<svg viewBox=\"0 0 900 120\" preserveAspectRatio=\"none\" role=\"img\" ");
    html_.markup("aria-label=\"").markup(label).markup("\">");
  }
  void bar(std::size_t run, Markup tone, double top, double height) {
    html_.markup("<rect class=\"").markup(tone).markup("\" x=\"");
    html_.coordinate(static_cast<double>(run) * step_).markup("\" y=\"").coordinate(top);
    html_.markup("\" width=\"").coordinate(step_ * 0.86).markup("\" height=\"");
    html_.coordinate(height).markup("\"/>");
  }
  void end() { html_.markup("</svg>\n"); }

 private:
  HtmlWriter& html_;
  double step_;
};

void write_axis(HtmlWriter& html, Runs runs) {
  html.markup("<p class=\"axis\"><span>").text(day(runs.front().started)).markup("</span>");
  if (runs.size() > 1) html.markup("<span>").text(day(runs.back().started)).markup("</span>");
  html.markup("</p>\n");
}

void write_failing(HtmlWriter& html, Runs runs) {
  const auto classes = frequent_classes(runs);
  const auto failing = [](const summary::PastRun& run) { return run.tally.failing(); };
  const auto top =
      std::max<std::uint64_t>(1, failing(*std::ranges::max_element(runs, {}, failing)));
  html.markup("<figure class=\"trend\"><figcaption><h3>Failing hosts, by class</h3> <span>now <b>");
  html.number(failing(runs.back())).markup("</b>, most <b>").number(top);
  html.markup("</b></span></figcaption>\n");
  Columns columns(html, runs.size());
  columns.begin("Failing hosts of the last runs by class; the numbers are in the table below");
  for (std::size_t i = 0; i < runs.size(); ++i) {
    double y = kHeight;
    const auto bar = [&](Markup tone, std::uint64_t count) {
      const double height = kHeight * static_cast<double>(count) / static_cast<double>(top);
      if (count > 0) columns.bar(i, tone, y -= height, height);
    };
    auto rest = failing(runs[i]);
    for (std::size_t k = 0; k < classes.size(); ++k) {
      bar(kTones[k], runs[i].tally[classes[k]]);
      rest -= runs[i].tally[classes[k]];
    }
    bar(kTones[kOwnTones], rest);
  }
  columns.end();
  write_axis(html, runs);
  html.markup("<p class=\"note key\">");
  for (std::size_t k = 0; k < classes.size(); ++k)
    html.markup("<i class=\"")
        .markup(kTones[k])
        .markup("\"></i>")
        .text(probe::to_string(classes[k]));
  html.markup("<i class=\"t4\"></i>others</p></figure>\n");
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
      columns.bar(i, "unreachable", kHeight / 2 - height(runs[i].fresh), height(runs[i].fresh));
    if (runs[i].recovered > 0) columns.bar(i, "reachable", kHeight / 2, height(runs[i].recovered));
  }
  html.markup("<line x1=\"0\" x2=\"900\" y1=\"60\" y2=\"60\"/>");
  columns.end();
  write_axis(html, runs);
  html.markup("<p class=\"note key\"><i class=\"unreachable\"></i>newly failing");
  html.markup("<i class=\"reachable\"></i>recovered</p></figure>\n");
}

void write_table(HtmlWriter& html, Runs runs) {
  html.markup("<details><summary>The runs as a table</summary>\n<div class=\"scroll\"><table>");
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

void write_trend(HtmlWriter& html, const summary::Report& report) {
  constexpr std::size_t kMaxRuns = 30;
  if (!report.past || report.past->runs.empty()) return;
  Runs runs(report.past->runs);
  runs = runs.last(std::min(runs.size(), kMaxRuns));
  html.markup("<section id=\"trend\"><h2>Trend</h2>\n");
  write_changes(html, *report.past);
  if (runs.size() > 1) {
    html.markup("<div class=\"charts\">\n");
    write_failing(html, runs);
    write_turns(html, runs);
    html.markup("</div>\n");
    write_table(html, runs);
  }
  html.markup("</section>\n");
}

}  // namespace fleetscan::render
