#pragma once
// Guesses what a mistyped word was meant to be.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fleetscan {

/// The candidate that `word` was probably meant to be; nothing if none is close.
[[nodiscard]] std::optional<std::string> closest(std::string_view word,
                                                 const std::vector<std::string>& candidates);

}  // namespace fleetscan
