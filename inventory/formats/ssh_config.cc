#include "inventory/formats/ssh_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/ascii.h"
#include "base/glob.h"
#include "base/input_error.h"
#include "base/lines.h"
#include "base/numbers.h"
#include "base/secrets.h"
#include "inventory/entry.h"
#include "inventory/expression.h"
#include "inventory/target.h"

namespace fleetscan::inventory {
namespace {

constexpr int kMaxIncludes = 16;  // as deep as ssh(1) goes
constexpr std::size_t kMaxIncludedFiles = 10'000;
constexpr auto npos = std::string_view::npos;

/// Words of a line: blanks part them, double or single quotes join, "#" begins a comment.
std::optional<std::vector<std::string>> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(" \t", at)) != npos && text[at] != '#') {
    std::string word;
    char quote = 0;
    for (; at < text.size(); ++at) {
      const char c = text[at];
      if (c == '\\' && at + 1 < text.size() &&
          (text[at + 1] == '"' || text[at + 1] == '\'' || text[at + 1] == '\\' ||
           (quote == 0 && text[at + 1] == ' ')))
        word += text[++at];
      else if (quote == 0 && (c == ' ' || c == '\t'))
        break;
      else if (quote == 0 && (c == '"' || c == '\''))
        quote = c;
      else if (quote != 0 && c == quote)
        quote = 0;
      else
        word += c;
    }
    if (quote != 0) return std::nullopt;
    words.push_back(std::move(word));
  }
  return words;
}

/// Of any program but ssh only the name: arguments may be secrets.
std::string shown_command(std::string_view command) {
  const auto program = command.substr(0, command.find_first_of(" \t"));
  const auto name = program.substr(program.rfind('/') + 1);
  if (name == "ssh") return without_secrets(command);
  return without_secrets(program.find('=') == npos ? program : "");
}

/// When a block's settings hold. Several conditions must all be met: includes nest.
struct Condition {
  std::vector<std::string> patterns = {};  ///< of Host: one matches, and no negated one
  std::vector<std::pair<bool, std::string>> host_lists =
      {};  ///< of Match: by HostName?, comma list
  bool never = false;
};

/// The first value of each keyword that matters.
struct Settings {
  std::optional<std::string> host_name = {}, port = {}, family = {};
  std::optional<std::string> jump = {}, command = {};  ///< ProxyJump and ProxyCommand
  bool command_first = false;                          ///< of these two lines
  Labels labels = {};

  /// Takes from a later block what is not set yet. A ProxyCommand shuts out a later ProxyJump; a
  /// ProxyJump a later ProxyCommand, but for "none".
  void add(const Settings& later) {
    if (!host_name) host_name = later.host_name;
    if (!port) port = later.port;
    if (!family) family = later.family;
    labels.insert(later.labels.begin(), later.labels.end());
    if (later.command_first) add_command(later);
    if (!command && !jump) jump = later.jump;
    add_command(later);
  }
  [[nodiscard]] std::string proxy() const {
    if (command && *command != "none") return "ProxyCommand " + shown_command(*command);
    if (jump && *jump != "none") return "ProxyJump " + without_secrets(*jump);
    return "";
  }

 private:
  void add_command(const Settings& later) {
    if (!command && (!jump || *jump == "none")) command = later.command;
  }
};

struct Block {
  std::vector<std::size_t> conditions;  ///< indices
  Settings settings = {};
};

struct Named {
  std::string host;
  std::string source;
  std::uint32_t line, column;
};

