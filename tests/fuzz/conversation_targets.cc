// A probe that is told everything that can happen, and a key exchange with a server that errs.

#include <cerrno>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "reports/records/result_lines.h"
#include "reports/records/result_reader.h"
#include "scanner/diagnosis/conclude.h"
#include "scanner/probe/classify.h"
#include "scanner/probe/probe_machine.h"
#include "scanner/ssh/algorithms.h"
#include "scanner/ssh/binary_packet.h"
#include "scanner/ssh/ephemeral_keys.h"
#include "scanner/ssh/kexinit.h"
#include "scanner/ssh/key_exchange.h"
#include "scanner/ssh/own_exchange.h"
#include "scanner/ssh/wire.h"
#include "tests/fuzz/script.h"
#include "tests/fuzz/targets.h"
#include "tests/simulator/client_stream.h"
#include "tests/simulator/key_exchange.h"
#include "tests/simulator/leaks_allowed.h"
#include "tests/simulator/server.h"

namespace fleetscan::fuzz {
namespace {

using std::chrono_literals::operator""ms;

constexpr std::string_view kOurIdent = "SSH-2.0-fleetscan";
constexpr int kErrors[] = {ECONNREFUSED, ECONNRESET,   EPIPE,      ETIMEDOUT, EHOSTUNREACH,
                           ENETUNREACH,  ECONNABORTED, EMFILE,     ENOBUFS,   EADDRNOTAVAIL,
                           EACCES,       EPERM,        ENOPROTOOPT};

const simulator::KeyExchange& secrets() {
  static const simulator::KeyExchange exchange;
  return exchange;
}

/// Made when first needed: RSA takes its time.
std::shared_ptr<const simulator::HostKey> key_of(simulator::KeyType type) {
  static std::map<simulator::KeyType, std::shared_ptr<const simulator::HostKey>> keys;
  auto& key = keys[type];
  if (!key) key = std::make_shared<simulator::HostKey>(type, 1U);
  return key;
}

simulator::Server make_server(std::size_t choice) {
  using enum simulator::KeyType;
  constexpr simulator::KeyType kTypes[] = {ed25519, ecdsa, rsa};
  const auto key = key_of(kTypes[choice % std::size(kTypes)]);
  const auto& profile =
      simulator::profiles()[choice / std::size(kTypes) % simulator::profiles().size()];
  simulator::Server server;
  server.identification = profile.identification;
  server.offer = simulator::offer_of(profile);
  server.offer[ssh::Slot::host_key] = simulator::host_key_names({key->type()});
  server.kexinit = simulator::kexinit_payload(server.offer);
  server.host_keys = {key};
  return server;
}

/// A server that answers a machine's key exchange messages properly.
struct Peer {
  simulator::Server server;
  simulator::ClientStream client = {};
  std::string group_request = {};

