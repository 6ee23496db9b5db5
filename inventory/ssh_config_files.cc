#include "inventory/ssh_config_files.h"

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "base/input_error.h"
#include "base/text_file.h"
#include "inventory/formats/ssh_blocks.h"

namespace fleetscan::inventory {
namespace {

/// The one file that `path` names when ssh is started in `folder`; empty if there is none.
std::string file_from(const std::string& folder, const std::string& path) {
  if (path.find_first_of("*?[\\") != std::string::npos) return "";
  const bool whole = path.starts_with('/') || path.starts_with('~');
  std::error_code ignored;
  const auto files =
      files_matching(whole ? path : std::filesystem::absolute(folder + path, ignored).string());
  return files.size() == 1 ? files.front() : "";
}

}  // namespace

std::vector<SshConfigFile> SshConfigFiles::included(const std::string& pattern,
                                                    InputErrors& errors) {
  std::vector<SshConfigFile> files;
  for (const auto& path : files_matching(pattern)) {
    if (included_bytes_ > kMaxTextBytes) break;
    auto text = read_text(path, "an ssh_config");
    if (auto* error = std::get_if<InputError>(&text)) {
      errors.add(*error);
      continue;
    }
    files.push_back({path, std::get<std::string>(std::move(text))});
    count(files.back(), errors);
  }
  return files;
}

void SshConfigFiles::count(const SshConfigFile& file, InputErrors& errors) {
  const bool fitted = included_bytes_ <= kMaxTextBytes;
  included_bytes_ += file.text.size();
  if (fitted && included_bytes_ > kMaxTextBytes)
    errors.add({file.name, 0, 0, "", "more than 1 GiB is included"});
}

const SshBlocks* SshConfigFiles::named_by(const std::string& path, const std::string& inventory,
                                          InputErrors& errors) {
  const auto folder = inventory.substr(0, inventory.rfind('/') + 1);
  for (const auto& start : {std::string{}, folder, folder + "../", folder + "../../"}) {
    const auto file = file_from(start, path);
    if (file.empty()) continue;
    auto& blocks = named_[file];
    if (!blocks) blocks = read(file, errors);
    return blocks.get();
  }
  return nullptr;
}

std::unique_ptr<SshBlocks> SshConfigFiles::read(const std::string& path, InputErrors& errors) {
  auto text = read_text(path, "an ssh_config");
  if (std::holds_alternative<InputError>(text)) return nullptr;
  return std::make_unique<SshBlocks>(
      SshConfigFile{path, std::get<std::string>(std::move(text))},
      [&](const std::string& pattern) { return included(pattern, errors); },
      std::vector<std::string>{}, errors, notes_);
}

}  // namespace fleetscan::inventory
