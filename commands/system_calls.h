#pragma once
// The system calls that a scan makes, and no others (seccomp(2)).

namespace fleetscan::commands {

/// From now on this process can make only the calls of a scan: it opens, reads, writes, renames and
/// removes files, runs threads and timers, and connects by TCP and UDP and pings by ICMP. Files it
/// makes are neither executable nor set-user-ID; memory is never both writable and executable.
///
/// Everything else is refused with EPERM: programs and processes, owners, modes and times of files,
/// links and devices, other families of sockets (netlink, too: without it getaddrinfo() sorts by
/// rule of thumb), listening, mounts, keys, tracing. Calls that Linux gained from 5.1 on are
/// refused with ENOSYS: a newer C library that tries one does then what it did before there was
/// one.
///
/// @param name_sockets  whether streams of the Unix family can be opened: over them nscd, sssd,
///     Avahi and systemd-resolved answer getaddrinfo()
/// @return whether it is in force
[[nodiscard]] bool allow_calls_of_a_scan(bool name_sockets);

/// From now on no thread of this process can open, use or ask about sockets. To be called once the
/// scan is over: reports need none.
/// @return whether it is in force
bool forbid_sockets();

}  // namespace fleetscan::commands
