#pragma once
// The conditions of ssh_config(5) under which a block holds: patterns of Host, criteria of Match.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "inventory/formats/ssh_settings.h"

namespace fleetscan::inventory {

/// What conditions are held against.
struct SshSituation {
  std::string original;    ///< the host as it was asked for
  std::string host;        ///< the same in the first pass; in the final one what ssh connects to
  std::string local_user;  ///< who asks
  bool final_pass = false;
};

class SshCondition {
 public:
  /// Of a Host line.
  explicit SshCondition(std::vector<std::string> patterns) : patterns_(std::move(patterns)) {}
  /// Of what follows Match: criteria and their values in turn; "=" may stand between them.
  explicit SshCondition(std::string_view match);

  /// Whether the block holds, given what is settled so far. A criterion that is not evaluated here
  /// (exec, tagged, localnetwork...) never holds.
  [[nodiscard]] bool holds(const SshSituation& situation, const SshSettings& so_far) const;

  /// The patterns of a Host line; empty for Match.
  [[nodiscard]] const std::vector<std::string>& patterns() const { return patterns_; }
  [[nodiscard]] bool has_criteria() const { return !criteria_.empty(); }
  [[nodiscard]] bool asks_for_final_pass() const;
  [[nodiscard]] bool has_unknown() const;

 private:
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

  static bool has_value(const Criterion& criterion);
  static std::vector<std::string> values(std::string_view list, Criterion::Kind kind);
  static std::optional<Criterion> criterion_of(std::string_view name);
  static std::vector<std::string> match_words(std::string_view text);
  static bool meets(const Criterion& criterion, const SshSituation& situation,
                    const SshSettings& so_far);
  [[nodiscard]] bool has(Criterion::Kind kind) const;

  std::vector<std::string> patterns_;  ///< one matches, and no negated one
  std::vector<Criterion> criteria_;    ///< all hold
};

/// Whether ssh takes `word` of a Host line for a pattern rather than a name.
[[nodiscard]] bool is_ssh_pattern(std::string_view word);

}  // namespace fleetscan::inventory
