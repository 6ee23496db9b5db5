#include "inventory/formats/hosts_file.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/input_error.h"
#include "base/lines.h"
#include "inventory/entry.h"
#include "inventory/labels.h"
#include "inventory/target.h"

namespace fleetscan::inventory {
namespace {

constexpr std::string_view kBlanks = " \t\v\f";

/// The line without its comment, which begins the line or follows a blank.
std::string_view without_comment(std::string_view line) {
  for (auto hash = line.find('#'); hash != std::string_view::npos; hash = line.find('#', hash + 1))
    if (hash == 0 || kBlanks.find(line[hash - 1]) != std::string_view::npos)
      return line.substr(0, hash);
  return line;
}

class HostsFileParser {
 public:
  HostsFileParser(const std::string& source, const EntrySink& sink, InputErrors& errors)
      : source_(source), sink_(sink), errors_(errors) {}

  void line(std::string_view line, std::uint32_t number) {
    if (const char* fault = line_fault(line))
      return errors_.add({source_, number, 0, std::string{line.substr(0, 80)}, fault});
    line = without_comment(line);
    const auto first = line.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return;
    const auto end = std::min(line.find_first_of(kBlanks, first), line.size());
    const auto last = line.find_last_not_of(kBlanks) + 1;
    if (last > end && line.find('=') == std::string_view::npos) return several(line, number);
    Entry entry{.host = line.substr(first, end - first)};
    entry.line = number;
    entry.column = static_cast<std::uint32_t>(first + 1);
    if (last > end) entry.labels = labels(line.substr(0, last), end, number);
    sink_(entry);
  }

 private:
  /// Hosts parted by blanks and commas, as nmap -iL takes them. Of prose few words could be hosts:
  /// all must have a digit or a dot within.
  void several(std::string_view line, std::uint32_t number) {
    const auto words = words_of(line);
    if (const auto odd = std::ranges::find_if_not(words, could_be_host); odd != words.end()) {
      const auto at = static_cast<std::size_t>(words.front().data() - line.data());
      return errors_.add({source_, number, static_cast<std::uint32_t>(at + 1),
                          std::string{words.front()},
                          "only labels (key=value) may follow the host; put each host on its own "
                          "line"});
    }
    for (const auto word : words) {
      Entry entry{.host = word};
      entry.line = number;
      entry.column = static_cast<std::uint32_t>(word.data() - line.data() + 1);
      sink_(entry);
    }
  }

  static bool could_be_host(std::string_view word) {
    if (word.ends_with('.')) return false;
    return word.find_first_of("0123456789.") != std::string_view::npos;
  }

  static std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    for (std::size_t at = 0;
         (at = line.find_first_not_of(kBlanks, at)) != std::string_view::npos;) {
      const auto end = std::min(line.find_first_of(kBlanks, at), line.size());
      auto word = line.substr(at, end - at);
      while (word.ends_with(',')) word.remove_suffix(1);
      if (!word.empty()) words.push_back(word);
      at = end;
    }
    return words;
  }

  /// Labels of `line` from `at`; lines that end alike share one set. Null if one is wrong.
  std::shared_ptr<const Labels> labels(std::string_view line, std::size_t at,
                                       std::uint32_t number) {
    const auto text = line.substr(at);
    if (text == last_text_) return last_labels_;
    auto found = known_.find(std::string{text});
    if (found == known_.end()) {
      auto parsed = parse_labels(line, at, number);
      if (!parsed) return nullptr;
      found = known_.emplace(text, std::move(parsed)).first;
    }
    last_text_ = found->first;
    return last_labels_ = found->second;
  }

  std::shared_ptr<const Labels> parse_labels(std::string_view line, std::size_t at,
                                             std::uint32_t number) {
    auto result = std::make_shared<Labels>();
    bool good = true;
    while ((at = line.find_first_not_of(kBlanks, at)) != std::string_view::npos) {
      const auto end = std::min(line.find_first_of(kBlanks, at), line.size());
      const auto text = line.substr(at, end - at);
      const auto label = parse_label(text);
      if (label) add_label(*result, label->key, label->value);
      good = good && label;
      if (!label)
        errors_.add({source_, number, static_cast<std::uint32_t>(at + 1), "",
                     "only labels (key=value) may follow the host; put each host on its own line"});
      at = end;
    }
    if (!good) return nullptr;
    return result;
  }

  const std::string& source_;
  const EntrySink& sink_;
  InputErrors& errors_;
  std::unordered_map<std::string, std::shared_ptr<const Labels>> known_;
  std::string_view last_text_;
  std::shared_ptr<const Labels> last_labels_;
};

}  // namespace

void parse_hosts_file(std::string_view text, const std::string& source, const EntrySink& sink,
                      InputErrors& errors) {
  HostsFileParser parser(source, sink, errors);
  for_each_line(text,
                [&](std::string_view line, std::uint32_t number) { parser.line(line, number); });
}

}  // namespace fleetscan::inventory
