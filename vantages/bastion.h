#pragma once
// A Bastion is a machine that passes connections on, reached by the user's own ssh.

#include <string>
#include <variant>
#include <vector>

#include "base/file_descriptor.h"

namespace fleetscan::vantages {

/// The words, on this machine, that log in at a bastion and share the connection: of all that an
/// ssh_config may have there, nothing is forwarded and nothing run. BatchMode: ssh asks nobody
/// anything. A connection without an answer for a minute is given up.
/// @param ssh   `--ssh`, as words
/// @param user  empty, and `port` 0, where ssh knows it
/// @param socket  path of the socket to make
[[nodiscard]] std::vector<std::string> sharing_ssh(const std::vector<std::string>& ssh,
                                                   const std::string& user, const std::string& host,
                                                   unsigned port, const std::string& socket);

/// Where, and by which ssh.
struct BastionLogin {
  std::vector<std::string> ssh = {"ssh"};
  std::string user = {}, host = {};
  unsigned port = 0;
};

/// Holds a keeper: a process that starts ssh, connects to the socket on which it shares its
/// connection to the bastion, hands that connection over, and removes the socket with its private
/// folder. So a process that has given up its own right to start programs can still get another
/// one. The keeper, and what it started, end when this object goes, or the process that owns it,
/// whatever ends that.
///
/// REQUIRES: this process has one thread.
class Bastion {
 public:
  /// Starts the keeper, and no ssh yet.
  /// @throws std::system_error if no process or socket is left
  explicit Bastion(BastionLogin login);
  Bastion(const Bastion&) = delete;
  Bastion& operator=(const Bastion&) = delete;
  ~Bastion() = default;

  /// Has ssh log in, and waits until it has.
  /// @return the connection, which does not block; or why there is none, as ssh says it; raw
  [[nodiscard]] std::variant<FileDescriptor, std::string> connect();

  /// The keeper's socket: "another" asks for one more connection, which comes, or the reason why it
  /// does not, as a message (base/passed_descriptor.h); "drop" ends the oldest one.
  [[nodiscard]] int keeper() const { return keeper_.number(); }

 private:
  FileDescriptor keeper_;
};

}  // namespace fleetscan::vantages
