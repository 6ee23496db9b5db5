#include "inventory/known_hosts.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace fleetscan;
using namespace fleetscan::inventory;

namespace {

// Three keys as ssh-keygen made them, and what it prints as their fingerprints.
const std::string kEd =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIC/SXNhDuqKgyjcFreG4eDzsgxfCXt0XquJ9FLgFmChT";
const std::string kEdPrint = "SHA256:v984D7y9sN9lTAZ5SzgPHCDgf056vgtqvaQv6MueHBA";
const std::string kEd2 =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDa1AlKGhQruRvznZe8VisSp3JG34dUM3umowohKlbkG";
const std::string kEd2Print = "SHA256:px7H5GDdB9YOQ4aAAeRvKZRNYFx8eskUduID21KcAB4";
const std::string kRsa =
    "ssh-rsa "
    "AAAAB3NzaC1yc2EAAAADAQABAAABAQC/qR+N5vit/"
    "xrVTqYw2oWeRfh6vi2+EfubIQG3LPqv+mSv797MAwySdjQT3ccCzEFN/aaC2FgPpLj/fx+lBb5sqpmhMC/"
    "F6lY+H31Jk8+00hiuB99cMxbC+wmRnHFc3QFY7lAKwansl8GxptUevztcKZUaOkraTPc/"
    "l9AKeXsqkHiE2IYi3TT+SxxVK7oDJpoh7PyauUiMbC4q3RpRkCNBidvJQZn+tZTit/"
    "KsxpJBoL3SLwNi4GppQVQGmslJj2nNqHvwCb2GDY+KFWoUYEHrcMLtHuHotADDw9k4E0UZpWK6BcKUc+m2JIBt/"
    "lw3cmMkUHt/nQV1JiUfqNWBpppv";
const std::string kRsaPrint = "SHA256:hcITCn+2edfwOCMwibgu8CEfi99au3IC9z1hmmx498c";
// `ssh-keygen -H` made these of web01.example.net and [web01.example.net]:2222.
const std::string kHashed = "|1|L3oUDl06SRk1kvcFwp1RquByxIc=|yLgbG3d7isvWN4t/Vq96wLlEv4w=";
const std::string kHashedPort = "|1|9drEVNytC7SmQEMA4FOe0fWIys4=|Y78SaJ8ABxSJITaiaCydJuXH4OQ=";

std::string verdict(KeyVerdict verdict) {
  switch (verdict) {
    case KeyVerdict::unknown: return "unknown";
    case KeyVerdict::match: return "match";
    case KeyVerdict::changed: return "changed";
    case KeyVerdict::revoked: return "revoked";
  }
  return "?";
}

std::string errors_in(const std::string& text) {
  KnownHosts known;
  InputErrors errors;
  known.add(text, "k", errors);
  std::string result;
  for (const auto& error : errors.kept()) result += error.to_string() + '\n';
  return result;
}

}  // namespace

