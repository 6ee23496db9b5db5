#include "scanner/probe/verdict.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace fleetscan;
using namespace fleetscan::probe;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

namespace {

Attempt at(Phase phase, Outcome outcome, bool clamped = false) {
  Attempt made{outcome, {}};
  made.evidence.phase = phase;
  made.evidence.mss_clamped = clamped;
  return made;
}
Attempt with(Attempt made, bool Evidence::*flag) {
  made.evidence.*flag = true;
  return made;
}
Attempt clamped(Phase phase, Outcome outcome) { return at(phase, outcome, true); }

Attempt waited(Attempt made, Micros time) {
  made.evidence.closed_after = time;
  return made;
}
Attempt said_after(Attempt made, Micros time) {
  made.evidence.ms.banner = time;
  return made;
}
Attempt late(Attempt made) {
  made.evidence.lateness = 1s;
  return made;
}
Attempt silent(Attempt made) {
  made.evidence.close = Close::timeout;
  return made;
}
Attempt less_late(Attempt made) {
  made.evidence.lateness = 20ms;
  return made;
}
Attempt reset(Attempt made) {
  made.evidence.close = Close::rst;
  return made;
}
Attempt took(Attempt made, Micros time) {
  made.evidence.ms.kex = time;
  return made;
}

}  // namespace

