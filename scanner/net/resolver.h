#pragma once
// Resolver finds the addresses of a scan's names: one query per distinct name, a few at a time.

#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/clock.h"
#include "scanner/net/name_service.h"
#include "scanner/net/question_window.h"
#include "scanner/net/resolver_settings.h"
#include "scanner/net/uv_handle.h"
#include "scanner/probe/outcome.h"

namespace fleetscan::net {

struct Resolution {
  /// ok, or one of resolve_not_found, resolve_no_address, resolve_failure, resolve_suspicious,
  /// scanner_resolver
  probe::Outcome outcome = probe::Outcome::ok;
  /// Best first (RFC 6724). Not empty when ok; when suspicious, what must not be connected to.
  std::vector<Address> addresses = {};
  Micros took{0};
};

/// Looks names up, remembers the last kRemembered answers, and tells a name that fails from a
/// resolver that answers for no name at all: failures are held back until some name was answered
/// (then they are resolve_failure), or nothing else is open, or `dead_after` has passed (then they
/// are scanner_resolver, and so is every further name, at once).
///
/// A name for which no name server said anything is asked again, a second later each time, within
/// `patience` of its first question. If that does not help, the name that was answered last is
/// asked for once more: any answer means that the server is there, and the silent name is
/// resolve_failure; none, within the longer of `patience` and `dead_after`, and the resolver is
/// given up.
///
/// Of addresses from a name server, those that no host has (see no_hosts_address()) are dropped; a
/// name without others is resolve_suspicious. This machine's own file of hosts may name any
/// address, and so may a name server that was given by a loopback address: it speaks of loopback.
///
/// Destroying it forgets what is open: nothing calls back.
class Resolver {
 public:
  static constexpr std::size_t kRemembered = 65536;

  using Done = std::function<void(std::uint64_t id, const Resolution& resolution)>;

  /// @param on_done  called exactly once for each look_up(), from the loop and never from inside
  ///                 look_up(), which it may call; it must not destroy the resolver
  Resolver(uv_loop_t& loop, const ResolverSettings& settings, Done on_done);
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// @param id  chosen by the caller, handed back with the resolution
  void look_up(std::uint64_t id, const std::string& name);

  /// Look-ups without a resolution yet.
  [[nodiscard]] std::size_t open() const { return open_; }

 private:
  using Name = std::string;
  struct Question {
    std::vector<std::uint64_t> ids;
    TimePoint started;
  };

  void ask_more();
  void on_answer(const Name& name, NameAnswer answer);
  [[nodiscard]] probe::Outcome sift(NameAnswer& answer) const;
  [[nodiscard]] bool may_mean_a_host(const Address& address) const;
  void settle(const Name& name, probe::Outcome outcome, std::vector<Address> addresses);
  void settle_failures(probe::Outcome outcome);
  void unanswered(const Name& name);
  void answered_by_server(const Name& name);
  void ask_control();
  void await_answer();
  void ask_again();
  void remember(const Name& name, const Resolution& resolution);
  void schedule_delivery();
  void deliver();
  void give_up();

  ResolverSettings settings_;
  Done on_done_;

  std::unordered_map<Name, Question> questions_;  ///< of names not settled yet
  std::deque<Name> to_ask_;
  std::size_t asked_ = 0;       ///< questions that the service has not answered yet
  QuestionWindow window_;       ///< how many of them there may be
  std::vector<Name> failures_;  ///< held back while it is open who is to blame
  std::unordered_map<Name, Resolution> known_;
  std::deque<Name> known_order_;
  std::vector<std::pair<std::uint64_t, Resolution>> deliveries_;
  std::size_t open_ = 0;
  std::deque<std::pair<TimePoint, Name>> again_;  ///< to be asked again, and when
  std::optional<Name> control_;                   ///< the last name that was answered
  bool dead_ = false;                             ///< none was, and for too long

  UvHandle<uv_timer_t> deliver_;
  UvHandle<uv_timer_t> patience_;
  UvHandle<uv_timer_t> again_timer_;
  std::unique_ptr<NameService> service_;  // last: it calls back into the rest
};

}  // namespace fleetscan::net
