#include "scanner/diagnosis/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/input_error.h"
#include "base/spelling.h"
#include "scanner/diagnosis/blind_spots.h"
#include "scanner/diagnosis/cause_texts.h"
#include "scanner/diagnosis/causes.h"
#include "scanner/diagnosis/suspects.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::diagnosis {
namespace {

constexpr std::string_view kBlindSpots = "blind_spots";

/// Text in paragraphs: folded at spaces, continued under its first word.
class Page {
 public:
  explicit Page(std::size_t width) : width_(std::max<std::size_t>(width, 40)) {}

  void blank() { text_ += '\n'; }
  void heading(std::string_view text) {
    if (!text_.empty()) blank();
    paragraph("", text, 0);
  }
  /// @param indent  of the lines after the first, and of the first behind `label`
  void paragraph(std::string_view label, std::string_view text, std::size_t indent) {
    std::string line(label);
    line.resize(std::max(indent, line.size()), ' ');
    bool begun = false;
    while (!text.empty()) {
      const auto end = std::min(text.find(' '), text.size());
      const auto word = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (begun && line.size() + 1 + word.size() > width_) {
        text_ += line + '\n';
        line.assign(indent, ' ');
        begun = false;
      }
      if (begun) line += ' ';
      line += word;
      begun = true;
    }
    text_ += line + '\n';
  }
  void item(std::string_view text) { paragraph("  - ", text, 4); }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::size_t width_;
  std::string text_;
};

void list_items(Page& page, std::string_view heading, const std::vector<std::string>& items) {
  if (items.empty()) return;
  page.heading(heading);
  for (const auto& item : items) page.item(item);
}

std::string_view words(probe::Retry retry) {
  switch (retry) {
    case probe::Retry::never:
      return "not retried: the answer would be the same, or asking would do harm";
    case probe::Retry::small: return "retried at once with small segments";
    case probe::Retry::later: return "";
  }
  return "";
}

void write_class(Page& page, const probe::OutcomeRow& row) {
  page.paragraph("", fmt::format("{} (class, {})", row.name, probe::to_string(row.state)), 0);
  page.paragraph("", row.seen, 2);
  if (!row.remedy.empty()) page.paragraph("  First ", std::string(row.remedy) + ".", 2);
  if (probe::needs_attention(row.state)) {
    const auto retry =
        row.retry == probe::Retry::later
            ? fmt::format("retried after {} s, or sooner where --patience ends", row.wait.count())
            : std::string(words(row.retry));
    page.paragraph("  It is ", retry + ".", 2);
  }
  const auto causes = suspects(row.outcome);
  if (causes.empty()) return;
  page.heading("It may be, likeliest first (fleetscan explain CAUSE):");
  std::vector<Suspect> ranked(causes.begin(), causes.end());
  std::ranges::stable_sort(ranked, std::greater<>{}, &Suspect::weight);
  for (const auto& suspect : ranked) {
    const auto& cause = text_of(suspect.cause);
    page.paragraph(fmt::format("  {:<22}", cause.name), cause.meaning, 24);
  }
}

void write_cause(Page& page, const CauseText& cause) {
  page.paragraph("", fmt::format("{} (cause)", cause.name), 0);
  page.paragraph("", cause.meaning, 2);
  list_items(page, "It is likelier if", cause.likelier_if);
  list_items(page, "It is less likely if", cause.less_likely_if);
  page.heading("What it may be, likeliest first:");
  std::size_t number = 0;
  for (const auto& candidate : cause.candidates) {
    page.paragraph(fmt::format("  {}.", ++number), candidate.what, 5);
    page.paragraph(fmt::format("     check {}: ", to_string(candidate.where)), candidate.check, 7);
    page.paragraph("     fix: ", candidate.fix, 7);
  }
  list_items(page, "What it is not:", cause.is_not);
  page.heading("In short: " + cause.in_short + ".");
}

void write_blind_spots(Page& page) {
  page.paragraph("", "blind_spots: what a scan cannot see or does not use, and why", 0);
  for (const auto& [behaviour, why] : blind_spots()) {
    page.blank();
    page.item(behaviour);
    page.paragraph("", why, 4);
  }
}

void write_list(Page& page) {
  page.paragraph("", "Classes: what was seen of a target", 0);
  for (const auto& row : probe::outcomes())
    page.paragraph(fmt::format("  {:<27}", row.name), row.seen, 29);
  page.heading("Causes: what may be behind a failure");
  for (const auto& row : causes())
    page.paragraph(fmt::format("  {:<22}", row.name), text_of(row.cause).meaning, 24);
  page.blank();
  page.paragraph("",
                 "fleetscan explain NAME says more about each; fleetscan explain blind_spots lists "
                 "what a scan cannot see.",
                 0);
}

std::string unknown(std::string_view word) {
  const auto meant = closest(word, explained());
  return fmt::format(
      "no class and no cause is called \"{}\"{}\n", excerpt(word),
      meant ? fmt::format("; did you mean {}?", *meant) : "; `fleetscan explain` lists them all");
}

}  // namespace

std::vector<std::string> explained() {
  std::vector<std::string> names{std::string(kBlindSpots)};
  for (const auto& row : probe::outcomes()) names.emplace_back(row.name);
  for (const auto& row : causes()) names.emplace_back(row.name);
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Explanation explain(std::string_view word, std::size_t width) {
  Page page(width);
  const auto outcome = probe::parse_outcome(word);
  const auto cause = parse_cause(word);
  if (word.empty())
    write_list(page);
  else if (word == kBlindSpots)
    write_blind_spots(page);
  else if (!outcome && !cause)
    return {false, unknown(word)};
  if (outcome) write_class(page, probe::row(*outcome));
  if (outcome && cause) page.blank();
  if (cause) write_cause(page, text_of(*cause));
  return {true, page.take()};
}

}  // namespace fleetscan::diagnosis
