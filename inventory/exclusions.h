#pragma once
// Exclusions: what must never be probed, whatever else names it.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "base/range_rows.h"
#include "inventory/expression.h"

namespace fleetscan::inventory {

/// Filled first, then finish()ed, then asked.
///
/// One address, one rule: what excludes an IPv4 address also excludes it in its IPv4-mapped form
/// and behind the well-known prefix of NAT64, and the reverse for the mapped form; the unspecified
/// address, by which a connection reaches this machine, is excluded with the loopback address.
class Exclusions {
 public:
  /// What reasons call the place that later add()s come from.
  void begin_source(std::string name);

  /// @param port  0 = every port
  void add_name(std::string_view name, std::uint16_t port, std::uint32_t line);
  void add_range(const AddressRange& range, std::uint16_t port, std::uint32_t line);
  void finish();

  [[nodiscard]] bool empty() const { return names_.empty() && v4_.empty() && v6_.empty(); }

  /// Why this name or address literal is excluded: "excluded by never.txt:3"; nothing if it is not.
  [[nodiscard]] std::optional<std::string> reason_for(std::string_view host,
                                                      std::uint16_t port) const;
  [[nodiscard]] std::optional<std::string> reason_for(const Address& address,
                                                      std::uint16_t port) const;

  /// All of it as expressions, from which the same exclusions can be made. A name ends in a dot, so
  /// that it is no file's.
  [[nodiscard]] std::vector<std::string> words() const;

  /// What is excluded on this port, sorted and disjoint; each row says where that was written.
  template <typename Key>
  [[nodiscard]] const RangeRows<Key>& holes(std::uint16_t port) const;
  [[nodiscard]] std::string reason(std::uint16_t source, std::uint32_t line) const;

 private:
  template <typename Key>
  using ByPort = std::map<std::uint16_t, RangeRows<Key>>;  // 0 = every port

  void add_v4(std::uint32_t first, std::uint32_t last, std::uint16_t port, std::uint32_t line);
  void add_forms(std::uint32_t first, std::uint32_t last, std::uint16_t port, std::uint32_t line);
  void add_v6(uint128 first, uint128 last, std::uint16_t port, std::uint32_t line);
  template <typename Key>
  void add_row(ByPort<Key>& by_port, Key first, Key last, std::uint16_t port, std::uint32_t line);
  template <typename Key>
  [[nodiscard]] const ByPort<Key>& by_port() const;
  template <typename Key>
  [[nodiscard]] std::optional<std::string> reason_in(Key key, std::uint16_t port) const;

  struct Place {
    std::uint16_t source;
    std::uint32_t line;
  };
  std::vector<std::string> sources_;
  std::unordered_map<std::string, std::map<std::uint16_t, Place>> names_;
  ByPort<std::uint32_t> v4_;
  ByPort<uint128> v6_;
};

}  // namespace fleetscan::inventory
