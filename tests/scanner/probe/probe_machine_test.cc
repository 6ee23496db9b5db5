#include "scanner/probe/probe_machine.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scanner/probe/classify.h"
#include "scanner/ssh/algorithms.h"
#include "scanner/ssh/disconnect.h"
#include "tests/support/exchange_server.h"
#include "tests/support/fake_key_exchanges.h"
#include "tests/support/kexinit_payload.h"

using namespace fleetscan;
using namespace fleetscan::ssh;
using namespace fleetscan::probe;
using namespace std::chrono_literals;
using std::string_literals::operator""s;

namespace {

const TimePoint t0{};
const ProbeSettings settings{.depth = Depth::kex,
                             .connect_timeout = 4s,
                             .banner_timeout = 5s,
                             .kex_timeout = 10s,
                             .ident = "SSH-2.0-test"};

struct Step {
  std::chrono::milliseconds at;
  Event event;
};

/// Feeds the steps, answering every wish to resume at once.
void play(ProbeMachine& machine, const std::vector<Step>& steps) {
  for (const auto& [at, event] : steps) {
    machine.handle(event, t0 + at);
    for (int i = 0; machine.wants_resume() && i < 10; ++i) machine.handle(Resume{}, t0 + at);
  }
}

std::string kexinit_packet(const test::Offer& offer = {}) {
  return make_packet(test::kexinit_payload(offer));
}

const std::string ident = "SSH-2.0-x\r\n";
const std::string kexinit = kexinit_packet();
const std::string disconnect = make_packet(make_disconnect(12, "too many"));
const std::string long_line(70000, 'x');
const std::string endless = [] {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "hello\n";
  return text;
}();

}  // namespace

