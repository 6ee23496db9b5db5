#pragma once
// NameService: the interface to what resolves names, DNS or this system's own resolver.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/address.h"

namespace fleetscan::net {

/// What is known about a name.
enum class NameStatus : std::uint8_t {
  found,       ///< with at least one address
  not_found,   ///< NXDOMAIN, or no name at all
  no_address,  ///< the name exists, without an address of the asked family
  failure,     ///< SERVFAIL, REFUSED, or no answer
};

struct NameAnswer {
  NameStatus status = NameStatus::failure;
  std::vector<Address> addresses = {};  ///< best first (RFC 6724)
  bool from_server = false;             ///< a name server said so: one is alive
  bool unanswered = false;              ///< a failure: no name server said anything
  bool refused = false;                 ///< unanswered: by the system, no server listens
  bool delayed = false;                 ///< a question, or its answer, was lost on the way
};

/// Answers questions on a loop. Destroying it forgets those still open: nothing calls back.
class NameService {
 public:
  /// Called exactly once for each ask(), possibly from inside it.
  using Done = std::function<void(const std::string& name, NameAnswer answer)>;

  NameService() = default;
  NameService(const NameService&) = delete;
  NameService& operator=(const NameService&) = delete;
  virtual ~NameService() = default;

  virtual void ask(const std::string& name) = 0;
};

}  // namespace fleetscan::net
