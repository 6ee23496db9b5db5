#pragma once
// Reads the JSON in which clouds, clusters and inventories of assets list their machines: names in
// an array, Prometheus's file_sd, and what the tools of AWS, Google, Azure, Hetzner, DigitalOcean,
// NetBox, Consul, Kubernetes and Terraform print.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/input_error.h"
#include "inventory/entry.h"

namespace fleetscan::inventory {

/// Hands over each machine by its address, the public one before the private one; its name is the
/// label "name". Labels of file_sd are labels; its port is the exporter's, and is left out.
/// @return how many machines have no address
std::uint64_t parse_json_hosts(std::string_view text, const std::string& source,
                               const EntrySink& sink, InputErrors& errors);

/// Where in each machine's object its host and port are: JSON pointers (RFC 6901).
struct JsonPlaces {
  std::string host, port;  ///< `port` may be empty
};

/// Hands over each object, however deep, that has a text at `places.host`: a host, or the address
/// of "192.0.2.1/24". What lies within such an object is not looked at.
/// @return 0
std::uint64_t parse_json_hosts_at(const JsonPlaces& places, std::string_view text,
                                  const std::string& source, const EntrySink& sink,
                                  InputErrors& errors);

[[nodiscard]] bool is_json_pointer(const std::string& text);

/// Whether the beginning of a JSON text shows one of these.
[[nodiscard]] bool looks_like_json_hosts(std::string_view text);

}  // namespace fleetscan::inventory
