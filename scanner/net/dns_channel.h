#pragma once
// DnsChannel: c-ares on a loop. It owns the library's channel, its sockets and its clock.

#include <uv.h>

#include <cstddef>
#include <string>
#include <unordered_map>

#include "scanner/net/resolver_settings.h"
#include "scanner/net/uv_handle.h"

struct ares_channeldata;

namespace fleetscan::net {

/// Asks the server of the settings, for names as they stand; else those of /etc/resolv.conf.
///
/// A question that no server answers ends within kTries rounds; c-ares doubles the timeout from
/// round to round. The first is short, as a lost datagram is more likely than a server that takes
/// so long, and asking that one twice does no harm.
class DnsChannel {
 public:
  static constexpr int kTries = 4;
  static constexpr int kTimeoutMs = 500;  ///< of the first round, per server

  /// What a datagram may hold without being fragmented on the way (DNS flag day 2020).
  static constexpr int kDatagramBytes = 1232;

  /// Throws std::runtime_error when c-ares cannot start.
  /// @param flags  c-ares', beside those that follow from the settings
  /// @param lookups  where names are looked up, in c-ares' letters; empty: where this system does
  DnsChannel(uv_loop_t& loop, const ResolverSettings& settings, int flags, std::string lookups);
  DnsChannel(const DnsChannel&) = delete;
  DnsChannel& operator=(const DnsChannel&) = delete;
  /// Answers every open question, as c-ares does: closing() is then true.
  ~DnsChannel();

  [[nodiscard]] ares_channeldata* get() const { return channel_; }
  [[nodiscard]] bool closing() const { return closing_; }

  /// Around each question: the channel needs its clock while one is open.
  void opened();
  void answered();

  /// Where this system looks names up, in c-ares' letters.
  [[nodiscard]] static std::string lookups();
  /// Every name server that is asked is on this machine.
  [[nodiscard]] bool asks_this_machine() const;

 private:
  void watch(int socket, bool read, bool write);
  static void on_ready(uv_poll_t* poll, int status, int events);
  void look_after();

  uv_loop_t& loop_;
  ares_channeldata* channel_ = nullptr;
  bool closing_ = false;
  std::size_t open_ = 0;                                ///< questions without an answer
  std::unordered_map<int, UvHandle<uv_poll_t>> polls_;  ///< null: it is not watched
  UvHandle<uv_timer_t> timer_;
};

}  // namespace fleetscan::net
