#pragma once
// The table of clients, clients.txt, which is built in: lines of words, so that it is read without
// a library and in a fraction of a millisecond.
//
//     # a comment
//     client openssh-9.2         begins a row; its id
//       name OpenSSH 9.2
//       standing current         current, legacy or other
//       source myproposal.h, OpenSSH 9.2p1
//       rsa-bits 1024            the smallest RSA key; left out: any
//       group-bits 2048          the smallest group of a group exchange; left out: any
//       kex NAME NAME...         likewise host-keys, ciphers, macs and compression; the names of a
//       kex NAME...              list may stand on several lines
//       ciphers as openssh-9.9   the list of a row above
//
// The three texts and the five lists are never left out.

#include <string_view>
#include <vector>

#include "scanner/ssh/client_profiles.h"

namespace fleetscan::ssh {

/// Reads a table. The rows view `text`.
/// @throws std::invalid_argument  "clients.txt:12: ...": a line that says nothing of the above, a
///     name given twice in a list, an id given twice, or a row that lacks something
[[nodiscard]] std::vector<ClientProfile> read_clients(std::string_view text);

/// The text of clients.txt.
[[nodiscard]] std::string_view clients_text();

}  // namespace fleetscan::ssh
