#include "scanner/ssh/binary_packet.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "scanner/ssh/wire.h"

using namespace fleetscan;
using namespace fleetscan::ssh;

namespace {

std::string header(std::uint32_t length, unsigned char padding) {
  std::string bytes;
  append_uint32(bytes, length);
  bytes.push_back(static_cast<char>(padding));
  return bytes;
}

std::vector<std::string> payloads(PacketReader& reader) {
  std::vector<std::string> found;
  while (const auto packet = reader.next()) found.emplace_back(packet->payload);
  return found;
}

}  // namespace

TEST_CASE("make_packet: whole blocks, at least four bytes of padding") {
  for (std::size_t size = 1; size < 100; ++size) {
    const auto packet = make_packet(std::string(size, 'p'));
    CAPTURE(size);
    CHECK(packet.size() % 8 == 0);
    CHECK(static_cast<unsigned char>(packet[4]) >= 4);
    CHECK(packet.size() == 5 + size + static_cast<unsigned char>(packet[4]));
  }
}

TEST_CASE("make_packet: pads up to the asked size, as far as 255 bytes of padding go") {
  CHECK(make_packet(std::string(1300, 'p'), 1500).size() >= 1500);
  CHECK(make_packet(std::string(1300, 'p'), 1500).size() < 1508);
  CHECK(make_packet(std::string(2000, 'p'), 1500).size() < 2020);
  CHECK(make_packet(std::string(10, 'p'), 1500).size() == 264);
}

TEST_CASE("PacketReader: gives the same packets for every cut of the stream") {
  const auto stream = make_packet("\x14one") + make_packet(std::string(500, '\x15')) +
                      make_packet(
                          "\x1e"
                          "three",
                          200);
  const std::vector<std::string> expected{"\x14one", std::string(500, '\x15'),
                                          "\x1e"
                                          "three"};
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    PacketReader reader;
    reader.receive(std::string_view{stream}.substr(0, cut));
    auto found = payloads(reader);
    reader.receive(std::string_view{stream}.substr(cut));
    for (auto& payload : payloads(reader)) found.push_back(payload);
    CAPTURE(cut);
    CHECK(found == expected);
    CHECK_FALSE(reader.broken());
    CHECK(reader.pending().empty());
  }
}

TEST_CASE("PacketReader: impossible lengths are final") {
  const struct {
    std::string name, bytes;
    bool broken;
  } cases[] = {
      {"largest", header(kMaxPacketLength, 4), false},
      {"one more", header(kMaxPacketLength + 1, 4), true},
      {"two gigabytes", header(0x7fffffff, 4), true},
      {"zero", header(0, 0), true},
      {"no room for a payload", header(5, 4) + "pppp", true},
      {"smallest", header(6, 4) + "xpppp", false},
      {"too little padding", header(12, 3) + std::string(11, 'x'), true},
      {"more padding than packet", header(12, 11) + std::string(11, 'x'), true},
      {"padding leaves one byte", header(12, 10) + std::string(11, 'x'), false},
      {"text", "Invalid SSH identification string.\r\n", true},
  };
  for (const auto& [name, bytes, broken] : cases) {
    CAPTURE(name);
    PacketReader reader;
    reader.receive(bytes);
    (void)payloads(reader);
    CHECK(reader.broken() == broken);
  }
}

TEST_CASE("PacketReader: keeps only the first bytes of a broken stream") {
  PacketReader reader;
  reader.receive("Invalid");
  CHECK_FALSE(reader.next());
  for (int i = 0; i < 1000; ++i) reader.receive(std::string(1000, 'x'));
  CHECK(reader.broken());
  CHECK(reader.pending().size() == 255);
  CHECK(reader.pending().starts_with("Invalid"));
}
