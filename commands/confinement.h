#pragma once
// Gives up every right that a scan does not need, before the first byte from a peer is read: a peer
// that took over this process could neither start a program nor touch a file beyond the outputs.

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "commands/capabilities.h"
#include "commands/options.h"
#include "inventory/inventory.h"
#include "inventory/target.h"

namespace fleetscan::commands {

/// The files and ports that are still needed. What does not exist is passed over.
struct NeededFiles {
  std::vector<std::string> folders = {};   ///< in which files are made, written, moved and removed
  std::vector<std::string> readable = {};  ///< files and folders, beyond what look-ups read
  std::vector<std::string> changed = {};   ///< files in those folders that are changed in place
  /// Whether look-ups ask services of this machine, each over a Unix socket of its own.
  bool name_sockets = false;
  std::set<std::uint16_t> ports = {};  ///< to which TCP connects; none: any
};

/// More ports than that are no longer told one by one.
inline constexpr std::size_t kFewPorts = 256;

/// The ports to which a scan connects: those of its targets and canaries, and its name servers';
/// none where there are many, or where this system looks names up by itself.
[[nodiscard]] std::set<std::uint16_t> needed_ports(const Options& options,
                                                   const inventory::Inventory& inventory,
                                                   const std::vector<inventory::Target>& canaries);

/// What a scan needs once its inventory is read and its outputs are open.
/// @param output_dir  as the options had it, before a folder for the run was made in it
[[nodiscard]] NeededFiles needed_files(const Options& options, const std::string& output_dir);

/// What is in force; what is not says why not.
struct Confinement {
  bool no_new_privileges = false;  ///< no set-user-ID program can help (PR_SET_NO_NEW_PRIVS)
  int landlock = 0;                ///< the kernel's Landlock version; 0: files are not confined
  bool system_calls = false;       ///< only those that a scan makes
  std::string missing = {};        ///< why not all of it; empty if all
  Capabilities capabilities = {};  ///< of root: chown, packet sockets, other users' files, ...
  bool name_sockets = false;       ///< Unix sockets can be opened nevertheless
  std::size_t ports = 0;           ///< to which TCP can connect; 0: any

  void lack(const std::string& what);
  /// "confined: no capabilities, no new privileges, files (Landlock 4), 2 TCP ports, system calls".
  [[nodiscard]] std::string to_string() const;
};

/// Confines the calling thread and all that it starts from now on, for good. Call it while there is
/// but one. Open descriptors stay as they are. What the kernel does not offer is left out.
///
/// Files: landlock(7). What look-ups of names read stays readable: resolv.conf, hosts and the like,
/// and the system's libraries. With Landlock 4 no TCP port can be bound
/// and only needed ones be connected to, with 6 no other process
/// be sent a signal and no abstract Unix socket be reached.
///
/// System calls: see allow_calls_of_a_scan().
[[nodiscard]] Confinement confine(const NeededFiles& needed);

/// Gives up what a scan needed and its reports do not: sockets. To be called once the scan is over.
void confine_reports(const Confinement& confinement);

}  // namespace fleetscan::commands
