#include "inventory/limit.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/ascii.h"
#include "base/glob.h"
#include "base/lines.h"

namespace fleetscan::inventory {
namespace {

constexpr std::size_t kMaxTerms = 64;  // one bit each

// Backtracking takes exponential time for "(a?)+b" and its kind; libstdc++ can do without, where
// there are no back-references.
#ifdef __GLIBCXX__
constexpr auto kRegexFlags = std::regex::ECMAScript | std::regex_constants::__polynomial;
#else
constexpr auto kRegexFlags = std::regex::ECMAScript;
#endif

/// "web01:22": Ansible takes a colon before digits for a port, not for a separator.
bool has_port(std::string_view text) {
  const auto colon = text.find(':');
  return colon != npos && colon + 1 < text.size() && colon > 0 &&
         text.find_first_not_of("0123456789", colon + 1) == npos &&
         text.find_first_of("&!*?~[") == npos;
}

/// "[2001:db8::1]:22"
bool is_bracketed(std::string_view text) {
  const auto close = text.find(']');
  return text.starts_with('[') && close != npos && Address::parse(text.substr(1, close - 1));
}

/// A host of a list of targets, as `--failing` writes it.
std::string_view without_port(std::string_view text) {
  if (is_bracketed(text)) return text.substr(1, text.find(']') - 1);
  return has_port(text) ? text.substr(0, text.find(':')) : text;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> terms;
  const bool commas = text.find(',') != npos;
  if (!commas && (Address::parse(text) || has_port(text))) return {std::string{text}};
  std::string term;
  int depth = 0;
  for (const char c : text) {
    if (!commas && c == '[') ++depth;
    if (!commas && c == ']' && depth > 0) --depth;
    const bool ends = commas ? c == ',' : depth == 0 && (c == ':' || c == ' ' || c == '\t');
    if (!ends) {
      term += c;
      continue;
    }
    terms.push_back(term);
    term.clear();
  }
  terms.push_back(term);
  for (auto& one : terms) one = trimmed(one);
  std::erase(terms, "");
  return terms;
}

}  // namespace

std::variant<Limit, std::string> Limit::parse(std::string_view text, const List& list) {
  Limit limit;
  for (auto& term : split(text))
    if (auto wrong =
            term.starts_with('@') ? add_list(term, list, limit) : add_term(std::move(term), limit))
      return *std::move(wrong);
  if (limit.terms_.empty() || limit.terms_.size() >= kMaxTerms) return std::string{text};
  if (std::ranges::none_of(limit.terms_, [](const Term& term) { return term.sign == 0; }))
    limit.terms_.push_back({.text = "all"});
  return limit;
}

std::optional<std::string> Limit::add_term(std::string text, Limit& limit) {
  static const std::regex kSubscript{R"((.+)\[(?:(-?[0-9]{1,9})|([0-9]{1,9})[:-]([0-9]{0,9}))\])"};
  Term term;
  const auto whole = text;
  if (text.front() == '&' || text.front() == '!') {
    term.sign = text.front();
    text.erase(0, 1);
  }
  constexpr std::size_t kMaxTerm = 1000;
  if (text.empty() || text.size() > kMaxTerm) return whole;
  term.text = text;
  std::smatch match;
  if (text.front() == '~') {
    try {
      term.regex = std::regex{text.substr(1), kRegexFlags};
    } catch (const std::regex_error&) {
      return whole;
    }
  } else if (std::regex_match(text, match, kSubscript)) {
    term.text = match[1];
    Subscript subscript;
    if (match[2].matched) {
      subscript.first = std::atol(match[2].str().c_str());
    } else {
      subscript.first = std::atol(match[3].str().c_str());
      const long last = std::atol(match[4].str().c_str());
      subscript.open = match[4].length() == 0;
      if (subscript.open || last != 0) subscript.last = last;  // "[3:0]" is "[3]" to Ansible
    }
    term.subscript = subscript;
  }
  limit.terms_.push_back(std::move(term));
  return std::nullopt;
}

// A file may name more hosts than there may be terms: its plain names are one term together.
std::optional<std::string> Limit::add_list(const std::string& text, const List& list,
                                           Limit& limit) {
  const auto content = list ? list(text.substr(1)) : std::nullopt;
  if (!content) return text;
  Term names{.text = text};
  for (std::string_view rest = *content; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    auto line = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty() || line.starts_with('#')) continue;
    if (line.find_first_of("&!*?~[,") != npos && !is_bracketed(line)) {
      if (auto wrong = add_term(std::string{line}, limit)) return wrong;
      continue;
    }
    names.names.insert(lower(without_port(line)));
  }
  limit.terms_.push_back(std::move(names));
  return std::nullopt;
}

