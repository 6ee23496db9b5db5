#pragma once
// SshfpCensus counts what the DNS publishes about the host keys that were proved (`--sshfp`).

#include <cstdint>
#include <string>
#include <vector>

#include "scanner/probe/result.h"

namespace fleetscan::summary {

/// A host is counted once: as differing if any of its keys does, else by the key of its class.
struct SshfpCensus {
  void add(const probe::HostResult& result);

  [[nodiscard]] std::uint64_t hosts() const {
    return matching + differing.size() + missing + unanswered;
  }

  std::uint64_t matching = 0;
  std::uint64_t sha1_only = 0;           ///< of those: no record has a better digest
  std::uint64_t claimed = 0;             ///< of those: validated, a resolver elsewhere says
  std::uint64_t validated = 0;           ///< of those: by a resolver on the scanning machine
  std::vector<std::string> differing{};  ///< targets, raw, in order of the records
  std::uint64_t missing = 0;             ///< no record, or none for that type of key
  std::uint64_t unanswered = 0;          ///< says nothing of the hosts
};

/// "7 match, 2 of them by SHA-1 alone; 1 differs; 1 without; 1 not answered; DNSSEC: ...".
[[nodiscard]] std::string sshfp_words(const SshfpCensus& census);

}  // namespace fleetscan::summary
