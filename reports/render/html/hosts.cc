#include <fmt/format.h>

#include <algorithm>
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
#include "reports/render/html/headline.h"
#include "reports/render/html/html_writer.h"
#include "reports/render/html/sections.h"
#include "reports/summary/host_table.h"
#include "reports/summary/report.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::render {
namespace {

constexpr std::size_t kMaxStaticHosts = 200;
constexpr std::size_t kSlowest = 10;

void write_time(HtmlWriter& html, std::uint32_t micros) {
  html.markup("<td class=\"num\">");
  if (micros != summary::HostRow::kNoTime) html.text(duration_text(Micros(micros)));
  html.markup("</td>");
}

/// Why a host failed, in words: what was seen, then what other hosts add.
std::string reason_of(const summary::HostRow& host) {
  std::string reason(host.because ? std::string_view(*host.because)
                                  : probe::row(host.outcome).seen);
  if (host.beside) (reason += "; ") += *host.beside;
  return reason;
}

/// Which of the columns that a failing host may have are of use.
struct HostColumns {
  bool since = false;
  bool cause = false;
  bool labels = false;
};

void write_host(HtmlWriter& html, const summary::HostRow& host, const summary::Report& report,
                HostColumns columns) {
  const auto target = host.target();
  html.markup("<tr><td class=\"host\"><a href=\"#host=").fragment(target).markup("\"><bdi>");
  html.text(target).markup("</bdi></a></td>");
  if (columns.since) {
    const auto since = report.past->failing_since.find(target);
    html.markup("<td class=\"date\">");
    if (since != report.past->failing_since.end())
      html.text(day_of(since->second, report.summary.run.started));
    html.markup("</td>");
  }
  html.markup("<td><code>").text(probe::to_string(host.outcome)).markup("</code></td><td>");
  html.text(reason_of(host)).markup("</td>");
  if (columns.cause)
    html.markup("<td class=\"whole\">").text(host.cause ? *host.cause : "").markup("</td>");
  if (columns.labels) {
    html.markup("<td class=\"names labels\"><bdi>");
    Markup separator = "";
    if (host.labels)
      for (const auto& [key, value] : *host.labels) {
        html.markup(separator).text(key).markup("=").text(value);
        separator = " ";
      }
    html.markup("</bdi></td>");
  }
  html.markup("</tr>\n");
}

bool fails(const summary::HostRow& host) { return probe::needs_attention(host.state()); }

void write_host_table(HtmlWriter& html, const summary::Report& report, std::uint64_t failing) {
  HostColumns columns{.since = report.past && !report.past->failing_since.empty()};
  for (const auto& host : report.rows) {
    columns.cause = columns.cause || (fails(host) && host.cause);
    columns.labels = columns.labels || (fails(host) && host.labels);
  }
  html.markup("<div class=\"scroll\"><table><caption>");
  html.markup(failing > kMaxStaticHosts ? Markup("The first failing hosts, by address")
                                        : Markup("The failing hosts, by address"));
  html.markup("</caption>\n<thead><tr><th>Host</th>");
  if (columns.since) html.markup("<th>Since</th>");
  html.markup("<th>Class</th><th>Reason</th>");
  if (columns.cause) html.markup("<th>Likely cause</th>");
  if (columns.labels) html.markup("<th class=\"labels\">Labels</th>");
  html.markup("</tr></thead>\n<tbody>\n");
  std::size_t shown = 0;
  for (const auto& host : report.rows)
    if (fails(host) && shown++ < kMaxStaticHosts) write_host(html, host, report, columns);
  html.markup("</tbody></table></div>\n");
  if (failing > kMaxStaticHosts)
    html.markup("<p class=\"note\">and ")
        .text(counted(failing - kMaxStaticHosts, "more failing host"))
        .markup("</p>\n");
}

/// Its phases together; 0 for a host that was not reached.
std::uint64_t time_to_reach(const summary::HostRow& host) {
  std::uint64_t sum = 0;
  if (!probe::is_reached(host.outcome)) return sum;
  for (const auto micros : host.times)
    if (micros != summary::HostRow::kNoTime) sum += micros;
  return sum;
}

/// Those that any host went through: addresses need no look-up.
std::vector<std::size_t> phases_of(const summary::Summary& summary) {
  std::vector<std::size_t> phases;
  for (std::size_t i = 0; i < summary.phases.size(); ++i)
    if (summary.phases[i].count() > 0) phases.push_back(i);
  return phases;
}

void write_phase_heads(HtmlWriter& html, const std::vector<std::size_t>& phases) {
  constexpr Markup kNames[] = {"Name look-up", "Connect", "Banner", "KEXINIT", "Key exchange"};
  for (const auto phase : phases)
    html.markup("<th class=\"num\">").markup(kNames[phase]).markup("</th>");
}

void write_quantile(HtmlWriter& html, const summary::Summary& summary, Markup words, double at) {
  html.markup("<tr><th scope=\"row\">").markup(words).markup("</th>");
  for (const auto phase : phases_of(summary))
    html.markup("<td class=\"num\">")
        .text(duration_text(summary.phases[phase].at(at)))
        .markup("</td>");
  html.markup("</tr>\n");
}

void write_quantiles(HtmlWriter& html, const summary::Summary& summary) {
  html.markup(
      "<details><summary>How long each step takes</summary><div class=\"scroll\" tabindex=\"0\">");
  html.markup("<table><thead><tr><th>Of the hosts</th>");
  write_phase_heads(html, phases_of(summary));
  html.markup("</tr></thead>\n<tbody>\n");
  write_quantile(html, summary, "half need at most", 0.5);
  write_quantile(html, summary, "90% need at most", 0.9);
  write_quantile(html, summary, "99% need at most", 0.99);
  html.markup("</tbody></table></div></details>\n<p class=\"note\">The key exchange includes ");
  html.markup("waiting for this machine's processor.</p>\n");
}

}  // namespace

