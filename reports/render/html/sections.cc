#include "reports/render/html/sections.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/numbers.h"
#include "base/wall_time.h"
#include "reports/render/html/html_writer.h"
#include "reports/summary/gate.h"
#include "reports/summary/host_table.h"
#include "reports/summary/report.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::render {
namespace {

constexpr std::size_t kMaxStaticHosts = 200;

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
    html.markup("<li>")
        .number(*gate.known)
        .markup(" known failures, accepted by the baseline</li>\n");
  html.markup("</ul>\n");
}

/// "+12", "as before".
std::string difference(std::uint64_t now, std::uint64_t before) {
  if (now == before) return "as before";
  return now > before ? '+' + grouped(now - before) : "\u2212" + grouped(before - now);
}

void write_tile(HtmlWriter& html, std::string_view query, std::uint64_t count,
                std::string_view words, std::string_view note = {}) {
  html.markup("<li><a class=\"tile").markup(count == 0 ? Markup(" none") : Markup(""));
  html.markup("\" href=\"#q=").fragment(query).markup("\"><strong>").number(count);
  html.markup("</strong> <span>").text(words);
  if (!note.empty()) html.markup(" <small>").text(note).markup("</small>");
  html.markup("</span></a></li>\n");
}

void write_share_bar(HtmlWriter& html, std::uint64_t part, std::uint64_t whole,
                     probe::State state) {
  const double width = 100 * share(part, whole);
  html.markup(
      "<svg class=\"share\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" "
      "aria-hidden=\"true\">");
  html.markup("<rect class=\"track\" width=\"100\" height=\"8\"/><rect class=\"")
      .text(probe::to_string(state));
  html.markup("\" height=\"8\" width=\"").coordinate(std::max(width, 0.5)).markup("\"/></svg>");
}

void write_time(HtmlWriter& html, std::uint32_t micros) {
  html.markup("<td class=\"num\">");
  if (micros != summary::HostRow::kNoTime) html.text(duration_text(Micros(micros)));
  html.markup("</td>");
}

void write_host(HtmlWriter& html, const summary::HostRow& host) {
  const auto target = host.target();
  html.markup("<tr><td><a href=\"#host=").fragment(target).markup("\"><bdi>").text(target);
  html.markup("</bdi></a></td><td>").text(host.address ? host.address->to_string() : "");
  html.markup("</td><td><code>")
      .text(probe::to_string(host.outcome))
      .markup("</code></td><td class=\"num\">");
  html.number(host.attempts).markup("</td>");
  write_time(html, host.times[1]);
  html.markup("<td>");
  if (host.cause) html.text(*host.cause);
  html.markup("</td><td class=\"names\"><bdi>");
  if (host.ident) html.text(*host.ident);
  html.markup("</bdi></td></tr>\n");
}

}  // namespace

void write_header(HtmlWriter& html, const summary::Report& report) {
  const auto& run = report.summary.run;
  html.markup("<header>\n<p class=\"brand\">fleetscan</p>\n<h1>");
  write_verdict(html, report.gate.verdict);
  html.markup(" <span>").text(report.gate.reason).markup("</span></h1>\n<dl class=\"facts\">\n");
  html.markup("<div><dt>Started</dt><dd><time datetime=\"")
      .text(to_rfc3339(run.started))
      .markup("\">");
  html.text(readable(run.started)).markup("</time></dd></div>\n");
  write_fact(html, "Took", duration_text(report.summary.duration()));
  write_fact(html, "Vantage", run.vantage.value_or(""));
  write_fact(html, "Inventory", fmt::format("{}", fmt::join(run.sources, ", ")));
  write_fact(html, "Probed",
             grouped(report.summary.total.hosts()) + " of " +
                 grouped(std::max(run.targets, report.summary.total.hosts())));
  write_fact(html, "Depth", probe::to_string(run.depth));
  write_fact(html, "Run", run.run_id);
  html.markup("</dl>\n");
  write_gate(html, report.gate);
  html.markup("</header>\n");
}

void write_tiles(HtmlWriter& html, const summary::Report& report) {
  const auto& total = report.summary.total;
  const auto* before = report.past ? report.past->before() : nullptr;
  const auto tile = [&](probe::State state, std::string_view words) {
    auto note = percent(total.in(state), total.hosts());
    if (before) note += ", " + difference(total.in(state), before->tally.in(state));
    write_tile(html, "state:" + std::string(probe::to_string(state)), total.in(state), words, note);
  };
  html.markup("<nav aria-label=\"Hosts by state\"><ul class=\"tiles\">\n");
  tile(probe::State::unreachable, "failing");
  tile(probe::State::degraded, "degraded");
  tile(probe::State::reachable, "reachable");
  if (total.in(probe::State::unknown) > 0) tile(probe::State::unknown, "could not be judged");
  if (total.in(probe::State::skipped) > 0) tile(probe::State::skipped, "skipped");
  if (report.summary.unreached() > 0)
    write_tile(html, "class:not_probed", report.summary.unreached(), "not reached by the run");
  write_tile(html, "class:host_key_changed", total[probe::Outcome::host_key_changed],
             "not with their known host key");
  if (const auto& past = report.past) {
    write_tile(html, "is:new", past->fresh.size(), "newly failing");
    write_tile(html, "is:old", total.failing() - std::min(total.failing(), past->fresh.size()),
               "still failing");
    write_tile(html, "is:recovered", past->recovered.size(), "recovered");
    write_tile(html, "is:flapping", past->flapping.size(), "flapping");
    write_tile(html, "is:rekeyed", past->key_changed.size(), "host key changed");
  }
  html.markup("</ul></nav>\n");
}

