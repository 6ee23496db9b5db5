#include "reports/records/interrupted_run.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <ios>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_set>
#include <utility>
#include <variant>

#include "base/compressed_input.h"
#include "base/compression.h"
#include "base/escape.h"
#include "base/file_descriptor.h"
#include "base/output_file.h"
#include "inventory/target.h"
#include "inventory/target_source.h"
#include "reports/records/result_file.h"
#include "reports/records/result_reader.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::records {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kAside = ".resumed";
constexpr std::streamsize kBlockBytes = 1 << 16;

class Remaining final : public inventory::TargetSource {
 public:
  Remaining(std::unique_ptr<inventory::TargetSource> all,
            const std::unordered_set<std::string>& done)
      : all_(std::move(all)), done_(done) {}

  std::optional<inventory::Target> next() override {
    while (auto target = all_->next())
      if (!done_.contains(target->name())) return target;
    return std::nullopt;
  }
  [[nodiscard]] std::uint64_t size() const override {
    return all_->size() - std::min<std::uint64_t>(all_->size(), done_.size());
  }

 private:
  std::unique_ptr<inventory::TargetSource> all_;
  const std::unordered_set<std::string>& done_;
};

/// Puts the lines of `part` behind those of `aside`, whose last one may be torn.
/// @param compression  of both
void append(const std::string& part, const std::string& aside, Compression compression) {
  ReportFile to(aside, ReportFile::Mode::append);
  to.write(compressed("\n", compression));
  std::ifstream from(part, std::ios::binary);
  std::string block(kBlockBytes, '\0');
  while (from.read(block.data(), kBlockBytes) || from.gcount() > 0)
    to.write({block.data(), static_cast<std::size_t>(from.gcount())});
  if (from.bad())
    throw std::system_error(errno, std::generic_category(), "cannot read " + printable(part));
  to.commit();
  fs::remove(part);
}

bool is_file(const std::string& path) {
  std::error_code ignored;
  return fs::is_regular_file(fs::symlink_status(path, ignored));  // no link leads us elsewhere
}

/// Whether a scan came so far as to write a line: killed at once, and again, it leaves none.
bool has_a_line(const std::string& path) {
  CompressedInput input(FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC)),
                        printable(path));
  for (auto block = input.next(); !block.empty(); block = input.next())
    if (block.find('\n') != std::string_view::npos) return true;
  return false;
}

}  // namespace

InterruptedRun::InterruptedRun(const std::string& path) {
  const auto ending = part_of("");
  const auto whole = path.ends_with(ending) ? path.substr(0, path.size() - ending.size()) : path;
  const auto part = part_of(whole);
  const auto aside = whole + std::string(kAside);
  const auto reserved = reserve_part(part);
  if (is_file(part)) {
    if (is_file(aside) && has_a_line(aside))
      append(part, aside, compression_by_name(whole));
    else
      fs::rename(part, aside);
  }
  if (is_file(aside)) aside_ = aside;
  file_ = aside_.empty() ? whole : aside_;
}

std::optional<probe::RunInfo> InterruptedRun::info() const {
  std::optional<probe::RunInfo> found;
  (void)read_result_file(file_, [&](Record&& record) {
    if (auto* run = std::get_if<probe::RunInfo>(&record); run && !found) found = std::move(*run);
  });
  return found;
}

bool InterruptedRun::ends_at_once() const {
  constexpr std::string_view kRun = "{\"type\":\"run\",";
  std::string head(kRun.size(), '\0');
  std::ifstream file(file_, std::ios::binary);
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(file.gcount()));
  return kRun.starts_with(head);
}

void InterruptedRun::read(const std::function<void(const probe::HostResult&)>& result,
                          bool each_vantage) {
  (void)read_result_file(file_, [&](Record&& record) {
    const auto* host = std::get_if<probe::HostResult>(&record);
    if (!host || host->state() == probe::State::unknown) return;
    const auto whose = each_vantage ? '\n' + host->vantage : std::string();
    if (done_.insert(host->target.name() + whose).second) result(*host);
  });
}

std::unique_ptr<inventory::TargetSource> InterruptedRun::remaining(
    std::unique_ptr<inventory::TargetSource> all) const {
  return std::make_unique<Remaining>(std::move(all), done_);
}

void InterruptedRun::forget() const {
  if (!aside_.empty()) fs::remove(aside_);
}

}  // namespace fleetscan::records
