#pragma once
// An Inventory holds the targets of a scan, loaded from the user's arguments and files.

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/input_error.h"
#include "inventory/exclusions.h"
#include "inventory/formats/format.h"
#include "inventory/formats/results.h"
#include "inventory/share.h"
#include "inventory/subnet_map.h"
#include "inventory/target.h"
#include "inventory/target_source.h"
#include "inventory/target_table.h"

namespace fleetscan::inventory {

/// All that a command line says about what to probe. Texts that need parsing are parsed by
/// load_inventory(), so that what is wrong with them is said together with all else.
struct InventoryOptions {
  std::vector<std::string> targets = {};   ///< paths that exist, "-", or target expressions
  std::vector<std::string> excludes = {};  ///< likewise; they always win
  std::uint16_t default_port = 22;         ///< where the inventory names none
  Format format = Format::automatic;       ///< of the files in `targets`
  Only only = Only::all;                   ///< of the hosts in files of results
  std::string limit = {};                  ///< Ansible pattern over names and groups; may be empty
  std::vector<std::string> where = {};     ///< "KEY=VALUE" or "KEY!=VALUE"; all must hold
  std::string sample = {};                 ///< "200" or "5%"; may be empty
  std::string shard = {};                  ///< "2/8"; may be empty
  std::string subnet_map = {};             ///< path of a CSV; may be empty
  std::vector<std::string> label_from = {};  ///< Ansible variables that become labels
  std::string web_headers = {};  ///< path of header lines for sources by URL; may be empty
  std::string json_host = {};    ///< JSON pointer to each machine's host; may be empty
  std::string json_port = {};    ///< likewise to its port
  bool run_inventory = false;    ///< inventory programs are run, rather than refused
  bool strict = false;           ///< one odd entry refuses its file, rather than being left out
  bool allow_barren = true;      ///< a source may name no host
  std::uint64_t max_targets = 1048576;
  std::uint64_t seed = 0;     ///< of the visiting order, and so of the sample
  bool keep_dropped = false;  ///< fill Inventory::dropped(), as `fleetscan targets -v` needs
};

/// One target or range that the inventory names and the scan leaves out.
struct Dropped {
  std::string text;         ///< "web01:22", "10.0.0.4-10.0.0.7:22"; raw
  std::uint64_t count = 1;  ///< how many targets that is
  std::string reason;       ///< "excluded by never.txt:3"
};

class Inventory {
 public:
  /// How many targets this run visits, those to be skipped included.
  [[nodiscard]] std::uint64_t size() const { return size_; }

  /// How many there are before sampling and sharding.
  [[nodiscard]] std::uint64_t whole_size() const { return table_->size(); }

  /// The ports of all targets, before sampling and sharding.
  [[nodiscard]] std::set<std::uint16_t> ports() const { return table_->ports(); }

  /// All targets in a seeded pseudo-random order, which spreads each subnet over the whole scan.
  /// The result may outlive the inventory.
  [[nodiscard]] std::unique_ptr<TargetSource> visit() const;

  /// The same targets in the order of the inventory: hosts as listed, then addresses rising.
  [[nodiscard]] std::unique_ptr<TargetSource> list() const;

  /// Names of what was read, as the user gave them, in order.
  [[nodiscard]] const std::vector<std::string>& sources() const { return sources_; }

  /// SHA-256, in hex, of the set of all targets before sampling and sharding: the same for every
  /// order and notation of the same hosts and ports. Takes about 0.2 s for a million names.
  [[nodiscard]] std::string sha256() const { return table_->sha256(); }

  [[nodiscard]] std::optional<ShardChoice> shard() const { return shard_; }

  /// What the user should know, one printable sentence each: "3 duplicates merged".
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }
  [[nodiscard]] const std::vector<Dropped>& dropped() const { return dropped_; }

  /// Why the address that a name resolved to must not be probed; nothing if it may.
  [[nodiscard]] std::optional<std::string> excluded(const Address& address,
                                                    std::uint16_t port) const {
    return exclusions_.reason_for(address, port);
  }

  /// What is excluded, as expressions: to be excluded elsewhere as well.
  [[nodiscard]] std::vector<std::string> exclusion_words() const { return exclusions_.words(); }

  /// Adds the labels of the address's subnet that the target has not itself. Targets whose address
  /// the inventory knows have them already; this is for names, once resolved.
  void add_subnet_labels(Target& target, const Address& address) const;

 private:
  friend class InventoryLoader;
  Inventory() = default;
  void choose_share(const std::optional<Sample>& sample, const std::optional<ShardChoice>& shard);

  std::shared_ptr<const TargetTable> table_;
  Exclusions exclusions_;
  SubnetMap subnets_;
  std::uint64_t seed_ = 0;
  std::uint64_t sampled_ = 0;  ///< how many positions of the visiting order are in the sample
  std::optional<ShardChoice> shard_;
  std::uint64_t size_ = 0;
  std::vector<std::string> sources_;
  std::vector<std::string> notes_;
  std::vector<Dropped> dropped_;
};

/// Either an inventory or all that is wrong: `inventory` is null exactly if there are errors.
struct LoadedInventory {
  std::unique_ptr<const Inventory> inventory;
  InputErrors errors;
  std::vector<std::string> notes = {};  ///< what the user should know even so; printable
};

/// Reads what the options name. Sends no packet and resolves nothing.
[[nodiscard]] LoadedInventory load_inventory(const InventoryOptions& options);

}  // namespace fleetscan::inventory
