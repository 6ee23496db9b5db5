#pragma once
// Splits a line into words as a POSIX shell reads quotes and backslashes; "#" begins a comment.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleetscan {

/// @return nothing if a quote is not closed or a backslash ends the line
[[nodiscard]] std::optional<std::vector<std::string>> shell_words(std::string_view line);

}  // namespace fleetscan
