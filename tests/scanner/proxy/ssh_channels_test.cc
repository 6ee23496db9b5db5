#include "scanner/proxy/ssh_channels.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/mux_messages.h"

using namespace fleetscan;
using namespace fleetscan::proxy;

namespace {

const Destination there{.name = "web01", .port = 2222};

std::string taken(SshChannels& channels) { return std::exchange(channels.output(), {}); }

/// Greeted, with its own greeting taken away.
SshChannels greeted() {
  SshChannels channels;
  channels.receive(test::mux_greeting());
  taken(channels);
  return channels;
}

std::string read_all(SshChannels& channels, SshChannels::Id id) {
  std::array<char, 100000> space;
  return {space.data(), channels.read(id, space)};
}

}  // namespace

TEST_CASE("SshChannels: asks for the proxy mode, then for a stream") {
  SshChannels channels;
  CHECK(taken(channels) ==
        test::string_field(test::uint32_field(1) + test::uint32_field(4)) +
            test::string_field(test::uint32_field(0x1000000f) + test::uint32_field(0)));
  const auto id = channels.open(there);
  CHECK(taken(channels) ==
        test::channel_message(90, test::string_field("direct-tcpip") + test::uint32_field(id) +
                                      test::uint32_field(65536) + test::uint32_field(32768) +
                                      test::string_field("web01") + test::uint32_field(2222) +
                                      test::string_field("127.0.0.1") + test::uint32_field(65535)));
  CHECK(channels[id].answer == Answer::accepted);
  const auto address = Address::parse("2001:db8::1");
  static_cast<void>(channels.open({.address = address}));
  CHECK(taken(channels).find(test::string_field("2001:db8::1")) != std::string::npos);
}

TEST_CASE("SshChannels: a stream is granted, and bytes go both ways, however they are cut") {
  const auto stream = test::mux_greeting() + test::granted(0, 7) + test::data(0, "SSH-2.0-x\r\n") +
                      test::data(0, "more") + test::eof(0) + test::close(0);
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    SshChannels channels;
    const auto id = channels.open(there);
    for (std::size_t at = 0; at < stream.size(); at += piece)
      channels.receive(std::string_view(stream).substr(at, piece));
    CHECK(channels.fault().empty());
    CHECK(channels[id].answer == Answer::granted);
    CHECK(channels[id].ended);
    CHECK(channels[id].closed);
    CHECK(read_all(channels, id) == "SSH-2.0-x\r\nmore");
  }
  auto channels = greeted();
  const auto id = channels.open(there);
  CHECK(channels.send(id, "early") == 0);
  channels.receive(test::granted(id, 7));
  taken(channels);
  CHECK(channels.send(id, "hello") == 5);
  CHECK(taken(channels) == test::data(7, "hello"));
}

TEST_CASE("SshChannels: each refusal is its own stream's, in the bastion's words") {
  auto channels = greeted();
  const auto first = channels.open(there), second = channels.open(there);
  channels.receive(test::refused(second, 1, "open failed") +
                   test::refused(first, 2, "Connection refused"));
  CHECK(channels[first].answer == Answer::refused);
  CHECK(channels[first].words == "Connection refused");
  CHECK(channels[second].answer == Answer::forbidden);
  CHECK(channels.take_news() == std::vector<SshChannels::Id>{second, first});
  CHECK(channels.take_news().empty());
  CHECK(channels.refused() == 2);
  const auto third = channels.open(there);
  channels.receive(test::refused(third, 2, std::string(5000, 'x')));
  CHECK(channels[third].words.size() == Negotiation::kMaxWords);
}

TEST_CASE("SshChannels: sends no more than the other side takes") {
  auto channels = greeted();
  const auto id = channels.open(there);
  channels.receive(test::granted(id, 7, 10, 4));
  CHECK(channels.send(id, "0123456789ab") == 4);
  CHECK(channels.send(id, "456789ab") == 4);
  CHECK(channels.send(id, "89ab") == 2);
  CHECK(channels.send(id, "ab") == 0);
  channels.receive(test::window_adjust(id, 1));
  CHECK(channels.send(id, "ab") == 1);
  channels.receive(test::window_adjust(id, 0xffffffff));
  CHECK(channels.fault().empty());
  channels.receive(test::window_adjust(id, 1));
  CHECK_FALSE(channels.fault().empty());
}

TEST_CASE("SshChannels: the window widens as bytes are read, and holds") {
  auto channels = greeted();
  const auto id = channels.open(there);
  channels.receive(test::granted(id, 7));
  taken(channels);
  const std::string half(SshChannels::kWindow / 2, 'x');
  channels.receive(test::data(id, half));
  channels.receive(test::data(id, half));
  CHECK(channels.fault().empty());
  CHECK(taken(channels).empty());
  CHECK(read_all(channels, id).size() == SshChannels::kWindow);
  CHECK(taken(channels) == test::window_adjust(7, SshChannels::kWindow));
  channels.receive(test::data(id, half));
  channels.receive(test::data(id, half));
  CHECK(channels.fault().empty());
  channels.receive(test::data(id, "x"));
  CHECK_FALSE(channels.fault().empty());
}

