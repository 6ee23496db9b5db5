#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/numbers.h"
#include "base/wall_time.h"
#include "reports/render/html/html_writer.h"
#include "reports/render/html/sections.h"
#include "reports/render/name_folding.h"
#include "reports/summary/common_cause.h"
#include "reports/summary/report.h"
#include "scanner/diagnosis/cause_texts.h"
#include "scanner/diagnosis/causes.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::render {
namespace {

constexpr std::size_t kMaxFindings = 8;
constexpr std::size_t kMaxChips = 6;
constexpr std::size_t kMaxChipValues = 3;
constexpr std::size_t kMaxFoldedBytes = 240;

std::string query_of(const summary::CommonCause& finding) {
  const auto quoted = [](const std::string& text) {
    return text.find_first_of(" \"") == text.npos ? text : '"' + text + '"';
  };
  const auto alike =
      finding.mixed ? "is:failing" : "class:" + std::string(probe::to_string(finding.outcome));
  switch (finding.kind) {
    case summary::CommonCause::Kind::run:
    case summary::CommonCause::Kind::scattered: return alike;
    case summary::CommonCause::Kind::prefix: return alike + " subnet:" + finding.what;
    case summary::CommonCause::Kind::label: return alike + " label:" + quoted(finding.what);
    case summary::CommonCause::Kind::labels:
      return alike + " label:" + quoted(finding.what) + " label:" + quoted(finding.with);
    case summary::CommonCause::Kind::software: return alike + " software:" + quoted(finding.what);
    default: return "finding:" + quoted(summary::title_of(finding));
  }
}

/// Where a check is made.
std::string_view place_words(diagnosis::Where where) {
  switch (where) {
    case diagnosis::Where::server: return "on the host";
    case diagnosis::Where::client: return "on this machine";
    case diagnosis::Where::between: return "on the firewall, router or balancer";
  }
  return {};
}

/// What a place is, where its name does not say it.
Markup kind_words(summary::CommonCause::Kind kind) {
  switch (kind) {
    case summary::CommonCause::Kind::prefix: return "<span class=\"kind\">subnet</span> ";
    case summary::CommonCause::Kind::range: return "<span class=\"kind\">addresses</span> ";
    case summary::CommonCause::Kind::label: return "<span class=\"kind\">label</span> ";
    case summary::CommonCause::Kind::labels: return "<span class=\"kind\">labels</span> ";
    case summary::CommonCause::Kind::software: return "<span class=\"kind\">software</span> ";
    case summary::CommonCause::Kind::domain: return "<span class=\"kind\">domain</span> ";
    default: return "";
  }
}

void write_place(HtmlWriter& html, const summary::CommonCause& finding) {
  if (finding.kind == summary::CommonCause::Kind::run)
    return static_cast<void>(html.markup("Nearly the whole run fails the same way"));
  if (finding.kind == summary::CommonCause::Kind::scattered)
    return static_cast<void>(html.markup("<bdi>").text(finding.what).markup("</bdi>"));
  html.markup(kind_words(finding.kind));
  if (finding.with.empty()) {
    html.markup("<bdi>").text(summary::where_of(finding)).markup("</bdi>");
    return;
  }
  html.markup("<bdi>").text(finding.what).markup("</bdi> and <bdi>").text(finding.with);
  html.markup("</bdi>");
}

void write_vantages(HtmlWriter& html, const summary::CommonCause& finding) {
  if (!finding.only_from.empty())
    html.markup(", only from <bdi>").text(finding.only_from).markup("</bdi>");
}

void write_numbers(HtmlWriter& html, const summary::CommonCause& finding) {
  const auto failing = finding.tally.hosts();
  html.markup("<strong>").number(failing).markup("</strong> ");
  if (finding.kind == summary::CommonCause::Kind::scattered)
    html.markup(failing == 1 ? Markup("host on its own") : Markup("hosts, no common place"));
  else
    html.markup("of ")
        .text(counted(finding.hosts, "host"))
        .markup(finding.mixed ? Markup(" fail in several ways (") : Markup(" fail alike ("))
        .text(percent(failing, finding.hosts))
        .markup(")");
}

/// How many fail in which way, the most frequent first.
void write_ways(HtmlWriter& html, const summary::CommonCause& finding) {
  std::vector<std::pair<probe::Outcome, std::uint64_t>> ways(finding.tally.classes().begin(),
                                                             finding.tally.classes().end());
  std::ranges::stable_sort(ways, std::greater(), [](const auto& way) { return way.second; });
  Markup separator = "";
  for (const auto& [outcome, count] : ways) {
    html.markup(separator).markup("<span class=\"whole\">").number(count).markup(" <code>");
    html.text(probe::to_string(outcome)).markup("</code></span>");
    separator = ", ";
  }
}

/// A place may fail in more than one way: what its most frequent class does not say.
void write_other_failures(HtmlWriter& html, const summary::CommonCause& finding) {
  const auto alike = finding.tally[finding.outcome];
  if (alike == finding.tally.hosts()) return;
  html.markup(" (").number(alike).markup(alike == 1 ? Markup(" host; also")
                                                    : Markup(" hosts; also"));
  Markup separator = " ";
  for (const auto& [outcome, count] : finding.tally.classes()) {
    if (outcome == finding.outcome) continue;
    html.markup(separator).markup("<span class=\"whole\">").text(probe::to_string(outcome));
    html.markup(" ").number(count).markup("</span>");
    separator = ", ";
  }
  html.markup(")");
}

/// Nothing without a history.
void write_age(HtmlWriter& html, const summary::CommonCause& finding) {
  if (!finding.since) return;
  const auto failing = finding.tally.hosts();
  html.markup(" <span class=\"age\">");
  if (finding.fresh == failing)
    html.markup("new in this run");
  else if (finding.fresh > 0)
    html.number(finding.fresh).markup(" new, most since ").text(readable(*finding.since));
  else
    html.markup("since ").text(readable(*finding.since));
  html.markup("</span>");
}

/// The values of each label of the finding's hosts, few as they may be: who owns them, and where
/// they are. A key that has more values, or that a host lacks, says nothing; nor do several values
/// where hosts have no common place.
std::map<std::string, std::set<std::string>> common_labels(const summary::CommonCause& finding,
                                                           const summary::Report& report) {
  std::map<std::string, std::set<std::string>> common;
  std::map<std::string, std::size_t> bearers;
  for (const auto id : finding.rows) {
    const auto* labels = report.rows[id].labels;
    if (!labels) return {};
    for (const auto& [key, value] : *labels) {
      ++bearers[key];
      if (auto& values = common[key]; values.size() <= kMaxChipValues) values.insert(value);
    }
  }
  const auto most = finding.kind == summary::CommonCause::Kind::scattered ? 1 : kMaxChipValues;
  std::erase_if(common, [&](const auto& each) {
    return each.second.size() > most || bearers[each.first] < finding.rows.size();
  });
  return common;
}

void write_chips(HtmlWriter& html, const summary::CommonCause& finding,
                 const summary::Report& report) {
  const auto labels = common_labels(finding, report);
  std::size_t written = 0;
  for (const auto& [key, values] : labels) {
    const auto first = key + '=' + *values.begin();
    const bool named = values.size() == 1 && (first == finding.what || first == finding.with);
    if (named || written == kMaxChips) continue;
    html.markup(written++ == 0 ? Markup("<p class=\"chips\">") : Markup(" "));
    html.markup("<span class=\"chip\"><bdi>").text(key).markup("=");
    Markup separator = "";
    for (const auto& value : values) {
      html.markup(separator).text(value);
      separator = ", ";
    }
    html.markup("</bdi></span>");
  }
  if (written > 0) html.markup("</p>\n");
}

/// "Fix", and how to find out whether it is the right one.
void write_next(HtmlWriter& html, const summary::CommonCause& finding) {
  const auto cause = diagnosis::parse_cause(finding.cause);
  if (cause && !diagnosis::text_of(*cause).candidates.empty()) {
    const auto& check = diagnosis::text_of(*cause).candidates.front();
    html.markup("<div><dt>Check</dt><dd><code class=\"command\">").text(check.check);
    html.markup("</code> <small>").text(place_words(check.where)).markup("</small></dd></div>\n");
  }
  if (!finding.remedy.empty())
    html.markup("<div><dt>Fix</dt><dd>").text(finding.remedy).markup("</dd></div>\n");
}

void write_likely(HtmlWriter& html, const summary::CommonCause& finding) {
  if (finding.cause.empty()) return;
  html.markup("<div><dt>Likely</dt><dd><code>").text(finding.cause).markup("</code>");
  if (finding.cause_hosts < finding.tally.hosts())
    html.markup(" for ").number(finding.cause_hosts).markup(" of them");
  if (!finding.because.empty()) html.markup(": ").text(finding.because);
  html.markup("</dd></div>\n");
}

void write_finding(HtmlWriter& html, const summary::CommonCause& finding,
                   const summary::Report& report) {
  const auto& outcome = probe::row(finding.outcome);
  html.markup("<li class=\"finding")
      .markup(finding.kind == summary::CommonCause::Kind::scattered ? Markup(" scattered")
                                                                    : Markup(""))
      .markup("\"><h3><a href=\"#q=")
      .fragment(query_of(finding))
      .markup("\">");
  write_place(html, finding);
  write_vantages(html, finding);
  html.markup("</a> <span class=\"numbers\">");
  write_numbers(html, finding);
  html.markup("</span>");
  write_age(html, finding);
  html.markup("</h3>\n");
  write_chips(html, finding, report);
  html.markup("<dl>\n<div><dt>Seen</dt><dd>");
  if (finding.mixed) {
    write_ways(html, finding);
  } else {
    html.markup("<code>").text(outcome.name).markup("</code> ").text(outcome.seen);
    write_other_failures(html, finding);
  }
  html.markup("</dd></div>\n");
  write_likely(html, finding);
  write_next(html, finding);
  html.markup("<div><dt>Hosts</dt><dd class=\"names\"><bdi>");
  html.names(folded_line(finding.examples, kMaxFoldedBytes, finding.tally.hosts()));
  html.markup("</bdi></dd></div>\n");
  if (!finding.counter_examples.empty()) {
    html.markup("<div><dt>Healthy</dt><dd>such as <span class=\"names\"><bdi>");
    html.names(folded_line(finding.counter_examples, kMaxFoldedBytes))
        .markup("</bdi></span></dd></div>\n");
  }
  html.markup("</dl></li>\n");
}

}  // namespace

void write_findings(HtmlWriter& html, const summary::Report& report) {
  if (report.findings.empty()) return;
  html.markup("<section id=\"findings\"><h2>Look here first</h2>\n<ol class=\"findings\">\n");
  const auto shown = std::min(report.findings.size(), kMaxFindings);
  for (std::size_t i = 0; i < shown; ++i) write_finding(html, report.findings[i], report);
  html.markup("</ol>\n");
  std::uint64_t rest = 0;
  for (std::size_t i = shown; i < report.findings.size(); ++i)
    rest += report.findings[i].tally.hosts();
  if (rest > 0)
    html.markup("<p class=\"note\">and ")
        .text(counted(rest, "more failing host"))
        .markup(" in ")
        .text(counted(report.findings.size() - shown, "smaller finding"))
        .markup("; report.json lists them</p>\n");
  html.markup("</section>\n");
}

}  // namespace fleetscan::render
