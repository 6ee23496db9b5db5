#include "commands/scan_inputs.h"

#include <fmt/format.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/escape.h"
#include "base/input_error.h"
#include "base/text_file.h"
#include "commands/console.h"
#include "commands/options.h"
#include "inventory/inventory.h"
#include "inventory/known_hosts.h"
#include "inventory/shard_environment.h"
#include "inventory/target.h"

namespace fleetscan::commands {
namespace {

/// The choice that left none, if one was made.
std::string why_empty(const inventory::InventoryOptions& options) {
  std::string choices;
  if (!options.limit.empty()) choices = " --limit " + printable(options.limit);
  for (const auto& label : options.where) choices += " --where " + printable(label);
  return choices.empty() ? "the inventory names no targets" : "no target matches" + choices;
}

}  // namespace

bool settle_shard(Options& options) {
  auto& shard = options.inventory.shard;
  if (shard != "auto") return true;
  const auto answer =
      inventory::find_shard([](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value ? std::optional<std::string>(value) : std::nullopt;
      });
  if (const auto* complaint = std::get_if<std::string>(&answer)) {
    say(*complaint);
    return false;
  }
  const auto& found = std::get<inventory::FoundShard>(answer);
  shard = fmt::format("{}/{}", found.shard.index, found.shard.count);
  if (!options.quiet) say(fmt::format("shard {}, as assigned by {}", shard, found.engine));
  return true;
}

std::unique_ptr<const inventory::Inventory> read_inventories(const Options& options) {
  auto loaded = inventory::load_inventory(options.inventory);
  if (!options.quiet || !loaded.inventory)
    for (const auto& note : loaded.notes) say(note);
  if (!loaded.inventory) {
    say(loaded.errors);
    return nullptr;
  }
  if (loaded.inventory->size() == 0 && !options.allow_empty) {
    say(why_empty(options.inventory) + " (--allow-empty accepts that)");
    return nullptr;
  }
  return std::move(loaded.inventory);
}

std::optional<std::vector<inventory::Target>> read_canaries(const Options& options) {
  std::vector<inventory::Target> canaries;
  if (options.canaries.empty()) return canaries;
  inventory::InventoryOptions wanted;
  wanted.targets = options.canaries;
  wanted.excludes = options.inventory.excludes;
  wanted.default_port = options.inventory.default_port;
  const auto loaded = inventory::load_inventory(wanted);
  if (!loaded.inventory) {
    say(loaded.errors);
    return std::nullopt;
  }
  const auto source = loaded.inventory->list();
  while (auto canary = source->next()) canaries.push_back(std::move(*canary));
  return canaries;
}

std::optional<inventory::KnownHosts> read_known_hosts(const std::string& path) {
  inventory::KnownHosts known_hosts;
  InputErrors errors;
  const auto text = read_text(path, "a known_hosts file");
  if (const auto* error = std::get_if<InputError>(&text))
    errors.add(*error);
  else
    known_hosts.add(std::get<0>(text), path, errors);
  if (errors.empty()) return known_hosts;
  say(errors);
  return std::nullopt;
}

}  // namespace fleetscan::commands
