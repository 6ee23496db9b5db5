#pragma once
// A target expression: one host, or a notation for many, understood but not expanded.
//
//   web01  web01:2222  10.0.0.1  [2001:db8::1]:22       one
//   10.0.0.0/24  2001:db8::/120  [2001:db8::/120]:2222  prefixes
//   10.0.0.5-10.0.1.9  2001:db8::1-2001:db8::ff         from one address to another
//   10.0.0-3.1,5-9  10.0.*.1  10.0.-.1                  octet ranges as nmap reads them
//   web[01-20/2,33].r[1-3]:2222                         bracket sets as nodeset reads them

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/address.h"

namespace fleetscan::inventory {

/// Both ends included; REQUIRES: same family, first <= last.
struct AddressRange {
  Address first;
  Address last;

  bool operator==(const AddressRange&) const = default;
};

/// Why a text is no expression: where in it, and what to do.
struct ExpressionFault {
  std::size_t offset = 0;
  std::string remedy;
};

class Expression {
 public:
  /// @param text  must outlive the result, which borrows names from it.
  [[nodiscard]] static std::variant<Expression, ExpressionFault> parse(std::string_view text);

  [[nodiscard]] std::optional<std::uint16_t> port() const { return port_; }

  /// How many hosts it stands for, duplicates included; the largest uint64 if there are more.
  [[nodiscard]] std::uint64_t count() const;

  /// At most how many times for_each() calls back; what a range or prefix costs to keep.
  [[nodiscard]] std::uint64_t pieces() const;

  using OnRange = std::function<void(const AddressRange&)>;
  using OnName = std::function<void(std::string_view)>;

  /// Calls back for each maximal run of addresses, or for each name, in the order written.
  /// @param on_name  its argument lives only as long as the call.
  void for_each(const OnRange& on_range, const OnName& on_name) const;

 private:
  struct Octets {
    std::array<std::bitset<256>, 4> allowed;
    [[nodiscard]] std::size_t deciding() const;
  };
  struct Numbers {
    std::uint64_t first, last, step;
    int width;  ///< with leading zeros up to this many digits
  };
  struct Brackets {
    std::vector<std::string_view> between;  ///< one more than there are dimensions
    std::vector<std::vector<Numbers>> dimensions;
  };

  using Fault = std::optional<ExpressionFault>;
  Fault parse_host(std::string_view text);
  Fault parse_port(std::string_view digits, std::size_t offset);
  Fault parse_brackets(std::string_view text);
  Fault parse_octets(std::string_view text);
  Fault parse_ends(std::string_view first, std::string_view last);
  static std::variant<std::vector<Numbers>, ExpressionFault> parse_dimension(std::string_view text);
  static void for_each_octets(const Octets& octets, const OnRange& on_range);
  static void for_each_brackets(const Brackets& brackets, const OnRange& on_range,
                                const OnName& on_name);

  std::variant<std::string_view, AddressRange, Octets, Brackets> hosts_;
  std::optional<std::uint16_t> port_;
};

/// What keeps `name` from being a DNS name of letters, digits, hyphens and underscores; nothing if
/// it is one.
[[nodiscard]] std::optional<ExpressionFault> check_name(std::string_view name);

/// A decimal port from 1 to 65535, without sign or blanks.
[[nodiscard]] std::optional<std::uint16_t> parse_port_number(std::string_view digits);

/// The addresses of an "address/length"; nothing if it is none.
[[nodiscard]] std::optional<AddressRange> range_of_prefix(std::string_view text);

}  // namespace fleetscan::inventory
