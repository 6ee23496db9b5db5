#pragma once
// Fetches inventories that a server hands out: Prometheus's http_sd, NetBox, Consul, Kubernetes.

#include <string>
#include <string_view>
#include <variant>

#include "base/input_error.h"

namespace fleetscan::inventory {

/// "http://..." or "https://..."
[[nodiscard]] bool is_web_address(std::string_view text);

/// What a GET of `url` answers; all pages of it where it is JSON with "next" and "results", as
/// NetBox's. Certificates are held against the system's; passwords come from ~/.netrc. Redirects
/// are followed, but for those that leave https or the server that header lines were meant for.
/// At most 64 MiB and 30 s in all.
/// @param headers  path of a file of header lines ("Authorization: Token ..."); may be empty
[[nodiscard]] std::variant<std::string, InputError> read_web_text(const std::string& url,
                                                                  const std::string& headers);

}  // namespace fleetscan::inventory
