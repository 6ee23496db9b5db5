#pragma once
// SshChannels are streams to many targets over one connection of the user's own ssh.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "scanner/proxy/answer.h"
#include "scanner/proxy/negotiation.h"
#include "scanner/ssh/wire.h"

namespace fleetscan::proxy {

/// What is known of one stream.
struct Channel {
  Answer answer = Answer::accepted;  ///< or granted, or why not
  std::string words = {};            ///< in which the bastion said no, raw, kMaxWords at most
  std::string received = {};         ///< from the target, and not read yet
  bool ended = false;                ///< the target sends no more
  bool closed = false;               ///< ... and takes no more
};

/// Bytes in, bytes out. The peer is an OpenSSH client that is connected to a bastion and shares
/// that connection: the talk begins as the `PROTOCOL.mux` of OpenSSH has it, asks for its proxy
/// mode, and goes on in messages of the SSH connection protocol (RFC 4254), which the client passes
/// to and from the bastion. A stream is a channel of the type direct-tcpip, what `ssh -W` asks for.
///
/// Whatever a bastion sends is bounded: a message by kMaxPacket, a stream by its window.
class SshChannels {
 public:
  using Id = std::uint32_t;  ///< of a channel, never given twice

  static constexpr std::uint32_t kWindow = 64 * 1024;  ///< bytes of a stream that may wait here
  static constexpr std::uint32_t kMaxData = 32 * 1024;
  static constexpr std::size_t kMaxPacket = 64 * 1024;

  SshChannels();

  /// Asks for a stream.
  [[nodiscard]] Id open(const Destination& destination);
  /// Asks for what no bastion has, which it will say: a sign of life.
  void ping();
  /// @return how many of the bytes were taken
  [[nodiscard]] std::size_t send(Id id, std::string_view bytes);
  /// @return how many bytes were put into `space`
  [[nodiscard]] std::size_t read(Id id, std::span<char> space);
  /// Lets go of it. A request that waits is answered all the same some day.
  void close(Id id);
  /// REQUIRES: it was opened and not closed
  [[nodiscard]] const Channel& operator[](Id id) const { return channels_.at(id); }

  /// Takes what the peer sent, in any cut.
  void receive(std::string_view bytes);
  /// To be sent to the peer; the caller takes it away.
  [[nodiscard]] std::string& output() { return output_; }
  /// The channels of which something new is known since the last call.
  [[nodiscard]] std::vector<Id> take_news();

  /// Why nothing more is understood; raw, empty if all is well.
  [[nodiscard]] const std::string& fault() const { return fault_; }
  [[nodiscard]] std::uint64_t heard() const { return heard_; }  ///< messages of the bastion
  /// Requests that nobody waits for any more, and the bastion has not answered: it goes on trying.
  [[nodiscard]] std::size_t abandoned() const { return abandoned_; }
  /// Requests that were refused. OpenSSH's client keeps a record of each as long as it runs, and
  /// ends at 10,000 (channels.c, CHANNELS_MAX_CHANNELS).
  [[nodiscard]] std::size_t refused() const { return refused_; }
  /// Channels that the bastion has to bear: held, or on their way to their end.
  [[nodiscard]] std::size_t borne() const { return channels_.size() - abandoned_; }
  /// Channels that somebody holds.
  [[nodiscard]] std::size_t held() const { return held_; }

 private:
  enum class Stage : std::uint8_t { hello, confirmation, channels };

  struct Entry : Channel {
    bool held = true;
    bool close_sent = false;
    Id theirs = 0;
    std::uint32_t window = kWindow;      ///< bytes that they may still send
    std::uint32_t their_window = 0;      ///< bytes that we may still send
    std::uint32_t their_max_packet = 0;  ///< ... at once
  };

  Id request(std::string_view type, std::string_view more, bool held);
  void take_packet(std::string_view packet);
  void take_hello(ssh::WireReader reader);
  void take_confirmation(ssh::WireReader reader);
  void take_message(ssh::WireReader reader);
  void on_granted(Id id, Entry& entry, ssh::WireReader& reader);
  void on_refused(Id id, Entry& entry, ssh::WireReader& reader);
  void on_window(Entry& entry, ssh::WireReader& reader);
  void on_data(Id id, Entry& entry, ssh::WireReader& reader, bool extended);
  void on_request(const Entry& entry, ssh::WireReader& reader);
  void on_close(Id id, Entry& entry);
  void send_close(Entry& entry);
  void widen(Entry& entry);
  void refuse(std::string fault);

  Stage stage_ = Stage::hello;
  std::unordered_map<Id, Entry> channels_;
  Id next_ = 0;
  std::string received_, output_, fault_;
  std::vector<Id> news_;
  std::uint64_t heard_ = 0;
  std::size_t abandoned_ = 0, refused_ = 0, held_ = 0;
};

}  // namespace fleetscan::proxy