void write_classes(HtmlWriter& html, const summary::Report& report) {
  const auto& total = report.summary.total;
  const auto* before = report.past ? report.past->before() : nullptr;
  std::vector<std::pair<probe::Outcome, std::uint64_t>> classes(total.classes().begin(),
                                                                total.classes().end());
  std::ranges::stable_sort(classes, {}, [](const auto& entry) {
    const auto state = probe::state_of(entry.first);  // what fails first, then the most frequent
    return std::pair(state == probe::State::unreachable ? -1 : static_cast<int>(state),
                     ~entry.second);
  });
  html.markup(
      "<section id=\"classes\"><h2>Classes</h2>\n<div class=\"scroll\"><table>\n<thead><tr>"
      "<th>Class</th><th class=\"num\">Hosts</th>");
  if (before) html.markup("<th class=\"num\">Change</th>");
  html.markup("<th class=\"wide\">Share</th><th>Seen</th><th>Look at</th></tr></thead>\n<tbody>\n");
  for (const auto& [outcome, count] : classes) {
    const auto& words = probe::row(outcome);
    html.markup("<tr><th scope=\"row\"><a href=\"#q=class:")
        .fragment(words.name)
        .markup("\"><code>");
    html.text(words.name).markup("</code></a></th><td class=\"num\">").number(count);
    if (before)
      html.markup("</td><td class=\"num\">").text(difference(count, before->tally[outcome]));
    html.markup("</td><td class=\"wide\">");
    write_share_bar(html, count, total.hosts(), words.state);
    html.text(percent(count, total.hosts())).markup("</td><td class=\"words\">").text(words.seen);
    html.markup("</td><td class=\"words\">").text(words.remedy).markup("</td></tr>\n");
  }
  html.markup("</tbody></table></div>\n</section>\n");
}

void write_hosts(HtmlWriter& html, const summary::Report& report) {
  html.markup(
      "<section id=\"hosts\"><h2>Hosts</h2>\n<div id=\"grid\" hidden></div>\n<div "
      "id=\"static-hosts\">\n");
  const auto fails = [](const summary::HostRow& host) {
    return probe::needs_attention(host.state());
  };
  const auto failing = static_cast<std::uint64_t>(std::ranges::count_if(report.rows, fails));
  if (failing == 0) {
    html.markup("<p>No host fails.</p>\n");
  } else {
    html.markup("<div class=\"scroll\"><table><caption>");
    html.markup(failing > kMaxStaticHosts ? Markup("The first failing hosts, by address")
                                          : Markup("The failing hosts, by address"));
    html.markup(
        "</caption>\n<thead><tr><th>Host</th><th>Address</th><th>Class</th><th class=\"num\">"
        "Attempts</th><th class=\"num\">Connect</th><th>Likely cause</th><th>Identification</th>"
        "</tr></thead>\n<tbody>\n");
    std::size_t shown = 0;
    for (const auto& host : report.rows)
      if (fails(host) && shown++ < kMaxStaticHosts) write_host(html, host);
    html.markup("</tbody></table></div>\n");
    if (failing > kMaxStaticHosts)
      html.markup("<p class=\"note\">and ")
          .number(failing - kMaxStaticHosts)
          .markup(" more failing hosts</p>\n");
  }
  html.markup("</div>\n");
  if (const auto hidden = report.summary.hosts.healthy_left_out(); hidden > 0)
    html.markup("<p class=\"note\">")
        .number(hidden)
        .markup(" hosts that do not fail are not listed here; they are in results.jsonl.</p>\n");
  if (const auto hidden = report.summary.hosts.failing_left_out(); hidden > 0)
    html.markup("<p class=\"note\">")
        .number(hidden)
        .markup(
            " failing hosts are not listed here: this is a fair sample; all of them are in "
            "results.jsonl.</p>\n");
  html.markup("</section>\n");
}

void write_health(HtmlWriter& html, const summary::Report& report) {
  const auto& summary = report.summary;
  html.markup("<section id=\"health\"><h2>Run health</h2>\n<dl class=\"facts\">\n");
  write_fact(html, "Complete", summary.complete() ? "yes" : "no");
  write_fact(html, "Retried hosts", grouped(summary.retried));
  write_fact(html, "Our own failures", grouped(summary.total.in(probe::State::unknown)));
  write_fact(html, "Host keys not verified", grouped(summary.keys_unverified));
  if (summary.unreadable_lines > 0)
    write_fact(html, "Unreadable lines in the results", grouped(summary.unreadable_lines));
  write_fact(html, "Tool", summary.run.tool);
  write_fact(html, "Inventory SHA-256", summary.run.inventory_sha256);
  html.markup("</dl>\n");
  for (const auto& [note, tally] : summary.notes.entries())
    html.markup("<p class=\"note\">")
        .number(tally.hosts())
        .markup(" hosts: ")
        .text(note)
        .markup("</p>\n");
  html.markup("<details><summary>Options of this run</summary><dl class=\"options\">\n");
  for (const auto& [name, value] : summary.run.options) {
    html.markup("<div><dt><code>--").text(name).markup("</code></dt><dd>").text(value);
    html.markup("</dd></div>\n");
  }
  html.markup(
      "</dl></details>\n<p class=\"note\">Rebuild this page at any time: "
      "<code>fleetscan report results.jsonl</code></p>\n</section>\n");
}

}  // namespace fleetscan::render
