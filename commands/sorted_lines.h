#pragma once
// SortedLines hands lines back in another order than they came in.

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"

namespace fleetscan::commands {

/// The lines lie in an unnamed temporary file; memory holds where each begins, some 80 bytes of it.
/// Everything throws std::system_error when that file fails.
class SortedLines {
 public:
  /// By address, then name; what has no address comes last.
  struct Place {
    bool nowhere = true;
    Address address = {};
    std::string target;

    Place(const std::optional<Address>& at, std::string name)
        : nowhere(!at), address(at.value_or(Address())), target(std::move(name)) {}
    auto operator<=>(const Place&) const = default;
  };

  SortedLines();

  void add(Place place, std::string_view line);
  /// In order of their places; lines of one place in the order in which they came.
  void visit(const std::function<void(const Place& place, std::string_view line)>& visit);

 private:
  struct Close {
    void operator()(FILE* file) const { std::fclose(file); }
  };
  struct Entry {
    Place place;
    std::uint64_t offset;
    std::uint32_t length;
  };

  std::unique_ptr<FILE, Close> file_;
  std::vector<Entry> entries_;
  std::uint64_t end_ = 0;
};

}  // namespace fleetscan::commands