void write_hosts(HtmlWriter& html, const summary::Report& report) {
  html.markup(
      "<section id=\"hosts\"><h2>Hosts</h2>\n<div id=\"grid\" hidden></div>\n<div "
      "id=\"static-hosts\">\n");
  const auto failing = static_cast<std::uint64_t>(std::ranges::count_if(report.rows, fails));
  if (failing == 0)
    html.markup("<p>No host fails.</p>\n");
  else
    write_host_table(html, report, failing);
  html.markup("</div>\n");
  if (const auto hidden = report.summary.hosts.healthy_left_out(); hidden > 0)
    html.markup("<p class=\"note\">")
        .text(counted(hidden, "host"))
        .markup(hidden == 1 ? Markup(" that does not fail is") : Markup(" that do not fail are"))
        .markup(" not listed here; results.jsonl has all of them.</p>\n");
  if (const auto hidden = report.summary.hosts.failing_left_out(); hidden > 0)
    html.markup("<p class=\"note\">")
        .text(counted(hidden, "failing host", hidden == 1 ? "is" : "are"))
        .markup(
            " not listed here: this is a fair sample, and results.jsonl has all of them.</p>\n");
  html.markup("</section>\n");
}

void write_slowest(HtmlWriter& html, const summary::Report& report) {
  std::vector<std::pair<std::uint64_t, const summary::HostRow*>> slow;
  for (const auto& host : report.rows)
    if (const auto time = time_to_reach(host); time > 0) slow.emplace_back(time, &host);
  if (slow.empty()) return;
  const auto count = std::min(slow.size(), kSlowest);
  std::ranges::partial_sort(slow, slow.begin() + static_cast<std::ptrdiff_t>(count), std::greater{},
                            &decltype(slow)::value_type::first);
  html.markup(
      "<section id=\"slowest\"><details class=\"fold\" open><summary><h2>The slowest of those "
      "reached</h2></summary>\n");
  html.markup("<div class=\"scroll\"><table><thead><tr><th>Host</th><th class=\"num\">In all</th>");
  const auto phases = phases_of(report.summary);
  write_phase_heads(html, phases);
  html.markup("<th>Identification</th></tr></thead>\n<tbody>\n");
  for (const auto& [time, host] : std::span(slow).first(count)) {
    const auto target = host->target();
    html.markup("<tr><th scope=\"row\" class=\"host\"><a href=\"#host=").fragment(target);
    html.markup("\"><bdi>").text(target).markup("</bdi></a></th><td class=\"num\">");
    html.text(duration_text(Micros(static_cast<std::int64_t>(time)))).markup("</td>");
    for (const auto phase : phases) write_time(html, host->times[phase]);
    html.markup("<td class=\"names\"><bdi>").text(host->ident ? *host->ident : "");
    html.markup("</bdi></td></tr>\n");
  }
  html.markup("</tbody></table></div>\n");
  write_quantiles(html, report.summary);
  html.markup("</details></section>\n");
}

}  // namespace fleetscan::render
