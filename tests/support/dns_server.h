#pragma once
// A tiny name server on loopback that answers from a function and counts what it was asked.

#include <netinet/in.h>
#include <uv.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "scanner/net/uv_handle.h"

namespace fleetscan::test {

enum class Rcode : std::uint8_t { ok = 0, server_failure = 2, no_such_name = 3, refused = 5 };

/// The answer to any question about one name.
struct DnsReply {
  Rcode rcode = Rcode::ok;
  std::vector<Address> addresses = {};  ///< of both families; a question gets those of its own
  bool silent = false;                  ///< answers nothing at all
  bool silent_v4 = false;               ///< answers no question for an IPv4 address
  bool truncated = false;               ///< it asks to be asked by TCP, which nobody serves
};

class DnsServer {
 public:
  using Zone = std::function<DnsReply(const std::string& name)>;

  /// @param delay  between each question and its answer
  /// @param port  0: any
  DnsServer(uv_loop_t& loop, Zone zone, std::chrono::milliseconds delay = {},
            std::uint16_t port = 0);

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// Questions so far, by "name TYPE": "web.example.net A".
  std::map<std::string, int> asked;

 private:
  static void on_alloc(uv_handle_t* handle, std::size_t suggested, uv_buf_t* buffer);
  static void on_datagram(uv_udp_t* socket, ssize_t size, const uv_buf_t* buffer,
                          const sockaddr* from, unsigned flags);
  struct Late {
    std::uint64_t due;  ///< in the loop's milliseconds
    std::string reply;
    sockaddr_in to;
  };

  [[nodiscard]] std::string answer(std::string_view query);
  void send(std::string reply, const sockaddr_in& to);
  static void on_due(uv_timer_t* timer);

  Zone zone_;
  std::uint64_t delay_ms_;
  std::uint16_t port_ = 0;
  std::array<char, 2048> buffer_;
  net::UvHandle<uv_udp_t> socket_;
  net::UvHandle<uv_timer_t> timer_;
  std::deque<Late> late_;  ///< the first is due first
};

}  // namespace fleetscan::test
