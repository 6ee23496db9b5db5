#include "scanner/net/probe_driver.h"

#include <doctest/doctest.h>

#include <array>
#include <cerrno>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "scanner/ssh/binary_packet.h"
#include "tests/support/fake_key_exchanges.h"
#include "tests/support/kexinit_payload.h"

using namespace fleetscan;
using namespace fleetscan::probe;
using namespace fleetscan::net;
using namespace std::chrono_literals;

namespace {

/// What happens on a stream without a socket, and what was done with it.
struct Wire {
  std::optional<Failed> at_start = {};
  std::deque<Opening> openings = {{Opening::State::open}};
  std::deque<std::pair<Receipt, std::string>> incoming = {};
  std::uint32_t pending = 0;

  std::string sent = {};
  int completed = 0;
  int reported_again = 0;
};

constexpr std::uint32_t kNews = 1;

class MemoryStream {
 public:
  MemoryStream(const ProbeRequest&, Wire& wire) : wire_(wire) {}

  std::optional<Failed> start(TimePoint) { return wire_.at_start; }
  Opening open(std::uint32_t, TimePoint, Evidence&) {
    const auto opening = wire_.openings.front();
    wire_.openings.pop_front();
    open_ = opening.state == Opening::State::open;
    return opening;
  }
  [[nodiscard]] bool is_open() const { return open_; }
  [[nodiscard]] std::uint32_t pending_events() const { return std::exchange(wire_.pending, 0U); }
  [[nodiscard]] bool may_receive(std::uint32_t) const { return !wire_.incoming.empty(); }
  Receipt receive(std::span<char> space, std::uint32_t) {
    auto [receipt, bytes] = std::move(wire_.incoming.front());
    wire_.incoming.pop_front();
    receipt.count = bytes.copy(space.data(), space.size());
    return receipt;
  }
  Dispatch send(std::string_view bytes) {
    wire_.sent += bytes;
    return {bytes.size()};
  }
  void report_again() { ++wire_.reported_again; }
  std::optional<int> take_soft_error(Evidence&) { return std::nullopt; }
  void complete(Evidence& evidence, TimePoint) const {
    ++wire_.completed;
    evidence.tcp_info = TcpInfo{.segs_in = 1};
  }

 private:
  Wire& wire_;
  bool open_ = false;
};
static_assert(Transport<MemoryStream>);

/// Runs one probe and destroys it when it has ended, as Worker does.
class Run : public ProbeOwner {
 public:
  Run(const ProbeSettings& settings, Wire& wire) {
    probe_.emplace(ProbeRequest{.id = 7, .address = Address::v4(0x7f000001)}, settings, *this,
                   wire);
    probe_->start();
  }

  void finished(std::uint64_t id, Attempt&& made, TimePoint) override {
    CHECK(id == 7);
    CHECK_FALSE(attempt);
    attempt = std::move(made);
    probe_.reset();
  }
  void wants_resume(std::uint64_t, bool costly) override {
    resume_wanted = true;
    resume_is_costly = costly;
  }
  void deadline_changed(std::uint64_t, TimePoint when) override { deadline = when; }
  TimePoint event_began() override { return TimePoint::clock::now(); }
  WallTime wall_time(TimePoint) override { return WallTime{5s}; }
  [[nodiscard]] TimePoint earliest() const override { return {}; }
  [[nodiscard]] Micros lateness() const override { return {}; }
  [[nodiscard]] std::span<char> buffer() override { return buffer_; }

  ProbeDriver<MemoryStream>& probe() { return *probe_; }
  [[nodiscard]] std::string ended_as() const {
    return attempt ? std::string{to_string(attempt->outcome)} : "not";
  }

  std::optional<Attempt> attempt;
  std::optional<TimePoint> deadline;
  bool resume_wanted = false;
  bool resume_is_costly = false;

 private:
  std::array<char, 4096> buffer_{};
  std::optional<ProbeDriver<MemoryStream>> probe_;
};

/// Whatever the server offers, they go on, and each packet is costly or none is.
class CostlyExchanges final : public ssh::KeyExchangeFactory {
 public:
  explicit CostlyExchanges(bool costly) : costly_(costly) {}
  [[nodiscard]] const ssh::ClientProfile& profile() const override { return profile_; }
  [[nodiscard]] std::unique_ptr<ssh::KeyExchange> make(const ssh::ExchangeRequest&) const override {
    return std::make_unique<test::FakeKeyExchange>("curve25519-sha256", costly_);
  }
  [[nodiscard]] std::optional<ssh::Slot> missing_slot(const ssh::Kexinit&) const override {
    return std::nullopt;
  }

 private:
  bool costly_;
  ssh::ClientProfile profile_{.name = "costly"};
};

const ProbeSettings kSettings{.depth = Depth::banner};

}  // namespace

TEST_CASE("ProbeDriver: an identification, in as many pieces as the transport gives") {
  Wire wire;
  Run run(kSettings, wire);
  run.probe().on_events(kNews);
  wire.incoming = {{{.kind = Receipt::Kind::bytes, .more = true}, "SSH-2.0-Open"}};
  run.probe().on_events(kNews);
  CHECK(wire.reported_again == 1);
  CHECK(run.ended_as() == "not");
  wire.incoming = {{{.kind = Receipt::Kind::bytes}, "SSH_9.9\r\n"}};
  run.probe().on_events(kNews);
  REQUIRE(run.ended_as() == "ok");
  CHECK(run.attempt->evidence.ident_line == "SSH-2.0-OpenSSH_9.9");
  CHECK(run.attempt->evidence.address == Address::v4(0x7f000001));
  CHECK(run.attempt->evidence.started == WallTime{5s});
  CHECK(wire.completed == 0);  // nothing to explain
  CHECK(wire.sent.empty());
}

