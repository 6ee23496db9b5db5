#include "base/static_program.h"

#include <nss.h>
#include <openssl/crypto.h>

#include <initializer_list>

namespace fleetscan {

void load_no_libraries() {
  if constexpr (kStaticProgram) {
    for (const char* database : {"passwd", "group", "initgroups", "services"})
      __nss_configure_lookup(database, "files");
    __nss_configure_lookup("hosts", "files dns");
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  }
}

}  // namespace fleetscan
