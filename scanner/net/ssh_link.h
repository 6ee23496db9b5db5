#pragma once
// SshLink is what the probes of a worker share on their way through a bastion.

#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "scanner/net/socket_watch.h"
#include "scanner/net/uv_handle.h"
#include "scanner/probe/probe_settings.h"
#include "scanner/proxy/negotiation.h"
#include "scanner/proxy/proxy.h"
#include "scanner/proxy/ssh_channels.h"

namespace fleetscan::net {

/// Holds the connection of the user's ssh. As it gets used up (a bastion goes on trying what nobody
/// waits for any more, and the client remembers what was refused), a second one is asked of its
/// keeper (vantages/bastion.h), which takes over what is new; the first one goes with its last
/// stream. A connection that is lost stays lost.
class SshLink {
 public:
  /// Of one connection, what nobody waits for and what was refused: first another one is
  /// wanted, then no stream begins. A server has 1024 descriptors where nobody raised that.
  static constexpr std::size_t kManyAbandoned = 400, kMostAbandoned = 800;
  static constexpr std::size_t kManyRefused = 6000, kMostRefused = 9000;

  struct Line;
  /// One stream of one connection.
  struct Stream {
    Line* line;
    proxy::SshChannels::Id id;
  };

  /// @param settings  must outlive it; the connection in them is this link's from now on
  explicit SshLink(const probe::ProbeSettings& settings);
  SshLink(const SshLink&) = delete;
  SshLink& operator=(const SshLink&) = delete;
  ~SshLink();

  /// Begins to watch the connection.
  /// @param report  is told which request has something new, never from inside another call
  void attach(uv_loop_t& loop, SocketWatch::OnEvents report);

  /// Whether no stream can begin any more.
  [[nodiscard]] bool is_lost() const;
  [[nodiscard]] bool is_lost(const Stream& stream) const;
  /// Why; raw.
  [[nodiscard]] const std::string& words() const { return words_; }

  /// @param request  told when something is known of it, or when it is its turn to ask again
  /// @return nothing if it has to wait: what is let go of counts until the bastion has done so, too
  [[nodiscard]] std::optional<Stream> open(std::uint64_t request,
                                           const proxy::Destination& destination);
  [[nodiscard]] const proxy::Channel& look(const Stream& stream) const;
  [[nodiscard]] std::size_t read(const Stream& stream, std::span<char> space);
  /// @return how many of the bytes were taken
  [[nodiscard]] std::size_t send(const Stream& stream, std::string_view bytes);
  void close(const Stream& stream);
  /// Reports the request in the loop's next turn.
  void wake(std::uint64_t request);

  /// When the bastion was last heard of.
  [[nodiscard]] TimePoint heard(const Stream& stream) const;
  /// Whether it has not answered a sign of life that was asked of it.
  [[nodiscard]] bool is_silent(const Stream& stream, TimePoint now) const;

 private:
  void turn();
  void beat();
  void read_line(Line& line);
  void flush(Line& line);
  void lose(Line& line, const std::string& why);
  void take_news(Line& line);
  void renew();
  void receive_line();
  void drop_drained();
  void let_wait_no_longer();
  [[nodiscard]] std::size_t room() const;

  const proxy::Proxy& proxy_;
  std::list<Line> lines_;  ///< the last one is for new streams
  std::string words_;
  SocketWatch::OnEvents report_;
  std::vector<std::uint64_t> awake_;
  std::deque<std::uint64_t> waiting_;
  TimePoint asked_ = TimePoint::min();  ///< when another connection was
  bool expects_line_ = false;
  std::optional<SocketWatch> watch_;
  UvHandle<uv_timer_t> beat_;
};

}  // namespace fleetscan::net
