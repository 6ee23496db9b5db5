#pragma once
// The text of `fleetscan explain`.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fleetscan::diagnosis {

struct Explanation {
  bool known = true;  ///< false: the text says so, and what may have been meant
  std::string text;   ///< whole lines
};

/// @param word   a class, a cause, or "blind_spots"; empty: the list of all of them
/// @param width  no line is longer, unless a single word is
[[nodiscard]] Explanation explain(std::string_view word, std::size_t width);

/// Every word that it knows.
[[nodiscard]] std::vector<std::string> explained();

}  // namespace fleetscan::diagnosis
