#include "commands/account.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/input_error.h"

namespace fleetscan::commands {
namespace {

bool switch_to(const passwd& account) {
  return ::initgroups(account.pw_name, account.pw_gid) == 0 && ::setgid(account.pw_gid) == 0 &&
         ::setuid(account.pw_uid) == 0;
}

}  // namespace

std::string become(const std::string& name) {
  const auto* account = ::getpwnam(name.c_str());
  if (!account) return "there is no account " + excerpt(name);
  if (account->pw_uid == ::geteuid() && account->pw_uid == ::getuid()) return {};
  if (::geteuid() != 0) return "only root can become " + excerpt(name);
  if (!switch_to(*account)) return "cannot become " + excerpt(name) + ": " + std::strerror(errno);
  if (::setuid(0) == 0) return "could become root again";
  return {};
}

}  // namespace fleetscan::commands
