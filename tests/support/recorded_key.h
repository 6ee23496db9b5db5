#pragma once
// Real host keys as records have them.

#include <string>
#include <string_view>

#include "base/sha256.h"
#include "scanner/probe/evidence.h"
#include "scanner/ssh/algorithms.h"
#include "tests/support/exchange_server.h"

namespace fleetscan::test {

/// Of a key that was made for this algorithm. A certificate is for web01.example.net, for ever.
inline probe::HostKey recorded_key(std::string_view name) {
  const auto& algorithm = *ssh::find_key_algorithm(name);
  const ServerKey key(algorithm);
  probe::HostKey recorded{std::string(ssh::bare_type(algorithm)),
                          fingerprint(sha256(key.bare_blob())), true};
  recorded.blob = key.bare_blob();
  if (key.blob() == key.bare_blob()) return recorded;
  recorded.certificate.emplace();
  recorded.certificate->blob = key.blob();
  return recorded;
}

}  // namespace fleetscan::test
