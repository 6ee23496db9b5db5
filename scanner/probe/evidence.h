#pragma once
// Evidence: what one attempt saw, as raw facts without judgment. classify() names them.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/clock.h"
#include "scanner/probe/outcome.h"
#include "scanner/proxy/answer.h"
#include "scanner/ssh/disconnect.h"
#include "scanner/ssh/kexinit.h"

namespace fleetscan::probe {

/// How long each phase took; nothing for a phase that was not finished.
struct PhaseTimes {
  std::optional<Micros> resolve = {};
  /// Until the proxy had our request; nothing where there is none. `connect` runs from there.
  std::optional<Micros> proxy = {};
  std::optional<Micros> connect = {};
  /// From connected to the whole identification; from our own words where it waited for those.
  std::optional<Micros> banner = {};
  std::optional<Micros> kexinit = {};  ///< from there to the whole KEXINIT
  std::optional<Micros> kex = {};      ///< from there to the proved host key

  bool operator==(const PhaseTimes&) const = default;
};

/// How the connection ended, as far as the peer is concerned.
enum class Close : std::uint8_t {
  none,     ///< it was still up when we left
  fin,      ///< orderly end of stream
  rst,      ///< ECONNRESET, on reading or on sending
  error,    ///< another error, see Evidence::error
  timeout,  ///< nothing happened before the deadline
};

/// Who said so, when `Evidence::error` is set.
enum class ErrorOrigin : std::uint8_t {
  none,
  local,    ///< this machine: a system call failed, or its own filter answered
  connect,  ///< the asynchronous answer to our SYN
  stream,   ///< an established connection
  proxy,    ///< the proxy, or the way to it
};

/// The part of Linux's TCP_INFO that tells causes apart.
struct TcpInfo {
  std::uint8_t state = 0;         ///< kernel's numbering: 1 established, 7 closed, 8 close-wait
  std::uint32_t segs_in = 0;      ///< segments received; 0 after ECONNREFUSED means ICMP said it
  std::uint32_t unacked = 0;      ///< segments in flight
  std::uint32_t retrans = 0;      ///< total retransmissions
  std::uint32_t rcv_ooopack = 0;  ///< segments received out of order: one before them is missing
  std::uint64_t bytes_acked = 0;  ///< bytes of ours that the peer's kernel has (SYN counts as 1)
  std::uint32_t snd_mss = 0;
  std::uint32_t pmtu = 0;
  std::uint32_t rtt_us = 0;

  bool operator==(const TcpInfo&) const = default;
};

/// An ICMP error about one of our packets (RFC 792, RFC 4443 section 3).
struct IcmpError {
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  Address from = {};  ///< who says so: the target itself, a router, or this machine

  bool operator==(const IcmpError&) const = default;
};

/// What the probe's protocol logic found when it stopped.
enum class Finding : std::uint8_t {
  reached,          ///< the asked depth
  ended,            ///< by the connection itself: see close and error
  tarpit,           ///< endless lines, or an identification dripped beyond all patience
  malformed_ident,  ///< begins with SSH-, but is no identification
  ssh1_only,
  wrong_service,     ///< a known other protocol, named in `service`
  proxy_mismatch,    ///< the server answers an identification that we never sent
  malformed_packet,  ///< not a binary packet, or not the one that belongs here
  disconnect,        ///< SSH_MSG_DISCONNECT arrived
  no_common,         ///< no client profile meets the server's KEXINIT
  legacy_only,       ///< only old clients' profiles meet it
  kex_unverified,    ///< a current client could, our key exchange library cannot
  bad_signature,     ///< the host key's proof is wrong
  library_failure,   ///< our key exchange library gave up for no reason that the wire shows
  out_of_memory,     ///< the same, for want of memory
};

/// No longer key or certificate is kept: RSA's longest has 2 KiB, a certificate's lists a few more.
inline constexpr std::size_t kMaxKeyBlob = 8192;

/// What known_hosts says of a host key.
enum class Known : std::uint8_t { unchecked, unknown, match, changed, revoked };

/// What SSHFP records (RFC 4255) say of a host key.
enum class Published : std::uint8_t {
  none,      ///< the name has no such records
  unlisted,  ///< it has, but none that could match a key of this type
  match,
  mismatch,  ///< one of those that could match does not: ssh then takes none
  failed,    ///< no answer that could be read: says nothing of the host
};

/// What is known of where records came from.
enum class Dnssec : std::uint8_t {
  none,       ///< the resolver does not say that it validated them
  claimed,    ///< it does (the AD bit, RFC 4035 section 3.2.3), but is not on this machine
  validated,  ///< it does, and is
};

/// What the DNS publishes about a host key.
struct Publication {
  Published verdict = Published::failed;
  Dnssec dnssec = Dnssec::none;
  bool sha1_only = false;  ///< what could match has SHA-1 digests alone

  bool operator==(const Publication&) const = default;
};

/// What a host key's certificate says. Its authority did sign it; whether to trust that authority
/// is not for a probe to say.
struct HostCertificate {
  std::string authority;                      ///< as HostKey::sha256
  std::vector<std::string> principals;        ///< host names; raw
  std::uint64_t valid_after = 0;              ///< seconds since 1970
  std::optional<std::uint64_t> valid_before;  ///< likewise; nothing: for ever
  std::string blob = {};  ///< the whole certificate as on the wire; empty if over kMaxKeyBlob

