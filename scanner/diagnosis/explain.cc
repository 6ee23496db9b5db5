#include "scanner/diagnosis/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/input_error.h"
#include "base/spelling.h"
#include "scanner/diagnosis/blind_spots.h"
#include "scanner/diagnosis/cause_texts.h"
#include "scanner/diagnosis/causes.h"
#include "scanner/diagnosis/clue_search.h"
#include "scanner/diagnosis/clues.h"
#include "scanner/diagnosis/mentions.h"
#include "scanner/diagnosis/page.h"
#include "scanner/diagnosis/suspects.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::diagnosis {
namespace {

constexpr std::string_view kBlindSpots = "blind_spots";
constexpr std::size_t kMaxGuessed = 64;  // a longer text is no mistyped word

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
    page.entry(cause.name, cause.meaning);
  }
}

void write_cause(Page& page, const CauseText& cause) {
  page.paragraph("", fmt::format("{} (cause)", cause.name), 0);
  page.paragraph("", cause.meaning, 2);
  page.items("It is likelier if", cause.likelier_if);
  page.items("It is less likely if", cause.less_likely_if);
  page.heading("What it may be, likeliest first:");
  std::size_t number = 0;
  for (const auto& candidate : cause.candidates) {
    page.paragraph(fmt::format("  {}.", ++number), candidate.what, 5);
    page.paragraph(fmt::format("     check {}: ", to_string(candidate.where)), candidate.check, 7);
    page.paragraph("     fix: ", candidate.fix, 7);
    if (!candidate.doctor.empty())
      page.paragraph("     ", "`fleetscan doctor` finds it out on the host", 7);
  }
  page.items("What it is not:", cause.is_not);
  page.heading("In short: " + cause.in_short + ".");
}

void write_blind_spots(Page& page) {
  page.paragraph("", "blind_spots: what a scan cannot see or does not use, and why", 0);
  for (const auto& [behavior, why] : blind_spots()) {
    page.blank();
    page.item(behavior);
    page.paragraph("", why, 4);
  }
}

void write_list(Page& page) {
  page.paragraph("", "Classes: what was seen of a target", 0);
  for (const auto& row : probe::outcomes()) page.entry(row.name, row.seen);
  page.heading("Causes: what may be behind a failure");
  for (const auto& row : causes()) page.entry(row.name, text_of(row.cause).meaning);
  page.blank();
  page.paragraph("",
                 "fleetscan explain NAME says more about each, fleetscan explain 'MESSAGE' what a "
                 "client's message or a word may mean; fleetscan explain blind_spots lists what a "
                 "scan cannot see.",
                 0);
}

/// What a word or a message may mean: its classes, its causes, and what it is not.
void write_clue(Page& page, const Found& found) {
  const auto& clue = *found.clue;
  page.heading(found.message ? fmt::format("\"{}\" ({})", found.message->text, found.message->by)
                             : fmt::format("{}", clue.words.front()));
  page.paragraph("", clue.says, 2);
  if (!clue.classes.empty())
    page.heading("A scan may call it, likeliest first (fleetscan explain CLASS):");
  for (const auto outcome : clue.classes)
    page.entry(probe::to_string(outcome), probe::row(outcome).seen);
  if (const auto causes = causes_of(clue); !causes.empty()) {
    page.heading("It may be, likeliest first (fleetscan explain CAUSE):");
    for (const auto cause : causes) page.entry(to_string(cause), text_of(cause).meaning);
  }
  page.items("How to tell them apart:", clue.apart);
  page.items("What it is not:", clue.is_not);
}

/// Texts that speak of it; false if none does.
bool write_mentions(Page& page, std::string_view text) {
  const auto mentions = find_mentions(text);
  if (mentions.empty()) return false;
  page.heading(
      "No message or class of that name; these texts speak of it (fleetscan explain NAME):");
  for (const auto& mention : mentions)
    page.entry(mention.name, mention.denied ? "is not: " + mention.text : mention.text);
  return true;
}

/// What may have been meant by a mistyped word.
std::optional<std::string> meant(std::string_view text) {
  auto candidates = explained();
  for (const auto& clue : clues())
    candidates.insert(candidates.end(), clue.words.begin(), clue.words.end());
  return closest(text.substr(0, kMaxGuessed), candidates);
}

std::string unknown(std::string_view text) {
  const auto guess = meant(text);
  return fmt::format(
      "no class, cause or message is known for \"{}\"{}\n", excerpt(text),
      guess ? fmt::format("; did you mean {}?", *guess)
            : "; `fleetscan explain` lists all classes and causes, and a scan of the host "
              "(`fleetscan HOST`) names its own");
}

/// A class, a cause, or both of that name; false if there is none.
bool write_name(Page& page, std::string_view name) {
  const auto outcome = probe::parse_outcome(name);
  const auto cause = parse_cause(name);
  if (name == kBlindSpots) write_blind_spots(page);
  if (outcome) write_class(page, probe::row(*outcome));
  if (outcome && cause) page.blank();
  if (cause) write_cause(page, text_of(*cause));
  return outcome || cause || name == kBlindSpots;
}

/// A name in another spelling: "server hung" is server_hung.
bool write_respelled(Page& page, std::string_view text) {
  const auto letters = squashed(text);
  const auto names = explained();
  const auto same = [&](const std::string& name) { return squashed(name) == letters; };
  const auto name = std::ranges::find_if(names, same);
  return name != names.end() && write_name(page, *name);
}

/// Messages and words; false if none is in `text`.
bool write_clues(Page& page, std::string_view text) {
  auto found = find_messages(clues(), text);
  if (found.empty()) found = find_words(clues(), text);
  for (const auto& one : found) write_clue(page, one);
  return !found.empty();
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

Explanation explain(std::string_view text, std::size_t width) {
  Page page(width);
  if (text.empty()) write_list(page);
  const bool known = text.empty() || write_name(page, text) || write_clues(page, text) ||
                     write_respelled(page, text) || write_mentions(page, text);
  return {known, known ? page.take() : unknown(text)};
}

}  // namespace fleetscan::diagnosis