TEST_CASE("ProbeDriver: sends what the machine says") {
  auto settings = kSettings;
  settings.depth = Depth::kexinit;
  Wire wire;
  Run run(settings, wire);
  wire.incoming = {{{.kind = Receipt::Kind::bytes}, "SSH-2.0-x\r\n"}};
  run.probe().on_events(kNews);  // opens, and receives at once
  CHECK(wire.sent == settings.ident + "\r\n");
  CHECK(run.ended_as() == "not");
}

TEST_CASE("ProbeDriver: how streams fail") {
  const Receipt reset{.kind = Receipt::Kind::failed, .error = ECONNRESET};
  const struct {
    std::string name;
    Wire wire;
    std::string outcome;
  } cases[] = {
      {"refused",
       {.openings = {{Opening::State::failed, ECONNREFUSED, ErrorOrigin::connect}}},
       "connect_refused"},
      {"reset at once", {.incoming = {{reset, ""}}}, "connect_reset"},
      {"end at once", {.incoming = {{{.kind = Receipt::Kind::end}, ""}}}, "banner_closed_fast"},
  };
  for (const auto& [name, of_case, outcome] : cases) {
    CAPTURE(name);
    auto wire = of_case;
    Run run(kSettings, wire);
    run.probe().on_events(kNews);
    CHECK(run.ended_as() == outcome);
    CHECK(wire.completed == 1);
    CHECK(run.attempt->evidence.tcp_info);
  }
}

TEST_CASE("ProbeDriver: what fails at the start is reported by resume()") {
  Wire wire{.at_start = Failed{EMFILE, ErrorOrigin::local}};
  Run run(kSettings, wire);
  CHECK(run.ended_as() == "not");
  REQUIRE(run.resume_wanted);
  run.probe().resume();
  CHECK(run.ended_as() == "scanner_resources");
}

TEST_CASE("ProbeDriver: a stream that stays pending ends with the connect timeout") {
  auto settings = kSettings;
  settings.connect_timeout = 0ms;
  Wire wire{.openings = {{Opening::State::pending}}};
  Run run(settings, wire);
  REQUIRE(run.deadline);
  CHECK(run.deadline == run.probe().deadline());
  run.probe().tick();
  CHECK(run.ended_as() == "connect_timeout");
}

TEST_CASE("ProbeDriver: a transport may need several steps to open") {
  Wire wire{.openings = {{Opening::State::pending}, {Opening::State::open}},
            .incoming = {{{.kind = Receipt::Kind::bytes}, "SSH-2.0-x\r\n"}}};
  Run run(kSettings, wire);
  run.probe().on_events(kNews);
  CHECK(run.ended_as() == "not");
  CHECK(wire.incoming.size() == 1);  // those bytes are not the target's yet
  run.probe().on_events(kNews);
  CHECK(run.ended_as() == "ok");
}

TEST_CASE("ProbeDriver: what came before the deadline counts") {
  auto settings = kSettings;
  settings.banner_timeout = 0ms;
  Wire wire;
  Run run(settings, wire);
  run.probe().on_events(kNews);
  SUBCASE("the identification has come") {
    wire.pending = kNews;
    wire.incoming = {{{.kind = Receipt::Kind::bytes}, "SSH-2.0-x\r\n"}};
    run.probe().tick();
    CHECK(run.ended_as() == "ok");
  }
  SUBCASE("silence") {
    run.probe().tick();
    CHECK(run.ended_as() == "banner_silent");
  }
}

TEST_CASE("ProbeDriver: a timer that is served late ends nothing, once") {
  auto settings = kSettings;
  settings.connect_timeout = 50ms;
  Wire wire;
  Run run(settings, wire);
  std::this_thread::sleep_for(settings.connect_timeout + 2 * kLateTimer);
  run.probe().tick();
  REQUIRE(run.ended_as() == "not");
  CHECK(run.deadline > steady_now());
  std::this_thread::sleep_for(*run.deadline - steady_now() + 2 * kLateTimer);
  run.probe().tick();
  CHECK(run.ended_as() == "connect_timeout");
  CHECK(run.attempt->evidence.lateness >= kLateTimer);
}

TEST_CASE("ProbeDriver: costly work is done when it is its turn, not when something happens") {
  for (const bool costly : {false, true}) {
    CAPTURE(costly);
    const CostlyExchanges exchanges(costly);
    auto settings = ProbeSettings{.key_exchanges = &exchanges};
    settings.kex_timeout = 0ms;
    Wire wire;
    Run run(settings, wire);
    const auto arrives = [&](const std::string& bytes) {
      wire.incoming = {{{.kind = Receipt::Kind::bytes}, bytes}};
      run.probe().on_events(kNews);
    };
    run.probe().on_events(kNews);
    arrives("SSH-2.0-x\r\n" + ssh::make_packet(test::kexinit_payload()));
    CHECK_FALSE(run.resume_is_costly);  // so far the method is not known
    run.probe().tick();
    REQUIRE(run.ended_as() == "not");  // its work waits, and with it its deadline
    CHECK(run.probe().deadline() > steady_now());
    run.probe().resume();
    arrives(ssh::make_packet("\x1f"));
    CHECK(run.resume_is_costly == costly);
    wire.incoming = {{{.kind = Receipt::Kind::end}, ""}};
    run.probe().on_events(kNews);
    CHECK((run.ended_as() == "not") == costly);
    if (!costly) continue;
    run.probe().resume();
    CHECK(wire.reported_again == 1);
    run.probe().on_events(kNews);
    CHECK(run.ended_as() == "kex_closed");
  }
}
