#pragma once
// Tells by its name or its shape what is probably a secret: inventories of devices hold passwords,
// and nothing of them may reach a result, a report or a log.

#include <string>
#include <string_view>

namespace fleetscan {

/// Whether what is called so holds a secret: "password", "Enable Secret", "snmpCommunity",
/// "ansible_become_pass"; of several languages. Commands and their arguments count as well, because
/// they may hold anything.
[[nodiscard]] bool is_secret_name(std::string_view name);

/// Whether a value gives itself away: a private key, a password's hash, a token of a well-known
/// form, long random text, a password in a URL or behind its name ("pw: ...").
[[nodiscard]] bool looks_like_secret(std::string_view value);

/// `text` with "***" for what looks like a secret, and for the user part of each address and URL:
/// "socks5://***@proxy:1080", "***@web01:22", "password=***".
[[nodiscard]] std::string without_secrets(std::string_view text);

}  // namespace fleetscan