TEST_CASE("SshChannels: extended data counts, and is no byte of the target") {
  auto channels = greeted();
  const auto id = channels.open(there);
  channels.receive(test::granted(id, 7));
  const std::string half(SshChannels::kWindow / 2, 'x');
  for (int i = 0; i < 5; ++i)
    channels.receive(test::channel_message(
        95, test::uint32_field(id) + test::uint32_field(1) + test::string_field(half)));
  CHECK(channels.fault().empty());
  CHECK(channels[id].received.empty());
}

TEST_CASE("SshChannels: who lets go closes, once it is known what") {
  auto channels = greeted();
  const auto waiting = channels.open(there), open = channels.open(there);
  channels.receive(test::granted(open, 7));
  CHECK(channels.take_news() == std::vector<SshChannels::Id>{open});
  taken(channels);
  channels.close(open);
  CHECK(taken(channels) == test::close(7));
  channels.close(waiting);
  CHECK(taken(channels).empty());
  CHECK(channels.abandoned() == 1);
  CHECK(channels.held() == 0);
  CHECK(channels.borne() == 1);
  channels.receive(test::data(open, "on its way") + test::close(open));
  channels.receive(test::granted(waiting, 8));
  CHECK(taken(channels) == test::close(8));
  CHECK(channels.abandoned() == 0);
  CHECK(channels.borne() == 1);
  channels.receive(test::close(waiting));
  CHECK(channels.borne() == 0);
  CHECK(taken(channels).empty());
  CHECK(channels.take_news().empty());
  CHECK(channels.fault().empty());
}

TEST_CASE("SshChannels: the other side's close is answered once") {
  auto channels = greeted();
  const auto id = channels.open(there);
  channels.receive(test::granted(id, 7));
  taken(channels);
  channels.receive(test::close(id));
  CHECK(taken(channels) == test::close(7));
  CHECK(channels.send(id, "x") == 0);
  channels.close(id);
  CHECK(taken(channels).empty());
}

TEST_CASE(
    "SshChannels: a ping is a request that nobody holds, and every answer is a sign of life") {
  auto channels = greeted();
  CHECK(channels.heard() == 0);
  channels.ping();
  CHECK(channels.abandoned() == 1);
  channels.receive(test::refused(0, 3, "unknown channel type"));
  CHECK(channels.heard() == 1);
  CHECK(channels.abandoned() == 0);
  channels.ping();
  taken(channels);
  channels.receive(test::granted(1, 9));  // a strange one
  CHECK(taken(channels) == test::close(9));
}

TEST_CASE("SshChannels: requests on a stream are turned down") {
  auto channels = greeted();
  const auto id = channels.open(there);
  channels.receive(test::granted(id, 7));
  taken(channels);
  const auto request = test::uint32_field(id) + test::string_field("keepalive@openssh.com");
  channels.receive(test::channel_message(98, request + '\0'));
  CHECK(taken(channels).empty());
  channels.receive(test::channel_message(98, request + '\1'));
  CHECK(taken(channels) == test::channel_message(100, test::uint32_field(7)));
}

TEST_CASE("SshChannels: an ssh that does not share its connection says so") {
  SshChannels channels;
  channels.receive(test::string_field(test::uint32_field(1) + test::uint32_field(4)) +
                   test::string_field(test::uint32_field(0x80000003) + test::uint32_field(0) +
                                      test::string_field("unsupported request")));
  CHECK(channels.fault() == "this ssh does not share its connection: unsupported request");
}

TEST_CASE("SshChannels: what breaks the protocol ends it") {
  const std::string longest(SshChannels::kWindow + 1, 'x');
  const std::string cases[] = {
      test::granted(0, 7) + test::granted(0, 7),
      test::granted(0, 7) + test::refused(0, 2, ""),
      test::refused(0, 2, "") + test::data(0, "x"),
      test::data(0, "x"),
      test::eof(0),
      test::granted(0, 7) + test::eof(0) + test::data(0, "x"),
      test::granted(0, 7) + test::close(0) + test::eof(0),
      test::channel_message(91, test::uint32_field(0)),
      test::channel_message(92, test::uint32_field(0) + test::uint32_field(2)),
      test::granted(0, 7) + test::channel_message(94, test::uint32_field(0)),
      test::granted(0, 7) + test::channel_message(98, test::uint32_field(0)),
      test::string_field("x"),
      test::uint32_field(SshChannels::kMaxPacket + 1),
  };
  for (const auto& stream : cases) {
    CAPTURE(stream);
    auto channels = greeted();
    static_cast<void>(channels.open(there));
    channels.receive(stream);
    CHECK_FALSE(channels.fault().empty());
    taken(channels);
    channels.receive(test::granted(0, 7));
    CHECK(taken(channels).empty());
  }
  for (const auto& greeting : {std::string("SSH-2.0-OpenSSH_9.2\r\n"),
                               test::string_field(test::uint32_field(1) + test::uint32_field(3)),
                               test::string_field(test::uint32_field(2) + test::uint32_field(4))}) {
    SshChannels channels;
    channels.receive(greeting);
    CHECK_FALSE(channels.fault().empty());
  }
}
