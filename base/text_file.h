#pragma once
// Reads text files and standard input, and finds the files that inventories consist of.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/input_error.h"

namespace fleetscan {

/// The largest file that is read, in bytes. Of a device, which may have no end, less is.
inline constexpr std::uint64_t kMaxTextBytes = std::uint64_t{1} << 30;
inline constexpr std::uint64_t kMaxDeviceBytes = std::uint64_t{1} << 20;

/// The whole of `path`, or of standard input if it is "-"; decompressed, if its first bytes say
/// that it is compressed. `kind`, such as "a baseline", ends the sentence about a file that is too
/// large.
[[nodiscard]] std::variant<std::string, InputError> read_text(const std::string& path,
                                                              std::string_view kind);

enum class PathKind { missing, file, directory };
[[nodiscard]] PathKind kind_of_path(const std::string& path);

/// The files that a directory of inventories consists of, and those of its folders, sorted by name:
/// none that are hidden, backups (~, .bak, .orig, .retry, .swp), compiled, configuration (.cfg,
/// .ini) or prose (.md, .rst), and no group_vars, host_vars and vars_plugins. Nothing but files: a
/// pipe may never end. Links to folders are followed from the topmost one only.
[[nodiscard]] std::variant<std::vector<std::string>, InputError> files_in(
    const std::string& directory);

/// The files that an ssh_config's Include names, sorted: a pattern with wildcards; "~" is the home
/// folder, and what is relative lies in ~/.ssh, wherever the including file is. Nothing but files.
[[nodiscard]] std::vector<std::string> files_matching(const std::string& pattern);

}  // namespace fleetscan
