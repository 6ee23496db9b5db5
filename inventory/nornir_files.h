#pragma once
// The files that Nornir keeps beside its hosts.yaml.

#include <string>

#include "inventory/formats/yaml_hosts.h"

namespace fleetscan::inventory {

/// groups.yaml and defaults.yaml in the folder of a hosts.yaml; empty beside any other file.
[[nodiscard]] NornirTexts nornir_texts(const std::string& path);

/// Whether it is such a file, with hosts.yaml in its folder.
[[nodiscard]] bool is_beside_nornir(const std::string& path);

}  // namespace fleetscan::inventory
