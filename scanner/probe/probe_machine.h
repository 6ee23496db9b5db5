#pragma once
// ProbeMachine: one SSH probe as a pure state machine. Events in, bytes and evidence
// out; no socket, no clock.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "scanner/probe/evidence.h"
#include "scanner/probe/probe_request.h"
#include "scanner/probe/probe_settings.h"
#include "scanner/ssh/binary_packet.h"
#include "scanner/ssh/identification_reader.h"
#include "scanner/ssh/kexinit.h"
#include "scanner/ssh/key_exchange.h"

namespace fleetscan::probe {

// What can happen to a probe.
struct Asked {};      ///< a proxy has our request for the connection
struct Connected {};  ///< the TCP handshake is complete
struct Received {
  std::string_view bytes;
};              ///< valid only during the call
struct Eof {};  ///< the peer closed its side
struct Failed {
  int error;
  ErrorOrigin origin;
};  ///< errno; the connection is over
struct SoftError {
  int error;
};  ///< an ICMP error about a connection that is still up
struct SendFailed {
  int error;
};                 ///< errno; what was received before can still be read
struct Tick {};    ///< time has passed, nothing else
struct Resume {};  ///< go on with the work that wants_resume() told of
using Event =
    std::variant<Asked, Connected, Received, Eof, Failed, SoftError, SendFailed, Tick, Resume>;

inline constexpr int kLonger = 4;

/// Drives one probe from SYN to verdict.
///
///     [proxy --Asked-->] connect --Connected--> banner --identification--> kexinit --KEXINIT-->
///     kex --proof--> done
///        |                     |                          |                  |
///        +---- Failed, Eof, overdue, or what must not come in this phase ----+--> done
///
/// The owner reports each event with the time it happened, sends take_output() to the peer, and
/// stops once done(). It answers wants_resume() with Resume when it has time: that is where the
/// cryptography happens, and how long that takes to come is counted against nobody but us: the
/// phase's deadline moves, and `lateness` tells. Later events are ignored, so a late callback is
/// harmless.
class ProbeMachine {
 public:
  /// `settings` must outlive the machine.
  /// @param question  goes into the evidence; `other_method` also changes our offer
  /// @param longer  for all of it, if phases may take longer than the settings say: no more than
  ///                kLonger times that
  /// @param key_type  as in ProbeRequest
  ProbeMachine(const ProbeSettings& settings, Question question, TimePoint now,
               std::chrono::milliseconds longer = {}, std::string_view key_type = {});

  void handle(const Event& event, TimePoint now);

  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] std::string take_output();   ///< bytes to send now; empties the queue
  [[nodiscard]] TimePoint deadline() const;  ///< when the next Tick is due
  /// We came so late to look after the peer: it has as much time from now on, beside its own.
  void put_off(TimePoint::duration late);
  [[nodiscard]] bool wants_resume() const { return !for_exchange_.empty() && !listening_; }
  /// That work takes so long that others should not have to wait for it. REQUIRES: wants_resume()
  [[nodiscard]] bool resume_is_costly() const { return exchange_ && exchange_->is_costly(); }
  /// What was seen. Without tcp_info, icmp, address and started, which only the owner knows.
  [[nodiscard]] Evidence& evidence() { return evidence_; }

 private:
  void on(const Asked&, TimePoint now);
  void on(const Connected&, TimePoint now);
  void on(const Received& event, TimePoint now);
  void on(const Eof&, TimePoint now);
  void on(const Failed& event, TimePoint now);
  void on(const SoftError& event, TimePoint now);
  void on(const SendFailed& event, TimePoint now);
  void on(const Tick&, TimePoint now);
  void on(const Resume&, TimePoint now);

  void keep_head(std::string_view bytes);
  void read_identification(std::string_view bytes, TimePoint now);
  void identified(std::string_view bytes, TimePoint now);
  void read_packets(TimePoint now);
  void read_packet(const ssh::Packet& packet, TimePoint now);
  void wait_for_resume(std::string packet, TimePoint now);
  void read_kexinit(std::string_view payload, TimePoint now);
  void read_words(TimePoint now);
  void speak_first(TimePoint now);
  void start_exchange(TimePoint now);
  void advance_exchange(ssh::KeyExchange::Status status, TimePoint now);
  void proved(TimePoint now);
  void too_small(ssh::Slot slot);
  void unverified(std::optional<ssh::Slot> slot, TimePoint now);
  [[nodiscard]] std::chrono::milliseconds budget(std::chrono::milliseconds timeout,
                                                 TimePoint now) const;
  void introduce_ourselves();
  void stop_listening(TimePoint now);
  void overdue(TimePoint now);
  void quote_head();
  void settle(TimePoint now);
  void finish(Finding finding, TimePoint now);

  const ProbeSettings& settings_;
  TimePoint started_;
  TimePoint connected_;
  TimePoint first_words_;  ///< when the first bytes came, before the identification
  TimePoint phase_began_;
  TimePoint phase_deadline_;
  std::optional<TimePoint> speak_at_;  ///< when a silence has lasted long enough
  Question question_;
  std::string_view key_type_;
  TimePoint no_longer_;     ///< until then phases may take longer than the settings say
  bool listening_ = false;  ///< the server has introduced itself, we have not yet
  bool done_ = false;
  bool send_failed_ = false;
  unsigned reads_ = 0;    ///< how often bytes arrived before the identification
  unsigned skipped_ = 0;  ///< packets that carry nothing
  Finding if_proved_ = Finding::reached;
  ssh::IdentificationReader identification_;
  ssh::PacketReader packets_;
  std::unique_ptr<ssh::KeyExchange> exchange_;
  std::string for_exchange_;  ///< a packet that waits for Resume
  TimePoint waits_since_;     ///< for_exchange_ does
  std::string output_;
  Evidence evidence_;
};

}  // namespace fleetscan::probe
