#include "scanner/net/sshfp_message.h"

#include <doctest/doctest.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

using namespace fleetscan::net;
using namespace std::string_literals;

namespace {

constexpr char kAnswered = '\x81', kAuthentic = '\x20';

/// An answer about a.test with one record for each of `data`, whose names point to the question's.
std::string message(char first, char second, std::initializer_list<std::string> data,
                    char type = 44) {
  auto bytes = "\x12\x34"s + first + second + "\0\1\0"s + static_cast<char>(data.size()) +
               "\0\0\0\0\1a\4test\0\0\x2c\0\1"s;
  for (const auto& each : data)
    bytes += "\xc0\x0c\0"s + type + "\0\1\0\0\0\x3c\0"s + static_cast<char>(each.size()) + each;
  return bytes;
}

std::optional<SshfpMessage> read(std::string_view bytes) {
  return read_sshfp({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
}

}  // namespace

TEST_CASE("read_sshfp: records, and what the server says of them") {
  const auto said = read(message(kAnswered, kAuthentic, {"\4\2digest"s, "\1\1x"s}));
  REQUIRE(said);
  CHECK(said->authentic);
  REQUIRE(said->records.size() == 2);
  CHECK(said->records[0] == fleetscan::ssh::SshfpRecord{4, 2, "digest"});
  CHECK(said->records[1] == fleetscan::ssh::SshfpRecord{1, 1, "x"});
  CHECK_FALSE(read(message(kAnswered, '\0', {}))->authentic);
}

TEST_CASE("read_sshfp: a name without records, and one that does not exist, have none") {
  CHECK(read(message(kAnswered, '\0', {}))->records.empty());
  CHECK(read(message(kAnswered, '\3', {}))->records.empty());
}

TEST_CASE("read_sshfp: other records and those without a digest are left out") {
  CHECK(read(message(kAnswered, '\0', {"\1\1x"s}, 1))->records.empty());
  CHECK(read(message(kAnswered, '\0', {""s, "\4"s, "\4\2"s, "\4\2x"s}))->records.size() == 1);
}

TEST_CASE("read_sshfp: no answer, a failure and a message cut anywhere say nothing") {
  CHECK_FALSE(read(message('\1', '\0', {"\4\2digest"s})));       // a question
  CHECK_FALSE(read(message(kAnswered, '\2', {"\4\2digest"s})));  // SERVFAIL
  CHECK_FALSE(read(message(kAnswered, '\5', {})));               // REFUSED
  const auto whole = message(kAnswered, '\0', {"\4\2digest"s});
  for (std::size_t size = 0; size < whole.size(); ++size) CHECK_FALSE(read(whole.substr(0, size)));
  CHECK_FALSE(read(std::string(70'000, '\0')));
}

TEST_CASE("read_sshfp: so many records are kept, and no more") {
  std::string bytes = "\x12\x34\x81\0\0\1\1\0\0\0\0\0\1a\4test\0\0\x2c\0\1"s;
  for (int i = 0; i < 256; ++i) bytes += "\xc0\x0c\0\x2c\0\1\0\0\0\x3c\0\3\4\2x"s;
  CHECK(read(bytes)->records.size() == kMaxSshfpRecords);
}
