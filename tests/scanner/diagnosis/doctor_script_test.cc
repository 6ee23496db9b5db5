#include "scanner/diagnosis/doctor_script.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <string_view>

#include "scanner/diagnosis/cause_texts.h"
#include "scanner/diagnosis/causes.h"
#include "scanner/diagnosis/explain.h"

using namespace fleetscan;
using namespace fleetscan::diagnosis;

namespace {

/// "service_down.elsewhere" and all others that the script can report.
std::set<std::string> reported() {
  const std::string script(doctor_sh());
  // found certain 30 CAUSE.CHECK ..., or a variable that had it before: cause=CAUSE.CHECK
  const std::regex id(R"((?:found \S+ \S+ "?|cause=)([a-z0-9_]+\.(?:[a-z0-9_]+|\$name)))");
  std::set<std::string> all;
  for (auto found = std::sregex_iterator(script.begin(), script.end(), id);
       found != std::sregex_iterator(); ++found)
    all.insert((*found)[1]);
  if (all.erase("proxy_protocol.$name") > 0)  // of the balancer that sends the header
    all.insert({"proxy_protocol.haproxy", "proxy_protocol.nginx"});
  return all;
}

std::set<std::string> told() {
  std::set<std::string> all;
  for (const auto& row : causes())
    for (const auto& candidate : text_of(row.cause).candidates)
      if (!candidate.doctor.empty()) all.insert(std::string(row.name) + "." + candidate.doctor);
  return all;
}

bool holds(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("doctor.sh: each check that it reports stands in causes.yaml, and the other way around") {
  CHECK(reported() == told());
}

TEST_CASE("doctor.sh: what it says of a cause is what explain says") {
  const auto script = doctor_script({});
  for (const auto& row : causes()) {
    const auto page = explain(row.name, 100'000).text;
    for (const auto& candidate : text_of(row.cause).candidates) {
      if (candidate.doctor.empty()) continue;
      INFO(row.name, ".", candidate.doctor);
      CHECK(holds(page, candidate.what));
      CHECK(holds(page, candidate.fix));
      CHECK(holds(page, "`fleetscan doctor` finds it out on the host"));
      CHECK(std::ranges::none_of(candidate.what, [](unsigned char c) { return c < ' '; }));
      if (!holds(candidate.what, "'")) CHECK(holds(script, "what='" + candidate.what + "'"));
      if (!holds(candidate.fix, "'")) CHECK(holds(script, "remedy='" + candidate.fix + "'"));
    }
  }
}

TEST_CASE("doctor.sh: causes that it excludes exist") {
  const std::string script(doctor_sh());
  const std::regex cleared(R"(\bclear ([a-z0-9_]+) )");
  std::size_t count = 0;
  for (auto found = std::sregex_iterator(script.begin(), script.end(), cleared);
       found != std::sregex_iterator(); ++found, ++count)
    CHECK_MESSAGE(parse_cause((*found)[1].str()), (*found)[1].str());
  CHECK(count > 10);
}

TEST_CASE("doctor_script: what is known of the host stands in it, and stays a word of sh") {
  const DoctorCase known{.host = "web'; reboot #\n\x1b[2J$(id)",
                         .port = 2222,
                         .address = "192.0.2.1",
                         .client = "2001:db8::1",
                         .outcome = "connect_refused",
                         .suspects = {CauseId::service_down, CauseId::firewall_reset},
                         .json = true};
  const auto script = doctor_script(known);
  CHECK(holds(script, R"(host='web'\''; reboot #)"));
  CHECK(
      holds(script, "port=2222 address='192.0.2.1' from='2001:db8::1' class='connect_refused'\n"));
  CHECK(holds(script, "suspects='service_down firewall_reset' json=yes"));
  CHECK(!holds(script, "reboot #\n"));
  CHECK(!holds(script, "\x1b"));
  CHECK(!holds(script, "#@"));
}

TEST_CASE("doctor_script: it fits into one argument of execve") {
  CHECK(doctor_script({.host = std::string(10'000, 'x')}).size() < 128 * 1024);
}
