#pragma once
// Finds the clues that a pasted text holds: messages by their letters and digits alone, so that
// addresses, quotes, prefixes, colors, wrapped lines and case do not matter; words as whole words.
// The text is hostile: only its first kMaxSearched bytes are looked at.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/diagnosis/clues.h"

namespace fleetscan::diagnosis {

inline constexpr std::size_t kMaxSearched = std::size_t{16} << 10;  ///< a page of `ssh -vvv`

/// The letters and digits of `text`, in lower case. Terminal sequences and escaped line ends (a
/// backslash and n, r or t, as in JSON) count as nothing.
[[nodiscard]] std::string squashed(std::string_view text);

/// The runs of letters and digits in `text`, in lower case; at most `limit` of them.
[[nodiscard]] std::vector<std::string> tokens(std::string_view text, std::size_t limit = 512);

/// How many letters and digits of `text`, which is squashed, the message covers; 0 if it is not in
/// there. Its parts between `*` occur in their order, each at most 200 letters behind the last.
[[nodiscard]] std::size_t covers(std::string_view message, std::string_view squashed_text);

struct Found {
  const Clue* clue;
  const Message* message;  ///< the longest that matched; null if a word did
};

/// The clues whose message occurs in `text`, the longest match first, at most three. A general clue
/// counts only if no other is found.
[[nodiscard]] std::vector<Found> find_messages(std::span<const Clue> clues, std::string_view text);

/// The clues whose word occurs in `text`, the longest first, at most three. "anti-virus",
/// "anti virus", "AntiVirus" and a plural are the same word.
[[nodiscard]] std::vector<Found> find_words(std::span<const Clue> clues, std::string_view text);

}  // namespace fleetscan::diagnosis
