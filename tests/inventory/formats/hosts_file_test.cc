#include "inventory/formats/hosts_file.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace fleetscan;
using namespace fleetscan::inventory;

namespace {

/// "line:column host key=value ..." for each entry, then each error.
std::vector<std::string> parsed(std::string_view text) {
  std::vector<std::string> result;
  InputErrors errors;
  const auto sink = [&](const Entry& entry) {
    auto one = std::to_string(entry.line) + ':' + std::to_string(entry.column) + ' ' +
               std::string{entry.host};
    if (entry.labels)
      for (const auto& [key, value] : *entry.labels) one += ' ' + key + '=' + value;
    result.push_back(one);
  };
  parse_hosts_file(text, "f", sink, errors);
  for (const auto& error : errors.kept()) result.push_back(error.to_string());
  return result;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("parse_hosts_file: hosts, comments and labels") {
  // clang-format off
  const struct { std::string text; Lines lines; } cases[] = {
      {"", {}},
      {"\n\r\n  \t\n# only\n  # comments\n", {}},
      {"web01", {"1:1 web01"}},
      {"web01\nweb02:2222\n", {"1:1 web01", "2:1 web02:2222"}},
      {"web01\r\nweb02\r\n", {"1:1 web01", "2:1 web02"}},
      {"\xef\xbb\xbfweb01\n", {"1:1 web01"}},
      {"  web01\t# comment", {"1:3 web01"}},
      {"web01#1", {"1:1 web01#1"}},
      {"web01 rack=a1 site=fra\nweb02 rack=a1 site=fra", {"1:1 web01 rack=a1 site=fra", "2:1 web02 rack=a1 site=fra"}},
      {"web01\track=a1\t site= # x", {"1:1 web01 rack=a1 site="}},
      {"web01 rack=a rack=b", {"1:1 web01 rack=a,b"}},
      {"web01 url=a=b", {"1:1 web01 url=a=b"}},
      {"web1 web2\tweb3", {"1:1 web1", "1:6 web2", "1:11 web3"}},
      {"192.0.2.1, 192.0.2.2", {"1:1 192.0.2.1", "1:12 192.0.2.2"}},
      {"root@web1:2222", {"1:1 root@web1:2222"}},
  };
  // clang-format on
  for (const auto& [text, lines] : cases) {
    CAPTURE(text);
    CHECK(parsed(text) == lines);
  }
}

TEST_CASE("parse_hosts_file: every bad line is said, with its place") {
  const std::string label =
      "only labels (key=value) may follow the host; put each host on its own line";
  const std::string nul = "a NUL byte: is this a text file, and not UTF-16?";
  const std::string line_limit = "a line may have at most 65536 bytes; is this an inventory?";
  CHECK(parsed("a b\nc\nd =x k=v\n") ==
        Lines{"2:1 c", "3:1 d", "f:1:1: \"a\": " + label, "f:3:3: " + label});
  CHECK(parsed(std::string{"a\0b\nc", 5}) == Lines{"2:1 c", "f:1: \"a\\x00b\": " + nul});
  CHECK(parsed(std::string(65536, 'a')).size() == 1);
  CHECK(parsed(std::string(65537, 'a') + "\nweb") ==
        Lines{"2:1 web", "f:1: \"" + std::string(80, 'a') + "\": " + line_limit});
  CHECK(parsed(std::string(1 << 20, ' ')) ==
        Lines{"f:1: \"" + std::string(80, ' ') + "\": " + line_limit});
}

TEST_CASE("parse_hosts_file: of very many errors, the first are kept and all are counted") {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "a b\n";
  InputErrors errors;
  parse_hosts_file(
      text, "f", [](const Entry&) {}, errors);
  CHECK(errors.kept().size() == InputErrors::kMaxKept);
  CHECK(errors.more() == 5000 - InputErrors::kMaxKept);
}

TEST_CASE("InputError: foreign bytes are printed escaped and cut") {
  CHECK(InputError{"a\nb", 1, 2, "\x1b[31m\"", "no"}.to_string() ==
        "a\\x0ab:1:2: \"\\x1b[31m\\\"\": no");
  CHECK(excerpt(std::string(81, 'x')) == std::string(80, 'x') + "...");
  CHECK(InputError{.remedy = "no"}.to_string() == "no");
}
