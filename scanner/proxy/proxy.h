#pragma once
// A Proxy is the way that a user chose for all connections of a scan.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/address.h"
#include "scanner/proxy/negotiation.h"

namespace fleetscan::proxy {

enum class Kind : std::uint8_t {
  socks5,
  http,
  ssh,  ///< a bastion, through the user's own ssh
};

/// Connections at a time to one proxy, where the user does not say: as many as an open ssh-like
/// session each is no burden for a small machine, and as browsers of a few people make.
inline constexpr std::size_t kConnections = 64;

struct Proxy {
  Kind kind = Kind::socks5;
  std::string host = {};                ///< as the user wrote it
  std::uint16_t port = 0;               ///< of a bastion: 0 where ssh knows it
  std::string user = {};                ///< of a bastion; empty where ssh knows it
  bool resolves = false;                ///< it, not this machine, resolves names of targets
  std::vector<Address> addresses = {};  ///< of its host, best first; empty: not resolved
  std::optional<Credentials> credentials = {};

  // Of a bastion, as descriptors; negative: none.
  int connection = -1;       ///< to ssh, as SshChannels speak to it; of the one worker that uses it
  int keeper = -1;           ///< makes another one if it is asked to
  std::string trouble = {};  ///< why there is no connection; raw
  std::size_t channels = kConnections;  ///< at a time

  /// "socks5h://gate.example:1080", without secrets and users.
  [[nodiscard]] std::string to_string() const;
};

/// Reads socks5://HOST[:1080], socks5h:// (the proxy resolves), http://HOST[:8080] or
/// ssh://[USER@]HOST[:PORT] (which resolves, too). User and host of the latter are no options to an
/// ssh, whose command line they will be on.
/// @return the proxy, or what it must be
[[nodiscard]] std::variant<Proxy, std::string> parse_proxy(std::string_view url);

/// Reads "USER:PASSWORD", one line.
/// @return them, or what they must be, which does not quote them
[[nodiscard]] std::variant<Credentials, std::string> parse_credentials(std::string_view text);

}  // namespace fleetscan::proxy
