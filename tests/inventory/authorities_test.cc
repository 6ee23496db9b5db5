#include "inventory/authorities.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "base/base64.h"
#include "base/sha256.h"

using namespace fleetscan;
using namespace fleetscan::inventory;

namespace {

const std::string kBlob = std::string("\0\0\0\x0bssh-ed25519\0\0\0\x01x", 20);
const std::string kKey = "ssh-ed25519 " + encode_base64(kBlob);

}  // namespace

TEST_CASE("read_authorities: public keys and lines of known_hosts") {
  const std::set<std::string> expected{fingerprint(sha256(kBlob))};
  for (const auto& text :
       {kKey, kKey + " a comment\r\n", "# ours\n\n" + kKey + "\n", "  " + kKey + "\n" + kKey,
        "@cert-authority *.example.net,10.* " + kKey + "\n"}) {
    CAPTURE(text);
    InputErrors errors;
    CHECK(read_authorities(text, "ca", errors) == expected);
    CHECK(errors.empty());
  }
}

TEST_CASE("read_authorities: what is wrong, and where") {
  for (const std::string& line :
       {std::string("ssh-ed25519"), std::string("ssh-ed25519 !!!!"),
        "ssh-rsa " + encode_base64(kBlob), "@revoked * " + kKey, "* " + kKey,
        std::string("@cert-authority"), "ssh-ed25519 " + encode_base64(kBlob.substr(0, 15)),
        std::string(200, 'x') + ' ' + encode_base64(kBlob)}) {
    CAPTURE(line);
    InputErrors errors;
    CHECK(read_authorities(kKey + '\n' + line, "ca", errors).size() == 1);
    REQUIRE(errors.kept().size() == 1);
    CHECK(errors.kept()[0].line == 2);
    CHECK(errors.kept()[0].source == "ca");
  }
  InputErrors errors;
  CHECK(read_authorities("# nothing\n", "ca", errors).empty());
  CHECK(errors.kept().size() == 1);
}
