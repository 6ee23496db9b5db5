#include "commands/versions.h"

#include <ares.h>
#include <fmt/format.h>
#include <libssh2.h>
#include <openssl/crypto.h>
#include <seccomp.h>
#include <sodium/version.h>
#include <sqlite3.h>
#include <uv.h>
#include <xxhash.h>
#include <zlib.h>
#include <zstd.h>

#include <CLI/Version.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "commands/revision.h"

namespace fleetscan::commands {
namespace {

/// Of a number that has two decimal digits for each part but the first.
std::string dotted(unsigned number) {
  return fmt::format("{}.{}.{}", number / 10000, number / 100 % 100, number % 100);
}

std::string seccomp() {
  const auto* version = seccomp_version();
  return fmt::format("{}.{}.{}", version->major, version->minor, version->micro);
}

}  // namespace

std::string versions() {
  return fmt::format(
      "fleetscan {} ({}, {})\n"
      "libuv {}, libssh2 {}, c-ares {}, OpenSSL {}, libsodium {}, SQLite {}, zlib {}, zstd {}, "
      "libseccomp {}\n"
      "yaml-cpp {}, pugixml {}, xxHash {}, fmt {}, CLI11 {}, nlohmann/json {}.{}.{}\n",
      FLEETSCAN_VERSION, FLEETSCAN_BUILD, FLEETSCAN_REVISION, uv_version_string(),
      libssh2_version(0), ares_version(nullptr), OpenSSL_version(OPENSSL_VERSION_STRING),
      sodium_version_string(), sqlite3_libversion(), zlibVersion(), ZSTD_versionString(), seccomp(),
      YAML_CPP_VERSION, PUGIXML_VERSION_TEXT, dotted(XXH_versionNumber()), dotted(FMT_VERSION),
      CLI11_VERSION, NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
      NLOHMANN_JSON_VERSION_PATCH);
}

}  // namespace fleetscan::commands
