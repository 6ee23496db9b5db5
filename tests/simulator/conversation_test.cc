#include "tests/simulator/conversation.h"

#include <doctest/doctest.h>

#include <string>

#include "scanner/ssh/binary_packet.h"
#include "scanner/ssh/disconnect.h"
#include "tests/simulator/scenario.h"

namespace fleetscan::simulator {
namespace {

using namespace std::chrono_literals;

/// Walks through the script of one rule, and writes down what its owner would have to do.
class Walk {
 public:
  explicit Walk(const std::string& behavior, std::uint64_t seed = 1)
      : scenario_(Scenario::parse("127.0.0.1 " + behavior, "s")) {
    REQUIRE(scenario_.errors().empty());
    conversation_.start(scenario_.find(Address::v4(0x7f000001), 22).script, exchange_, seed);
  }

  void client_sends(std::string_view bytes) { conversation_.receive(bytes); }

  /// The turns up to one that waits for the client or ends, pauses waited for:
  /// "'bytes' sleep 5000 close".
  std::string turns(int most = 100) {
    std::string log;
    while (most-- > 0) {
      const auto turn = conversation_.next(now_);
      if (!log.empty()) log += ' ';
      switch (turn.kind) {
        case Turn::Kind::send: log += '\'' + std::string(turn.bytes) + '\''; continue;
        case Turn::Kind::sleep:
          log += "sleep " + std::to_string((turn.until - now_) / 1ms);
          now_ = turn.until;
          continue;
        case Turn::Kind::listen: return log + "listen";
        case Turn::Kind::finish: return log + "finish";
        case Turn::Kind::close: return log + "close";
        case Turn::Kind::reset: return log + "reset";
      }
    }
    return log;
  }

  [[nodiscard]] const ClientStream& client() const { return conversation_.client(); }

 private:
  Scenario scenario_;
  KeyExchange exchange_;
  Conversation conversation_;
  TimePoint now_ = TimePoint() + 1h;
};

TEST_CASE("what a host does with a client that only listens") {
  struct Case {
    std::string behavior, turns;
  };
  // clang-format off
  const Case cases[] = {
      {"wrapper", "sleep 5000 close"},
      {"close", "close"},
      {"close delay=20ms", "sleep 20 close"},
      {"connect_reset", "reset"},
      {"reset delay=1s", "sleep 1000 reset"},
      {"reset on_first_bytes=1", "listen"},
      {"silent", "listen"},
      {"throttled", "'Exceeded MaxStartups\r\n' close"},
      {"incomplete", "'SSH-2.0-OpenS' listen"},
      {"incomplete then=close", "'SSH-2.0-OpenS' finish"},
      {"incomplete text=SSH drip=0 then=close", "'S' 'S' 'H' finish"},
      {"incomplete text=SSH drip=0.1 then=close", "'S' sleep 100 'S' sleep 100 'H' sleep 100 finish"},
      {"throttled text=x latency=30ms", "sleep 30 'x' close"},
      {"kexinit_stall ident=SSH-2.0-x", "'SSH-2.0-x\r\n' listen"},
      {"kexinit_stall ident=SSH-2.0-x lf=1 pre_lines=1", "'Notice 1: authorised use only\r\nSSH-2.0-x\n' listen"},
      {"backendless", "sleep 3000 finish"},
      {"http", "listen"},
  };
  // clang-format on
  for (const auto& [behavior, expected] : cases) {
    CAPTURE(behavior);
    CHECK(Walk(behavior).turns() == expected);
  }
}

TEST_CASE("what a host answers") {
  struct Case {
    std::string behavior, client, turns;
  };
  const std::string after = "SSH-2.0-c\r\n";
  const Case cases[] = {
      {"reset on_first_bytes=1", "x", "reset"},
      {"memcached", "x", "'ERROR\r\n' listen"},
      {"postgresql", "x", "finish"},
      {"kexinit_close", after, "finish"},
      {"kexinit_close", "GET / HTTP/1.1\r\n", "finish"},
      {"kexinit_reset", after, "reset"},
      {"kexinit_close", "SSH-2.0-c", "listen"},
      {"silent", after, "listen"},
  };
  for (const auto& [behavior, client, expected] : cases) {
    CAPTURE(behavior);
    CAPTURE(client);
    Walk walk(behavior);
    (void)walk.turns();
    walk.client_sends(client);
    CHECK(walk.turns() == expected);
  }
}

TEST_CASE("KEXINIT comes when the order says") {
  const auto sent_before = [](const std::string& order) {
    Walk walk("healthy kexinit=" + order);
    std::string stages;
    for (const std::string bytes : {"", "SSH-2.0-c\r\n", "\x14kexinit"}) {
      walk.client_sends(bytes.starts_with('\x14') ? ssh::make_packet(bytes) : bytes);
      stages += walk.turns().find("curve25519") != std::string::npos ? 'K' : '-';
    }
    return stages;
  };
  CHECK(sent_before("at_once") == "K--");
  CHECK(sent_before("after_ident") == "-K-");
  CHECK(sent_before("after_client") == "--K");
}

TEST_CASE("a tarpit's lines are endless, random, and the same for the same seed") {
  const auto lines = Walk("tarpit").turns(8);
  CHECK(lines.find("SSH-") == std::string::npos);
  CHECK(lines.starts_with("sleep 10000 '"));
  CHECK(Walk("tarpit").turns(8) == lines);
  CHECK(Walk("tarpit", 2).turns(8) != lines);
}

TEST_CASE("a client's stream means the same in every split") {
  const auto goodbye = ssh::make_packet(ssh::make_disconnect(11, "bye"));
  const auto stream =
      "SSH-2.0-c\r\n" + ssh::make_packet("\x14kexinit") + ssh::make_packet("\x1e key") + goodbye;
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    CAPTURE(cut);
    ClientStream client;
    client.receive(std::string_view(stream).substr(0, cut));
    client.receive(std::string_view(stream).substr(cut));
    CHECK(client.identification() == "SSH-2.0-c");
    CHECK(client.kexinit() == "\x14kexinit");
    CHECK(client.take_kex_message() == "\x1e key");
    CHECK(client.goodbye() == "bye");
    CHECK_FALSE(client.encrypted());
    CHECK_FALSE(client.nonsense());
  }
}

TEST_CASE("what follows a client's NEWKEYS is not looked into") {
  const auto newkeys = "SSH-2.0-c\n" + ssh::make_packet("\x15");
  const auto goodbye = ssh::make_packet(ssh::make_disconnect(11, "bye"));
  ClientStream apart;
  apart.receive(newkeys);
  CHECK_FALSE(apart.encrypted());
  apart.receive(goodbye);
  CHECK(apart.encrypted());
  CHECK(apart.goodbye() == std::nullopt);
  ClientStream together;
  together.receive(newkeys + goodbye);
  CHECK(together.encrypted());
  CHECK(together.goodbye() == std::nullopt);
}

TEST_CASE("nonsense is noticed and not kept") {
  for (const std::string bytes : {"GET / HTTP/1.1\r\n", "SSH-2.0-c\r\n\xff\xff\xff\xff....."}) {
    CAPTURE(bytes);
    ClientStream client;
    client.receive(bytes);
    CHECK(client.nonsense());
  }
  ClientStream endless;
  for (int i = 0; i < 9; ++i) endless.receive(std::string(1000, 'x'));
  CHECK(endless.nonsense());
}

}  // namespace
}  // namespace fleetscan::simulator
