#include "reports/render/html/sections.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/numbers.h"
#include "base/wall_time.h"
#include "reports/render/html/headline.h"
#include "reports/render/html/html_writer.h"
#include "reports/summary/gate.h"
#include "reports/summary/report.h"
#include "reports/summary/subnet_tree.h"
#include "reports/summary/vantage_words.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::render {
namespace {

constexpr std::size_t kMaxClasses = 8;

constexpr probe::State kStates[] = {probe::State::unreachable, probe::State::degraded,
                                    probe::State::reachable, probe::State::unknown,
                                    probe::State::skipped};

/// Its icon says the verdict to those who see no color; the word says it to everyone.
void write_verdict(HtmlWriter& html, summary::GateVerdict verdict) {
  switch (verdict) {
    case summary::GateVerdict::pass:
      html.markup(
          "<span class=\"verdict pass\"><span aria-hidden=\"true\">&#10003;</span> PASS</span>");
      return;
    case summary::GateVerdict::fail:
      html.markup(
          "<span class=\"verdict fail\"><span aria-hidden=\"true\">&#10007;</span> FAIL</span>");
      return;
    case summary::GateVerdict::incomplete:
      html.markup(
          "<span class=\"verdict incomplete\"><span aria-hidden=\"true\">!</span> "
          "INCOMPLETE</span>");
      return;
  }
}

/// In which places such as 10.0.0.32-79 are not parted at their hyphens.
void write_headline(HtmlWriter& html, std::string_view sentence) {
  constexpr std::size_t kMostWhole = 24;  // fits the line of a phone
  while (!sentence.empty()) {
    const auto word = sentence.substr(0, std::min(sentence.find(' '), sentence.size() - 1) + 1);
    const bool whole = word.find('-') != word.npos && word.size() <= kMostWhole;
    if (whole) html.markup("<span class=\"whole\">");
    html.text(word);
    if (whole) html.markup("</span>");
    sentence.remove_prefix(word.size());
  }
}

void write_fact(HtmlWriter& html, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  html.markup("<div><dt>").text(name).markup("</dt><dd>").text(value).markup("</dd></div>\n");
}

/// The conditions, where someone has set them.
void write_gate(HtmlWriter& html, const summary::Gate& gate) {
  if (gate.is_default() && !gate.known) return;
  html.markup("<ul class=\"gate\" aria-label=\"Conditions\">\n");
  if (!gate.is_default())
    for (const auto& each : gate.criteria) {
      html.markup("<li>").markup(each.verdict == summary::GateVerdict::pass
                                     ? Markup("<b class=\"pass\">")
                                     : Markup("<b class=\"fail\">"));
      html.text(summary::to_string(each.verdict)).markup("</b> <code>").text(each.condition.text);
      html.markup("</code> ").text(each.value).markup("</li>\n");
    }
  if (gate.known)
    html.markup("<li><a href=\"#q=is:known\">")
        .text(counted(*gate.known, "known failure"))
        .markup("</a>, accepted by the baseline</li>\n");
  html.markup("</ul>\n");
}

/// "+12", "as before".
std::string difference(std::uint64_t now, std::uint64_t before) {
  if (now == before) return "as before";
  return now > before ? '+' + grouped(now - before) : "\u2212" + grouped(before - now);
}

/// Where a page is read without its style, what is drawn keeps its color.
Markup fill_of(probe::State state) {
  switch (state) {
    case probe::State::reachable: return "#4f9d6b";
    case probe::State::degraded: return "#d9962b";
    case probe::State::unreachable: return "#cf4a41";
    case probe::State::unknown:
    case probe::State::skipped: return "#a3a6ab";
  }
  return "#a3a6ab";
}

void write_part(HtmlWriter& html, probe::State state, double x, double width, Markup height) {
  html.markup("<rect class=\"").text(probe::to_string(state)).markup("\" fill=\"");
  html.markup(fill_of(state)).markup("\" x=\"").coordinate(x).markup("\" width=\"");
  html.coordinate(width).markup("\" height=\"").markup(height).markup("\"/>");
}

/// What a state of hosts is called where it is counted.
Markup words_for(probe::State state) {
  switch (state) {
    case probe::State::reachable: return "reachable";
    case probe::State::degraded: return "reachable, degraded";
    case probe::State::unreachable: return "failing";
    case probe::State::unknown: return "could not be judged";
    case probe::State::skipped: return "skipped";
  }
  return "";
}

/// All hosts as one bar. Whoever is few is still seen.
void write_states_bar(HtmlWriter& html, const summary::Tally& total) {
  constexpr double kWidth = 1000, kLeast = 6;
  html.markup("<svg class=\"states\" viewBox=\"0 0 1000 14\" width=\"1000\" height=\"14\" ");
  html.markup("preserveAspectRatio=\"none\" aria-hidden=\"true\">");
  double x = 0;
  for (const auto state : kStates) {
    const auto hosts = total.in(state);
    if (hosts == 0) continue;
    const double width = std::max(kWidth * share(hosts, total.hosts()), kLeast);
    write_part(html, state, std::min(x, kWidth - kLeast), width, "14");
    x += width;
  }
  html.markup("</svg>\n");
}

void write_tile(HtmlWriter& html, Markup place, std::string_view query, Markup tone,
                std::uint64_t count, std::string_view words, std::string_view note = {}) {
  html.markup("<li><a class=\"tile ")
      .markup(tone)
      .markup(count == 0 ? Markup(" none") : Markup(""));
  html.markup("\" href=\"#").markup(place).fragment(query).markup("\"><strong>").number(count);
  html.markup("</strong> <span>").text(words);
  if (!note.empty()) html.markup(" <small>").text(note).markup("</small>");
  html.markup("</span></a></li>\n");
}

void write_tiles(HtmlWriter& html, const summary::Report& report) {
  const auto& total = report.summary.total;
  const auto* before = report.past ? report.past->before() : nullptr;
  html.markup("<ul class=\"tiles\">\n");
  for (const auto state : kStates) {
    const auto hosts = total.in(state);
    const bool always = state == probe::State::unreachable || state == probe::State::reachable;
    if (hosts == 0 && !always) continue;
    auto note = percent(hosts, total.hosts());
    if (before) note += ", " + difference(hosts, before->tally.in(state));
    const auto name = probe::to_string(state);
    write_tile(html, "q=", "state:" + std::string(name), tone_of(state), hosts,
               words_for(state).view(), note);
  }
  if (report.summary.unreached() > total[probe::Outcome::not_probed])
    write_tile(html, "q=", "class:not_probed", "unknown", report.summary.unreached(),
               "not reached by the run");
  if (const auto changed = total[probe::Outcome::host_key_changed]; changed > 0)
    write_tile(
        html, "q=", "class:host_key_changed", "unreachable", changed,
        changed == 1 ? "host key differs from known_hosts" : "host keys differ from known_hosts");
  if (const auto differing = report.summary.sshfp.differing.size(); differing > 0)
    write_tile(html, "sshfp", "", "degraded", differing,
               differing == 1 ? "host key differs from DNS" : "host keys differ from DNS");
  std::uint64_t sharing = 0;
  for (const auto& key : report.shared_keys) sharing += key.hosts;
  if (sharing > 0)
    write_tile(html, "shared-keys", "", "degraded", sharing, "share a host key with another");
  html.markup("</ul>\n");
}

void write_share_bar(HtmlWriter& html, std::uint64_t part, std::uint64_t whole,
                     probe::State state) {
  html.markup("<svg class=\"share\" viewBox=\"0 0 100 8\" width=\"100\" height=\"8\" ");
  html.markup("preserveAspectRatio=\"none\" aria-hidden=\"true\">");
  html.markup("<rect class=\"track\" fill=\"#e8e8e4\" width=\"100\" height=\"8\"/>");
  write_part(html, state, 0, std::max(100 * share(part, whole), 0.5), "8");
  html.markup("</svg> ");
}

using ClassCount = std::pair<probe::Outcome, std::uint64_t>;

void write_class_rows(HtmlWriter& html, std::span<const ClassCount> classes,
                      const summary::Report& report) {
  const auto* before = report.past ? report.past->before() : nullptr;
  html.markup("<div class=\"scroll\"><table><thead><tr><th>Class</th><th class=\"num\">Hosts</th>");
  if (before) html.markup("<th class=\"num\">Change</th>");
  html.markup(
      "<th class=\"wide\">Of the failing</th><th>Seen</th><th>Look "
      "at</th></tr></thead>\n<tbody>\n");
  for (const auto& [outcome, count] : classes) {
    const auto& words = probe::row(outcome);
    html.markup("<tr><th scope=\"row\"><a href=\"#q=class:")
        .fragment(words.name)
        .markup("\"><code>");
    html.text(words.name).markup("</code></a></th><td class=\"num\">").number(count);
    if (before)
      html.markup("</td><td class=\"num\">").text(difference(count, before->tally[outcome]));
    html.markup("</td><td class=\"wide\">");
    write_share_bar(html, count, report.summary.failing(), words.state);
    html.text(percent(count, report.summary.failing()));
    html.markup("</td><td class=\"words\">").text(words.seen);
    html.markup("</td><td class=\"words\">").text(words.remedy).markup("</td></tr>\n");
  }
  html.markup("</tbody></table></div>\n");
}

/// "Reachable: ok 511, ok_slow 3".
void write_class_line(HtmlWriter& html, const summary::Tally& total, Markup words,
                      std::initializer_list<probe::State> states) {
  Markup separator = "";
  for (const auto& [outcome, count] : total.classes()) {
    if (std::ranges::find(states, probe::state_of(outcome)) == states.end()) continue;
    if (separator.view().empty()) html.markup("<p class=\"line\">").markup(words).markup(": ");
    html.markup(separator).markup("<a href=\"#q=class:").fragment(probe::to_string(outcome));
    html.markup("\"><code>").text(probe::to_string(outcome)).markup("</code></a> ").number(count);
    separator = ", ";
  }
  if (!separator.view().empty()) html.markup("</p>\n");
}

}  // namespace

