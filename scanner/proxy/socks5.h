#pragma once
// The client's side of SOCKS version 5 (RFC 1928), with user name and password (RFC 1929).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "scanner/proxy/answer.h"
#include "scanner/proxy/negotiation.h"

namespace fleetscan::proxy {

/// Bytes in, bytes out:
///
///     greeting --method--> [login --accepted-->] request --reply--> granted
///         +---- no method, no login, a reply that refuses, nonsense ----> over
class Socks5 {
 public:
  /// Offers user name and password if there are any, beside none.
  Socks5(Destination destination, const std::optional<Credentials>& credentials);

  /// Takes what the proxy sent, in any cut. REQUIRES: not over
  void receive(std::string_view bytes);
  /// The proxy closed its side. REQUIRES: not over
  void end() { talk_.end(Answer::hung_up); }

  [[nodiscard]] Negotiation& talk() { return talk_; }
  [[nodiscard]] const Negotiation& talk() const { return talk_; }

 private:
  enum class Awaited : std::uint8_t { method, login, reply };

  [[nodiscard]] bool read_one();
  void read_method();
  void log_in();
  void read_login();
  void request();
  [[nodiscard]] bool read_reply();

  Destination destination_;
  std::optional<Credentials> credentials_;
  Awaited awaited_ = Awaited::method;
  std::string received_;  ///< and not read yet
  Negotiation talk_;
};

}  // namespace fleetscan::proxy
