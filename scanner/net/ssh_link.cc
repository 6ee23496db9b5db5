#include "scanner/net/ssh_link.h"

#include <sys/epoll.h>
#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/file_descriptor.h"
#include "base/passed_descriptor.h"
#include "scanner/net/socket_watch.h"
#include "scanner/net/uv_handle.h"
#include "scanner/probe/probe_settings.h"
#include "scanner/proxy/negotiation.h"
#include "scanner/proxy/ssh_channels.h"

namespace fleetscan::net {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr auto kBeat = 250ms;                     // of quiet, before a sign of life is asked for
constexpr auto kPatience = 1s;                    // until that is missed
constexpr auto kAskAgain = 10s;                   // after a connection that did not come up
constexpr int kMostReads = 16;                    // in one turn of the loop
constexpr std::size_t kMostUnsent = 1024 * 1024;  // then nothing is read that we would answer

constexpr std::uint32_t kAllEvents = EPOLLIN | EPOLLOUT;

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

struct SshLink::Line {
  explicit Line(FileDescriptor connection) : stream(std::move(connection)) {}

  FileDescriptor stream;
  proxy::SshChannels channels = {};
  std::unordered_map<proxy::SshChannels::Id, std::uint64_t> requests = {};  ///< by their streams
  TimePoint heard = {};                                                     ///< none is long ago
  std::optional<TimePoint> pinged = {};  ///< when the sign of life that is due was asked for
  bool lost = false;
};

SshLink::SshLink(const probe::ProbeSettings& settings)
    : proxy_(*settings.proxy), words_(proxy_.trouble) {
  if (proxy_.connection >= 0) lines_.emplace_back(FileDescriptor(proxy_.connection));
}

SshLink::~SshLink() = default;

void SshLink::attach(uv_loop_t& loop, SocketWatch::OnEvents report) {
  report_ = std::move(report);
  watch_.emplace(loop, [this](std::uint64_t, std::uint32_t) { turn(); });
  beat_ = make_handle<uv_timer_t>(loop, this, uv_timer_init);
  uv_timer_start(beat_.get(), on<&SshLink::beat>, kBeat.count(), kBeat.count());
  uv_unref(reinterpret_cast<uv_handle_t*>(beat_.get()));
  for (auto& line : lines_)
    if (watch_->add(line.stream.number(), 0) != 0) lose(line, "it cannot be watched");
}

bool SshLink::is_lost() const { return lines_.empty() || lines_.back().lost; }

bool SshLink::is_lost(const Stream& stream) const { return stream.line->lost; }

/// How many streams may begin.
std::size_t SshLink::room() const {
  const auto& channels = lines_.back().channels;
  if (channels.abandoned() >= kMostAbandoned || channels.refused() >= kMostRefused) return 0;
  std::size_t borne = 0;
  for (const auto& line : lines_) borne += line.channels.borne();
  return borne < proxy_.channels ? proxy_.channels - borne : 0;
}

std::optional<SshLink::Stream> SshLink::open(std::uint64_t request,
                                             const proxy::Destination& destination) {
  if (is_lost()) return std::nullopt;
  if (room() == 0) {
    waiting_.push_back(request);
    return std::nullopt;
  }
  auto& line = lines_.back();
  const auto id = line.channels.open(destination);
  line.requests.emplace(id, request);
  flush(line);
  return Stream{&line, id};
}

const proxy::Channel& SshLink::look(const Stream& stream) const {
  return stream.line->channels[stream.id];
}

std::size_t SshLink::read(const Stream& stream, std::span<char> space) {
  const auto count = stream.line->channels.read(stream.id, space);
  flush(*stream.line);
  return count;
}

std::size_t SshLink::send(const Stream& stream, std::string_view bytes) {
  const auto count = stream.line->channels.send(stream.id, bytes);
  flush(*stream.line);
  return count;
}

void SshLink::close(const Stream& stream) {
  stream.line->requests.erase(stream.id);
  stream.line->channels.close(stream.id);
  flush(*stream.line);
  if (!waiting_.empty()) watch_->report_again(lines_.back().stream.number(), 0);
}

void SshLink::wake(std::uint64_t request) {
  awake_.push_back(request);
  if (awake_.size() == 1) watch_->report_again(lines_.back().stream.number(), 0);
}

TimePoint SshLink::heard(const Stream& stream) const { return stream.line->heard; }

bool SshLink::is_silent(const Stream& stream, TimePoint now) const {
  const auto& pinged = stream.line->pinged;
  return pinged && now - *pinged > kPatience;
}

// Whichever descriptor had something: there are three at most.
void SshLink::turn() {
  for (auto& line : lines_) {
    read_line(line);
    take_news(line);
    flush(line);
  }
  if (expects_line_) receive_line();
  drop_drained();
  renew();
  let_wait_no_longer();
  for (const auto request : std::exchange(awake_, {})) report_(request, kAllEvents);
}

void SshLink::read_line(Line& line) {
  std::array<char, 16384> space;
  for (int reads = 0; !line.lost && line.channels.output().size() < kMostUnsent; ++reads) {
    if (reads == kMostReads) return watch_->report_again(line.stream.number(), 0);
    const auto count = ::read(line.stream.number(), space.data(), space.size());
    if (count < 0 && would_block()) return;
    if (count <= 0) return lose(line, "the connection to the bastion has ended");
    const auto before = line.channels.heard();
    line.channels.receive({space.data(), static_cast<std::size_t>(count)});
    if (line.channels.heard() > before) {
      line.heard = steady_now();
      line.pinged.reset();
    }
    if (!line.channels.fault().empty()) lose(line, line.channels.fault());
  }
}

void SshLink::flush(Line& line) {
  auto& output = line.channels.output();
  while (!line.lost && !output.empty()) {
    const auto count = ::write(line.stream.number(), output.data(), output.size());
    if (count < 0) return;  // it is full, or its end is about to be read
    output.erase(0, static_cast<std::size_t>(count));
  }
}

void SshLink::lose(Line& line, const std::string& why) {
  line.lost = true;
  words_ = why;
  for (const auto& [id, request] : line.requests) awake_.push_back(request);
  awake_.insert(awake_.end(), waiting_.begin(), waiting_.end());
  waiting_.clear();
}

void SshLink::take_news(Line& line) {
  for (const auto id : line.channels.take_news())
    if (const auto found = line.requests.find(id); found != line.requests.end())
      awake_.push_back(found->second);
}

void SshLink::beat() {
  const auto now = steady_now();
  for (auto& line : lines_) {
    if (line.lost || line.channels.held() == 0 || line.pinged || now - line.heard < kBeat) continue;
    line.pinged = now;
    line.channels.ping();
    flush(line);
  }
}

/// Asks for another connection when this one is getting used up.
void SshLink::renew() {
  if (proxy_.keeper < 0 || expects_line_ || lines_.size() != 1 || lines_.back().lost) return;
  const auto& channels = lines_.back().channels;
  if (channels.abandoned() < kManyAbandoned && channels.refused() < kManyRefused) return;
  const auto now = steady_now();
  if (asked_ != TimePoint::min() && now - asked_ < kAskAgain) return;
  asked_ = now;
  if (!pass(proxy_.keeper, {.words = "another"})) return;
  expects_line_ = true;
  static_cast<void>(watch_->add(proxy_.keeper, 0));  // the second time, it is there
}

void SshLink::receive_line() {
  auto passed = receive_passed(proxy_.keeper);
  if (!passed) {
    if (!would_block()) expects_line_ = false;
    return;
  }
  expects_line_ = false;
  if (!passed->descriptor || watch_->add(passed->descriptor.number(), 0) != 0) return;
  lines_.emplace_back(std::move(passed->descriptor));
}

/// The connection before the last one, once nobody holds a stream of it.
void SshLink::drop_drained() {
  if (lines_.size() < 2 || lines_.front().channels.held() > 0) return;
  lines_.pop_front();
  pass(proxy_.keeper, {.words = "drop"});
}

void SshLink::let_wait_no_longer() {
  if (waiting_.empty() || is_lost()) return;
  const auto count = std::min(waiting_.size(), room());
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
  awake_.insert(awake_.end(), waiting_.begin(), end);
  waiting_.erase(waiting_.begin(), end);
}

}  // namespace fleetscan::net
