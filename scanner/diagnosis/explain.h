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

/// @param text   a class, a cause, "blind_spots", or what people have in hand: a client's message
/// or
///     a word (see clues.h); empty: the list of classes and causes. May be hostile.
/// @param width  no line is longer, unless a single word is
[[nodiscard]] Explanation explain(std::string_view text, std::size_t width);

/// Every name that it knows: classes, causes and "blind_spots".
[[nodiscard]] std::vector<std::string> explained();

}  // namespace fleetscan::diagnosis
