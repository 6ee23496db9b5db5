#include "tests/simulator/behavior.h"

#include <algorithm>
#include <utility>

#include "scanner/ssh/binary_packet.h"
#include "scanner/ssh/disconnect.h"
#include "scanner/ssh/wire.h"
#include "tests/simulator/services.h"
#include "tests/simulator/wire.h"

namespace fleetscan::simulator {
namespace {

using namespace std::literals;
using Kind = Step::Kind;
using Steps = std::vector<Step>;
using Options = RuleOptions;
using ServerPtr = std::shared_ptr<const Server>;

constexpr auto kWrapperDelay = 5s;   // libwrap's clean_exit()
constexpr auto kSlowDelay = 2500ms;  // well over what counts as slow
constexpr auto kProxyDelay = 3s;     // HAProxy: three attempts, a second each
constexpr auto kTarpitInterval = 10s;
constexpr std::uint32_t kHugeLength = 0x7fffffff;
constexpr std::size_t kLongIdentification = 70000;
constexpr std::size_t kEndlessLines = 128;  // in one send
constexpr auto kHoleLasts = 60s;
// Its first four bytes are an impossible packet_length.
constexpr auto kGarbage =
    "\xde\xad\xbe\xef\x00\x01\x02 this is no binary packet \xff\xfe\x1b[31m\r\n"sv;

Step say(std::string_view bytes) { return {Kind::send, std::string(bytes)}; }
Step pause(Duration time) { return {Kind::pause, {}, time}; }

Steps operator+(Steps left, const Steps& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Duration delay_or(const Options& o, Duration otherwise) { return o.delay.value_or(otherwise); }

/// The lines before and the identification.
Steps ident(const Options& o, std::string_view identification) {
  std::string bytes;
  for (unsigned line = 1; line <= o.pre_lines; ++line) {
    bytes += "Notice " + std::to_string(line) + ": authorised use only\r\n";
  }
  bytes += identification;
  bytes += o.bare_lf ? "\n" : "\r\n";
  return {say(bytes)};
}
Steps ident(const Options& o, const ServerPtr& server) { return ident(o, server->identification); }

/// Up to and including the KEXINIT.
Steps opening(const Options& o, const ServerPtr& server) {
  auto steps = ident(o, server);
  if (o.kexinit == KexinitOrder::after_ident) steps.push_back({Kind::await_ident});
  if (o.kexinit == KexinitOrder::after_client) steps.push_back({Kind::await_kexinit});
  steps.push_back(say(ssh::make_packet(server->kexinit)));
  return steps;
}

Steps to_exchange(const Options& o, const ServerPtr& server) {
  return opening(o, server) + Steps{{Kind::await_exchange}, pause(delay_or(o, 0s))};
}

Steps after_identification(const Options& o, const ServerPtr& server) {
  return ident(o, server) + Steps{{Kind::await_ident}, pause(delay_or(o, 0s))};
}

Step last(const Options& o, Then otherwise) {
  return {o.then.value_or(otherwise) == Then::hold ? Kind::hold : Kind::finish};
}

Step goodbye(const Options& o, std::string_view text) {
  return say(ssh::make_packet(ssh::make_disconnect(o.reason, o.text.value_or(std::string(text)))));
}

Script silent_end(Steps steps) { return {.steps = std::move(steps), .reads = false}; }

Script healthy(const Options& o, const ServerPtr& server) {
  return {.steps = opening(o, server) + Steps{{Kind::prove}, {Kind::farewell}}};
}

Script slow_banner(const Options& o, const ServerPtr& server) {
  return {.steps = Steps{pause(delay_or(o, kSlowDelay))} + healthy(o, server).steps};
}

Script text_then_close(const Options& o, std::string_view text) {
  return silent_end(
      {pause(delay_or(o, 0s)), say(o.text.value_or(std::string(text))), {Kind::close}});
}

Script reset(const Options& o, const ServerPtr&) {
  if (o.on_first_bytes) return {.steps = {{Kind::await_bytes}, {Kind::reset}}};
  return silent_end({pause(delay_or(o, 0s)), {Kind::reset}});
}

Script close(const Options& o, Duration delay) {
  return silent_end({pause(delay_or(o, delay)), {Kind::close}});
}

Script tarpit(const Options& o, const ServerPtr&) {
  return {.steps = {pause(o.interval.value_or(kTarpitInterval)), {Kind::chatter}, {Kind::again}}};
}

Script endless_banner(const Options&, const ServerPtr&) {
  std::string lines;
  for (std::size_t i = 0; i < kEndlessLines; ++i) lines += "There is always one more line.\r\n";
  return {.steps = {say(lines), {Kind::again}}};
}

Script ssh1(const Options& o, const ServerPtr&) {
  return {
      .steps =
          ident(o, o.ident.value_or("SSH-1.5-1.2.27")) +
          Steps{{Kind::await_ident}, say("Protocol major versions differ.\r\n"), {Kind::finish}}};
}

Script malformed_ident(const Options& o, const ServerPtr&) {
  std::string_view line = "SSH-2.0-Open\0SSH"sv;
  if (o.malformation == Malformation::escape) line = "SSH-2.0-\x1b[31mred\x1b[0m\x07 \x9b";
  if (o.malformation == Malformation::version) line = "SSH-x";
  return {.steps = ident(o, o.text.value_or(std::string(line))) + Steps{last(o, Then::hold)}};
}

Script huge_packet(const Options& o, const ServerPtr& server) {
  std::string bytes;
  ssh::append_uint32(bytes, kHugeLength);
  bytes += "\x04\x14 and 2 GB to come"sv;
  return {.steps = ident(o, server) + Steps{say(bytes), {Kind::hold}}};
}

/// Any service: a row of its own table, or the rule's text and answer.
Script serve(std::string_view greeting, std::string_view answer, Then then) {
  Steps steps;
  if (!greeting.empty()) steps.push_back(say(greeting));
  steps.push_back({Kind::await_bytes});
  if (!answer.empty()) steps.push_back(say(answer));
  steps.push_back({then == Then::hold ? Kind::hold : Kind::finish});
  return {.steps = steps};
}

// clang-format off
const Behavior kScripted[] = {
    {"healthy", "a server that completes the key exchange", "server", healthy},
    {"slow_banner", "healthy after a delay", "server delay", slow_banner},
    {"connect_timeout", "SYNs are dropped", "", nullptr, Behavior::By::syn_filter},
    {"connect_refused", "nobody listens (ports of ::1 only)", "", nullptr, Behavior::By::absence},
    {"connect_reset", "RST as soon as connected", "", [](auto&, auto&) { return silent_end({{Kind::reset}}); }},
    {"throttled", "says that MaxStartups is exceeded, and closes", "text delay",
     [](auto& o, auto&) { return text_then_close(o, "Exceeded MaxStartups\r\n"); }},
    {"text_close", "says something and closes", "text delay",
     [](auto& o, auto&) { return text_then_close(o, "You are not welcome from this network.\r\n"); }},
    {"wrapper", "closes after 5 s, as TCP wrappers do", "delay", [](auto& o, auto&) { return close(o, kWrapperDelay); }},
    {"close", "closes without a byte", "delay", [](auto& o, auto&) { return close(o, 0s); }},
    {"backendless", "a proxy without a live backend: reads, and closes in the end", "delay",
     [](auto& o, auto&) { return Script{.steps = {pause(delay_or(o, kProxyDelay)), {Kind::finish}}}; }},
    {"reset", "RST without a byte", "delay on_first_bytes", reset},
    {"silent", "reads and never answers", "", [](auto&, auto&) { return Script{.steps = {{Kind::hold}}}; }},
    {"blackholed", "nothing from the client is received or acknowledged", "",
     [](auto&, auto&) { return Script{.steps = {pause(kHoleLasts), {Kind::reset}}, .drop_over = 0}; }},
    {"incomplete", "part of an identification", "text then",
     [](auto& o, auto&) { return Script{.steps = {say(o.text.value_or("SSH-2.0-OpenS")), last(o, Then::hold)}}; }},
    {"talk", "a service that says text and answers the first bytes with answer", "text answer then",
     [](auto& o, auto&) { return serve(o.text.value_or(""), o.answer.value_or(""), o.then.value_or(Then::close)); }},
    {"tarpit", "a random line now and then, for ever", "interval", tarpit},
    {"endless_banner", "lines without end, as fast as possible", "", endless_banner},
    {"one_long_line", "an identification of 70 kB", "",
     [](auto&, auto&) { return Script{.steps = {say("SSH-2.0-" + std::string(kLongIdentification, 'x') + "\r\n"), {Kind::hold}}}; }},
    {"ssh1", "SSH-1.5 only", "ident pre_lines lf", ssh1},
    {"malformed_ident", "begins like an identification and is none", "kind text then pre_lines lf", malformed_ident},
    {"proxy_mismatch", "an sshd behind a balancer that sends it a PROXY header", "server",
     [](auto& o, auto& s) { return silent_end(ident(o, s) + Steps{say("Invalid SSH identification string.\r\n"), {Kind::close}}); }},
    {"kexinit_close", "closes after the identifications", "server delay",
     [](auto& o, auto& s) { return Script{.steps = after_identification(o, s) + Steps{{Kind::finish}}}; }},
    {"kexinit_reset", "RST after the identifications", "server delay",
     [](auto& o, auto& s) { return Script{.steps = after_identification(o, s) + Steps{{Kind::reset}}}; }},
    {"kexinit_disconnect", "SSH_MSG_DISCONNECT instead of a KEXINIT", "server delay reason text",
     [](auto& o, auto& s) { return Script{.steps = after_identification(o, s) + Steps{goodbye(o, "too many connections"), {Kind::finish}}}; }},
    {"kexinit_stall", "silent after its identification", "server",
     [](auto& o, auto& s) { return Script{.steps = ident(o, s) + Steps{{Kind::hold}}}; }},
    {"kexinit_garbage", "no binary packet after the identification", "server text then",
     [](auto& o, auto& s) { return Script{.steps = ident(o, s) + Steps{say(o.text.value_or(std::string(kGarbage))), last(o, Then::hold)}}; }},
    {"kexinit_skipped", "SSH_MSG_NEWKEYS instead of a KEXINIT", "server",
     [](auto& o, auto& s) { return Script{.steps = ident(o, s) + Steps{say(ssh::make_packet(std::string(1, static_cast<char>(ssh::Message::newkeys)))), {Kind::hold}}}; }},
    {"huge_packet", "announces a packet of 2 GB", "server", huge_packet},
    {"kex_stall", "silent after its KEXINIT", "server",
     [](auto& o, auto& s) { return Script{.steps = opening(o, s) + Steps{{Kind::hold}}}; }},
    {"kex_close", "closes during the key exchange", "server delay",
     [](auto& o, auto& s) { return Script{.steps = to_exchange(o, s) + Steps{{Kind::finish}}}; }},
    {"kex_reset", "RST during the key exchange", "server delay",
     [](auto& o, auto& s) { return Script{.steps = to_exchange(o, s) + Steps{{Kind::reset}}}; }},
    {"kex_disconnect", "SSH_MSG_DISCONNECT during the key exchange", "server delay reason text",
     [](auto& o, auto& s) { return Script{.steps = to_exchange(o, s) + Steps{goodbye(o, "key exchange failed"), {Kind::finish}}}; }},
    {"kex_bad_signature", "a reply whose signature is over something else", "server",
     [](auto& o, auto& s) { return Script{.steps = opening(o, s) + Steps{{Kind::prove_falsely}, {Kind::farewell}}}; }},
    {"kex_garbage", "no binary packet where the reply should be", "server text then",
     [](auto& o, auto& s) { return Script{.steps = to_exchange(o, s) + Steps{say(o.text.value_or(std::string(kGarbage))), last(o, Then::hold)}}; }},
};
// clang-format on

std::vector<Behavior> with_services() {
  std::vector<Behavior> all(std::begin(kScripted), std::end(kScripted));
  for (const auto& row : services()) {
    all.push_back({row.name, "another service", "", [&row](auto&, auto&) {
                     return serve(row.greeting, row.answer, row.closes ? Then::close : Then::hold);
                   }});
  }
  return all;
}

const std::vector<Behavior>& table() {
  static const auto all = with_services();
  return all;
}

/// Adjacent sends leave as one segment, as from a program that buffers.
Steps merged(const Steps& steps) {
  Steps out;
  for (const auto& step : steps) {
    if (step.kind == Kind::send && !out.empty() && out.back().kind == Kind::send) {
      out.back().bytes += step.bytes;
    } else if (step.kind != Kind::pause || step.time.count() > 0) {
      out.push_back(step);
    }
  }
  return out;
}

bool speaks(Kind kind) {
  return kind == Kind::send || kind == Kind::prove || kind == Kind::prove_falsely;
}

/// Every message comes `latency` and up to `jitter` late.
Steps delayed(const Steps& steps, const Options& o) {
  if (o.latency.count() == 0 && o.jitter.count() == 0) return steps;
  Steps out;
  for (const auto& step : steps) {
    if (speaks(step.kind)) {
      if (step.kind != Kind::send) out.push_back({Kind::await_exchange});
      out.push_back({Kind::pause, {}, o.latency, o.jitter});
    }
    out.push_back(step);
  }
  return out;
}

}  // namespace

std::span<const Behavior> behaviors() { return table(); }

const Behavior* find_behavior(std::string_view name) {
  const auto found = std::ranges::find(table(), name, &Behavior::name);
  return found == table().end() ? nullptr : &*found;
}

bool takes(const Behavior& behavior, std::string_view key) {
  if (key == "expect") return true;
  if (is_modifier(key)) return behavior.by == Behavior::By::script;
  const auto own = split(behavior.keys, ' ');
  return std::ranges::any_of(own, [&](const std::string& name) {
    return name == key || (name == "server" && is_server_key(key));
  });
}

Script build_script(const Behavior& behavior, const RuleOptions& options,
                    const std::shared_ptr<const Server>& server) {
  auto script = behavior.build(options, server);
  script.steps = delayed(merged(script.steps), options);
  script.drip = options.drip;
  if (options.drop_over) script.drop_over = options.drop_over;
  script.server = server;
  return script;
}

}  // namespace fleetscan::simulator