TEST_CASE("ProbeMachine: every way a probe can end") {
  const Step up{1ms, Connected{}};
  std::deque<std::string> said;  // what the steps' views point into
  const auto says = [&](std::chrono::milliseconds at, std::string bytes) {
    return Step{at, Received{said.emplace_back(std::move(bytes))}};
  };
  const Failed reset{ECONNRESET, ErrorOrigin::stream};
  const std::string no_common = ident + kexinit_packet({.kex = "curve448-sha512"});
  const std::string pq_only = ident + kexinit_packet({.kex = "sntrup761x25519-sha512@openssh.com"});
  const std::string old_only = ident + kexinit_packet({.cipher = "arcfour"});
  const std::string not_kexinit = ident + make_packet("\x1e what");
  const std::string bad_reply = ident + kexinit + make_packet("\x1fnonsense");
  const std::string strict =
      ident + kexinit_packet({.kex = "curve25519-sha256,kex-strict-s-v00@openssh.com"});
  const struct {
    std::string name;
    std::vector<Step> steps;
    std::string outcome, phase;
  } cases[] = {
      // clang-format off
      {"refused", {{1ms, Failed{ECONNREFUSED, ErrorOrigin::connect}}}, "connect_refused", "connect"},
      {"out of descriptors", {{0ms, Failed{EMFILE, ErrorOrigin::local}}}, "scanner_resources", "connect"},
      {"SYN unanswered", {{3999ms, Tick{}}, {4s, Tick{}}}, "connect_timeout", "connect"},
      {"silent", {up, {1501ms, Tick{}}, {5501ms, Tick{}}}, "banner_silent", "banner"},
      {"closes at once", {up, {2ms, Eof{}}}, "banner_closed_fast", "banner"},
      {"closes at 5.0 s, just before our time-out", {up, {1501ms, Tick{}}, {5005ms, Eof{}}}, "banner_wrapper_refused", "banner"},
      {"resets", {up, {60ms, reset}}, "banner_reset", "banner"},
      {"our send fails, then an end", {up, {1501ms, Tick{}}, {1502ms, SendFailed{ECONNRESET}}, {1502ms, Eof{}}}, "banner_reset", "banner"},
      {"last words", {up, says(2ms, "Exceeded MaxStartups\r\n"), {2ms, Eof{}}}, "banner_throttled", "banner"},
      {"last words, then a reset", {up, says(2ms, "Exceeded MaxStartups\r\n"), {2ms, reset}}, "banner_throttled", "banner"},
      {"unknown words", {up, says(2ms, "Go away.\n"), {2ms, Eof{}}}, "banner_text_closed", "banner"},
      {"words after empty lines", {up, says(2ms, "\r\n\rGo away.\n"), {2ms, Eof{}}}, "banner_text_closed", "banner"},
      {"nothing but line ends", {up, says(2ms, "\n\n"), {2ms, Eof{}}}, "banner_text_closed", "banner"},
      {"unknown words that stay", {up, says(2ms, "Hello.\n"), {1502ms, Tick{}}, {5501ms, Tick{}}}, "banner_wrong_service", "banner"},
      {"drips lines", {up, says(1s, "a\n"), says(2s, "b\n"), says(3s, "c\n"), {5501ms, Tick{}}}, "banner_tarpit", "banner"},
      {"drips an identification", {up, says(1s, "S"), says(2s, "S"), says(3s, "H"), {5501ms, Tick{}}}, "banner_incomplete", "banner"},
      {"stops within the identification", {up, says(1ms, "SSH-2.0-x"), {5ms, Eof{}}}, "banner_incomplete", "banner"},
      {"endless lines", {up, says(2ms, endless)}, "banner_tarpit", "banner"},
      {"endless identification", {up, says(2ms, "SSH-2.0-"), says(3ms, long_line)}, "banner_malformed", "banner"},
      {"identification with NUL", {up, says(2ms, "SSH-2.0-\0x\n"s)}, "banner_malformed", "banner"},
      {"SSH-1", {up, says(2ms, "SSH-1.5-x\n")}, "banner_ssh1_only", "banner"},
      {"HTTP, then an end", {up, {1501ms, Tick{}}, says(1502ms, "HTTP/1.1 400 Bad Request\r\n"), {1503ms, Eof{}}}, "banner_wrong_service", "banner"},
      {"HTTP that stays open", {up, says(2ms, "HTTP/1.1 400 Bad Request\r\n"), {302ms, Tick{}}}, "banner_wrong_service", "banner"},
      {"HTTP before an identification", {up, says(2ms, "HTTP/1.1 \n"), says(3ms, ident), {4ms, Eof{}}}, "kexinit_closed", "kexinit"},

      {"closes after the identification", {up, says(2ms, ident), {3ms, Eof{}}}, "kexinit_closed", "kexinit"},
      {"resets after it", {up, says(2ms, ident), {3ms, reset}}, "kexinit_reset", "kexinit"},
      {"disconnects", {up, says(2ms, ident), says(3ms, disconnect)}, "kexinit_disconnect", "kexinit"},
      {"stalls", {up, says(2ms, ident), {1502ms, Tick{}}, {10002ms, Tick{}}}, "kexinit_stalled", "kexinit"},
      {"rejects what we have not said", {up, says(2ms, ident + "Invalid SSH identification string.\r\n")}, "banner_proxy_mismatch", "kexinit"},
      {"the same in two parts", {up, says(2ms, ident + "Invalid SSH ident"), says(3ms, "ification string.\r\n")}, "banner_proxy_mismatch", "kexinit"},
      {"the same, cut off", {up, says(2ms, ident + "Invalid SSH identification string"), {4ms, Eof{}}}, "banner_proxy_mismatch", "kexinit"},
      {"babbles", {up, says(2ms, ident + "what?\n")}, "kexinit_malformed", "kexinit"},
      {"babbles in binary", {up, says(2ms, ident + "\xff\xff\xff\xff\xff"s)}, "kexinit_malformed", "kexinit"},
      {"a packet out of turn", {up, says(2ms, not_kexinit)}, "kexinit_malformed", "kexinit"},
      {"no algorithm", {up, says(2ms, no_common)}, "kexinit_no_common", "kexinit"},
      {"an algorithm that the library lacks", {up, says(2ms, pq_only)}, "ok_kex_unverified", "done"},

      {"stalls in the key exchange", {up, says(2ms, ident + kexinit), {10002ms, Tick{}}}, "kex_stalled", "kex"},
      {"closes in it", {up, says(2ms, ident + kexinit), {3ms, Eof{}}}, "kex_closed", "kex"},
      {"resets in it", {up, says(2ms, ident + kexinit), {3ms, reset}}, "kex_reset", "kex"},
      {"disconnects in it", {up, says(2ms, ident + kexinit + disconnect)}, "kex_disconnect", "kex"},
      {"answers nonsense", {up, says(2ms, bad_reply)}, "kex_malformed", "kex"},
      {"sends its KEXINIT twice", {up, says(2ms, ident + kexinit + kexinit)}, "kex_malformed", "kex"},
      {"chats although it promised not to", {up, says(2ms, strict + make_packet("\x02"))}, "kex_malformed", "kex"},
      {"chats before its KEXINIT, and promises not to", {up, says(2ms, ident + make_packet("\x02") + strict.substr(ident.size()))}, "kexinit_malformed", "kexinit"},
      {"its KEXINIT has a tail", {up, says(2ms, ident + make_packet(test::kexinit_payload() + 'z'))}, "kexinit_malformed", "kexinit"},
      {"late events are ignored", {up, {2ms, Eof{}}, says(3ms, ident), {1h, Tick{}}}, "banner_closed_fast", "banner"},
      // clang-format on
  };
  for (const auto& [name, steps, outcome, phase] : cases) {
    CAPTURE(name);
    ProbeMachine machine(settings, Question::again, t0);
    play(machine, steps);
    REQUIRE(machine.done());
    CHECK(to_string(classify(machine.evidence())) == outcome);
    CHECK(to_string(machine.evidence().phase) == phase);
  }
}

