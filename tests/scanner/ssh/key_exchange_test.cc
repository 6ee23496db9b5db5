#include "scanner/ssh/key_exchange.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "scanner/ssh/algorithms.h"
#include "scanner/ssh/binary_packet.h"
#include "scanner/ssh/ephemeral_keys.h"
#include "scanner/ssh/libssh2_exchange.h"
#include "scanner/ssh/public_key.h"
#include "scanner/ssh/wire.h"
#include "tests/simulator/leaks_allowed.h"
#include "tests/support/exchange_server.h"
#include "tests/support/hex.h"
#include "tests/support/kexinit_payload.h"

using namespace fleetscan;
using namespace fleetscan::ssh;
using test::ExchangeServer, test::from_hex, test::Offer, test::Reply, test::ServerKey;
using Status = KeyExchange::Status;

namespace {

constexpr std::string_view kOurIdent = "SSH-2.0-fleetscan";

const Method& method(std::string_view name) { return *find_method(name); }
const KeyAlgorithm& algorithm(std::string_view name) { return *find_key_algorithm(name); }

std::string text(Status status) {
  switch (status) {
    case Status::waiting: return "waiting";
    case Status::proved: return "proved";
    case Status::bad_signature: return "bad_signature";
    case Status::malformed: return "malformed";
    case Status::unsupported: return "unsupported";
    case Status::failed: return "failed";
    case Status::out_of_memory: return "out_of_memory";
  }
  return "";
}

/// One exchange up to the server's answer.
struct Begun {
  std::unique_ptr<KeyExchange> exchange;
  std::string said;  ///< by us
};

Begun begin(const KeyExchangeFactory& factory, const ExchangeServer& server) {
  const auto offer = server.offer();
  Begun begun{
      factory.make({.identifications = {kOurIdent, ExchangeServer::kIdent}, .server = &offer}), {}};
  CHECK(text(begun.exchange->start()) == "waiting");
  CHECK(text(begun.exchange->receive(make_packet(server.kexinit()))) == "waiting");
  begun.said = begun.exchange->take_output();
  return begun;
}

/// How an exchange ends whose answer was changed.
template <typename Change>
std::string outcome(const ExchangeServer& server, Change change) {
  auto [exchange, said] = begin(key_exchanges(), server);
  auto reply = server.answer(kOurIdent, said);
  change(reply);
  return text(exchange->receive(reply.packet()));
}

bool spoken(const Method& m) {
  static const EphemeralKeys keys;
  return keys.know(m);
}

/// The signature with other bytes in it.
std::string resigned(const Reply& reply, std::string_view name, std::string_view bytes) {
  std::string signature;
  append_string(signature, name.empty() ? WireReader(reply.signature).string().value() : name);
  append_string(signature, bytes);
  return signature;
}

std::string bytes_of(const Reply& reply) {
  WireReader reader(reply.signature);
  (void)reader.string();
  return std::string{reader.string().value()};
}

std::string repeated(char c, std::size_t count) { return std::string(count, c); }

}  // namespace

TEST_CASE("OwnExchange: every method of ours proves a key") {
  const ServerKey key(algorithm("ssh-ed25519"));
  int tried = 0;
  for (const auto& m : methods()) {
    if (!spoken(m)) continue;
    CAPTURE(std::string{m.name});
    const ExchangeServer server{m, algorithm("ssh-ed25519"), key};
    auto [exchange, said] = begin(key_exchanges(), server);
    CHECK(text(exchange->receive(server.answer(kOurIdent, said).packet())) == "proved");
    CHECK(exchange->host_key() == key.blob());
    ++tried;
  }
  CHECK(tried >= 5);  // without ML-KEM
}

TEST_CASE("OwnExchange: every kind of key is proved") {
  for (const auto& a : key_algorithms()) {
    if (a.engine != Engine::own) continue;
    CAPTURE(std::string{a.name});
    const ServerKey key(a);
    const ExchangeServer server{method("curve25519-sha256"), a, key};
    auto [exchange, said] = begin(key_exchanges(), server);
    CHECK(text(exchange->receive(server.answer(kOurIdent, said).packet())) == "proved");
    const auto blob = exchange->host_key().value_or("");
    const auto proved = parse_public_key(blob);
    REQUIRE(proved);
    CHECK(proved->bare_blob() == key.bare_blob());
    CHECK(proved->certificate.has_value() == (a.name.find("-cert-") != a.name.npos));
  }
}

