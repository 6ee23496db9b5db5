#pragma once
// Finds the classes and causes whose texts speak of given words.

#include <string>
#include <string_view>
#include <vector>

namespace fleetscan::diagnosis {

struct Mention {
  std::string_view name;  ///< of the class or cause
  std::string text;       ///< the sentence, phrase or check that has most of the words
  bool denied;            ///< it stands under what the cause is not
};

/// The best five. Words that stand in every other text do not count; of one or two others all must
/// be there, of more at least half.
[[nodiscard]] std::vector<Mention> find_mentions(std::string_view words);

}  // namespace fleetscan::diagnosis
