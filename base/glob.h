#pragma once
// Matches host names against patterns: the shell's, as Python's fnmatch and therefore Ansible reads
// them, and the simpler ones of OpenSSH (ssh_config(5), PATTERNS).

#include <string_view>

namespace fleetscan {

/// Whether all of `text` matches a pattern of *, ?, [abc], [a-z] and [!abc]. A bracket that is not
/// closed stands for itself.
[[nodiscard]] bool matches_glob(std::string_view text, std::string_view pattern);

/// Whether all of `text` matches, where '*' stands for any bytes and '?' for one.
[[nodiscard]] bool matches_wildcards(std::string_view text, std::string_view pattern);

}  // namespace fleetscan
