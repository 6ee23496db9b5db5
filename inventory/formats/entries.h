#pragma once
// Reads the entries of one source, whatever its format.

#include <cstdint>
#include <string>
#include <vector>

#include "base/input_error.h"
#include "inventory/entry.h"
#include "inventory/formats/format.h"
#include "inventory/formats/json_hosts.h"
#include "inventory/formats/results.h"
#include "inventory/formats/ssh_blocks.h"
#include "inventory/formats/yaml_hosts.h"

namespace fleetscan::inventory {

struct SourceText {
  Format format;
  const std::string& name;
  const std::string& text;
  NornirTexts beside = {};
};

struct ReadingOptions {
  std::uint16_t ssh_port;  ///< that counts in port scans
  Only only;               ///< of the hosts in results
  JsonPlaces places;       ///< in a document of machines; its host may be empty
  const std::vector<std::string>& label_from;
  bool strict;
  SshInclude include;
};

/// Hands over each entry. Ansible's inventories have none here: they are read together.
/// @param notes  what the user should know, and what is no fault, is added to them
void read_entries(const SourceText& source, const ReadingOptions& options, const EntrySink& sink,
                  InputErrors& errors, std::vector<std::string>& notes);

}  // namespace fleetscan::inventory
