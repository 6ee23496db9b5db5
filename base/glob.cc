#include "base/glob.h"

#include <cstddef>
#include <string_view>

#include "base/ascii.h"

namespace fleetscan {
namespace {

/// The end of the set that begins at `open`, one past its bracket; npos if it is not closed.
std::size_t end_of_set(std::string_view pattern, std::size_t open) {
  auto first = open + 1;
  if (first < pattern.size() && pattern[first] == '!') ++first;
  const auto close = pattern.find(']', first + 1);
  return first >= pattern.size() || close == npos ? npos : close + 1;
}

/// Whether `c` is in "[a-z]"; `set` has its brackets.
bool in_set(char c, std::string_view set) {
  set = set.substr(1, set.size() - 2);
  const bool negated = set.starts_with('!');
  if (negated) set.remove_prefix(1);
  bool found = false;
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (i + 2 < set.size() && set[i + 1] == '-') {
      found = found || (set[i] <= c && c <= set[i + 2]);
      i += 2;
    } else {
      found = found || set[i] == c;
    }
  }
  return found != negated;
}

/// How many bytes of `pattern` at `in` match `c`; 0 if they do not.
std::size_t one_of_wildcards(char c, std::string_view pattern, std::size_t in) {
  return in < pattern.size() && (pattern[in] == '?' || pattern[in] == c) ? 1 : 0;
}

/// The same, where the pattern may have a set there.
std::size_t one_of_glob(char c, std::string_view pattern, std::size_t in) {
  if (in < pattern.size() && pattern[in] == '[')
    if (const auto end = end_of_set(pattern, in); end != npos)
      return in_set(c, pattern.substr(in, end - in)) ? end - in : 0;
  return one_of_wildcards(c, pattern, in);
}

/// @param match_one  how many bytes of the pattern at a place match a byte; 0 if they do not
template <typename MatchOne>
bool matches(std::string_view text, std::string_view pattern, MatchOne match_one) {
  std::size_t at = 0, in = 0, star = npos, retry = 0;
  while (at < text.size()) {
    if (in < pattern.size() && pattern[in] == '*') {
      star = in++;
      retry = at;
    } else if (const auto length = match_one(text[at], pattern, in); length > 0) {
      in += length;
      ++at;
    } else if (star != npos) {
      in = star + 1;
      at = ++retry;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', in) == npos;
}

}  // namespace

bool matches_glob(std::string_view text, std::string_view pattern) {
  return matches(text, pattern, one_of_glob);
}

bool matches_wildcards(std::string_view text, std::string_view pattern) {
  return matches(text, pattern, one_of_wildcards);
}

}  // namespace fleetscan
