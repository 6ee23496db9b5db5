#pragma once
// EchoService sends ICMP echoes without privileges, which tell a dead host from a filtered port.

#include <uv.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include "base/address.h"
#include "scanner/net/uv_handle.h"
#include "scanner/plan/deadline_queue.h"
#include "scanner/probe/result.h"

namespace fleetscan::net {

/// Sends echo requests (RFC 792, RFC 4443 section 4.1) over one datagram socket per family, which
/// Linux grants to the groups in net.ipv4.ping_group_range. The kernel keeps other processes'
/// replies from us. Each address gets two packets, a second apart, and two seconds in all.
///
/// Destroying it forgets what is open: nothing calls back.
class EchoService {
 public:
  /// How long an answer may take.
  static constexpr std::chrono::seconds kPatience{2};

  using Done = std::function<void(std::uint64_t id, probe::Echo echo)>;

  /// @param on_done  called exactly once for each ask(), from the loop and never from inside it
  EchoService(uv_loop_t& loop, Done on_done);
  EchoService(const EchoService&) = delete;
  EchoService& operator=(const EchoService&) = delete;
  ~EchoService();

  /// Ends as `forbidden` where the system grants no such socket, and as `unasked` where the packet
  /// cannot be sent.
  /// @param id  chosen by the caller, handed back with the answer; none that is open
  void ask(std::uint64_t id, const Address& address);

 private:
  class Channel;

  struct Open {
    Address address;
    unsigned sent = 0;
    probe::Echo echo = probe::Echo::silent;  ///< what it ends as
  };

  void send(std::uint64_t id, Open& open);
  void answered(std::uint64_t id, const Address& from);
  void end(std::uint64_t id, probe::Echo echo);
  void serve_deadlines();
  void arm_timer();
  [[nodiscard]] Channel* channel(Family family);

  uv_loop_t& loop_;
  Done on_done_;
  std::unordered_map<std::uint64_t, Open> open_;
  plan::DeadlineQueue deadlines_;
  UvHandle<uv_timer_t> timer_;
  std::unique_ptr<Channel> channels_[2];  ///< by family
};

}  // namespace fleetscan::net
