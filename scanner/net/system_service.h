#pragma once
// SystemService queries the system's own resolver (getaddrinfo: NSS, LDAP,
// mDNS), on libuv's threads.

#include <netdb.h>
#include <uv.h>

#include <string>
#include <unordered_set>
#include <vector>

#include "base/address.h"
#include "scanner/net/name_service.h"
#include "scanner/net/resolver_settings.h"

namespace fleetscan::net {

/// Slow by nature: libuv runs half as many look-ups at a time as UV_THREADPOOL_SIZE says.
class SystemService final : public NameService {
 public:
  SystemService(uv_loop_t& loop, Families families, Done done);
  ~SystemService() override;

  void ask(const std::string& name) override;

 private:
  struct Question;
  static void on_answer(uv_getaddrinfo_t* request, int status, addrinfo* result);

  uv_loop_t& loop_;
  Families families_;
  Done done_;
  std::unordered_set<Question*> open_;
};

/// The addresses of a name, best first, of a look-up that keeps the caller waiting; empty if it has
/// none.
[[nodiscard]] std::vector<Address> addresses_of(const std::string& name);

}  // namespace fleetscan::net
