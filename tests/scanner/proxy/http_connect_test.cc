#include "scanner/proxy/http_connect.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"

using namespace fleetscan;
using namespace fleetscan::proxy;

namespace {

const Destination kName{.name = "web01.example.net", .port = 2222};

HttpConnect hear(std::string_view bytes, std::size_t piece,
                 const std::optional<Credentials>& login = {}) {
  HttpConnect client(kName, login);
  for (auto left = bytes; !left.empty() && !client.talk().is_over();
       left.remove_prefix(std::min(piece, left.size())))
    client.receive(left.substr(0, piece));
  if (!client.talk().is_over()) client.end();
  return client;
}

Answer answer_to(std::string_view bytes) { return hear(bytes, 1000).talk().answer; }

}  // namespace

TEST_CASE("HttpConnect: asks for the target, by name or address, and with its login") {
  CHECK(HttpConnect(kName, std::nullopt).talk().output ==
        "CONNECT web01.example.net:2222 HTTP/1.1\r\nHost: web01.example.net:2222\r\n\r\n");
  CHECK(HttpConnect({.address = Address::parse("2001:db8::1"), .port = 22}, std::nullopt)
            .talk()
            .output == "CONNECT [2001:db8::1]:22 HTTP/1.1\r\nHost: [2001:db8::1]:22\r\n\r\n");
  CHECK(HttpConnect(kName, Credentials{"ann", "hush"})
            .talk()
            .output.ends_with("\r\nProxy-Authorization: Basic YW5uOmh1c2g=\r\n\r\n"));
}

TEST_CASE("HttpConnect: a grant is over with its blank line, and what follows is the target's") {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{4000}}) {
    CAPTURE(piece);
    HttpConnect client(kName, std::nullopt);
    const std::string bytes =
        "HTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.0 200 Connection established\r\n"
        "Content-Length: 5\r\n\r\n";
    for (std::string_view left = bytes; !left.empty();
         left.remove_prefix(std::min(piece, left.size())))
      client.receive(left.substr(0, piece));
    CHECK(client.talk().step == Step::granted);
    CHECK(client.talk().rest.empty());
  }
  CHECK(hear("HTTP/1.1 200 OK\n\nSSH-2.0-x\r\n", 1000).talk().rest == "SSH-2.0-x\r\n");
}

