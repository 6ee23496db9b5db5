#include "commands/run_folder.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
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

}  // namespace

std::string run_folder(const std::string& directory, WallTime started, const std::string& run_id) {
  auto name = to_rfc3339(started).substr(0, 19);
  std::erase_if(name, [](char c) { return c == '-' || c == ':'; });
  return fs::path(directory) / (name + "Z-" + run_id.substr(0, 8));
}

void keep_runs(const std::string& directory, const std::string& folder, std::size_t keep) {
  const auto link = fs::path(directory) / kLatest;
  auto beside = link;
  beside += ".part";
  fs::remove(beside);
  fs::create_directory_symlink(fs::path(folder).filename(), beside);
  fs::rename(beside, link);
  std::vector<fs::path> runs;
  for (const auto& entry : fs::directory_iterator(directory))
    if (entry.is_directory() && !entry.is_symlink() && is_run(entry.path().filename()))
      runs.push_back(entry.path());
  std::ranges::sort(runs);
  for (std::size_t i = 0; i + keep < runs.size(); ++i)
    if (runs[i].filename() != fs::path(folder).filename()) fs::remove_all(runs[i]);
}

}  // namespace fleetscan::commands
