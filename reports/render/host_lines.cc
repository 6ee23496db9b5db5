#include "reports/render/host_lines.h"

#include <fmt/format.h>

#include <string>

#include "base/escape.h"
#include "base/numbers.h"
#include "reports/render/text_page.h"
#include "reports/summary/host_table.h"
#include "reports/summary/report.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::render {
namespace {

/// Says how many hosts have no line, if any.
std::string left_out(const summary::Report& report) {
  const auto count = report.summary.hosts.failing_left_out();
  return count == 0 ? std::string() : "and " + counted(count, "more host") + '\n';
}

}  // namespace

std::string failing_targets(const summary::Report& report) {
  const auto news = report.news();
  std::string out;
  for (const auto& row : report.rows)
    if (probe::is_failure(row.outcome) && !news.accepted(row.target()))
      out += fmt::format("{:<26} {}\n", probe::to_string(row.outcome), printable(row.target()));
  return out + left_out(report);
}

std::string failing_hosts(const summary::Report& report, const TerminalStyle& style) {
  TextPage page(style);
  for (const auto& row : report.rows) {
    if (!probe::needs_attention(row.state())) continue;
    const auto& outcome = probe::row(row.outcome);
    const auto reason = row.because ? printable(*row.because) : std::string(outcome.seen);
    page.paragraph({{fmt::format("{:<26} ", outcome.name), Tone::bad},
                    {printable(row.target()), Tone::strong},
                    {"  " + (row.cause ? printable(*row.cause) + ": " : "") + reason}});
  }
  return page.take() + left_out(report);
}

}  // namespace fleetscan::render
