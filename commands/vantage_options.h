#pragma once
// What the options say about vantages (`--from`), and what of a scan's options goes to them.

#include <string>
#include <variant>
#include <vector>

#include "commands/options.h"
#include "inventory/inventory.h"

namespace fleetscan::commands {

/// Reads the vantages of the options.
/// @param push  this program is to be sent there
/// @return what is wrong with them, or does not go with them; empty if all is well
[[nodiscard]] std::string settle_vantages(Options& options, bool push);

/// Whether the scan looks from vantages, rather than from this process.
[[nodiscard]] bool has_vantages(const Options& options);

/// The options of the scan at a vantage: how to probe, how fast, what never to touch.
/// @return or why they cannot be handed over
[[nodiscard]] std::variant<std::vector<std::string>, std::string> options_for_vantages(
    const Options& options, const inventory::Inventory& inventory);

}  // namespace fleetscan::commands
