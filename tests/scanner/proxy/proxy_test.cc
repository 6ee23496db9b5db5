#include "scanner/proxy/proxy.h"

#include <doctest/doctest.h>

#include <string>
#include <variant>

using namespace fleetscan;
using namespace fleetscan::proxy;

TEST_CASE("Proxy: reads its URL") {
  const struct {
    std::string url, again;
    bool resolves, has_address;
  } cases[] = {
      {"socks5://gate.example:1081", "socks5://gate.example:1081", false, false},
      {"socks5h://gate", "socks5h://gate:1080", true, false},
      {"http://192.0.2.1:3128/", "http://192.0.2.1:3128", false, true},
      {"http://192.0.2.1", "http://192.0.2.1:8080", false, true},
      {"socks5://[2001:db8::1]:1", "socks5://[2001:db8::1]:1", false, true},
      {"socks5://[2001:db8::1]", "socks5://[2001:db8::1]:1080", false, true},
      {"ssh://gate", "ssh://gate", true, false},
      {"ssh://ann@gate.example:2222/", "ssh://gate.example:2222", true, false},
      {"ssh://ann@[2001:db8::1]", "ssh://[2001:db8::1]", true, true},
  };
  for (const auto& [url, again, resolves, has_address] : cases) {
    CAPTURE(url);
    const auto parsed = parse_proxy(url);
    REQUIRE(std::holds_alternative<Proxy>(parsed));
    const auto& proxy = std::get<Proxy>(parsed);
    CHECK(proxy.to_string() == again);
    CHECK(proxy.resolves == resolves);
    CHECK(proxy.addresses.empty() != has_address);
  }
}

TEST_CASE("Proxy: refuses other URLs, and says what to write") {
  for (const std::string url : {"",
                                "gate:1080",
                                "socks4://gate:1080",
                                "https://gate:443",
                                "socks5://",
                                "socks5://:1080",
                                "socks5://gate:0",
                                "socks5://gate:65536",
                                "socks5://gate:x",
                                "socks5://gate:1080/path",
                                "socks5://[192.0.2.1]:1080",
                                "socks5://[gate]:1080",
                                "socks5://2001:db8::1",
                                "socks5://[2001:db8::1]x",
                                "socks5://ga te:1080",
                                "SOCKS5://gate:1080",
                                "ssh://",
                                "ssh://-oProxyCommand=x",
                                "ssh://-gate",
                                "ssh://-ann@gate",
                                "ssh://@gate",
                                "ssh://ann@",
                                "ssh://ann:hush@gate",
                                "ssh://ann b@gate",
                                "ssh://ann$x@gate",
                                "ssh://gate:0",
                                "ssh://gate;id"}) {
    CAPTURE(url);
    const auto parsed = parse_proxy(url);
    REQUIRE(std::holds_alternative<std::string>(parsed));
    CHECK(std::get<std::string>(parsed).find("socks5://HOST:PORT") != std::string::npos);
  }
}

TEST_CASE("Proxy: no password belongs in a URL") {
  const auto parsed = parse_proxy("socks5://ann:hush@gate:1080");
  REQUIRE(std::holds_alternative<std::string>(parsed));
  CHECK(std::get<std::string>(parsed).find("--proxy-credentials") != std::string::npos);
  CHECK(std::get<std::string>(parsed).find("hush") == std::string::npos);
}

TEST_CASE("Proxy: a bastion's user and port are those of its URL, or ssh's own") {
  const auto all = std::get<Proxy>(parse_proxy("ssh://ann@corp@gate:2222"));
  CHECK(all.user == "ann@corp");
  CHECK(all.host == "gate");
  CHECK(all.port == 2222);
  const auto none = std::get<Proxy>(parse_proxy("ssh://gate"));
  CHECK(none.user.empty());
  CHECK(none.port == 0);
}

TEST_CASE("Credentials: one line, with bounds") {
  const auto accepts = [](const std::string& text) {
    return std::holds_alternative<Credentials>(parse_credentials(text));
  };
  CHECK(accepts("a:b"));
  CHECK(accepts("ann:hu:sh\r\n"));
  CHECK(accepts(std::string(255, 'u') + ":" + std::string(255, 'p')));
  for (const std::string& text :
       {std::string(), std::string("ann"), std::string(":b"), std::string("a:"),
        std::string("a:b\nc:d\n"), std::string(256, 'u') + ":p", "u:" + std::string(256, 'p'),
        std::string("a:b\0c", 5)}) {
    CAPTURE(text);
    CHECK_FALSE(accepts(text));
  }
  const auto read = parse_credentials("ann:hu:sh\n");
  CHECK(std::get<Credentials>(read).user == "ann");
  CHECK(std::get<Credentials>(read).password == "hu:sh");
}

TEST_CASE("is_host_name: what a proxy may be asked for") {
  CHECK(is_host_name("web-01.example_net"));
  CHECK(is_host_name(std::string(253, 'a')));
  CHECK_FALSE(is_host_name(std::string(254, 'a')));
  for (const std::string name : {"", "a b", "a\r\nX: y", "a:1", "a/b", "\xc3\xa9"})
    CHECK_FALSE(is_host_name(name));
}
