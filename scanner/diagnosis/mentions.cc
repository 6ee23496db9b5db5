#include "scanner/diagnosis/mentions.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scanner/diagnosis/cause_texts.h"
#include "scanner/diagnosis/causes.h"
#include "scanner/diagnosis/clue_search.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::diagnosis {
namespace {

constexpr std::size_t kMaxWords = 16;
constexpr std::size_t kMaxMentions = 5;
constexpr std::size_t kMinLetters = 3;
constexpr std::size_t kMinPrefix = 4;
constexpr std::array<std::string_view, 10> kFiller{"the", "and",  "for",  "with", "not",
                                                   "are", "that", "this", "from", "ssh"};

struct Sentence {
  std::string text;
  double weight;
  bool denied;
  std::set<std::string> words;
};

struct Document {
  std::string_view name;
  std::vector<Sentence> sentences;
};

std::string stem(std::string word) {
  if (word.size() > 3 && word.ends_with('s')) word.pop_back();
  return word;
}

std::set<std::string> words_of(std::string_view text) {
  std::set<std::string> words;
  for (auto& token : tokens(text)) words.insert(stem(std::move(token)));
  return words;
}

void add(Document& document, std::string_view text, double weight, bool denied = false) {
  document.sentences.push_back({std::string(text), weight, denied, words_of(text)});
}

Document document(const probe::OutcomeRow& row) {
  Document read{row.name, {}};
  add(read, row.seen, 4);
  add(read, row.remedy, 3);
  return read;
}

Document document(const CauseText& cause) {
  Document read{cause.name, {}};
  add(read, cause.meaning, 5);
  for (const auto& candidate : cause.candidates) {
    add(read, candidate.what, 4);
    add(read, candidate.check, 3);
    add(read, candidate.fix, 3);
  }
  for (const auto& text : cause.likelier_if) add(read, text, 2);
  for (const auto& text : cause.is_not) add(read, text, 2, true);
  for (const auto& text : cause.less_likely_if) add(read, text, 1);
  return read;
}

const std::vector<Document>& documents() {
  static const auto kDocuments = [] {
    std::vector<Document> all;
    for (const auto& row : causes()) all.push_back(document(text_of(row.cause)));
    for (const auto& row : probe::outcomes()) all.push_back(document(row));
    return all;
  }();
  return kDocuments;
}

/// Whether one of the words is `word` or begins with it: "swap" finds "swapped".
bool has(const Sentence& sentence, const std::string& word) {
  const auto found = sentence.words.lower_bound(word);
  if (found == sentence.words.end()) return false;
  return *found == word || (word.size() >= kMinPrefix && found->starts_with(word));
}

/// The weight of the best sentence of `document` with that word; 0 if none has it.
double weight_in(const Document& document, const std::string& word) {
  double best = 0;
  for (const auto& sentence : document.sentences)
    if (has(sentence, word)) best = std::max(best, sentence.weight);
  return best;
}

struct Word {
  std::string text;
  double rarity;  ///< 0: it stands in every text
};

std::vector<Word> rare_words(std::string_view text) {
  std::vector<Word> rare;
  const auto all = static_cast<double>(documents().size());
  for (const auto& word : words_of(text)) {
    if (word.size() < kMinLetters || rare.size() >= kMaxWords) continue;
    if (std::ranges::find(kFiller, word) != kFiller.end()) continue;
    const auto having = static_cast<double>(std::ranges::count_if(
        documents(), [&](const Document& document) { return weight_in(document, word) > 0; }));
    if (having <= all / 3) rare.push_back({word, std::log((all + 1) / (having + 1))});
  }
  return rare;
}

const Sentence& best_sentence(const Document& document, const std::vector<Word>& words) {
  const auto value = [&](const Sentence& sentence) {
    double sum = 0;
    for (const auto& word : words)
      if (has(sentence, word.text)) sum += word.rarity * (10 + sentence.weight);
    return sum;
  };
  return *std::ranges::max_element(document.sentences, {}, value);
}

}  // namespace

std::vector<Mention> find_mentions(std::string_view text) {
  const auto words = rare_words(text);
  const auto needed = words.size() <= 2 ? words.size() : (words.size() + 1) / 2;
  std::vector<std::pair<double, const Document*>> ranked;
  for (const auto& document : documents()) {
    double score = 0;
    std::size_t covered = 0;
    for (const auto& word : words)
      if (const auto weight = weight_in(document, word.text); weight > 0) {
        score += weight * word.rarity;
        ++covered;
      }
    if (covered > 0 && covered >= needed) ranked.emplace_back(score, &document);
  }
  std::ranges::stable_sort(ranked, std::greater<>{}, [](const auto& one) { return one.first; });
  if (ranked.size() > kMaxMentions) ranked.resize(kMaxMentions);
  std::vector<Mention> mentions;
  for (const auto& [score, document] : ranked) {
    const auto& sentence = best_sentence(*document, words);
    mentions.push_back({document->name, sentence.text, sentence.denied});
  }
  return mentions;
}

}  // namespace fleetscan::diagnosis