TEST_CASE("ProbeMachine: listens first, and speaks after 1.5 s of silence") {
  ProbeMachine machine(settings, Question::again, t0);
  machine.handle(Connected{}, t0);
  CHECK(machine.deadline() == t0 + 1500ms);
  machine.handle(Tick{}, t0 + 1499ms);
  CHECK(machine.take_output().empty());
  machine.handle(Tick{}, t0 + 1500ms);
  CHECK(machine.take_output() == "SSH-2.0-test\r\n");
  CHECK(machine.evidence().spoke_first);
  machine.handle(Received{ident}, t0 + 1600ms);
  CHECK(machine.take_output().empty());  // once is enough
}

TEST_CASE("ProbeMachine: given longer, it waits for a slow identification") {
  const struct {
    std::string name, words;
    std::chrono::milliseconds longer, at;
    std::string outcome;
  } cases[] = {
      {"the settings' time is over", ident, 0ms, 5501ms, "banner_silent"},
      {"a slow server", ident, 13s, 7500ms, "kexinit_closed"},
      {"no longer than that", ident, 13s, 13001ms, "banner_silent"},
      {"a tarpit's first line", "4bf0c1\n", 13s, 10s, "banner_tarpit"},
      {"the words of a service, late", "HTTP/1.1 408 Request Time-out\r\n", 13s, 10s,
       "banner_wrong_service"},
  };
  for (const auto& [name, words, longer, at, outcome] : cases) {
    CAPTURE(name);
    ProbeMachine machine(settings, Question::again, t0, longer);
    machine.handle(Connected{}, t0);
    machine.handle(Tick{}, t0 + 1500ms);
    machine.handle(Tick{}, t0 + at);
    machine.handle(Received{words}, t0 + at);
    if (outcome == "banner_tarpit")
      machine.handle(Tick{}, t0 + longer);
    else
      machine.handle(Eof{}, t0 + at + 1ms);
    REQUIRE(machine.done());
    CHECK(to_string(classify(machine.evidence())) == outcome);
  }
}

