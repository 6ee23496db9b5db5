#include "scanner/diagnosis/clues.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/diagnosis/clue_search.h"
#include "scanner/diagnosis/explain.h"
#include "scanner/diagnosis/mentions.h"

using namespace fleetscan;
using namespace fleetscan::diagnosis;
using enum fleetscan::probe::Outcome;

namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

/// What is said about clues.yaml with the first `was` replaced; "" if nothing.
std::string complaint(std::string_view was, std::string_view is) {
  std::string yaml(clues_yaml());
  const auto place = yaml.find(was);
  REQUIRE(place != yaml.npos);
  yaml.replace(place, was.size(), is);
  try {
    static_cast<void>(read_clues(yaml));
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

bool among_two(const Clue& clue, probe::Outcome outcome) {
  const auto end = clue.classes.begin() + std::min<std::ptrdiff_t>(2, std::ssize(clue.classes));
  return std::find(clue.classes.begin(), end, outcome) != end;
}

}  // namespace

TEST_CASE("clues.yaml: every mistake is reported with its line") {
  const struct {
    std::string_view was, is, says;
  } cases[] = {
      {"classes: [resolve_not_found", "classes: [resolve_notfound", "no class is called"},
      {"causes: [family_mismatch", "causes: [familymismatch", "no cause is called"},
      {"- says: ", "- sayz: ", "unknown key \"sayz\""},
      {"{by: ", "{from: ", "unknown key \"from\""},
      {"\n  messages:", "\n  says: again\n  messages:", "\"says\" is given twice"},
      {"\n  messages:", "\n  general: yes\n  no_messages:", "unknown key"},
      {"- says: The name has", "- says: Too little.\n- says: The name has",
       "neither messages nor words"},
  };
  for (const auto& [was, is, says] : cases) {
    CAPTURE(std::string(is));
    const auto said = complaint(was, is);
    CAPTURE(said);
    CHECK(contains(said, says));
    CHECK(said.starts_with("clues.yaml:"));
  }
}

TEST_CASE("clues.yaml: every entry says all that it has to, and finds itself") {
  std::set<std::string> messages, words;
  for (const auto& clue : clues()) {
    CAPTURE(clue.says);
    CHECK(clue.says.ends_with('.'));
    CHECK(!clue.classes.empty());
    for (const auto& message : clue.messages) {
      CAPTURE(message.text);
      CHECK(messages.insert(squashed(message.text)).second);
      CHECK(squashed(message.text).size() >= 10);  // shorter ones stand in other words
      const auto found = find_messages(clues(), message.text);
      REQUIRE(!found.empty());
      CHECK(found.front().clue == &clue);
    }
    for (const auto& word : clue.words) {
      CAPTURE(word);
      CHECK(words.insert(squashed(word)).second);
      CHECK(explain(word, 100).known);
    }
    std::set<probe::Outcome, std::less<probe::Outcome>> classes(clue.classes.begin(),
                                                                clue.classes.end());
    CHECK(classes.size() == clue.classes.size());
  }
}

// Messages as people posted them, with their addresses, prefixes and line ends.
TEST_CASE("clues: a message leads to the class that a scan gives, first or second") {
  const struct {
    std::string_view message;
    probe::Outcome outcome;
  } cases[] = {
      // clang-format off
      // OpenSSH, by version and system
      {"kex_exchange_identification: read: Connection reset by peer\r\nConnection reset by 203.0.113.7 port 22", banner_reset},
      {"kex_exchange_identification: read: Connection reset by peer", banner_closed_fast},
      {"ssh_exchange_identification: read: Connection reset by peer", banner_reset},
      {"kex_exchange_identification: read: Connection reset", banner_reset},
      {"kex_exchange_identification: Connection closed by remote host\nConnection closed by 198.51.100.4 port 22", banner_throttled},
      {"ssh_exchange_identification: Connection closed by remote host", banner_closed_fast},
      {"kex_exchange_identification: write: Broken pipe", banner_reset},
      {"debug1: kex_exchange_identification: banner line 0: Exceeded MaxStartups\nkex_exchange_identification: Connection closed by remote host", banner_throttled},
      {"debug1: kex_exchange_identification: banner line 0: Not allowed at this time", banner_throttled},
      {"Connection timed out during banner exchange\nConnection to 192.0.2.10 port 22 timed out", banner_silent},
      {"banner exchange: Connection to 192.168.1.100 port 22: Connection timed out", banner_silent},
      {"banner exchange: Connection to 192.168.1.100 port 22: Software caused connection abort", scanner_aborted},
      {"kex_exchange_identification: read: Software caused connection abort", scanner_aborted},
      {"ssh: connect to host web01.example.net port 22: Connection refused", connect_refused},
      {"ssh: connect to host 2001:db8::7 port 2222: Connection timed out", connect_timeout},
      {"ssh: connect to host github.com port 22: Operation timed out", connect_timeout},
      {"ssh: connect to host 10.0.0.9 port 22: No route to host", connect_host_down},
      {"ssh: connect to host 10.0.0.9 port 22: No route to host", connect_unreachable},
      {"ssh: connect to host 2001:db8::7 port 22: Network is unreachable", scanner_network},
      {"ssh: connect to host 10.0.0.9 port 22: Permission denied", scanner_network},
      {"ssh: connect to host 10.0.0.9 port 22: Cannot assign requested address", scanner_resources},
      {"ssh: Could not resolve hostname db7: Name or service not known", resolve_not_found},
      {"ssh: Could not resolve hostname db7: nodename nor servname provided, or not known", resolve_not_found},
      {"ssh: Could not resolve hostname db7: Temporary failure in name resolution", resolve_failure},
      {"ssh: Could not resolve hostname db7: No address associated with hostname", resolve_no_address},
      {"Unable to negotiate with 10.1.1.1 port 22: no matching host key type found. Their offer: ssh-rsa,ssh-dss", ok_legacy_algorithms},
      {"Unable to negotiate with 10.1.1.1 port 22: no matching key exchange method found. Their offer: diffie-hellman-group1-sha1", ok_legacy_algorithms},
      {"Unable to negotiate with 10.1.1.1 port 22: no matching cipher found. Their offer: aes256-gcm@example.com", kexinit_no_common},
      {"Protocol major versions differ: 2 vs. 1", banner_ssh1_only},
      {"kex_exchange_identification: banner line contains invalid characters", banner_wrong_service},
      {"kex_exchange_identification: No SSH identification string received.", banner_tarpit},
      {"Bad packet length 1349676916.", banner_proxy_mismatch},
      {"ssh_dispatch_run_fatal: Connection to 10.2.3.4 port 22: incorrect signature", kex_signature_invalid},
      {"ssh_dispatch_run_fatal: Connection to 10.2.3.4 port 22: message authentication code incorrect", kex_malformed},
      {"Bad server host key: Invalid key length", ok_legacy_algorithms},
      {"ssh_dispatch_run_fatal: Connection to 10.2.3.4 port 22: DH GEX group out of range", ok_legacy_algorithms},
      {"debug1: expecting SSH2_MSG_KEX_ECDH_REPLY", kex_mtu_blackhole},
      {"Connection reset by 192.168.1.100 port 22", kexinit_reset},
      {"Connection closed by 10.0.0.1 port 22", kexinit_closed},
      {"Received disconnect from 10.0.0.1 port 22:12: Too many connections", kexinit_disconnect},
      {"@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @", host_key_changed},
      {"user@10.0.0.1: Permission denied (publickey,password).", ok},
      // PuTTY, plink, WinSCP
      {"Network error: Software caused connection abort", scanner_aborted},
      {"FATAL ERROR: Network error: Connection refused", connect_refused},
      {"Network error: Connection timed out", connect_timeout},
      {"FATAL ERROR: Remote side unexpectedly closed network connection", banner_throttled},
      {"Couldn't agree a key exchange algorithm (available: curve25519-sha256@libssh.org)", ok_legacy_algorithms},
      {"Unable to open connection to db7 Host does not exist", resolve_not_found},
      {"FATAL ERROR: Signature from server's host key is invalid", kex_signature_invalid},
      {"Host is not communicating for 15 seconds. Still waiting...", banner_silent},
      // paramiko, netmiko, Ansible
      {"paramiko.ssh_exception.SSHException: Error reading SSH protocol banner[Errno 104] Connection reset by peer", banner_reset},
      {"paramiko.ssh_exception.SSHException: Error reading SSH protocol banner", banner_throttled},
      {"paramiko.ssh_exception.NoValidConnectionsError: [Errno None] Unable to connect to port 22 on 10.0.0.5", connect_refused},
      {"paramiko.ssh_exception.IncompatiblePeer: Incompatible ssh peer (no acceptable kex algorithm)", ok_legacy_algorithms},
      {"paramiko.ssh_exception.SSHException: Signature verification (ecdsa-sha2-nistp256) failed.", kex_signature_invalid},
      {"paramiko.ssh_exception.BadHostKeyException: Host key for server '10.0.0.5' does not match: got 'AAAA', expected 'BBBB'", host_key_changed},
      {"netmiko.exceptions.NetmikoTimeoutException: TCP connection to device failed.", connect_timeout},
      {"web01 | UNREACHABLE! => {\"changed\": false, \"msg\": \"Failed to connect to the host via ssh: kex_exchange_identification: Connection closed by remote host\\r\\nConnection closed by 10.0.0.1 port 22\", \"unreachable\": true}", banner_throttled},
      {"fatal: [web01]: UNREACHABLE! => {\"msg\": \"Failed to connect to the host via ssh: ssh: connect to host 10.0.0.1 port 22: Connection timed out\"}", connect_timeout},
      {"fatal: [web01]: UNREACHABLE! => {\"msg\": \"Data could not be sent to remote host \\\"10.0.0.1\\\". Make sure this host can be reached over ssh: ssh: connect to host 10.0.0.1 port 22: No route to host\\r\\n\"}", connect_host_down},
      {"fatal: [web01]: UNREACHABLE! => {\"msg\": \"Failed to connect to the host via ssh: Connection timed out during banner exchange\"}", banner_silent},
      // Go
      {"ssh: handshake failed: EOF", kexinit_closed},
      {"ssh: handshake failed: read tcp 127.0.0.1:62297->127.0.0.1:2222: read: connection reset by peer", banner_reset},
      {"dial tcp 10.0.0.1:22: connect: connection refused", connect_refused},
      {"dial tcp 10.0.0.1:22: i/o timeout", connect_timeout},
      {"dial tcp 10.0.0.1:22: connect: no route to host", connect_unreachable},
      {"dial tcp: lookup db7 on 127.0.0.53:53: no such host", resolve_not_found},
      {"dial tcp: lookup db7 on 127.0.0.53:53: server misbehaving", resolve_failure},
      {"ssh: handshake failed: ssh: no common algorithm for key exchange; client offered: [curve25519-sha256], server offered: [diffie-hellman-group1-sha1]", ok_legacy_algorithms},
      {"ssh: handshake failed: ssh: overflow reading version string", banner_wrong_service},
      {"ssh: handshake failed: ssh: invalid packet length, packet too large", kexinit_malformed},
      {"ssh: handshake failed: knownhosts: key mismatch", host_key_changed},
      {"ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain", ok},
      // Java: JSch, sshj, Apache MINA, JGit
      {"com.jcraft.jsch.JSchException: Session.connect: java.io.IOException: End of IO Stream Read", kexinit_closed},
      {"com.jcraft.jsch.JSchException: connection is closed by foreign host", banner_closed_fast},
      {"com.jcraft.jsch.JSchException: Algorithm negotiation fail: algorithmName=\"server_host_key\"", ok_legacy_algorithms},
      {"com.jcraft.jsch.JSchException: timeout: socket is not established", connect_timeout},
      {"com.jcraft.jsch.JSchException: java.net.ConnectException: Connection refused (Connection refused)", connect_refused},
      {"com.jcraft.jsch.JSchException: java.net.UnknownHostException: db7", resolve_not_found},
      {"com.jcraft.jsch.JSchException: invalid server's version string", banner_wrong_service},
      {"com.jcraft.jsch.JSchException: HostKey has been changed: db7", host_key_changed},
      {"net.schmizz.sshj.transport.TransportException: Server closed connection during identification exchange", banner_throttled},
      {"org.apache.sshd.common.SshException: Unable to negotiate key exchange for server host key algorithms (client: rsa-sha2-512 / server: ssh-rsa)", ok_legacy_algorithms},
      {"org.apache.sshd.common.SshException: DefaultConnectFuture[git@host/10.0.0.1:22]: Failed (ConnectException) to execute: Connection refused", connect_refused},
      // libssh2, libssh
      {"curl: (2) Failure establishing ssh session: -8, Unable to exchange encryption keys", kexinit_closed},
      {"failed to start SSH session: Failed getting banner", banner_throttled},
      {"ssh connect failed: kex error : no match for method kex algos: server [diffie-hellman-group1-sha1], client [curve25519-sha256]", ok_legacy_algorithms},
      {"Socket error: Connection reset by peer", kexinit_reset},
      // node.js, .NET, AsyncSSH, Ruby, dropbear, Windows
      {"Error: Timed out while waiting for handshake", banner_silent},
      {"Error: Connection lost before handshake", banner_throttled},
      {"Error: connect ECONNREFUSED 10.0.0.1:22", connect_refused},
      {"Error: getaddrinfo ENOTFOUND db7", resolve_not_found},
      {"Error: Handshake failed: no matching key exchange algorithm", ok_legacy_algorithms},
      {"Renci.SshNet.Common.SshConnectionException: Server response does not contain SSH protocol identification.", banner_throttled},
      {"System.Net.Sockets.SocketException (10060): A connection attempt failed because the connected party did not properly respond after a period of time, or established connection failed because connected host has failed to respond", connect_timeout},
      {"SocketException: No connection could be made because the target machine actively refused it 10.0.0.1:22", connect_refused},
      {"An existing connection was forcibly closed by the remote host", kexinit_reset},
      {"asyncssh.misc.KeyExchangeFailed: No matching encryption algorithm found, sent a and received b", ok_legacy_algorithms},
      {"asyncssh.misc.ConnectionLost: Connection lost", kexinit_closed},
      {"Net::SSH::Exception: could not settle on kex algorithm", ok_legacy_algorithms},
      {"/usr/bin/dbclient: Connection to root@10.0.0.1:22 exited: Error connecting: Connection refused", connect_refused},
      // clang-format on
  };
  REQUIRE(std::size(cases) >= 60);
  for (const auto& [message, outcome] : cases) {
    CAPTURE(std::string(message));
    const auto found = find_messages(clues(), message);
    REQUIRE(!found.empty());
    CAPTURE(found.front().message->text);
    CHECK(among_two(*found.front().clue, outcome));
    CHECK(contains(explain(message, 100).text, probe::to_string(outcome)));
  }
}

TEST_CASE("clues: how a message is pasted does not matter") {
  const auto title = [](std::string_view text) {
    const auto page = explain(text, 200).text;
    return page.substr(0, page.find('\n'));
  };
  const auto plain = title("kex_exchange_identification: read: Connection reset by peer");
  REQUIRE(plain.starts_with("\"kex_exchange_identification"));
  for (const auto* text : {
           "KEX_EXCHANGE_IDENTIFICATION: READ: CONNECTION RESET BY PEER",
           "$ ssh root@10.0.0.1\nkex_exchange_identification: read: Connection res\net by peer\n",
           "\x1b[31mkex_exchange_identification: read: Connection reset by peer\x1b[0m",
           "'kex_exchange_identification: read: \"Connection reset by peer\"'",
           "msg: kex_exchange_identification: read: Connection\\r\\n reset by peer",
           "2026-11-28T10:00:00 host ssh[77]: kex_exchange_identification: read: Connection reset "
           "by "
           "peer",
       }) {
    CAPTURE(std::string(text));
    CHECK(title(text) == plain);
  }
}

TEST_CASE("clues: covers() finds the parts of a message in order, and near each other") {
  const auto covered = [](std::string_view message, std::string_view text) {
    return covers(message, squashed(text));
  };
  CHECK(covered("reset by * port *", "Connection reset by 10.0.0.1 port 22") == 11);
  CHECK(covered("reset by * port *", "port 22, reset by peer") == 0);
  CHECK(covered("reset by * port *", "reset by " + std::string(300, 'x') + " port 22") == 0);
  CHECK(covered("reset by * port *", "reset by " + std::string(300, 'x') + " reset by a port 22") ==
        11);
  CHECK(covered("*", "anything") == 0);
}

TEST_CASE("clues: words are found in any spelling, and not inside others") {
  const struct {
    std::string_view text, title;
  } cases[] = {
      {"antivirus", "antivirus"},  {"Anti-Virus", "antivirus"},
      {"anti virus", "antivirus"}, {"usedns", "UseDNS"},
      {"Use DNS no", "UseDNS"},    {"security groups", "security group"},
      {"is it the NACL?", "NACL"}, {"keep alive", "keepalive"},
      {"port 443", "port 443"},    {"MAXSESSIONS", "MaxSessions"},
  };
  for (const auto& [text, title] : cases) {
    CAPTURE(std::string(text));
    const auto found = find_words(clues(), text);
    REQUIRE(!found.empty());
    CHECK(found.front().clue->words.front() == title);
  }
  CHECK(find_words(clues(), "unbanned").empty());
  CHECK(find_words(clues(), "mtub").empty());
}

TEST_CASE("mentions: words of the texts lead to their causes") {
  const auto names = [](std::string_view text) {
    std::vector<std::string> found;
    for (const auto& mention : find_mentions(text)) found.emplace_back(mention.name);
    return found;
  };
  CHECK(names("swap").at(0) == "server_hung");
  CHECK(names("rp_filter").size() >= 2);
  CHECK(names("endlessh").at(0) == "tarpit");
  CHECK(names("zxqwv").empty());
  CHECK(names("the and of ssh").empty());
  CHECK(names("endlessh zxqwv").empty());
  CHECK(explain("endlessh", 100).known);
}

TEST_CASE("explain: hostile input is bounded and escaped") {
  for (const auto& text :
       {std::string(std::size_t{4} << 20, 'a'), std::string(std::size_t{1} << 20, ' ') + "x",
        [] {
          std::string many;
          for (int i = 0; i < 100000; ++i) many += "sshconnecttohost port ";
          return many;
        }(),
        std::string("\x1b]0;title\x07\xff\xfe\n::error::zxqwv", 28)}) {
    const auto [known, page] = explain(text, 80);
    CHECK(page.size() < 20000);
    CHECK(page.find('\x1b') == page.npos);
    CHECK(page.find('\xff') == page.npos);
    CHECK(!contains(page, "\n::error"));
  }
}
