#pragma once
// The key=value options of one scenario rule, parsed.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulator/script.h"

namespace fleetscan::simulator {

/// When a host sends its KEXINIT.
enum class KexinitOrder : std::uint8_t { at_once, after_ident, after_client };

/// What a host that says something odd does next.
enum class Then : std::uint8_t { hold, close };

/// How an identification is malformed.
enum class Malformation : std::uint8_t { nul, escape, version };

struct RuleOptions {
  // The server
  std::string profile = "openssh-9.2";
  std::optional<std::string> ident = {};  ///< instead of the profile's
  std::vector<KeyType> host_key_types = {KeyType::ed25519, KeyType::rsa, KeyType::ecdsa};
  unsigned key = 0;
  std::optional<std::vector<std::string>> kex = {}, host_keys = {}, ciphers = {}, macs = {};
  KexinitOrder kexinit = KexinitOrder::at_once;
  unsigned pre_lines = 0;
  bool bare_lf = false;
  // The behavior
  std::optional<Duration> delay = {};
  std::optional<Duration> interval = {};
  std::optional<std::string> text = {}, answer = {};
  std::optional<Then> then = {};
  Malformation malformation = Malformation::nul;
  std::uint32_t reason = 2;
  bool on_first_bytes = false;
  // Modifiers
  Duration latency = {}, jitter = {};
  std::optional<Duration> drip = {};
  std::optional<std::uint32_t> drop_over = {};
  std::optional<std::string> fail = {};
  unsigned fail_first = 0;
  double probability = 1;
  std::string expect = {};
};

/// Sets the option `key` from `value`.
/// @return a sentence about what is wrong, with the remedy; nothing if all is well.
[[nodiscard]] std::optional<std::string> set_option(RuleOptions& options, std::string_view key,
                                                    std::string_view value);

/// The keys that describe a server, and those that any behavior takes.
[[nodiscard]] bool is_server_key(std::string_view key);
[[nodiscard]] bool is_modifier(std::string_view key);

/// "2.5s", "20ms", "300us", or a plain number of seconds.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text);

}  // namespace fleetscan::simulator
