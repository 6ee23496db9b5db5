#pragma once
// A Baseline lists failures that are accepted for now: a text file made to be
// read, reviewed and diffed.
//
//     # Anything after '#' on a line of its own is kept where it stands.
//     web01.example.net:22  connect_refused  2026-11-20  2026-12-31  INC-4711: replaced next week
//     10.0.0.7:22           connect_*        2026-11-20  -
//
// One entry a line: target, class, since, expires ("-": never) and a reason, which may be empty. A
// class stands for its family (scanner/probe/outcome_family.h), too. It may end in '*', and then
// stands for every class that begins so. Lines are sorted by target,
// then class. In a target, bytes that would end the word, and '#' and '%', are written %XX.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/input_error.h"
#include "reports/summary/known_failures.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::summary {

using Date = std::chrono::sys_days;

/// "2026-11-20"; nothing for any other form, or a day that no calendar has.
[[nodiscard]] std::optional<Date> parse_date(std::string_view text);
[[nodiscard]] std::string to_string(Date date);
[[nodiscard]] Date date_of(WallTime time);

struct AcceptedFailure {
  Date since = {};
  std::optional<Date> expires = {};  ///< the first day on which it is a failure again
  std::string reason = {};
  std::vector<std::string> above = {};  ///< the comment lines right above it

  bool operator==(const AcceptedFailure&) const = default;
};

/// The file's entries. Reading what text() wrote gives an equal value.
class Baseline {
 public:
  /// Reads a whole file; every fault is added to `errors`, with its place and remedy.
  [[nodiscard]] static Baseline parse(std::string_view text, const std::string& source,
                                      InputErrors& errors);
  [[nodiscard]] std::string text() const;

  /// The entry for this target and class, expired or not: an exact class before a pattern, a long
  /// pattern before a short one. Null if there is none.
  [[nodiscard]] const AcceptedFailure* find(const std::string& target,
                                            probe::Outcome outcome) const;

  /// The entry that stands there word for word; null if there is none.
  [[nodiscard]] const AcceptedFailure* find_exactly(const std::string& target,
                                                    const std::string& pattern) const;

  void insert(const std::string& target, const std::string& pattern, AcceptedFailure entry);
  /// Removes the entries of a target that `keep(pattern, entry)` does not want.
  template <typename Keep>
  std::size_t prune(const std::string& target, const Keep& keep);
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

  bool operator==(const Baseline&) const = default;

 private:
  using Key = std::pair<std::string, std::string>;  ///< target, class pattern

  std::map<Key, AcceptedFailure> entries_;
  /// Comment lines at the top, up to the first empty line.
  std::vector<std::string> head_ = {
      "# Failures that are accepted: target, class, since, expires (or -), reason."};
  std::vector<std::string> tail_;  ///< comment lines after the last entry
};

template <typename Keep>
std::size_t Baseline::prune(const std::string& target, const Keep& keep) {
  std::size_t removed = 0;
  for (auto at = entries_.lower_bound({target, ""});
       at != entries_.end() && at->first.first == target;)
    if (keep(at->first.second, at->second)) {
      ++at;
    } else {
      at = entries_.erase(at);
      ++removed;
    }
  return removed;
}

/// A baseline held against one run, result by result.
class BaselineCheck {
 public:
  /// @param update  accept every failure: entries that no longer fail, or are expired, go; new ones
  ///     come. What the run does not judge stays as it is.
  BaselineCheck(Baseline baseline, Date today, bool update)
      : baseline_(std::move(baseline)), today_(today), update_(update) {}

  void add(const probe::HostResult& result);

  [[nodiscard]] const KnownFailures& known() const { return known_; }
  [[nodiscard]] const Baseline& baseline() const { return baseline_; }  ///< as updated
  [[nodiscard]] std::uint64_t added() const { return added_; }
  [[nodiscard]] std::uint64_t removed() const { return removed_; }

 private:
  void update(const std::string& target, const probe::HostResult& result);

  Baseline baseline_;
  Date today_;
  bool update_;
  KnownFailures known_;
  std::uint64_t added_ = 0;
  std::uint64_t removed_ = 0;
};

}  // namespace fleetscan::summary
