// The section of report.html that tells which clients would lose which hosts.

#include <algorithm>
#include <cstddef>
#include <string>

#include "base/numbers.h"
#include "reports/render/html/html_writer.h"
#include "reports/render/html/sections.h"
#include "reports/render/name_folding.h"
#include "reports/summary/client_outlook.h"
#include "reports/summary/report.h"
#include "scanner/ssh/kexinit.h"

namespace fleetscan::render {
namespace {

constexpr std::size_t kMaxFoldedBytes = 120;

/// "host_key 12, kex 3"
std::string slots(const summary::ClientLoss& row) {
  std::string out;
  for (std::size_t i = 0; i < row.broken_in.size(); ++i) {
    if (row.broken_in[i] == 0) continue;
    if (!out.empty()) out += ", ";
    (out += ssh::to_string(static_cast<ssh::Slot>(i))) += ' ' + grouped(row.broken_in[i]);
  }
  return out;
}

void write_row(HtmlWriter& html, const summary::ClientLoss& row) {
  html.markup("<tr><th scope=\"row\">").text(row.client->name).markup(" <small><code>");
  html.text(row.client->id).markup("</code></small></th><td class=\"num\">").number(row.breaks);
  html.markup("</td><td class=\"num\">").number(row.connects).markup("</td><td class=\"words\">");
  html.text(slots(row)).markup("</td><td class=\"names\"><bdi>");
  html.text(folded_line(row.examples, kMaxFoldedBytes)).markup("</bdi>");
  if (row.breaks > row.examples.size())
    html.markup(" and ").number(row.breaks - row.examples.size()).markup(" more");
  html.markup("</td></tr>\n");
}

void write_table(HtmlWriter& html, const summary::ClientOutlook& outlook) {
  html.markup(
      "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th>Client</th><th "
      "class=\"num\">Loses</th>");
  html.markup("<th class=\"num\">Keeps</th><th>For want of</th><th>Which</th></tr></thead>\n");
  html.markup("<tbody>\n");
  for (const auto& row : outlook.clients())
    if (row.breaks > 0) write_row(html, row);
  html.markup("</tbody></table></div>\n");
}

}  // namespace

void write_outlook(HtmlWriter& html, const summary::Report& report) {
  const auto& outlook = report.summary.outlook;
  if (outlook.told() == 0) return;
  const auto losing = std::ranges::count_if(
      outlook.clients(), [](const summary::ClientLoss& row) { return row.breaks > 0; });
  html.markup("<section id=\"forecast\"><details class=\"fold\"><summary><h2>What other clients ");
  html.markup("would lose</h2></summary>\n<p class=\"note\">From the offers of ");
  html.text(counted(outlook.told(), "host"));
  if (outlook.untold() > 0)
    html.markup("; ")
        .text(counted(outlook.untold(), "host"))
        .markup(" made none, and what would become of them is not known");
  html.markup(". An RSA key that was not proved counts as large enough. ");
  html.markup("<code>fleetscan forecast</code> has all hosts, and what repairs them.</p>\n");
  if (losing > 0) write_table(html, outlook);
  const auto keeping = outlook.clients().size() - static_cast<std::size_t>(losing);
  if (keeping > 0)
    html.markup("<p class=\"line\">")
        .text(counted(keeping, losing > 0 ? "other client" : "client"))
        .markup(" that this build knows would lose none.</p>\n");
  html.markup("</details></section>\n");
}

}  // namespace fleetscan::render