TEST_CASE("ProbeMachine: asked to listen, it lets the server end first") {
  const Step up{1ms, Connected{}};
  const std::string complaint = ident + "Protocol mismatch.\n";
  const std::string offer = ident + kexinit;
  const std::string offer_and_leave = offer + disconnect;
  const struct {
    std::string name;
    std::vector<Step> steps;
    std::string outcome;
    bool unprovoked;
  } cases[] = {
      // clang-format off
      {"it closes", {up, {2ms, Received{ident}}, {30ms, Eof{}}}, "kexinit_closed", true},
      {"it resets", {up, {2ms, Received{ident}}, {30ms, Failed{ECONNRESET, ErrorOrigin::stream}}}, "kexinit_reset", true},
      {"it complains, however late", {up, {2ms, Received{complaint}}}, "banner_proxy_mismatch", true},
      {"it offers and closes", {up, {2ms, Received{offer}}, {30ms, Eof{}}}, "kex_closed", true},
      {"it offers and says why it leaves", {up, {2ms, Received{offer_and_leave}}, {30ms, Eof{}}}, "kex_closed", true},
      {"it waits for us, and then closes", {up, {2ms, Received{ident}}, {1502ms, Tick{}}, {1510ms, Eof{}}}, "kexinit_closed", false},
      {"it offers and waits, and then closes", {up, {2ms, Received{offer}}, {1502ms, Tick{}}, {1510ms, Eof{}}}, "kex_closed", false},
      {"nothing was ever said", {up, {2ms, Eof{}}}, "banner_closed_fast", false},
      // clang-format on
  };
  for (const auto& [name, steps, outcome, without_us] : cases) {
    CAPTURE(name);
    ProbeMachine machine(settings, Question::listen, t0);
    play(machine, steps);
    REQUIRE(machine.done());
    CHECK(to_string(classify(machine.evidence())) == outcome);
    CHECK(unprovoked(machine.evidence()) == without_us);
  }
}

TEST_CASE("ProbeMachine: listening costs the server no time, and then it goes on as always") {
  ProbeMachine machine(settings, Question::listen, t0);
  play(machine, {{0ms, Connected{}}, {2ms, Received{ident}}, {3ms, Received{kexinit}}});
  CHECK(machine.take_output().empty());
  CHECK_FALSE(machine.wants_resume());
  machine.handle(Tick{}, machine.deadline());
  CHECK(machine.take_output() == "SSH-2.0-test\r\n");
  REQUIRE(machine.wants_resume());
  machine.handle(Resume{}, t0 + 1504ms);
  CHECK(machine.take_output().size() > kMinKexinitBytes);
  CHECK(machine.evidence().lateness < 100ms);
  CHECK(machine.deadline() > t0 + 11s);
}

TEST_CASE("ProbeMachine: our silence is not the server's slowness") {
  const struct {
    std::chrono::milliseconds answer, counted;
  } cases[] = {{1500ms, 0ms}, {1900ms, 400ms}, {2s, 500ms}, {2001ms, 2001ms}, {4s, 4s}};
  for (const auto& [answer, counted] : cases) {
    CAPTURE(answer.count());
    ProbeMachine machine(settings, Question::again, t0);
    machine.handle(Connected{}, t0);
    machine.handle(Tick{}, t0 + 1500ms);
    machine.handle(Received{ident}, t0 + answer);
    CHECK(machine.evidence().ms.banner == Micros{answer});
    CHECK(kept_waiting(machine.evidence()) == Micros{counted});
  }
}