bool matches_patterns(const std::string& host, const std::vector<std::string>& patterns) {
  bool matched = false;
  for (const std::string_view pattern : patterns) {
    const bool negated = pattern.starts_with('!');
    if (!matches_wildcards(host, negated ? pattern.substr(1) : pattern)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> result;
  while (true) {
    const auto comma = list.find(',');
    result.push_back(lower(list.substr(0, comma)));
    if (comma == npos) return result;
    list.remove_prefix(comma + 1);
  }
}

class Parser {
 public:
  Parser(const SshInclude& include, const std::vector<std::string>& label_from, InputErrors& errors,
         std::vector<std::string>& notes)
      : include_(include), errors_(errors), notes_(notes) {
    for (const auto& name : label_from) label_names_.emplace(lower(name), name);
  }

  void file(const SshConfigFile& file, int depth) {
    const auto outer = current_;
    new_block(outer);
    for_each_line(file.text, [&](std::string_view line, std::uint32_t number) {
      name_ = file.name;
      number_ = number;
      this->line(line, outer, depth);
    });
    new_block(outer);
  }

  void hand_over(const EntrySink& sink) {
    index();
    for (const auto& named : named_) {
      name_ = named.source;
      number_ = named.line;
      emit(named, settings_for(named.host), sink);
    }
    if (ignored_matches_ > 0)
      notes_.push_back(counted(ignored_matches_, "Match block",
                               "of ssh_config with criteria that are not evaluated here, and are "
                               "assumed not to apply"));
  }

 private:
  void fail(std::string_view text, std::string remedy) {
    errors_.add({name_, number_, 0, std::string{text}, std::move(remedy)});
  }

  void new_block(std::vector<std::size_t> conditions) {
    current_ = conditions;
    blocks_.emplace_back().conditions = std::move(conditions);
  }

  void begin(const std::vector<std::size_t>& outer, Condition condition) {
    auto conditions = outer;
    conditions.push_back(conditions_.size());
    conditions_.push_back(std::move(condition));
    new_block(std::move(conditions));
  }

  void line(std::string_view text, const std::vector<std::size_t>& outer, int depth) {
    if (const char* fault = line_fault(text)) return fail(text.substr(0, 80), fault);
    const auto line = trimmed(text);
    if (line.empty() || line.front() == '#') return;
    const auto end = std::min(line.find_first_of(" \t="), line.size());
    const auto keyword = lower(line.substr(0, end));
    auto rest = trimmed(line.substr(end));
    if (rest.starts_with('=')) rest = trimmed(rest.substr(1));
    auto& settings = blocks_.back().settings;
    if (const auto label = label_names_.find(keyword); label != label_names_.end())
      settings.labels.emplace(label->second, unquoted(rest));
    if (keyword == "proxycommand") {
      settings.command_first = settings.command_first || (!settings.jump && !settings.command);
      return set(settings.command, std::string{rest});
    }
    static constexpr std::array<std::string_view, 7> kUsed{
        "host", "match", "include", "hostname", "port", "addressfamily", "proxyjump"};
    if (std::ranges::find(kUsed, keyword) == kUsed.end()) return;
    const auto words = words_of(rest);
    if (!words) return fail(keyword, "a quote is not closed");
    if (words->empty()) return fail(line, keyword + " needs a value");
    if (keyword == "host") return host(*words, outer, text);
    if (keyword == "match") return match(*words, outer);
    if (keyword == "include") return includes(*words, depth);
    const auto& value = words->front();
    if (keyword == "hostname") set(settings.host_name, value);
    if (keyword == "port") set(settings.port, value);
    if (keyword == "addressfamily") set(settings.family, lower(value));
    if (keyword == "proxyjump") set(settings.jump, value);
  }

  static std::string unquoted(std::string_view value) {
    const auto words = words_of(value);
    return words ? fmt::format("{}", fmt::join(*words, " ")) : std::string{value};
  }

  static void set(std::optional<std::string>& setting, std::string value) {
    if (!setting) setting = std::move(value);
  }

  void host(const std::vector<std::string>& words, const std::vector<std::size_t>& outer,
            std::string_view line) {
    begin(outer, {.patterns = words});
    for (const auto& word : words) {
      if (word.find_first_of("*?!") != npos || !listed_.insert(word).second) continue;
      const auto at = line.find(word);
      named_.push_back({word, name_, number_, at == npos ? 0 : static_cast<std::uint32_t>(at + 1)});
    }
  }

  void match(const std::vector<std::string>& words, const std::vector<std::size_t>& outer) {
    Condition condition;
    for (std::size_t i = 0; i < words.size(); ++i) {
      const auto criterion = lower(words[i]);
      if (criterion == "all") continue;
      const bool by_name = criterion == "host";
      if ((by_name || criterion == "originalhost") && i + 1 < words.size()) {
        condition.host_lists.emplace_back(by_name, words[++i]);
        continue;
      }
      condition.never = true;
    }
    if (condition.never) ++ignored_matches_;
    begin(outer, std::move(condition));
  }

  void includes(const std::vector<std::string>& patterns, int depth) {
    if (depth == kMaxIncludes) {
      if (!std::exchange(too_deep_, true))
        fail(patterns.front(), "Include nests deeper than 16 files");
      return;
    }
    const auto inside = current_;
    const auto name = name_;
    const auto number = number_;
    for (const auto& pattern : patterns) {
      if (included_ > kMaxIncludedFiles) return;
      for (const auto& included : include_(pattern)) {
        if (included_ > kMaxIncludedFiles) return;
        if (++included_ > kMaxIncludedFiles)
          return fail(pattern, "more than 10,000 files are included");
        current_ = inside;
        file(included, depth + 1);
      }
    }
    name_ = name;
    number_ = number;
    new_block(inside);
  }

  /// Finds the blocks that may hold for a host without trying all: those whose innermost Host line
  /// has no wildcard, by name; all others always.
  void index() {
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      const auto& [conditions, block] = blocks_[i];
      const auto* last = conditions.empty() ? nullptr : &conditions_[conditions.back()];
      const bool decides = last && !last->host_lists.empty();  // here, whatever comes later
      if (!decides && !block.host_name && !block.port && !block.family && !block.jump &&
          !block.command && block.labels.empty())
        continue;
      const bool literal = last && !last->patterns.empty() &&
                           std::ranges::none_of(last->patterns, [](const std::string& pattern) {
                             return pattern.find_first_of("*?!") != npos;
                           });
      if (!literal) {
        always_.push_back(i);
        continue;
      }
      for (const auto& name : last->patterns) {
        auto& list = by_name_[name];
        if (list.empty() || list.back() != i) list.push_back(i);
      }
    }
  }

  bool holds(const Condition& condition, const std::string& host, const Settings& so_far) const {
    if (condition.never) return false;
    if (!condition.patterns.empty()) return matches_patterns(host, condition.patterns);
    return std::ranges::all_of(condition.host_lists, [&](const auto& list) {
      const auto& [by_name, patterns] = list;
      const bool named = by_name && so_far.host_name;
      return matches_patterns(lower(named ? expanded(*so_far.host_name, host) : host),
                              split(patterns));
    });
  }

  Settings settings_for(const std::string& host) const {
    static const std::vector<std::size_t> kNone;
    const auto found = by_name_.find(host);
    const auto& own = found == by_name_.end() ? kNone : found->second;
    std::vector<std::size_t> order;
    std::ranges::merge(own, always_, std::back_inserter(order));
    Settings settings;
    std::unordered_map<std::size_t, bool> known;  // a condition is judged once, where it stands
    const auto holds_here = [&](std::size_t id) {
      const auto [condition, is_new] = known.try_emplace(id);
      if (is_new) condition->second = holds(conditions_[id], host, settings);
      return condition->second;
    };
    for (const auto i : order)
      if (std::ranges::all_of(blocks_[i].conditions, holds_here)) settings.add(blocks_[i].settings);
    return settings;
  }

  static std::string expanded(const std::string& pattern, const std::string& host) {
    std::string result;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      const bool token = pattern[i] == '%' && i + 1 < pattern.size();
      if (token && pattern[i + 1] == 'h')
        result += host, ++i;
      else if (token && pattern[i + 1] == '%')
        result += '%', ++i;
      else
        result += pattern[i];
    }
    return result;
  }

  void emit(const Named& named, const Settings& settings, const EntrySink& sink) {
    Entry entry{.host = named.host, .kind = Entry::Kind::plain};
    entry.line = named.line;
    entry.column = named.column;
    const auto connect = lower(expanded(settings.host_name.value_or(named.host), named.host));
    if (connect != lower(named.host)) {
      entry.kind = Entry::Kind::alias;
      entry.connect = connect;
    }
    if (settings.port) {
      const auto port = parse_port_number(*settings.port);
      if (!port) return fail(*settings.port, "a port is a number from 1 to 65535");
      entry.port = *port;
    }
    if (settings.family == "inet") entry.family = Family::v4;
    if (settings.family == "inet6") entry.family = Family::v6;
    std::string reason;
    if (const auto proxy = settings.proxy(); !proxy.empty())
      reason = "reached only through another host: " + proxy;
    entry.skip_reason = reason;
    entry.labels = shared(settings.labels);
    sink(entry);
  }

  /// Equal labels are the same ones.
  std::shared_ptr<const Labels> shared(const Labels& labels) {
    if (labels.empty()) return nullptr;
    auto& share = shared_[labels];
    if (!share) share = std::make_shared<const Labels>(labels);
    return share;
  }

  const SshInclude& include_;
  InputErrors& errors_;
  std::vector<std::string>& notes_;
  std::string name_;
  std::uint32_t number_ = 0;
  std::vector<std::size_t> current_;  ///< conditions of the block that lines go to
  std::vector<Condition> conditions_;
  std::vector<Block> blocks_;
  std::vector<Named> named_;
  std::unordered_set<std::string> listed_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_name_;
  std::vector<std::size_t> always_;
  std::uint64_t ignored_matches_ = 0;
  std::size_t included_ = 0;                        ///< files
  bool too_deep_ = false;                           ///< ... they nest, which is said once
  std::map<std::string, std::string> label_names_;  ///< as asked for, by keyword in lower case
  std::map<Labels, std::shared_ptr<const Labels>> shared_;
};

}  // namespace

void parse_ssh_config(const SshConfigFile& file, const SshInclude& include,
                      const std::vector<std::string>& label_from, const EntrySink& sink,
                      InputErrors& errors, std::vector<std::string>& notes) {
  Parser parser(include, label_from, errors, notes);
  parser.file(file, 0);
  parser.hand_over(sink);
}

}  // namespace fleetscan::inventory