TEST_CASE("KeyExchangeFactory: only a key of one type is asked for") {
  const ServerKey key(algorithm("ssh-ed25519"));
  const ExchangeServer server{method("curve25519-sha256"), algorithm("ssh-ed25519"), key};
  auto offer = server.offer();
  offer[Slot::host_key].clear();
  for (const auto& a : key_algorithms()) offer[Slot::host_key].emplace_back(a.name);
  const auto& ours = key_exchanges().profile().host_keys;
  for (const auto& a : key_algorithms()) {
    if (std::ranges::find(ours, a.name) == ours.end()) continue;  // DSA, in most builds
    CAPTURE(std::string{a.name});
    const auto type = bare_type(a);
    CHECK(type.find("-cert-") == type.npos);
    const auto exchange =
        key_exchanges().make({.identifications = {kOurIdent, ExchangeServer::kIdent},
                              .server = &offer,
                              .key_type = type});
    CHECK(text(exchange->start()) == "waiting");
    PacketReader reader;
    const auto said = exchange->take_output();
    reader.receive(said);
    const auto offered = parse_kexinit(reader.next()->payload);
    REQUIRE(offered);
    const auto& names = (*offered)[Slot::host_key];
    CHECK_FALSE(names.empty());
    for (const auto& name : names) CHECK(bare_type(algorithm(name)) == type);
  }
}

TEST_CASE("OwnExchange: the client offers what it speaks, and a new cookie each time") {
  const ServerKey key(algorithm("ssh-ed25519"));
  const ExchangeServer server{method("curve25519-sha256"), algorithm("ssh-ed25519"), key};
  const auto first = begin(key_exchanges(), server).said;
  const auto second = begin(key_exchanges(), server).said;
  CHECK(first.substr(0, 6) == second.substr(0, 6));
  CHECK(first.substr(6, 16) != second.substr(6, 16));
  CHECK(first.substr(22) == second.substr(22));
  PacketReader reader;
  reader.receive(first);
  const auto offer = parse_kexinit(reader.next()->payload);
  REQUIRE(offer);
  for (const auto& name : (*offer)[Slot::kex])
    CHECK((find_method(name) || name == "ext-info-c" || name == "kex-strict-c-v00@openssh.com"));
  CHECK(first.size() >= kMinKexinitBytes);
}