TEST_CASE("ProbeMachine: how long its own work waits is counted against us alone") {
  ProbeMachine machine(settings, Question::again, t0);
  machine.handle(Connected{}, t0);
  machine.handle(Received{ident + kexinit}, t0 + 1ms);
  REQUIRE(machine.wants_resume());
  const auto deadline = machine.deadline();
  machine.handle(Tick{}, deadline + 5s);  // nobody resumed it: what it had to send is sent now
  CHECK_FALSE(machine.done());
  CHECK_FALSE(machine.take_output().empty());
  CHECK(machine.deadline() >= deadline + 5s);
  CHECK(machine.evidence().lateness >= 5s);
  machine.handle(Tick{}, machine.deadline());  // and then the peer has had its time
  CHECK(machine.done());
  CHECK(machine.evidence().close == Close::timeout);
}

TEST_CASE("ProbeMachine: a deadline that is put off") {
  ProbeMachine machine(settings, Question::again, t0);
  const auto deadline = machine.deadline();
  machine.put_off(3s);
  CHECK(machine.deadline() == deadline + 6s);
  CHECK(machine.evidence().lateness == 3s);
}

TEST_CASE("ProbeMachine: whoever speaks postpones our turn") {
  ProbeMachine machine(settings, Question::again, t0);
  machine.handle(Connected{}, t0);
  machine.handle(Received{"welcome\n"}, t0 + 1s);
  machine.handle(Tick{}, t0 + 1500ms);
  CHECK(machine.take_output().empty());
  CHECK(machine.deadline() == t0 + 2500ms);
}

TEST_CASE("ProbeMachine: our KEXINIT waits for the server's, or for 1.5 s of silence") {
  ProbeMachine machine(settings, Question::again, t0);
  machine.handle(Connected{}, t0);
  machine.handle(Received{ident}, t0);
  CHECK(machine.take_output() == "SSH-2.0-test\r\n");
  SUBCASE("silence") {
    machine.handle(Tick{}, t0 + 1500ms);
    const auto output = machine.take_output();
    CHECK(output.size() >= kMinKexinitBytes);
    CHECK(output[5] == '\x14');
  }
  SUBCASE("the server's comes") {
    machine.handle(Received{kexinit}, t0 + 1ms);
    CHECK(machine.wants_resume());
    CHECK(machine.take_output().empty());
    machine.handle(Resume{}, t0 + 2ms);
    CHECK(machine.take_output().size() > kMinKexinitBytes);
  }
}

TEST_CASE("ProbeMachine: never offers what cannot match, but says goodbye") {
  ProbeMachine machine(settings, Question::again, t0);
  machine.handle(Connected{}, t0);
  machine.handle(Received{ident + kexinit_packet({.kex = "none-such"})}, t0);
  REQUIRE(machine.done());
  CHECK_FALSE(machine.evidence().sent_kexinit);
  const auto output = machine.take_output();
  REQUIRE(output.starts_with("SSH-2.0-test\r\n"));
  PacketReader reader;
  reader.receive(output.substr(14));
  const auto packet = reader.next();
  REQUIRE(packet);
  const auto goodbye = parse_disconnect(packet->payload);
  REQUIRE(goodbye);
  CHECK(goodbye->reason == kDisconnectByApplication);
  CHECK(goodbye->text.starts_with("fleetscan"));
}

TEST_CASE("ProbeMachine: at depth banner it says nothing at all") {
  auto shallow = settings;
  shallow.depth = Depth::banner;
  ProbeMachine machine(shallow, Question::again, t0);
  play(machine, {{1ms, Connected{}}, {2ms, Received{ident}}});
  REQUIRE(machine.done());
  CHECK(machine.evidence().phase == Phase::done);
  CHECK(machine.take_output().empty());
}

