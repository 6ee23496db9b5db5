// libssh2_loop: what a simple blocking program gets: one libssh2 handshake after another.

#include <libssh2.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>

#include "tests/perf/figures.h"

namespace fleetscan::perf {
namespace {

constexpr long kTimeout = 30000;  // ms

/// @return whether the host key was proved. The simulated fleet closes when the session turns
///         encrypted, so the handshake's last step, a request for user authentication, may fail.
bool handshake(int socket) {
  LIBSSH2_SESSION* session = libssh2_session_init();
  libssh2_session_set_timeout(session, kTimeout);
  const int status = libssh2_session_handshake(session, socket);
  // Methods are known only after the exchange; a failed signature has a status of its own.
  const bool proved = status == 0 || (status == LIBSSH2_ERROR_SOCKET_RECV &&
                                      libssh2_session_methods(session, LIBSSH2_METHOD_CRYPT_SC));
  libssh2_session_free(session);
  return proved;
}

bool probe(const Arguments& arguments, std::uint32_t index) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  // Without it, libssh2's small writes wait for each other's delayed acknowledgement, 40 ms.
  const int no_delay = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof no_delay);
  const auto name = target(arguments, index);
  const bool connected =
      connect(socket, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
  const bool proved = connected && handshake(socket);
  close(socket);
  return proved;
}

}  // namespace
}  // namespace fleetscan::perf

/// The same arguments as the other measuring programs; concurrency is always 1.
int main(int argc, char** argv) {
  using namespace fleetscan::perf;
  const auto arguments = parse_arguments(argc, argv);
  if (libssh2_init(0) != 0) return 1;
  std::uint32_t proved = 0;
  const Stopwatch stopwatch;
  for (std::uint32_t i = 0; i < arguments.count; ++i) {
    if (probe(arguments, i)) ++proved;
  }
  std::puts(stopwatch.figures("libssh2 loop", proved, arguments.count).c_str());
  libssh2_exit();
}
