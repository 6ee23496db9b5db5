// The fleet's sockets, seen by clients that are not the product's own.

#include "tests/simulator/fleet.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <libssh2.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "scanner/ssh/binary_packet.h"
#include "scanner/ssh/disconnect.h"
#include "tests/simulator/leaks_allowed.h"
#include "tests/simulator/running_fleet.h"
#include "tests/support/fleet_thread.h"

namespace fleetscan::simulator {
namespace {

constexpr int kPatience = 20000;  // ms; no test is meant to wait that long

/// Begins to connect, or connects.
Descriptor client(const std::string& address, std::uint16_t port, int flags = 0) {
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  name.sin_addr.s_addr = inet_addr(address.c_str());
  const int result = connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name);
  REQUIRE((result == 0 || errno == EINPROGRESS));
  return socket;
}

bool readable(const Descriptor& socket, int patience) {
  pollfd poll_for{socket.get(), POLLIN, 0};
  return poll(&poll_for, 1, patience) == 1;
}

/// What arrives up to the end of the stream; "RST" is appended if it ends that way.
std::string read_all(const Descriptor& socket) {
  std::string all;
  char buffer[4096];
  while (readable(socket, kPatience)) {
    const auto got = recv(socket.get(), buffer, sizeof buffer, 0);
    if (got == 0) return all;
    if (got < 0) return all + "RST";
    all.append(buffer, static_cast<std::size_t>(got));
  }
  return all + "(silence)";
}

TEST_CASE("SYNs to dropped prefixes vanish, those to an exception inside do not") {
  RunningFleet fleet(
      "127.5.0.0/16 connect_timeout\n127.5.1.0/24 text_close text=here\n127.5.1.9 "
      "connect_timeout\n");
  const auto dropped = client("127.5.0.1", fleet.port(), SOCK_NONBLOCK);
  const auto inner = client("127.5.1.9", fleet.port(), SOCK_NONBLOCK);
  CHECK(read_all(client("127.5.1.8", fleet.port())) == "here");
  CHECK(read_all(client("127.5.1.10", fleet.port())) == "here");
  // Their SYNs were sent before those that were answered.
  CHECK_FALSE(readable(dropped, 0));
  CHECK_FALSE(readable(inner, 0));
  CHECK(fleet.stop().connections() == 2);
}

TEST_CASE("a close is a FIN, a reset is an RST") {
  RunningFleet fleet(
      "127.5.0.1 text_close text=x\n127.5.0.2 reset\n127.5.0.3 reset on_first_bytes=1\n"
      "127.5.0.4 redis\n127.5.0.5 http\n");
  CHECK(read_all(client("127.5.0.1", fleet.port())).empty() == false);
  CHECK(read_all(client("127.5.0.2", fleet.port())) == "RST");
  const auto spoken_to = client("127.5.0.3", fleet.port());
  CHECK(send(spoken_to.get(), "x", 1, 0) == 1);
  CHECK(read_all(spoken_to) == "RST");
  const auto http = client("127.5.0.5", fleet.port());
  CHECK(send(http.get(), "SSH-2.0-x\r\n", 11, 0) == 11);
  CHECK(read_all(http).starts_with("HTTP/1.1 400 Bad Request\r\n"));
}

TEST_CASE("one long line arrives whole though no buffer takes it at once") {
  RunningFleet fleet("127.5.0.1 one_long_line\n");
  const auto socket = client("127.5.0.1", fleet.port());
  std::string line;
  char buffer[4096];
  while (line.find('\n') == std::string::npos && readable(socket, kPatience)) {
    const auto got = recv(socket.get(), buffer, sizeof buffer, 0);
    REQUIRE(got > 0);
    line.append(buffer, static_cast<std::size_t>(got));
  }
  CHECK(line == "SSH-2.0-" + std::string(70000, 'x') + "\r\n");
}

TEST_CASE("endless lines leave others their turn") {
  RunningFleet fleet("127.5.0.1 endless_banner\n127.5.0.2 text_close text=here\n");
  const auto greedy = client("127.5.0.1", fleet.port());
  CHECK(readable(greedy, kPatience));
  CHECK(read_all(client("127.5.0.2", fleet.port())) == "here");
}

TEST_CASE("statistics tell a guest's manners") {
  test::FleetThread fleet("127.5.0.0/16 silent\n127.5.0.9 text_close text=here\n");
  {
    const auto first = client("127.5.0.1", fleet.port());
    const auto second = client("127.5.0.1", fleet.port());
    const auto bytes =
        "SSH-2.0-c\r\n" + ssh::make_packet(ssh::make_disconnect(11, "bye \xff\x1b[31m"));
    CHECK(send(first.get(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
    CHECK(read_all(client("127.5.0.9", fleet.port())) == "here");
  }
  CHECK(read_all(client("127.5.0.9", fleet.port())) == "here");
  CHECK(read_all(client("127.5.0.9", fleet.port())) == "here");
  fleet.stop();  // once it has seen every client leave
  const auto json = nlohmann::json::parse(fleet.statistics().json());
  CHECK(json["connections"] == 5);
  CHECK(json["hosts"] == 2);
  CHECK(json["max_connections_to_one_host"] == 3);
  CHECK(json["max_open_to_one_host"] == 2);
  CHECK(json["goodbyes"] == 1);
  CHECK(json["last_goodbye"] == "bye \xef\xbf\xbd\x1b[31m");
  CHECK(fleet.statistics().count_log() == "127.5.0.1 2 2\n127.5.0.9 3 1\n");
}

struct FreeSession {
  void operator()(LIBSSH2_SESSION* session) const { libssh2_session_free(session); }
};
using Session = std::unique_ptr<LIBSSH2_SESSION, FreeSession>;

/// Completes a handshake's key exchange with libssh2, or says why not.
std::string exchange(std::uint16_t port, const std::string& kex, const std::string& host_key) {
  const LeaksAllowed leaks;
  const auto socket = client("127.5.0.1", port);
  const Session session(libssh2_session_init());
  libssh2_session_set_timeout(session.get(), kPatience);
  REQUIRE(libssh2_session_method_pref(session.get(), LIBSSH2_METHOD_KEX, kex.c_str()) == 0);
  REQUIRE(libssh2_session_method_pref(session.get(), LIBSSH2_METHOD_HOSTKEY, host_key.c_str()) ==
          0);
  const int status = libssh2_session_handshake(session.get(), socket.get());
  // The fleet reads nothing encrypted: it closes when the client goes on to ask for a service.
  if (status != LIBSSH2_ERROR_SOCKET_RECV) return "error " + std::to_string(status);
  const char* cipher = libssh2_session_methods(session.get(), LIBSSH2_METHOD_CRYPT_SC);
  if (cipher == nullptr) return "no keys";
  std::size_t length = 0;
  int type = 0;
  const char* key = libssh2_session_hostkey(session.get(), &length, &type);
  return key == nullptr ? "no host key" : std::string(key, length);
}

TEST_CASE("libssh2 accepts the proof of every host key by every method") {
  REQUIRE(libssh2_init(0) == 0);
  RunningFleet fleet(
      "127.5.0.1 healthy profile=openssh-7.4 key=3 "
      "kex=curve25519-sha256,curve25519-sha256@libssh.org,diffie-hellman-group14-sha256,"
      "diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha256,"
      "diffie-hellman-group-exchange-sha1\n");
  const std::pair<std::string, KeyType> keys[] = {
      {"ssh-ed25519", KeyType::ed25519},       {"rsa-sha2-512", KeyType::rsa},
      {"rsa-sha2-256", KeyType::rsa},          {"ssh-rsa", KeyType::rsa},
      {"ecdsa-sha2-nistp256", KeyType::ecdsa},
  };
  for (const std::string kex :
       {"curve25519-sha256", "curve25519-sha256@libssh.org", "diffie-hellman-group14-sha256",
        "diffie-hellman-group14-sha1", "diffie-hellman-group-exchange-sha256",
        "diffie-hellman-group-exchange-sha1"}) {
    for (const auto& [algorithm, type] : keys) {
      CAPTURE(kex);
      CAPTURE(algorithm);
      CHECK(exchange(fleet.port(), kex, algorithm) == HostKey(type, 3).blob());
    }
  }
  CHECK(fleet.stop().key_exchanges() == 30);
}

TEST_CASE("libssh2 refuses a false proof, and is refused what nobody computes") {
  REQUIRE(libssh2_init(0) == 0);
  RunningFleet liar("127.5.0.1 kex_bad_signature\n");
  const auto error = "error " + std::to_string(LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE);
  for (const std::string key : {"ssh-ed25519", "rsa-sha2-512", "ecdsa-sha2-nistp256"}) {
    CAPTURE(key);
    CHECK(exchange(liar.port(), "curve25519-sha256", key) == error);
  }
  RunningFleet other("127.5.0.1 healthy\n");
  CHECK(exchange(other.port(), "ecdh-sha2-nistp256", "ssh-ed25519").starts_with("error "));
  CHECK(other.stop().key_exchanges() == 0);
}

}  // namespace
}  // namespace fleetscan::simulator
