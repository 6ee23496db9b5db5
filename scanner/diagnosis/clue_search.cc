#include "scanner/diagnosis/clue_search.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/ascii.h"

namespace fleetscan::diagnosis {
namespace {

constexpr std::size_t kMaxGap = 200;    // letters of a long name, a path or a list of algorithms
constexpr std::size_t kMaxWordRun = 8;  // tokens of a phrase
constexpr std::size_t kMaxFound = 3;

/// How many characters at the begin of `text` are no text: a terminal sequence, an escaped line
/// end.
std::size_t meaningless(std::string_view text) {
  if (text[0] == '\x1b') {
    std::size_t end = 1;
    while (end < text.size() && !is_letter(text[end])) ++end;
    return std::min(end + 1, text.size());
  }
  const bool escaped =
      text[0] == '\\' && text.size() > 1 && (text[1] == 'n' || text[1] == 'r' || text[1] == 't');
  return escaped ? 2 : 0;
}

/// Calls `take` with each letter or digit in lower case, and `pause` between runs of them.
void read_runs(std::string_view text, const std::function<void(char)>& take,
               const std::function<void()>& pause) {
  text = text.substr(0, kMaxSearched);
  while (!text.empty()) {
    if (const auto skip = meaningless(text); skip > 0) {
      pause();
      text.remove_prefix(skip);
      continue;
    }
    if (is_letter_or_digit(text[0]))
      take(lower(text[0]));
    else
      pause();
    text.remove_prefix(1);
  }
  pause();
}

std::vector<std::string> parts(std::string_view message) {
  std::vector<std::string> all;
  while (!message.empty()) {
    const auto end = std::min(message.find('*'), message.size());
    if (auto part = squashed(message.substr(0, end)); !part.empty()) all.push_back(std::move(part));
    message.remove_prefix(std::min(end + 1, message.size()));
  }
  return all;
}

/// Whether all parts follow each other from `at` on, where the first one stands.
bool follow(std::span<const std::string> parts, std::string_view text, std::size_t at) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto window = text.substr(at, (i == 0 ? 0 : kMaxGap) + parts[i].size());
    const auto found = window.find(parts[i]);
    if (found == window.npos) return false;
    at += found + parts[i].size();
  }
  return true;
}

struct Ranked {
  Found found;
  std::size_t length;
};

std::vector<Found> best(std::vector<Ranked> all) {
  const bool special =
      std::ranges::any_of(all, [](const Ranked& one) { return !one.found.clue->general; });
  if (special) std::erase_if(all, [](const Ranked& one) { return one.found.clue->general; });
  std::ranges::stable_sort(all, std::greater<>{}, &Ranked::length);
  if (all.size() > kMaxFound) all.resize(kMaxFound);
  std::vector<Found> found;
  found.reserve(all.size());
  for (const auto& one : all) found.push_back(one.found);
  return found;
}

std::string singular(std::string word) {
  if (word.size() > 3 && word.ends_with('s')) word.pop_back();
  return word;
}

/// Every run of up to kMaxWordRun tokens, written as one word.
std::unordered_set<std::string> phrases(const std::vector<std::string>& tokens) {
  std::unordered_set<std::string> all;
  for (std::size_t begin = 0; begin < tokens.size(); ++begin) {
    std::string phrase;
    const auto end = std::min(begin + kMaxWordRun, tokens.size());
    for (auto i = begin; i < end; ++i) {
      phrase += tokens[i];
      all.insert(singular(phrase));
    }
  }
  return all;
}

}  // namespace

std::string squashed(std::string_view text) {
  std::string letters;
  read_runs(
      text, [&](char c) { letters += c; }, [] {});
  return letters;
}

std::vector<std::string> tokens(std::string_view text, std::size_t limit) {
  std::vector<std::string> all;
  std::string token;
  read_runs(
      text, [&](char c) { token += c; },
      [&] {
        if (!token.empty() && all.size() < limit) all.push_back(token);
        token.clear();
      });
  return all;
}

std::size_t covers(std::string_view message, std::string_view squashed_text) {
  const auto all = parts(message);
  if (all.empty()) return 0;
  for (auto at = squashed_text.find(all[0]); at != squashed_text.npos;
       at = squashed_text.find(all[0], at + 1)) {
    if (!follow(all, squashed_text, at)) continue;
    std::size_t length = 0;
    for (const auto& part : all) length += part.size();
    return length;
  }
  return 0;
}

std::vector<Found> find_messages(std::span<const Clue> clues, std::string_view text) {
  const auto letters = squashed(text);
  std::vector<Ranked> found;
  for (const auto& clue : clues) {
    Ranked longest{{&clue, nullptr}, 0};
    for (const auto& message : clue.messages)
      if (const auto length = covers(message.text, letters); length > longest.length)
        longest = {{&clue, &message}, length};
    if (longest.length > 0) found.push_back(longest);
  }
  return best(std::move(found));
}

std::vector<Found> find_words(std::span<const Clue> clues, std::string_view text) {
  const auto said = phrases(tokens(text));
  std::vector<Ranked> found;
  for (const auto& clue : clues) {
    std::size_t length = 0;
    for (const auto& word : clue.words)
      if (said.contains(singular(squashed(word)))) length = std::max(length, word.size());
    if (length > 0) found.push_back({{&clue, nullptr}, length});
  }
  return best(std::move(found));
}

}  // namespace fleetscan::diagnosis
