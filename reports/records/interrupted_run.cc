#include "reports/records/interrupted_run.h"

#include <algorithm>
#include <cerrno>
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

#include "base/escape.h"
#include "inventory/target.h"
#include "inventory/target_source.h"
#include "reports/records/result_file.h"
#include "reports/records/result_reader.h"
#include "scanner/probe/outcome.h"
#include "scanner/probe/result.h"

namespace fleetscan::records {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPart = ".part";  // as ReportFile names it
constexpr std::string_view kAside = ".resumed";

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
void append(const std::string& part, const std::string& aside) {
  std::ofstream to(aside, std::ios::binary | std::ios::app);
  std::ifstream from(part, std::ios::binary);
  if (from.peek() != std::ifstream::traits_type::eof()) to << '\n' << from.rdbuf();
  if (!to.flush())
    throw std::system_error(errno, std::generic_category(), "cannot write " + printable(aside));
  fs::remove(part);
}

}  // namespace

InterruptedRun::InterruptedRun(const std::string& path) {
  const auto whole = path.ends_with(kPart) ? path.substr(0, path.size() - kPart.size()) : path;
  const auto part = whole + std::string(kPart);
  const auto aside = whole + std::string(kAside);
  if (fs::exists(part)) fs::exists(aside) ? append(part, aside) : fs::rename(part, aside);
  if (fs::exists(aside)) aside_ = aside;
  file_ = aside_.empty() ? whole : aside_;
}

std::optional<probe::RunInfo> InterruptedRun::info() const {
  std::optional<probe::RunInfo> found;
  (void)read_result_file(file_, [&](Record&& record) {
    if (auto* run = std::get_if<probe::RunInfo>(&record); run && !found) found = std::move(*run);
  });
  return found;
}

void InterruptedRun::read(const std::function<void(const probe::HostResult&)>& result) {
  (void)read_result_file(file_, [&](Record&& record) {
    const auto* host = std::get_if<probe::HostResult>(&record);
    if (!host || host->state() == probe::State::unknown) return;
    if (done_.insert(host->target.name()).second) result(*host);
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
