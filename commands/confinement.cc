#include "commands/confinement.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "base/escape.h"
#include "base/file_descriptor.h"
#include "commands/capabilities.h"
#include "commands/options.h"
#include "commands/system_calls.h"
#include "inventory/inventory.h"
#include "inventory/target.h"
#include "scanner/net/resolver_settings.h"
#include "scanner/proxy/proxy.h"

namespace fleetscan::commands {
namespace {

// Debian 12's header ends at version 2 of the interface: the rest as landlock(7) has it.
struct RulesetAttributes {
  std::uint64_t files = 0;
  std::uint64_t network = 0;  // 4
  std::uint64_t scoped = 0;   // 6
};
constexpr std::uint64_t kTruncate = 1U << 14;     // 3
constexpr std::uint64_t kDeviceIoctl = 1U << 15;  // 5
constexpr std::uint64_t kBindTcp = 1U << 0;       // 4
constexpr std::uint64_t kConnectTcp = 1U << 1;    // 4
constexpr int kPortRule = 2;                      // 4
struct PortAttributes {
  std::uint64_t rights, port;
};
constexpr std::uint64_t kScopes = 3;  // 6: abstract Unix sockets, signals

constexpr int kWholeLandlock = 6;  // no right that is used here came later

constexpr std::uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
// A link that was made before is moved into its place, which takes the right to make one.
constexpr std::uint64_t kWrite = kRead | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                 LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                                 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM |
                                 kTruncate;
constexpr std::uint64_t kOfFiles =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate | kDeviceIoctl;

// What libc, c-ares and OpenSSL open when they are first needed, and modules of the name service.
constexpr const char* kReadByLookups[] = {"/etc/resolv.conf",
                                          "/etc/hosts",
                                          "/etc/nsswitch.conf",
                                          "/etc/host.conf",
                                          "/etc/gai.conf",
                                          "/etc/services",
                                          "/etc/protocols",
                                          "/etc/ld.so.cache",
                                          "/etc/localtime",
                                          "/etc/ssl/openssl.cnf",
                                          "/usr/share/zoneinfo",
                                          "/usr/lib",
                                          "/usr/lib64",
                                          "/lib",
                                          "/lib64",
                                          "/run/systemd/resolve",
                                          "/run/nscd",
                                          "/var/lib/sss/mc",
                                          "/dev/urandom",
                                          "/dev/null",
                                          "/sys/devices/system/cpu",
                                          "/proc/sys/net",
                                          "/proc/self"};

/// The rights that this version of the interface knows.
std::uint64_t known_rights(long version) {
  std::uint64_t rights = LANDLOCK_ACCESS_FS_REFER - 1;
  if (version >= 2) rights |= LANDLOCK_ACCESS_FS_REFER;
  if (version >= 3) rights |= kTruncate;
  if (version >= 5) rights |= kDeviceIoctl;
  return rights;
}

void allow(const FileDescriptor& ruleset, const std::string& path, std::uint64_t rights) {
  const FileDescriptor place(::open(path.c_str(), O_PATH | O_CLOEXEC));
  struct stat status {};
  if (!place || ::fstat(place.number(), &status) != 0) return;
  if (!S_ISDIR(status.st_mode)) rights &= kOfFiles;
  const landlock_path_beneath_attr rule{rights, place.number()};
  ::syscall(SYS_landlock_add_rule, ruleset.number(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

/// @return the version that is in force; 0 if none, with errno
int confine_files_and_ports(const NeededFiles& needed) {
  const auto version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return 0;
  RulesetAttributes attributes{known_rights(version)};
  if (version >= 4) attributes.network = kBindTcp | (needed.ports.empty() ? 0 : kConnectTcp);
  if (version >= 6) attributes.scoped = kScopes;
  const FileDescriptor ruleset(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0)));
  if (!ruleset) return 0;
  for (const auto* path : kReadByLookups) allow(ruleset, path, kRead & attributes.files);
  for (const auto& path : needed.readable) allow(ruleset, path, kRead & attributes.files);
  for (const auto& path : needed.folders) allow(ruleset, path, kWrite & attributes.files);
  for (const auto port : needed.ports) {
    const PortAttributes rule{kConnectTcp, port};
    ::syscall(SYS_landlock_add_rule, ruleset.number(), kPortRule, &rule, 0);
  }
  return ::syscall(SYS_landlock_restrict_self, ruleset.number(), 0) == 0 ? static_cast<int>(version)
                                                                         : 0;
}

std::vector<std::string> written_by(const NeededFiles& needed) {
  auto written = needed.folders;
  written.insert(written.end(), needed.changed.begin(), needed.changed.end());
  return written;
}

std::string lacking_of_landlock(int version) {
  if (version == 0) return fmt::format("files (Landlock: {})", std::strerror(errno));
  return fmt::format("all of Landlock {} (this kernel has {})", kWholeLandlock, version);
}

/// Capabilities go before the files: what is kept of them depends on the folders.
Confinement give_up_all(const NeededFiles& needed) {
  Confinement given;
  given.no_new_privileges = ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
  if (!given.no_new_privileges) given.lack("no new privileges");
  given.capabilities = drop_capabilities(written_by(needed));
  if (!given.capabilities.dropped) given.lack("no capabilities");
  given.landlock = confine_files_and_ports(needed);
  if (given.landlock >= 4) given.ports = needed.ports.size();
  if (given.landlock < kWholeLandlock) given.lack(lacking_of_landlock(given.landlock));
  given.system_calls = allow_calls_of_a_scan(needed.name_sockets);
  given.name_sockets = needed.name_sockets;
  if (!given.system_calls) given.lack("system calls");
  return given;
}

/// The folder in which a new version of the file is written, and then moved into its place. A
/// device or a pipe has no new version.
void add_folder_of(std::vector<std::string>& folders, const std::string& file) {
  std::error_code error;
  if (file.empty() || file == "-") return;
  if (std::filesystem::exists(file, error) && !std::filesystem::is_regular_file(file, error))
    return;
  const auto folder = std::filesystem::path(file).parent_path();
  folders.push_back(folder.empty() ? "." : folder.string());
}

}  // namespace

std::set<std::uint16_t> needed_ports(const Options& options, const inventory::Inventory& inventory,
                                     const std::vector<inventory::Target>& canaries) {
  if (options.resolver.system) return {};
  std::set<std::uint16_t> ports;
  if (options.proxy) {
    // and none of the targets'; to a bastion ssh is connected already
    if (options.proxy->kind != proxy::Kind::ssh) ports.insert(options.proxy->port);
  } else {
    ports = inventory.ports();
    for (const auto& canary : canaries) ports.insert(canary.port);
  }
  ports.insert(options.resolver.server.value_or(net::DnsServer{}).port);
  return ports.size() > kFewPorts ? std::set<std::uint16_t>() : ports;
}

NeededFiles needed_files(const Options& options, const std::string& output_dir) {
  NeededFiles needed;
  if (!output_dir.empty()) needed.folders.push_back(output_dir);
  for (const auto& [format, paths] : options.outputs)
    for (const auto& path : paths) add_folder_of(needed.folders, path);
  add_folder_of(needed.folders, options.history);  // with SQLite's journal beside it
  if (!options.history.empty()) needed.changed.push_back(options.history);
  add_folder_of(needed.folders, options.resume);
  if (options.update_baseline) add_folder_of(needed.folders, options.baseline);
  needed.name_sockets = options.resolver.system;
  if (const char* folder = std::getenv("SQLITE_TMPDIR")) needed.folders.emplace_back(folder);
  return needed;
}

void Confinement::lack(const std::string& what) { missing += (missing.empty() ? "" : ", ") + what; }

std::string Confinement::to_string() const {
  if (!no_new_privileges && landlock == 0 && !system_calls) return "not confined: " + missing;
  std::string text = "confined:";
  if (capabilities.dropped)
    text += capabilities.overridden_at.empty()
                ? " no capabilities,"
                : fmt::format(" no capability but CAP_DAC_OVERRIDE (for {}),",
                              printable(capabilities.overridden_at));
  if (no_new_privileges) text += " no new privileges,";
  if (landlock > 0) text += fmt::format(" files (Landlock {}),", landlock);
  if (ports > 0) text += fmt::format(" {} TCP port{},", ports, ports == 1 ? "" : "s");
  if (system_calls) text += name_sockets ? " system calls (but Unix sockets)," : " system calls,";
  text.pop_back();
  return missing.empty() ? text : text + "; not in force: " + missing;
}

void confine_reports(const Confinement& confinement) {
  if (confinement.system_calls) forbid_sockets();
}

Confinement confine(const NeededFiles& needed) {
#ifdef FLEETSCAN_INSTRUMENTED
  static_cast<void>(needed);
  static_cast<void>(give_up_all);
  return {false, 0, false,
          "this build is instrumented, and its checkers need what confinement would forbid"};
#else
  return give_up_all(needed);
#endif
}

}  // namespace fleetscan::commands
