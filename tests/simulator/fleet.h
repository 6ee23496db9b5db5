#pragma once
// The simulated fleet: listeners on loopback, and all their connections on one epoll loop.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "tests/simulator/conversation.h"
#include "tests/simulator/key_exchange.h"
#include "tests/simulator/scenario.h"
#include "tests/simulator/statistics.h"

namespace fleetscan::simulator {

/// A file descriptor that is closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  [[nodiscard]] int get() const { return number_; }

 private:
  int number_;
};

class Fleet {
 public:
  /// Listens on these ports of all of 127.0.0.0/8 (0: any free one) and on those of ::1 that the
  /// scenario names. Reachable from this machine only.
  /// @param scenario  without errors; must outlive the fleet.
  /// @throws std::system_error
  Fleet(const Scenario& scenario, const std::vector<std::uint16_t>& ports);
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  /// The ports of 127.0.0.0/8, in the order asked for.
  [[nodiscard]] const std::vector<std::uint16_t>& ports() const { return ports_; }

  /// Serves until `end`, or until `interrupted`, which is called whenever `wake_descriptor` is
  /// readable, returns true.
  void serve(TimePoint end, int wake_descriptor, const std::function<bool()>& interrupted);

  [[nodiscard]] const Statistics& statistics() const { return statistics_; }

 private:
  struct Listener;
  struct Connection;
  /// Something is due at `time`, unless the connection has been told another time since.
  struct Alarm {
    TimePoint time;
    Connection* connection;
    bool operator>(const Alarm& other) const { return time > other.time; }
  };

  void listen_v4(std::uint16_t port);
  void listen_v6(std::uint16_t port);
  void watch_listeners(bool watch);
  void accept_all();
  void accept_from(const Listener& listener);
  void open(int socket, const Listener& listener);
  void ready(Connection& connection, std::uint32_t events);
  void read(Connection& connection);
  void step(Connection& connection);
  [[nodiscard]] bool flush(Connection& connection);
  void finish(Connection& connection);
  void wake_at(Connection& connection, TimePoint time);
  void watch(Connection& connection, bool writable);
  void close(Connection& connection, bool with_reset);
  void ring_alarms();
  [[nodiscard]] int patience(TimePoint end) const;

  const Scenario& scenario_;
  KeyExchange exchange_;
  Statistics statistics_;
  Descriptor epoll_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::vector<std::uint16_t> ports_;
  bool accepting_ = false;
  TimePoint now_;
  TimePoint accepted_;                  ///< when accept() was last tried
  std::deque<Connection> connections_;  ///< never moves; closed ones are used again
  std::vector<Connection*> idle_;
  std::vector<Connection*> closing_;  ///< closed in this turn of the loop: not yet idle
  std::priority_queue<Alarm, std::vector<Alarm>, std::greater<>> alarms_;
  std::string buffer_;
};

}  // namespace fleetscan::simulator
