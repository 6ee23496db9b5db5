#pragma once
// What OpenSSH's client says of its own offer.

#include <optional>
#include <string_view>

#include "scanner/ssh/client_profiles.h"

namespace fleetscan::ssh {

/// The first offer in what `ssh -vv HOST` prints, behind "local client KEXINIT proposal"; the
/// profile has neither id nor name, and no sizes, since ssh prints none.
/// @return nothing if one of the five lists is missing or empty
[[nodiscard]] std::optional<ClientProfile> read_client_log(std::string_view log);

}  // namespace fleetscan::ssh
