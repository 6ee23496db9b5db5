#pragma once
// Runs an inventory program of Ansible's, which prints what it knows as JSON.

#include <string>
#include <variant>

#include "base/input_error.h"

namespace fleetscan::inventory {

/// What `path --list` prints. Where that has no "_meta", each host is asked for by `--host NAME`,
/// at most 10,000 of them, and their variables are added. At most 60 s and 64 MiB in all; the
/// program and what it started are ended then.
[[nodiscard]] std::variant<std::string, InputError> run_inventory_program(const std::string& path);

}  // namespace fleetscan::inventory
