#include "reports/html_sections.h"

#include <algorithm>
#include <string>
#include <vector>

#include "reports/name_folding.h"
#include "reports/wall_time.h"
#include "scanner/numbers.h"

namespace fleetscan {
namespace {

constexpr std::size_t kMaxFindings = 7;
constexpr std::size_t kMaxStaticHosts = 200;
constexpr std::size_t kMaxInventoryRows = 40;
constexpr std::size_t kMaxFoldedBytes = 400;

/// Its icon says the verdict to those who see no colour; the word says it to everyone.
void write_verdict(HtmlWriter& html, GateVerdict verdict) {
  switch (verdict) {
    case GateVerdict::pass:
      html.markup(
          "<span class=\"verdict pass\"><span aria-hidden=\"true\">&#10003;</span> PASS</span>");
      return;
    case GateVerdict::fail:
      html.markup(
          "<span class=\"verdict fail\"><span aria-hidden=\"true\">&#10007;</span> FAIL</span>");
      return;
    case GateVerdict::incomplete:
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

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const auto& part : parts) (out += out.empty() ? "" : ", ") += part;
  return out;
}

void write_tile(HtmlWriter& html, std::string_view query, std::uint64_t count,
                std::string_view words, std::string_view share = {}) {
  html.markup("<li><a class=\"tile").markup(count == 0 ? Markup(" none") : Markup(""));
  html.markup("\" href=\"#q=").fragment(query).markup("\"><strong>").number(count);
  html.markup("</strong> <span>").text(words);
  if (!share.empty()) html.markup(" <small>").text(share).markup("</small>");
  html.markup("</span></a></li>\n");
}

std::string query_of(const CommonCause& finding) {
  const auto quoted = [](const std::string& text) {
    return text.find_first_of(" \"") == text.npos ? text : '"' + text + '"';
  };
  switch (finding.kind) {
    case CommonCause::Kind::run: return "class:" + std::string(to_string(finding.outcome));
    case CommonCause::Kind::prefix: return "is:failing subnet:" + finding.what;
    case CommonCause::Kind::label: return "is:failing label:" + quoted(finding.what);
    case CommonCause::Kind::software: return "is:failing software:" + quoted(finding.what);
    case CommonCause::Kind::scattered: return "class:" + finding.what;
  }
  return {};
}

void write_place(HtmlWriter& html, const CommonCause& finding) {
  switch (finding.kind) {
    case CommonCause::Kind::run: html.markup("Nearly the whole run fails alike"); return;
    case CommonCause::Kind::prefix: html.markup("<span class=\"kind\">subnet</span> "); break;
    case CommonCause::Kind::label: html.markup("<span class=\"kind\">label</span> "); break;
    case CommonCause::Kind::software: html.markup("<span class=\"kind\">software</span> "); break;
    case CommonCause::Kind::scattered: html.markup("Scattered hosts"); return;
  }
  html.markup("<bdi>").text(finding.what).markup("</bdi>");
}

void write_numbers(HtmlWriter& html, const CommonCause& finding) {
  const auto failing = finding.tally.failing(), hosts = finding.tally.hosts();
  html.markup("<strong>").number(failing).markup("</strong> ");
  if (finding.kind == CommonCause::Kind::scattered)
    html.markup("hosts");
  else
    html.markup("of ")
        .number(hosts)
        .markup(" hosts fail (")
        .text(percent(failing, hosts))
        .markup(")");
}

/// A place may fail in more than one way: what its most frequent class does not say.
void write_other_failures(HtmlWriter& html, const CommonCause& finding) {
  if (finding.tally[finding.outcome] == finding.tally.failing()) return;
  html.markup(" (").number(finding.tally[finding.outcome]).markup(" hosts; also");
  Markup separator = " ";
  for (const auto& [outcome, count] : finding.tally.classes()) {
    if (outcome == finding.outcome || state_of(outcome) != State::unreachable) continue;
    html.markup(separator).text(to_string(outcome)).markup(" ").number(count);
    separator = ", ";
  }
  html.markup(")");
}

void write_finding(HtmlWriter& html, const CommonCause& finding) {
  const auto& outcome = row(finding.outcome);
  html.markup("<li class=\"finding\"><h3><a href=\"#q=").fragment(query_of(finding)).markup("\">");
  write_place(html, finding);
  html.markup("</a> <span class=\"numbers\">");
  write_numbers(html, finding);
  html.markup("</span></h3>\n<dl>\n<div><dt>Seen</dt><dd><code>").text(outcome.name);
  html.markup("</code> ").text(outcome.seen);
  write_other_failures(html, finding);
  html.markup("</dd></div>\n");
  if (!finding.cause.empty()) {
    html.markup("<div><dt>Likely</dt><dd><code>").text(finding.cause).markup("</code>");
    if (!finding.because.empty()) html.markup(" because ").text(finding.because);
    html.markup("</dd></div>\n");
  }
  write_fact(html, "Do", finding.remedy);
  html.markup("<div><dt>Hosts</dt><dd class=\"names\"><bdi>");
  html.text(folded_line(finding.examples, kMaxFoldedBytes)).markup("</bdi></dd></div>\n");
  if (!finding.counter_examples.empty()) {
    html.markup("<div><dt>But</dt><dd class=\"names\">healthy there: <bdi>");
    html.text(folded_line(finding.counter_examples, kMaxFoldedBytes)).markup("</bdi></dd></div>\n");
  }
  if (finding.kind == CommonCause::Kind::run)
    html.markup(
        "<div><dt>Note</dt><dd>When nearly everything fails in the same way, suspect this "
        "scanner or its network before the fleet.</dd></div>\n");
  html.markup("</dl></li>\n");
}

void write_share_bar(HtmlWriter& html, std::uint64_t part, std::uint64_t whole, State state) {
  const double width =
      whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  html.markup(
      "<svg class=\"share\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" "
      "aria-hidden=\"true\">");
  html.markup("<rect class=\"track\" width=\"100\" height=\"8\"/><rect class=\"")
      .text(to_string(state));
  html.markup("\" height=\"8\" width=\"").coordinate(std::max(width, 0.5)).markup("\"/></svg>");
}

void write_time(HtmlWriter& html, std::uint32_t micros) {
  html.markup("<td class=\"num\">");
  if (micros != HostRow::kNoTime) html.text(duration_text(Micros(micros)));
  html.markup("</td>");
}

void write_host(HtmlWriter& html, const HostRow& host) {
  const auto target = host.target();
  html.markup("<tr><td><a href=\"#host=").fragment(target).markup("\"><bdi>").text(target);
  html.markup("</bdi></a></td><td>").text(host.address ? host.address->to_string() : "");
  html.markup("</td><td><code>")
      .text(to_string(host.outcome))
      .markup("</code></td><td class=\"num\">");
  html.number(host.attempts).markup("</td>");
  write_time(html, host.times[1]);
  html.markup("<td>");
  if (host.cause) html.text(*host.cause);
  html.markup("</td><td class=\"names\"><bdi>");
  if (host.ident) html.text(*host.ident);
  html.markup("</bdi></td></tr>\n");
}

void write_tally_table(HtmlWriter& html, Markup caption, std::string_view field,
                       const BoundedTally& tallies) {
  std::vector<std::pair<std::string, Tally>> entries(tallies.entries().begin(),
                                                     tallies.entries().end());
  std::ranges::stable_sort(entries, std::greater(),
                           [](const auto& entry) { return entry.second.hosts(); });
  html.markup("<table><caption>")
      .markup(caption)
      .markup(
          "</caption>\n<thead><tr><th>Name</th>"
          "<th class=\"num\">Hosts</th><th class=\"num\">Failing</th></tr></thead>\n<tbody>\n");
  for (std::size_t i = 0; i < std::min(entries.size(), kMaxInventoryRows); ++i) {
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
  if (entries.size() > kMaxInventoryRows)
    html.markup("<p class=\"note\">and ")
        .number(entries.size() - kMaxInventoryRows)
        .markup(" more; report.json lists them</p>\n");
  if (tallies.full())
    html.markup(
        "<p class=\"note\">Too many different names to count them all: this is a sample.</p>\n");
}

}  // namespace

void write_header(HtmlWriter& html, const Report& report) {
  const auto& run = report.summary.run;
  html.markup("<header>\n<p class=\"brand\">fleetscan</p>\n<h1>");
  write_verdict(html, report.gate.verdict);
  html.markup(" <span>").text(report.gate.reason).markup("</span></h1>\n<dl class=\"facts\">\n");
  html.markup("<div><dt>Started</dt><dd><time datetime=\"")
      .text(to_rfc3339(run.started))
      .markup("\">");
  html.text(to_rfc3339(run.started)).markup("</time></dd></div>\n");
  write_fact(html, "Took", duration_text(report.summary.duration()));
  write_fact(html, "Vantage", run.vantage.value_or(""));
  write_fact(html, "Inventory", joined(run.sources));
  write_fact(html, "Probed",
             grouped(report.summary.total.hosts()) + " of " +
                 grouped(std::max(run.targets, report.summary.total.hosts())));
  write_fact(html, "Depth", to_string(run.depth));
  write_fact(html, "Run", run.run_id);
  for (const auto& each : report.gate.criteria)
    write_fact(html, each.condition.text, each.value + ": " + std::string(to_string(each.verdict)));
  if (report.gate.known) write_fact(html, "Known failures", grouped(*report.gate.known));
  html.markup("</dl>\n</header>\n");
}

void write_tiles(HtmlWriter& html, const Report& report) {
  const auto& total = report.summary.total;
  const auto tile = [&](State state, std::string_view words) {
    write_tile(html, "state:" + std::string(to_string(state)), total.in(state), words,
               percent(total.in(state), total.hosts()));
  };
  html.markup("<nav aria-label=\"Hosts by state\"><ul class=\"tiles\">\n");
  tile(State::unreachable, "failing");
  tile(State::degraded, "degraded");
  tile(State::reachable, "reachable");
  if (total.in(State::unknown) > 0) tile(State::unknown, "could not be judged");
  if (total.in(State::skipped) > 0) tile(State::skipped, "skipped");
  if (report.summary.missing() > 0)
    write_tile(html, "class:not_probed", report.summary.missing(), "never reached by the run");
  write_tile(html, "class:host_key_changed", total[Outcome::host_key_changed], "host key changed");
  if (const auto& past = report.past) {
    write_tile(html, "is:new", past->fresh.size(), "newly failing");
    write_tile(html, "is:recovered", past->recovered.size(), "recovered");
    write_tile(html, "is:flapping", past->flapping.size(), "flapping");
  }
  html.markup("</ul></nav>\n");
}

void write_findings(HtmlWriter& html, const Report& report) {
  if (report.findings.empty()) return;
  html.markup("<section id=\"findings\"><h2>Look here first</h2>\n<ol class=\"findings\">\n");
  const auto shown = std::min(report.findings.size(), kMaxFindings);
  for (std::size_t i = 0; i < shown; ++i) write_finding(html, report.findings[i]);
  html.markup("</ol>\n");
  std::uint64_t rest = 0;
  for (std::size_t i = shown; i < report.findings.size(); ++i)
    rest += report.findings[i].tally.failing();
  if (rest > 0)
    html.markup("<p class=\"note\">and ")
        .number(rest)
        .markup(" more failing hosts in ")
        .number(report.findings.size() - shown)
        .markup(" smaller findings; report.json lists them</p>\n");
  html.markup("</section>\n");
}

void write_classes(HtmlWriter& html, const Report& report) {
  const auto& total = report.summary.total;
  std::vector<std::pair<Outcome, std::uint64_t>> classes(total.classes().begin(),
                                                         total.classes().end());
  std::ranges::stable_sort(classes, {}, [](const auto& entry) {
    const auto state = state_of(entry.first);  // what fails first, then the most frequent
    return std::pair(state == State::unreachable ? -1 : static_cast<int>(state), ~entry.second);
  });
  html.markup(
      "<section id=\"classes\"><h2>Classes</h2>\n<div class=\"scroll\"><table>\n<thead><tr>"
      "<th>Class</th><th class=\"num\">Hosts</th><th class=\"wide\">Share</th><th>Seen</th>"
      "<th>Look at</th></tr></thead>\n<tbody>\n");
  for (const auto& [outcome, count] : classes) {
    const auto& words = row(outcome);
    html.markup("<tr><th scope=\"row\"><a href=\"#q=class:")
        .fragment(words.name)
        .markup("\"><code>");
    html.text(words.name).markup("</code></a></th><td class=\"num\">").number(count);
    html.markup("</td><td class=\"wide\">");
    write_share_bar(html, count, total.hosts(), words.state);
    html.text(percent(count, total.hosts())).markup("</td><td>").text(words.seen);
    html.markup("</td><td>").text(words.remedy).markup("</td></tr>\n");
  }
  html.markup("</tbody></table></div>\n</section>\n");
}

void write_hosts(HtmlWriter& html, const Report& report) {
  html.markup(
      "<section id=\"hosts\"><h2>Hosts</h2>\n<div id=\"grid\" hidden></div>\n<div "
      "id=\"static-hosts\">\n");
  const auto fails = [](const HostRow& host) {
    return host.state() == State::unreachable || host.state() == State::unknown;
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
        .markup(" hosts that do not fail have no row here; they are in results.jsonl.</p>\n");
  if (const auto hidden = report.summary.hosts.failing_left_out(); hidden > 0)
    html.markup("<p class=\"note\">")
        .number(hidden)
        .markup(
            " failing hosts have no row here: these are a fair sample of them; all are in "
            "results.jsonl.</p>\n");
  html.markup("</section>\n");
}

void write_inventory(HtmlWriter& html, const Report& report) {
  html.markup(
      "<section id=\"inventory\"><h2>Software and host keys</h2>\n<div class=\"columns\">\n<div>");
  write_tally_table(html, "Software", "software", report.summary.software);
  html.markup("</div>\n<div>");
  write_tally_table(html, "Host key types", "key", report.summary.key_types);
  html.markup("</div>\n</div>\n</section>\n");
}

void write_health(HtmlWriter& html, const Report& report) {
  const auto& summary = report.summary;
  html.markup("<section id=\"health\"><h2>Run health</h2>\n<dl class=\"facts\">\n");
  write_fact(html, "Complete", summary.complete() ? "yes" : "no");
  write_fact(html, "Retried hosts", grouped(summary.retried));
  write_fact(html, "Our own failures", grouped(summary.total.in(State::unknown)));
  write_fact(html, "Host keys without proof", grouped(summary.keys_unverified));
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

}  // namespace fleetscan
