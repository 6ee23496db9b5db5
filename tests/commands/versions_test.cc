#include "commands/versions.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <string>

namespace fleetscan::commands {
namespace {

TEST_CASE("versions: fleetscan's own comes first, and every library is named with a number") {
  const auto text = versions();
  CHECK(text.starts_with("fleetscan "));
  for (const std::string library :
       {"libuv", "libssh2", "c-ares", "OpenSSL", "libsodium", "SQLite", "zlib", "zstd",
        "libseccomp", "yaml-cpp", "pugixml", "xxHash", "fmt", "CLI11", "nlohmann/json"}) {
    CAPTURE(library);
    const auto at = text.find(library + ' ');
    REQUIRE(at != std::string::npos);
    CHECK(std::isdigit(static_cast<unsigned char>(text[at + library.size() + 1])) != 0);
  }
  CHECK(std::ranges::count(text, '\n') == 3);
}

}  // namespace
}  // namespace fleetscan::commands