TEST_CASE("ProbeMachine: depths tcp and kexinit stop there") {
  auto shallow = settings;
  shallow.depth = Depth::tcp;
  ProbeMachine tcp(shallow, Question::again, t0);
  play(tcp, {{1ms, Connected{}}});
  CHECK(to_string(classify(tcp.evidence())) == "ok");
  shallow.depth = Depth::kexinit;
  ProbeMachine lists(shallow, Question::again, t0);
  play(lists, {{1ms, Connected{}}, {2ms, Received{ident + kexinit}}});
  CHECK(to_string(classify(lists.evidence())) == "ok");
  REQUIRE(lists.evidence().kexinit);
  CHECK_FALSE(lists.evidence().sent_kexinit);
}

TEST_CASE("ProbeMachine: the same verdict for every cut of what the server sends") {
  const auto stream = "hi\r\n" + ident + kexinit + disconnect;
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    CAPTURE(cut);
    ProbeMachine machine(settings, Question::again, t0);
    play(machine, {{1ms, Connected{}},
                   {2ms, Received{std::string_view{stream}.substr(0, cut)}},
                   {3ms, Received{std::string_view{stream}.substr(cut)}}});
    REQUIRE(machine.done());
    CHECK(to_string(classify(machine.evidence())) == "kex_disconnect");
    CHECK(machine.evidence().disconnect == Disconnect{12, "too many"});
  }
}

TEST_CASE("ProbeMachine: bounds what it takes in") {
  ProbeMachine machine(settings, Question::again, t0);
  machine.handle(Connected{}, t0);
  machine.handle(Received{ident}, t0);
  const auto idle = make_packet("\x02" + std::string(30000, 'x'));
  int sent = 0;
  while (!machine.done() && sent < 100) {
    machine.handle(Received{idle}, t0 + 1ms);
    ++sent;
  }
  REQUIRE(machine.done());
  CHECK(sent <= 5);
  CHECK(machine.evidence().head.size() == kHeadBytes);
}

TEST_CASE("ProbeMachine: what was received is judged before the end that followed it") {
  ProbeMachine machine(settings, Question::again, t0);
  machine.handle(Connected{}, t0);
  machine.handle(Received{ident + kexinit}, t0 + 1ms);
  CHECK(machine.wants_resume());
  machine.handle(Eof{}, t0 + 1ms);
  REQUIRE(machine.done());
  CHECK(machine.evidence().sent_kexinit);
  CHECK(to_string(classify(machine.evidence())) == "kex_closed");
}

TEST_CASE("ProbeMachine: the question goes into the evidence, and decides about our offer") {
  const test::FakeKeyExchanges exchanges({"curve25519-sha256", "ecdh-sha2-nistp256"});
  auto fake = settings;
  fake.key_exchanges = &exchanges;
  const struct {
    Question question;
    bool small, other_method, other_family;
    std::string offer;
  } cases[] = {
      {Question::again, false, false, false, "curve25519-sha256,ecdh-sha2-nistp256"},
      {Question::small, true, false, false, "curve25519-sha256,ecdh-sha2-nistp256"},
      {Question::other_method, false, true, false, "ecdh-sha2-nistp256"},
      {Question::other_family, false, false, true, "curve25519-sha256,ecdh-sha2-nistp256"},
  };
  for (const auto& row : cases) {
    ProbeMachine machine(fake, row.question, t0);
    CHECK(machine.evidence().mss_clamped == row.small);
    CHECK(machine.evidence().other_method == row.other_method);
    CHECK(machine.evidence().other_family == row.other_family);
    machine.handle(Connected{}, t0);
    machine.handle(Received{ident}, t0);
    CHECK(machine.take_output() == "SSH-2.0-test\r\n");
    machine.handle(Tick{}, t0 + 1500ms);  // our KEXINIT no longer waits for the server's
    CHECK(machine.take_output() == make_packet('\x14' + row.offer));
  }
}

