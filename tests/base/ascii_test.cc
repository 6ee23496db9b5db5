#include "base/ascii.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

namespace fleetscan {

TEST_CASE("is_printable_ascii: every byte at every place of texts of every length") {
  for (std::size_t size = 0; size <= 20; ++size) {
    std::string text(size, 'x');
    CHECK(is_printable_ascii(text));
    for (auto& c : text) {
      for (int byte = 0; byte < 256; ++byte) {
        c = static_cast<char>(byte);
        CAPTURE(byte);
        REQUIRE(is_printable_ascii(text) == (byte >= ' ' && byte <= '~'));
      }
      c = 'x';
    }
  }
}

TEST_CASE("is_printable_ascii: like looking at one byte after the other") {
  std::mt19937 random(20261121);
  const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
  for (int i = 0; i < 20000; ++i) {
    std::string text(random() % 40, ' ');
    const unsigned odd = random() % 16;  // most are printable throughout
    for (auto& c : text)
      c = static_cast<char>(random() % 200 < odd ? random() % 256 : ' ' + random() % 95);
    CAPTURE(text);
    REQUIRE(is_printable_ascii(text) == std::ranges::all_of(text, printable));
  }
}

}  // namespace fleetscan
