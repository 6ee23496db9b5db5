#pragma once
// A Vantage is a machine from which a scan looks: this one, or one that ssh reaches (`--from`).

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace fleetscan::vantages {

struct Vantage {
  std::string name;              ///< in records and reports: the destination without its user
  std::string destination = {};  ///< as ssh takes it; empty for this machine
  std::string jumps = {};        ///< as `ssh -J` takes them; may be empty

  [[nodiscard]] bool is_local() const { return destination.empty(); }
  bool operator==(const Vantage&) const = default;
};

/// Reads "local", "fra1", "admin@fra1", "ssh://admin@fra1:2222". A destination has only characters
/// that neither a shell nor ssh takes for anything else.
/// @return the vantage, or what is wrong with the text
[[nodiscard]] std::variant<Vantage, std::string> parse_vantage(std::string_view text);

/// Likewise all of them. No two may have the same name, and there may be kMostVantages.
[[nodiscard]] std::variant<std::vector<Vantage>, std::string> parse_vantages(
    const std::vector<std::string>& texts);

/// The last of the jump hosts of a route, reached through the others; named by the whole route,
/// without users. REQUIRES: each of them is a destination
[[nodiscard]] Vantage vantage_at(std::string_view route);

/// Whether ssh takes the text for a destination and nothing else: letters, digits and ._-@:[]%.
[[nodiscard]] bool is_destination(std::string_view text);

}  // namespace fleetscan::vantages
