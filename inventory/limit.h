#pragma once
// Limit: Ansible's pattern language for hosts: "web:&fra:!canary", "db*", "~db[0-9]+", "web[0:4]".

#include <cstdint>
#include <functional>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace fleetscan::inventory {

/// A group and all its hosts, in the order in which a subscript counts them.
struct LimitGroup {
  std::string name;
  std::vector<std::string> hosts;
};

/// First parsed, then bound to the groups and hosts that there are, then asked.
///
/// As in Ansible: terms are joined by ',' or ':'; those without a sign are united, then those with
/// '&' intersected, then those with '!' taken out; a term names groups by glob or '~' regular
/// expression, and hosts where no group matches or it has a wildcard; "@FILE" stands for the terms
/// in its lines. Unlike Ansible, host names
/// compare without case.
class Limit {
 public:
  /// @param list  what the term "@FILE" stands for: the text of that file, a term a line
  /// @return the words that cannot be understood, instead
  using List = std::function<std::optional<std::string>(const std::string& path)>;
  [[nodiscard]] static std::variant<Limit, std::string> parse(std::string_view text,
                                                              const List& list = {});

  /// Whether some term has a subscript: only then bind() needs hosts in the groups.
  [[nodiscard]] bool has_subscript() const;

  /// Whether a term may match addresses, so that ranges must be asked address by address.
  [[nodiscard]] bool looks_at_hosts() const;

  /// @param groups  all but "all" and "ungrouped" may be left out if there are none
  /// @param hosts   names in lower case, in the order of the inventory
  void bind(const std::vector<LimitGroup>& groups, const std::vector<std::string>& hosts);

  /// For each term one bit: whether a host of these groups is in it by a group.
  /// @param label  comma-joined names, as in the label "group"; "all" and "ungrouped" are implied
  [[nodiscard]] std::uint64_t by_groups(std::string_view label) const;

  /// @param group_bits  what by_groups() says about the host's groups
  [[nodiscard]] bool selects(std::string_view host, std::uint64_t group_bits);

  /// Terms that were in no host of all that were asked for.
  [[nodiscard]] std::vector<std::string> unmatched() const;

 private:
  struct Subscript {
    long first = 0;
    std::optional<long> last = {};  ///< nothing: a single one
    bool open = false;              ///< "[2:]"
  };
  struct Term {
    char sign = 0;  ///< '&', '!' or 0
    std::string text;
    std::optional<std::regex> regex = {};
    std::optional<Subscript> subscript = {};
    std::set<std::string> names = {};   ///< of "@FILE", in lower case
    bool exact_host = false;            ///< a host has this very name, which then wins over groups
    bool matches_hosts = true;          ///< not only groups
    bool matched = false;               ///< some host, or an empty group
    std::set<std::string> picked = {};  ///< by the subscript
  };

  [[nodiscard]] static bool matches(const Term& term, std::string_view text);
  [[nodiscard]] static std::optional<std::string> add_term(std::string text, Limit& limit);
  [[nodiscard]] static std::optional<std::string> add_list(const std::string& text,
                                                           const List& list, Limit& limit);
  static void pick(Term& term, const std::vector<LimitGroup>& groups,
                   const std::vector<std::string>& hosts);

  std::vector<Term> terms_;
};

}  // namespace fleetscan::inventory
