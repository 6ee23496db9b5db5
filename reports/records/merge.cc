#include "reports/records/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "base/escape.h"
#include "base/json_reader.h"
#include "base/numbers.h"
#include "base/sha256.h"
#include "base/stable_hash.h"
#include "inventory/share.h"
#include "reports/records/result_reader.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::records {
namespace {

constexpr std::size_t kMostComplaints = 100;
constexpr std::string_view kHost = "{\"type\":\"host\",";

/// What merging asks of a host record.
struct HostKeys {
  std::string target, run_id;
  std::optional<probe::Outcome> outcome;
};

HostKeys read_keys(std::string_view line) {
  HostKeys keys;
  JsonReader json(line);
  json.object([&](std::string_view key) {
    if (key == "target")
      keys.target = json.string();
    else if (key == "class")
      keys.outcome = probe::parse_outcome(json.string());
    else if (key == "run_id")
      keys.run_id = json.string();
    else
      json.skip();
  });
  json.finish();
  if (keys.target.empty() || !keys.outcome)
    throw JsonError("a host record needs 'target' and a known 'class'", 0);
  return keys;
}

/// The member that tells of which run a merged record is, and the record's end.
std::string run_id_member(std::string_view run_id) {
  std::string member = ",\"run_id\":";
  append_json(member, run_id);
  return member += '}';
}

/// A record without that member, and without its closing brace: as its run had written it.
std::string_view core(std::string_view line, std::string_view member) {
  while (line.ends_with('\r')) line.remove_suffix(1);
  line.remove_suffix(line.ends_with(member) ? member.size() : 1);
  return line;
}

/// A whole inventory is the one shard of one.
inventory::ShardChoice shard_of(const std::optional<inventory::ShardChoice>& shard) {
  return shard.value_or(inventory::ShardChoice{});
}

unsigned shards(const probe::RunInfo& run) {
  return shard_of(run.parts.empty() ? run.shard : run.parts.front().shard).count;
}

std::string shard_text(const inventory::ShardChoice& shard) {
  return shard.count == 1 ? "the scan" : fmt::format("shard {} of {}", shard.index, shard.count);
}

/// In what two runs differ that cannot be joined; empty if they can.
std::string difference(const probe::RunInfo& a, const probe::RunInfo& b) {
  const auto vantage = [](const probe::RunInfo& run) {
    return printable(run.vantage.value_or("none"));
  };
  if (a.inventory_sha256 != b.inventory_sha256)
    return fmt::format("its inventory is {}, not {}", printable(b.inventory_sha256.substr(0, 12)),
                       printable(a.inventory_sha256.substr(0, 12)));
  if (shards(a) != shards(b))
    return fmt::format("it is one of {}, not of {}", counted(shards(b), "shard"), shards(a));
  if (a.depth != b.depth)
    return fmt::format("its depth is {}, not {}", probe::to_string(b.depth),
                       probe::to_string(a.depth));
  if (a.vantage != b.vantage)
    return fmt::format("its vantage is {}, not {}: use `fleetscan compare`", vantage(b),
                       vantage(a));
  return {};
}

}  // namespace

bool Merge::PartOrder::operator()(const probe::RunPart& a, const probe::RunPart& b) const {
  const auto key = [](const probe::RunPart& part) {
    return std::tuple(shard_of(part.shard).index, part.started, std::string_view(part.run_id),
                      part.targets, part.complete, part.duration, part.shard.has_value());
  };
  return key(a) < key(b);
}

void Merge::begin_input(std::string name) {
  close_run(false, {});
  if (!inputs_.empty() && !found_run_) conflict("it contains no run record");
  inputs_.push_back(std::move(name));
  line_ = 0;
  found_run_ = false;
}

bool Merge::add(std::string_view line, std::uint64_t offset) {
  ++line_;
  if (line.find_first_not_of(" \t\r") == line.npos) return false;
  try {
    return take(line, offset);
  } catch (const JsonError& error) {
    complain(error.what());
    return false;
  }
}

bool Merge::take(std::string_view line, std::uint64_t offset) {
  if (line.starts_with(kHost)) {
    add_host(line, offset);
    return true;
  }
  auto record = parse_line(line);
  if (auto* run = std::get_if<probe::RunInfo>(&record)) begin_run(std::move(*run));
  if (const auto* end = std::get_if<probe::RunEnd>(&record)) end_run(*end);
  if (std::holds_alternative<probe::HostResult>(record)) add_host(line, offset);
  return !std::holds_alternative<std::monostate>(record);
}

void Merge::skip_rest() {
  ++line_;
  complain(std::string(kNoRecords));
}

void Merge::skip_line() {
  ++line_;
  complain("longer than any record");
}

void Merge::begin_run(probe::RunInfo run) {
  close_run(false, {});
  found_run_ = true;
  open_records_ = 0;
  open_damaged_ = false;
  if (!run.vantages.empty())
    conflict("it is a scan from several vantages; `fleetscan report` takes such files as they are");
  if (!first_) first_ = run;
  if (const auto what = difference(*first_, run); !what.empty()) conflict(what);
  if (run.parts.empty()) note({run.shard, run.started, run.run_id, run.targets});
  for (const auto& part : run.parts) note(part);
  open_ = std::move(run);
}

void Merge::note(const probe::RunPart& part) {
  const auto next = static_cast<std::uint32_t>(runs_.size());
  const auto [found, is_new] = run_numbers_.try_emplace(part.run_id, next);
  if (is_new) runs_.push_back({part.run_id, part.started});
  auto& started = runs_[found->second].started;
  started = std::max(started, part.started);
  const auto shard = shard_of(part.shard);
  if (targets_.try_emplace(shard.index, part.targets).first->second != part.targets)
    conflict(shard_text(shard) +
             " has a different number of targets than in an earlier file: the same inventory, but "
             "a different selection");
}

