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

/// Whether the beginning of a JSON text shows one of these.
[[nodiscard]] bool looks_like_json_hosts(std::string_view text);

}  // namespace fleetscan::inventory
