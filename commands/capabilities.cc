#include "commands/capabilities.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

namespace fleetscan::commands {
namespace {

constexpr std::uint32_t kOverride = 1U << CAP_DAC_OVERRIDE;
static_assert(CAP_DAC_OVERRIDE < 32, "in the first word");

/// Of the calling thread: the lower and the upper 32 capabilities.
struct Sets {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3] = {};

  bool get() { return ::syscall(SYS_capget, &header, words) == 0; }
  bool set() { return ::syscall(SYS_capset, &header, words) == 0; }
};

/// access(2) would judge by the rights of the real user, whom capabilities may help.
bool may_write(const std::string& path) {
#ifdef SYS_faccessat2
  if (::syscall(SYS_faccessat2, AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0) return true;
  return errno != EACCES && errno != ENOSYS;
#else
  static_cast<void>(path);
  return false;
#endif
}

/// No program that this one could start would get them back.
void empty_bounding_set() {
  for (unsigned long number = 0; ::prctl(PR_CAPBSET_DROP, number, 0, 0, 0) == 0; ++number) {
  }
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

}  // namespace

Capabilities drop_capabilities(const std::vector<std::string>& written) {
  empty_bounding_set();
  Sets sets;
  if (!sets.get()) return {};
  const auto override_right = sets.words[0].permitted & kOverride;
  for (auto& word : sets.words) word = {};
  sets.words[0].permitted = override_right;
  if (!sets.set()) return {};
  if (override_right == 0) return {true, {}};

  const auto unwritable = std::ranges::find_if_not(written, may_write);
  const bool kept = unwritable != written.end();
  sets.words[0].permitted = sets.words[0].effective = kept ? override_right : 0;
  if (!sets.set()) return {};
  return {true, kept ? *unwritable : std::string()};
}

}  // namespace fleetscan::commands
