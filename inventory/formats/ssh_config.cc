#include "inventory/formats/ssh_config.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

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
#include "inventory/formats/ssh_settings.h"
#include "inventory/target.h"

namespace fleetscan::inventory {
namespace {

constexpr int kMaxIncludes = 16;  // as deep as ssh(1) goes
constexpr std::size_t kMaxIncludedFiles = 10'000;
constexpr auto npos = std::string_view::npos;

/// One criterion of a Match line.
struct Criterion {
  enum class Kind : std::uint8_t {
    host,
    original_host,
    user,
    local_user,
    final_pass,
    canonical,
    unknown
  };
  Kind kind;
  bool negated = false;
  std::vector<std::string> patterns = {};
};

bool has_value(const Criterion& criterion) {
  return criterion.kind != Criterion::Kind::final_pass &&
         criterion.kind != Criterion::Kind::canonical;
}

/// When a block's settings hold. Several conditions must all be met: includes nest.
struct Condition {
  std::vector<std::string> patterns = {};  ///< of Host: one matches, and no negated one
  std::vector<Criterion> criteria = {};    ///< of Match: all hold
};

struct Block {
  std::vector<std::size_t> conditions;  ///< indices
  SshSettings settings = {};
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

/// A comma list of patterns: hosts in lower case, users as they are.
std::vector<std::string> split(std::string_view list, Criterion::Kind kind) {
  const bool host = kind == Criterion::Kind::host || kind == Criterion::Kind::original_host;
  std::vector<std::string> result;
  while (true) {
    const auto comma = list.find(',');
    const auto part = list.substr(0, comma);
    result.push_back(host ? lower(part) : std::string{part});
    if (comma == npos) return result;
    list.remove_prefix(comma + 1);
  }
}

bool is_none(const std::string& value) { return lower(value) == "none"; }

std::string local_user() {
  const auto* entry = getpwuid(getuid());
  return entry ? entry->pw_name : "";
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
    const auto [keyword, rest] = split_ssh_line(line);
    auto& settings = blocks_.back().settings;
    if (const auto label = label_names_.find(keyword); label != label_names_.end())
      settings.labels.emplace(label->second, unquoted(rest));
    if (keyword == "proxycommand") return settings.set(keyword, std::string{rest});
    static constexpr std::array<std::string_view, 10> kUsed{"host",
                                                            "match",
                                                            "include",
                                                            "hostname",
                                                            "port",
                                                            "addressfamily",
                                                            "proxyjump",
                                                            "user",
                                                            "canonicalizehostname",
                                                            "canonicaldomains"};
    if (std::ranges::find(kUsed, keyword) == kUsed.end()) return;
    const auto words = ssh_words(rest);
    if (!words) return fail(keyword, "a quote is not closed");
    if (words->empty()) return fail(line, keyword + " needs a value");
    if (keyword == "host") return host(*words, outer, text);
    if (keyword == "match") return match(rest, outer);
    if (keyword == "include") return includes(*words, depth);
    const bool list = keyword == "canonicaldomains";
    settings.set(keyword, list ? fmt::format("{}", fmt::join(*words, " ")) : words->front());
  }