TEST_CASE("HttpConnect: names what the proxy answers") {
  const struct {
    std::string_view bytes;
    Answer answer;
  } cases[] = {
      {"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", Answer::wants_login},
      {"HTTP/1.1 403 Filtered\r\nServer: tinyproxy/1.11\r\n\r\n", Answer::forbidden},
      {"HTTP/1.1 405 Method Not Allowed\r\n\r\n", Answer::unsupported},
      {"HTTP/1.1 400 Bad Request\r\n\r\n", Answer::unsupported},
      {"HTTP/1.1 504 Gateway Timeout\r\n\r\n", Answer::timed_out},
      {"HTTP/1.1 500 Unable to connect\r\n\r\n", Answer::failed},
      {"HTTP/1.1 502 Bad Gateway\r\n\r\n", Answer::failed},
      {"HTTP/1.1 503 Service Unavailable\r\nX-Squid-Error: ERR_CONNECT_FAIL 111\r\n\r\n",
       Answer::refused},
      {"HTTP/1.1 503 Service Unavailable\r\nX-Squid-Error: ERR_CONNECT_FAIL 110\r\n\r\n",
       Answer::timed_out},
      {"HTTP/1.1 503 Service Unavailable\r\nX-Squid-Error: ERR_CONNECT_FAIL 113\r\n\r\n",
       Answer::host_unreachable},
      {"HTTP/1.1 503 Service Unavailable\r\nX-Squid-Error: ERR_CONNECT_FAIL 101\r\n\r\n",
       Answer::network_unreachable},
      {"HTTP/1.1 503 Service Unavailable\r\nx-squid-error:ERR_DNS_FAIL 0\r\n\r\n",
       Answer::unresolved},
      {"HTTP/1.1 403 Forbidden\r\nX-Squid-Error: ERR_ACCESS_DENIED 0\r\n\r\n", Answer::forbidden},
      {"HTTP/1.1 502 Bad Gateway\r\nProxy-Status: gate; error=connection_refused\r\n\r\n",
       Answer::refused},
      {"HTTP/1.1 502 Bad Gateway\r\nProxy-Status: a; error=dns_error, b; "
       "error=connection_timeout;details=\"x\"\r\n\r\n",
       Answer::timed_out},
      {"HTTP/1.1 502 Bad Gateway\r\nProxy-Status: gate; error=dns_error;rcode=\"NXDOMAIN\"\r\n\r\n",
       Answer::unresolved},
      {"HTTP/1.1 403 Forbidden\r\nProxy-Status: gate; error=destination_ip_prohibited\r\n\r\n",
       Answer::forbidden},
      {"HTTP/1.1 502 Bad Gateway\r\nProxy-Status: gate; error=something_new\r\n\r\n",
       Answer::failed},
      {"HTTP/1.1 302 Found\r\nLocation: http://login/\r\n\r\n", Answer::failed},
      {"HTTP/1.1 403 Forbidden\r\nServ", Answer::forbidden},  // and the end
      {"HTTP/1.1 200 OK\r\nServer: x\r\n", Answer::hung_up},
      {"HTTP/1.1 4", Answer::hung_up},
      {"", Answer::hung_up},
      {"HTTP/2 200\r\n\r\n", Answer::nonsense},
      {"HTTP/1.1 abc\r\n\r\n", Answer::nonsense},
      {"HTTP/1.1 2000 OK\r\n\r\n", Answer::nonsense},
      {"HTTP/1.1 099 OK\r\n\r\n", Answer::nonsense},
      {"SSH-2.0-OpenSSH_9.2\r\n", Answer::nonsense},
      {"\x05\xff", Answer::nonsense},
  };
  for (const auto& [bytes, answer] : cases) {
    CAPTURE(bytes);
    CHECK(answer_to(bytes) == answer);
    CHECK(hear(bytes, 1).talk().answer == answer);
  }
  CHECK(hear("HTTP/1.1 407 No\r\n\r\n", 9, Credentials{"a", "b"}).talk().answer ==
        Answer::login_failed);
}

TEST_CASE("HttpConnect: a proxy without end is cut off at the bound") {
  const auto bytes_until_over = [](std::string_view begin, char endless) {
    HttpConnect client(kName, std::nullopt);
    client.receive(begin);
    std::size_t count = begin.size();
    for (; !client.talk().is_over() && count < 4 * Negotiation::kMaxBytes; ++count)
      client.receive({&endless, 1});
    CHECK(client.talk().answer == Answer::nonsense);
    CHECK(client.talk().words.size() <= Negotiation::kMaxWords);
    return count;
  };
  CHECK(bytes_until_over("HTTP/1.1 200 OK\r\nA: ", 'x') == Negotiation::kMaxBytes + 1);
  CHECK(bytes_until_over("HTTP/1.1 200 ", 'x') == Negotiation::kMaxBytes + 1);

  HttpConnect lines(kName, std::nullopt);
  lines.receive("HTTP/1.1 200 OK\r\n");
  std::size_t count = 0;
  for (; !lines.talk().is_over() && count < 4 * Negotiation::kMaxBytes; count += 3)
    lines.receive("A:\n");
  CHECK(count <= Negotiation::kMaxBytes + 3);
  CHECK(lines.talk().answer == Answer::nonsense);
}

TEST_CASE("HttpConnect: a proxy that sends back what it heard reveals no password") {
  const Credentials login{"ann", "hush"};
  CHECK(hear("HTTP/1.1 403 Basic YW5uOmh1c2g= hush hushhush\r\n\r\n", 1000, login).talk().words ==
        "HTTP/1.1 403 Basic *** *** ******");
}
