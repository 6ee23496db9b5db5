#include "reports/records/result_lines.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/base64.h"
#include "base/json_reader.h"
#include "base/wall_time.h"
#include "reports/records/result_reader.h"
#include "tests/support/hostile_corpus.h"
#include "tests/support/synthetic_fleet.h"

using namespace fleetscan;
using namespace fleetscan::inventory;
using namespace fleetscan::ssh;
using namespace fleetscan::probe;
using namespace fleetscan::records;

namespace {

template <typename Value>
std::string line_of(const Value& value) {
  std::string line;
  append_line(line, value);
  REQUIRE(line.ends_with('\n'));
  line.pop_back();
  return line;
}

std::string again(const std::string& line) {
  const auto record = parse_line(line);
  if (const auto* run = std::get_if<RunInfo>(&record)) return line_of(*run);
  if (const auto* host = std::get_if<HostResult>(&record)) return line_of(*host);
  if (const auto* end = std::get_if<RunEnd>(&record)) return line_of(*end);
  return {};
}

HostResult full_host() {
  HostResult host;
  host.target.host = "web01.example.net";
  host.target.port = 2222;
  host.target.labels = std::make_shared<const Labels>(Labels{{"group", "web"}});
  host.target.source = "hosts.txt:12";
  host.outcome = Outcome::kex_disconnect;
  host.resolve = Micros(1200);
  host.note = "the spaced retry was left out: patience";
  host.causes = {{"key_exchange_failure", 0.75, {"it said so"}}};
  Attempt first{Outcome::connect_refused, {}};
  first.evidence.started = *parse_rfc3339("2026-11-20T02:15:00.250Z");
  first.evidence.address = Address::parse("10.0.0.1");
  first.evidence.error = 111;
  first.evidence.origin = ErrorOrigin::connect;
  first.evidence.elapsed = Micros(410);
  Attempt second{Outcome::kex_disconnect, {}};
  auto& seen = second.evidence;
  seen.phase = Phase::kex;
  seen.finding = Finding::disconnect;
  seen.started = *parse_rfc3339("2026-11-20T02:15:15.250Z");
  seen.ms = {.resolve = {},
             .connect = Micros(412),
             .banner = Micros(6001),
             .kexinit = Micros(900),
             .kex = {}};
  seen.address = Address::parse("2001:db8::1");
  seen.close = Close::fin;
  seen.closed_after = Micros(9000);
  seen.elapsed = Micros(9412);
  seen.spoke = seen.sent_kexinit = seen.spoke_first = true;
  seen.bytes_in = 1200;
  seen.bytes_out = 1800;
  seen.method = "curve25519-sha256";
  seen.key_algorithm = "ssh-ed25519";
  seen.as_client = true;
  seen.head = std::string("SSH-2.0-x\r\n\0\xff", 13);
  seen.text = "no more\x1b[2J";
  seen.ident_line = "SSH-2.0-x \xff";
  Kexinit kexinit;
  kexinit[Slot::kex] = {"curve25519-sha256", "kex-strict-s-v00@openssh.com"};
  seen.kexinit = std::make_shared<const Kexinit>(std::move(kexinit));
  seen.disconnect = Disconnect{2, "bye \xfe"};
  seen.host_key = HostKey{"ssh-ed25519", "SHA256:abc", false, Known::changed, 256};
  seen.host_key->certificate = HostCertificate{"SHA256:def", {"a\x1b", "b"}, 1, 2};
  seen.host_key->certificate->blob = "\x03\x04\x05";
  seen.host_key->blob = "\x01\x02";
  seen.host_key->published = Publication{Published::mismatch, Dnssec::claimed, true};
  seen.service = "http";
  seen.slot = Slot::mac_s2c;
  seen.tcp_info = TcpInfo{1, 2, 3, 4, 5, 6, 7, 8, 9};
  seen.icmp = IcmpError{1, 4, *Address::parse("2001:db8::fe")};
  host.attempts = {first, second};
  host.rests_on = 1;
  return host;
}

RunInfo full_run() {
  RunInfo run{
      .run_id = "r1", .tool = "0.1.0", .started = *parse_rfc3339("2026-11-20T02:15:00.000Z")};
  run.vantage = "fra1";
  run.sources = {"hosts.txt", "more.txt"};
  run.inventory_sha256 = "00ff";
  run.targets = 10000;
  run.shard = ShardChoice{2, 8};
  run.options = {{"depth", "kex"}, {"retries", "1"}};
  return run;
}

}  // namespace