TEST_CASE("ProbeMachine: a PROXY header goes first, and then all is as always") {
  ProbeMachine machine(settings, Question::header, t0);
  CHECK(machine.take_output().empty());
  machine.handle(Connected{}, t0);
  CHECK(machine.take_output() == "PROXY UNKNOWN\r\n");
  CHECK(machine.evidence().sent_header);
  CHECK_FALSE(machine.evidence().spoke);
  machine.handle(Received{ident}, t0 + 2ms);
  CHECK(machine.take_output() == "SSH-2.0-test\r\n");
}

TEST_CASE("closed_on_our_words: neither before, nor long after") {
  const Step up{0ms, Connected{}};
  const struct {
    std::string name;
    std::vector<Step> steps;
    bool expected;
  } cases[] = {
      {"before we spoke", {up, {1499ms, Eof{}}}, false},
      {"at our words", {up, {1500ms, Tick{}}, {1500ms, Eof{}}}, true},
      {"reset at our words",
       {up, {1500ms, Tick{}}, {1503ms, Failed{ECONNRESET, ErrorOrigin::stream}}},
       true},
      {"while it may still be their doing", {up, {1500ms, Tick{}}, {1749ms, Eof{}}}, true},
      {"for another reason", {up, {1500ms, Tick{}}, {1750ms, Eof{}}}, false},
      {"with words of its own",
       {up, {1500ms, Tick{}}, {1501ms, Received{"ERR"}}, {1502ms, Eof{}}},
       false},
  };
  for (const auto& [name, steps, expected] : cases) {
    CAPTURE(name);
    ProbeMachine machine(settings, Question::again, t0);
    play(machine, steps);
    CHECK(closed_on_our_words(machine.evidence()) == expected);
  }
}

TEST_CASE("ProbeMachine: the size of an RSA key decides, and is recorded") {
  const auto& algorithm = *find_key_algorithm("rsa-sha2-256");
  const struct {
    unsigned bits;
    std::string outcome;
    std::optional<Slot> slot;
  } cases[] = {
      {768, "ok_legacy_algorithms", Slot::host_key_bits},
      {1016, "ok_legacy_algorithms", Slot::host_key_bits},
      {1024, "ok", {}},
      {2048, "ok", {}},
  };
  for (const auto& row : cases) {
    CAPTURE(row.bits);
    const test::ServerKey key(algorithm, row.bits);
    const test::ExchangeServer server{*find_method("curve25519-sha256"), algorithm, key};
    const auto server_ident = std::string{test::ExchangeServer::kIdent} + "\r\n";
    ProbeMachine machine(settings, Question::again, t0);
    play(machine, {{1ms, Connected{}}, {2ms, Received{server_ident}}});
    (void)machine.take_output();  // our identification
    const auto offer = make_packet(server.kexinit());
    play(machine, {{3ms, Received{offer}}});
    const auto reply = server.answer(settings.ident, machine.take_output()).packet();
    play(machine, {{4ms, Received{reply}}});
    REQUIRE(machine.done());
    CHECK(to_string(classify(machine.evidence())) == row.outcome);
    CHECK(machine.evidence().slot == row.slot);
    REQUIRE(machine.evidence().host_key);
    CHECK(machine.evidence().host_key->bits == row.bits);
    CHECK(machine.evidence().host_key->verified);
    CHECK(machine.evidence().host_key->blob == key.blob());
  }
}

