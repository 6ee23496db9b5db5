#include "reports/render/terminal_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "base/numbers.h"
#include "reports/render/finding_words.h"
#include "reports/render/name_folding.h"
#include "reports/render/text_page.h"
#include "reports/summary/certificate_census.h"
#include "reports/summary/changes.h"
#include "reports/summary/common_cause.h"
#include "reports/summary/gate.h"
#include "reports/summary/report.h"
#include "reports/summary/second_opinion.h"
#include "reports/summary/sshfp_census.h"
#include "reports/summary/subnet_tree.h"
#include "reports/summary/vantage_words.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::render {
namespace {

using Findings = std::vector<const summary::CommonCause*>;

/// How much is told in full.
struct Measure {
  std::size_t findings, folded, classes, name_bytes;
};
constexpr Measure kOnTerminal{4, 4, 6, 0}, kElsewhere{20, 100, 100, 2000};
constexpr std::size_t kIndent = 2;
/// What folded_line() may add to the columns that it was given: "... (+100,000)".
constexpr std::size_t kMoreNames = 14;

class Writer {
 public:
  Writer(const summary::Report& report, const TerminalStyle& style)
      : report_(report),
        page_(style),
        measure_(style.is_terminal() ? kOnTerminal : kElsewhere),
        bounded_(style.is_terminal()) {}

  std::string write(const std::vector<std::string>& files, const std::string& next) {
    const bool explains = !report_.findings.empty();
    tail_ = (files.empty() ? 0U : 1U) + (explains || !next.empty() ? 2U : 1U);
    write_verdict();
    write_gate();
    write_vantages();
    write_changes();
    write_findings();
    write_doctors();
    write_keys();
    write_classes();
    write_clients();
    if (!files.empty() || explains || !next.empty()) page_.empty_line();
    if (!files.empty()) {
      std::string text = "Reports:";
      for (const auto& file : files) text += ' ' + printable(file);
      page_.paragraph(std::move(text), 0, 9);
    }
    if (!next.empty())
      page_.paragraph("Next:    " + next, 0, 9);
    else if (explains)
      page_.paragraph(fmt::format("Next:    fleetscan explain {}", probe::to_string(next_class_)),
                      0, 9);
    return page_.take();
  }

 private:
  /// Paragraphs that may still be written.
  [[nodiscard]] std::size_t room() const {
    if (!bounded_) return 1'000'000;
    return kMaxSummaryLines - std::min(page_.paragraphs() + tail_, kMaxSummaryLines);
  }
  /// @param count  of all of them, where `some` are the first
  [[nodiscard]] std::string names(const std::vector<std::string>& some, std::size_t before,
                                  std::uint64_t count = 0) const {
    const auto room = page_.names_room(before, measure_.name_bytes);
    auto whole = folded_line(some, room, count);
    if (whole.size() <= room) return whole;
    return folded_line(some, page_.names_room(before + kMoreNames, measure_.name_bytes), count);
  }

  void write_verdict();
  void write_gate();
  void write_vantages();
  void write_changes();
  void write_change(std::string_view what, const std::vector<std::string>& names);
  void write_keys();
  void write_findings();
  void write_in_full(std::string_view title, const Findings& findings);
  void write_finding(const summary::CommonCause& finding);
  void write_folded(std::string_view title, const Findings& findings);
  void write_rest(const Findings& findings, std::size_t shown);
  void write_doctors();
  void write_classes();
  void write_clients();
  [[nodiscard]] bool is_told(probe::Outcome outcome, std::uint64_t count) const;

