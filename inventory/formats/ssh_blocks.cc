#include "inventory/formats/ssh_blocks.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/ascii.h"
#include "base/input_error.h"
#include "base/lines.h"
#include "base/secrets.h"
#include "inventory/formats/ssh_condition.h"
#include "inventory/formats/ssh_settings.h"

namespace fleetscan::inventory {
namespace {

constexpr int kMaxIncludes = 16;  // as deep as ssh(1) goes
constexpr std::size_t kMaxIncludedFiles = 10'000;

bool is_none(const std::string& value) { return lower(value) == "none"; }

std::string local_user() {
  const auto* entry = getpwuid(getuid());
  return entry ? entry->pw_name : "";
}

std::string unquoted(std::string_view value) {
  const auto words = ssh_words(value);
  return words ? fmt::format("{}", fmt::join(*words, " ")) : std::string{value};
}

/// What ssh looks up: with CanonicalizeHostname, a name with few dots in the canonical domain.
/// Of several domains only a look-up can tell which one it is; then the name stays.
std::string canonical_name(const SshSettings& settings, const std::string& host) {
  auto name = expanded_host_name(settings.host_name.value_or(host), host);
  const bool proxied = !settings.proxy().empty() && settings.canonicalize != "always";
  if (settings.canonicalize.value_or("no") == "no" || proxied || !settings.domains ||
      settings.domains->find(' ') != npos || is_none(*settings.domains) ||
      std::ranges::count(name, '.') > 1 || name.ends_with('.') || Address::parse(name))
    return name;
  return name + '.' + *settings.domains;
}

}  // namespace

SshBlocks::SshBlocks(const SshConfigFile& file, const SshInclude& include,
                     const std::vector<std::string>& label_from, InputErrors& errors,
                     std::vector<std::string>& notes)
    : include_(include), errors_(errors), notes_(notes), local_user_(local_user()) {
  for (const auto& name : label_from) label_names_.emplace(lower(name), name);
  read(file, 0);
  index();
}

void SshBlocks::read(const SshConfigFile& file, int depth) {
  const auto outer = current_;
  new_block(outer);
  for_each_line(file.text, [&](std::string_view line, std::uint32_t number) {
    name_ = file.name;
    number_ = number;
    this->line(line, outer, depth);
  });
  new_block(outer);
}

void SshBlocks::fail(std::string_view text, std::string remedy) {
  errors_.add({name_, number_, 0, std::string{text}, std::move(remedy)});
}

void SshBlocks::new_block(Conditions conditions) {
  current_ = conditions;
  blocks_.emplace_back().conditions = std::move(conditions);
}

void SshBlocks::begin(const Conditions& outer, SshCondition condition) {
  auto conditions = outer;
  conditions.push_back(conditions_.size());
  conditions_.push_back(std::move(condition));
  new_block(std::move(conditions));
}

void SshBlocks::line(std::string_view text, const Conditions& outer, int depth) {
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

void SshBlocks::host(const std::vector<std::string>& words, const Conditions& outer,
                     std::string_view line) {
  begin(outer, SshCondition(words));
  for (const auto& word : words) {
    if (is_ssh_pattern(word) || !listed_.insert(word).second) continue;
    const auto at = line.find(word);
    named_.push_back({word, name_, number_, at == npos ? 0 : static_cast<std::uint32_t>(at + 1)});
  }
}

void SshBlocks::match(std::string_view text, const Conditions& outer) {
  SshCondition condition(text);
  if (condition.has_unknown()) ++ignored_matches_;
  asks_for_final_pass_ = asks_for_final_pass_ || condition.asks_for_final_pass();
  begin(outer, std::move(condition));
}

void SshBlocks::includes(const std::vector<std::string>& patterns, int depth) {
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
      read(included, depth + 1);
    }
  }
  name_ = name;
  number_ = number;
  new_block(inside);
}

/// Finds the blocks that may hold for a host without trying all: those whose innermost Host line
/// has no wildcard, by name; all others always.
void SshBlocks::index() {
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    const auto& [conditions, block] = blocks_[i];
    const auto* last = conditions.empty() ? nullptr : &conditions_[conditions.back()];
    const bool decides = last && last->has_criteria();  // here, whatever comes later
    if (!decides && block.empty()) continue;
    const bool literal =
        last && !last->patterns().empty() && std::ranges::none_of(last->patterns(), is_ssh_pattern);
    if (!literal) {
      always_.push_back(i);
      continue;
    }
    for (const auto& name : last->patterns()) {
      auto& list = by_name_[name];
      if (list.empty() || list.back() != i) list.push_back(i);
    }
  }
}

SshSettings SshBlocks::settings_for(const std::string& host, const SshSettings& given) const {
  auto settings = given;
  add_blocks({host, host, local_user_}, settings);
  const bool canonical = settings.canonicalize.value_or("no") != "no";
  if (!canonical && !asks_for_final_pass_) return settings;
  settings.host_name = lower(canonical_name(settings, host));
  add_blocks({host, *settings.host_name, local_user_, true}, settings);
  return settings;
}

void SshBlocks::add_blocks(const SshSituation& situation, SshSettings& settings) const {
  static const std::vector<std::size_t> kNone;
  const auto found = by_name_.find(situation.host);
  const auto& own = found == by_name_.end() ? kNone : found->second;
  std::vector<std::size_t> order;
  std::ranges::merge(own, always_, std::back_inserter(order));
  std::unordered_map<std::size_t, bool> known;  // a condition is judged once, where it stands
  const auto holds_here = [&](std::size_t id) {
    const auto [condition, is_new] = known.try_emplace(id);
    if (is_new) condition->second = conditions_[id].holds(situation, settings);
    return condition->second;
  };
  for (const auto i : order)
    if (std::ranges::all_of(blocks_[i].conditions, holds_here)) settings.add(blocks_[i].settings);
}

}  // namespace fleetscan::inventory