  std::string answer() {
    if (!client.identified() || client.kexinit().empty() || !client.has_kex_message()) return {};
    return secrets().answer(server, client, group_request, false).bytes;
  }
};

/// The next thing that happens, with the bytes that it may point to.
probe::Event next_event(Script& script, Peer& peer, std::string& bytes) {
  const auto say = [&](std::string text) {
    bytes = std::move(text);
    return probe::Event{probe::Received{bytes}};
  };
  switch (script.below(13)) {
    case 0: return probe::Connected{};
    case 1: return say(std::string{script.bytes(script.byte())});
    case 2: return say(ssh::make_packet(std::string{script.bytes(1U + script.byte())} + "x"));
    case 3: return probe::Eof{};
    case 4:
      return probe::Failed{kErrors[script.below(std::size(kErrors))],
                           static_cast<probe::ErrorOrigin>(1 + script.below(3))};
    case 5: return probe::SoftError{kErrors[script.below(std::size(kErrors))]};
    case 6: return probe::SendFailed{kErrors[script.below(std::size(kErrors))]};
    case 7: return probe::Tick{};
    case 8: return probe::Resume{};
    case 9: return say(peer.server.identification + "\r\n");
    case 10: return say(ssh::make_packet(peer.server.kexinit));
    case 11: return say(peer.answer());
    default: return say(std::string(script.byte() * 64U, static_cast<char>(script.byte())));
  }
}

void check_result(probe::Evidence& evidence) {
  require(evidence.head.size() <= probe::kHeadBytes, "the head is bounded");
  const auto outcome = probe::classify(evidence);
  require(outcome != probe::Outcome::not_probed, "what was probed has a class");
  const auto host =
      diagnosis::conclude({.target = {.host = "h"}, .attempts = {{outcome, std::move(evidence)}}});
  std::string line;
  records::append_line(line, host);
  const auto record = records::parse_line(std::string_view{line}.substr(0, line.size() - 1));
  std::string again;
  records::append_line(again, std::get<probe::HostResult>(record));
  require(line == again, "a record survives reading");
}

struct MangledPacket {
  std::string bytes;
  bool changed;
};

/// Cuts packets out of `bytes`, flips bits in their payloads as the script says, and frames them.
std::vector<MangledPacket> mangle(std::string_view bytes, Script& script) {
  ssh::PacketReader reader;
  reader.receive(bytes);
  std::vector<MangledPacket> mangled;
  while (const auto packet = reader.next()) {
    std::string payload{packet->payload};
    for (auto flips = script.below(3); flips > 0; --flips) {
      const auto place = (script.byte() * 256U + script.byte()) % payload.size();
      const auto bits = script.byte();
      payload[place] = static_cast<char>(payload[place] ^ bits);
    }
    mangled.push_back({ssh::make_packet(payload), payload != packet->payload});
  }
  return mangled;
}

}  // namespace

void probe_machine(std::string_view bytes) {
  const simulator::LeaksAllowed refused_proofs;
  Script script(bytes);
  probe::ProbeSettings settings;
  settings.ident = kOurIdent;
  settings.depth = static_cast<probe::Depth>(script.below(4));
  Peer peer{make_server(script.byte())};
  TimePoint now{};
  probe::ProbeMachine machine(settings, probe::Question::again, now);
  std::string said;
  const auto handle = [&](const probe::Event& event) {
    const bool was_done = machine.done();
    machine.handle(event, now);
    const auto output = machine.take_output();
    require(!was_done || output.empty(), "a finished probe is silent");
    peer.client.receive(output);
  };
  while (!script.over()) {
    now += std::chrono::milliseconds{(1 << script.below(13)) - 1};
    handle(next_event(script, peer, said));
  }
  for (int ticks = 0; !machine.done(); ++ticks) {
    require(ticks < 10, "time ends every probe");
    now = std::max(now + 1ms, machine.deadline());
    handle(probe::Tick{});
  }
  check_result(machine.evidence());
}

void key_exchange(std::string_view bytes) {
  const simulator::LeaksAllowed refused_proofs;
  Script script(bytes);
  const auto server = make_server(script.byte());
  const auto exchange = ssh::key_exchanges().make(
      {.identifications = {kOurIdent, server.identification}, .server = &server.offer});
  auto status = exchange->start();
  if (script.below(4) != 0) status = exchange->receive(ssh::make_packet(server.kexinit));
  while (status == ssh::KeyExchange::Status::waiting && !script.over()) {
    const auto size = script.byte() * 4U;
    status = exchange->receive(ssh::make_packet(std::string{script.bytes(size)} + 'x'));
  }
  require(status != ssh::KeyExchange::Status::proved, "noise proves nothing");
}

void own_exchange(std::string_view bytes) {
  static const ssh::EphemeralKeys keys;
  static const std::string kexinit = ssh::make_kexinit({});
  Script script(bytes);
  const auto& method = ssh::methods()[script.below(ssh::methods().size())];
  const auto& algorithm = ssh::key_algorithms()[script.below(ssh::key_algorithms().size())];
  const ssh::Choice choice{&method, &algorithm};
  if (!choice.is_own() || !keys.know(method)) return;
  ssh::OwnExchange exchange(keys, {kOurIdent, kOurIdent}, kexinit, false, choice, false);
  (void)exchange.start();
  (void)exchange.receive(ssh::make_packet(kexinit));
  const auto status = exchange.receive(ssh::make_packet('\x1f' + std::string{script.rest()}));
  require(status == ssh::KeyExchange::Status::malformed ||
              status == ssh::KeyExchange::Status::bad_signature,
          "noise proves nothing");
}

void mangled_exchange(std::string_view bytes) {
  const simulator::LeaksAllowed refused_proofs;
  Script script(bytes);
  Peer peer{make_server(script.byte())};
  bool changed = false;  // a packet that came before the proof
  const auto& server = peer.server;
  const auto exchange = ssh::key_exchanges().make(
      {.identifications = {kOurIdent, server.identification}, .server = &server.offer});
  auto status = exchange->start();
  peer.client.receive(std::string{kOurIdent} + "\r\n" + exchange->take_output());
  auto packets = mangle(ssh::make_packet(peer.server.kexinit), script);
  while (status == ssh::KeyExchange::Status::waiting && !packets.empty()) {
    for (const auto& packet : packets) {
      if (status != ssh::KeyExchange::Status::waiting) break;
      changed = changed || packet.changed;
      status = exchange->receive(packet.bytes);
      peer.client.receive(exchange->take_output());
    }
    packets = mangle(peer.answer(), script);
  }
  const bool proved = status == ssh::KeyExchange::Status::proved;
  require(!proved || !changed, "a proof covers every byte");
  require(!proved || exchange->host_key() == peer.server.host_keys[0]->blob(), "and names its key");
}

}  // namespace fleetscan::fuzz
