#include "base/spelling.h"

#include <doctest/doctest.h>

using namespace fleetscan;

TEST_CASE("closest: what was probably meant") {
  const std::vector<std::string> options{"--help",  "--html", "--history",
                                         "--jsonl", "--rate", "-o"};
  const struct {
    const char* word;
    std::optional<std::string> meant;
  } rows[] = {
      {"--htlm", "--html"},  // two letters swapped
      {"--histroy", "--history"},
      {"--jsnol", "--jsonl"},
      {"--rates", "--rate"},  // one too many
      {"--rat", "--rate"},    // one missing
      {"--hello", "--help"},  // one replaced, one too many
      {"--frobnicate", std::nullopt},
      {"-x", std::nullopt},  // too short to guess
      {"", std::nullopt},
  };
  for (const auto& [word, meant] : rows) {
    CAPTURE(word);
    CHECK(closest(word, options) == meant);
  }
  CHECK_FALSE(closest("--html", {}));
}
