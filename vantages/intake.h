#pragma once
// Intake reads what a vantage sends, and believes none of it that it was not asked for.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/line_cutter.h"
#include "inventory/target.h"
#include "reports/records/result_reader.h"
#include "scanner/probe/result.h"

namespace fleetscan::vantages {

/// The targets of a run, to be found by name.
class TargetBook {
 public:
  /// @param each_address  a name stands for each of its addresses (`--all-addresses`)
  explicit TargetBook(bool each_address = false) : each_address_(each_address) {}

  void add(inventory::Target target);
  [[nodiscard]] std::size_t size() const { return targets_.size(); }
  [[nodiscard]] const inventory::Target& operator[](std::size_t number) const {
    return targets_[number];
  }
  /// @return size() if there is none of that name
  [[nodiscard]] std::size_t find(const std::string& name) const;
  /// The target that a result is about.
  /// @return likewise
  [[nodiscard]] std::size_t find(const inventory::Target& seen) const;

 private:
  bool each_address_;
  std::vector<inventory::Target> targets_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
};

/// Lines of a results file, from a stranger: bounded, of this schema, one record for each target
/// that was given (or for each of its addresses) and none for any other. What breaks that ends it;
/// what came before stays. Of a record, what was seen is taken; what the target is called, its
/// labels and its source are ours.
class Intake {
 public:
  /// What a shell may print before the first record (a greeting in a start-up file).
  static constexpr std::size_t kMaxGreeting = 64 * 1024;
  static constexpr std::size_t kMaxAttempts = 1000;   ///< of one target
  static constexpr std::size_t kMaxAddresses = 1000;  ///< of one name

  using OnResult = std::function<void(std::size_t number, probe::HostResult&&)>;

  /// @param book  must outlive this
  Intake(const TargetBook& book, OnResult on_result);
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;

  /// Expects a result for each of these targets.
  void expect(const std::vector<std::size_t>& numbers);
  void feed(std::string_view bytes);
  void finish() { cutter_.finish(); }

  /// Why nothing more is taken; raw, empty if all is well.
  [[nodiscard]] const std::string& fault() const { return fault_; }
  [[nodiscard]] bool began() const { return began_; }
  /// There was a last record, and it says that the scan was whole.
  [[nodiscard]] bool complete() const { return ended_ && end_.complete; }
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] const probe::RunEnd& end() const { return end_; }
  [[nodiscard]] std::uint64_t heard() const { return heard_; }
  [[nodiscard]] std::uint64_t given() const { return given_; }
  /// Those from which nothing was heard.
  [[nodiscard]] std::vector<std::size_t> silent() const;

 private:
  void take_line(std::string_view line, bool whole);
  void take(records::Record&& record);
  void take(probe::HostResult&& result);
  [[nodiscard]] bool is_news(std::size_t number, const inventory::Target& seen);
  void greet(std::string_view line);
  void refuse(std::string fault) {
    if (fault_.empty()) fault_ = std::move(fault);
  }

  const TargetBook& book_;
  OnResult on_result_;
  records::RecordReader reader_;
  LineCutter cutter_;
  std::vector<bool> expected_, heard_of_;
  std::map<std::size_t, std::set<Address>> addresses_;  ///< heard of, by the name's number
  std::uint64_t given_ = 0, heard_ = 0;
  std::size_t greeting_ = 0;
  bool began_ = false, ended_ = false;
  probe::RunEnd end_;
  std::string fault_;
};

}  // namespace fleetscan::vantages
