#include "tests/simulator/statistics.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

namespace fleetscan::simulator {

std::size_t HashHostId::operator()(const HostId& host) const {
  const auto low = host.address.is_v4() ? host.address.v4_value() : host.port;
  return static_cast<std::size_t>(low) * 0x9e3779b97f4a7c15;
}

std::uint64_t Statistics::opened(const HostId& host) {
  ++connections_;
  peak_ = std::max(peak_, ++open_);
  auto& count = hosts_[host];
  count.peak = std::max(count.peak, ++count.open);
  return count.connections++;
}

void Statistics::closed(const HostId& host) {
  --open_;
  --hosts_[host].open;
}

void Statistics::goodbye(std::string_view text) {
  ++goodbyes_;
  last_goodbye_ = text;
}

std::string Statistics::json() const {
  HostCount most;
  for (const auto& [host, count] : hosts_) {
    most.connections = std::max(most.connections, count.connections);
    most.peak = std::max(most.peak, count.peak);
  }
  const nlohmann::ordered_json line = {
      {"connections", connections()},
      {"hosts", hosts_.size()},
      {"key_exchanges", key_exchanges_},
      {"open", open_},
      {"peak_open", peak_},
      {"max_connections_to_one_host", most.connections},
      {"max_open_to_one_host", most.peak},
      {"goodbyes", goodbyes_},
      {"last_goodbye", last_goodbye_},
  };
  return line.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

std::string Statistics::count_log() const {
  std::map<std::pair<Address, std::uint16_t>, HostCount> sorted;
  for (const auto& [host, count] : hosts_) sorted[{host.address, host.port}] = count;
  std::string log;
  for (const auto& [host, count] : sorted) {
    const auto& [address, port] = host;
    log += port == 0 ? address.to_string() : host_and_port(address.to_string(), port);
    log += ' ' + std::to_string(count.connections) + ' ' + std::to_string(count.peak) + '\n';
  }
  return log;
}

}  // namespace fleetscan::simulator
