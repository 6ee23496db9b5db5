// The section of report.html that holds the scan's causes against what hosts say of themselves.

#include <cstddef>

#include "reports/render/html/html_writer.h"
#include "reports/render/html/sections.h"
#include "reports/summary/report.h"
#include "reports/summary/second_opinion.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::render {
namespace {

constexpr std::size_t kMaxRows = 1000;

void write_row(HtmlWriter& html, const summary::SecondOpinion& opinion) {
  html.markup("<tr><th scope=\"row\"><bdi>").text(opinion.target).markup("</bdi></th><td><code>");
  html.text(probe::to_string(opinion.outcome)).markup("</code></td><td>");
  html.text(summary::to_string(opinion.standing)).markup("</td><td class=\"words\">");
  html.text(opinion.sentence()).markup("</td><td class=\"words\"><bdi>");
  html.text(opinion.evidence).markup("</bdi></td><td class=\"words\"><bdi>");
  html.text(opinion.fix).markup("</bdi></td></tr>\n");
}

/// Contradictions first.
void write_rows(HtmlWriter& html, const summary::SecondOpinions& doctors) {
  std::size_t shown = 0;
  for (const bool contradiction : {true, false})
    for (const auto& opinion : doctors.opinions)
      if (opinion.contradiction() == contradiction && shown++ < kMaxRows) write_row(html, opinion);
}

}  // namespace

void write_doctors(HtmlWriter& html, const summary::Report& report) {
  const auto& doctors = report.doctors;
  if (doctors.opinions.empty() && doctors.strangers.empty()) return;
  html.markup("<section id=\"doctors\" aria-labelledby=\"doctors-h\">\n");
  html.markup("<h2 id=\"doctors-h\">From the hosts themselves</h2>\n");
  html.markup(
      "<div class=\"scroll\" "
      "tabindex=\"0\"><table><thead><tr><th>Host</th><th>Class</th><th>Cause</th>");
  html.markup("<th>In words</th><th>Evidence</th><th>Fix</th></tr></thead>\n<tbody>\n");
  write_rows(html, doctors);
  html.markup("</tbody></table></div>\n");
  if (!doctors.strangers.empty()) {
    html.markup("<p>In none of these results: ").number(doctors.strangers.size());
    html.markup(" more</p>\n");
  }
  html.markup("</section>\n");
}

}  // namespace fleetscan::render
