#pragma once
// An InputError says what is wrong with a user's inventory or option, where,
// and what to do about it.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fleetscan {

struct InputError {
  std::string source = {};  ///< file name as the user gave it, "-", or an option; "" = command line
  std::uint32_t line = 0;   ///< 1-based; 0 = the source as a whole
  std::uint32_t column = 0;  ///< 1-based, in bytes; 0 = the line as a whole
  std::string text = {};     ///< the offending words, raw; may be empty
  std::string remedy;        ///< "prefix length must be 0 to 32"

  /// One printable line without secrets: `hosts.txt:12:5: "10.0.0.0/33": prefix length must be 0 to
  /// 32`.
  [[nodiscard]] std::string to_string() const;

  bool operator==(const InputError&) const = default;
};

/// Errors in the order in which they were found. Keeps the first kMaxKept, and counts the rest.
class InputErrors {
 public:
  static constexpr std::size_t kMaxKept = 1000;

  void add(InputError error);
  void add(const InputErrors& others);
  [[nodiscard]] bool empty() const { return kept_.empty(); }
  [[nodiscard]] const std::vector<InputError>& kept() const { return kept_; }
  [[nodiscard]] std::uint64_t more() const { return more_; }  ///< how many were not kept

 private:
  std::vector<InputError> kept_;
  std::uint64_t more_ = 0;
};

/// `text` with control and non-ASCII bytes as \xHH and quotes escaped; cut after 80 bytes, with
/// "...".
[[nodiscard]] std::string excerpt(std::string_view text);

}  // namespace fleetscan