  static std::string unquoted(std::string_view value) {
    const auto words = ssh_words(value);
    return words ? fmt::format("{}", fmt::join(*words, " ")) : std::string{value};
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

  void match(std::string_view text, const std::vector<std::size_t>& outer) {
    Condition condition;
    const auto words = match_words(text);
    for (std::size_t i = 0; i < words.size(); ++i) {
      const bool negated = words[i].starts_with('!');
      auto criterion = criterion_of(lower(words[i].substr(negated ? 1 : 0)));
      if (!criterion) continue;
      criterion->negated = negated;
      if (criterion->kind == Criterion::Kind::unknown) ++ignored_matches_;
      if (has_value(*criterion) && i + 1 < words.size())
        criterion->patterns = split(words[++i], criterion->kind);
      condition.criteria.push_back(*std::move(criterion));
    }
    begin(outer, std::move(condition));
  }

  /// Nothing for "all", which always holds.
  static std::optional<Criterion> criterion_of(std::string_view name) {
    using Kind = Criterion::Kind;
    if (name == "all") return std::nullopt;
    if (name == "host") return Criterion{Kind::host};
    if (name == "originalhost") return Criterion{Kind::original_host};
    if (name == "user") return Criterion{Kind::user};
    if (name == "localuser") return Criterion{Kind::local_user};
    if (name == "final") return Criterion{Kind::final_pass};
    if (name == "canonical") return Criterion{Kind::canonical};
    return Criterion{Kind::unknown};
  }

  /// Criteria and their values in turn; "=" may stand between them.
  static std::vector<std::string> match_words(std::string_view text) {
    std::vector<std::string> words;
    while (!(text = trimmed(text)).empty() && text.front() != '#') {
      const auto end = std::min(text.find_first_of(" \t="), text.size());
      words.emplace_back(text.substr(0, end));
      const auto name = lower(words.back().substr(words.back().starts_with('!') ? 1 : 0));
      text = trimmed(text.substr(end));
      const auto criterion = criterion_of(name);
      if (!criterion || !has_value(*criterion)) continue;
      if (text.starts_with('=')) text = trimmed(text.substr(1));
      const bool quoted = text.starts_with('"');
      const auto close = quoted ? text.find('"', 1) : text.find_first_of(" \t");
      const auto stop = std::min(close, text.size());
      words.emplace_back(text.substr(quoted ? 1 : 0, stop - (quoted ? 1 : 0)));
      text.remove_prefix(std::min(stop + (quoted ? 1 : 0), text.size()));
    }
    return words;
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
      const auto files = include_(pattern);
      if (files.empty())
        notes_.push_back(fmt::format("{}:{}: Include {} matches no file, so hosts may be missing",
                                     excerpt(name), number, excerpt(without_secrets(pattern))));
      for (const auto& included : files) {
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
    for (const auto& condition : conditions_)
      for (const auto& criterion : condition.criteria)
        asks_for_final_pass_ =
            asks_for_final_pass_ || criterion.kind == Criterion::Kind::final_pass;
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      const auto& [conditions, block] = blocks_[i];
      const auto* last = conditions.empty() ? nullptr : &conditions_[conditions.back()];
      const bool decides = last && !last->criteria.empty();  // here, whatever comes later
      if (!decides && block.empty()) continue;
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

  bool holds(const Condition& condition, const std::string& host, const SshSettings& so_far,
             bool final_pass) const {
    if (!condition.patterns.empty()) return matches_patterns(host, condition.patterns);
    return std::ranges::all_of(condition.criteria, [&](const Criterion& criterion) {
      if (criterion.kind == Criterion::Kind::unknown) return false;
      return meets(criterion, host, so_far, final_pass) != criterion.negated;
    });
  }

  bool meets(const Criterion& criterion, const std::string& host, const SshSettings& so_far,
             bool final_pass) const {
    switch (criterion.kind) {
      case Criterion::Kind::host:
        return matches_patterns(
            lower(so_far.host_name ? expanded_host_name(*so_far.host_name, host) : host),
            criterion.patterns);
      case Criterion::Kind::original_host: return matches_patterns(lower(host), criterion.patterns);
      case Criterion::Kind::user:
        return matches_patterns(so_far.user.value_or(local_user_), criterion.patterns);
      case Criterion::Kind::local_user: return matches_patterns(local_user_, criterion.patterns);
      case Criterion::Kind::final_pass:
      case Criterion::Kind::canonical: return final_pass;
      case Criterion::Kind::unknown: break;
    }
    return false;
  }

  SshSettings settings_for(const std::string& host) const {
    static const std::vector<std::size_t> kNone;
    const auto found = by_name_.find(host);
    const auto& own = found == by_name_.end() ? kNone : found->second;
    std::vector<std::size_t> order;
    std::ranges::merge(own, always_, std::back_inserter(order));
    SshSettings settings;
    add_blocks(order, host, false, settings);
    const bool canonical = settings.canonicalize.value_or("no") != "no";
    if (!canonical && !asks_for_final_pass_) return settings;
    settings.host_name = canonical_name(settings, host);
    add_blocks(order, host, true, settings);
    return settings;
  }

  void add_blocks(const std::vector<std::size_t>& order, const std::string& host, bool final_pass,
                  SshSettings& settings) const {
    std::unordered_map<std::size_t, bool> known;  // a condition is judged once, where it stands
    const auto holds_here = [&](std::size_t id) {
      const auto [condition, is_new] = known.try_emplace(id);
      if (is_new) condition->second = holds(conditions_[id], host, settings, final_pass);
      return condition->second;
    };
    for (const auto i : order)
      if (std::ranges::all_of(blocks_[i].conditions, holds_here)) settings.add(blocks_[i].settings);
  }

  /// What ssh looks up: with CanonicalizeHostname, a name with few dots in the canonical domain.
  /// Of several domains only a look-up can tell which one it is; then the name stays.
  static std::string canonical_name(const SshSettings& settings, const std::string& host) {
    auto name = expanded_host_name(settings.host_name.value_or(host), host);
    const bool proxied = !settings.proxy().empty() && settings.canonicalize != "always";
    if (settings.canonicalize.value_or("no") == "no" || proxied || !settings.domains ||
        settings.domains->find(' ') != npos || is_none(*settings.domains) ||
        std::ranges::count(name, '.') > 1 || name.ends_with('.') || Address::parse(name))
      return name;
    return name + '.' + *settings.domains;
  }

  void emit(const Named& named, const SshSettings& settings, const EntrySink& sink) {
    Entry entry{.host = named.host, .kind = Entry::Kind::plain};
    entry.line = named.line;
    entry.column = named.column;
    const auto connect =
        lower(expanded_host_name(settings.host_name.value_or(named.host), named.host));
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
  std::size_t included_ = 0;  ///< files
  bool too_deep_ = false;     ///< ... they nest, which is said once
  bool asks_for_final_pass_ = false;
  std::string local_user_ = local_user();
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
