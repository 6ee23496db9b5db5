#include "reports/summary/condition.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "base/input_error.h"
#include "base/spelling.h"
#include "inventory/labels.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::summary {
namespace {

constexpr std::pair<std::string_view, Measure> kMeasures[] = {
    {"failing", Measure::failing},
    {"unreachable", Measure::unreachable},
    {"reachable", Measure::reachable},
    {"degraded", Measure::degraded},
    {"unknown", Measure::unknown},
    {"new", Measure::fresh},
    {"recovered", Measure::recovered},
    {"flapping", Measure::flapping},
    {"key_changed", Measure::key_changed},
    {"software_changed", Measure::software_changed},
    {"added", Measure::added},
    {"removed", Measure::removed},
    {"dark_subnets", Measure::dark_subnets},
    {"certificate.days", Measure::certificate_days},
    {"certificate.bad", Measure::certificate_bad},
    {"sshfp.mismatch", Measure::sshfp_mismatch},
    {"sshfp.missing", Measure::sshfp_missing},
    {"subnet.max_failing", Measure::subnet_max_failing},
    {"partial", Measure::partial},
};

// Two characters before one, so that ">=" is not read as ">".
constexpr std::pair<std::string_view, Comparator> kComparators[] = {
    {">=", Comparator::at_least},  {"<=", Comparator::at_most}, {"==", Comparator::equal},
    {"!=", Comparator::different}, {">", Comparator::above},    {"<", Comparator::below},
};

constexpr std::string_view kClass = "class.";
constexpr std::string_view kLabel = "label.";
constexpr std::string_view kLabelEnd = ".failing";
constexpr std::string_view kVantage = "vantage.";

std::string meant(std::string_view word, const std::vector<std::string>& names) {
  const auto near = closest(word, names);
  return near ? "; did you mean " + *near + "?" : "";
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::variant<Condition, InputError> parse() {
    skip_blanks();
    // A label's value may hold anything, operators included: its end is the last ".failing".
    auto name = text_.substr(at_, text_.find_first_of(" \t<>=!", at_) - at_);
    if (text_.substr(at_).starts_with(kLabel)) {
      const auto end = text_.rfind(kLabelEnd);
      if (end == text_.npos || end < at_ + kLabel.size())
        return error(text_.substr(at_), "must be label.KEY=VALUE.failing");
      name = text_.substr(at_, end + kLabelEnd.size() - at_);
    }
    if (auto fault = take_measure(name)) return *fault;
    at_ += name.size();
    skip_blanks();
    if (auto fault = take_comparator()) return *fault;
    skip_blanks();
    if (auto fault = take_limit()) return *fault;
    skip_blanks();
    if (at_ < text_.size())
      return error(text_.substr(at_), "an expression is one comparison; repeat --fail-if for more");
    return condition_;
  }

 private:
  std::optional<InputError> take_measure(std::string_view name) {
    condition_.text = name;
    if (name.empty())
      return error(text_.substr(at_), "must start with a measure, as in failing > 0");
    if (name.starts_with(kClass)) return take_class(name.substr(kClass.size()));
    if (name.starts_with(kLabel)) return take_label(name);
    if (name.starts_with(kVantage)) return take_vantage(name);
    const auto found =
        std::ranges::find(kMeasures, name, [](const auto& row) { return row.first; });
    if (found != std::end(kMeasures)) {
      condition_.measure = found->second;
      return std::nullopt;
    }
    auto near = meant(name, measure_names());
    if (near.empty() && probe::parse_outcome(name))
      near = "; did you mean class." + std::string(name) + "?";
    return error(name, "no such measure" + (near.empty() ? "; see --help" : near));
  }

  std::optional<InputError> take_class(std::string_view name) {
    const auto outcome = probe::parse_outcome(name);
    condition_.measure = Measure::in_class;
    condition_.outcome = outcome.value_or(probe::Outcome::ok);
    if (outcome) return std::nullopt;
    std::vector<std::string> names;
    for (const auto& row : probe::outcomes()) names.emplace_back(row.name);
    at_ += kClass.size();
    return error(name, "no such class" + meant(name, names));
  }

  std::optional<InputError> take_label(std::string_view name) {
    name.remove_prefix(kLabel.size());
    name.remove_suffix(kLabelEnd.size());
    condition_.measure = Measure::label_failing;
    condition_.label = name;
    if (inventory::parse_label(name)) return std::nullopt;
    at_ += kLabel.size();
    return error(name, "must be KEY=VALUE");
  }

  std::optional<InputError> take_vantage(std::string_view name) {
    condition_.measure = Measure::vantage_failing;
    const bool whole =
        name.ends_with(kLabelEnd) && name.size() > kVantage.size() + kLabelEnd.size();
    if (!whole) return error(name, "must be vantage.NAME.failing");
    name.remove_prefix(kVantage.size());
    name.remove_suffix(kLabelEnd.size());
    condition_.label = name;
    return std::nullopt;
  }

  std::optional<InputError> take_comparator() {
    for (const auto& [sign, comparator] : kComparators) {
      if (!text_.substr(at_).starts_with(sign)) continue;
      condition_.comparator = comparator;
      ((condition_.text += ' ') += sign) += ' ';
      at_ += sign.size();
      return std::nullopt;
    }
    return error(text_.substr(at_), "expected one of > >= < <= == != here");
  }

  std::optional<InputError> take_limit() {
    const auto* begin = text_.data() + at_;
    const auto [end, fault] = std::from_chars(begin, text_.data() + text_.size(), condition_.limit,
                                              std::chars_format::fixed);
    condition_.percent = fault == std::errc{} && end != text_.data() + text_.size() && *end == '%';
    const auto size = static_cast<std::size_t>(end - begin) + (condition_.percent ? 1 : 0);
    const auto most = condition_.percent ? 100.0 : 1e15;
    if (condition_.percent && condition_.measure == Measure::certificate_days)
      return error(text_.substr(at_), "must be a number of days");
    if (fault != std::errc{} || !(condition_.limit >= 0 && condition_.limit <= most))
      return error(text_.substr(at_), "must be a count, or a percentage from 0% to 100%");
    condition_.text += text_.substr(at_, size);
    at_ += size;
    return std::nullopt;
  }

  void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t", at_), text_.size()); }

  [[nodiscard]] InputError error(std::string_view word, std::string remedy) const {
    return {"--fail-if", 0, static_cast<std::uint32_t>(at_ + 1), std::string(word),
            std::move(remedy)};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Condition condition_;
};

}  // namespace

bool Condition::holds(double value) const {
  switch (comparator) {
    case Comparator::above: return value > limit;
    case Comparator::at_least: return value >= limit;
    case Comparator::below: return value < limit;
    case Comparator::at_most: return value <= limit;
    case Comparator::equal: return value == limit;
    case Comparator::different: return value != limit;
  }
  return false;
}

bool needs_history(Measure measure) {
  switch (measure) {
    case Measure::recovered:
    case Measure::flapping:
    case Measure::key_changed:
    case Measure::software_changed:
    case Measure::added:
    case Measure::removed:
    case Measure::dark_subnets: return true;
    case Measure::failing:
    case Measure::unreachable:
    case Measure::reachable:
    case Measure::degraded:
    case Measure::unknown:
    case Measure::fresh:
    case Measure::certificate_days:
    case Measure::certificate_bad:
    case Measure::sshfp_mismatch:
    case Measure::sshfp_missing:
    case Measure::in_class:
    case Measure::subnet_max_failing:
    case Measure::label_failing:
    case Measure::partial:
    case Measure::vantage_failing: return false;
  }
  return false;
}

std::vector<std::string> measure_names() {
  std::vector<std::string> names;
  for (const auto& row : kMeasures) names.emplace_back(row.first);
  names.insert(names.end(), {"class.NAME", "label.KEY=VALUE.failing", "vantage.NAME.failing"});
  return names;
}

std::variant<Condition, InputError> parse_condition(std::string_view text) {
  return Parser(text).parse();
}

}  // namespace fleetscan::summary