TEST_CASE("verdict: of all attempts") {
  using enum Outcome;
  using enum Phase;
  const struct {
    std::string name;
    std::vector<Attempt> attempts;
    Verdict expected;
  } cases[] = {
      // clang-format off
      {"reached at once",                  {at(done, ok)},                                                   {ok, 0}},
      {"failed once",                      {at(connect, connect_refused)},                                   {connect_refused, 0}},
      {"failed alike twice",               {at(connect, connect_refused), at(connect, connect_refused)},     {connect_refused, 1}},
      {"failed, then reached",             {at(banner, banner_throttled), at(done, ok)},                     {ok_after_retry, 1}},
      {"failed, then reached slowly",      {at(connect, connect_timeout), at(done, ok_slow)},                {ok_after_retry, 1}},
      {"failed here, then reached",        {at(connect, scanner_aborted), at(done, ok)},                     {ok, 1}},
      {"failed, then failed here",         {at(banner, banner_silent), at(connect, scanner_aborted)},        {banner_silent, 0}},
      {"failed here twice",                {at(connect, scanner_aborted), at(connect, scanner_network)},     {scanner_network, 1}},
      {"further the first time",           {at(banner, banner_throttled), at(connect, connect_timeout)},     {banner_throttled, 0}},
      {"further the second time",          {at(connect, connect_timeout), at(kexinit, kexinit_closed)},      {kexinit_closed, 1}},
      {"as far, another way",              {at(connect, connect_timeout), at(connect, connect_refused)},     {connect_refused, 1}},
      {"we were late the second time",     {at(banner, banner_reset), late(at(banner, connect_reset))},      {banner_reset, 0}},
      {"we were late the first time",      {late(at(banner, connect_reset)), at(banner, banner_reset)},      {banner_reset, 1}},
      {"closed, then silent",              {reset(at(banner, banner_reset)), silent(at(banner, banner_silent))},  {banner_reset, 0}},
      {"silent, then closed",              {silent(at(banner, banner_silent)), reset(at(banner, banner_reset))},  {banner_reset, 1}},
      {"reset, then silent, then reset",   {reset(at(kex, kex_reset)), silent(at(kex, kex_stalled)), reset(clamped(kex, kex_reset))}, {kex_reset, 2}},
      {"silent, then reset when clamped",  {silent(at(kex, kex_stalled)), reset(clamped(kex, kex_reset))},       {kex_reset, 1}},
      {"suspected, then reset",            {silent(at(kex, kex_mtu_blackhole)), reset(clamped(kex, kex_reset))}, {kex_mtu_blackhole, 0}},
      {"reset sooner the first time",      {waited(reset(at(banner, banner_reset)), 3s), waited(reset(at(banner, banner_wrapper_refused)), 5s)}, {banner_reset, 0}},
      {"closed soonest when we were late", {waited(at(banner, banner_reset), 301ms), waited(late(at(banner, banner_reset)), 1ms)}, {banner_reset, 0}},
      {"silent, then reset at once",       {silent(at(banner, banner_silent)), reset(at(connect, connect_reset))}, {connect_reset, 1}},
      {"reset at once, then later",        {reset(at(connect, connect_reset)), reset(at(banner, banner_reset))}, {banner_reset, 1}},
      {"we were late, then less so",       {waited(late(reset(at(banner, banner_closed_late))), 2999ms), waited(less_late(reset(at(banner, banner_reset))), 3001ms), waited(late(reset(at(banner, banner_reset))), 3002ms)}, {banner_reset, 1}},
      {"refused, then filtered",           {at(connect, connect_refused), silent(at(connect, connect_timeout))}, {connect_timeout, 1}},
      {"we were late both times",          {late(at(banner, connect_reset)), late(at(banner, banner_reset))},{banner_reset, 1}},
      {"we were late, it does not matter", {at(banner, banner_silent), late(at(kex, kex_closed))},           {kex_closed, 1}},
      {"it complained of others' words",   {at(kex, kex_malformed), at(kexinit, banner_proxy_mismatch)},     {banner_proxy_mismatch, 1}},
      {"... and then took ours",           {at(kexinit, banner_proxy_mismatch), at(done, ok)},               {ok_after_retry, 1}},
      {"clamping helps",                   {at(kex, kex_stalled), clamped(done, ok)},                        {kex_mtu_blackhole, 0}},
      {"clamping helps a suspect",         {at(kex, kex_mtu_blackhole), clamped(done, ok_slow)},             {kex_mtu_blackhole, 0}},
      {"clamping does not help",           {at(kexinit, kexinit_stalled), clamped(kexinit, kexinit_stalled)},{kexinit_stalled, 0}},
      {"clamping does not help a suspect", {at(kex, kex_mtu_blackhole), clamped(kex, kex_stalled)},          {kex_mtu_blackhole, 0}},
      {"suspect only when clamped",        {at(kex, kex_stalled), clamped(kex, kex_mtu_blackhole)},          {kex_mtu_blackhole, 1}},
      {"clamped retry fails early",        {at(kex, kex_stalled), clamped(connect, connect_refused)},        {kex_stalled, 0}},
      {"clamping helps after a retry",     {at(connect, connect_reset), at(kex, kex_stalled), clamped(done, ok)}, {kex_mtu_blackhole, 1}},
      {"reached unclamped in the end",     {at(kex, kex_stalled), clamped(connect, connect_reset), at(done, ok)}, {ok_after_retry, 2}},
      {"another key at last",              {at(connect, connect_timeout), at(done, host_key_changed)},       {host_key_changed, 1}},
      {"another key behind a black hole",  {at(kex, kex_stalled), clamped(done, host_key_changed)},          {host_key_changed, 1}},
      {"another method helps",             {at(kex, kex_closed), with(at(done, ok), &Evidence::other_method)}, {kex_closed, 0}},
      {"a PROXY header helps",             {at(banner, banner_closed_late), with(at(done, ok), &Evidence::sent_header)}, {banner_closed_late, 0}},
      {"a PROXY header meets another end", {at(banner, banner_closed_late), with(at(banner, banner_closed_fast), &Evidence::sent_header)}, {banner_closed_late, 0}},
      {"another method fails further",     {at(kex, kex_stalled), with(at(kex, kex_closed), &Evidence::other_method)}, {kex_stalled, 0}},
      {"the other family helps",           {at(connect, connect_refused), with(at(done, ok), &Evidence::other_family)}, {ok_after_retry, 1}},
      {"the other family fails, too",      {at(connect, connect_refused), with(at(banner, banner_silent), &Evidence::other_family)}, {connect_refused, 0}},
      {"a wrong proof once",               {at(kex, kex_signature_invalid), at(done, ok)},                   {ok_after_retry, 1}},
      {"the clamped retry had more time",  {waited(at(kex, kex_stalled), 10s), took(clamped(done, ok), 12s)}, {ok_slow, 1}},
      {"... and old algorithms",           {waited(at(kex, kex_stalled), 10s), took(clamped(done, ok_legacy_algorithms), 12s)}, {ok_legacy_algorithms, 1}},
      {"the clamped retry was quick",      {waited(at(kex, kex_stalled), 10s), took(clamped(done, ok), 1s)}, {kex_mtu_blackhole, 0}},
      {"silent, and well with more time",  {waited(at(banner, banner_silent), 5s), said_after(at(done, ok), 8s)}, {ok_slow, 1}},
      {"... and with old algorithms",      {waited(at(banner, banner_silent), 5s), said_after(at(done, ok_legacy_algorithms), 8s)}, {ok_legacy_algorithms, 1}},
      {"silent, and quick the next time",  {waited(at(banner, banner_silent), 5s), said_after(at(done, ok), 1s)}, {ok_after_retry, 1}},
      {"closed sooner the first time",     {waited(at(banner, banner_closed_fast), 1ms), waited(at(banner, banner_closed_after_start), 30ms)}, {banner_closed_fast, 0}},
      {"closed sooner the second time",    {waited(at(banner, banner_closed_late), 1s), waited(at(banner, banner_closed_fast), 1ms)}, {banner_closed_fast, 1}},
      // clang-format on
  };
  for (const auto& [name, attempts, expected] : cases) {
    CAPTURE(name);
    const auto found = verdict(attempts);
    CHECK(std::string{to_string(found.outcome)} == std::string{to_string(expected.outcome)});
    CHECK(found.rests_on == expected.rests_on);
  }
}

TEST_CASE("verdict: a proxy that is gone explains how its connections ended") {
  const auto through = [](Phase phase, Outcome outcome, Close close, proxy::Answer answer) {
    auto made = at(phase, outcome);
    made.evidence.proxy = answer;
    made.evidence.close = close;
    return made;
  };
  const auto closed =
      through(Phase::banner, Outcome::banner_closed_late, Close::fin, proxy::Answer::granted);
  const auto silent =
      through(Phase::banner, Outcome::banner_silent, Close::timeout, proxy::Answer::granted);
  const auto refused =
      through(Phase::connect, Outcome::connect_refused, Close::error, proxy::Answer::refused);
  const auto gone =
      through(Phase::proxy, Outcome::proxy_unreachable, Close::error, proxy::Answer::unreachable);
  CHECK(verdict(std::vector{closed, gone}).outcome == Outcome::proxy_unreachable);
  CHECK(verdict(std::vector{silent, gone}).outcome == Outcome::banner_silent);
  CHECK(verdict(std::vector{refused, gone}).outcome == Outcome::connect_refused);
  CHECK(verdict(std::vector{gone, refused}).outcome == Outcome::connect_refused);
  CHECK(verdict(std::vector{gone, closed}).outcome == Outcome::banner_closed_late);
}
