#pragma once
// Reads YAML files that map names to hosts: Nornir's hosts.yaml (SimpleInventory) and Salt's
// roster.

#include <string>
#include <string_view>

#include "base/input_error.h"
#include "inventory/entry.h"

namespace fleetscan::inventory {

/// What Nornir keeps beside its hosts.yaml: groups.yaml and defaults.yaml, from which hosts inherit
/// their port and hostname. Either may be empty.
struct NornirTexts {
  std::string groups = {}, defaults = {};
};

/// Hands over each host by its key: Nornir's {hostname, port, groups}, Salt's {host, port} or the
/// address alone. Groups are the label "group". Mappings without any of these are no hosts.
void parse_yaml_hosts(std::string_view text, const std::string& source, const NornirTexts& beside,
                      const EntrySink& sink, InputErrors& errors);

}  // namespace fleetscan::inventory
