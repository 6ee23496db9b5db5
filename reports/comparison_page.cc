// The comparison as a page: tables, no script, so that it reads the same everywhere.

#include "reports/comparison.h"
#include "reports/html_writer.h"
#include "reports/wall_time.h"

namespace fleetscan {
namespace {

constexpr std::size_t kMaxRows = 10'000;

void write_head_cells(HtmlWriter& html, const Comparison& comparison) {
  for (const auto& side : comparison.sides)
    html.markup("<th scope=\"col\">").text(side.name).markup("</th>");
}

void write_counts(HtmlWriter& html, const std::vector<std::uint64_t>& counts) {
  for (const auto count : counts) html.markup("<td>").number(count).markup("</td>");
}

void write_patterns(HtmlWriter& html, const Comparison& comparison) {
  html.markup(
      "<h2>Hosts by what each one says</h2>\n<table><thead><tr><th scope=\"col\">hosts</th>");
  write_head_cells(html, comparison);
  html.markup("<th scope=\"col\">meaning</th></tr></thead><tbody>\n");
  for (const auto& pattern : comparison.patterns) {
    html.markup("<tr><td>").number(pattern.hosts).markup("</td>");
    for (const auto seen : pattern.seen) html.markup("<td>").text(to_string(seen)).markup("</td>");
    html.markup("<td>").text(pattern.meaning).markup("</td></tr>\n");
  }
  html.markup("</tbody></table>\n");
}

void write_classes(HtmlWriter& html, const Comparison& comparison) {
  html.markup("<h2>Classes</h2>\n<table><thead><tr><th scope=\"col\">class</th>");
  write_head_cells(html, comparison);
  html.markup("</tr></thead><tbody>\n");
  for (const auto& each : comparison.classes) {
    html.markup("<tr><th scope=\"row\">").text(to_string(each.outcome)).markup("</th>");
    write_counts(html, each.hosts);
    html.markup("</tr>\n");
  }
  html.markup("</tbody></table>\n");
}

void write_subnets(HtmlWriter& html, const Comparison& comparison) {
  html.markup("<h2>Failing hosts by subnet</h2>\n<table><thead><tr><th scope=\"col\">subnet</th>");
  html.markup("<th scope=\"col\">hosts</th>");
  write_head_cells(html, comparison);
  html.markup("</tr></thead><tbody>\n");
  for (const auto& subnet : comparison.subnets) {
    html.markup("<tr><th scope=\"row\">").text(subnet.prefix.to_string()).markup("</th><td>");
    html.number(subnet.hosts).markup("</td>");
    write_counts(html, subnet.failing);
    html.markup("</tr>\n");
  }
  html.markup("</tbody></table>\n");
}

void write_hosts(HtmlWriter& html, const Comparison& comparison) {
  html.markup("<h2>Hosts that differ</h2>\n<table><thead><tr><th scope=\"col\">target</th>");
  write_head_cells(html, comparison);
  html.markup("</tr></thead><tbody>\n");
  std::size_t rows = 0;
  for (const auto& host : comparison.differing) {
    if (++rows > kMaxRows) break;
    html.markup("<tr><th scope=\"row\">").text(host.target).markup("</th>");
    for (const auto& outcome : host.outcomes)
      html.markup("<td>").text(outcome ? to_string(*outcome) : "absent").markup("</td>");
    html.markup("</tr>\n");
  }
  html.markup("</tbody></table>\n");
  if (comparison.differing.size() > kMaxRows)
    html.markup("<p>The first ")
        .number(kMaxRows)
        .markup(" of ")
        .number(comparison.differing.size())
        .markup(" hosts; all of them are in the JSON document.</p>\n");
}

}  // namespace

std::string comparison_html(const Comparison& comparison) {
  std::string out;
  HtmlWriter html(out);
  html.markup(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>fleetscan: ");
  html.number(comparison.differing.size()).markup(" of ").number(comparison.hosts);
  html.markup(
      " hosts differ</title>\n<style>body{font:1rem/1.5 system-ui,sans-serif;margin:2rem}"
      "table{border-collapse:collapse}th,td{padding:.2rem .8rem;text-align:left;"
      "border-bottom:1px solid GrayText}</style></head><body><main>\n<h1>");
  html.number(comparison.differing.size()).markup(" of ").number(comparison.hosts);
  html.markup(" hosts differ</h1>\n<ol>\n");
  for (const auto& side : comparison.sides) {
    html.markup("<li>").text(side.name).markup(", ").text(to_rfc3339(side.run.started));
    if (!side.complete) html.markup(", <strong>INCOMPLETE</strong>");
    html.markup("</li>\n");
  }
  html.markup("</ol>\n");
  write_patterns(html, comparison);
  write_classes(html, comparison);
  if (!comparison.subnets.empty()) write_subnets(html, comparison);
  if (!comparison.same()) write_hosts(html, comparison);
  html.markup("</main></body></html>\n");
  return out;
}

}  // namespace fleetscan
