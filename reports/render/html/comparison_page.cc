// The comparison as a page: tables, no script, so that it reads the same everywhere.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/numbers.h"
#include "base/wall_time.h"
#include "reports/render/comparison_report.h"
#include "reports/render/html/data_blocks.h"
#include "reports/render/html/html_writer.h"
#include "reports/render/html/page_assets.h"
#include "reports/render/name_folding.h"
#include "reports/summary/comparison.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::render {
namespace {

constexpr std::size_t kMaxRows = 1'000;
constexpr std::size_t kMaxFoldedBytes = 1'000;
constexpr std::size_t kFirstSubnets = 20;

/// Columns are numbered: the list above says which side each is. Names would be too wide.
void write_head_cells(HtmlWriter& html, const summary::Comparison& comparison,
                      Markup cell = "<th scope=\"col\">") {
  for (std::size_t i = 0; i < comparison.sides.size(); ++i)
    html.markup(cell).number(i + 1).markup("</th>");
}

constexpr Markup kNumberHead = "<th scope=\"col\" class=\"num\">";

void write_counts(HtmlWriter& html, const std::vector<std::uint64_t>& counts) {
  for (const auto count : counts) html.markup("<td class=\"num\">").number(count).markup("</td>");
}

void write_patterns(HtmlWriter& html, const summary::Comparison& comparison) {
  html.markup(
      "<section><h2>Result in each run</h2>\n<div class=\"scroll\" "
      "tabindex=\"0\"><table><thead><tr><th "
      "scope=\"col\" class=\"num\">hosts</th>");
  write_head_cells(html, comparison);
  html.markup("<th scope=\"col\">meaning</th></tr></thead><tbody>\n");
  for (const auto& pattern : comparison.patterns) {
    html.markup("<tr><td class=\"num\">").number(pattern.hosts).markup("</td>");
    for (const auto seen : pattern.seen)
      html.markup("<td>").text(summary::to_string(seen)).markup("</td>");
    html.markup("<td>").text(pattern.meaning).markup("</td></tr>\n");
  }
  html.markup("</tbody></table></div></section>\n");
}

void write_classes(HtmlWriter& html, const summary::Comparison& comparison) {
  html.markup(
      "<section><h2>Classes</h2>\n<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th "
      "scope=\"col\">class</th>");
  write_head_cells(html, comparison, kNumberHead);
  html.markup("</tr></thead><tbody>\n");
  for (const auto& each : comparison.classes) {
    html.markup("<tr><th scope=\"row\">").text(probe::to_string(each.outcome)).markup("</th>");
    write_counts(html, each.hosts);
    html.markup("</tr>\n");
  }
  html.markup("</tbody></table></div></section>\n");
}

using Subnets = std::vector<const summary::ComparedSubnet*>;

void write_subnet_table(HtmlWriter& html, const summary::Comparison& comparison,
                        std::span<const summary::ComparedSubnet* const> subnets) {
  html.markup(
      "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">subnet</th>");
  html.markup(kNumberHead).markup("hosts</th>");
  write_head_cells(html, comparison, kNumberHead);
  html.markup("</tr></thead><tbody>\n");
  for (const auto* subnet : subnets) {
    html.markup("<tr><th scope=\"row\">")
        .text(subnet->prefix.to_string())
        .markup("</th><td class=\"num\">");
    html.number(subnet->hosts).markup("</td>");
    write_counts(html, subnet->failing);
    html.markup("</tr>\n");
  }
  html.markup("</tbody></table></div>\n");
}

/// Those first in which the sides differ most.
Subnets by_difference(const summary::Comparison& comparison) {
  Subnets subnets;
  for (const auto& subnet : comparison.subnets) subnets.push_back(&subnet);
  std::ranges::stable_sort(subnets, std::greater{}, [](const summary::ComparedSubnet* subnet) {
    const auto [least, most] = std::ranges::minmax(subnet->failing);
    return most - least;
  });
  return subnets;
}

void write_subnets(HtmlWriter& html, const summary::Comparison& comparison) {
  const auto subnets = by_difference(comparison);
  const std::span all(subnets);
  const auto first = all.first(std::min(all.size(), kFirstSubnets));
  html.markup("<section><h2>Failing hosts by subnet</h2>\n");
  write_subnet_table(html, comparison, first);
  if (const auto rest = all.subspan(first.size()); !rest.empty()) {
    html.markup("<details><summary>").text(counted(rest.size(), "more subnet"));
    html.markup("</summary>\n");
    write_subnet_table(html, comparison, rest);
    html.markup("</details>\n");
  }
  html.markup("</section>\n");
}

/// Hosts of which every side says the same.
struct Alike {
  const summary::ComparedHost* first;
  std::vector<std::string> targets;
};

/// Most hosts first.
std::vector<Alike> by_outcomes(const summary::Comparison& comparison) {
  std::map<std::vector<std::string_view>, Alike> groups;
  for (const auto& host : comparison.differing) {
    std::vector<std::string_view> words;
    words.reserve(host.outcomes.size());
    for (const auto& outcome : host.outcomes)
      words.push_back(outcome ? probe::to_string(*outcome) : "absent");
    auto& group = groups.try_emplace(std::move(words), Alike{&host, {}}).first->second;
    group.targets.push_back(host.target);
  }
  std::vector<Alike> all;
  all.reserve(groups.size());
  for (auto& [words, group] : groups) all.push_back(std::move(group));
  std::ranges::stable_sort(all, std::greater{},
                           [](const Alike& each) { return each.targets.size(); });
  return all;
}

void write_hosts(HtmlWriter& html, const summary::Comparison& comparison) {
  html.markup(
      "<section><h2>Hosts that differ</h2>\n<div class=\"scroll\" "
      "tabindex=\"0\"><table><thead><tr><th "
      "scope=\"col\" class=\"num\">hosts</th>");
  write_head_cells(html, comparison);
  html.markup("<th scope=\"col\">which</th></tr></thead><tbody>\n");
  const auto groups = by_outcomes(comparison);
  for (std::size_t i = 0; i < std::min(groups.size(), kMaxRows); ++i) {
    html.markup("<tr><td class=\"num\">").number(groups[i].targets.size()).markup("</td>");
    for (const auto& outcome : groups[i].first->outcomes)
      html.markup("<td><code>")
          .text(outcome ? probe::to_string(*outcome) : "absent")
          .markup("</code></td>");
    html.markup("<td class=\"names\"><bdi>").names(folded_line(groups[i].targets, kMaxFoldedBytes));
    html.markup("</bdi></td></tr>\n");
  }
  html.markup("</tbody></table></div>\n");
  if (groups.size() > kMaxRows)
    html.markup("<p class=\"note\">and ")
        .text(counted(groups.size() - kMaxRows, "rarer difference"))
        .markup("; the JSON document has all of them</p>\n");
  html.markup("</section>\n");
}

/// What stands before the heading: the style of report.html, pinned by its digest; no script.
std::string page_head() {
  const auto& assets = page_assets();
  return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '" +
         policy_hash(assets.css_sha256) +
         "'; img-src data:; base-uri 'none'; form-action 'none'\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"color-scheme\" content=\"light dark\">\n"
         "<meta name=\"referrer\" content=\"no-referrer\">\n<link rel=\"icon\" href=\"data:,\">\n"
         "<style>" +
         std::string(assets.css) + "</style>\n<title>fleetscan: ";
}

}  // namespace

std::string comparison_html(const summary::Comparison& comparison) {
  auto out = page_head();
  HtmlWriter html(out);
  const auto words = [&] {
    html.number(comparison.differing.size()).markup(" of ");
    html.text(counted(comparison.hosts, "host"));
    html.markup(comparison.differing.size() == 1 ? Markup(" differs") : Markup(" differ"));
  };
  words();
  html.markup(
      "</title>\n</head>\n<body>\n<header>\n<p class=\"brand\">fleetscan compare</p>\n<h1>");
  words();
  html.markup("</h1>\n<ol>\n");
  for (const auto& side : comparison.sides) {
    html.markup("<li><bdi>").text(side.name).markup("</bdi>, ").text(readable(side.run.started));
    if (!side.complete) html.markup(", <strong>INCOMPLETE</strong>");
    html.markup("</li>\n");
  }
  html.markup("</ol>\n</header>\n<main>\n");
  write_patterns(html, comparison);
  write_classes(html, comparison);
  if (!comparison.subnets.empty()) write_subnets(html, comparison);
  if (!comparison.same()) write_hosts(html, comparison);
  html.markup("</main>\n</body>\n</html>\n");
  return out;
}

}  // namespace fleetscan::render
