#include "inventory/ansible_variable_files.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "base/input_error.h"
#include "base/text_file.h"

namespace fleetscan::inventory {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 4> kExtensions{"", ".yml", ".yaml", ".json"};
constexpr int kMaxDepth = 16;
constexpr std::size_t kMostFiles = 100'000;

std::vector<fs::path> sorted_entries(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (paths.size() == kMostFiles) break;
    paths.push_back(entry->path());
  }
  std::ranges::sort(paths);
  return paths;
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

void add_files_below(const fs::path& folder, int depth, std::vector<std::string>& files) {
  if (depth > kMaxDepth) return;
  for (const auto& path : sorted_entries(folder)) {
    const auto name = path.filename().string();
    const auto extension = path.extension().string();
    if (name.starts_with('.') || name.ends_with('~') || files.size() >= kMostFiles) continue;
    if (is_folder(path)) {
      if (extension.empty()) add_files_below(path, depth + 1, files);
    } else if (std::ranges::find(kExtensions, extension) != kExtensions.end()) {
      files.push_back(path.string());
    }
  }
}

/// For each name, the entry of the folder that counts: that with the first of the extensions.
std::map<std::string, fs::path> by_name(const fs::path& folder) {
  std::map<std::string, std::pair<std::size_t, fs::path>> best;
  for (const auto& path : sorted_entries(folder)) {
    const auto file = path.filename().string();
    for (std::size_t rank = 0; rank < kExtensions.size(); ++rank) {
      const auto& extension = kExtensions[rank];
      if (!file.ends_with(extension)) continue;
      auto name = file.substr(0, file.size() - extension.size());
      const auto [known, is_new] = best.try_emplace(std::move(name), rank, path);
      if (!is_new && rank < known->second.first) known->second = {rank, path};
    }
  }
  std::map<std::string, fs::path> result;
  for (auto& [name, entry] : best) result.emplace(name, std::move(entry.second));
  return result;
}

}  // namespace

std::vector<AnsibleVariableFile> ansible_variable_files(const std::string& folder,
                                                        InputErrors& errors) {
  std::vector<AnsibleVariableFile> result;
  for (const bool of_host : {false, true}) {
    const auto root = fs::path(folder) / (of_host ? "host_vars" : "group_vars");
    if (!is_folder(root)) continue;
    for (const auto& [name, path] : by_name(root)) {
      std::vector<std::string> files;
      if (is_folder(path))
        add_files_below(path, 0, files);
      else
        files.push_back(path.string());
      for (const auto& file : files) {
        auto text = read_text(file, "a file of variables");
        if (auto* error = std::get_if<InputError>(&text))
          errors.add(std::move(*error));
        else
          result.push_back({of_host, name, file, std::get<std::string>(std::move(text))});
      }
    }
  }
  return result;
}

}  // namespace fleetscan::inventory
