#pragma once
// SshfpService asks name servers which host keys the DNS publishes for a name.

#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "scanner/net/dns_channel.h"
#include "scanner/net/question_window.h"
#include "scanner/net/resolver_settings.h"
#include "scanner/probe/evidence.h"
#include "scanner/ssh/sshfp.h"

namespace fleetscan::net {

/// What the name servers say of a name.
struct SshfpAnswer {
  bool failed = true;  ///< no answer that could be read: all that follows is empty
  probe::Dnssec dnssec = probe::Dnssec::none;
  std::vector<ssh::SshfpRecord> records = {};
};

/// What such an answer says about a proved key, as ssh judges it: every record that could match has
/// to. @param key  its blob may be missing: then nothing is said
[[nodiscard]] probe::Publication publication(const SshfpAnswer& answer, const probe::HostKey& key);

/// Asks for each name once at a time, as it stands: ssh uses no search domains here either. It asks
/// for validation, and believes that there was one only if all servers are on this machine.
///
/// After kGiveUp questions in a row without any answer it asks no more: every name fails at once.
/// Destroying it forgets what is open: nothing calls back.
class SshfpService {
 public:
  static constexpr unsigned kGiveUp = 32;
  static constexpr std::size_t kRemembered = 65536;  ///< names

  using Done = std::function<void(std::uint64_t id, const SshfpAnswer& answer)>;

  /// Throws std::runtime_error when c-ares cannot start.
  /// @param on_done  called exactly once for each ask(), possibly from inside it
  SshfpService(uv_loop_t& loop, const ResolverSettings& settings, Done on_done);
  SshfpService(const SshfpService&) = delete;
  SshfpService& operator=(const SshfpService&) = delete;

  /// @param id  chosen by the caller, handed back with the answer
  void ask(std::uint64_t id, const std::string& name);

 private:
  struct Question;

  void ask_more();
  void send(const std::string& name);
  static void on_answer(void* argument, int status, int timeouts, unsigned char* message, int size);
  void settle(const std::string& name, SshfpAnswer answer);
  void give_up();

  Done on_done_;
  QuestionWindow window_;
  std::unordered_map<std::string, std::vector<std::uint64_t>> waiting_;  ///< for an answer, by name
  std::deque<std::string> to_ask_;
  std::size_t asked_ = 0;    ///< questions that are open
  unsigned unanswered_ = 0;  ///< in a row
  std::unordered_map<std::string, SshfpAnswer> known_;
  DnsChannel dns_;  // last: closing it calls back
};

}  // namespace fleetscan::net
