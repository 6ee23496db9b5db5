#pragma once
// The SSH identification string (RFC 4253 section 4.2): what users call the banner.

#include <optional>
#include <string_view>

namespace fleetscan::ssh {

/// A parsed identification line, e.g. "SSH-2.0-OpenSSH_9.2p1 Debian-2". Views into that line.
struct Identification {
  std::string_view protocol;      ///< "2.0", or "1.99" of one that also speaks SSH-1 (section 5.1)
  std::string_view software;      ///< "OpenSSH_9.2p1"; may be empty before a blank
  std::string_view comments;      ///< "Debian-2"; empty when absent
  unsigned major = 0, minor = 0;  ///< of the protocol

  [[nodiscard]] bool speaks_ssh2() const { return major == 2 || (major == 1 && minor == 99); }
  [[nodiscard]] bool speaks_only_ssh1() const { return major == 1 && minor != 99; }
  bool operator==(const Identification&) const = default;
};

inline constexpr std::string_view kIdentificationStart = "SSH-";

/// Parses one line without its line ending, as OpenSSH's client does: any minor version of 2 will
/// do, something must follow the second dash, and what that is does not matter.
/// @param line  raw bytes as received; need not be valid UTF-8.
/// @return nothing unless the line is "SSH-major.minor-softwareversion[ SP comments]", without NUL
///         and CR.
[[nodiscard]] std::optional<Identification> parse_identification(std::string_view line);

/// Takes a decimal number from the front of a version; nothing is taken if none is there.
[[nodiscard]] std::optional<unsigned> take_number(std::string_view& text);

/// What an SSH server says to an identification that is none (OpenSSH; up to 7.9 the second).
[[nodiscard]] bool rejects_identification(std::string_view text);

}  // namespace fleetscan::ssh
