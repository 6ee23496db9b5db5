#include "inventory/formats/ssh_condition.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/glob.h"
#include "base/lines.h"
#include "inventory/formats/ssh_settings.h"

namespace fleetscan::inventory {
namespace {

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

}  // namespace

SshCondition::SshCondition(std::string_view match) {
  const auto words = match_words(match);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool negated = words[i].starts_with('!');
    auto criterion = criterion_of(lower(words[i].substr(negated ? 1 : 0)));
    if (!criterion) continue;
    criterion->negated = negated;
    if (has_value(*criterion) && i + 1 < words.size())
      criterion->patterns = values(words[++i], criterion->kind);
    criteria_.push_back(*std::move(criterion));
  }
}

bool SshCondition::holds(const SshSituation& situation, const SshSettings& so_far) const {
  if (!patterns_.empty()) return matches_patterns(situation.host, patterns_);
  return std::ranges::all_of(criteria_, [&](const Criterion& criterion) {
    if (criterion.kind == Criterion::Kind::unknown) return false;
    return meets(criterion, situation, so_far) != criterion.negated;
  });
}

bool SshCondition::asks_for_final_pass() const { return has(Criterion::Kind::final_pass); }
bool SshCondition::has_unknown() const { return has(Criterion::Kind::unknown); }

bool SshCondition::has(Criterion::Kind kind) const {
  return std::ranges::find(criteria_, kind, &Criterion::kind) != criteria_.end();
}

bool SshCondition::has_value(const Criterion& criterion) {
  return criterion.kind != Criterion::Kind::final_pass &&
         criterion.kind != Criterion::Kind::canonical;
}

/// A comma list of patterns: hosts in lower case, users as they are.
std::vector<std::string> SshCondition::values(std::string_view list, Criterion::Kind kind) {
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

/// Nothing for "all", which always holds.
std::optional<SshCondition::Criterion> SshCondition::criterion_of(std::string_view name) {
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

std::vector<std::string> SshCondition::match_words(std::string_view text) {
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

bool SshCondition::meets(const Criterion& criterion, const SshSituation& situation,
                         const SshSettings& so_far) {
  const auto matches = [&](const std::string& value) {
    return matches_patterns(value, criterion.patterns);
  };
  switch (criterion.kind) {
    case Criterion::Kind::host:
      return matches(lower(so_far.host_name ? expanded_host_name(*so_far.host_name, situation.host)
                                            : situation.host));
    case Criterion::Kind::original_host: return matches(lower(situation.original));
    case Criterion::Kind::user: return matches(so_far.user.value_or(situation.local_user));
    case Criterion::Kind::local_user: return matches(situation.local_user);
    case Criterion::Kind::final_pass:
    case Criterion::Kind::canonical: return situation.final_pass;
    case Criterion::Kind::unknown: break;
  }
  return false;
}

bool is_ssh_pattern(std::string_view word) { return word.find_first_of("*?!") != npos; }

}  // namespace fleetscan::inventory
