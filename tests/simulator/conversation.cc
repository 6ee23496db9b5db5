#include "tests/simulator/conversation.h"

namespace fleetscan::simulator {
namespace {

constexpr std::size_t kMinLine = 3, kMaxLine = 32;  // as endlessh

Turn listen() { return {Turn::Kind::listen}; }
Turn finish() { return {Turn::Kind::finish}; }

}  // namespace

void Conversation::start(const Script& script, const KeyExchange& exchange, std::uint64_t seed) {
  script_ = &script;
  exchange_ = &exchange;
  step_ = 0;
  wake_ = {};
  out_ = {};
  refused_ = proved_ = false;
  random_ = seed;
  group_request_.clear();
  client_ = {};
}

Turn Conversation::next(TimePoint now) {
  for (;;) {
    if (now < wake_) return {Turn::Kind::sleep, {}, wake_};
    if (!out_.empty()) return send(now);
    if (refused_) return finish();
    if (const auto turn = take(script_->steps[step_], now)) return *turn;
  }
}

Turn Conversation::send(TimePoint now) {
  const auto bytes = script_->drip ? out_.substr(0, 1) : out_;
  out_.remove_prefix(bytes.size());
  if (script_->drip) wake_ = now + *script_->drip;
  return {Turn::Kind::send, bytes};
}

std::optional<Turn> Conversation::take(const Step& step, TimePoint now) {
  using Kind = Step::Kind;
  switch (step.kind) {
    case Kind::send: out_ = step.bytes; break;
    case Kind::chatter: out_ = made_ = random_line(); break;
    case Kind::pause:
      wake_ = now + step.time;
      if (step.jitter.count() > 0) {
        wake_ += Duration(random() % static_cast<std::uint64_t>(step.jitter.count()));
      }
      break;
    case Kind::await_bytes: return await(client_.any_bytes());
    case Kind::await_ident: return await(client_.identified());
    case Kind::await_kexinit: return await(!client_.kexinit().empty());
    case Kind::await_exchange: return await(client_.has_kex_message());
    case Kind::prove: return prove(false);
    case Kind::prove_falsely: return prove(true);
    case Kind::farewell: return client_.encrypted() || client_.nonsense() ? finish() : listen();
    case Kind::again: step_ = 0; return std::nullopt;
    case Kind::hold: return listen();
    case Kind::finish: return finish();
    case Kind::close: return Turn{Turn::Kind::close};
    case Kind::reset: return Turn{Turn::Kind::reset};
  }
  ++step_;
  return std::nullopt;
}

std::optional<Turn> Conversation::await(bool arrived) {
  if (!arrived) return client_.nonsense() ? finish() : listen();
  ++step_;
  return std::nullopt;
}

std::optional<Turn> Conversation::prove(bool falsely) {
  if (!client_.has_kex_message()) return client_.nonsense() ? finish() : listen();
  if (client_.kexinit().empty()) return finish();
  auto answer = exchange_->answer(*script_->server, client_, group_request_, falsely);
  out_ = made_ = std::move(answer.bytes);
  refused_ = answer.kind == Answer::Kind::refuse;
  if (answer.kind == Answer::Kind::proof) {
    proved_ = true;
    ++step_;
  }
  return std::nullopt;
}

std::string Conversation::random_line() {
  std::string line(kMinLine + random() % (kMaxLine - kMinLine + 1), ' ');
  for (auto& c : line) c = static_cast<char>('!' + random() % ('~' - '!' + 1));
  if (line.front() == 'S') line.front() = 's';  // never "SSH-"
  return line + "\r\n";
}

/// splitmix64 (Steele, Lea and Flood, 2014).
std::uint64_t Conversation::random() {
  std::uint64_t z = random_ += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

}  // namespace fleetscan::simulator