bool Limit::matches(const Term& term, std::string_view text) {
  if (!term.names.empty()) return term.names.contains(lower(text));
  if (!term.regex) return matches_glob(text, term.text);
  return std::regex_search(text.begin(), text.end(), *term.regex,
                           std::regex_constants::match_continuous);
}

bool Limit::has_subscript() const {
  return std::ranges::any_of(terms_, [](const Term& term) { return term.subscript.has_value(); });
}

bool Limit::looks_at_hosts() const {
  return std::ranges::any_of(terms_, [](const Term& term) { return term.matches_hosts; });
}

void Limit::pick(Term& term, const std::vector<LimitGroup>& groups,
                 const std::vector<std::string>& hosts) {
  std::vector<std::string> found;
  for (const auto& group : groups)
    if (matches(term, group.name))
      found.insert(found.end(), group.hosts.begin(), group.hosts.end());
  if (term.matches_hosts)
    for (const auto& host : hosts)
      if (matches(term, host)) found.push_back(host);
  const auto size = static_cast<long>(found.size());
  const auto& [first, last, open] = *term.subscript;
  const auto begin = !last && first < 0 ? first + size : first;
  const auto end = !last ? begin + 1 : open ? size : *last + 1;
  for (auto i = begin; i >= 0 && i < std::min(size, end); ++i)
    term.picked.insert(found[static_cast<std::size_t>(i)]);
}

void Limit::bind(const std::vector<LimitGroup>& groups, const std::vector<std::string>& hosts) {
  const std::unordered_set<std::string_view> names(hosts.begin(), hosts.end());
  for (auto& term : terms_) {
    const bool any_group = std::ranges::any_of(
        groups, [&](const LimitGroup& group) { return matches(term, group.name); });
    term.matched = any_group && !term.subscript;
    term.matches_hosts = !any_group || term.regex || term.text.find_first_of(".?*[") != npos;
    const auto name = lower(term.text);
    term.exact_host = term.sign == 0 && term.names.empty() && !term.subscript && !term.regex &&
                      names.contains(name);
    term.matches_hosts = term.matches_hosts || !term.names.empty();
    if (!any_group && !term.regex && term.names.empty()) term.text = name;
    if (term.subscript) pick(term, groups, hosts);
  }
}

std::vector<std::string> Limit::unmatched() const {
  std::vector<std::string> result;
  for (const auto& term : terms_)
    if (!term.matched) result.push_back(term.text);
  return result;
}

std::uint64_t Limit::by_groups(std::string_view label) const {
  std::uint64_t bits = 0;
  const auto mark = [&](std::string_view group) {
    for (std::size_t i = 0; i < terms_.size(); ++i)
      if (!terms_[i].subscript && matches(terms_[i], group)) bits |= std::uint64_t{1} << i;
  };
  mark("all");
  if (label.empty()) mark("ungrouped");
  while (!label.empty()) {
    const auto comma = std::min(label.find(','), label.size());
    mark(label.substr(0, comma));
    label.remove_prefix(std::min(comma + 1, label.size()));
  }
  return bits;
}

bool Limit::selects(std::string_view host, std::uint64_t group_bits) {
  bool selected = false, kept = true;
  for (std::size_t i = 0; i < terms_.size(); ++i) {
    auto& term = terms_[i];
    bool in = false;
    if (term.subscript)
      in = term.picked.contains(std::string{host});
    else if (term.exact_host)
      in = lower(term.text) == host;
    else
      in = (group_bits >> i & 1) != 0 || (term.matches_hosts && matches(term, host));
    term.matched = term.matched || in;
    if (term.sign == 0) selected = selected || in;
    if (term.sign == '&') kept = kept && in;
    if (term.sign == '!') kept = kept && !in;
  }
  return selected && kept;
}

}  // namespace fleetscan::inventory
