#pragma once
// TargetTable stores all targets of an inventory compactly, by index: about 24 bytes and the name
// for a single host, 20 bytes for a range of IPv4 addresses, however long.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/range_rows.h"
#include "inventory/annotations.h"
#include "inventory/exclusions.h"
#include "inventory/expression.h"
#include "inventory/subnet_map.h"
#include "inventory/target.h"

namespace fleetscan::inventory {

/// First filled, then united and narrowed, then read.
class TargetTable {
 public:
  /// Room for this many single hosts whose names take this many bytes.
  void reserve(std::size_t hosts, std::size_t bytes);

  /// A host as the table keeps it: lower case, and without the final dot of a dotted name.
  [[nodiscard]] static std::string canonical(std::string_view host);

  /// A new source; origins name it by the number returned. REQUIRES: fewer than 65536 sources
  std::uint16_t add_source(std::string name);

  /// @param exact  keep the host's upper case, since another one differs by nothing else
  /// @return false if the table is full: more than 4 GiB of names
  bool add_name(std::string_view host, std::string_view connect, std::uint16_t port,
                const Origin& origin, bool exact = false);
  bool add_range(const AddressRange& range, std::uint16_t port, const Origin& origin);
  Annotations& annotations() { return annotations_; }

  /// Merges what is named twice: same host and port. Labels are united, the first place kept.
  /// @return how many were merged into another
  std::uint64_t unite();

  /// Told of what is dropped: the target or range, how many targets that is, and why.
  using OnDrop = std::function<void(std::string text, std::uint64_t count, std::string reason)>;

  /// Takes out what is excluded: by its name, by the name or address behind an alias, by address.
  /// @param on_drop  may be null
  void exclude(const Exclusions& exclusions, const OnDrop& on_drop);

  /// Which targets stay, by host and annotation.
  using Keep = std::function<bool(std::string_view host, std::uint32_t annotation)>;

  /// Drops what `keep` does not want.
  /// @param by_address  ask for each address of a range, and not once with an empty host
  void keep(const Keep& keep, bool by_address, const std::string& reason, const OnDrop& on_drop);

  /// Gives each target whose address is known the labels of its subnet, where it has none itself.
  void add_subnet_labels(const SubnetMap& subnets);

  /// Calls back for each single host, in order.
  void for_each_name(
      const std::function<void(std::string_view host, std::uint32_t annotation)>& visit) const;

  [[nodiscard]] std::uint64_t size() const;
  /// All ports that are to be probed.
  [[nodiscard]] std::set<std::uint16_t> ports() const;

  /// Single hosts first, in the order in which they were added; then IPv4, then IPv6 addresses in
  /// rising order. REQUIRES: index < size(), and unite() after the last change
  [[nodiscard]] Target at(std::uint64_t index) const;

  /// A stable hash of "host:port", the same in every version: XXH64 with seed 0.
  [[nodiscard]] std::uint64_t stable_hash(std::uint64_t index) const;

  /// SHA-256, in hex, of what is to be probed: independent of order, notation and labels.
  [[nodiscard]] std::string sha256() const;

 private:
  struct NameRow {
    std::uint32_t text, connect;
    std::uint16_t length, connect_length;
    std::uint32_t annotation, line;
    std::uint16_t source, port;
  };

  [[nodiscard]] std::string_view host(const NameRow& row) const;
  [[nodiscard]] std::string_view connect(const NameRow& row) const;
  [[nodiscard]] std::uint64_t hash(const NameRow& row) const;
  bool append(std::string_view text, std::uint32_t& offset, std::uint16_t& length);
  std::uint64_t unite_names();
  void merge(NameRow& first, const NameRow& second);
  template <typename Key>
  void exclude_ranges(RangeRows<Key>& rows, const Exclusions& exclusions, const OnDrop& on_drop);
  template <typename Key>
  void keep_ranges(RangeRows<Key>& rows, const Keep& keep, bool by_address,
                   const std::string& reason, const OnDrop& on_drop);
  template <typename Key>
  void label_ranges(RangeRows<Key>& rows, const SubnetMap& subnets);
  std::uint32_t with_subnet(std::uint32_t annotation, const SubnetMap& subnets, std::uint32_t id);
  void index();
  [[nodiscard]] Target named(const NameRow& row) const;
  struct Found {
    Address address;
    std::uint16_t port;
    Origin origin;
  };
  [[nodiscard]] Found in_ranges(std::uint64_t index) const;
  void annotate(Target& target, const Origin& origin) const;

  std::string text_;
  std::vector<NameRow> names_;
  RangeRows<std::uint32_t> v4_;
  RangeRows<uint128> v6_;
  std::vector<std::uint64_t> v4_starts_, v6_starts_;  ///< index of each row's first address
  std::uint64_t v4_count_ = 0, v6_count_ = 0;
  std::vector<std::string> sources_;
  Annotations annotations_;
};

}  // namespace fleetscan::inventory
