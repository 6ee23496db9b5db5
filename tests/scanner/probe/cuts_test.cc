// However a stream is cut into pieces, its reader gives the same answer.

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

#include "scanner/probe/probe_machine.h"
#include "scanner/ssh/binary_packet.h"
#include "scanner/ssh/disconnect.h"
#include "scanner/ssh/identification_reader.h"
#include "tests/simulator/client_stream.h"
#include "tests/support/kexinit_payload.h"

using namespace fleetscan;
using namespace fleetscan::ssh;
using namespace fleetscan::probe;
using namespace std::chrono_literals;

namespace {

/// What servers and others send, in any order: pieces that mean something, and noise.
rc::Gen<std::string> stream() {
  const auto piece = rc::gen::oneOf(
      rc::gen::element<std::string>(
          "SSH-2.0-x\r\n", "SSH-1.99-OpenSSH_9.2p1 Debian\n", "SSH-1.5-old\n", "hello\r\n", "\n",
          "S", "SSH-", "HTTP/1.1 400 Bad Request\r\n", "Exceeded MaxStartups\r\n",
          "Invalid SSH identification string.\r\n", make_packet(test::kexinit_payload()),
          make_packet(test::kexinit_payload({.kex = "none-such"})), make_packet("\x02"),
          make_packet(make_disconnect(12, "too many")), make_packet("\x1fnonsense"),
          std::string("\xff\xff\xff\xff", 4), std::string(300, 'x'), std::string(9000, 'y')),
      rc::gen::container<std::string>(rc::gen::arbitrary<char>()));
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece), [](const auto& pieces) {
    std::string all;
    for (const auto& each : pieces) all += each;
    return all;
  });
}

/// Hands `bytes` over in pieces whose sizes the property chooses.
template <typename Receive>
void in_pieces(std::string_view bytes, Receive&& receive) {
  while (!bytes.empty()) {
    const auto size = *rc::gen::inRange<std::size_t>(1, 200);
    receive(bytes.substr(0, size));
    bytes.remove_prefix(std::min(size, bytes.size()));
  }
}

struct Heard {
  IdentificationReader::State state;
  std::string line, rest;
  unsigned pre_lines;
  bool operator==(const Heard&) const = default;
};

Heard heard(const IdentificationReader& reader) {
  return {reader.state(), reader.line(), std::string(reader.rest()), reader.pre_lines()};
}

std::vector<std::string> packets(PacketReader& reader) {
  std::vector<std::string> found;
  while (const auto packet = reader.next()) found.emplace_back(packet->payload);
  return found;
}

/// What a probe sees that is told all of this at one moment, and then the end.
Evidence seen(const std::vector<std::string_view>& pieces) {
  static const ProbeSettings settings{.depth = Depth::kexinit};
  const TimePoint now{};
  ProbeMachine machine(settings, Question::again, now);
  machine.handle(Connected{}, now);
  for (const auto piece : pieces) machine.handle(Received{piece}, now + 1ms);
  machine.handle(Eof{}, now + 2ms);
  REQUIRE(machine.done());
  return machine.evidence();
}

}  // namespace

TEST_CASE("cuts: an identification is found in any pieces") {
  CHECK(rc::check([] {
    const auto bytes = *stream();
    IdentificationReader whole, cut;
    whole.receive(bytes);
    std::string after;  // what its owner hands to the packets' reader
    in_pieces(bytes, [&](std::string_view piece) {
      if (cut.state() == IdentificationReader::State::reading)
        cut.receive(piece);
      else
        after += piece;
    });
    auto expected = heard(whole), got = heard(cut);
    if (got.state == IdentificationReader::State::found) got.rest += after;
    if (got.state == IdentificationReader::State::endless) expected.rest = got.rest = "";
    RC_ASSERT(got == expected);
  }));
}

TEST_CASE("cuts: packets are the same in any pieces") {
  CHECK(rc::check([] {
    const auto bytes = *stream();
    PacketReader whole, cut;
    whole.receive(bytes);
    const auto expected = packets(whole);
    std::vector<std::string> got;
    in_pieces(bytes, [&](std::string_view piece) {
      cut.receive(piece);
      for (auto& payload : packets(cut)) got.push_back(std::move(payload));
    });
    RC_ASSERT(got == expected);
    RC_ASSERT(cut.broken() == whole.broken());
  }));
}

TEST_CASE("cuts: a probe comes to the same finding") {
  CHECK(rc::check([] {
    const auto bytes = *stream();
    std::vector<std::string_view> pieces;
    in_pieces(bytes, [&](std::string_view piece) { pieces.push_back(piece); });
    auto whole = seen({bytes}), cut = seen(pieces);
    // A probe that has its finding listens to no more.
    whole.bytes_in = cut.bytes_in = 0;
    whole.head.resize(std::min(whole.head.size(), cut.head.size()));
    RC_ASSERT(cut.finding == whole.finding);
    RC_ASSERT(cut.phase == whole.phase);
    RC_ASSERT(cut.ident_line == whole.ident_line);
    RC_ASSERT(!cut.kexinit == !whole.kexinit);
    if (cut.kexinit) RC_ASSERT(*cut.kexinit == *whole.kexinit);
    RC_ASSERT(cut.disconnect == whole.disconnect);
    RC_ASSERT(cut.head == whole.head);
  }));
}

TEST_CASE("cuts: the simulated server hears a client in any pieces") {
  CHECK(rc::check([] {
    const auto bytes = *stream();
    simulator::ClientStream whole, cut;
    whole.receive(bytes);
    in_pieces(bytes, [&](std::string_view piece) { cut.receive(piece); });
    RC_ASSERT(cut.identified() == whole.identified());
    RC_ASSERT(cut.nonsense() == whole.nonsense());
    RC_ASSERT(cut.kexinit() == whole.kexinit());
    RC_ASSERT(cut.kex_messages() == whole.kex_messages());
    RC_ASSERT(cut.goodbye() == whole.goodbye());
  }));
}
