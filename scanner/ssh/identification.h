#pragma once
// The SSH identification string (RFC 4253 section 4.2): what users call the banner.

#include <optional>
#include <string_view>

namespace fleetscan::ssh {

/// A parsed identification line, e.g. "SSH-2.0-OpenSSH_9.2p1 Debian-2". Views into that line.
struct Identification {
  std::string_view protocol;  ///< "2.0", or "1.99" of one that also speaks SSH-1 (section 5.1)
  std::string_view software;  ///< "OpenSSH_9.2p1"; may be empty: some servers send "SSH-2.0-"
  std::string_view comments;  ///< "Debian-2"; empty when absent

  [[nodiscard]] bool speaks_ssh2() const { return protocol == "2.0" || protocol == "1.99"; }
  [[nodiscard]] bool speaks_only_ssh1() const {
    return protocol.starts_with("1.") && protocol != "1.99";
  }
  bool operator==(const Identification&) const = default;
};

inline constexpr std::string_view kIdentificationStart = "SSH-";

/// Parses one line without its line ending.
/// @param line  raw bytes as received; need not be valid UTF-8.
/// @return nothing unless the line is "SSH-protoversion-softwareversion[ SP comments]", with a
///         numeric protoversion and without control characters. Bytes beyond ASCII are let pass,
///         as clients let them.
[[nodiscard]] std::optional<Identification> parse_identification(std::string_view line);

}  // namespace fleetscan::ssh
