#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/numbers.h"
#include "reports/render/html/html_writer.h"
#include "reports/render/html/sections.h"
#include "reports/render/name_folding.h"
#include "reports/summary/bounded_tally.h"
#include "reports/summary/key_census.h"
#include "reports/summary/report.h"
#include "reports/summary/sshfp_census.h"
#include "reports/summary/subnet_tree.h"

namespace fleetscan::render {
namespace {

constexpr std::size_t kMaxRows = 40;
constexpr std::size_t kMaxFoldedBytes = 160;

void write_tally_table(HtmlWriter& html, Markup caption, std::string_view field,
                       const summary::BoundedTally& tallies) {
  std::vector<std::pair<std::string, summary::Tally>> entries(tallies.entries().begin(),
                                                              tallies.entries().end());
  std::ranges::stable_sort(entries, std::greater(),
                           [](const auto& entry) { return entry.second.hosts(); });
  html.markup("<table><caption>")
      .markup(caption)
      .markup(
          "</caption>\n<thead><tr><th>Name</th>"
          "<th class=\"num\">Hosts</th><th class=\"num\">Failing</th></tr></thead>\n<tbody>\n");
  for (std::size_t i = 0; i < std::min(entries.size(), kMaxRows); ++i) {
    const auto& [name, tally] = entries[i];
    const auto quoted = name.find(' ') == name.npos ? name : '"' + name + '"';
    html.markup("<tr><td class=\"names\"><a href=\"#q=").text(field).markup(":").fragment(quoted);
    html.markup("\"><bdi>")
        .text(name)
        .markup("</bdi></a></td><td class=\"num\">")
        .number(tally.hosts());
    html.markup("</td><td class=\"num\">").number(tally.failing()).markup("</td></tr>\n");
  }
  html.markup("</tbody></table>\n");
  if (entries.size() > kMaxRows)
    html.markup("<p class=\"note\">and ")
        .number(entries.size() - kMaxRows)
        .markup(" more; report.json lists them</p>\n");
  if (tallies.full())
    html.markup("<p class=\"note\">Too many different names to count: this is a sample.</p>\n");
}

void write_shared_keys(HtmlWriter& html, const std::vector<summary::SharedKey>& keys) {
  if (keys.empty()) return;
  html.markup("<h3 id=\"shared-keys\">Host keys that several hosts share</h3>\n<p class=\"note\">");
  html.markup("Hosts cloned from one image, or several names of one host: each of ");
  html.markup("them can impersonate the others.</p>\n<div class=\"scroll\"><table><thead><tr>");
  html.markup("<th>Key</th><th class=\"num\">Hosts</th><th>Which</th></tr></thead>\n<tbody>\n");
  for (std::size_t i = 0; i < std::min(keys.size(), kMaxRows); ++i) {
    const auto& key = keys[i];
    html.markup("<tr><td class=\"names\"><a href=\"#q=key:")
        .fragment(key.sha256)
        .markup("\"><bdi>");
    html.text(key.type).markup(" ").text(key.sha256).markup("</bdi></a></td><td class=\"num\">");
    html.number(key.hosts).markup("</td><td class=\"names\"><bdi>");
    html.names(folded_line(key.examples, kMaxFoldedBytes, key.hosts)).markup("</bdi></td></tr>\n");
  }
  html.markup("</tbody></table></div>\n");
  if (keys.size() > kMaxRows)
    html.markup("<p class=\"note\">and ")
        .text(counted(keys.size() - kMaxRows, "more key"))
        .markup("; report.json lists them</p>\n");
}

/// What the DNS publishes. Nothing where it was not asked.
void write_sshfp(HtmlWriter& html, const summary::SshfpCensus& census) {
  if (census.hosts() == 0) return;
  html.markup("<h3 id=\"sshfp\">Host keys in the DNS (SSHFP)</h3>\n<p class=\"note\">");
  html.text(summary::sshfp_words(census)).markup("</p>\n");
  if (census.differing.empty()) return;
  html.markup("<p>The DNS says otherwise of a key that was proved: <bdi>");
  html.text(folded_line(census.differing, kMaxFoldedBytes)).markup("</bdi></p>\n");
}

}  // namespace

void write_inventory(HtmlWriter& html, const summary::Report& report) {
  html.markup(
      "<section id=\"inventory\"><details class=\"fold\" open><summary><h2>Software and host "
      "keys</h2></summary>\n<div class=\"columns\">\n<div>");
  write_tally_table(html, "Software", "software", report.summary.software);
  html.markup("</div>\n<div>");
  write_tally_table(html, "Host key types", "key", report.summary.key_types);
  html.markup("</div>\n</div>\n");
  write_sshfp(html, report.summary.sshfp);
  write_shared_keys(html, report.shared_keys);
  html.markup("</details></section>\n");
}

}  // namespace fleetscan::render
