#include "commands/needed_files.h"

#include <cstdlib>
#include <filesystem>

namespace fleetscan::commands {
namespace {

namespace fs = std::filesystem;

/// The folder in which a new version of the file is written, and then moved into its place. A
/// device or a pipe has no new version.
void add_folder_of(std::vector<std::string>& folders, const std::string& file) {
  std::error_code error;
  if (file.empty() || file == "-") return;
  if (fs::exists(file, error) && !fs::is_regular_file(file, error)) return;
  const auto folder = fs::path(file).parent_path();
  folders.push_back(folder.empty() ? "." : folder.string());
}

}  // namespace

NeededFiles needed_files(const Options& options, const std::string& output_dir) {
  NeededFiles needed;
  if (!output_dir.empty()) needed.folders.push_back(output_dir);
  for (const auto& place : options.places()) add_folder_of(needed.folders, place);
  add_folder_of(needed.folders, options.history);  // with SQLite's journal beside it
  add_folder_of(needed.folders, options.resume);
  if (options.update_baseline) add_folder_of(needed.folders, options.baseline);
  if (const char* folder = std::getenv("SQLITE_TMPDIR")) needed.folders.emplace_back(folder);
  return needed;
}

}  // namespace fleetscan::commands
