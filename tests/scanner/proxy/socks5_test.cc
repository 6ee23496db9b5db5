#include "scanner/proxy/socks5.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"

using namespace fleetscan;
using namespace fleetscan::proxy;
using namespace std::string_literals;

namespace {

const Destination kAddress{.address = Address::parse("192.0.2.7"), .port = 2222};
const Credentials kLogin{"ann", "hush"};

struct Heard {
  Step step;
  Answer answer;
  std::string rest;

  bool operator==(const Heard&) const = default;
};

/// The bytes in pieces of that size, until the talk is over.
Heard hear(std::string_view bytes, std::size_t piece,
           const std::optional<Credentials>& login = {}) {
  Socks5 client(kAddress, login);
  std::string left{bytes};
  while (!left.empty() && !client.talk().is_over()) {
    client.receive(left.substr(0, piece));
    left.erase(0, piece);
  }
  if (!client.talk().is_over() && bytes.empty()) client.end();
  return {client.talk().step, client.talk().answer, client.talk().rest + left};
}

const std::string kGranted = "\5\0\5\0\0\1\x7f\0\0\1\x12\x34"s;

}  // namespace

TEST_CASE("Socks5: says what RFC 1928 and RFC 1929 want it to") {
  Socks5 plain(kAddress, std::nullopt);
  CHECK(plain.talk().output == "\5\1\0"s);
  plain.receive("\5\0"s);
  CHECK(plain.talk().output == "\5\1\0"s + "\5\1\0\1\xc0\0\2\7\x08\xae"s);

  Socks5 login({.name = "web01", .port = 22}, kLogin);
  CHECK(login.talk().output == "\5\2\0\2"s);
  login.talk().output.clear();
  login.receive("\5\2"s);
  CHECK(login.talk().output == "\1\3ann\4hush"s);
  CHECK(login.talk().step == Step::greeting);
  login.talk().output.clear();
  login.receive("\1\0"s);
  CHECK(login.talk().output == "\5\1\0\3\5web01\0\x16"s);
  CHECK(login.talk().step == Step::asked);

  Socks5 v6({.address = Address::parse("2001:db8::1"), .port = 22}, std::nullopt);
  v6.talk().output.clear();
  v6.receive("\5\0"s);
  CHECK(v6.talk().output == "\5\1\0\4\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\0\x16"s);
}

TEST_CASE("Socks5: names what the proxy answers, however it is cut") {
  const auto refusal = [](char code) { return "\5\0\5"s + code; };
  const struct {
    std::string bytes;
    Heard heard;
  } cases[] = {
      {kGranted, {Step::granted, Answer::granted, ""}},
      {kGranted + "SSH-2.0-x\r\n", {Step::granted, Answer::granted, "SSH-2.0-x\r\n"}},
      {"\5\0\5\0\0\3\2abcdSSH"s, {Step::granted, Answer::granted, "SSH"}},
      {"\5\0\5\0\0\4"s + std::string(18, 'x') + "S", {Step::granted, Answer::granted, "S"}},
      {refusal(1), {Step::over, Answer::failed, ""}},
      {refusal(2), {Step::over, Answer::forbidden, ""}},
      {refusal(3), {Step::over, Answer::network_unreachable, ""}},
      {refusal(4), {Step::over, Answer::host_unreachable, ""}},
      {refusal(5), {Step::over, Answer::refused, ""}},
      {refusal(6), {Step::over, Answer::timed_out, ""}},
      {refusal(7), {Step::over, Answer::unsupported, ""}},
      {refusal(8), {Step::over, Answer::unsupported, ""}},
      {refusal(9), {Step::over, Answer::nonsense, ""}},
      {"\5\xff"s, {Step::over, Answer::wants_login, ""}},
      {"\5\0\5\0\0\2????"s, {Step::over, Answer::nonsense, ""}},
      {"\5\0\5"s, {Step::asked, Answer::nonsense, ""}},  // so far
      {"\5\0"s, {Step::asked, Answer::asked, ""}},
      {"", {Step::over, Answer::hung_up, ""}},
  };
  for (const auto& [bytes, heard] : cases)
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{1000}}) {
      auto found = hear(bytes, piece);
      if (found.step == Step::over) found.rest.clear();
      CAPTURE(bytes);
      CAPTURE(piece);
      CHECK(found == heard);
    }
}

TEST_CASE("Socks5: other versions, methods and protocols are nonsense") {
  for (const std::string& bytes : {"\4\0"s, "HTTP/1.1 400 Bad Request\r\n"s,
                                   "SSH-2.0-OpenSSH_9.2\r\n"s, "\5\1"s, "\5\2"s, "\0\0"s})
    CHECK(hear(bytes, 1000).answer == Answer::nonsense);
}

TEST_CASE("Socks5: a login that is not taken is told from one that is wanted") {
  CHECK(hear("\5\2\1\1"s, 1, kLogin).answer == Answer::login_failed);
  CHECK(hear("\5\xff"s, 1, kLogin).answer == Answer::login_failed);
  CHECK(hear("\5\xff"s, 1).answer == Answer::wants_login);
  CHECK(hear("\5\2\1\0"s + kGranted.substr(2), 1, kLogin).answer == Answer::granted);
  CHECK(hear("\5\2\5\0"s, 1, kLogin).answer == Answer::nonsense);
}

TEST_CASE("Socks5: a proxy that sends back what it heard reveals no password") {
  Socks5 client(kAddress, Credentials{"ann", "hush"});
  client.receive("\5\2"s);
  client.receive("x\4hush"s);
  CHECK(client.talk().answer == Answer::nonsense);
  CHECK(client.talk().words == "x\4***"s);
}
