#include "inventory/formats/results.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/input_error.h"
#include "base/json_reader.h"
#include "inventory/entry.h"
#include "inventory/target.h"

namespace fleetscan::inventory {
namespace {

struct Host {
  std::string target, host, address, lookup, state;
  std::uint16_t port = 0;
  std::optional<Family> family = {};
  bool looked_up = false;
  std::shared_ptr<const Labels> labels = {};
  std::uint32_t line = 0;
};

std::uint16_t read_port(JsonReader& json) {
  const auto port = json.integer();
  if (port < 1 || port > 65535) throw JsonError("a port is 1 to 65535", json.position());
  return static_cast<std::uint16_t>(port);
}

std::shared_ptr<const Labels> read_labels(JsonReader& json) {
  auto labels = std::make_shared<Labels>();
  json.object([&](std::string_view key) { (*labels)[std::string(key)] = json.string(); });
  return labels->empty() ? nullptr : labels;
}

/// Whether the times of a host include that of a look-up of its name.
bool was_looked_up(JsonReader& json) {
  bool looked_up = false;
  json.object([&](std::string_view key) {
    if (key == "resolve")
      looked_up = json.optional([&] { return json.number(); }).has_value();
    else
      json.skip();
  });
  return looked_up;
}

/// @throws JsonError
/// @return without a name if it is no host's record
Host read_host(std::string_view line) {
  Host host;
  bool is_host = false;
  JsonReader json(line);
  json.object([&](std::string_view key) {
    if (key == "type")
      is_host = json.string() == "host";
    else if (key == "target")
      host.target = json.string();
    else if (key == "host")
      host.host = json.string();
    else if (key == "address")
      host.address = json.optional([&] { return json.string(); }).value_or("");
    else if (key == "lookup" && is_host)
      host.lookup = json.string();
    else if (key == "family" && is_host)
      host.family = json.integer() == 6 ? Family::v6 : Family::v4;
    else if (key == "state")
      host.state = json.string();
    else if (key == "ms" && is_host)
      host.looked_up = was_looked_up(json);
    else if (key == "port" && is_host)
      host.port = read_port(json);
    else if (key == "labels" && is_host)
      host.labels = read_labels(json);
    else
      json.skip();
  });
  json.finish();
  if (!is_host) return {};
  if (host.host.empty()) throw JsonError("a host record needs 'host'", 0);
  return host;
}

bool counts(std::string_view state, Only only) {
  switch (only) {
    case Only::all: return true;
    case Only::failing: return state == "unreachable";
    case Only::reachable: return state == "reachable" || state == "degraded";
    case Only::unknown: return state == "unknown";
  }
  return true;
}

}  // namespace

bool looks_like_results(std::string_view text) {
  return text.starts_with("{\"type\":\"run\",\"schema\":\"fleetscan.result/") ||
         text.starts_with("{\"type\":\"host\",\"target\":");
}

void parse_results(std::string_view text, Only only, const std::string& source,
                   const EntrySink& sink, InputErrors& errors) {
  std::vector<Host> hosts;
  std::unordered_map<std::string, std::size_t> places;
  std::uint32_t number = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    try {
      auto host = read_host(line);
      if (host.host.empty()) continue;
      host.line = number;
      const auto [place, is_new] = places.try_emplace(host.target, hosts.size());
      if (is_new)
        hosts.push_back(std::move(host));
      else
        hosts[place->second] = std::move(host);
    } catch (const JsonError& error) {
      errors.add({source, number, static_cast<std::uint32_t>(error.offset + 1), "", error.what()});
    }
  }
  for (const auto& host : hosts) {
    if (!counts(host.state, only)) continue;
    // Where the inventory told the address, the name is an alias that may resolve to nothing.
    const bool placed = !host.looked_up && !host.address.empty() && host.address != host.host;
    const std::string_view connect = placed ? host.address : host.lookup;
    sink({.host = host.host,
          .kind = connect.empty() ? Entry::Kind::plain : Entry::Kind::alias,
          .connect = connect,
          .port = host.port,
          .family = host.family,
          .labels = host.labels,
          .line = host.line});
  }
}

}  // namespace fleetscan::inventory
