#pragma once
// Reads whole text files, and lists the files of a directory or a pattern.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/input_error.h"

namespace fleetscan {

/// The largest inventory file that is read, in bytes.
inline constexpr std::uint64_t kMaxInventoryBytes = std::uint64_t{1} << 30;

/// The whole of `path`, or of standard input if it is "-".
[[nodiscard]] std::variant<std::string, InputError> read_inventory(const std::string& path);

enum class PathKind { missing, file, directory };
[[nodiscard]] PathKind kind_of_path(const std::string& path);

/// The files that a directory of inventories consists of, sorted by name: none that are hidden,
/// backups (~, .bak, .orig, .retry, .swp) or compiled, and no directories.
[[nodiscard]] std::variant<std::vector<std::string>, InputError> files_in(
    const std::string& directory);

/// The files that an ssh_config's Include names, sorted: a pattern with wildcards; "~" is the home
/// folder, and what is relative lies in ~/.ssh, wherever the including file is.
[[nodiscard]] std::vector<std::string> files_matching(const std::string& pattern);

}  // namespace fleetscan