TEST_CASE("result lines: the golden lines") {
  std::ifstream file(FLEETSCAN_GOLDEN "/results.jsonl");
  std::stringstream golden;
  golden << file.rdbuf();
  const RunEnd end{.complete = true,
                   .probed = 10000,
                   .counts = {{Outcome::ok, 9900}, {Outcome::banner_throttled, 100}},
                   .duration = std::chrono::milliseconds(12300)};
  CHECK(line_of(full_run()) + '\n' + line_of(full_host()) + '\n' + line_of(end) + '\n' ==
        golden.str());
}

TEST_CASE("result lines: reading loses nothing") {
  const auto host = full_host();
  const auto record = parse_line(line_of(host));
  const auto& read = std::get<HostResult>(record);
  CHECK(read.target.host == host.target.host);
  CHECK(read.target.port == host.target.port);
  CHECK(*read.target.labels == *host.target.labels);
  CHECK(read.target.source == host.target.source);
  CHECK(read.outcome == host.outcome);
  CHECK(read.resolve == host.resolve);
  CHECK(read.note == host.note);
  REQUIRE(read.attempts.size() == 2);
  CHECK(read.rests_on == host.rests_on);
  CHECK(read.attempts[0].evidence == host.attempts[0].evidence);
  auto expected = host.attempts[1].evidence;
  REQUIRE(read.attempts[1].evidence.kexinit);
  CHECK(*read.attempts[1].evidence.kexinit == *expected.kexinit);
  expected.kexinit = read.attempts[1].evidence.kexinit;
  CHECK(read.attempts[1].evidence == expected);
}

TEST_CASE("result lines: further keys") {
  auto host = full_host();
  CHECK_FALSE(nlohmann::json::parse(line_of(host)).contains("further_keys"));
  host.further_keys = {{"ssh-rsa", Outcome::ok, HostKey{"ssh-rsa", "SHA256:abc", true}},
                       {"ssh-dss", Outcome::kex_closed, {}}};
  const auto line = line_of(host);
  CHECK(again(line) == line);
  const auto record = parse_line(line);
  CHECK(std::get<HostResult>(record).further_keys == host.further_keys);
  host.further_keys.resize(kMaxFurtherKeys + 1);
  CHECK_THROWS_AS(static_cast<void>(parse_line(line_of(host))), JsonError);
}

TEST_CASE("result lines: written, read and written again they are the same bytes") {
  CHECK(again(line_of(full_run())) == line_of(full_run()));
  CHECK(again(line_of(full_host())) == line_of(full_host()));
  for (const bool hostile : {false, true}) {
    test::SyntheticFleet fleet(
        {.hosts = 400, .failing_percent = 40, .seed = 7, .hostile = hostile});
    for (int i = 0; i < 400; ++i) {
      const auto line = line_of(fleet.next());
      CHECK(nlohmann::json::accept(line));
      const auto second = again(line);
      CHECK(again(second) == second);
      if (!hostile) CHECK(second == line);
    }
  }
}

TEST_CASE("result lines: a host without an attempt") {
  HostResult host{.target = {.host = "gone"}, .outcome = Outcome::resolve_not_found};
  auto json = nlohmann::json::parse(line_of(host));
  CHECK(json["phase"] == "resolve");
  CHECK(json["attempts"].empty());
  CHECK(json["address"].is_null());
  CHECK_FALSE(json.contains("lookup"));
  host.target.lookup = "real.test";
  CHECK(nlohmann::json::parse(line_of(host))["lookup"] == "real.test");
  host.outcome = Outcome::not_probed;
  json = nlohmann::json::parse(line_of(host));
  CHECK(json["phase"].is_null());
  CHECK(json["state"] == "unknown");
}

TEST_CASE("result lines: what a proxy said is read back, and written only where there is one") {
  auto host = full_host();
  CHECK(line_of(host).find("proxy") == std::string::npos);
  auto& seen = host.attempts.front().evidence;
  seen.proxy = proxy::Answer::refused;
  seen.origin = ErrorOrigin::proxy;
  seen.ms.proxy = Micros(300);
  const auto record = parse_line(line_of(host));
  const auto& read = std::get<HostResult>(record);
  CHECK(read.attempts.front().evidence.proxy == proxy::Answer::refused);
  CHECK(read.attempts.front().evidence.origin == ErrorOrigin::proxy);
  CHECK(read.attempts.front().evidence.ms.proxy == Micros(300));
}

