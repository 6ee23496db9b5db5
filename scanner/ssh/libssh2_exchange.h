#pragma once
// Key exchanges by libssh2: finite-field groups, group exchange, SHA-1 and DSA.

#include <memory>

#include "scanner/ssh/kexinit.h"
#include "scanner/ssh/key_exchange.h"

namespace fleetscan::ssh {

/// The library is initialized when it is first used, not by this call. What a server sends is
/// judged before libssh2 sees it: libssh2 computes with groups and values of any size, and does not
/// compare the name that a signature gives its algorithm.
[[nodiscard]] const KeyExchangeFactory& libssh2_key_exchanges();

/// An exchange that offers those of the methods and of the host key algorithms that libssh2 has.
[[nodiscard]] std::unique_ptr<KeyExchange> make_libssh2_exchange(
    const Identifications& identifications, const NameList& methods, const NameList& host_keys);

}  // namespace fleetscan::ssh
