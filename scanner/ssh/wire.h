#pragma once
// The data types of SSH messages (RFC 4251 section 5), read from and written to byte strings.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fleetscan::ssh {

/// Reads a message from front to back. Every read past the end gives nothing and changes nothing.
class WireReader {
 public:
  explicit WireReader(std::string_view message) : rest_(message) {}

  [[nodiscard]] std::optional<std::uint8_t> byte();
  [[nodiscard]] std::optional<std::uint32_t> uint32();
  [[nodiscard]] std::optional<std::uint64_t> uint64();
  [[nodiscard]] std::optional<std::string_view> string();  ///< a view into the message
  /// The bytes of a number that is not negative, without leading zeros; a view into the message.
  [[nodiscard]] std::optional<std::string_view> mpint();
  bool skip(std::size_t count);  ///< false: too short, nothing skipped
  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

void append_uint32(std::string& message, std::uint32_t value);
void append_string(std::string& message, std::string_view bytes);  ///< length, then the bytes
/// @param magnitude  a number that is not negative, the highest byte first
void append_mpint(std::string& message, std::string_view magnitude);

}  // namespace fleetscan::ssh