Markup tone_of(probe::State state) {
  switch (state) {
    case probe::State::reachable: return "reachable";
    case probe::State::degraded: return "degraded";
    case probe::State::unreachable: return "unreachable";
    case probe::State::unknown: return "unknown";
    case probe::State::skipped: return "skipped";
  }
  return "unknown";
}

void write_header(HtmlWriter& html, const summary::Report& report) {
  const auto& run = report.summary.run;
  html.markup("<header>\n<p class=\"brand\">fleetscan</p>\n<h1>");
  write_verdict(html, report.gate.verdict);
  html.markup(" <span>");
  write_headline(html, headline(report));
  html.markup("</span></h1>\n<dl class=\"facts\">\n");
  if (report.summary.failing() > 0) write_fact(html, "Gate", report.gate.reason);
  html.markup("<div><dt>Started</dt><dd><time datetime=\"")
      .text(to_rfc3339(run.started))
      .markup("\">");
  html.text(readable(run.started)).markup("</time></dd></div>\n");
  write_fact(html, "Took", duration_text(report.summary.duration()));
  write_fact(html, "Vantage", run.vantage.value_or(""));
  write_fact(html, "Inventory", fmt::format("{}", fmt::join(run.sources, ", ")));
  write_fact(
      html, "Probed",
      grouped(report.summary.total.hosts() - report.summary.total[probe::Outcome::not_probed]) +
          " of " + grouped(std::max(run.targets, report.summary.total.hosts())));
  write_fact(html, "Depth", probe::to_string(run.depth));
  html.markup("</dl>\n");
  write_gate(html, report.gate);
  html.markup("</header>\n");
}

