#include "vantages/intake.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/input_error.h"
#include "base/json_reader.h"
#include "inventory/target.h"
#include "reports/records/result_reader.h"
#include "scanner/diagnosis/causes.h"
#include "scanner/probe/result.h"

namespace fleetscan::vantages {

void TargetBook::add(inventory::Target target) {
  numbers_.emplace(target.name(), static_cast<std::uint32_t>(targets_.size()));
  targets_.push_back(std::move(target));
}

std::size_t TargetBook::find(const std::string& name) const {
  const auto found = numbers_.find(name);
  return found == numbers_.end() ? targets_.size() : found->second;
}

std::size_t TargetBook::find(const inventory::Target& seen) const {
  if (!each_address_ || !seen.each_address) return find(seen.name());
  const auto number = find(host_and_port(seen.host, seen.port));
  return number < size() && !targets_[number].address ? number : size();
}

Intake::Intake(const TargetBook& book, OnResult on_result)
    : book_(book),
      on_result_(std::move(on_result)),
      cutter_(records::ResultReader::kMaxLineBytes,
              [this](std::string_view line, std::uint64_t, bool whole) { take_line(line, whole); }),
      expected_(book.size()),
      heard_of_(book.size()) {}

void Intake::expect(const std::vector<std::size_t>& numbers) {
  for (const auto number : numbers) expected_[number] = true;
  given_ += numbers.size();
}

void Intake::feed(std::string_view bytes) {
  if (fault_.empty()) cutter_.feed(bytes);
}

void Intake::greet(std::string_view line) {
  greeting_ += line.size() + 1;
  if (greeting_ > kMaxGreeting) refuse("it sends something else than records");
}

void Intake::take_line(std::string_view line, bool whole) {
  if (!fault_.empty()) return;
  if (!whole) return refuse("it sent a line that is longer than any record");
  if (!began_ && !line.starts_with('{')) return greet(line);
  if (line.find_first_not_of(" \t\r") == line.npos) return;
  try {
    take(reader_.read(line));
  } catch (const JsonError& error) {
    refuse(std::string("it sent a line that is no record: ") + error.what());
  }
}

void Intake::take(records::Record&& record) {
  if (std::holds_alternative<probe::RunInfo>(record)) {
    if (began_) return refuse("it sent the start of a second run");
    began_ = true;
  } else if (!began_) {
    refuse("it sent a record before the start of its run");
  } else if (ended_) {
    refuse("it sent a record behind the last one");
  } else if (auto* result = std::get_if<probe::HostResult>(&record)) {
    take(std::move(*result));
  } else if (const auto* end = std::get_if<probe::RunEnd>(&record)) {
    end_ = *end;
    ended_ = true;
  }
}

void Intake::take(probe::HostResult&& result) {
  const auto name = result.target.name();
  const auto number = book_.find(result.target);
  if (number == book_.size() || !expected_[number])
    return refuse("it sent a record of " + excerpt(name) + ", which it was not given");
  if (!is_news(number, result.target)) return refuse("it sent a second record of " + excerpt(name));
  if (result.attempts.size() > kMaxAttempts)
    return refuse("it sent a record of " + excerpt(name) + " with too many attempts");
  if (!heard_of_[number]) ++heard_;
  heard_of_[number] = true;
  const auto seen = std::exchange(result.target, book_[number]);
  result.target.each_address = seen.each_address;
  if (!result.target.address && (result.attempts.empty() || seen.each_address))
    result.target.address = seen.address;
  result.views.clear();
  std::erase_if(result.causes,
                [](const probe::Cause& cause) { return !diagnosis::parse_cause(cause.name); });
  on_result_(number, std::move(result));
}

/// Whether nothing was heard yet of the target, or of that address of it.
bool Intake::is_news(std::size_t number, const inventory::Target& seen) {
  const bool by_address = seen.each_address && seen.address;
  const auto told = addresses_.find(number);
  if (!by_address || told == addresses_.end()) {
    if (heard_of_[number]) return false;
    if (by_address) addresses_[number].insert(*seen.address);
    return true;
  }
  return told->second.size() < kMaxAddresses && told->second.insert(*seen.address).second;
}

std::vector<std::size_t> Intake::silent() const {
  std::vector<std::size_t> numbers;
  for (std::size_t number = 0; number < expected_.size(); ++number)
    if (expected_[number] && !heard_of_[number]) numbers.push_back(number);
  return numbers;
}

}  // namespace fleetscan::vantages
