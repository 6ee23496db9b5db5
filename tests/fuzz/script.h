#pragma once
// A fuzzer's input read as decisions.

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace fleetscan::fuzz {

/// Once the input is used up, every further decision is 0 or nothing.
class Script {
 public:
  explicit Script(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] bool over() const { return rest_.empty(); }
  std::uint8_t byte() {
    const auto taken = bytes(1);
    return taken.empty() ? 0 : static_cast<std::uint8_t>(taken.front());
  }
  std::size_t below(std::size_t bound) { return byte() % bound; }
  std::string_view bytes(std::size_t most) {
    const auto taken = rest_.substr(0, most);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

}  // namespace fleetscan::fuzz
