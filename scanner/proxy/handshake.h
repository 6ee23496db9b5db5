#pragma once
// A Handshake asks a proxy of either kind for one connection.

#include <string_view>
#include <utility>
#include <variant>

#include "scanner/proxy/http_connect.h"
#include "scanner/proxy/negotiation.h"
#include "scanner/proxy/proxy.h"
#include "scanner/proxy/socks5.h"

namespace fleetscan::proxy {

class Handshake {
 public:
  Handshake(const Proxy& proxy, Destination destination)
      : client_(proxy.kind == Kind::socks5
                    ? Client(Socks5(std::move(destination), proxy.credentials))
                    : Client(HttpConnect(destination, proxy.credentials))) {}

  /// Takes what the proxy sent, in any cut. REQUIRES: not over
  void receive(std::string_view bytes) {
    std::visit([&](auto& client) { client.receive(bytes); }, client_);
  }
  /// The proxy closed its side. REQUIRES: not over
  void end() {
    std::visit([](auto& client) { client.end(); }, client_);
  }
  [[nodiscard]] Negotiation& talk() {
    return std::visit([](auto& client) -> Negotiation& { return client.talk(); }, client_);
  }
  [[nodiscard]] const Negotiation& talk() const {
    return std::visit([](const auto& client) -> const Negotiation& { return client.talk(); },
                      client_);
  }

 private:
  using Client = std::variant<Socks5, HttpConnect>;

  Client client_;
};

}  // namespace fleetscan::proxy
