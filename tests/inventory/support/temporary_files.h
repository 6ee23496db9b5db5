#pragma once
// Inventory files that live as long as one test.

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace fleetscan::test {

class TemporaryFiles {
 public:
  TemporaryFiles() {
    std::string name = (std::filesystem::temp_directory_path() / "fleetscan-XXXXXX").string();
    directory_ = mkdtemp(name.data());
  }
  TemporaryFiles(const TemporaryFiles&) = delete;
  TemporaryFiles& operator=(const TemporaryFiles&) = delete;
  ~TemporaryFiles() { std::filesystem::remove_all(directory_); }

  /// Writes a file, folders included, and returns its path.
  std::string write(const std::string& name, std::string_view content) {
    const auto path = directory_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
  }
  [[nodiscard]] std::string path() const { return directory_.string(); }

 private:
  std::filesystem::path directory_;
};

}  // namespace fleetscan::test