void Merge::end_run(const probe::RunEnd& end) {
  if (!open_) return complain("an end record without its run record");
  std::uint64_t counted = 0;
  for (const auto& [outcome, count] : end.counts) counted += count;
  const bool whole = counted == open_records_ && !open_damaged_ && !end.canaries.all_failed();
  // A merged file may lack other shards: whether its own parts are complete, they say themselves.
  close_run(whole && (end.complete || !open_->parts.empty()), end.duration);
}

void Merge::close_run(bool complete, std::chrono::milliseconds duration) {
  if (!open_) return;
  auto parts = open_->parts;
  if (parts.empty())
    parts.push_back({open_->shard, open_->started, open_->run_id, open_->targets, true, duration});
  for (auto& part : parts) {
    part.complete = part.complete && complete;
    if (!smallest_ || PartOrder{}(part, *smallest_)) {
      smallest_ = part;
      run_ = *open_;
    }
    parts_.insert(std::move(part));
  }
  open_.reset();
}

void Merge::add_host(std::string_view line, std::uint64_t offset) {
  if (!open_) return complain("a host record without its run record");
  const auto keys = read_keys(line);
  const auto run = run_numbers_.find(keys.run_id.empty() ? open_->run_id : keys.run_id);
  if (run == run_numbers_.end())
    return complain("the run record does not name run '" + printable(keys.run_id) + "'");
  const auto said = core(line, run_id_member(run->first));
  records_.add(keys.target, {.offset = offset,
                             .digest = stable_hash(said),
                             .length = static_cast<std::uint32_t>(line.size()),
                             .file = static_cast<std::uint32_t>(inputs_.size() - 1),
                             .run = run->second,
                             .outcome = *keys.outcome});
  ++open_records_;
}

void Merge::append_line(std::string& out, const RecordIndex::Record& record,
                        std::string_view line) const {
  const auto member = run_id_member(runs_[record.run].run_id);
  (out += core(line, member)) += member;
  out += '\n';
}

void Merge::finish() {
  close_run(false, {});
  if (!found_run_) conflict("it contains no run record");
  if (!conflicts_.empty()) return;
  records_.keep_the_best(order_of_runs());
  describe_run();
  count_records();
  find_what_is_missing();
}

std::vector<std::uint32_t> Merge::order_of_runs() const {
  std::vector<std::uint32_t> by_time(runs_.size()), order(runs_.size());
  std::iota(by_time.begin(), by_time.end(), 0U);
  std::ranges::sort(by_time, {}, [&](std::uint32_t i) {
    return std::pair(runs_[i].started, std::string_view(runs_[i].run_id));
  });
  for (std::uint32_t place = 0; place < by_time.size(); ++place) order[by_time[place]] = place;
  return order;
}

void Merge::describe_run() {
  run_.parts.assign(parts_.begin(), parts_.end());
  Sha256 ids;
  run_.targets = 0;
  for (const auto& [index, count] : targets_) run_.targets += count;
  for (const auto& part : run_.parts) {
    ids.add(part.run_id + '\n');
    run_.started = std::min(run_.started, part.started);
  }
  run_.run_id = "merged-" + ids.hex().substr(0, 16);
  run_.shard.reset();
}

void Merge::count_records() {
  for (std::size_t i = 0; i < records_.size(); ++i) ++end_.counts[records_[i].outcome];
  end_.probed = records_.size();
  for (const auto outcome : {probe::Outcome::not_probed, probe::Outcome::skipped})
    if (const auto found = end_.counts.find(outcome); found != end_.counts.end())
      end_.probed -= found->second;
  for (const auto& part : parts_)
    end_.duration = std::max(end_.duration, part.started - run_.started + part.duration);
}

void Merge::find_what_is_missing() {
  std::map<unsigned, bool> complete;
  for (const auto& part : parts_) {
    auto& known = complete[shard_of(part.shard).index];
    known = known || part.complete;
  }
  const auto count = shards(*first_);
  std::uint64_t next = 1;
  std::uint64_t more = 0;  // missing, too, but too many to be named
  const auto lack = [&](std::uint64_t end) {
    for (; next < end && missing_.size() < kMostComplaints; ++next)
      missing_.push_back(shard_text({static_cast<unsigned>(next), count}) + " is missing");
    if (next < end) more += end - next;
  };
  for (const auto& [index, whole] : complete) {
    if (index < next || index > count) continue;
    lack(index);
    if (!whole) missing_.push_back(shard_text({index, count}) + " is incomplete");
    next = std::uint64_t{index} + 1;
  }
  lack(std::uint64_t{count} + 1);
  if (more > 0)
    missing_.push_back(counted(more, "further shard", more == 1 ? "is missing" : "are missing"));
  if (records_.size() < run_.targets)
    missing_.push_back(fmt::format("{} of {} targets have no result",
                                   run_.targets - records_.size(), run_.targets));
  if (records_.size() > run_.targets)
    missing_.push_back(counted(records_.size() - run_.targets, "result",
                               records_.size() - run_.targets == 1
                                   ? "belongs to no target of the scan"
                                   : "belong to no target of the scan"));
  end_.complete = missing_.empty();
}

void Merge::complain(const std::string& what) {
  open_damaged_ = true;
  if (unreadable_.size() < kMostComplaints)
    unreadable_.push_back(fmt::format("{}:{}: {}", printable(inputs_.back()), line_, what));
}

void Merge::conflict(std::string what) {
  conflicts_.push_back(printable(inputs_.back()) + ": " + std::move(what));
}

}  // namespace fleetscan::records
