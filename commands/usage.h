#pragma once
// What is said about a command line that is not carried out: help, or what is wrong with it.

#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace fleetscan::commands {

/// What to say instead of carrying a command line out, and with which exit status.
struct Instead {
  int status = 0;  ///< kExitPassed: `text` is for standard output; kExitUsage: for standard error
  std::string text;
};

/// What is wrong with the words that `app` did not know, with a guess at what was meant.
/// REQUIRES: there are such words
[[nodiscard]] std::string unknown_words(const CLI::App& app);

/// @param program  "fleetscan", or "fleetscan report"
/// @param fault  what is wrong; printable
[[nodiscard]] Instead usage_error(std::string_view program, std::string_view fault);

}  // namespace fleetscan::commands