  bool operator==(const HostCertificate&) const = default;
};

/// The host key that a server presented.
struct HostKey {
  std::string type;       ///< "ssh-ed25519", whether it came in a certificate or not
  std::string sha256;     ///< "SHA256:" and unpadded base64, as OpenSSH prints it
  bool verified = false;  ///< the server proved to own it: its signature was checked
  Known known = Known::unchecked;
  std::optional<unsigned> bits = {};  ///< of RSA's modulus, or of the curve
  std::optional<HostCertificate> certificate = {};
  /// The bare key as on the wire (RFC 4253 section 6.6), certified or not; empty if over
  /// kMaxKeyBlob.
  std::string blob = {};
  std::optional<Publication> published = {};  ///< nothing if the DNS was not asked

  bool operator==(const HostKey&) const = default;
};

struct Evidence {
  Phase phase = Phase::connect;  ///< in which it ended; done when the asked depth was reached
  Finding finding = Finding::ended;
  WallTime started = {};
  PhaseTimes ms = {};
  std::optional<Address> address = {};

  Close close = Close::none;
  int error = 0;  ///< errno; 0 = none
  ErrorOrigin origin = ErrorOrigin::none;
  std::optional<Micros> closed_after = {};  ///< from connected to the end of the connection
  std::optional<Micros> elapsed = {};       ///< from the SYN to the end of the attempt

  /// How late this machine was at most while the end of the attempt came near: its loop came to an
  /// event, or to work that waited for it, so long after it could have.
  Micros lateness{0};
  std::uint64_t unsent = 0;  ///< bytes of ours that never left this machine

  bool spoke = false;  ///< our identification was sent
  bool sent_kexinit = false;
  bool spoke_first = false;   ///< we sent it before anything had arrived
  bool mss_clamped = false;   ///< TCP_MAXSEG was set, to get below a path's MTU
  bool other_method = false;  ///< another key exchange method was asked for than usual
  bool other_family = false;  ///< at the name's address of the other family
  /// Our identification waited for kSpeakDelay of silence although the server's had come.
  bool held_back = false;
  bool sent_header = false;  ///< a PROXY header went before anything else
  /// What the proxy said of the connection; nothing where there is none. The times, and how the
  /// connection ended, are then as the proxy passed them on.
  std::optional<proxy::Answer> proxy = {};
  bool as_client = false;  ///< held against one client, the one that was asked for, and no other
  bool on_link = false;    ///< no answer to our SYN, and no router between us and the address
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;  ///< of ours
  /// The first bytes that arrived, raw, at most kHeadBytes; none where a banner was all we wanted.
  std::string head = {};
  std::string text = {};  ///< the foreign words that explain the end, raw; empty if none
  std::optional<std::string> ident_line = {};  ///< raw, without its line ending
  std::shared_ptr<const ssh::Kexinit> kexinit =
      {};                          ///< null if none; servers of one kind may share it
  std::string method = {};         ///< of key exchange, as agreed on; empty: it came to none
  std::string key_algorithm = {};  ///< of the host key, likewise
  std::optional<ssh::Disconnect> disconnect = {};
  std::optional<HostKey> host_key = {};
  std::optional<std::string> service = {};  ///< "http", "smtp", ...
  std::optional<ssh::Slot> slot = {};       ///< where algorithms do not meet
  std::optional<TcpInfo> tcp_info = {};
  std::optional<IcmpError> icmp = {};  ///< the last one that came; nothing from old kernels

  /// Offers are equal if they are the same one, not if they only read the same.
  bool operator==(const Evidence&) const = default;
};

inline constexpr std::size_t kHeadBytes = 512;

/// We speak first after so long a silence: a server that waits for us then answers, and one that
/// turns us away has long done so, by a clean close that speaking would have made a reset.
inline constexpr std::chrono::milliseconds kSpeakDelay{1500};
/// A failed neighbor look-up is reported after three requests, 3.0 to 3.1 s; a silence that is
/// longer on our own network means that the neighbor answered.
inline constexpr std::chrono::milliseconds kNeighborAnswered{3300};

/// The proxy has connected us, or there is none: what follows is the target's.
[[nodiscard]] bool is_let_through(const Evidence& evidence);
/// The kernel's measure where there is one, else how long the handshake took.
[[nodiscard]] Micros round_trip(const Evidence& evidence);
/// How long the server kept us waiting for its identification: from our words if it answered them,
/// else from the connection; zero if none came.
[[nodiscard]] Micros kept_waiting(const Evidence& evidence);
/// From the identification to the proved key.
[[nodiscard]] Micros exchange_time(const Evidence& evidence);
/// From the identification to the end of the attempt; zero if none came.
[[nodiscard]] Micros after_identification(const Evidence& evidence);
/// It introduced itself and ended, or complained, before we had said a word: what it heard was not
/// ours.
[[nodiscard]] bool unprovoked(const Evidence& evidence);
/// Not a word before ours, and gone as soon as those arrived: it expects another protocol, or a
/// header before this one; or something in between rejects SSH.
[[nodiscard]] bool closed_on_our_words(const Evidence& evidence);
/// So soon after its identification that what came cannot answer ours, or can barely.
[[nodiscard]] bool too_soon_for_an_answer(const Evidence& evidence, Micros after);
/// Our bytes were sent again and again, and not even the first was ever acknowledged.
[[nodiscard]] bool never_heard_us(const Evidence& evidence);
/// A filter somewhere forbids by administration: codes that no router uses for want of a route.
[[nodiscard]] bool is_prohibition(const IcmpError& error);
/// The peer's kernel has confirmed bytes of ours, the SYN not counted.
[[nodiscard]] bool heard_us(const Evidence& evidence);

}  // namespace fleetscan::probe
