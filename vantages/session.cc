#include "vantages/session.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/clock.h"
#include "base/json_writer.h"
#include "base/numbers.h"
#include "inventory/target.h"
#include "vantages/intake.h"
#include "vantages/remote_command.h"
#include "vantages/vantage.h"

namespace fleetscan::vantages {
namespace {

constexpr std::size_t kReadAtOnce = 64 * 1024, kMostReads = 8, kTargetsAtOnce = 256;
constexpr int kNotFound = 127, kNoFolder = 126, kNotPushed = 125;

/// A target as the beginning of a host record, which is one of the inventory's formats.
void append_target(std::string& out, const inventory::Target& target) {
  JsonWriter json(out);
  json.begin_object().key("type").word("host").key("target").string(target.name());
  json.key("host").string(target.host).key("port").number(target.port);
  json.key("address").optional(target.address, [&](auto& a) { json.string(a.to_string()); });
  if (!target.lookup.empty()) json.key("lookup").string(target.lookup);
  if (target.family) json.key("family").number(*target.family == Family::v4 ? 4 : 6);
  json.end_object();
  out += '\n';
}

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

std::string_view trimmed_end(std::string_view text) {
  while (!text.empty() && std::string_view(" \t\r\n.").find(text.back()) != text.npos)
    text.remove_suffix(1);
  return text;
}

}  // namespace

Session::Session(Vantage vantage, const Launch& launch, const TargetBook& book,
                 Intake::OnResult on_result)
    : vantage_(std::move(vantage)),
      book_(book),
      child_(command_for(vantage_, launch)),
      intake_(book, std::move(on_result)) {}

void Session::give(const std::vector<std::size_t>& numbers, const std::string& program,
                   TimePoint now) {
  if (!vantage_.is_local()) sending_ = program;
  numbers_ = numbers;
  intake_.expect(numbers);
  last_ = now;
  child_.start();
}

void Session::stop(const std::string& why) {
  if (over_) return;
  why_ = why;
  over_ = true;
  read_errors();
  child_.end();
}

void Session::add_to(std::vector<pollfd>& polled, bool listen) const {
  if (child_.input()) polled.push_back({child_.input().number(), POLLOUT, 0});
  if (child_.output() && listen) polled.push_back({child_.output().number(), POLLIN, 0});
  if (child_.errors()) polled.push_back({child_.errors().number(), POLLIN, 0});
  if (child_.control()) polled.push_back({child_.control().number(), POLLIN, 0});
}

void Session::turn(TimePoint now, bool listen) {
  if (child_.input() && write_input()) last_ = now;
  read_errors();
  if (listen && read_output()) last_ = now;
  if (over_) return;
  if (!intake_.fault().empty()) return stop(intake_.fault());
  if (!child_.output()) return finish(now);
  const auto most = intake_.began() ? kMostIdle : kMostToBegin;
  if (listen && now - last_ > most)
    stop("no answer within " + std::to_string(most.count()) + " seconds");
}

/// @return whether something went
bool Session::write_input() {
  bool went = false;
  while (true) {
    if (sent_ == sending_.size()) {
      sending_.clear();
      sent_ = 0;
      const auto end = std::min(next_ + kTargetsAtOnce, numbers_.size());
      for (; next_ < end; ++next_) append_target(sending_, book_[numbers_[next_]]);
      if (sending_.empty()) {
        child_.close_input();
        return true;
      }
    }
    const auto count =
        ::write(child_.input().number(), sending_.data() + sent_, sending_.size() - sent_);
    if (count < 0 && would_block()) return went;
    if (count < 0) {  // why, its end tells
      child_.close_input();
      return went;
    }
    sent_ += static_cast<std::size_t>(count);
    went = true;
  }
}

/// @return whether something came
bool Session::read_output() {
  std::array<char, kReadAtOnce> buffer;
  bool came = false;
  for (std::size_t i = 0; i < kMostReads && child_.output(); ++i) {
    const auto count = ::read(child_.output().number(), buffer.data(), buffer.size());
    if (count < 0 && would_block()) break;
    if (count <= 0) {
      intake_.finish();
      child_.close_output();
      break;
    }
    came = true;
    intake_.feed({buffer.data(), static_cast<std::size_t>(count)});
    if (!intake_.fault().empty()) break;
  }
  return came;
}

void Session::read_errors() {
  std::array<char, 4096> buffer;
  for (std::size_t i = 0; i < kMostReads && child_.errors(); ++i) {
    const auto count = ::read(child_.errors().number(), buffer.data(), buffer.size());
    if (count < 0 && would_block()) return;
    if (count <= 0) return child_.close_errors();
    errors_.append(buffer.data(), static_cast<std::size_t>(count));
    if (errors_.size() > kMaxErrorBytes) errors_.erase(0, errors_.size() - kMaxErrorBytes);
  }
}

/// Its output has ended: that it has ended itself comes next.
void Session::finish(TimePoint now) {
  pollfd ending{child_.control().number(), POLLIN, 0};
  if (::poll(&ending, 1, 0) == 0 && now - last_ < kMostToEnd) return;
  read_errors();
  if (ending.revents != 0) status_ = child_.status();
  over_ = true;
  child_.end();
}

/// The last line that it wrote on its standard error.
std::string Session::last_words() const {
  auto text = trimmed_end(errors_);
  const auto line = text.rfind('\n');
  if (line != text.npos) text.remove_prefix(line + 1);
  // "admin@fra1: Permission denied": who it is, the reader knows.
  const auto who = vantage_.destination + ": ";
  if (text.starts_with(who)) text.remove_prefix(who.size());
  if (text.starts_with("fleetscan: ")) text.remove_prefix(11);
  return std::string(text.substr(0, 300));
}

std::string Session::trouble() const {
  const auto words = last_words();
  const auto detail = words.empty() ? std::string() : ": " + words;
  const auto told = [&](const std::string& what) {
    return intake_.began()
               ? "lost after " + grouped(intake_.heard()) + " of " +
                     counted(intake_.given(), "host") + (what.empty() ? "" : ": " + what)
               : what;
  };
  if (!why_.empty()) return told(why_);
  if (intake_.complete() && intake_.heard() == intake_.given())
    return intake_.end().canaries.all_failed() ? "no canary was reached from there" : "";
  if (intake_.ended())
    return "ended early, after " + grouped(intake_.heard()) + " of " +
           counted(intake_.given(), "host") + detail;
  if (!intake_.began() && status_ == kNotFound)
    return "no fleetscan there, --push brings one" + detail;
  if (!intake_.began() && status_ == kNoFolder) return "no folder for fleetscan there" + detail;
  if (!intake_.began() && status_ == kNotPushed) return "fleetscan did not arrive there" + detail;
  if (!words.empty()) return told(words);
  return told(intake_.began()
                  ? ""
                  : "it said nothing" + (status_ ? ", status " + std::to_string(*status_) : ""));
}

}  // namespace fleetscan::vantages
