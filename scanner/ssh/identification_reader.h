#pragma once
// IdentificationReader finds the identification line in a server's first
// bytes (RFC 4253 section 4.2).

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace fleetscan::ssh {

/// The longest line that is taken in, line ending included. RFC 4253 allows 255 bytes; OpenSSH
/// clients take 8192 (SSH_MAX_BANNER_LEN), and what they can use is not called broken here.
inline constexpr std::size_t kMaxLineBytes = 8192;
/// After this many lines before the identification OpenSSH clients give up.
inline constexpr unsigned kMaxPreLines = 1024;
/// The most that all lines before the identification may take together.
inline constexpr std::size_t kMaxPreBytes = 64 * 1024;

/// Reads lines until one begins with "SSH-". A server may send others before it. Lines end in LF;
/// CRs before it are dropped.
///
///     reading --line "SSH-..."--> found
///        +------ line too long, too many lines or bytes --> endless
class IdentificationReader {
 public:
  enum class State : std::uint8_t {
    reading,
    found,    ///< line() is the identification, rest() what followed it in the same bytes
    endless,  ///< a cap was reached; line() holds the beginning of the line that reached it
  };

  /// Takes bytes in any cut. Does nothing once the state is final.
  State receive(std::string_view bytes);

  [[nodiscard]] State state() const { return state_; }
  /// The line being read, or the identification once found; without its line ending.
  [[nodiscard]] const std::string& line() const { return line_; }
  /// Gives the identification away, once found.
  [[nodiscard]] std::string take_line() { return std::move(line_); }
  /// Of the bytes with which the identification was found those behind it, the beginning of the
  /// first packet. A view of what receive() was given.
  [[nodiscard]] std::string_view rest() const { return rest_; }
  /// Whole lines that came before the identification.
  [[nodiscard]] unsigned pre_lines() const { return pre_lines_; }
  /// A line so far, the identification included, has a NUL, or a CR elsewhere than at its end:
  /// OpenSSH clients hang up.
  [[nodiscard]] bool invalid() const { return invalid_; }
  /// The line being read could still become an identification.
  [[nodiscard]] bool in_identification() const;

 private:
  void line_complete();

  State state_ = State::reading;
  std::string line_;
  std::string_view rest_;
  bool invalid_ = false;
  unsigned pre_lines_ = 0;
  std::size_t pre_bytes_ = 0;
};

}  // namespace fleetscan::ssh