  const summary::Report& report_;
  TextPage page_;
  const Measure& measure_;
  bool bounded_;
  std::size_t tail_ = 0;
  probe::Outcome next_class_ = probe::Outcome::ok;
  summary::Tally told_;  ///< of findings in one way each that were told in full
};

Tone tone_of(summary::GateVerdict verdict) {
  switch (verdict) {
    case summary::GateVerdict::pass: return Tone::good;
    case summary::GateVerdict::fail: return Tone::bad;
    case summary::GateVerdict::incomplete: return Tone::warn;
  }
  return Tone::warn;
}

void Writer::write_verdict() {
  const auto& summary = report_.summary;
  const std::string verdict(summary::to_string(report_.gate.verdict));
  page_.paragraph({{verdict, tone_of(report_.gate.verdict)},
                   {"  " + printable(report_.gate.reason), Tone::strong}},
                  0, verdict.size() + 2);
  std::string counts;
  for (const auto state : {probe::State::reachable, probe::State::degraded,
                           probe::State::unreachable, probe::State::unknown, probe::State::skipped})
    if (const auto count = summary.total.in(state); count > 0 || state == probe::State::reachable)
      counts += fmt::format("{}{} {}", counts.empty() ? "" : page_.dot(), grouped(count),
                            probe::to_string(state));
  if (summary.duration().count() > 0)
    counts += fmt::format("{}in {}", page_.dot(), duration_text(summary.duration()));
  page_.paragraph(std::move(counts), kIndent);
}

/// The conditions, where the reason is not all that there is to say about them.
void Writer::write_gate() {
  constexpr std::size_t kMaxCriteria = 6;
  const auto& criteria = report_.gate.criteria;
  if (criteria.size() > 1)
    for (std::size_t i = 0; i < std::min(criteria.size(), kMaxCriteria); ++i)
      page_.paragraph(fmt::format("{}  {}: {}", summary::to_string(criteria[i].verdict),
                                  printable(criteria[i].condition.text), criteria[i].value),
                      kIndent, 8);
  if (report_.gate.known)
    page_.paragraph(counted(*report_.gate.known, "known failure") + ", accepted by the baseline",
                    kIndent);
}

/// How hosts are reached from each vantage, and what went wrong with it.
void Writer::write_vantages() {
  const auto& summary = report_.summary;
  if (summary.partial > 0)
    page_.paragraph(counted(summary.partial, "host", "reached from some vantages only"), kIndent);
  for (const auto& end : summary.vantage_ends) {
    std::vector<Span> line{{printable(end.vantage), Tone::strong}};
    const auto reached = summary::reached_from(end, summary);
    if (!reached.empty()) line.push_back({": " + reached});
    if (!end.trouble.empty()) {
      line.push_back({reached.empty() ? ": " : "; "});
      line.push_back({printable(end.trouble), Tone::warn});
    }
    page_.paragraph(line, kIndent, 4);
  }
}

void Writer::write_change(std::string_view what, const std::vector<std::string>& all) {
  if (all.empty()) return;
  const auto head = fmt::format("{:<20} {:>5}  ", what, grouped(all.size()));
  page_.paragraph({{head, Tone::strong}, {names(all, head.size() + kIndent)}}, kIndent);
}

/// How the run differs from the one before it, or from the baseline.
void Writer::write_changes() {
  const auto news = report_.news();
  if (report_.past && report_.past->first)
    page_.paragraph(
        "the first run in this history: nothing to compare with" +
            std::string(report_.summary.failing() > 0 ? ", what fails is the start" : ""),
        kIndent);
  const auto* past = news.past();
  if (!past) return write_change(summary::kNotInBaseline, report_.fresh);
  const auto before = page_.paragraphs();
  for (const auto& change : summary::changes(*past, report_.fresh))
    write_change(change.words, *change.names);
  if (page_.paragraphs() == before) page_.paragraph("as in the previous run", kIndent);
}

/// Certificates that clients refuse, what the DNS says, and keys that several hosts hold.
void Writer::write_keys() {
  constexpr std::size_t kMaxShared = 3, kAround = 4;
  const auto& sshfp = report_.summary.sshfp;
  if (report_.bad_certificates.empty() && report_.shared_keys.empty() && sshfp.hosts() == 0) return;
  if (room() <= kAround + kMaxShared) return;
  page_.empty_line();
  page_.paragraph({{"Host keys", Tone::strong}});
  std::map<summary::CertificateFault, std::vector<std::string>> bad;
  for (const auto& [target, fault] : report_.bad_certificates) bad[fault].push_back(target);
  for (const auto& [fault, targets] : bad) {
    auto words = fmt::format("certificate {}", summary::to_string(fault));
    std::ranges::replace(words, '_', ' ');
    write_change(words, targets);
  }
  if (sshfp.hosts() > 0) page_.paragraph("SSHFP: " + summary::sshfp_words(sshfp), kIndent, 4);
  write_change("SSHFP differs", sshfp.differing);
  for (std::size_t i = 0; i < std::min(report_.shared_keys.size(), kMaxShared); ++i) {
    const auto& key = report_.shared_keys[i];
    page_.paragraph(fmt::format("{} share {} {}", counted(key.hosts, "host"), printable(key.type),
                                printable(key.sha256)),
                    kIndent, 4);
    if (!key.examples.empty()) page_.paragraph(names(key.examples, 4, key.hosts), 4, 4);
  }
}

void Writer::write_finding(const summary::CommonCause& finding) {
  constexpr std::size_t kInside = 4;
  if (next_class_ == probe::Outcome::ok) next_class_ = finding.outcome;
  if (!finding.mixed) told_.add(finding.tally);
  std::vector<Span> head{{share_of(finding), Tone::bad},
                         {"  " + place_of(finding, report_.summary.total.hosts()), Tone::strong},
                         {"  " + alike(finding)}};
  if (const auto told = age(finding); !told.empty()) head.push_back({"  " + told, Tone::warn});
  page_.paragraph(head, kIndent, kInside);
  if (finding.mixed) page_.paragraph(ways_of(finding), kInside, kInside + 2);
  const auto& outcome = probe::row(finding.outcome);
  const auto why = finding.because.empty() ? std::string(outcome.seen) : printable(finding.because);
  if (!finding.mixed || !finding.cause.empty())
    page_.paragraph(likely(finding) + why, kInside, kInside + 2);
  if (!finding.remedy.empty())
    page_.paragraph(fmt::format("fix: {}", finding.remedy), kInside, kInside + 5);
  const bool some_new = finding.fresh > 0 && finding.fresh < finding.tally.hosts();
  const std::string label = some_new ? "new: " : "";
  page_.paragraph({{label},
                   {names(some_new ? finding.fresh_examples : finding.examples,
                          kInside + label.size(), some_new ? finding.fresh : finding.tally.hosts()),
                    Tone::dim}},
                  kInside, kInside + 2);
}

void Writer::write_rest(const Findings& findings, std::size_t shown) {
  std::uint64_t rest = 0;
  for (auto i = shown; i < findings.size(); ++i) rest += findings[i]->tally.hosts();
  if (rest > 0)
    page_.paragraph(fmt::format("and {} in {}", counted(rest, "more host"),
                                counted(findings.size() - shown, "more finding")),
                    kIndent);
}

void Writer::write_in_full(std::string_view title, const Findings& findings) {
  constexpr std::size_t kLines = 4;  // of each
  constexpr std::size_t kAround = 3;
  if (findings.empty() || room() < kLines + kAround) return;
  const auto shown = std::min({findings.size(), measure_.findings, (room() - kAround) / kLines});
  page_.empty_line();
  page_.paragraph({{std::string(title), Tone::strong}});
  for (std::size_t i = 0; i < shown; ++i) write_finding(*findings[i]);
  write_rest(findings, shown);
}

/// One line for each: of what was known before, or where there is no room for more.
void Writer::write_folded(std::string_view title, const Findings& findings) {
  constexpr std::size_t kAround = 3, kFoldedNames = 200;
  if (findings.empty() || room() <= kAround) return;
  const auto shown = std::min({findings.size(), measure_.folded, room() - kAround});
  page_.empty_line();
  page_.paragraph({{std::string(title), Tone::strong}});
  for (std::size_t i = 0; i < shown; ++i)
    page_.paragraph(fmt::format("{}  {}  {}  {}", share_of(*findings[i]),
                                place_of(*findings[i], report_.summary.total.hosts()),
                                alike(*findings[i]), age(*findings[i])) +
                        (bounded_ ? ""
                                  : "  " + folded_line(findings[i]->examples, kFoldedNames,
                                                       findings[i]->tally.hosts())),
                    kIndent, 4);
  write_rest(findings, shown);
}

/// New ones first. What the baseline accepts is not told again.
void Writer::write_findings() {
  Findings fresh, others;
  for (const auto& finding : report_.findings) {
    if (finding.accepted == finding.tally.hosts()) continue;
    (finding.fresh > 0 ? fresh : others).push_back(&finding);
  }
  if (!report_.news().compares()) return write_in_full("Look here first", others);
  std::ranges::stable_sort(fresh, std::greater(), &summary::CommonCause::fresh);
  const auto before = page_.paragraphs();
  write_in_full("New", fresh);
  if (page_.paragraphs() == before) write_folded("New", fresh);
  fresh.empty() ? write_in_full("Still failing", others) : write_folded("Failing before", others);
}

/// What hosts found out about themselves, contradictions first.
void Writer::write_doctors() {
  constexpr std::size_t kAround = 3, kLines = 2;
  const auto& doctors = report_.doctors;
  if (doctors.opinions.empty() && doctors.strangers.empty()) return;
  if (room() <= kAround + kLines) return;
  page_.empty_line();
  page_.paragraph({{"From the hosts themselves", Tone::strong}});
  std::vector<const summary::SecondOpinion*> sorted;
  sorted.reserve(doctors.opinions.size());
  for (const auto& opinion : doctors.opinions) sorted.push_back(&opinion);
  std::ranges::stable_sort(sorted, std::greater(), &summary::SecondOpinion::contradiction);
  std::size_t shown = 0;
  for (; shown < sorted.size() && room() > kAround + kLines; ++shown) {
    const auto& opinion = *sorted[shown];
    page_.paragraph(printable(opinion.target) + "  " + opinion.sentence(), kIndent, 4);
    if (opinion.host)
      page_.paragraph(printable(opinion.evidence) + "; fix: " + printable(opinion.fix), 4, 4);
  }
  if (shown < sorted.size())
    page_.paragraph("and " + counted(sorted.size() - shown, "more record"), kIndent);
  if (!doctors.strangers.empty())
    page_.paragraph("no host of these results: " + names(doctors.strangers, 4), kIndent, 4);
}

bool Writer::is_told(probe::Outcome outcome, std::uint64_t count) const {
  return bounded_ && told_[outcome] == count;
}

/// Classes that need a look; what the findings say in full is not said again.
void Writer::write_classes() {
  constexpr std::size_t kTexts = 39;  // the column in which they begin
  std::vector<std::pair<probe::Outcome, std::uint64_t>> classes;
  for (const auto& entry : report_.summary.total.classes())
    if (entry.first != probe::Outcome::ok && entry.first != probe::Outcome::skipped &&
        !is_told(entry.first, entry.second))
      classes.push_back(entry);
  if (next_class_ == probe::Outcome::ok && !report_.findings.empty())
    next_class_ = report_.findings.front().outcome;
  if (classes.empty() || room() < 3) return;
  std::ranges::stable_sort(classes, std::greater(), [](const auto& entry) { return entry.second; });
  page_.empty_line();
  auto shown = std::min({classes.size(), measure_.classes, room() - 1});
  if (shown < classes.size() && shown + 1 == room()) --shown;  // the last line counts the others
  for (std::size_t i = 0; i < shown; ++i) {
    const auto count = grouped(classes[i].second);
    page_.paragraph(fmt::format("{}  {:<26}  {}", count, probe::to_string(classes[i].first),
                                probe::row(classes[i].first).seen),
                    9 - std::min<std::size_t>(count.size(), 9), kTexts);
  }
  if (shown < classes.size())
    page_.paragraph("and " + counted(classes.size() - shown, "more class"), kIndent);
}

/// What the next upgrade of a client would cost.
void Writer::write_clients() {
  constexpr std::size_t kMostNamed = 3;
  const auto losing = report_.summary.outlook.newest_losing();
  if (losing.empty() || room() < 2) return;
  auto text =
      fmt::format("{} would lose {}", losing[0]->client->id, counted(losing[0]->breaks, "host"));
  for (std::size_t i = 1; i < std::min(losing.size(), kMostNamed); ++i)
    text += fmt::format(", {} {}", losing[i]->client->id, grouped(losing[i]->breaks));
  if (losing.size() > kMostNamed)
    text += fmt::format(" and {} some", counted(losing.size() - kMostNamed, "other client"));
  page_.empty_line();
  page_.paragraph("Clients: " + text + ": fleetscan forecast", 0, 9);
}

}  // namespace

std::string terminal_summary(const summary::Report& report, const TerminalStyle& style,
                             const std::vector<std::string>& files, const std::string& next) {
  return Writer(report, style).write(files, next);
}

}  // namespace fleetscan::render
