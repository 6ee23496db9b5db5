#include "commands/doctor_visits.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/clock.h"
#include "base/input_error.h"
#include "base/json_reader.h"
#include "base/numbers.h"
#include "commands/options.h"
#include "commands/stop_signals.h"
#include "reports/records/doctor_record.h"
#include "reports/summary/host_table.h"
#include "scanner/diagnosis/causes.h"
#include "scanner/diagnosis/doctor_script.h"
#include "scanner/diagnosis/suspects.h"
#include "scanner/net/own_address.h"
#include "scanner/probe/outcome.h"
#include "vantages/child.h"
#include "vantages/remote_command.h"
#include "vantages/vantage.h"

namespace fleetscan::commands {
namespace {

constexpr std::size_t kMostErrors = 4096, kMostNotes = 5;
constexpr auto kGrace = std::chrono::seconds(10);
constexpr int kPollMillis = 200;

/// What each visitor is: a shell of this machine, which is told the size of a script, the command
/// that takes it on standard input, and the script; it answers each by one line.
const std::vector<std::string>& visitor_words() {
  static const std::vector<std::string> kWords{
      "sh", "-c",
      // The script is taken whole first: a command may end without having read it.
      "while IFS= read -r size && IFS= read -r command; do script=$(head -c \"$size\"); "
      "printf '%s\\n' \"$script\" | timeout --foreground -k 5 " +
          std::to_string(DoctorVisits::kLongest.count()) +
          " sh -c \"$command\" | head -c 1048576 | tr '\\n\\0' '  '; echo; done"};
  return kWords;
}

std::vector<diagnosis::CauseId> suspects_of(const summary::HostRow& row) {
  std::vector<diagnosis::CauseId> all;
  const auto add = [&](diagnosis::CauseId cause) {
    if (std::ranges::find(all, cause) == all.end()) all.push_back(cause);
  };
  for (const auto& [cause, confidence] : row.causes) add(cause);
  for (const auto& suspect : diagnosis::suspects(row.outcome)) add(suspect.cause);
  return all;
}

std::string_view last_line(std::string_view text) {
  while (!text.empty() && std::string_view(" \t\r\n").find(text.back()) != text.npos)
    text.remove_suffix(1);
  const auto line = text.rfind('\n');
  return line == text.npos ? text : text.substr(line + 1);
}

/// @return whether something came; closes nothing
bool read_into(int descriptor, std::string& text) {
  std::array<char, 64 * 1024> buffer;
  const auto count = ::read(descriptor, buffer.data(), buffer.size());
  if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0;
}

}  // namespace

std::string settle_doctor(const Options& options) {
  if (options.doctor_from.empty() != options.doctor_command.empty())
    return "--doctor-from VANTAGE and --doctor-command COMMAND go together: the command that runs "
           "a script on a host there, such as 'ssh \"root@$HOST\" sh'";
  if (options.doctor_from.empty()) return {};
  const auto vantage = vantages::parse_vantage(options.doctor_from);
  if (const auto* fault = std::get_if<std::string>(&vantage)) return *fault;
  if (options.doctor_command.find_first_of("\n\r") != std::string::npos)
    return "--doctor-command: write it in one line";
  return {};
}

DoctorVisits::DoctorVisits(const Options& options)
    : options_(options),
      vantage_(std::get<vantages::Vantage>(vantages::parse_vantage(options.doctor_from))) {
  for (std::size_t i = 0; i < kAtOnce; ++i) visitors_.emplace_back(visitor_words());
}

std::string DoctorVisits::command_for(const diagnosis::DoctorCase& known) const {
  const auto there = "env " + vantages::quoted("HOST=" + known.host) +
                     " PORT=" + std::to_string(known.port) + ' ' +
                     vantages::quoted("ADDRESS=" + known.address) + " sh -c " +
                     vantages::quoted(options_.doctor_command);
  std::string line = "exec";
  for (const auto& word : vantages::shell_at(vantage_, options_.ssh, there))
    line += ' ' + vantages::quoted(word);
  return line;
}

void DoctorVisits::plan(const std::vector<summary::HostRow>& rows, bool own_address) {
  for (const auto& row : rows) {
    if (!probe::is_failure(row.outcome)) continue;
    const bool option = row.host.starts_with('-');  // to the command it would be one
    if (option || patients_.size() == kMostVisits) {
      ++left_out_;
      continue;
    }
    diagnosis::DoctorCase known{.host = row.host,
                                .port = row.port,
                                .outcome = std::string(probe::to_string(row.outcome)),
                                .suspects = suspects_of(row),
                                .json = true};
    if (row.address) known.address = row.address->to_string();
    if (const auto own = row.address && own_address ? net::own_address(*row.address) : std::nullopt)
      known.client = own->to_string();
    patients_.push_back({row.target(), std::move(known)});
  }
}

bool DoctorVisits::any_busy() const {
  return std::ranges::any_of(visitors_, [](const Visitor& visitor) { return visitor.with; });
}

DoctorVisits::Found DoctorVisits::run() {
  const StopSignals signals;
  do {
    for (auto& visitor : visitors_) {
      if (visitor.lost || visitor.with || next_ == patients_.size()) continue;
      visitor.with = &patients_[next_++];
      visitor.since = steady_now();
      const auto script = diagnosis::doctor_script(visitor.with->known);
      visitor.sending =
          std::to_string(script.size()) + '\n' + command_for(visitor.with->known) + '\n' + script;
      visitor.sent = 0;
      if (!visitor.child.started()) visitor.child.start();
    }
    std::vector<pollfd> polled;
    for (const auto& visitor : visitors_) {
      if (!visitor.with) continue;
      polled.push_back({visitor.child.output().number(), POLLIN, 0});
      if (visitor.sent < visitor.sending.size())
        polled.push_back({visitor.child.input().number(), POLLOUT, 0});
    }
    static_cast<void>(::poll(polled.data(), polled.size(), kPollMillis));
    for (auto& visitor : visitors_)
      if (visitor.with) turn(visitor);
  } while (any_busy() && StopSignals::received() == 0);
  for (auto& visitor : visitors_) visitor.child.end();
  if (const auto rest = left_out_ + patients_.size() - next_; rest > 0)
    found_.notes.push_back("doctor: " + counted(rest, "failing host", "not visited"));
  return std::move(found_);
}

void DoctorVisits::send_on(Visitor& visitor) {
  const auto left = std::string_view(visitor.sending).substr(visitor.sent);
  if (left.empty()) return;
  const auto count = ::write(visitor.child.input().number(), left.data(), left.size());
  if (count > 0) visitor.sent += static_cast<std::size_t>(count);
}

void DoctorVisits::turn(Visitor& visitor) {
  send_on(visitor);
  while (read_into(visitor.child.errors().number(), visitor.errors))
    if (visitor.errors.size() > kMostErrors)
      visitor.errors.erase(0, visitor.errors.size() - kMostErrors);
  while (read_into(visitor.child.output().number(), visitor.heard))
    if (visitor.heard.find('\n') != std::string::npos) return end_visit(visitor, true);
  pollfd ending{visitor.child.control().number(), POLLIN, 0};
  const bool gone = ::poll(&ending, 1, 0) > 0;
  const bool late = steady_now() - visitor.since > kLongest + kGrace;
  if (!gone && !late) return;
  visitor.lost = true;
  visitor.child.end();
  end_visit(visitor, false);
}

void DoctorVisits::end_visit(Visitor& visitor, bool answered) {
  const auto& patient = *std::exchange(visitor.with, nullptr);
  const auto line = std::exchange(visitor.heard, {});
  const auto errors = std::exchange(visitor.errors, {});
  visitor.sending.clear();
  std::string why(last_line(errors));
  try {
    if (line.find_first_not_of(" \t\r\n") != line.npos) {
      auto record = records::read_doctor_record(line);
      record.host = patient.known.host;  // whatever it calls itself: we know whom we asked
      record.port = patient.known.port;
      record.address = Address::parse(patient.known.address);
      found_.records.push_back(std::move(record));
      return;
    }
  } catch (const JsonError& error) {
    why = error.what();
  }
  if (why.empty()) why = answered ? "it said nothing" : "no answer in time";
  if (found_.notes.size() < kMostNotes)
    found_.notes.push_back("doctor: " + excerpt(patient.target) + ": " + excerpt(why));
}

}  // namespace fleetscan::commands