void write_states(HtmlWriter& html, const summary::Report& report) {
  html.markup("<nav aria-label=\"Hosts by state\">\n");
  write_states_bar(html, report.summary.total);
  write_tiles(html, report);
  html.markup("</nav>\n");
}

void write_classes(HtmlWriter& html, const summary::Report& report) {
  const auto& total = report.summary.total;
  std::vector<ClassCount> classes;
  for (const auto& each : total.classes())
    if (probe::is_failure(each.first)) classes.push_back(each);
  std::ranges::stable_sort(classes, std::greater{}, &ClassCount::second);
  html.markup("<section id=\"classes\"><h2>")
      .markup(report.summary.failing() > 0 ? Markup("How they fail") : Markup("How they answer"))
      .markup("</h2>\n");
  const std::span all(classes);
  const auto first = all.first(std::min(all.size(), kMaxClasses));
  if (!first.empty()) write_class_rows(html, first, report);
  if (const auto rest = all.subspan(first.size()); !rest.empty()) {
    std::uint64_t hosts = 0;
    for (const auto& each : rest) hosts += each.second;
    html.markup("<details><summary>").number(rest.size()).markup(" more, ");
    html.text(counted(hosts, "host")).markup("</summary>\n");
    write_class_rows(html, rest, report);
    html.markup("</details>\n");
  }
  write_class_line(html, total, "Reached", {probe::State::reachable, probe::State::degraded});
  write_class_line(html, total, "Not judged", {probe::State::unknown, probe::State::skipped});
  html.markup("</section>\n");
}