TEST_CASE("OwnExchange: impossible shares are refused as such, not as wrong signatures") {
  const ServerKey key(algorithm("ssh-ed25519"));
  const auto p256 = test::agree(method("ecdh-sha2-nistp256"),
                                spoken(method("ecdh-sha2-nistp256"))
                                    ? EphemeralKeys().share(method("ecdh-sha2-nistp256"))
                                    : "")
                        ->share;
  const auto p384 =
      test::agree(method("ecdh-sha2-nistp384"), EphemeralKeys().share(method("ecdh-sha2-nistp384")))
          ->share;
  std::string hybrid = p256, compressed = p256.substr(0, 33), off = p256;
  hybrid[0] = '\x06';
  compressed[0] = '\x02';
  off.back() = static_cast<char>(off.back() ^ 1);
  const struct {
    std::string method, share;
  } cases[] = {
      {"curve25519-sha256", ""},
      {"curve25519-sha256", repeated('q', 31)},
      {"curve25519-sha256", repeated('q', 33)},
      {"curve25519-sha256", repeated('q', 30000)},
      // The points of small order: RFC 7748 section 6.1, cr.yp.to/ecdh.html.
      {"curve25519-sha256", repeated('\0', 32)},
      {"curve25519-sha256", '\1' + repeated('\0', 31)},
      {"curve25519-sha256",
       from_hex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")},
      {"curve25519-sha256",
       from_hex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157")},
      {"curve25519-sha256", '\xec' + repeated('\xff', 30) + '\x7f'},
      {"curve25519-sha256", '\xed' + repeated('\xff', 30) + '\x7f'},
      {"curve25519-sha256", '\xee' + repeated('\xff', 30) + '\x7f'},
      {"ecdh-sha2-nistp256", ""},
      {"ecdh-sha2-nistp256", repeated('\0', 1)},
      {"ecdh-sha2-nistp256", hybrid},
      {"ecdh-sha2-nistp256", compressed},
      {"ecdh-sha2-nistp256", off},
      {"ecdh-sha2-nistp256", p384},
      {"ecdh-sha2-nistp256", '\x04' + repeated('\0', 64)},
      {"ecdh-sha2-nistp256", p256 + '\0'},
      {"ecdh-sha2-nistp384", p256},
      {"ecdh-sha2-nistp521", p384},
  };
  for (const auto& row : cases) {
    CAPTURE(row.method);
    CAPTURE(row.share.size());
    const ExchangeServer server{method(row.method), algorithm("ssh-ed25519"), key};
    // The server signs for a secret of zero, which is what it would be.
    const auto zero = repeated('\0', 4);
    auto [exchange, said] = begin(key_exchanges(), server);
    const auto reply = server.answer(kOurIdent, said, row.share, zero);
    CHECK(text(exchange->receive(reply.packet())) == "malformed");
    // libssh2's session on the same method, as for keys with SHA-1, is fed nothing else.
    const simulator::LeaksAllowed refused_proof;
    auto old = begin(libssh2_key_exchanges(), server);
    const auto again = server.answer(kOurIdent, old.said, row.share, zero);
    CHECK(text(old.exchange->receive(again.packet())) == "malformed");
  }
}

TEST_CASE("OwnExchange: signatures that do not fit, and such as are none") {
  using Change = std::function<void(Reply&)>;
  const auto flip = [](std::size_t at) -> Change {
    return [at](Reply& r) {
      auto bytes = bytes_of(r);
      bytes[at] = static_cast<char>(bytes[at] ^ 1);
      r.signature = resigned(r, "", bytes);
    };
  };
  const Change shorter = [](Reply& r) { r.signature = resigned(r, "", bytes_of(r).substr(1)); };
  const Change longer = [](Reply& r) { r.signature = resigned(r, "", bytes_of(r) + 'x'); };
  const Change trailing = [](Reply& r) { r.signature += 'x'; };
  const auto named = [](std::string_view name) -> Change {
    return [name](Reply& r) { r.signature = resigned(r, name, bytes_of(r)); };
  };
  const Change empty = [](Reply& r) { r.signature.clear(); };
  const Change key_trails = [](Reply& r) { r.key += 'x'; };
  const struct {
    std::string name, algorithm;
    Change change;
    std::string expected;
  } cases[] = {
      {"a bit", "ssh-ed25519", flip(0), "bad_signature"},
      {"a bit of S", "ssh-ed25519", flip(40), "bad_signature"},
      {"short", "ssh-ed25519", shorter, "malformed"},
      {"long", "ssh-ed25519", longer, "malformed"},
      {"trailing", "ssh-ed25519", trailing, "malformed"},
      {"none", "ssh-ed25519", empty, "malformed"},
      {"another name", "ssh-ed25519", named("ssh-ed25518"), "malformed"},
      {"a longer name", "ssh-ed25519", named("ssh-ed25519-cert-v01@openssh.com"), "malformed"},
      {"key with a tail", "ssh-ed25519", key_trails, "malformed"},
      {"a bit", "rsa-sha2-256", flip(100), "bad_signature"},
      {"long", "rsa-sha2-256", longer, "malformed"},
      {"short", "rsa-sha2-256", shorter, "bad_signature"},
      {"the other hash's name", "rsa-sha2-256", named("rsa-sha2-512"), "malformed"},
      {"SHA-1's name", "rsa-sha2-512", named("ssh-rsa"), "malformed"},
      {"a bit", "ecdsa-sha2-nistp256", flip(20), "bad_signature"},
      {"trailing", "ecdsa-sha2-nistp256", longer, "malformed"},
      {"another curve's name", "ecdsa-sha2-nistp256", named("ecdsa-sha2-nistp384"), "malformed"},
      {"zeros", "ecdsa-sha2-nistp256",
       [](Reply& r) { r.signature = resigned(r, "", repeated('\0', 8)); }, "malformed"},
      {"a bit", "sk-ssh-ed25519@openssh.com", [](Reply& r) { r.signature[40] ^= 1; },
       "bad_signature"},
      {"no counter", "sk-ssh-ed25519@openssh.com",
       [](Reply& r) { r.signature.resize(r.signature.size() - 1); }, "malformed"},
      {"another counter", "sk-ssh-ed25519@openssh.com", [](Reply& r) { r.signature.back() = 'x'; },
       "bad_signature"},
      {"a certificate changed after its authority signed it", "ssh-ed25519-cert-v01@openssh.com",
       [](Reply& r) { r.key[r.key.find("web01.")] = 'v'; }, "malformed"},
  };
  for (const auto& row : cases) {
    CAPTURE(row.name);
    CAPTURE(row.algorithm);
    const ServerKey key(algorithm(row.algorithm));
    const ExchangeServer server{method("curve25519-sha256"), algorithm(row.algorithm), key};
    CHECK(outcome(server, row.change) == row.expected);
  }
}

TEST_CASE("OwnExchange: a key of another type than agreed on proves nothing") {
  const ServerKey ed25519(algorithm("ssh-ed25519")), p256(algorithm("ecdsa-sha2-nistp256"));
  const ExchangeServer server{method("curve25519-sha256"), algorithm("ecdsa-sha2-nistp256"),
                              ed25519};
  CHECK(outcome(server, [](Reply&) {}) == "malformed");
}

TEST_CASE("OwnExchange: what belongs to no reply is refused") {
  const ServerKey key(algorithm("ssh-ed25519"));
  const ExchangeServer server{method("curve25519-sha256"), algorithm("ssh-ed25519"), key};
  const auto ends = [&](auto change) {
    auto [exchange, said] = begin(key_exchanges(), server);
    return text(exchange->receive(make_packet(change(server.answer(kOurIdent, said).payload()))));
  };
  CHECK(ends([](std::string p) { return p; }) == "proved");
  CHECK(ends([](std::string p) { return p + 'z'; }) == "malformed");
  CHECK(ends([](std::string p) { return '\x1e' + p.substr(1); }) == "malformed");
  CHECK(ends([](std::string p) { return p.substr(0, p.size() - 1); }) == "malformed");
  CHECK(ends([](std::string) { return std::string{'\x1f'}; }) == "malformed");
}

TEST_CASE("OwnExchange: no byte of a reply can change") {
  for (const auto* name : {"ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-256"}) {
    CAPTURE(std::string{name});
    const ServerKey key(algorithm(name));
    const ExchangeServer server{method("curve25519-sha256"), algorithm(name), key};
    auto [exchange, said] = begin(key_exchanges(), server);
    const auto payload = server.answer(kOurIdent, said).payload();
    for (std::size_t at = 0; at < payload.size(); ++at) {
      auto changed = payload;
      changed[at] = static_cast<char>(changed[at] ^ (1 << at % 8));
      CAPTURE(at);
      CHECK(exchange->receive(make_packet(changed)) != Status::proved);
    }
    CHECK(exchange->receive(make_packet(payload)) == Status::proved);
  }
}

TEST_CASE("OwnExchange: a wrong guess of the server's is passed over, as OpenSSH does") {
  const ServerKey key(algorithm("ssh-ed25519"));
  const ExchangeServer server{method("curve25519-sha256"), algorithm("ssh-ed25519"), key};
  auto offer = server.offer();
  offer[Slot::kex].insert(offer[Slot::kex].begin(), "none-of-ours");
  offer.first_kex_packet_follows = true;
  const auto exchange = key_exchanges().make({{kOurIdent, ExchangeServer::kIdent}, &offer});
  CHECK(text(exchange->start()) == "waiting");
  CHECK(text(exchange->receive(make_packet(make_kexinit(offer)))) == "waiting");
  CHECK(text(exchange->receive(make_packet("\x1fguess"))) == "waiting");
  CHECK(text(exchange->receive(make_packet("\x1fguess"))) == "malformed");
}

TEST_CASE("KeyExchange: sent first, our offer still leads to our own engine") {
  const ServerKey key(algorithm("ssh-ed25519"));
  const ExchangeServer server{method("curve25519-sha256"), algorithm("ssh-ed25519"), key};
  const auto exchange = key_exchanges().make({{kOurIdent, ExchangeServer::kIdent}});
  CHECK(text(exchange->start()) == "waiting");
  auto said = exchange->take_output();
  CHECK(said.size() >= kMinKexinitBytes);
  CHECK(text(exchange->receive(make_packet(server.kexinit()))) == "waiting");
  said += exchange->take_output();
  CHECK(text(exchange->receive(server.answer(kOurIdent, said).packet())) == "proved");
  CHECK(exchange->host_key() == key.blob());
}

TEST_CASE("KeyExchange: both engines judge alike") {
  const auto* wanted = std::getenv("FLEETSCAN_EXCHANGES");  // 10000 before a release
  const int count = wanted ? std::atoi(wanted) : 300;
  const simulator::LeaksAllowed refused_proofs;
  std::mt19937 random(1);
  const auto below = [&](std::size_t n) { return random() % n; };
  const NameList kex{"curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256",
                     "ecdh-sha2-nistp384", "ecdh-sha2-nistp521"};
  const NameList keys{"ssh-ed25519",         "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
                      "ecdsa-sha2-nistp521", "rsa-sha2-512",        "rsa-sha2-256"};
  int proved = 0;
  for (int i = 0; i < count; ++i) {
    const auto& m = method(kex[below(kex.size())]);
    const auto& a = algorithm(keys[below(keys.size())]);
    const ServerKey key(a);
    const ExchangeServer server{m, a, key};
    const auto part = below(4), at = below(64);
    const auto bit = static_cast<char>(1 << below(8));
    const auto judge = [&](const KeyExchangeFactory& factory) {
      auto [exchange, said] = begin(factory, server);
      auto reply = server.answer(kOurIdent, said);
      auto* changed = part == 0 ? &reply.key : part == 1 ? &reply.share : &reply.signature;
      if (part < 3) (*changed)[at % changed->size()] ^= bit;
      const auto status = exchange->receive(reply.packet());
      return std::pair{text(status), exchange->host_key()};
    };
    const auto own = judge(key_exchanges()), old = judge(libssh2_key_exchanges());
    CAPTURE(std::string{m.name});
    CAPTURE(std::string{a.name});
    CAPTURE(part);
    CAPTURE(at);
    CHECK((own.first == "proved") == (old.first == "proved"));
    CHECK(own.second == old.second);
    if (own.first == "proved") ++proved;
  }
  CHECK(proved > count / 8);
  CHECK(proved < count / 2);
}

TEST_CASE("KeyExchange: a group is judged before anything is computed with it") {
  // Odd, of so many bits.
  const auto modulus = [](std::size_t bits) {
    std::string number(bits / 8, '\x5a');
    number.front() = '\x80';
    number.back() = '\x5b';
    return number;
  };
  const struct {
    std::string name, prime, generator, expected;
    unsigned bits;
  } cases[] = {
      {"as small as old servers have", modulus(1024), "\2", "waiting", 1024},
      {"as asked for", modulus(2048), "\2", "waiting", 2048},
      {"too small", modulus(1016), "\2", "malformed", 0},
      {"too large", modulus(8200), "\2", "malformed", 0},
      {"hours of work", modulus(200000), "\2", "malformed", 0},
      {"no modulus", "", "\2", "malformed", 0},
      {"a generator that generates nothing", modulus(2048), "\1", "malformed", 0},
  };
  auto offer = test::kexinit({.kex = "diffie-hellman-group-exchange-sha256"});
  for (const auto& row : cases) {
    CAPTURE(row.name);
    const auto exchange = key_exchanges().make({{kOurIdent, ExchangeServer::kIdent}, &offer});
    CHECK(text(exchange->start()) == "waiting");
    CHECK(text(exchange->receive(make_packet(make_kexinit(offer)))) == "waiting");
    std::string group{'\x1f'};
    append_mpint(group, row.prime);
    append_mpint(group, row.generator);
    CHECK(text(exchange->receive(make_packet(group))) == row.expected);
    CHECK(exchange->group_bits().value_or(0) == row.bits);
    if (row.expected != "waiting") continue;
    // Then the server's value: one that anybody could have sent.
    std::string reply{'\x21'};
    append_string(reply, ServerKey(algorithm("ssh-ed25519")).blob());
    append_mpint(reply, "\1");
    append_string(reply, ServerKey(algorithm("ssh-ed25519")).sign("any"));
    CHECK(text(exchange->receive(make_packet(reply))) == "malformed");
  }
}

TEST_CASE("KeyExchange: which engine takes a server, and what neither can") {
  const auto missing = [](const Offer& offer) -> std::string {
    const auto slot = key_exchanges().missing_slot(test::kexinit(offer));
    return slot ? std::string{to_string(*slot)} : "";
  };
  CHECK(missing({}) == "");
  CHECK(missing({.host_key = "rsa-sha2-512"}) == "");
  CHECK(missing({.host_key = "ssh-rsa"}) == "");
  CHECK(missing({.host_key = "sk-ssh-ed25519@openssh.com"}) == "");
  CHECK(missing({.host_key = "ssh-ed25519-cert-v01@openssh.com"}) == "");
  CHECK(missing({.kex = "sntrup761x25519-sha512@openssh.com"}) == "kex");
  CHECK(missing({.kex = "ext-info-c"}) == "kex");
  // We encrypt nothing, so a cipher or MAC is only a name to our own engine, but not to libssh2.
  const std::string chacha = "chacha20-poly1305@openssh.com", umac = "umac-128-etm@openssh.com";
  CHECK(missing({.cipher = chacha, .mac = umac}) == "");
  CHECK(missing({.cipher = "aes128-ctr", .mac = umac}) == "");
  CHECK(missing({.kex = "diffie-hellman-group14-sha256", .cipher = chacha, .mac = umac}) ==
        "mac_c2s");
  CHECK(missing({.kex = "diffie-hellman-group14-sha256", .cipher = "aes128-ctr", .mac = umac}) ==
        "mac_c2s");
  CHECK(missing({.kex = "diffie-hellman-group14-sha256",
                 .host_key = "sk-ssh-ed25519@openssh.com"}) == "host_key");
  const bool hybrid = spoken(method("mlkem768x25519-sha256"));
  CHECK(missing({.kex = "mlkem768x25519-sha256"}) == (hybrid ? "" : "kex"));
}

TEST_CASE("key_exchanges_of: what a client offers, in its order, and what we cannot do for it") {
  const auto& client = *find_client("openssh-9.9");
  const auto exchanges = key_exchanges_of(client);
  const auto server = test::kexinit({.kex = "curve25519-sha256", .host_key = "ssh-ed25519"});
  const auto exchange =
      exchanges->make({.identifications = {"SSH-2.0-a", "SSH-2.0-b"}, .server = &server});
  REQUIRE(text(exchange->start()) == "waiting");
  PacketReader reader;
  reader.receive(exchange->take_output());
  auto offer = parse_kexinit(reader.next()->payload);
  REQUIRE(offer);
  auto kex = (*offer)[Slot::kex];
  kex.resize(client.kex.size());  // flags follow
  CHECK(kex == client.kex);
  CHECK((*offer)[Slot::host_key] == client.host_keys);
  CHECK((*offer)[Slot::cipher_c2s] == client.ciphers);
  CHECK(exchange->agreed().method == "curve25519-sha256");
  CHECK(exchange->agreed().key_algorithm == "ssh-ed25519");

  const auto missing = [&](const Offer& of_server) -> std::string {
    const auto slot = exchanges->missing_slot(test::kexinit(of_server));
    return slot ? std::string{to_string(*slot)} : "";
  };
  CHECK(missing({}) == "");
  // The client would choose what we cannot speak, though there is something that we can.
  CHECK(missing({.kex = "curve25519-sha256,sntrup761x25519-sha512"}) == "kex");
  CHECK(missing({.kex = "diffie-hellman-group14-sha256",
                 .host_key = "sk-ssh-ed25519@openssh.com"}) == "host_key");
}
