#pragma once
// What the simulated fleet saw of its clients: the figures by which a scanner's manners are judged.

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/address.h"

namespace fleetscan::simulator {

struct HostCount {
  std::uint64_t connections = 0;
  std::uint64_t open = 0;
  std::uint64_t peak = 0;  ///< most of them open at once
};

/// Hosts are addresses of 127.0.0.0/8, whatever the port, and ports of ::1.
struct HostId {
  Address address;
  std::uint16_t port = 0;  ///< 0 for IPv4

  bool operator==(const HostId&) const = default;
};

struct HashHostId {
  std::size_t operator()(const HostId& host) const;
};

class Statistics {
 public:
  /// @return how many connections the host had before.
  std::uint64_t opened(const HostId& host);
  void closed(const HostId& host);
  void proved() { ++key_exchanges_; }
  void goodbye(std::string_view text);

  /// May be asked from another thread while the fleet runs; all else only afterwards.
  [[nodiscard]] std::uint64_t connections() const { return connections_; }
  [[nodiscard]] std::uint64_t open() const { return open_; }
  [[nodiscard]] std::uint64_t key_exchanges() const { return key_exchanges_; }
  [[nodiscard]] std::uint64_t goodbyes() const { return goodbyes_; }

  /// One line of JSON.
  [[nodiscard]] std::string json() const;
  /// "ADDRESS CONNECTIONS PEAK" lines, sorted by address.
  [[nodiscard]] std::string count_log() const;

 private:
  std::unordered_map<HostId, HostCount, HashHostId> hosts_;
  std::atomic<std::uint64_t> connections_{0};
  std::uint64_t open_ = 0;
  std::uint64_t peak_ = 0;
  std::uint64_t key_exchanges_ = 0;  ///< signed replies sent
  std::uint64_t goodbyes_ = 0;       ///< readable SSH_MSG_DISCONNECT received
  std::string last_goodbye_;
};

}  // namespace fleetscan::simulator
