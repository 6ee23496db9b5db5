#pragma once
// JointResults waits until all vantages of a run have said what they see of a target, and joins it
// to one verdict.

#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reports/records/result_reader.h"
#include "scanner/probe/result.h"

namespace fleetscan::commands {

/// Of each target that waits, memory holds what its vantages came to, some 100 bytes each. The
/// result that counts most so far lies in an unnamed temporary file, which is emptied whenever
/// nothing waits. The order of results does not matter. Everything throws std::system_error when
/// that file fails. Of a name whose addresses are targets of their own, a vantage may know other
/// ones than the rest: it has then skipped the others.
class JointResults {
 public:
  JointResults();

  /// @param vantages  that each target is asked from
  void begin(std::vector<std::string> vantages);

  /// Whether the result is that of one of those vantages.
  [[nodiscard]] bool concerns(const probe::HostResult& result) const;

  /// Takes a vantage's result; a second one of the same vantage on the same target is passed over.
  /// REQUIRES: it concerns
  /// @return the joint verdict, if it was the last one missing
  [[nodiscard]] std::optional<probe::HostResult> add(const probe::HostResult& result);

  /// Joins what is there, in order of the targets' names: vantages that have said nothing did not
  /// probe.
  void finish(const std::function<void(const probe::HostResult&)>& take);

 private:
  struct Close {
    void operator()(FILE* file) const { std::fclose(file); }
  };
  struct Waiting {
    std::vector<std::optional<probe::View>> views;
    std::size_t heard = 0;
    int rank = 0;              ///< of the stored result
    std::size_t vantage = 0;   ///< whose it is
    std::uint64_t offset = 0;  ///< of its line
    std::uint32_t length = 0;
    std::string whole = {};  ///< of an address: the target that the name as a whole would be
  };

  [[nodiscard]] std::size_t place_of(const std::string& vantage) const;
  void store(Waiting& waiting, const probe::HostResult& result);
  [[nodiscard]] probe::View missing(const std::string& name, const Waiting& waiting,
                                    std::size_t vantage) const;
  [[nodiscard]] probe::HostResult joined(const std::string& name, const Waiting& waiting);

  std::unique_ptr<FILE, Close> file_;
  std::uint64_t end_ = 0;  ///< of the file
  std::vector<std::string> vantages_;
  std::map<std::string, Waiting> waiting_;
  /// Of the targets that names as a whole would be: the vantages that told of one of its addresses.
  std::map<std::string, std::set<std::size_t>> told_;
  records::RecordReader reader_;
  std::string line_;  ///< reused
};

/// Hands a file's records on to a `sink` that has begin(RunInfo), add(HostResult) and end(RunEnd),
/// with one result for each target, whatever number of vantages asked it.
template <typename Sink>
class Joined {
 public:
  explicit Joined(Sink& sink) : sink_(sink) {}

  void begin(const probe::RunInfo& run) {
    finish();
    sink_.begin(run);
    if (run.vantages.empty()) return joint_.reset();
    joint_ = std::make_unique<JointResults>();
    joint_->begin(run.vantages);
  }
  void add(const probe::HostResult& result) {
    if (!joint_ || !joint_->concerns(result)) return sink_.add(result);
    if (const auto verdict = joint_->add(result)) sink_.add(*verdict);
  }
  void end(const probe::RunEnd& end) {
    finish();
    sink_.end(end);
  }
  /// The file ends: what vantages have told counts.
  void finish() {
    if (joint_) joint_->finish([this](const probe::HostResult& verdict) { sink_.add(verdict); });
  }

 private:
  Sink& sink_;
  std::unique_ptr<JointResults> joint_;
};

}  // namespace fleetscan::commands
