#include "reports/summary/baseline.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/input_error.h"
#include "base/lines.h"
#include "base/spelling.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/outcome_family.h"
#include "scanner/probe/result.h"

namespace fleetscan::summary {
namespace {

constexpr std::string_view kBlanks = " \t";

bool plain(char c) { return c > ' ' && c < 0x7f && c != '#' && c != '%'; }

std::string encoded(std::string_view raw) {
  std::string text;
  for (const char c : raw)
    if (plain(c))
      text += c;
    else
      text += fmt::format("%{:02x}", static_cast<unsigned char>(c));
  return text;
}

std::optional<std::string> decoded(std::string_view text) {
  std::string raw;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      raw += text[i];
      continue;
    }
    unsigned byte = 0;
    const auto digits = text.substr(i + 1, 2);
    const auto [end, fault] =
        std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (digits.size() < 2 || fault != std::errc{} || end != digits.data() + 2) return std::nullopt;
    raw += static_cast<char>(byte);
    i += 2;
  }
  return raw;
}

bool covers(std::string_view pattern, probe::Outcome outcome) {
  if (pattern.ends_with('*'))
    return probe::to_string(outcome).starts_with(pattern.substr(0, pattern.size() - 1));
  const auto accepted = probe::parse_outcome(pattern);
  return accepted && probe::family_of(*accepted) == probe::family_of(outcome);
}

/// Why no failing class is covered; empty if one is.
std::string class_fault(std::string_view pattern) {
  std::vector<std::string> names;
  for (const auto& row : probe::outcomes()) {
    if (row.state != probe::State::unreachable) continue;
    if (covers(pattern, *probe::parse_outcome(row.name))) return {};
    names.emplace_back(row.name);
  }
  const auto near = closest(pattern, names);
  return "must be a class of failures, as in connect_refused or connect_*" +
         (near ? "; did you mean " + *near + "?" : std::string());
}

/// The words of one line, one after the other.
class LineParser {
 public:
  LineParser(std::string_view line, std::uint32_t number, const std::string& source,
             InputErrors& errors)
      : line_(line), number_(number), source_(source), errors_(errors) {}

  void parse(Baseline& baseline, std::vector<std::string>& above) {
    const auto target = decoded(word());
    if (!target || target->find(':') == std::string::npos)
      return fail("a target is host:port; nonprintable bytes are written %XX");
    const std::string pattern(word());
    if (const auto fault = class_fault(pattern); !fault.empty()) return fail(fault);
    const auto since = parse_date(word());
    if (!since) return fail("must be the day since when it is accepted, as in 2026-11-20");
    const auto expires = word();
    AcceptedFailure entry{*since, parse_date(expires), {}, {}};
    if (!entry.expires && expires != "-") return fail("must be the expiry date, or - for never");
    if (baseline.find_exactly(*target, pattern))
      return fail("this target and class are already listed above; remove one of the two lines", 0);
    entry.reason = trimmed(line_.substr(at_));
    entry.above = std::exchange(above, {});
    baseline.insert(*target, pattern, std::move(entry));
  }

 private:
  std::string_view word() {
    const auto begin = line_.find_first_not_of(kBlanks, at_);
    begin_ = std::min(begin, line_.size());
    at_ = std::min(line_.find_first_of(kBlanks, begin_), line_.size());
    return line_.substr(begin_, at_ - begin_);
  }

  void fail(const std::string& remedy) { fail(remedy, begin_); }
  void fail(const std::string& remedy, std::size_t where) {
    errors_.add({source_, number_, static_cast<std::uint32_t>(where + 1),
                 std::string(line_.substr(where, at_ - where)), remedy});
  }

  std::string_view line_;
  std::uint32_t number_;
  const std::string& source_;
  InputErrors& errors_;
  std::size_t begin_ = 0;
  std::size_t at_ = 0;
};

void append_lines(std::string& out, const std::vector<std::string>& lines) {
  for (const auto& line : lines) (out += line) += '\n';
}

}  // namespace

