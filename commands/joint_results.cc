#include "commands/joint_results.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/address.h"
#include "reports/records/result_lines.h"
#include "scanner/diagnosis/joint_verdict.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::commands {
namespace {

void check(bool good, const char* attempted) {
  if (!good) throw std::system_error(errno != 0 ? errno : EIO, std::generic_category(), attempted);
}

}  // namespace

JointResults::JointResults() : file_(std::tmpfile()) {
  check(file_ != nullptr, "no temporary file for results of several vantages");
}

void JointResults::begin(std::vector<std::string> vantages) { vantages_ = std::move(vantages); }

std::size_t JointResults::place_of(const std::string& vantage) const {
  return static_cast<std::size_t>(std::ranges::find(vantages_, vantage) - vantages_.begin());
}

bool JointResults::concerns(const probe::HostResult& result) const {
  return !result.vantage.empty() && result.views.empty() &&
         place_of(result.vantage) < vantages_.size();
}

void JointResults::store(Waiting& waiting, const probe::HostResult& result) {
  line_.clear();
  records::append_line(line_, result);
  waiting.offset = end_;
  waiting.length = static_cast<std::uint32_t>(line_.size());
  check(::pwrite(::fileno(file_.get()), line_.data(), line_.size(), static_cast<off_t>(end_)) ==
            static_cast<ssize_t>(line_.size()),
        "cannot write a result to a temporary file");
  end_ += line_.size();
}

std::optional<probe::HostResult> JointResults::add(const probe::HostResult& result) {
  const auto place = place_of(result.vantage);
  const auto name = result.target.name();
  auto& waiting = waiting_[name];
  if (result.target.each_address) {
    waiting.whole = host_and_port(result.target.host, result.target.port);
    told_[waiting.whole].insert(place);
  }
  waiting.views.resize(vantages_.size());
  auto& view = waiting.views[place];
  if (view) return std::nullopt;
  view = diagnosis::view_of(result);
  const auto rank = diagnosis::rank(*view);
  const bool first = waiting.heard++ == 0;
  const bool last = waiting.heard == vantages_.size();
  const bool strongest = first || std::pair(rank, place) < std::pair(waiting.rank, waiting.vantage);
  if (strongest) waiting.rank = rank, waiting.vantage = place;
  if (!last) {
    if (strongest) store(waiting, result);
    return std::nullopt;
  }
  std::vector<probe::View> views;
  views.reserve(waiting.views.size());
  for (auto& each : waiting.views) views.push_back(*each);
  auto joint = strongest ? diagnosis::join(probe::HostResult{result}, std::move(views))
                         : joined(name, waiting);
  waiting_.erase(name);
  if (waiting_.empty() && end_ > 0) {
    check(::ftruncate(::fileno(file_.get()), 0) == 0, "cannot empty a temporary file");
    end_ = 0;
  }
  return joint;
}

/// What a vantage comes to that has not said a word about a target.
probe::View JointResults::missing(const std::string& name, const Waiting& waiting,
                                  std::size_t vantage) const {
  const auto& whole = waiting.whole.empty() ? name : waiting.whole;
  const auto by_address = told_.find(whole);
  const auto by_name = waiting_.find(whole);
  const bool knows_others = (by_address != told_.end() && by_address->second.contains(vantage)) ||
                            (by_name != waiting_.end() && by_name->second.views[vantage]);
  return {vantages_[vantage], knows_others ? probe::Outcome::skipped : probe::Outcome::not_probed};
}

probe::HostResult JointResults::joined(const std::string& name, const Waiting& waiting) {
  std::vector<probe::View> views;
  views.reserve(vantages_.size());
  for (std::size_t i = 0; i < vantages_.size(); ++i)
    views.push_back(waiting.views[i] ? *waiting.views[i] : missing(name, waiting, i));
  line_.resize(waiting.length);
  check(::pread(::fileno(file_.get()), line_.data(), line_.size(),
                static_cast<off_t>(waiting.offset)) == static_cast<ssize_t>(line_.size()),
        "cannot read a result from a temporary file");
  return diagnosis::join(std::get<probe::HostResult>(reader_.read(line_)), std::move(views));
}

void JointResults::finish(const std::function<void(const probe::HostResult&)>& take) {
  for (const auto& [name, waiting] : waiting_) take(joined(name, waiting));
  waiting_.clear();
  told_.clear();
  end_ = 0;
}

}  // namespace fleetscan::commands
