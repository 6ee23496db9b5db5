#include "base/base64.h"

#include <doctest/doctest.h>

#include <string>

namespace fleetscan {
namespace {

TEST_CASE("base64: RFC 4648 section 10, and what is no base64") {
  const struct {
    std::string text, bytes;
  } cases[] = {{"", ""},
               {"Zg==", "f"},
               {"Zm8=", "fo"},
               {"Zm9v", "foo"},
               {"Zm9vYg==", "foob"},
               {"Zm9vYmE=", "fooba"},
               {"Zm9vYmFy", "foobar"},
               {"//79", "\xff\xfe\xfd"}};
  for (const auto& [text, bytes] : cases) {
    CHECK(decode_base64(text) == bytes);
    CHECK(encode_base64(bytes) == text);
  }
  for (const std::string bad : {"Z", "Zg", "Zg=", "Zg===", "Z===", "====", "Zm9v!mFy", "Zm=v",
                                "Zm9 ", " Zm9", "\nZm9v\n\n\n", "Zm9-", "Zg==Zg=="})
    CHECK_FALSE(decode_base64(bad));
}

TEST_CASE("base64: a text of several slices, there and back") {
  std::string bytes((std::size_t{3} << 20) * 2 + 1, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * i >> 7);
  CHECK(decode_base64(encode_base64(bytes)) == bytes);
}

}  // namespace
}  // namespace fleetscan
