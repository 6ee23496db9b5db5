#include "scanner/diagnosis/sighting.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <string>

#include "scanner/probe/outcome.h"

using namespace fleetscan;
using namespace fleetscan::probe;
using namespace fleetscan::diagnosis;

TEST_CASE("sighting: every failure on the wire is told with what was measured") {
  using std::chrono_literals::operator""ms;
  Evidence seen;
  seen.elapsed = 1234ms;
  seen.closed_after = 1234ms;
  seen.text = "1234 words";
  seen.head = "1234 bytes";
  seen.ident_line = "SSH-2.0-1234";
  seen.bytes_in = 1234;
  seen.error = ECONNREFUSED;
  seen.disconnect = ssh::Disconnect{12, "1234"};
  seen.slot = ssh::Slot::kex;
  ssh::Kexinit lists;
  lists[ssh::Slot::kex] = {"kex-1234"};
  seen.kexinit = std::make_shared<const ssh::Kexinit>(lists);
  seen.host_key = HostKey{"ssh-ed25519", "SHA256:1234", true, Known::changed};
  for (const auto& row : outcomes()) {
    if (!is_failure(row.state) || row.phase == Phase::resolve) continue;
    if (row.outcome == Outcome::kex_signature_invalid) continue;  // nothing to measure
    const auto sentence = sighting(row.outcome, seen);
    CAPTURE(std::string(row.name));
    CAPTURE(sentence);
    CHECK((sentence.find("1234") != sentence.npos || sentence.find("1.2 s") != sentence.npos));
  }
}
