#pragma once
// The client's side of a tunnel through an HTTP proxy: CONNECT (RFC 9110 section 9.3.6).

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "scanner/proxy/answer.h"
#include "scanner/proxy/negotiation.h"

namespace fleetscan::proxy {

/// Bytes in, bytes out. Why a proxy refuses it says by its status, better by the header field
/// Proxy-Status (RFC 9209), or as Squid does, by X-Squid-Error; a status alone that may mean
/// anything stands for nothing but a failure.
class HttpConnect {
 public:
  /// Credentials are sent at once, as Basic (RFC 7617): a challenge would cost a second connection.
  HttpConnect(const Destination& destination, const std::optional<Credentials>& credentials);

  /// Takes what the proxy sent, in any cut. REQUIRES: not over
  void receive(std::string_view bytes);
  /// The proxy closed its side. REQUIRES: not over
  void end();

  [[nodiscard]] Negotiation& talk() { return talk_; }
  [[nodiscard]] const Negotiation& talk() const { return talk_; }

 private:
  void read_line(std::string_view line, std::size_t next);
  void read_status(std::string_view line);
  void read_field(std::string_view line);
  void complete(std::size_t next);

  bool logged_in_;                ///< credentials were sent
  std::string received_;          ///< all of it, Negotiation::kMaxBytes at most
  std::size_t read_ = 0;          ///< of it, whole lines
  unsigned status_ = 0;           ///< 0: no status line yet
  std::string words_;             ///< the status line
  std::optional<Answer> reason_;  ///< what a header field says
  Negotiation talk_;
};

}  // namespace fleetscan::proxy
