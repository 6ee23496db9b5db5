#include "commands/run_folder.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/clock.h"
#include "base/escape.h"
#include "base/output_file.h"
#include "base/wall_time.h"

namespace fleetscan::commands {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kShape = "00000000T000000Z-xxxxxxxx";

bool is_run(const std::string& name) {
  return std::ranges::equal(name, kShape, [](char c, char shape) {
    const auto byte = static_cast<unsigned char>(c);
    return shape == '0'   ? std::isdigit(byte) != 0
           : shape == 'x' ? std::isxdigit(byte) != 0
                          : c == shape;
  });
}

void check(const std::error_code& error, const std::string& attempted, const fs::path& path) {
  if (error) throw std::system_error(error, attempted + ' ' + printable(path.string()));
}

/// What becomes the link in one step.
fs::path beside(const fs::path& link) { return link.string() + ".part"; }

void point_latest_at(const fs::path& name, const fs::path& link) {
  std::error_code error;
  if (fs::read_symlink(beside(link), error) != name) {
    fs::remove(beside(link), error);
    fs::create_directory_symlink(name, beside(link), error);
    check(error, "cannot point at the latest run:", link);
  }
  fs::rename(beside(link), link, error);
  check(error, "cannot point at the latest run:", link);
}

bool is_run_folder(const fs::directory_entry& entry) {
  std::error_code ignored;
  return entry.is_directory(ignored) && !entry.is_symlink(ignored) &&
         is_run(entry.path().filename());
}

/// Another scan, whose results lie nowhere else.
bool is_in_use(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& file : fs::directory_iterator(folder, ignored))
    if (file.path().extension() == ".part" && is_being_written(file.path())) return true;
  return false;
}

}  // namespace

std::string run_folder(const std::string& directory, WallTime started, const std::string& run_id) {
  auto name = to_rfc3339(started).substr(0, 19);
  std::erase_if(name, [](char c) { return c == '-' || c == ':'; });
  return fs::path(directory) / (name + "Z-" + run_id.substr(0, 8));
}

void prepare_link(const std::string& directory, const std::string& folder) {
  const auto part = beside(fs::path(directory) / kLatest);
  std::error_code error;
  fs::remove(part, error);
  fs::create_directory_symlink(fs::path(folder).filename(), part, error);
}

void keep_runs(const std::string& directory, const std::string& folder, std::size_t keep) {
  const auto name = fs::path(folder).filename();
  point_latest_at(name, fs::path(directory) / kLatest);
  std::error_code error;
  std::vector<fs::path> others;
  for (const auto& entry : fs::directory_iterator(directory, error))
    if (is_run_folder(entry) && entry.path().filename() != name) others.push_back(entry.path());
  check(error, "cannot look into", directory);
  std::ranges::sort(others);
  for (std::size_t i = 0; i + keep <= others.size(); ++i) {
    if (is_in_use(others[i])) continue;
    fs::remove_all(others[i], error);
    check(error, "cannot remove the old run", others[i]);
  }
}

}  // namespace fleetscan::commands