TEST_CASE("ProbeMachine: a proxy has half of the connect timeout, the target the rest") {
  auto proxied = settings;
  proxied.proxy = std::make_shared<const proxy::Proxy>();
  ProbeMachine machine(proxied, Question::again, t0);
  CHECK(machine.evidence().phase == Phase::proxy);
  CHECK(machine.deadline() == t0 + 2s);

  SUBCASE("it is too slow") {
    play(machine, {{2000ms, Tick{}}});
    CHECK(machine.done());
    CHECK(classify(machine.evidence()) == Outcome::proxy_unreachable);
  }
  SUBCASE("the target is") {
    play(machine, {{1900ms, Asked{}}, {3999ms, Tick{}}});
    CHECK(machine.evidence().phase == Phase::connect);
    CHECK_FALSE(machine.done());
    machine.evidence().proxy = proxy::Answer::asked;
    play(machine, {{4000ms, Tick{}}});
    CHECK(classify(machine.evidence()) == Outcome::connect_timeout);
  }
  SUBCASE("both are well: each has its time") {
    machine.evidence().proxy = proxy::Answer::granted;
    play(machine, {{100ms, Asked{}}, {130ms, Connected{}}, {140ms, Received{ident}}});
    CHECK(machine.evidence().ms.proxy == 100ms);
    CHECK(machine.evidence().ms.connect == 30ms);
    CHECK(machine.evidence().ms.banner == 10ms);
  }
  SUBCASE("asked and granted at once") {
    play(machine, {{100ms, Connected{}}});
    CHECK(machine.evidence().ms.proxy == 100ms);
    CHECK(machine.evidence().phase == Phase::banner);
  }
  SUBCASE("a refusal of the target's ends the phase of connecting, one of the proxy's its own") {
    machine.evidence().proxy = proxy::Answer::refused;
    play(machine, {{100ms, Failed{ECONNREFUSED, ErrorOrigin::proxy}}});
    CHECK(machine.evidence().phase == Phase::connect);
  }
  SUBCASE("... that of a name is of resolving") {
    machine.evidence().proxy = proxy::Answer::unresolved;
    play(machine, {{100ms, Failed{0, ErrorOrigin::proxy}}});
    CHECK(machine.evidence().phase == Phase::resolve);
  }
}

TEST_CASE("ProbeMachine: as one client would fare, with its offer and its limits") {
  const auto& algorithm = *find_key_algorithm("rsa-sha2-256");
  const struct {
    std::string client;
    unsigned bits;
    std::string method, outcome;
    std::optional<Slot> slot;
  } cases[] = {
      {"openssh-9.2", 1024, "curve25519-sha256", "ok", {}},
      {"rhel-9", 1024, "curve25519-sha256", "kexinit_no_common", Slot::host_key_bits},
      {"rhel-9-fips", 2048, "curve25519-sha256", "kexinit_no_common", Slot::kex},
      {"rhel-9-fips", 2048, "ecdh-sha2-nistp256", "ok", {}},
      {"openssh-7.4", 1024, "ecdh-sha2-nistp256", "ok", {}},
  };
  for (const auto& row : cases) {
    CAPTURE(row.client);
    const auto exchanges = key_exchanges_of(*find_client(row.client));
    auto as_client = settings;
    as_client.client = find_client(row.client);
    as_client.key_exchanges = exchanges.get();
    const test::ServerKey key(algorithm, row.bits);
    const test::ExchangeServer server{*find_method(row.method), algorithm, key};
    const auto server_ident = std::string{test::ExchangeServer::kIdent} + "\r\n";
    ProbeMachine machine(as_client, Question::again, t0);
    play(machine, {{1ms, Connected{}}, {2ms, Received{server_ident}}});
    auto said = machine.take_output().size();  // our identification
    const auto offer = make_packet(server.kexinit());
    play(machine, {{3ms, Received{offer}}});
    if (!machine.done()) {
      const auto ours = machine.take_output();
      said += ours.size();
      const auto reply = server.answer(settings.ident, ours).packet();
      play(machine, {{4ms, Received{reply}}});
      CHECK(machine.evidence().method == row.method);
      CHECK(machine.evidence().key_algorithm == "rsa-sha2-256");
    } else {
      CHECK(machine.evidence().method.empty());
    }
    REQUIRE(machine.done());
    CHECK(machine.evidence().as_client);
    CHECK(machine.evidence().bytes_out == said);
    CHECK(to_string(classify(machine.evidence())) == row.outcome);
    CHECK(machine.evidence().slot == row.slot);
  }
}
