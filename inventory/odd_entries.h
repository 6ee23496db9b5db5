#pragma once
// OddEntries gathers what was left out of the sources, and tells of it: the first few of each kind,
// of the rest how many.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/input_error.h"

namespace fleetscan::inventory {

class OddEntries {
 public:
  void add(const InputError& error);
  /// Counts more, of which nothing else is known.
  void add_more(std::uint64_t count) { more_ += count; }

  /// Adds a note for each of the first three of a kind (the same source, the same remedy), then one
  /// that counts the others.
  void tell(std::vector<std::string>& notes) const;

 private:
  struct Kind {
    std::vector<std::string> shown;
    std::uint64_t others = 0;
  };
  using Key = std::pair<std::string, std::string>;  ///< source and remedy
  std::map<Key, std::size_t> numbers_;
  std::vector<std::pair<Key, Kind>> kinds_;
  std::uint64_t more_ = 0;
};

}  // namespace fleetscan::inventory