std::optional<Date> parse_date(std::string_view text) {
  int year = 0;
  unsigned month = 0, day = 0;
  const auto part = [&](std::size_t begin, std::size_t size, auto& into) {
    const auto* first = text.data() + begin;
    return std::from_chars(first, first + size, into).ptr == first + size && *first != '-';
  };
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !part(0, 4, year) ||
      !part(5, 2, month) || !part(8, 2, day))
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                         std::chrono::day{day}};
  if (!date.ok()) return std::nullopt;
  return Date{date};
}

std::string to_string(Date date) {
  const std::chrono::year_month_day day{date};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

Date date_of(WallTime time) { return std::chrono::floor<std::chrono::days>(time); }

Baseline Baseline::parse(std::string_view text, const std::string& source, InputErrors& errors) {
  Baseline baseline;
  std::vector<std::string> comments;
  bool at_top = true;
  for_each_line(text, [&](std::string_view line, std::uint32_t number) {
    line = line.substr(0, line.find_last_not_of(" \t\r") + 1);  // would not survive being written
    const auto content = trimmed(line);
    if (const auto* fault = line_fault(line)) {
      errors.add({source, number, 0, {}, fault});
    } else if (content.starts_with('#')) {
      comments.emplace_back(content);
    } else if (content.empty()) {
      if (std::exchange(at_top, false) && !comments.empty())
        baseline.head_ = std::exchange(comments, {});
    } else {
      at_top = false;
      LineParser(line, number, source, errors).parse(baseline, comments);
    }
  });
  if (!comments.empty()) (at_top ? baseline.head_ : baseline.tail_) = std::move(comments);
  return baseline;
}

std::string Baseline::text() const {
  std::string out;
  append_lines(out, head_);
  out += '\n';
  for (const auto& [key, entry] : entries_) {
    append_lines(out, entry.above);
    out += fmt::format("{}  {}  {}  {}", encoded(key.first), key.second, to_string(entry.since),
                       entry.expires ? to_string(*entry.expires) : "-");
    if (!entry.reason.empty()) out += "  " + entry.reason;
    out += '\n';
  }
  append_lines(out, tail_);
  return out;
}

const AcceptedFailure* Baseline::find(const std::string& target, probe::Outcome outcome) const {
  const auto name = probe::to_string(outcome);
  const AcceptedFailure* best = nullptr;
  std::size_t length = 0;
  for (auto at = entries_.lower_bound({target, ""}); at != entries_.end(); ++at) {
    const auto& [of, pattern] = at->first;
    if (of != target) break;
    if (!covers(pattern, outcome)) continue;
    if (pattern == name) return &at->second;
    if (best && pattern.size() <= length) continue;
    best = &at->second;
    length = pattern.size();
  }
  return best;
}

const AcceptedFailure* Baseline::find_exactly(const std::string& target,
                                              const std::string& pattern) const {
  const auto found = entries_.find({target, pattern});
  return found == entries_.end() ? nullptr : &found->second;
}

void Baseline::insert(const std::string& target, const std::string& pattern,
                      AcceptedFailure entry) {
  entries_.insert_or_assign({target, pattern}, std::move(entry));
}

void BaselineCheck::add(const probe::HostResult& result) {
  const auto target = result.target.name();
  if (update_) update(target, result);
  if (result.state() != probe::State::unreachable) return;
  const auto* entry = baseline_.find(target, result.outcome);
  if (!entry) return;
  if (entry->expires && *entry->expires <= today_)
    ++known_.expired;
  else
    known_.add(result, "accepted by the baseline since " + to_string(entry->since) +
                           (entry->reason.empty() ? "" : ": " + entry->reason));
}

void BaselineCheck::update(const std::string& target, const probe::HostResult& result) {
  const auto state = result.state();
  if (state == probe::State::unknown || state == probe::State::skipped) return;
  const bool fails = state == probe::State::unreachable;
  const auto name = probe::to_string(result.outcome);
  std::string reason;
  removed_ += baseline_.prune(target, [&](const std::string& pattern, const auto& entry) {
    if (!fails || !covers(pattern, result.outcome)) return false;
    if (!entry.expires || *entry.expires > today_) return true;
    reason = entry.reason;  // accepted anew, from today on
    return false;
  });
  if (!fails || baseline_.find(target, result.outcome)) return;
  baseline_.insert(target, std::string(name), {today_, std::nullopt, reason, {}});
  ++added_;
}

}  // namespace fleetscan::summary
