#pragma once
// Shell patterns, as Python's fnmatch and so Ansible read them: *, ?, [abc], [a-z], [!abc].

#include <string_view>

namespace fleetscan {

/// Whether all of `text` matches. A bracket that is not closed stands for itself.
[[nodiscard]] bool matches_glob(std::string_view text, std::string_view pattern);

}  // namespace fleetscan
