#include "commands/doctor_files.h"

#include <glob.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <ios>
#include <string>
#include <system_error>
#include <vector>

#include "base/input_error.h"
#include "base/json_reader.h"
#include "reports/records/doctor_record.h"

namespace fleetscan::commands {
namespace {

constexpr std::size_t kMaxFiles = 100'000;

std::vector<std::string> files_of(const std::string& pattern) {
  std::vector<std::string> files;
  glob_t found{};
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0)
    files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  return files;
}

/// As much of a file as tells whether it is too long; nothing of what is no plain file.
std::string beginning_of(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return {};
  std::ifstream file(path, std::ios::binary);
  std::string text(records::kMaxDoctorBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

void read_file(const std::string& path, std::vector<records::DoctorRecord>& into,
               InputErrors& errors) {
  try {
    into.push_back(records::read_doctor_record(beginning_of(path)));
  } catch (const JsonError& error) {
    errors.add({.source = path, .remedy = error.what()});
  }
}

}  // namespace

std::vector<records::DoctorRecord> read_doctor_files(const std::vector<std::string>& patterns,
                                                     InputErrors& errors) {
  std::vector<records::DoctorRecord> all;
  for (const auto& pattern : patterns) {
    const auto files = files_of(pattern);
    if (files.empty())
      errors.add({.source = "--doctor", .text = pattern, .remedy = "names no file"});
    for (const auto& file : files)
      if (all.size() < kMaxFiles) read_file(file, all, errors);
  }
  return all;
}

}  // namespace fleetscan::commands