TEST_CASE("parse_line: rejects") {
  const auto too_long = encode_base64(std::string(kMaxKeyBlob + 1, 'k'));
  CHECK_THROWS_AS(static_cast<void>(parse_line(R"({"type":"host","host":"a","class":"ok",)"
                                               R"("host_key":{"blob":")" +
                                               too_long + R"("}})")),
                  JsonError);
  for (const std::string line :
       {R"({"type":"host"})", R"({"type":"host","host":"a"})",
        R"({"type":"host","host":"","class":"ok"})",
        R"({"type":"host","host":"a","class":"nonsense"})",
        R"({"type":"host","host":"a","class":"ok","port":65536})",
        R"({"type":"host","host":"a","class":"ok","port":-1})",
        R"({"type":"host","host":"a","class":"ok","address":"x"})",
        R"({"type":"host","host":"a","class":"ok","ident_hex":"f"})",
        R"({"type":"host","host":"a","class":"ok","ms":{"connect":1e300}})",
        R"({"type":"host","host":"a","class":"ok"} x)",
        R"({"type":"host","host":"a","class":"ok","host_key":{"blob":"A"}})",
        R"({"type":"host","host":"a","class":"ok","host_key":{"certificate":{"blob":"=="}}})",
        R"({"type":"run","schema":"fleetscan.result/2"})",
        R"({"type":"run","started":"yesterday"})", R"({"type":"end","counts":{"ok":-1}})", "[]", "",
        "null"}) {
    CAPTURE(line);
    CHECK_THROWS_AS(static_cast<void>(parse_line(line)), JsonError);
  }
}

TEST_CASE("parse_line: ignores what it does not know") {
  CHECK(std::holds_alternative<std::monostate>(parse_line(R"({"type":"later","x":[1]})")));
  const auto record = parse_line(R"({"new":{"a":[1]},"class":"ok","host":"a","type":"host"})");
  CHECK(std::get<HostResult>(record).target.host == "a");
}

TEST_CASE("ResultReader: bad lines are told by number, good ones are read") {
  std::vector<Record> records;
  ResultReader reader([&](Record&& record) { records.push_back(std::move(record)); });
  reader.feed(line_of(full_run()) + "\nnonsense\n\n" + line_of(full_host()) +
              "\r\n{\"type\":\"host\"");
  const auto& errors = reader.finish();
  CHECK(records.size() == 2);
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].line == 2);
  CHECK(errors[1].line == 5);
}

TEST_CASE("ResultReader: the same records however the file is cut") {
  const auto text =
      line_of(full_run()) + '\n' + line_of(full_host()) + "\nbad\n" + line_of(RunEnd{}) + '\n';
  const auto read = [&](std::size_t first, std::size_t step) {
    std::string seen;
    ResultReader reader([&](Record&& record) { seen += std::to_string(record.index()); });
    reader.feed(std::string_view(text).substr(0, first));
    for (auto at = first; at < text.size(); at += step)
      reader.feed(std::string_view(text).substr(at, step));
    for (const auto& error : reader.finish()) seen += " bad " + std::to_string(error.line);
    return seen;
  };
  for (std::size_t first = 0; first <= text.size(); ++first)
    CHECK(read(first, text.size()) == "123 bad 3");
  CHECK(read(0, 1) == "123 bad 3");
  CHECK(read(0, 7) == "123 bad 3");
}

TEST_CASE("ResultReader: an overlong line costs neither memory nor the lines after it") {
  std::size_t hosts = 0;
  ResultReader reader([&](Record&&) { ++hosts; });
  const std::string block(1U << 20U, 'x');
  for (int i = 0; i < 6; ++i) reader.feed(block);
  reader.feed("\n" + line_of(full_host()) + "\n");
  const auto& errors = reader.finish();
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].line == 1);
  CHECK(hosts == 1);
}

TEST_CASE("ResultReader: survives any damage") {
  const auto good = line_of(full_host());
  CHECK(rc::check([&](const std::string& noise) {
    auto text = good;
    const auto at = *rc::gen::inRange<std::size_t>(0, good.size());
    text.replace(at, *rc::gen::inRange<std::size_t>(0, 20), noise);
    ResultReader reader([](Record&&) {});
    reader.feed(text);
    RC_ASSERT(reader.finish().size() <= ResultReader::kMaxErrors);
  }));
}

TEST_CASE("wall time: accepts and rejects") {
  for (const std::string text :
       {"2026-11-20T02:15:00.000Z", "1970-01-01T00:00:00.001Z", "2024-02-29T23:59:59.999Z"})
    CHECK(to_rfc3339(*parse_rfc3339(text)) == text);
  for (const std::string text :
       {"", "2026-11-20T02:15:00Z", "2026-13-20T02:15:00.000Z", "2025-02-29T02:15:00.000Z",
        "2026-11-20T24:15:00.000Z", "2026-11-20T02:60:00.000Z", "2026-11-20 02:15:00.000Z",
        "202a-11-20T02:15:00.000Z"})
    CHECK_FALSE(parse_rfc3339(text));
}
