#include "scanner/net/resolver_settings.h"

#include <sys/socket.h>

namespace fleetscan::net {

int family_of(Families families) {
  if (families == Families::both) return AF_UNSPEC;
  return families == Families::v4 ? AF_INET : AF_INET6;
}

}  // namespace fleetscan::net