namespace {

/// "812 of 4,000 hosts reached; lost after ..."
std::string vantage_text(const probe::VantageEnd& end, const summary::Summary& seen) {
  auto text = summary::reached_from(end, seen);
  if (end.trouble.empty()) return text;
  return text + (text.empty() ? "" : "; ") + end.trouble;
}

}  // namespace

void write_health(HtmlWriter& html, const summary::Report& report) {
  const auto& summary = report.summary;
  html.markup(
      "<section id=\"health\"><details class=\"fold\" open><summary><h2>This "
      "run</h2></summary>\n<dl class=\"facts\">\n");
  write_fact(html, "Complete", summary.complete() ? "yes" : "no");
  write_fact(html, "Hosts asked again", grouped(summary.retried));
  write_fact(html, "Hosts this scanner could not judge",
             grouped(summary.total.in(probe::State::unknown)));
  write_fact(html, "Host keys not verified", grouped(summary.keys_unverified));
  if (summary.unreadable_lines > 0)
    write_fact(html, "Unreadable lines in the results", grouped(summary.unreadable_lines));
  write_fact(html, "Tool", summary.run.tool);
  write_fact(html, "Run", summary.run.run_id);
  write_fact(html, "Inventory SHA-256", summary.run.inventory_sha256);
  for (const auto& end : summary.vantage_ends)
    write_fact(html, "Vantage " + end.vantage, vantage_text(end, summary));
  if (summary.partial > 0)
    write_fact(html, "Hosts reached from some vantages only", grouped(summary.partial));
  html.markup("</dl>\n");
  for (const auto& [note, tally] : summary.notes.entries())
    html.markup("<p class=\"note\">")
        .text(counted(tally.hosts(), "host"))
        .markup(": ")
        .text(note)
        .markup("</p>\n");
  html.markup("<details><summary>Options of this run</summary><dl class=\"options\">\n");
  for (const auto& [name, value] : summary.run.options) {
    html.markup("<div><dt><code>--").text(name).markup("</code></dt><dd>").text(value);
    html.markup("</dd></div>\n");
  }
  html.markup(
      "</dl></details>\n<p class=\"note\">To write this page again: "
      "<code>fleetscan report results.jsonl --html report.html</code></p>\n</details></section>\n");
}

}  // namespace fleetscan::render