TEST_CASE("KnownHosts: judges as ssh(1) does") {
  const std::string ed = "ssh-ed25519", rsa = "ssh-rsa";
  struct Key {
    std::string type, print;
  };
  const Key first{ed, kEdPrint}, second{ed, kEd2Print}, third{rsa, kRsaPrint};
  // clang-format off
  const struct { std::string name, file, host, address; std::uint16_t port; Key key; std::string verdict; } cases[] = {
      {"no entry", "", "web", "", 22, first, "unknown"},
      {"same key", "web " + kEd, "web", "", 22, first, "match"},
      {"case does not matter", "WEB.example " + kEd, "web.EXAMPLE", "", 22, first, "match"},
      {"another key", "web " + kEd, "web", "", 22, second, "changed"},
      {"another type only", "web " + kRsa, "web", "", 22, first, "unknown"},
      {"one of several", "web " + kEd + "\nweb " + kEd2, "web", "", 22, second, "match"},
      {"of its type, another", "web " + kEd + "\nweb " + kRsa, "web", "", 22, second, "changed"},
      {"comma list", "a,web,b " + kEd, "web", "", 22, first, "match"},
      {"by address", "a,10.0.0.1 " + kEd, "web", "10.0.0.1", 22, first, "match"},
      {"changed by address", "10.0.0.1 " + kEd, "web", "10.0.0.1", 22, second, "changed"},
      {"the name decides", "web " + kEd + "\n10.0.0.1 " + kEd2, "web", "10.0.0.1", 22, first, "match"},
      {"port", "[web]:2222 " + kEd, "web", "", 2222, first, "match"},
      {"port in the file, not asked", "[web]:2222 " + kEd, "web", "", 22, first, "unknown"},
      {"port asked, plain entry", "web " + kEd, "web", "", 2222, first, "match"},
      {"port asked, plain entry differs", "web " + kEd, "web", "", 2222, second, "unknown"},
      {"port entry wins", "web " + kEd + "\n[web]:2222 " + kEd2, "web", "", 2222, first, "changed"},
      {"IPv6 with port", "[2001:db8::1]:2222 " + kEd, "2001:db8::1", "2001:db8::1", 2222, first, "match"},
      {"star", "*.example " + kEd, "a.b.example", "", 22, first, "match"},
      {"star needs the dot", "*.example " + kEd, "example", "", 22, first, "unknown"},
      {"question mark", "web? " + kEd, "web1", "", 22, first, "match"},
      {"question mark is one byte", "web? " + kEd, "web12", "", 22, first, "unknown"},
      {"negation", "*.example,!bad.example " + kEd, "bad.example", "", 22, first, "unknown"},
      {"negation of others", "*.example,!bad.example " + kEd, "good.example", "", 22, first, "match"},
      {"negation first", "!bad.example,*.example " + kEd, "bad.example", "", 22, first, "unknown"},
      {"revoked", "@revoked * " + kEd, "web", "", 22, first, "revoked"},
      {"revoked wins over a match", "web " + kEd + "\n@revoked web " + kEd, "web", "", 22, first, "revoked"},
      {"another is revoked", "web " + kEd + "\n@revoked * " + kEd2, "web", "", 22, first, "match"},
      {"revoked elsewhere", "@revoked a " + kEd, "web", "", 22, first, "unknown"},
      {"revoked for the address", "web " + kEd + "\n@revoked 10.0.0.1 " + kEd, "web", "10.0.0.1", 22, first, "revoked"},
      {"authority is no key", "@cert-authority * " + kEd, "web", "", 22, first, "unknown"},
      {"rsa", "web " + kRsa + " root@web", "web", "", 22, third, "match"},
      {"comments and blanks", "# c\n\n \t web \t" + kEd + " a comment\r\n", "web", "", 22, first, "match"},
      {"hashed", kHashed + " " + kEd, "Web01.example.net", "", 22, first, "match"},
      {"hashed, changed", kHashed + " " + kEd, "web01.example.net", "", 22, second, "changed"},
      {"hashed, another name", kHashed + " " + kEd, "web02.example.net", "", 22, first, "unknown"},
      {"hashed with port", kHashedPort + " " + kEd, "web01.example.net", "", 2222, first, "match"},
      {"hashed with port, not asked", kHashedPort + " " + kEd, "web01.example.net", "", 22, first, "unknown"},
  };
  // clang-format on
  for (const auto& one : cases) {
    CAPTURE(one.name);
    KnownHosts known;
    InputErrors errors;
    known.add(one.file, "k", errors);
    CHECK(errors.empty());
    const auto ask = [&] {
      return verdict(known.check(one.host, one.address, one.port, one.key.type, one.key.print));
    };
    CHECK(ask() == one.verdict);
    CHECK(ask() == one.verdict);  // the second time from what was remembered
  }
}

TEST_CASE("KnownHosts: bad lines are said and left out") {
  const std::string form = "a line is: names, key type, key in base64";
  const std::string key = "the key is not valid base64 for the type before it: copy the line again";
  const std::string hash = "a hashed name is |1|salt|hash, both 20 bytes in base64";
  CHECK(errors_in("web " + kEd + "\nweb\n") == "k:2: \"web\": " + form + "\n");
  CHECK(errors_in("web ssh-ed25519\n") == "k:1: \"web ssh-ed25519\": " + form + "\n");
  CHECK(errors_in("@foo web " + kEd).find("a marker is") != std::string::npos);
  CHECK(errors_in("web ssh-ed25519 A===") == "k:1: \"A===\": " + key + "\n");
  CHECK(errors_in("web ssh-rsa " + kEd.substr(12)).find(key) != std::string::npos);
  CHECK(errors_in("|1|AAAA|AAAA " + kEd) == "k:1: \"|1|AAAA|AAAA\": " + hash + "\n");
  CHECK(errors_in("|2|" + kHashed.substr(3) + " " + kEd).find(hash) != std::string::npos);
  CHECK(errors_in("|1| " + kEd).find(hash) != std::string::npos);
  CHECK(errors_in("| " + kEd).find(hash) != std::string::npos);
  CHECK(errors_in("web 1024 35 1234").find("SSH-1") != std::string::npos);
  CHECK(errors_in(std::string{"we\0b x y", 8}).find("NUL") != std::string::npos);
  CHECK(errors_in(std::string(1 << 20, 'x')).find("65536") != std::string::npos);
}

TEST_CASE("KnownHosts: hashed names cost one comparison each and name, up to the budget") {
  KnownHosts known(3);
  InputErrors errors;
  known.add(kHashed + ' ' + kEd + '\n' + kHashedPort + ' ' + kEd + '\n', "k", errors);
  const auto ask = [&](const std::string& host) {
    return verdict(known.check(host, "", 22, "ssh-ed25519", kEdPrint));
  };
  CHECK(ask("web01.example.net") == "match");  // 2 comparisons
  CHECK(ask("web01.example.net") == "match");  // remembered
  CHECK(known.unhashed_lookups() == 0);
  CHECK(ask("other") == "unknown");
  CHECK(known.unhashed_lookups() == 1);
  CHECK(known.hashed() == 2);
}
