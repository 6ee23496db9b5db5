#include "base/text_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>
#include <vector>

#include "base/compression.h"
#include "base/file_descriptor.h"
#include "base/input_error.h"

namespace fleetscan {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kChunk = std::size_t{1} << 18;

InputError failed(const std::string& path, int error) {
  return {path, 0, 0, "", "cannot be read: " + std::generic_category().message(error)};
}

/// Whether it is a file, or so broken that this has to be said.
bool may_be_read(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) || !fs::exists(path, ignored);
}

constexpr int kMaxFolders = 16;  // within each other

/// As ansible-core 2.14 reads a directory, but for .txt: so our own lists are named.
bool is_inventory_name(const fs::path& path) {
  static constexpr std::array<std::string_view, 11> kIgnored{
      ".bak", ".orig", ".retry", ".swp", ".pyc", ".pyo", ".rpm", ".cfg", ".ini", ".md", ".rst"};
  static constexpr std::array<std::string_view, 3> kFolders{"group_vars", "host_vars",
                                                            "vars_plugins"};
  const auto name = path.filename().string();
  if (name.starts_with('.') || name.ends_with('~')) return false;
  if (std::ranges::find(kFolders, name) != kFolders.end()) return false;
  return std::ranges::find(kIgnored, path.extension().string()) == kIgnored.end();
}

/// @return 0, or the error that kept the directory itself from being read
int add_files_in(const std::string& directory, int depth, std::vector<std::string>& files) {
  std::error_code error;
  fs::directory_iterator entries(directory, error);
  if (error) return error.value();
  std::vector<fs::path> paths;
  for (const auto& entry : entries)
    if (is_inventory_name(entry.path())) paths.push_back(entry.path());
  std::ranges::sort(paths);
  for (const auto& path : paths) {
    std::error_code ignored;
    const bool loops = depth > 0 && fs::is_symlink(path, ignored);
    if (!fs::is_directory(path, ignored)) {
      if (may_be_read(path)) files.push_back(path.string());
    } else if (depth < kMaxFolders && !loops) {
      add_files_in(path.string(), depth + 1, files);
    }
  }
  return 0;
}

}  // namespace

std::variant<std::string, InputError> read_text(const std::string& path, std::string_view kind) {
  const bool from_stdin = path == "-";
  const FileDescriptor opened(from_stdin ? -1 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const int file = from_stdin ? STDIN_FILENO : opened.number();
  if (file < 0) return failed(path, errno);
  std::string text;
  struct stat status {};
  const bool known = fstat(file, &status) == 0;
  if (known && status.st_size > 0)
    text.reserve(std::min(static_cast<std::uint64_t>(status.st_size), kMaxTextBytes) + kChunk);
  const bool device = known && S_ISCHR(status.st_mode);
  Decompressor decompressor;
  std::string raw(kChunk, '\0');
  while (true) {
    const auto count = read(file, raw.data(), raw.size());
    if (count < 0 && errno != EINTR) return failed(path, errno);
    if (count == 0) return text;
    if (count > 0) decompressor.feed({raw.data(), static_cast<std::size_t>(count)});
    try {
      for (auto part = decompressor.next(); !part.empty() && text.size() <= kMaxTextBytes;
           part = decompressor.next())
        text += part;
    } catch (const std::system_error& error) {
      return failed(path, error.code().value());
    }
    if (device && text.size() > kMaxDeviceBytes)
      return InputError{path, 0, 0, "", "a device that does not end"};
    if (text.size() > kMaxTextBytes)
      return InputError{path, 0, 0, "", fmt::format("larger than 1 GiB, too large for {}", kind)};
  }
}

PathKind kind_of_path(const std::string& path) {
  std::error_code ignored;
  const auto status = fs::status(path, ignored);
  if (!fs::exists(status)) return PathKind::missing;
  return fs::is_directory(status) ? PathKind::directory : PathKind::file;
}

std::variant<std::vector<std::string>, InputError> files_in(const std::string& directory) {
  std::vector<std::string> files;
  if (const auto error = add_files_in(directory, 0, files); error != 0)
    return failed(directory, error);
  return files;
}

std::vector<std::string> files_matching(const std::string& pattern) {
  const char* home = std::getenv("HOME");
  const std::string folder = home ? home : "";
  std::string path = pattern;
  if (pattern.starts_with("~/"))
    path = folder + pattern.substr(1);
  else if (!pattern.starts_with('/'))
    path = folder + "/.ssh/" + pattern;
  std::vector<std::string> files;
  glob_t found{};
  if (glob(path.c_str(), 0, nullptr, &found) == 0)
    files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  std::erase_if(files, [](const std::string& file) { return !may_be_read(file); });
  return files;
}

}  // namespace fleetscan
