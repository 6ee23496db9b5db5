// What a server sends before encryption, one reader at a time. The first byte of a stream says into
// pieces of which size it is cut.

#include <algorithm>
#include <string>
#include <vector>

#include "base/sha256.h"
#include "scanner/net/sshfp_message.h"
#include "scanner/ssh/binary_packet.h"
#include "scanner/ssh/client_log.h"
#include "scanner/ssh/client_profiles.h"
#include "scanner/ssh/disconnect.h"
#include "scanner/ssh/identification.h"
#include "scanner/ssh/identification_reader.h"
#include "scanner/ssh/kexinit.h"
#include "scanner/ssh/libcrypto.h"
#include "scanner/ssh/public_key.h"
#include "scanner/ssh/service_signatures.h"
#include "scanner/ssh/sshfp.h"
#include "scanner/ssh/wire.h"
#include "tests/fuzz/targets.h"

namespace fleetscan::fuzz {
namespace {

std::size_t take_piece_size(std::string_view& stream) {
  if (stream.empty()) return 1;
  const auto size = 1 + static_cast<std::size_t>(static_cast<unsigned char>(stream.front()));
  stream.remove_prefix(1);
  return size;
}

template <typename Receive>
void in_pieces(std::string_view stream, std::size_t size, Receive&& receive) {
  for (; !stream.empty(); stream.remove_prefix(std::min(size, stream.size())))
    receive(stream.substr(0, size));
}

std::vector<std::string> payloads(std::string_view stream, std::size_t piece) {
  ssh::PacketReader reader;
  std::vector<std::string> found;
  in_pieces(stream, piece, [&](std::string_view bytes) {
    reader.receive(bytes);
    while (const auto packet = reader.next()) {
      require(!packet->payload.empty(), "a packet has a payload");
      require(packet->whole.size() <= ssh::kMaxPacketLength + 4, "a packet is bounded");
      found.emplace_back(packet->payload);
    }
  });
  if (reader.broken()) found.emplace_back("broken");
  return found;
}

}  // namespace

void identification(std::string_view stream) {
  const auto piece = take_piece_size(stream);
  ssh::IdentificationReader at_once, cut;
  at_once.receive(stream);
  in_pieces(stream, piece, [&](std::string_view bytes) {
    if (cut.state() == ssh::IdentificationReader::State::reading) cut.receive(bytes);
  });
  require(at_once.state() == cut.state(), "a cut changes nothing");
  require(at_once.line() == cut.line(), "nor the line");
  require(at_once.pre_lines() == cut.pre_lines(), "nor the count of lines");
  require(cut.line().size() <= ssh::kMaxLineBytes, "a line is bounded");
  static_cast<void>(ssh::recognize_service(stream));
  const auto ident = ssh::parse_identification(at_once.line());
  if (ident) static_cast<void>(ident->speaks_ssh2());
}

void packets(std::string_view stream) {
  const auto piece = take_piece_size(stream);
  const auto found = payloads(stream, piece);
  require(found == payloads(stream, stream.size() + 1), "a cut changes nothing");
  for (const auto& payload : found) {
    if (payload.size() > ssh::kMaxPacketLength / 2) continue;
    require(payloads(ssh::make_packet(payload, piece), piece) == std::vector{payload},
            "what is framed is read back");
  }
}

void kexinit(std::string_view payload) {
  const auto offer = ssh::parse_kexinit(payload);
  if (!offer) return;
  for (const auto& list : offer->lists)
    for (const auto& name : list)
      require(name.size() <= 255 &&
                  std::ranges::all_of(name, [](char c) { return c >= ' ' && c <= '~'; }),
              "names are printable");
  static_cast<void>(ssh::compare_with_clients(*offer));
  static_cast<void>(offer->strict_kex());
}

void disconnect(std::string_view payload) {
  const auto message = ssh::parse_disconnect(payload);
  if (!message) return;
  require(message->text.size() <= ssh::kMaxDisconnectText, "the text is bounded");
  require(ssh::parse_disconnect(ssh::make_disconnect(message->reason, message->text)) == message,
          "what is written is read back");
}

void public_key(std::string_view blob) {
  const auto key = ssh::parse_public_key(blob);
  if (!key) return;
  require(!key->type.empty(), "a type has a name");
  const auto bare = key->bare_blob();
  require(key->certificate || bare == blob, "a bare key is all of its blob");
  const auto again = ssh::parse_public_key(bare);
  require(again && again->bits == key->bits, "a certified key can stand alone");
  require(fingerprint(sha256(bare)).size() == 50, "a digest is 43 characters long");
}

void sshfp(std::string_view message) {
  const auto said = net::read_sshfp({ssh::octets(message), message.size()});
  if (!said) return;
  require(said->records.size() <= net::kMaxSshfpRecords, "so many records are kept, and no more");
  for (const auto& record : said->records)
    require(!record.digest.empty() && record.digest.size() < message.size(),
            "a digest is part of the message");
  static_cast<void>(ssh::match_sshfp(said->records, "ssh-ed25519", message));
}

void client_log(std::string_view text) {
  const auto client = ssh::read_client_log(text);
  if (client) static_cast<void>(ssh::missing_slot(*client, {}));
}

}  // namespace fleetscan::fuzz
